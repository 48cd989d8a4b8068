"""Axes of the plots that are painted by hand: where a number stands, grid, marks and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from chainstep.app.look import fonts
from chainstep.app.look.theme import Theme
from chainstep.app.panels.ticks import Tick

SMALL: Final = 11
LEFT: Final = 44.0
BOTTOM: Final = 22.0
#: Pixels from one mark to the next, upwards.
_ROW: Final = 36.0
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Axes:
    """A rectangle on paper and the numbers at its sides; a log axis holds logarithms."""

    rect: QRectF
    left: float
    right: float
    bottom: float
    top: float

    def x(self, value: float) -> float:
        """Return where a number of the axis across stands."""
        share = (value - self.left) / (self.right - self.left)
        return self.rect.left() + share * self.rect.width()

    def y(self, value: float) -> float:
        """Return where a number of the axis upwards stands."""
        share = (value - self.bottom) / (self.top - self.bottom)
        return self.rect.bottom() - share * self.rect.height()

    def at(self, x: float, y: float) -> QPointF:
        """Return where a point stands."""
        return QPointF(self.x(x), self.y(y))

    def value(self, place: QPointF) -> tuple[float, float]:
        """Return the numbers at a place on paper."""
        across = (place.x() - self.rect.left()) / self.rect.width()
        upwards = (self.rect.bottom() - place.y()) / self.rect.height()
        return (
            self.left + across * (self.right - self.left),
            self.bottom + upwards * (self.top - self.bottom),
        )


def inner(rect: QRectF, right: float = 12.0, top: float = 8.0) -> QRectF:
    """Return the room between the axes."""
    return rect.adjusted(LEFT, top, -right, -BOTTOM)


def paint_marks(
    painter: QPainter, axes: Axes, theme: Theme, across: Sequence[Tick], upwards: Sequence[Tick],
    grid: bool = True,
) -> None:  # fmt: skip
    """Paint grid lines and the numbers at the left and below."""
    rect = axes.rect
    painter.setFont(fonts.ui_font(SMALL))
    for value, text in upwards:
        y = axes.y(value)
        if grid:
            painter.setPen(thin(theme.line))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
        painter.setPen(theme.muted)
        box = QRectF(rect.left() - LEFT, y - 8, LEFT - 8, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | _MIDDLE, text)
    painter.setPen(theme.muted)
    for value, text in across:
        box = QRectF(axes.x(value) - 40, rect.bottom() + 4, 80, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | _MIDDLE, text)


def paint_text(
    painter: QPainter, box: QRectF, text: str, colour: QColor, size: int = SMALL,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter, bold: bool = False,
) -> None:  # fmt: skip
    """Paint one line of plain text, cut where there is no room."""
    font = fonts.ui_font(size, QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    painter.setFont(font)
    painter.setPen(colour)
    plain = "".join(c if c.isprintable() else " " for c in text)
    cut = QFontMetricsF(font).elidedText(plain, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, align | _MIDDLE, cut)


def width_of(text: str) -> float:
    """Return how wide a small text is."""
    return QFontMetricsF(fonts.ui_font(SMALL)).horizontalAdvance(text)


def thin(colour: QColor, width: float = 1.0) -> QPen:
    """Return a pen of so many pixels at every scale."""
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def rows_for(height: float) -> int:
    """Return about how many marks a height has room for."""
    return max(2, round(height / _ROW)) if math.isfinite(height) else 2
