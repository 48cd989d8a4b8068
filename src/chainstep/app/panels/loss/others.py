"""The losses of runs that were kept, as thinner curves in colours of their own.

Where a run's losses on the rows held back are known they are dashed. The run of now is in `canvas`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from chainstep.app.panels.debugging.history import kept_colour
from chainstep.app.panels.loss.decimate import MinMaxBuffer
from chainstep.stepping.history import Kept

Floats = NDArray[np.float64]


class OtherRuns:
    """Curves in a view box. points: epochs and losses of each."""

    def __init__(self, box: Any) -> None:
        """box: pyqtgraph's view box."""
        self._box = box
        self._kept: list[Kept] = []
        self._curves: list[Any] = []
        self.points: list[tuple[Floats, Floats]] = []

    @property
    def epochs(self) -> int:
        """How many epochs the longest of them has."""
        return max((len(each.losses) for each in self._kept), default=0)

    def take(self, kept: Sequence[Kept]) -> bool:
        """Take these runs; return whether they are others than before."""
        if [id(each) for each in kept] == [id(each) for each in self._kept]:
            return False
        self._kept = list(kept)
        for curve in self._curves:
            self._box.removeItem(curve)
        self.points = [_decimated(each) for each in kept] + [_held(each) for each in kept]
        self._curves = [pg.PlotCurveItem(connect="finite", antialias=True) for _ in self.points]
        for curve in self._curves:
            curve.setZValue(-0.5)
            self._box.addItem(curve, ignoreBounds=True)
        return True

    def draw(self, height: Callable[[Floats], Floats]) -> None:
        """Draw them. height: where losses stand on the axis."""
        for place, (curve, (at, values)) in enumerate(zip(self._curves, self.points, strict=True)):
            dashed = place >= len(self._kept)
            style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
            pen = QPen(kept_colour(place % len(self._kept)), 1.0, style)
            pen.setCosmetic(True)
            curve.setPen(pen)
            curve.setData(at, height(values))


def _decimated(kept: Kept) -> tuple[Floats, Floats]:
    buffer = MinMaxBuffer()
    buffer.extend(kept.losses)
    at, values = buffer.points()
    return at.astype(np.float64) + 1.0, values


def _held(kept: Kept) -> tuple[Floats, Floats]:
    both = np.array(kept.held, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]
