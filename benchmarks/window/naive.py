"""The rivals: a line item for every connection, and a plain pyqtgraph curve with all its points."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsLineItem, QGraphicsScene, QGraphicsView

from chainstep.app.window import MainWindow


class LinePerEdge:
    """The same connections in a view of the same size, each one a `QGraphicsLineItem`."""

    def __init__(self, window: MainWindow) -> None:
        self._scene = QGraphicsScene()
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        units = window.scene.units
        self._lines = []
        for connection in window.scene.network.connections:
            line = QLineF(units[connection.source].pos(), units[connection.target].pos())
            self._lines.append(QGraphicsLineItem(line))
            self._scene.addItem(self._lines[-1])
        self._view = QGraphicsView(self._scene)
        self._view.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._view.resize(window.parts.view.size())
        self._view.setTransform(window.parts.view.transform())
        self._view.show()

    def restyle(self, weights: NDArray[np.float64]) -> None:
        """Give every line the width and colour of its weight."""
        for line, weight in zip(self._lines, weights.tolist(), strict=True):
            line.setPen(QPen(QColor("#D55E00" if weight < 0 else "#0072B2"), 1.2 + 4 * abs(weight)))

    def close(self) -> None:
        """Go away."""
        self._view.close()


class PlainCurve(pg.PlotWidget):
    """A curve as pyqtgraph draws it by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(480, 250)
        self.curve = self.plot(pen=pg.mkPen("#3B5BDB", width=1))
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.show()

    def draw(self, losses: NDArray[np.float64]) -> None:
        """Show all losses."""
        self.curve.setData(losses)
