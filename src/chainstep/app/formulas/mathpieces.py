"""What a line of a formula is made of. How the boxes are set is in `mathrules`."""

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
