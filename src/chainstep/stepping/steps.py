"""The steps of one pass: an ordered list that a cursor points into.

Forward by level, then the loss output by output, then backward in exactly the reverse order; the
update of a batch is one more step after its last example. What a step says is in `explain`, what
it moves through is in `run`.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

from chainstep.network.model import GROUP_ACTIVATIONS, Network, Unit
from chainstep.network.order import forward_order, levels

FORWARD: Final = "forward"
LOSS: Final = "loss"
BACKWARD: Final = "backward"
UPDATE: Final = "update"

GRAINS: Final = ("term", "unit", "level", "pass", "example", "batch", "epoch")


#: The parts with which the number of a unit is found.
FINAL: Final = ("input", "activate", "delta", "total")

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


@dataclass(frozen=True)
class PassSteps:
    """The steps of one example's pass through a network.

    steps: without the update; backward: False where the backward pass is refused.
    """

    network: Network
    backward: bool

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step of the pass, in order, then the update."""
        order = forward_order(self.network)
        found = [step for unit in order for step in _forward(self.network, unit)]
        if self.backward:
            outputs = self.network.outputs
            found += [
                Step(LOSS, unit.id, "share", "", n, len(outputs))
                for n, unit in enumerate(outputs, start=1)
            ]
            found += [s for unit in reversed(order) for s in _backward(self.network, unit)]
            found.append(Step(UPDATE, "", "update"))
        return tuple(found)

    def count(self, with_update: bool) -> int:
        """Return how many steps an example has; only the last of a batch has the update."""
        return len(self.steps) - (0 if with_update or not self.backward else 1)

    def ends(self, grain: str) -> tuple[int, ...]:
        """Return after how many steps each stretch of a grain ends (term, unit, level, pass)."""
        return self._ends[grain]

    def arrivals(self, unit: str) -> tuple[int, ...]:
        """Return after how many steps each pass has just come to a unit, by its first step."""
        before = ("", "")
        found = []
        for index, step in enumerate(self.steps, start=1):
            here = (step.phase, step.unit)
            if here != before and step.unit == unit and step.phase != LOSS:
                found.append(index)
            before = here
        return tuple(found)

    def begun(self, count: int, phase: str) -> tuple[str, ...]:
        """Return the units that a phase has come to in so many steps, in order."""
        found, places = self._begun[phase]
        return found[: bisect_left(places, count)]

    def finished(self, count: int, phase: str) -> tuple[str, ...]:
        """Return the units whose number in a phase is found after so many steps, in order."""
        found, places = self._finished[phase]
        return found[: bisect_left(places, count)]

    @cached_property
    def _begun(self) -> dict[str, _Course]:
        return self._courses(lambda _step: True)

    @cached_property
    def _finished(self) -> dict[str, _Course]:
        return self._courses(lambda step: step.part in FINAL)

    def _courses(self, counts: Callable[[Step], bool]) -> dict[str, _Course]:
        """Return, for each phase, its units and at which step each one first counts."""
        first: dict[str, dict[str, int]] = {phase: {} for phase in (FORWARD, LOSS, BACKWARD)}
        for number, step in enumerate(self.steps):
            if step.unit and counts(step):
                first[step.phase].setdefault(step.unit, number)
        return {phase: (tuple(found), list(found.values())) for phase, found in first.items()}

    @cached_property
    def _ends(self) -> dict[str, tuple[int, ...]]:
        level = levels(self.network)
        places = [(step.phase, "" if step.phase == LOSS else step.unit) for step in self.steps]
        return {
            "term": tuple(range(1, len(self.steps) + 1)),
            "unit": _ends_of(places),
            "level": _ends_of([(phase, level.get(unit, 0)) for phase, unit in places]),
            # The loss belongs to the forward pass: it is what that pass was for.
            "pass": _ends_of([FORWARD if phase == LOSS else phase for phase, _ in places]),
        }


def _ends_of(keys: Sequence[object]) -> tuple[int, ...]:
    changes = [n for n, (here, after) in enumerate(pairwise(keys), start=1) if here != after]
    return (*changes, len(keys)) if keys else ()


def _forward(network: Network, unit: Unit) -> Iterator[Step]:
    if unit.is_input:
        yield Step(FORWARD, unit.id, "input")
        return
    incoming = network.incoming[unit.id]
    for n, connection in enumerate(incoming, start=1):
        yield Step(FORWARD, unit.id, "term", connection.source, n, len(incoming))
    yield Step(FORWARD, unit.id, "activate", "", 0, len(incoming))


def _backward(network: Network, unit: Unit) -> Iterator[Step]:
    outgoing = network.outgoing[unit.id]
    if unit.activation in GROUP_ACTIVATIONS and unit.is_output:
        for n, output in enumerate(network.outputs, start=1):
            yield Step(BACKWARD, unit.id, "jacobian", output.id, n, len(network.outputs))
    else:
        own = 1 if unit.is_output else 0
        count = own + len(outgoing)
        if own:
            yield Step(BACKWARD, unit.id, "direct", "", 1, count)
        for n, connection in enumerate(outgoing, start=1 + own):
            yield Step(BACKWARD, unit.id, "term", connection.target, n, count)
    yield Step(BACKWARD, unit.id, "total" if unit.is_input else "delta")
    if not unit.is_input and (network.incoming[unit.id] or unit.bias is not None):
        yield Step(BACKWARD, unit.id, "gradient", "", 0, len(network.incoming[unit.id]))
