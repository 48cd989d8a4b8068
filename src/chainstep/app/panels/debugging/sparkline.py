"""A little curve over epochs, with its lowest and highest value and the value under the pointer.

The curve of the loss, with axes and zoom, is in `loss.canvas`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from chainstep.app.look import fonts, theme
from chainstep.stepping.numbers import format_number

_PAD = 3.0
_SCALE = 62
_HIGH = 44


class Sparkline(QWidget):
    """Points (epoch, value) on a scale of their own."""

    def __init__(self) -> None:
        super().__init__()
        self._points: Sequence[tuple[int, float]] = ()
        self._epochs, self._digits = 0, 4
        self._pointed: int | None = None
        self.setMouseTracking(True)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as two lines of text and some air."""
        return QSize(200, _HIGH)

    def show_points(
        self, points: Sequence[tuple[int, float]], epochs: int, digits: int, name: str
    ) -> None:
        """Show points; epochs: where the axis ends."""
        self._points, self._epochs, self._digits = points, epochs, digits
        said = f"{name}: {format_number(points[-1][1], digits)}" if points else f"{name}: no value"
        self.setAccessibleName(said)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at an epoch."""
        place = event.position().x() / max(1.0, self._room.width())
        self._pointed = round(place * max(1, self._epochs))
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        super().leaveEvent(event)
        self._pointed = None
        self.update()

    @property
    def _room(self) -> QRectF:
        return QRectF(_PAD, _PAD, self.width() - _SCALE - 2 * _PAD, self.height() - 2 * _PAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worn, room = theme.current(), self._room
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(worn.background)
        painter.drawRoundedRect(room.adjusted(-_PAD, -_PAD, _PAD, _PAD), 6, 6)
        if not self._points:
            return
        values = [value for _, value in self._points]
        low, high = min(values), max(values)
        painter.setFont(fonts.ui_font(11))
        painter.setPen(worn.muted)
        scale = QRectF(room.right() + 10, 0, _SCALE - 8, self.height())
        if high > low:
            top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
            painter.drawText(scale, top, format_number(high, self._digits))
        bottom = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(scale, bottom, format_number(low, self._digits))
        self._paint_curve(painter, low, high)

    def _paint_curve(self, painter: QPainter, low: float, high: float) -> None:
        worn, room = theme.current(), self._room
        span = high - low
        if low < 0 < high:
            zero = room.bottom() - room.height() * (0 - low) / span
            painter.setPen(QPen(worn.line, 1.0))
            painter.drawLine(QPointF(room.left(), zero), QPointF(room.right(), zero))
        places = [self._place(point, low, span) for point in self._points]
        painter.setPen(QPen(worn.accent, 1.4))
        painter.drawPolyline(QPolygonF(places))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(worn.accent)
        painter.drawEllipse(places[-1], 2.6, 2.6)
        if self._pointed is not None:
            epochs = [epoch for epoch, _ in self._points]
            nearest = min(bisect_left(epochs, self._pointed), len(epochs) - 1)
            self._paint_tip(painter, places[nearest], self._points[nearest])

    def _paint_tip(self, painter: QPainter, at: QPointF, point: tuple[int, float]) -> None:
        worn = theme.current()
        painter.setBrush(worn.current)
        painter.drawEllipse(at, 3.4, 3.4)
        said = f"epoch {point[0]:,} · {format_number(point[1], self._digits)}"
        wide = painter.fontMetrics().horizontalAdvance(said) + 12
        left = at.x() + 8 if at.x() + 8 + wide < self._room.right() else at.x() - 8 - wide
        box = QRectF(max(0.0, left), (self.height() - 20) / 2, wide, 20)
        painter.setPen(QPen(worn.line, 1.0))
        painter.setBrush(worn.surface)
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(worn.text)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, said)

    def _place(self, point: tuple[int, float], low: float, span: float) -> QPointF:
        room = self._room
        across = point[0] / max(1, self._epochs)
        up = (point[1] - low) / span if span else 0.5
        return QPointF(room.left() + across * room.width(), room.bottom() - up * room.height())
