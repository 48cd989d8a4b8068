"""What an explanation is made of. How one is made is in `step`, which asks the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from chainstep.stepping.formula.nodes import Node
from chainstep.stepping.formula.text import aloud, plain
from chainstep.stepping.steps import Step

DONE = "done"
CURRENT = "current"
COMING = "coming"


class Term(msgspec.Struct, frozen=True, gc=False):
    """One row: label, factors and value; the sum of the values is the explanation's total.

    unit: the unit at the far end, "" for the bias or an output's own share. ends: the connection
    that carries it, None where none does. factors: what is multiplied, () where the value stands
    alone. names: the factors' symbols, one each. value: None where it cannot be represented.
    """

    label: str
    unit: str
    ends: tuple[str, str] | None
    factors: tuple[float | None, ...]
    names: tuple[Node, ...]
    value: float | None
    state: str = COMING

    @property
    def tag(self) -> str:
        """The tag by which formula, row and connection are lit together."""
        return f"term:{self.unit}"


@dataclass(frozen=True)
class Explanation:
    """A step in words, in symbols and in numbers.

    aside: a few muted words beside the title. formula: symbols; numbers: the same with the
    numbers in place, or None. total: of the terms so far, labelled; adds: whether the terms add
    up to it (a waterfall), rather than being looked at one by one. after: what is made of the
    total, in rows below it.
    """

    step: Step | None
    title: str
    aside: str
    sentence: str
    formula: Node | None
    numbers: Node | None = None
    terms: tuple[Term, ...] = ()
    total_label: str = ""
    total: float | None = None
    adds: bool = True
    after: tuple[Term, ...] = ()

    @property
    def told(self) -> str:
        """The step in plain text."""
        return f"{self.title}. {self.sentence}"

    @property
    def spoken(self) -> str:
        """The step for a screen reader: the same, as it is read out."""
        return aloud(self.told)

    @property
    def text(self) -> str:
        """The formula and its numbers in one line each."""
        lines = [plain(node) for node in (self.formula, self.numbers) if node is not None]
        return "\n".join(lines)


def state_of(place: int, nth: int) -> str:
    """Return the state of the term at a place (from 1) when the nth is current; 0: all done."""
    if nth == 0 or place < nth:
        return DONE
    return CURRENT if place == nth else COMING


def names_of(units: Sequence[str], most: int = 4) -> str:
    """Return "h1", "o1 and o2", "o1, o2 and o3", "o1, o2, o3 and 9 more"."""
    if len(units) > most:
        return f"{', '.join(units[: most - 1])} and {len(units) - most + 1} more"
    return " and ".join(filter(None, (", ".join(units[:-1]), units[-1]))) if units else "nothing"


def so_far(terms: Sequence[Term]) -> float | None:
    """Return the sum of the values that are done or current, None where one is missing."""
    values = [term.value for term in terms if term.state != COMING]
    return None if any(value is None for value in values) else sum(v or 0.0 for v in values)
