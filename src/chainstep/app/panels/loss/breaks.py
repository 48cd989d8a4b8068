"""The dashed lines of the loss plot, at the epochs and the values of E that breakpoints wait for.

What they wait for is known to the run's guard; which of it is shown, in `plot`.
"""

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

_UPRIGHT, _LEVEL = 90, 0


class BreakLines:
    """Lines over a view box, made only when there are more or fewer of them."""

    def __init__(self, box: Any) -> None:
        """box: pyqtgraph's view box."""
        self._box = box
        self.lines: list[Any] = []

    def show(self, epochs: Sequence[float], heights: Sequence[float], colour: QColor) -> None:
        """Stand upright at these epochs and level at these heights."""
        pen = QPen(colour, 1.0, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        places = [(_UPRIGHT, at) for at in epochs] + [(_LEVEL, at) for at in heights]
        if [angle for angle, _ in places] != [line.angle for line in self.lines]:
            for line in self.lines:
                self._box.removeItem(line)
            self.lines = [pg.InfiniteLine(angle=angle) for angle, _ in places]
            for line in self.lines:
                self._box.addItem(line, ignoreBounds=True)
        for line, (_, at) in zip(self.lines, places, strict=True):
            line.setPen(pen)
            line.setValue(at)
