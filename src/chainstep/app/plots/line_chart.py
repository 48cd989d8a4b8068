"""Curves over the epochs, painted by hand: axes, lines, and each line's name at its end.

The loss itself, which may have a million points, is drawn on pyqtgraph in `loss.canvas`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from chainstep.app.look.theme import Theme
from chainstep.app.panels.ticks import Tick, epoch_ticks, linear_ticks, log_ticks
from chainstep.app.plots.axes import LEFT, Axes, inner, paint_marks, paint_text, rows_for

_NAMES: Final = 74.0
_LINE: Final = 15.0


@dataclass(frozen=True)
class Line:
    """One curve: its name, colour, and a number for each of the chart's epochs."""

    name: str
    colour: QColor
    values: Sequence[float]
    dashed: bool = False


def paint_chart(
    painter: QPainter,
    rect: QRectF,
    theme: Theme,
    epochs: Sequence[float],
    lines: Sequence[Line],
    log: bool = False,
    percent: bool = False,
) -> Axes:
    """Paint curves over epochs; log: on a log axis; percent: shares from 0 to 1."""
    axes = _axes(inner(rect, right=_NAMES), epochs, lines, log, percent)
    marks = log_ticks if log else linear_ticks
    upwards = marks(axes.bottom, axes.top, rows_for(axes.rect.height()))
    if percent:
        upwards = [(share, f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    across: list[Tick] = epoch_ticks(
        max(1.0, axes.left), axes.right, max(2, round(axes.rect.width() / 80))
    )
    paint_marks(painter, axes, theme, across, upwards)
    ends = []
    for line in lines:
        end = _paint_line(painter, axes, epochs, line, log)
        if end is not None:
            ends.append((end, line))
    _name_lines(painter, axes, ends)
    corner = QRectF(rect.left(), axes.rect.bottom() + 4, LEFT - 8, 16)
    paint_text(painter, corner, "epoch", theme.muted, align=Qt.AlignmentFlag.AlignRight)
    return axes


def _axes(
    rect: QRectF, epochs: Sequence[float], lines: Sequence[Line], log: bool, percent: bool
) -> Axes:
    first, last = (epochs[0], max(epochs[-1], epochs[0] + 2)) if epochs else (0, 2)
    if percent:
        return Axes(rect, first, last, 0.0, 1.0)
    heights = [h for line in lines for v in line.values if (h := _height(v, log)) is not None]
    low, high = (min(heights), max(heights)) if heights else (0.0, 1.0)
    air = 0.06 * (high - low) or (0.5 if log else 0.1 * abs(high) or 1.0)
    return Axes(rect, first, last, low - air, high + air)


def _height(value: float, log: bool) -> float | None:
    """Return where a value stands, None where it has no place."""
    if not math.isfinite(value) or (log and value <= 0):
        return None
    return math.log10(value) if log else value


def _paint_line(
    painter: QPainter, axes: Axes, epochs: Sequence[float], line: Line, log: bool
) -> QPointF | None:
    """Paint a curve, in pieces where numbers have no place; return its end."""
    pen = QPen(line.colour, 1.6)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if line.dashed:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    piece: list[QPointF] = []
    end = None
    for epoch, value in zip(epochs, line.values, strict=True):
        height = _height(value, log)
        if height is None:
            _draw(painter, piece)
            piece = []
        else:
            end = axes.at(epoch, height)
            piece.append(end)
    _draw(painter, piece)
    return end


def _draw(painter: QPainter, piece: list[QPointF]) -> None:
    if len(piece) == 1:
        painter.drawPoint(piece[0])
    elif piece:
        painter.drawPolyline(QPolygonF(piece))


def _name_lines(painter: QPainter, axes: Axes, ends: list[tuple[QPointF, Line]]) -> None:
    """Write the names beside the ends, apart from each other."""
    order = sorted(ends, key=lambda end: end[0].y())
    room = axes.rect.height()
    step = min(_LINE, room / max(1, len(order)))
    below = axes.rect.top() - step / 2
    heights = []
    for point, _ in order:
        below = max(point.y(), below + step)
        heights.append(below)
    over = max(0.0, below - axes.rect.bottom())
    for place in range(len(heights) - 1, -1, -1):
        limit = axes.rect.bottom() if place == len(heights) - 1 else heights[place + 1] - step
        heights[place] = min(heights[place], limit) if over else heights[place]
    for (point, line), y in zip(order, heights, strict=True):
        box = QRectF(axes.rect.right() + 8, y - 8, _NAMES - 8, 16)
        paint_text(painter, box, line.name, line.colour, align=Qt.AlignmentFlag.AlignLeft)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(line.colour)
        painter.drawEllipse(point, 2.6, 2.6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
