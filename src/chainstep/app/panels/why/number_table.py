"""A small table of numbers in a panel: named columns, one row chosen, everything plain text.

As high as its rows, up to a number of them; then it scrolls. What stands in it is decided by each
lens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from chainstep.app.look import size, theme
from chainstep.app.panels.rows import plain_tip
from chainstep.app.panels.why.lens import LEFT, RIGHT
from chainstep.stepping.formula.nodes import printable

_ROW: Final = 25
_PX: Final = 12
_PADDING: Final = 18


@dataclass(frozen=True)
class Cell:
    """A text and how it is coloured: sign −1, 0 or 1; token: a colour of the theme instead.

    lit: on the ground of what is current. bar: a share, 0 to 1, drawn behind the text.
    """

    text: str
    sign: int = 0
    token: str = ""
    bold: bool = False
    lit: bool = False
    bar: float = 0.0


class NumberTable(QTableWidget):
    """Rows of cells below named columns; the first column is text, the others numbers.

    Signals: chosen(int): a row has been chosen with mouse or keyboard.
    """

    chosen = Signal(int)

    def __init__(self, most_rows: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most_rows
        self._names: tuple[str, ...] = ()
        self._cells: list[tuple[Cell, ...]] = []
        self.setFont(size.font(_PX))
        self.setItemDelegate(_Bars(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setFont(size.font(_PX))
        self.itemSelectionChanged.connect(self._selected)
        theme.changed.connect(self._theme_changed)
        size.changed.connect(self._size_changed)

    @property
    def texts(self) -> list[list[str]]:
        """What is shown, row by row."""
        return [[cell.text for cell in row] for row in self._cells]

    def set_content(self, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Show rows below the names of their columns. The chosen row stays, if it can."""
        chosen = self.currentRow()
        self._names, self._cells = tuple(names), [tuple(row) for row in rows]
        self.verticalHeader().setDefaultSectionSize(size.px(_ROW))
        self.blockSignals(True)
        self.setColumnCount(len(names))
        self.setRowCount(len(rows))
        self.setHorizontalHeaderLabels([printable(name) for name in names])
        for place in range(len(names)):
            header = self.horizontalHeaderItem(place)
            if header is not None:
                header.setTextAlignment(RIGHT if place else LEFT)
        for number, row in enumerate(self._cells):
            for place, cell in enumerate(row):
                self.setItem(number, place, _item(cell, place))
        if 0 <= chosen < len(rows):
            self.selectRow(chosen)
        else:
            self.clearSelection()
        self.blockSignals(False)
        self._fit(names)

    def cell(self, row: int, column: int) -> Cell | None:
        """Return what stands in a cell."""
        known = 0 <= row < len(self._cells) and 0 <= column < len(self._cells[row])
        return self._cells[row][column] if known else None

    def choose(self, row: int) -> None:
        """Choose a row, −1 for none."""
        if row < 0:
            self.clearSelection()
        else:
            self.selectRow(row)

    def _fit(self, names: Sequence[str]) -> None:
        """Give each column what its texts need, and the first one the rest."""
        metrics = QFontMetrics(size.font(_PX, QFont.Weight.DemiBold))
        header = self.horizontalHeader()
        for place, name in enumerate(names):
            texts = [name, *(row[place].text for row in self._cells)]
            width = max(metrics.horizontalAdvance(text) for text in texts) + _PADDING
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(place, min(width, size.px(220 if place else 150)))
        header.setStretchLastSection(False)
        if names:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            header.setMinimumSectionSize(34)
        shown = min(len(self._cells), self._most)
        self.setFixedHeight(header.sizeHint().height() + shown * size.px(_ROW) + 4)
        more = len(self._cells) > self._most
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if more else policy.ScrollBarAlwaysOff
        )

    @Slot()
    def _selected(self) -> None:
        rows = self.selectionModel().selectedRows()
        self.chosen.emit(rows[0].row() if rows else -1)

    @Slot()
    def _size_changed(self) -> None:
        self.setFont(size.font(_PX))
        self.horizontalHeader().setFont(size.font(_PX))
        self.set_content(self._names, self._cells)

    @Slot(object)
    def _theme_changed(self, _theme: object) -> None:
        for number, row in enumerate(self._cells):
            for place, cell in enumerate(row):
                item = self.item(number, place)
                if item is not None:
                    _paint(item, cell)


class _Bars(QStyledItemDelegate):
    """Draws the share of a cell as a bar along its foot, in the colour of its sign."""

    def __init__(self, table: NumberTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The bar, then the text."""
        super().paint(painter, option, index)
        cell = self._table.cell(index.row(), index.column())
        if cell is not None and cell.bar > 0:
            worn = theme.current()
            room = QRectF(option.rect).adjusted(6, 0, -3, 0)
            colour = worn.negative if cell.sign < 0 else worn.positive
            wide = max(1.0, room.width() * min(cell.bar, 1.0))
            painter.fillRect(QRectF(room.right() - wide, room.bottom() - 4, wide, 3), colour)


def _item(cell: Cell, place: int) -> QTableWidgetItem:
    text = printable(cell.text)
    item = QTableWidgetItem(text)
    item.setTextAlignment(RIGHT if place else LEFT)
    _paint(item, cell)
    item.setToolTip(plain_tip(text))
    if cell.bold:
        item.setFont(size.font(_PX, QFont.Weight.DemiBold))
    return item


def _paint(item: QTableWidgetItem, cell: Cell) -> None:
    item.setForeground(_colour(cell))
    if cell.lit:
        item.setBackground(theme.current().current_ground)


def _colour(cell: Cell) -> QColor:
    worn = theme.current()
    if cell.token:
        return worn.colour(cell.token)
    if cell.sign:
        return worn.positive_text if cell.sign > 0 else worn.negative_text
    return worn.text
