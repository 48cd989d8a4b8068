"""A small plot with two logarithmic axes: an error or a remainder against h.

Painted by hand, so that it needs no plotting library for a dozen points. Which points there are is
decided by each lens; the ticks are `ticks`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from chainstep.app.look import theme
from chainstep.app.look.fonts import ui_font
from chainstep.stepping.formula.nodes import printable

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 20, 24, 34
_SUPERSCRIPT: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Points (h, value), both positive; token: a colour of the theme; line: a guide, no dots."""

    name: str
    points: tuple[Point, ...]
    token: str = "accent"
    line: bool = False


class LogPlot(QWidget):
    """Shows series over h, both axes logarithmic; h falls to the right."""

    def __init__(self, x_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._x_name = x_name
        self._series: tuple[Series, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def series(self) -> tuple[Series, ...]:
        """What is shown, points that are not positive left out."""
        return self._series

    def set_series(self, series: Sequence[Series]) -> None:
        """Show series."""
        kept = [Series(s.name, _positive(s.points), s.token, s.line) for s in series]
        self._series = tuple(s for s in kept if s.points)
        self.setVisible(bool(self._series))
        said = (f"{s.name}: {len(s.points)} points" for s in self._series)
        self.setAccessibleName(f"Plot over {self._x_name}. {', '.join(said)}")
        self.update()

    def sizeHint(self) -> QSize:
        """A flat picture."""
        return QSize(320, 170)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes, guides and points."""
        if not self._series:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(11))
        area = QRectF(self.rect()).adjusted(_LEFT, _TOP, -_RIGHT, -_BOTTOM)
        frame = _Frame(self._series, area)
        self._paint_axes(painter, frame)
        for series in self._series:
            self._paint_series(painter, frame, series)
        self._paint_names(painter)
        painter.end()

    def _paint_axes(self, painter: QPainter, frame: _Frame) -> None:
        worn, area = theme.current(), frame.area
        for power in frame.x_powers():
            x = frame.x(10.0**power)
            painter.setPen(QPen(worn.faint, 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(worn.muted)
            box = QRectF(x - 24, area.bottom() + 2, 48, 15)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _power(power))
        for power in frame.y_powers():
            y = frame.y(10.0**power)
            painter.setPen(QPen(worn.line, 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(worn.muted)
            box = QRectF(0, y - 8, _LEFT - 6, 16)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, _power(power))
        below = QRectF(area.left(), area.bottom() + 17, area.width(), 15)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{self._x_name} →  smaller")

    def _paint_series(self, painter: QPainter, frame: _Frame, series: Series) -> None:
        worn = theme.current()
        colour = worn.colour(series.token)
        points = [QPointF(frame.x(h), frame.y(value)) for h, value in series.points]
        pen = QPen(colour, 1.5)
        if series.line:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setClipRect(frame.area.adjusted(-4, -4, 4, 4))
        for begin, end in pairwise(points):
            painter.drawLine(begin, end)
        if not series.line:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            for point in points:
                painter.drawEllipse(point, 3, 3)
        painter.setClipping(False)

    def _paint_names(self, painter: QPainter) -> None:
        worn, x = theme.current(), 4.0
        for series in self._series:
            painter.setPen(QPen(worn.colour(series.token), 2))
            painter.drawLine(QPointF(x, 10), QPointF(x + 14, 10))
            painter.setPen(worn.text)
            text = printable(series.name)
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.drawText(QRectF(x + 19, 1, width + 2, 18), Qt.AlignmentFlag.AlignVCenter, text)
            x += width + 36


class _Frame:
    """Takes values to places of the widget."""

    def __init__(self, series: Sequence[Series], area: QRectF) -> None:
        self.area = area
        dotted = [s for s in series if not s.line] or list(series)
        xs = [math.log10(h) for s in dotted for h, _ in s.points]
        ys = [math.log10(value) for s in dotted for _, value in s.points]
        self._x0, self._x1 = min(xs), max(max(xs), min(xs) + 1e-9)
        low, high = math.floor(min(ys)), math.ceil(max(ys))
        self._y0, self._y1 = low, max(high, low + 1)

    def x(self, h: float) -> float:
        part = (self._x1 - math.log10(h)) / (self._x1 - self._x0)
        return self.area.left() + part * self.area.width()

    def y(self, value: float) -> float:
        part = (math.log10(value) - self._y0) / (self._y1 - self._y0)
        return self.area.bottom() - part * self.area.height()

    def x_powers(self) -> range:
        return _spaced(math.ceil(self._x0 - 1e-9), math.floor(self._x1 + 1e-9), 7)

    def y_powers(self) -> range:
        return _spaced(self._y0, self._y1, 5)


def _spaced(low: int, high: int, most: int) -> range:
    return range(low, high + 1, max(1, math.ceil((high - low + 1) / most)))


def power_of_ten(value: float) -> str:
    """Return a power of ten as it is written: 10⁻⁵."""
    return _power(round(math.log10(value)))


def _power(power: int) -> str:
    return "10" + str(power).translate(_SUPERSCRIPT) if power else "1"


def _positive(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple((h, v) for h, v in points if h > 0 and v > 0 and math.isfinite(v))
