"""The curves of h and h′ over the part of the axis worth seeing, as points.

Split where h or h′ jumps, so that no line is drawn across a jump. What h is, is in
`engine.activations`; drawing is in `activation_plot`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from chainstep.network.model import GROUP_ACTIVATIONS

Points = list[tuple[float, float]]
Params = tuple[tuple[str, float], ...]

SAMPLES: Final = 240
_HALF: Final = {
    "logistic": 6.0,
    "softsign": 6.0,
    "sine": 6.5,
    "tanh": 4.0,
    "exp": 3.0,
    "power": 3.0,
}
_HALF_DEFAULT: Final = 4.0
_FURTHEST_KINK: Final = 1e3
#: Where a curve runs away, the window on it is at most so many times as high as wide.
_STEEPEST: Final = 1.2


@dataclass(frozen=True)
class Curves:
    """Pieces of h and of h′ between low and high, and what of them there is to see upwards."""

    low: float
    high: float
    bottom: float
    top: float
    h: tuple[Points, ...]
    h_prime: tuple[Points, ...]


def curves(name: str, params: Params, point: tuple[float, float] | None) -> Curves | None:
    """Return the curves of an activation with all its parameters, wide enough for the point.

    None for softmax and log-softmax, which are no functions of one number.
    """
    if name in GROUP_ACTIVATIONS:
        return None
    from chainstep.engine.activations import ACTIVATIONS

    kinks = ACTIVATIONS[name].kinks(**dict(params))
    half = _half(name, kinks, point)
    breaks = sorted({k for k in (*kinks, *_poles(name)) if -half < k < half})
    ends = [-half, *breaks, half]
    h, h_prime = _pieces(name, dict(params), ends)
    bottom, top = _window((*h, *h_prime), half, point)
    return Curves(-half, half, bottom, top, h, h_prime if name != "step" else ())


def _poles(name: str) -> tuple[float, ...]:
    return (0.0,) if name in ("reciprocal", "power") else ()


def _half(name: str, kinks: tuple[float, ...], point: tuple[float, float] | None) -> float:
    half = _HALF.get(name, _HALF_DEFAULT)
    near = [abs(kink) for kink in kinks if abs(kink) <= _FURTHEST_KINK]
    half = max([half, *(1.5 * kink for kink in near)])
    if point is not None and math.isfinite(point[0]):
        half = max(half, 1.2 * abs(point[0]))
    return half


def _pieces(
    name: str, params: dict[str, float], ends: list[float]
) -> tuple[tuple[Points, ...], tuple[Points, ...]]:
    import numpy as np

    from chainstep.engine.activations import ACTIVATIONS

    activation = ACTIVATIONS[name]
    h: list[Points] = []
    h_prime: list[Points] = []
    for low, high in pairwise(ends):
        inside = (high - low) * 1e-9
        a = np.linspace(low + inside, high - inside, SAMPLES)
        with np.errstate(all="ignore"):
            for pieces, function in ((h, activation.h), (h_prime, activation.h_prime)):
                values = np.asarray(function(a, **params), dtype=np.float64)
                pieces.append(_finite(a.tolist(), values.tolist()))
    return tuple(h), tuple(h_prime)


def _finite(xs: list[float], ys: list[float]) -> Points:
    return [(x, y) for x, y in zip(xs, ys, strict=True) if math.isfinite(y)]


def _window(
    pieces: tuple[Points, ...], half: float, point: tuple[float, float] | None
) -> tuple[float, float]:
    """Return the lowest and highest value to show, 0 always among them."""
    limit = _STEEPEST * half
    values = [min(max(y, -limit), limit) for piece in pieces for _, y in piece] or [0.0]
    if point is not None and math.isfinite(point[1]):
        values.append(point[1])
    bottom, top = min(0.0, *values), max(0.0, *values)
    if top - bottom < 1e-9:
        bottom, top = -1.0, 1.0
    air = 0.08 * (top - bottom)
    return bottom - air, top + air
