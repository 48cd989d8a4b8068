"""Where the marks of an axis stand and what is written beside them: plain decimals, no `1e-05`.

An axis is told positions: the numbers themselves, or on a log axis their decimal logarithms.
The plot that wears them is in `loss.canvas`.
"""

import math
from typing import Final

from chainstep.stepping.numbers import MINUS, format_number

#: Position on the axis and text.
Tick = tuple[float, str]

_LARGEST: Final = 300
_SUPERSCRIPT: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
#: The digits of a decade that are marked, from the fewest to the most.
_WITHIN: Final = ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7))


def linear_ticks(low: float, high: float, most: int = 5) -> list[Tick]:
    """Return at most `most` + 1 round numbers from low to high."""
    step = _round_step((high - low) / max(1, most))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    decimals += round(step * 10.0**decimals, 6) % 1 > 0  # a quarter needs one more
    if decimals > 6 or max(abs(low), abs(high)) >= 1e7:
        return [(n * step, short(n * step)) for n in range(first, last + 1)]
    return [(n * step, _decimal(n * step, decimals)) for n in range(first, last + 1)]


def epoch_ticks(low: float, high: float, most: int = 6) -> list[Tick]:
    """Return at most `most` + 1 whole, round numbers of epochs, and 1 as the first."""
    step = max(1, round(_round_step((high - low) / max(1, most), (1, 2, 5, 10))))
    numbers = [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
    if low <= 1 <= high and step > 1:
        numbers = [1, *(n for n in numbers if n > 1 + step / 3)]
    return [(float(n), f"{n:,}") for n in numbers if n > 0]


def log_ticks(low: float, high: float, most: int = 5) -> list[Tick]:
    """Return round numbers from 10**low to 10**high, at their logarithms."""
    # So little of a decade is next to linear; the powers themselves must be finite.
    if high - low < 0.3 and max(abs(low), abs(high)) < _LARGEST:
        ticks = linear_ticks(10**low, 10**high, most)
        return [(math.log10(value), text) for value, text in ticks if value > 0]
    decades = range(math.floor(low), math.ceil(high) + 1)
    best: list[Tick] = []
    for digits in _WITHIN:
        exact = [(math.log10(d) + k, d, k) for k in decades for d in digits]
        ticks = [(at, _power(d, k)) for at, d, k in exact if low <= at <= high]
        if len(ticks) > most + 1 and best:
            break
        best = ticks
    return best[:: max(1, math.ceil(len(best) / (most + 1)))]


def short(value: float) -> str:
    """Return a number in as few characters as tell it: `0.25`, `−3`, `2·10⁻⁷`."""
    if value == 0 or not math.isfinite(value):
        return format_number(value)
    exponent = math.floor(math.log10(abs(value)) + 1e-9)
    if -6 <= exponent < 7:
        return (
            _decimal(value, max(0, 2 - exponent)).rstrip("0").rstrip(".")
            if exponent < 2
            else (_decimal(value, 0))
        )
    mantissa = f"{abs(value) / 10.0**exponent:.3g}"
    power = "10" + str(exponent).translate(_SUPERSCRIPT)
    return (MINUS if value < 0 else "") + (power if mantissa == "1" else f"{mantissa}·{power}")


def shortest(value: float) -> str:
    """Return the size of a small or large number, as in `7·10⁻⁵`."""
    if value == 0 or not math.isfinite(value):
        return format_number(value)
    digit, exponent = f"{abs(value):.0e}".split("e")
    return (MINUS if value < 0 else "") + f"{digit}·10" + str(int(exponent)).translate(_SUPERSCRIPT)


def _power(digit: int, exponent: int) -> str:
    """digit × 10**exponent, exactly, without counting on binary fractions."""
    if exponent < -6 or exponent > 6:
        power = "10" + str(exponent).translate(_SUPERSCRIPT)
        return power if digit == 1 else f"{digit}·{power}"
    return (
        f"{digit * 10**exponent:,}"
        if exponent >= 0
        else _decimal(digit * 10.0**exponent, -exponent)
    )


def _decimal(value: float, decimals: int) -> str:
    text = f"{abs(value):.{decimals}f}"
    return MINUS + text if value < 0 and float(text) else text


def _round_step(step: float, steps: tuple[float, ...] = (1, 2, 2.5, 5, 10)) -> float:
    """Return the next round multiple of a power of ten that is not smaller."""
    if not step > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next((n * power for n in steps if n * power >= step * (1 - 1e-9)), 10 * power)
