"""The one way numbers are written for people, and the one way they are read from them.

Everything a person sees (canvas, panels, formulas, the text of a trace) goes through
`format_number`; everything a person types into a field goes through `parse_number`. Documents and
JSON are not written here but with the shortest round-trip decimal, in `files`.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from chainstep.errors import ChainstepError

MINUS: Final = "\N{MINUS SIGN}"
INFINITY: Final = "∞"
NOT_A_NUMBER: Final = "not a number"
DEFAULT_DIGITS: Final = 4
MOST_DIGITS: Final = 15

#: From here on, and below the reciprocal, powers of ten are easier to read than zeros.
_LARGE: Final = 1e6
_SMALL: Final = 1e-6

_TO_SUPERSCRIPT: Final = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
_FROM_SUPERSCRIPT: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_DECIMAL: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER: Final = re.compile(rf"({_DECIMAL})(?:\s*/\s*({_DECIMAL}))?")
_POWER: Final = re.compile(r"\s*[×x*·]\s*10(?:\s*\^\s*([+-]?[0-9]+)|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))")
#: The zeros at the end of the decimals, before a power of ten or the end.
_ZEROS: Final = re.compile(r"(\.[0-9]*?)0+(?=×|$)")
_SHOWN: Final = 40


@lru_cache(maxsize=50_000)
def format_number(value: float, digits: int = DEFAULT_DIGITS) -> str:
    """Write a number for people, with a real minus sign.

    digits (1 to 15): so many decimals ("0.0134"), and for what would lose its digits that way so
    many significant ones ("0.0004386"). From 1e6 up and below 1e-6 in powers of ten
    ("4.386×10⁻⁷"). Zero is "0"; what is not finite is named.
    """
    value = float(value)
    if not math.isfinite(value):
        return _not_finite(value)
    sign = MINUS if value < 0 else ""
    return sign + _magnitude(abs(value), min(max(digits, 1), MOST_DIGITS))


def column(values: Sequence[float | None], digits: int = DEFAULT_DIGITS) -> list[str]:
    """Write numbers that stand one below another, all with as many decimals; None stays "".

    So many decimals as `digits`, or, where the smallest number would lose its digits, as many more
    as it needs, at most three; what is smaller still is written in powers of ten.
    """
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v) and v != 0]
    least = min(sizes, default=1.0)
    decimals = digits
    if least < 10.0 ** (1 - digits):
        decimals = min(digits - 1 - math.floor(math.log10(least)), digits + 3, MOST_DIGITS)
    return ["" if value is None else _in_column(float(value), decimals) for value in values]


def _in_column(value: float, decimals: int) -> str:
    size = abs(value)
    if not math.isfinite(size) or size == 0 or size >= _LARGE:
        return format_number(value, decimals)
    sign = MINUS if value < 0 else ""
    small = size < 10.0 ** (1 - decimals)
    return sign + (_scientific(size, 2) if small else f"{size:.{decimals}f}")


def as_typed(value: float, digits: int = DEFAULT_DIGITS) -> str:
    """Write a number that a person chose, without zeros at its end: 0.5 and not 0.5000."""
    return _ZEROS.sub(r"\1", format_number(value, digits)).replace(".×", "×").rstrip(".")


def signed(value: float, digits: int = DEFAULT_DIGITS) -> str:
    """Write a number as `format_number` does, with its sign in front of positive ones too."""
    text = format_number(value, digits)
    return f"+{text}" if float(value) > 0 else text


def parse_number(text: str) -> float:
    """Read a number as a person types it: `1/3`, `0.5`, `0,5`, `−2`, `1e-3`, `4.4×10⁻⁷`.

    A comma is a decimal comma. Raises ChainstepError with one sentence for anything else, for a
    division by zero and for what is too large to hold.
    """
    found = _NUMBER.fullmatch(_plain_ascii(text))
    if found is None:
        raise ChainstepError(_why_not(text))
    top = float(found.group(1))
    bottom = float(found.group(2) or "1")
    if bottom == 0:
        raise ChainstepError(f"{_quoted(text)} divides by zero; write another number below the /.")
    value = top / bottom
    if not math.isfinite(value):
        raise ChainstepError(f"{_quoted(text)} is too large; write a number below 1.8e308.")
    return value


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return NOT_A_NUMBER
    return INFINITY if value > 0 else MINUS + INFINITY


def _magnitude(size: float, digits: int) -> str:
    if size == 0:
        return "0"
    if size < _SMALL or round(size, digits) >= _LARGE:
        return _scientific(size, digits)
    if size < 10.0 ** (1 - digits):
        return _significant(size, digits)
    return f"{size:.{digits}f}"


def _significant(size: float, digits: int) -> str:
    exponent = int(f"{size:.{digits - 1}e}".partition("e")[2])
    return f"{size:.{digits - 1 - exponent}f}"


def _scientific(size: float, digits: int) -> str:
    mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_TO_SUPERSCRIPT)}"


def _plain_ascii(text: str) -> str:
    """Return `text` with its signs, decimal comma and power of ten as `float` knows them."""
    plain = text.strip()
    for dash in (MINUS, "–", "‒"):
        plain = plain.replace(dash, "-")
    plain = _POWER.sub(_as_exponent, plain)
    return plain.replace(",", ".")


def _as_exponent(found: re.Match[str]) -> str:
    return "e" + (found.group(1) or found.group(2).translate(_FROM_SUPERSCRIPT))


def _why_not(text: str) -> str:
    if not text.strip():
        return "A number is missing; write one such as 0.5 or 1/3."
    return f"{_quoted(text)} is not a number; write one such as 0.5, 1/3 or 1e-3."


def _quoted(text: str) -> str:
    shown = " ".join(text.split())
    return f"“{shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + '…'}”"
