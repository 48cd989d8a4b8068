"""Predict, then reveal: what a learner typed held against the number, with hints and a score.

Numbers are read as `stepping.numbers.parse_number` reads them: decimal comma, fractions, powers of
ten. Which number is asked for is in `derivation`; the score is kept by whoever asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from chainstep.errors import ChainstepError
from chainstep.lessons.worked import Item
from chainstep.stepping.formula.nodes import Node
from chainstep.stepping.numbers import DEFAULT_DIGITS, format_number, parse_number

#: The rule of `tolerance` in words; the number itself would give the answer away.
RULE: Final = "right within a thousandth of it, or half a unit in its last digit"
#: An answer made from rounded numbers on the way may be off by this part of itself.
_ROUNDED_ON_THE_WAY = 0.001


@dataclass(frozen=True)
class Verdict:
    """right: whether the answer is near enough. read: the number read, None if it is none.

    sentence: what to say to the learner.
    """

    right: bool
    read: float | None
    sentence: str


@dataclass(frozen=True)
class Score:
    """How many numbers were asked for, how many were right at once, and hints taken."""

    asked: int = 0
    right: int = 0
    hints: int = 0

    def after(self, right: bool, hints: int = 0) -> "Score":
        """Return the score after one more number."""
        return replace(
            self, asked=self.asked + 1, right=self.right + right, hints=self.hints + hints
        )

    def __str__(self) -> str:
        return f"{self.right} of {self.asked} right"


def tolerance(value: float, digits: int = DEFAULT_DIGITS) -> float:
    """Return how far an answer may be off: half a unit in the last place shown, or a thousandth.

    The larger of the two; the second is for those who compute with rounded numbers.
    """
    return max(_half_a_unit(value, digits), _ROUNDED_ON_THE_WAY * abs(value))


def check(typed: str, value: float, digits: int = DEFAULT_DIGITS) -> Verdict:
    """Hold what was typed against the number. Never raises."""
    try:
        read = parse_number(typed)
    except ChainstepError as error:
        return Verdict(False, None, str(error))
    allowed, shown = tolerance(value, digits), format_number(value, digits)
    # A hair more, so that an answer on the very edge is not lost to rounding.
    if abs(read - value) <= allowed * (1 + 1e-9):
        return Verdict(True, read, f"Right: {shown}, within {format_number(allowed, 1)}.")
    return Verdict(False, read, _what_is_wrong(read, value, allowed))


def hints(item: Item) -> Iterator[Node]:
    """Yield help for a quantity, one after the other: the formula, then the numbers in it."""
    if item.symbols is not None:
        yield item.symbols
    yield from item.worked[:-1]


def _what_is_wrong(read: float, value: float, allowed: float) -> str:
    if abs(read + value) <= allowed:
        return "Not quite: the size is right, the sign is not."
    if min(abs(read - 10 * value) / 10, abs(10 * read - value)) <= allowed and value:
        return "Not quite: the decimal point is one place off."
    return f"Not quite: it differs by {format_number(abs(read - value), 2)}."


def _half_a_unit(value: float, digits: int) -> float:
    """Return half a unit in the last place of a number as it is shown."""
    mantissa, _, exponent = format_number(value, digits).partition("×10")
    places = len(mantissa.partition(".")[2]) or digits
    power = int(exponent.translate(_PLAIN)) if exponent else 0
    return float(0.5 * 10.0 ** (power - places))


_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
