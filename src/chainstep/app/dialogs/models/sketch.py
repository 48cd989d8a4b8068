"""A small picture of a net: its columns as dots or bars, the strongest connections between them.

It answers "is this the net I mean?" at a glance and at any size; the real drawing is the canvas.
"""

from __future__ import annotations

import heapq
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from chainstep.app.look import fonts, size, theme
from chainstep.network.layout import columns
from chainstep.network.model import Connection, Network

_WIDE, _HIGH = 250, 168
_AIR: Final = 18.0
_FOOT: Final = 20.0
#: A fuller column is drawn as one bar.
_MOST_DOTS: Final = 16
#: So many connections are drawn at most, the strongest.
_MOST_LINES: Final = 500
#: So many columns get their numbers written below.
_MOST_NUMBERS: Final = 9
_WIDEST: Final = 2.2


def columns_of(network: Network) -> list[list[str]]:
    """Return the units column by column, as the canvas has them."""
    place = columns(network)
    found: list[list[str]] = [[] for _ in range(max(place.values(), default=-1) + 1)]
    for unit in network.units:
        found[place[unit.id]].append(unit.id)
    return [column for column in found if column]


class NetSketch(QWidget):
    """Paints a net; nothing while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(size.px(_WIDE), size.px(_HIGH))
        self._columns: list[list[str]] = []
        self._places: dict[str, QPointF] = {}
        self._lines: list[Connection] = []

    def show_network(self, network: Network) -> None:
        """Paint another net."""
        self._columns = columns_of(network)
        self._places = self._placed()
        self._lines = heapq.nlargest(_MOST_LINES, network.connections, key=_strength)
        sizes = ", ".join(f"{len(column):,}" for column in self._columns)
        self.setAccessibleName(f"Picture of a net with columns of {sizes} units")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, the lines and the units."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size.factor(), size.factor())
        painter.setFont(fonts.ui_font(12))
        colours = theme.current()
        painter.setPen(QPen(colours.line, 1.0))
        painter.setBrush(colours.background)
        painter.drawRoundedRect(QRectF(0.5, 0.5, _WIDE - 1, _HIGH - 1), 10, 10)
        self._paint_lines(painter)
        for column in self._columns:
            self._paint_column(painter, column)
        painter.end()

    def _placed(self) -> dict[str, QPointF]:
        places: dict[str, QPointF] = {}
        room = _HIGH - _AIR - _FOOT - 6
        gap = min(room / max(1, min(_MOST_DOTS, max(map(len, self._columns), default=1)) - 1), 26.0)
        for number, column in enumerate(self._columns):
            x = self._x(number)
            step = min(gap, room / max(len(column) - 1, 1))
            top = _AIR + room / 2 - step * (len(column) - 1) / 2
            places.update({name: QPointF(x, top + step * n) for n, name in enumerate(column)})
        return places

    def _x(self, number: int) -> float:
        across = _WIDE - 2 * (_AIR + 8)
        last = len(self._columns) - 1
        return _WIDE / 2 if last < 1 else _AIR + 8 + across * number / last

    def _paint_lines(self, painter: QPainter) -> None:
        colours = theme.current()
        strongest = _strength(self._lines[0]) if self._lines else 1.0
        thin = 1.0 if len(self._lines) < 60 else 0.55
        for line in reversed(self._lines):
            share = _strength(line) / strongest if strongest else 0.0
            colour = QColor(colours.positive if line.weight >= 0 else colours.negative)
            colour.setAlphaF(0.25 + 0.6 * share)
            painter.setPen(QPen(colour, thin * (0.6 + _WIDEST * share)))
            painter.drawLine(self._places[line.source], self._places[line.target])

    def _paint_column(self, painter: QPainter, column: list[str]) -> None:
        colours = theme.current()
        painter.setPen(QPen(colours.muted, 1.2))
        painter.setBrush(colours.surface)
        first, last = self._places[column[0]], self._places[column[-1]]
        if len(column) > _MOST_DOTS:
            bar = QRectF(first.x() - 5, first.y() - 5, 10, last.y() - first.y() + 10)
            painter.drawRoundedRect(bar, 5, 5)
        else:
            radius = 5.0 if len(self._columns) <= _MOST_NUMBERS else 3.0
            for name in column:
                painter.drawEllipse(self._places[name], radius, radius)
        if len(self._columns) <= _MOST_NUMBERS:
            painter.setPen(colours.muted)
            foot = QRectF(first.x() - 30, _HIGH - _FOOT - 2, 60, _FOOT)
            painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, f"{len(column):,}")


def _strength(connection: Connection) -> float:
    return abs(connection.weight)
