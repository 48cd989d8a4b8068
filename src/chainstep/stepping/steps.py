"""The steps of one pass: an ordered list that a cursor points into.

Forward by level, then the loss output by output, then backward in exactly the reverse order; the
update of a batch is one more step after its last example. What a step says is in `explain`, what
it moves through is in `run`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, overload

from chainstep.network.model import GROUP_ACTIVATIONS, Network, Unit
from chainstep.network.order import forward_order, levels

FORWARD: Final = "forward"
LOSS: Final = "loss"
BACKWARD: Final = "backward"
UPDATE: Final = "update"

GRAINS: Final = ("term", "unit", "level", "pass", "example", "batch", "epoch")

#: Units in order, and the step at which each one comes.
_Course = tuple[tuple[str, ...], list[int]]


class Step(NamedTuple):
    """One visible step.

    part: input, term, activate (forward) · share (loss) · direct, jacobian, term, delta, total,
    gradient (backward) · update. other: the unit at the far end of a term's connection.
    nth, of: which term of how many, from 1.
    """

    phase: str
    unit: str
    part: str
    other: str = ""
    nth: int = 0
    of: int = 0


class Stretch(NamedTuple):
    """The steps from `start` up to `stop` of one phase at one unit: its terms, then what they make.

    unit: "" for the loss, whose terms are the outputs' shares, and for the update.
    """

    phase: str
    unit: str
    start: int
    terms: int
    stop: int


@dataclass(frozen=True)
class PassSteps:
    """The steps of one example's pass through a network.

    steps: without the update; backward: False where the backward pass is refused.
    """

    network: Network
    backward: bool

    @cached_property
    def steps(self) -> Sequence[Step]:
        """Every step of the pass, in order, then the update."""
        return _Steps(self.network, self.stretches)

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """The pass, unit by unit."""
        found, start = [], 0
        for phase, unit, terms, more in self._lengths():
            found.append(Stretch(phase, unit, start, terms, start + terms + more))
            start = found[-1].stop
        return tuple(found)

    def _lengths(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield, for each stretch, its phase, its unit, and how many terms and other steps."""
        network, order = self.network, forward_order(self.network)
        for unit in order:
            yield FORWARD, unit.id, len(network.incoming[unit.id]), 1
        if not self.backward:
            return
        if network.outputs:
            yield LOSS, "", len(network.outputs), 0
        for unit in reversed(order):
            fed = network.incoming[unit.id] or unit.bias is not None
            slopes = 0 if unit.is_input or not fed else 1
            yield BACKWARD, unit.id, _terms_back(network, unit), 1 + slopes
        yield UPDATE, "", 0, 1

    def count(self, with_update: bool) -> int:
        """Return how many steps an example has; only the last of a batch has the update."""
        return len(self.steps) - (0 if with_update or not self.backward else 1)

    @property
    def span(self) -> int:
        """How far apart the keys of two examples of a batch are: more than one has steps.

        The key of a place is example · span + index.
        """
        return len(self.steps) + 1

    def ends(self, grain: str) -> Sequence[int]:
        """Return after how many steps each stretch of a grain ends (term, unit, level, pass)."""
        return self._ends[grain]

    def arrivals(self, unit: str) -> tuple[int, ...]:
        """Return after how many steps each pass has just come to a unit, by its first step."""
        return tuple(stretch.start + 1 for stretch in self.stretches if stretch.unit == unit)

    def begun(self, count: int, phase: str) -> tuple[str, ...]:
        """Return the units that a pass has come to in so many steps, in order."""
        found, places = self._begun[phase]
        return found[: bisect_left(places, count)]

    def finished(self, count: int, phase: str) -> tuple[str, ...]:
        """Return the units whose number in a pass is found after so many steps, in order."""
        found, places = self._finished[phase]
        return found[: bisect_left(places, count)]

    @cached_property
    def _begun(self) -> dict[str, _Course]:
        return self._courses(lambda part: part.start)

    @cached_property
    def _finished(self) -> dict[str, _Course]:
        return self._courses(lambda part: part.start + part.terms)

    def _courses(self, place: Callable[[Stretch], int]) -> dict[str, _Course]:
        """Return, for both passes, the units in order, each with a place in its stretch."""
        found = {}
        for phase in (FORWARD, BACKWARD):
            there = [part for part in self.stretches if part.phase == phase]
            found[phase] = tuple(part.unit for part in there), [place(part) for part in there]
        return found

    @cached_property
    def _ends(self) -> dict[str, Sequence[int]]:
        level = levels(self.network)
        parts = self.stretches
        return {
            "term": range(1, len(self.steps) + 1),
            "unit": tuple(part.stop for part in parts),
            "level": _ends_of(parts, [(part.phase, level.get(part.unit)) for part in parts]),
            # The loss belongs to the forward pass: it is what that pass was for.
            "pass": _ends_of(parts, [FORWARD if p.phase == LOSS else p.phase for p in parts]),
        }


class _Steps(Sequence[Step]):
    """The steps of a pass, each made when it is looked at: a large net has tens of thousands."""

    def __init__(self, network: Network, stretches: Sequence[Stretch]) -> None:
        self._network, self._stretches = network, stretches
        self._starts = [stretch.start for stretch in stretches]

    def __len__(self) -> int:
        return self._stretches[-1].stop if self._stretches else 0

    @overload
    def __getitem__(self, place: int) -> Step: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Step]: ...
    def __getitem__(self, place: int | slice) -> Step | Sequence[Step]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(len(self)))]
        index = range(len(self))[place]
        stretch = self._stretches[bisect_right(self._starts, index) - 1]
        return _step(self._network, stretch, index - stretch.start)

    def __iter__(self) -> Iterator[Step]:
        for stretch in self._stretches:
            for n in range(stretch.stop - stretch.start):
                yield _step(self._network, stretch, n)


def _ends_of(stretches: Sequence[Stretch], keys: Sequence[object]) -> tuple[int, ...]:
    """Return where stretches end that are followed by one with another key."""
    pairs = zip(stretches, keys, [*keys[1:], None], strict=True)
    return tuple(stretch.stop for stretch, here, after in pairs if here != after)


def _step(network: Network, stretch: Stretch, n: int) -> Step:
    """Return the nth step of a stretch, from 0."""
    phase, unit, terms = stretch.phase, stretch.unit, stretch.terms
    if phase == FORWARD:
        return _forward(network, network.by_id[unit], n, terms)
    if phase == LOSS:
        return Step(LOSS, network.outputs[n].id, "share", "", n + 1, terms)
    if phase == BACKWARD:
        return _backward(network, network.by_id[unit], n, terms)
    return Step(UPDATE, "", "update")


def _forward(network: Network, unit: Unit, n: int, terms: int) -> Step:
    if unit.is_input:
        return Step(FORWARD, unit.id, "input")
    if n == terms:
        return Step(FORWARD, unit.id, "activate", "", 0, terms)
    return Step(FORWARD, unit.id, "term", network.incoming[unit.id][n].source, n + 1, terms)


def _backward(network: Network, unit: Unit, n: int, terms: int) -> Step:
    if n == terms:
        return Step(BACKWARD, unit.id, "total" if unit.is_input else "delta")
    if n > terms:
        return Step(BACKWARD, unit.id, "gradient", "", 0, len(network.incoming[unit.id]))
    if _coupled(unit):
        return Step(BACKWARD, unit.id, "jacobian", network.outputs[n].id, n + 1, terms)
    passed_on = n - unit.is_output
    if passed_on < 0:
        return Step(BACKWARD, unit.id, "direct", "", 1, terms)
    target = network.outgoing[unit.id][passed_on].target
    return Step(BACKWARD, unit.id, "term", target, n + 1, terms)


def _terms_back(network: Network, unit: Unit) -> int:
    if _coupled(unit):
        return len(network.outputs)
    return unit.is_output + len(network.outgoing[unit.id])


def _coupled(unit: Unit) -> bool:
    return unit.is_output and unit.activation in GROUP_ACTIVATIONS
