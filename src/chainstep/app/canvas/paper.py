"""What the canvas is drawn on: dotted paper, painted in pixels of the screen.

What lies on the paper is in `scene`; what is said while it is empty is the window's.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from chainstep.app.look import theme

DOTS: Final = 24.0
CLOSEST: Final = 16.0


class Paper:
    """Keeps one dot as a tile, as far from the next as suits the zoom."""

    def __init__(self) -> None:
        self._tile = QPixmap()

    def forget(self) -> None:
        """Paint the dot anew next time: the theme has changed."""
        self._tile = QPixmap()

    def paint(
        self, painter: QPainter, area: QRect, origin: QPointF, zoom: float, ratio: float
    ) -> None:
        """Fill an area of the viewport; a dot lies at the origin."""
        painter.save()
        painter.resetTransform()
        painter.fillRect(area, theme.current().background)
        tile = self._tile_for(zoom, ratio)
        apart = tile.width() / ratio
        offset = QPointF((area.x() - origin.x()) % apart, (area.y() - origin.y()) % apart)
        painter.drawTiledPixmap(QRectF(area), tile, offset)
        painter.restore()

    def _tile_for(self, zoom: float, ratio: float) -> QPixmap:
        apart = DOTS * zoom
        while apart < CLOSEST:
            apart *= 2
        pixels = round(apart * ratio)
        if self._tile.width() != pixels or self._tile.devicePixelRatio() != ratio:
            self._tile = _dot(pixels, ratio)
        return self._tile


def _dot(pixels: int, ratio: float) -> QPixmap:
    tile = QPixmap(pixels, pixels)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().line)
    painter.drawEllipse(QPointF(2.0 * ratio, 2.0 * ratio), ratio, ratio)
    painter.end()
    tile.setDevicePixelRatio(ratio)
    return tile
