"""What a line of a formula is made of. How the boxes are set is in `mathrules`."""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from chainstep.app.formulas.mathbox import Box
from chainstep.stepping.formula.nodes import Atom


class Piece(NamedTuple):
    """One box of a line: what it is there, the space before it, how bad a break before it is.

    loose: a word among words, before which the line may break though it is no operation.
    """

    box: Box
    atom: Atom
    gap: float
    cost: int
    loose: bool = False


class Span(NamedTuple):
    """The pieces first to last - 1 stand under a tag."""

    tag: str
    first: int
    last: int


def evenly(
    width: Callable[[int, int], float], breaks: Sequence[int], count: int, rows: int
) -> list[tuple[int, int]]:
    """Return (first, last + 1) of the rows that a line of `count` pieces is broken into.

    width: of the pieces first to last; breaks: before which it may break. The widest row is as
    narrow as can be, and there are no more rows than breaks allow.
    """
    ways = itertools.combinations(breaks, min(rows - 1, len(breaks)))
    cut = [list(itertools.pairwise((0, *way, count))) for way in ways]
    return min(cut, key=lambda rows: max(width(*row) for row in rows))
