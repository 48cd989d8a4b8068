"""The order exercise: the learner picks the next unit to carry the error back to.

A unit can be done when every unit it feeds is done: its sum needs their ∂E/∂a. Picking one too
early shows which terms are missing. Any order that keeps to this is right, not only the one in
which the program steps.
"""

from dataclasses import dataclass, replace

from chainstep.errors import ChainstepError
from chainstep.network.model import Network
from chainstep.stepping.explain.explained import names_of
from chainstep.stepping.formula.nodes import Node
from chainstep.stepping.formula.notation import Notation


@dataclass(frozen=True)
class Answer:
    """right: whether the unit could be done. missing: the units k whose terms are not there yet.

    terms: these terms in symbols; sentence: what to say.
    """

    right: bool
    missing: tuple[str, ...]
    terms: tuple[Node, ...]
    sentence: str


@dataclass(frozen=True)
class Ordering:
    """How far the exercise has come. done: in the order picked; wrong: how many picks were."""

    network: Network
    done: tuple[str, ...] = ()
    wrong: int = 0

    @property
    def finished(self) -> bool:
        """Whether every unit is done."""
        return len(self.done) == len(self.network.units)

    @property
    def ready(self) -> tuple[str, ...]:
        """The units that can be done now, in document order."""
        units = (unit.id for unit in self.network.units if unit.id not in self.done)
        return tuple(unit for unit in units if not self.missing(unit))

    def missing(self, unit: str) -> tuple[str, ...]:
        """Return the units that a unit feeds and that are not done."""
        targets = (connection.target for connection in self.network.outgoing[unit])
        return tuple(target for target in targets if target not in self.done)

    def pick(self, unit: str, n: Notation) -> tuple["Ordering", Answer]:
        """Return the exercise after a pick, and what came of it. Raises ChainstepError."""
        if unit not in self.network.by_id:
            raise ChainstepError(f"There is no unit {unit}: pick one of the net.")
        if unit in self.done:
            return self, Answer(False, (), (), f"{unit} is done already: pick another unit.")
        missing = self.missing(unit)
        if missing:
            return replace(self, wrong=self.wrong + 1), _too_early(self.network, unit, missing, n)
        after = replace(self, done=(*self.done, unit))
        return after, Answer(True, (), (), _why_right(after, unit))


def _too_early(network: Network, unit: str, missing: tuple[str, ...], n: Notation) -> Answer:
    here = n.z(unit) if network.by_id[unit].is_input else n.a(unit)
    terms = tuple(n.times(n.dE_da(k), n.partial(n.a(k), here)) for k in missing)
    count = "a term is" if len(missing) == 1 else f"{len(missing)} terms are"
    names = names_of(missing)
    sentence = f"{unit} feeds {names}, not done yet: {count} missing from its sum."
    return Answer(False, missing, terms, sentence)


def _why_right(after: Ordering, unit: str) -> str:
    targets = [connection.target for connection in after.network.outgoing[unit]]
    if after.finished:
        return f"Right, and {unit} was the last."
    if targets:
        return f"Right: all that {unit} feeds, {names_of(targets)}, was done."
    if after.network.by_id[unit].is_output:
        return f"Right: at {unit} the error enters."
    return f"Right: {unit} feeds nothing, so its sum is empty."
