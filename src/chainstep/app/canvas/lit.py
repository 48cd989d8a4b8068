"""What lies above the connections while something is lit: halo, arrow, and a travelling number.

Which connections are lit is said by `marks` and the selection; the plain ones are in `edges`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from chainstep.app.look import theme

from . import text
from .edges import Look, blend
from .routes import Route

HALO: Final = 9.0
REACH: Final = 24.0
TRAVEL_MS: Final = 170
GROW_MS: Final = 170
_VALUE_PX: Final = 13
FLASH_MS: Final = 700
TICK: Final = (((-3.6, 0.4), (-1.0, 3.2)), ((-1.0, 3.2), (3.8, -2.8)))
CROSS: Final = (((-3.0, -3.0), (3.0, 3.0)), ((-3.0, 3.0), (3.0, -3.0)))


class LitEdge(QGraphicsItem):
    """One connection at full strength, with a halo behind it in a colour of the theme or without.

    halo: the name of a theme colour, or "". strength: of the halo, ink: of the line, of 1.
    """

    def __init__(
        self, route: Route, look: Look, halo: str = "", strength: float = 0.55, ink: float = 1.0
    ) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(1)
        self._route = route
        self._look = look
        self._halo = halo
        self._strength = strength
        self._ink = ink

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return self._route.bounds(self._look.width + HALO)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        path, arrow = self._route.path(self._look.cut), self._route.arrow(self._look.width)
        if self._halo:
            colour = QColor(theme.current().colour(self._halo))
            colour.setAlphaF(self._strength)
            pen = QPen(colour, self._look.width + HALO)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(pen)
            painter.drawPath(self._route.path())
        colour = blend(self._look.colour(), theme.current().background, self._ink)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._look.pen(colour))
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(arrow)


class CheckMark(QGraphicsItem):
    """A tick or a cross in a small disc: how the gradient check went here."""

    def __init__(self, x: float, y: float, passed: bool) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(3.3)
        self.setPos(x, y)
        self.passed = passed

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return QRectF(-10, -10, 20, 20)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        painter.setPen(QPen(worn.background, 2.0))
        painter.setBrush(worn.ok if self.passed else worn.danger)
        painter.drawEllipse(QRectF(-8.5, -8.5, 17, 17))
        pen = QPen(worn.surface, 2.0)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        strokes = TICK if self.passed else CROSS
        for (x0, y0), (x1, y1) in strokes:
            painter.drawLine(QPointF(x0, y0), QPointF(x1, y1))


class Traveller(QGraphicsItem):
    """A number that runs along a connection, the way that it is passed on; a dot without one."""

    def __init__(self, route: Route, backward: bool, value: str = "") -> None:
        super().__init__()
        self._line = text.equation_line(value, _VALUE_PX) if value else ()
        half = text.width(self._line) / 2 + 9 if value else 7.0
        high = 12.0 if value else 7.0
        self._box = QRectF(-half, -high, 2 * half, 2 * high)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(3.5)
        self._route = route
        self._backward = backward
        self.advance_to(0.0)

    def advance_to(self, share: float) -> None:
        """Stand at this share of the way."""
        x, y = self._route.at(1 - share if self._backward else share)
        self.setPos(x, y)

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return self._box.adjusted(-2, -2, 2, 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        painter.setPen(QPen(worn.surface, 2.0))
        painter.setBrush(worn.current)
        painter.drawRoundedRect(self._box, self._box.height() / 2, self._box.height() / 2)
        painter.setPen(worn.on_current)
        text.draw_centred(painter, self._line, 0, 4.7)


class FlashRing(QGraphicsItem):
    """A ring round a unit that a panel points at."""

    def __init__(self, x: float, y: float) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(3.5)
        self.setPos(x, y)

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return QRectF(-46, -46, 92, 92)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.current().accent, 4.0))
        painter.drawEllipse(QRectF(-40, -40, 80, 80))


class BreakDot(QGraphicsItem):
    """The dot of a breakpoint, filled where it is on."""

    def __init__(self, x: float, y: float, on: bool) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(3.2)
        self.setPos(x, y)
        self._on = on

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return QRectF(-9, -9, 18, 18)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(worn.background)
        painter.drawEllipse(QRectF(-8.5, -8.5, 17, 17))
        painter.setPen(QPen(worn.danger, 2.0))
        painter.setBrush(worn.danger if self._on else worn.background)
        painter.drawEllipse(QRectF(-5.5, -5.5, 11, 11))
