"""A small drawing of a net: where its units stand, how they are connected, weights by colour.

The canvas that one works on is in `canvas`; this only paints a picture.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from chainstep.app.look import theme
from chainstep.app.look.fonts import ui_font
from chainstep.network.model import MAX, PRODUCT, Network, Unit
from chainstep.project import Project

#: The radius of a unit on the canvas, in the units of its positions.
_RADIUS: Final = 32.0
_LARGEST: Final = 0.55
_LEAST, _MOST = 1.6, 15.0
#: From so many connections on they are hairlines.
_CROWD: Final = 150
_GLYPHS: Final = {PRODUCT: "×", MAX: "max"}


class NetDrawing(QWidget):
    """A net in the middle of whatever room there is."""

    def __init__(self, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._height = height
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(height)

    def set_project(self, project: Project) -> None:
        """Draw another net."""
        self._project = project
        network = project.network
        self.setAccessibleName(
            f"Drawing of {len(network.units)} units and {len(network.connections)} connections"
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Wider than high."""
        return QSize(2 * self._height, self._height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the net."""
        if self._project is not None:
            painter = QPainter(self)
            paint_net(painter, QRectF(self.rect()).adjusted(4, 4, -4, -4), self._project)


def paint_net(painter: QPainter, room: QRectF, project: Project) -> None:
    """Paint a net into a rectangle, by the positions of its view."""
    places = project.view.positions
    network = project.network
    if not network.units or not all(unit.id in places for unit in network.units):
        return
    scale, spots = _fitted(room, {unit.id: places[unit.id] for unit in network.units})
    radius = min(max(_RADIUS * scale, _LEAST), _MOST)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_connections(painter, network, spots)
    for unit in network.units:
        _paint_unit(painter, unit, spots[unit.id], radius)
    painter.restore()


def _fitted(
    room: QRectF, places: dict[str, tuple[float, float]]
) -> tuple[float, dict[str, QPointF]]:
    xs, ys = zip(*places.values(), strict=True)
    wide = max(xs) - min(xs) + 2.4 * _RADIUS
    high = max(ys) - min(ys) + 2.4 * _RADIUS
    scale = min(room.width() / wide, room.height() / high, _LARGEST)
    middle = QPointF((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    spots = {
        name: room.center() + (QPointF(x, y) - middle) * scale for name, (x, y) in places.items()
    }
    return scale, spots


def _paint_connections(painter: QPainter, network: Network, spots: dict[str, QPointF]) -> None:
    worn = theme.current()
    crowded = len(network.connections) > _CROWD
    for connection in network.connections:
        colour = QColor(worn.positive if connection.weight >= 0 else worn.negative)
        colour.setAlphaF(0.12 if crowded else 0.75)
        width = 0.5 if crowded else 0.8 + 1.2 * min(abs(connection.weight), 1.0)
        pen = QPen(colour, width)
        if connection.weight < 0 and not crowded:
            pen.setDashPattern([4 / width, 2.5 / width])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(spots[connection.source], spots[connection.target])


def _paint_unit(painter: QPainter, unit: Unit, spot: QPointF, radius: float) -> None:
    worn = theme.current()
    painter.setPen(QPen(worn.muted, 1.3 if radius > 3 else 0.8))
    painter.setBrush(worn.faint if unit.is_input else worn.surface)
    painter.drawEllipse(spot, radius, radius)
    if unit.is_output and radius > 4:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(spot, radius - 2.5, radius - 2.5)
    glyph = _GLYPHS.get(unit.combine, "")
    if glyph and radius >= 9:
        painter.setPen(worn.text)
        painter.setFont(ui_font(12 if len(glyph) == 1 else 8))
        box = QRectF(spot.x() - radius, spot.y() - radius, 2 * radius, 2 * radius)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), glyph)
