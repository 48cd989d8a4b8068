"""The tiny drawings inside a disc: the shape of each activation, a lock, a cross for handles.

The shapes are for the eye only; the arithmetic is in `engine.activations`, which needs NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

WIDTH: Final = 20.0
HEIGHT: Final = 9.0

#: name: (shape, half the width of a shown).
_SHAPES: Final[dict[str, tuple[Callable[[float], float], float]]] = {
    "identity": (lambda a: a, 1.0),
    "logistic": (math.tanh, 2.5),
    "tanh": (math.tanh, 2.5),
    "relu": (lambda a: max(a, 0.0), 1.0),
    "leaky_relu": (lambda a: a if a > 0 else 0.15 * a, 1.0),
    "elu": (lambda a: a if a > 0 else math.expm1(a), 2.0),
    "selu": (lambda a: a if a > 0 else 1.6 * math.expm1(a), 2.0),
    "celu": (lambda a: a if a > 0 else math.expm1(a), 2.0),
    "gelu": (lambda a: 0.5 * a * (1 + math.erf(a / 1.414)), 2.5),
    "gelu_tanh": (lambda a: 0.5 * a * (1 + math.erf(a / 1.414)), 2.5),
    "silu": (lambda a: a / (1 + math.exp(-a)), 4.0),
    "mish": (lambda a: a * math.tanh(math.log1p(math.exp(a))), 4.0),
    "softplus": (lambda a: math.log1p(math.exp(a)), 4.0),
    "softsign": (lambda a: a / (1 + abs(a)), 5.0),
    "hard_sigmoid": (lambda a: min(max(a / 6 + 0.5, 0.0), 1.0), 5.0),
    "hard_swish": (lambda a: a * min(max(a / 6 + 0.5, 0.0), 1.0), 4.5),
    "sine": (math.sin, 4.7),
    "exp": (math.exp, 2.0),
    "reciprocal": (lambda a: 1 / (a + 2.4), 2.0),
    "power": (lambda a: a * a, 1.0),
    "clip": (lambda a: min(max(a, 0.0), 1.0), 2.0),
    "gaussian": (lambda a: math.exp(-a * a), 2.2),
    "step": (lambda a: 1.0 if a > 0 else 0.0, 1.0),
}
_BARS: Final = {"softmax": (0.35, 1.0, 0.55), "log_softmax": (0.7, 0.25, 1.0)}
COMBINE_SIGN: Final = {"product": "Π", "max": "max"}


@lru_cache(maxsize=64)
def activation_path(name: str) -> QPainterPath:
    """Return the shape of an activation, WIDTH by HEIGHT round the origin, to be stroked."""
    if name in _BARS:
        return _bars(_BARS[name])
    shape, reach = _SHAPES.get(name, _SHAPES["identity"])
    steps = 30
    ys = [shape(reach * (2 * n / steps - 1)) for n in range(steps + 1)]
    low, high = min(ys), max(ys)
    path = QPainterPath()
    for n, y in enumerate(ys):
        point = QPointF(WIDTH * (n / steps - 0.5), HEIGHT * (0.5 - (y - low) / (high - low or 1.0)))
        if n:
            path.lineTo(point)
        else:
            path.moveTo(point)
    return path


def _bars(heights: tuple[float, ...]) -> QPainterPath:
    path = QPainterPath()
    for n, height in enumerate(heights):
        x = WIDTH * 0.3 * (n - 1)
        path.moveTo(x, HEIGHT / 2)
        path.lineTo(x, HEIGHT * (0.5 - height))
    return path


@lru_cache(maxsize=1)
def lock_path() -> QPainterPath:
    """Return a closed padlock about 9 by 11 round the origin: the shackle, then the body."""
    path = QPainterPath()
    path.moveTo(-2.6, -0.5)
    path.arcTo(QRectF(-2.6, -5.0, 5.2, 5.2), 180.0, -180.0)
    path.lineTo(2.6, -0.5)
    path.addRoundedRect(QRectF(-4.2, -0.5, 8.4, 6.0), 1.4, 1.4)
    return path


@lru_cache(maxsize=1)
def entry_path() -> QPainterPath:
    """Return the arrow by which data enter an input, its tip at the origin."""
    path = QPainterPath()
    path.moveTo(-16.0, 0.0)
    path.lineTo(-1.5, 0.0)
    path.moveTo(-6.5, -4.5)
    path.lineTo(-1.0, 0.0)
    path.lineTo(-6.5, 4.5)
    return path
