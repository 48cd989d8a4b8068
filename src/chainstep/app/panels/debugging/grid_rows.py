"""Rows of a grid that come and go with what they show: breakpoints, watches, kept runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from chainstep.app.look import icons


class GridRow(QObject):
    """The widgets of one thing in one line of a grid, the last of them a × that removes it.

    Signals: removed(int): its place.
    """

    removed = Signal(int)

    def __init__(self, place: int, parent: QWidget, tip: str) -> None:
        """place: from 0; parent: it lives as long as that; tip: what the × does."""
        super().__init__(parent)
        self.place = place
        self.remove = QToolButton()
        icons.set_icon(self.remove, "close")
        self.remove.setToolTip(tip)
        self.remove.clicked.connect(self._removed)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """From left to right; a row that shows something has more of them."""
        return (self.remove,)

    @Slot()
    def _removed(self) -> None:
        self.removed.emit(self.place)


R = TypeVar("R", bound=GridRow)


def have_rows(
    grid: QGridLayout, rows: list[R], count: int, make: Callable[[int], R], below: int = 0
) -> None:
    """Have so many rows in a grid: the last ones go, new ones come behind them.

    make: returns the row of a place, connected. below: how many lines of the grid come before.
    """
    while len(rows) > count:
        row = rows.pop()
        for widget in row.widgets:
            grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        row.deleteLater()
    for place in range(len(rows), count):
        rows.append(make(place))
        for column, widget in enumerate(rows[-1].widgets):
            grid.addWidget(widget, below + place, column)
