"""The losses of runs that were kept, as thinner curves in colours of their own.

Where a run's losses on the rows held back are known they are dashed. The run of now is in `canvas`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from chainstep.app.panels.debugging.history import kept_colour
from chainstep.app.panels.loss.decimate import MinMaxBuffer
from chainstep.stepping.history import Kept

Floats = NDArray[np.float64]
#: Another run is shown so many times as far up as the run of now and its own start reach.
_SPANS: Final = 4.0


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

    def seen(
        self,
        low: float,
        high: float,
        height: Callable[[Floats], Floats],
        own: Floats,
        beyond: float,
    ) -> Floats:
        """Return what heights the axis has to show for epochs `low` to `high`.

        own: those of the run of now. Where another one began is shown, and what it rises above
        both by `beyond` or a few times their span; a run that broke would flatten all the others.
        """
        found = [np.empty(0)]
        for at, values in self.points:
            heights = height(values)
            first, last = np.searchsorted(at, (low, high))
            there = heights[max(0, first - 1) : last + 1]
            both = np.concatenate((own, heights[:1]))
            both = both[np.isfinite(both)]
            with np.errstate(over="ignore"):
                roof = both.max() + max(beyond, _SPANS * np.ptp(both)) if len(both) else np.inf
            found.append(np.minimum(there[np.isfinite(there)], roof))
        return np.concatenate(found)

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
