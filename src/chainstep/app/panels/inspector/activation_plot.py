"""A small plot of h and h′ with the point where a unit stands now.

The points of the curves come from `activation_curves`.
"""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from chainstep.app.look import fonts, theme
from chainstep.app.panels.inspector.activation_curves import Curves, Params, Points, curves
from chainstep.stepping.numbers import MINUS, format_number

HEIGHT: Final = 156
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 14, 22, 20
_TICK_PX: Final = 11
_MAX_TICKS: Final = 5
_FAR: Final = 1e5


class ActivationPlot(QWidget):
    """h in the accent colour, h′ muted and dashed, the current point in amber."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = "identity"
        self._params: Params = ()
        self._point: tuple[float, float] | None = None
        self._slope: float | None = None
        self._curves: Curves | None = None
        self._asked: object = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def curves(self) -> Curves | None:
        """The curves shown, None where there are none to show."""
        return self._curves

    @property
    def point(self) -> tuple[float, float] | None:
        """The current (a, z), or None."""
        return self._point

    def set_activation(
        self,
        name: str,
        params: Params,
        point: tuple[float, float] | None = None,
        slope: float | None = None,
    ) -> None:
        """Show an activation with all its parameters, the current (a, z), and h′ there."""
        self._name, self._params, self._point, self._slope = name, params, point, slope
        asked = (name, params, point)
        if asked != self._asked:
            self._asked = asked
            self._curves = curves(name, params, point)
        self.setAccessibleName(self._spoken())
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the panel."""
        return QSize(300, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(160, HEIGHT)

    def place(self, x: float, y: float) -> QPointF:
        """Return where a point of the plot is in the widget."""
        shown, area = self._curves, self._area()
        assert shown is not None
        across = (x - shown.low) / (shown.high - shown.low)
        up = (y - shown.bottom) / (shown.top - shown.bottom)
        bounded = min(max(up, -_FAR), _FAR)
        return QPointF(area.left() + across * area.width(), area.bottom() - bounded * area.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, curves, legend and the point."""
        if self._curves is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter, self._curves)
        self._paint_curves(painter, self._curves)
        self._paint_legend(painter, self._curves)
        self._paint_point(painter)
        painter.end()

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)

    def _paint_axes(self, painter: QPainter, shown: Curves) -> None:
        look, area = theme.current(), self._area()
        painter.setFont(fonts.ui_font(_TICK_PX))
        for x in ticks(shown.low, shown.high):
            foot = self.place(x, shown.bottom)
            self._line(painter, look.line, foot, QPointF(foot.x(), area.top()))
            box = QRectF(foot.x() - 30, area.bottom() + 3, 60, _BOTTOM - 4)
            self._text(painter, box, Qt.AlignmentFlag.AlignHCenter, tick_text(x))
        for y in ticks(shown.bottom, shown.top):
            foot = self.place(shown.low, y)
            self._line(painter, look.line, foot, QPointF(area.right(), foot.y()))
            box = QRectF(0, foot.y() - 8, _LEFT - 6, 16)
            self._text(painter, box, Qt.AlignmentFlag.AlignRight, tick_text(y))
        self._line(painter, look.disabled, self.place(shown.low, 0), self.place(shown.high, 0))
        self._line(painter, look.disabled, self.place(0, shown.bottom), self.place(0, shown.top))
        painter.setFont(fonts.math_font(14, italic=True))
        box = QRectF(area.right() + 2, self.place(0, 0).y() - 10, _RIGHT - 2, 20)
        self._text(painter, box, Qt.AlignmentFlag.AlignLeft, "a")

    def _paint_curves(self, painter: QPainter, shown: Curves) -> None:
        painter.save()
        painter.setClipRect(self._area().adjusted(-1, -1, 1, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_slope_pen())
        for piece in shown.h_prime:
            painter.drawPath(self._path(piece))
        painter.setPen(QPen(theme.current().accent, 2.0))
        for piece in shown.h:
            painter.drawPath(self._path(piece))
        painter.restore()

    def _paint_legend(self, painter: QPainter, shown: Curves) -> None:
        x, middle = float(_LEFT), 9.0
        entries = [("h(a)", QPen(theme.current().accent, 2.0))]
        entries += [("h′(a)", _slope_pen())] if shown.h_prime else []
        painter.setFont(fonts.ui_font(_TICK_PX))
        for text, pen in entries:
            painter.setPen(pen)
            painter.drawLine(QPointF(x, middle), QPointF(x + 20, middle))
            width = painter.fontMetrics().horizontalAdvance(text) + 2
            box = QRectF(x + 26, middle - 8, width, 16)
            self._text(painter, box, Qt.AlignmentFlag.AlignLeft, text)
            x += 26 + width + 14

    def _paint_point(self, painter: QPainter) -> None:
        if self._point is None or not all(map(math.isfinite, self._point)):
            return
        look, (a, z) = theme.current(), self._point
        here = self.place(a, z)
        guide = QPen(look.current_line, 1, Qt.PenStyle.DotLine)
        painter.setPen(guide)
        painter.drawLine(here, self.place(a, 0))
        painter.drawLine(here, self.place(0, z))
        if self._slope is not None and self._curves is not None and self._curves.h_prime:
            self._dot(painter, self.place(a, self._slope), 3.0, look.surface, look.muted)
        self._dot(painter, here, 5.0, look.current, look.surface)

    def _dot(
        self, painter: QPainter, place: QPointF, radius: float, fill: QColor, ring: QColor
    ) -> None:
        if self._area().adjusted(-6, -6, 6, 6).contains(place):
            painter.setPen(QPen(ring, 1.5))
            painter.setBrush(fill)
            painter.drawEllipse(place, radius, radius)

    def _path(self, points: Points) -> QPainterPath:
        path = QPainterPath()
        for place, (x, y) in enumerate(points):
            (path.lineTo if place else path.moveTo)(self.place(x, y))
        return path

    def _line(self, painter: QPainter, colour: QColor, start: QPointF, end: QPointF) -> None:
        painter.setPen(QPen(colour, 1))
        painter.drawLine(start, end)

    def _text(self, painter: QPainter, box: QRectF, side: Qt.AlignmentFlag, text: str) -> None:
        painter.setPen(theme.current().muted)
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _spoken(self) -> str:
        name = self._name.replace("_", " ")
        if self._point is None:
            return f"Plot of {name} and its derivative"
        a, z = (format_number(value) for value in self._point)
        return f"Plot of {name} and its derivative; now at a = {a}, z = {z}"


def ticks(low: float, high: float, most: int = _MAX_TICKS) -> list[float]:
    """Return round numbers from low to high, at most so many apart from the ends."""
    least = (high - low) / most
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= least * (1 - 1e-9))
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def tick_text(value: float) -> str:
    """Return a short number with a real minus sign."""
    return f"{value:.3g}".replace("-", MINUS).replace("e+0", "e").replace("e+", "e")


def _slope_pen() -> QPen:
    pen = QPen(theme.current().muted, 1.5)
    pen.setDashPattern([4, 3])
    return pen
