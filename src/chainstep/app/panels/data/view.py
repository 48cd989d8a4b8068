"""The data table's grid: spreadsheet keys, the painting of a cell, widths of columns.

What the cells hold is in `model`, what copying and pasting means in `clipboard`.
"""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QAbstractScrollArea,
    QHeaderView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from chainstep.app.look import fonts, size, theme
from chainstep.app.panels.data.model import DataModel

Index = QModelIndex | QPersistentModelIndex
Action = QAbstractItemView.CursorAction
Keys = QKeySequence.StandardKey

ROW_HEIGHT: Final = 26
_HEADER_HEIGHT: Final = 30
_LEAST: Final = 32
_WIDEST: Final = 120
_WIDEST_HEAD: Final = 96
_AIR: Final = 7
#: As narrow an output may become for the sake of the other columns.
_SQUEEZED: Final = 66


class Cell(QStyledItemDelegate):
    """Paints a number flush right below its heading; the chosen cell has a thin frame."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, frame, number."""
        style = QStyleOptionViewItem(option)
        self.initStyleOption(style, index)
        worn = theme.current()
        chosen = bool(style.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if chosen:
            painter.fillRect(style.rect, worn.selection)
        elif style.backgroundBrush.style() != Qt.BrushStyle.NoBrush:
            painter.fillRect(style.rect, style.backgroundBrush)
        if chosen and self.is_current(index):
            painter.setPen(QPen(worn.accent, 1))
            painter.drawRect(style.rect.adjusted(0, 0, -1, -1))
        self._write(painter, style, index)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return a line to type a number into."""
        editor = QLineEdit(parent)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.setFrame(False)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Begin with the number as one would type it, chosen whole."""
        assert isinstance(editor, QLineEdit)
        editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
        editor.selectAll()

    def is_current(self, index: Index) -> bool:
        """Whether the keys go to this cell."""
        view = self.parent()
        return isinstance(view, QTableView) and view.currentIndex() == index

    def _write(self, painter: QPainter, style: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, DataModel)
        number = model.column(index).kind == "number"
        worn = theme.current()
        ink = style.palette.color(QPalette.ColorRole.Text)
        if number:
            ink = worn.text if index.row() == model.current else worn.muted
            ink = ink if index.row() < model.rows else worn.disabled
        room = style.rect.adjusted(_AIR, 0, -_AIR, 0)
        painter.setFont(fonts.ui_font(11) if number else style.font)
        painter.setPen(ink)
        if number and model.is_held_back(index.row()):
            self._mark(painter, room)
        text = style.text
        metrics = painter.fontMetrics()
        if metrics.horizontalAdvance(text) > room.width():  # fewer digits, never cut short
            text = model.short_text(
                index, lambda told: metrics.horizontalAdvance(told) <= room.width()
            )
        painter.drawText(room, int(style.displayAlignment), text)

    @staticmethod
    def _mark(painter: QPainter, room: QRect) -> None:
        """Mark a row that is held back for validation."""
        ink = painter.pen()
        painter.setPen(theme.current().accent)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "val")
        painter.setPen(ink)


class DataView(QTableView):
    """A grid one types into as into a spreadsheet.

    Signals:
        copied(), pasted(), removed(): the keys for it were pressed.
        activated_row(int): the number of a row was double-clicked, or Enter pressed on it.
    """

    copied = Signal()
    pasted = Signal()
    removed = Signal()
    activated_row = Signal(int)

    def __init__(self, model: DataModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(Cell(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_headers()
        self.doubleClicked.connect(self._double_clicked)
        self.clicked.connect(self._clicked)
        model.modelReset.connect(self.fit_columns)

    def fit_columns(self) -> None:
        """Share the width among the columns, between a least and a most."""
        header, wanted = self.horizontalHeader(), self._wanted_widths()
        spare = self.viewport().width() - sum(wanted)
        if spare < 0:
            wanted = self._squeezed(wanted, -spare)
        more = max(0, spare // max(1, len(wanted) - 1))
        for n, wide in enumerate(wanted):
            header.resizeSection(n, wide if n == 0 else max(wide, min(wide + more, _WIDEST)))

    def _squeezed(self, wanted: list[int], over: int) -> list[int]:
        """Let the outputs be told with fewer digits, where that makes all columns fit."""
        columns = enumerate(self._model.columns)
        soft = {n: wanted[n] - _SQUEEZED for n, column in columns if column.kind == "output"}
        room = sum(give for give in soft.values() if give > 0)
        if over > room:
            return wanted
        return [
            wide - max(0, math.ceil(soft.get(n, 0) * over / room)) for n, wide in enumerate(wanted)
        ]

    def moveCursor(self, action: Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Tab goes from one cell that can be typed into to the next."""
        if action in (Action.MoveNext, Action.MovePrevious):
            return self._neighbour(1 if action == Action.MoveNext else -1)
        return super().moveCursor(action, modifiers)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Enter goes to the cell below."""
        super().closeEditor(editor, hint)
        if hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache:
            here = self.currentIndex()
            below = self._model.index(here.row() + 1, here.column())
            if below.isValid():
                self.setCurrentIndex(below)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab leaves the table at its very end, and Shift+Tab at its beginning."""
        here = self.currentIndex()
        if not here.isValid() or self._neighbour(1 if next else -1) == here:
            return QAbstractScrollArea.focusNextPrevChild(self, next)
        return super().focusNextPrevChild(next)

    def event(self, event: QEvent) -> bool:
        """Take the keys that are for the table before the window's shortcuts do."""
        before = event.type() == QEvent.Type.ShortcutOverride
        if before and isinstance(event, QKeyEvent) and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, paste, remove; Enter types, or makes a row the current example."""
        here = self.currentIndex()
        if event.matches(Keys.Copy):
            self.copied.emit()
        elif event.matches(Keys.Paste):
            self.pasted.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.editing:
            self._double_clicked(here) if here.column() == 0 else self._edit_at(here)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit_columns()

    @property
    def editing(self) -> bool:
        """Whether a cell is being typed into."""
        return self.state() == QAbstractItemView.State.EditingState

    def chosen(self) -> list[QItemSelectionRange]:
        """Return the rectangles of chosen cells; single cells would be too many."""
        selection = self.selectionModel().selection()
        return [selection.at(n) for n in range(selection.count())]

    def _set_headers(self) -> None:
        rows, heads = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        heads.setMinimumSectionSize(_LEAST)
        self._set_heights()
        size.changed.connect(self._set_heights)
        # With that of the cells it would ask about each cell of a column, whenever it is painted.
        heads.setSelectionModel(QItemSelectionModel(self._model, heads))
        heads.setHighlightSections(False)
        heads.setSectionsClickable(False)
        heads.setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def _set_heights(self) -> None:
        rows = self.verticalHeader()
        rows.setMinimumSectionSize(size.px(ROW_HEIGHT))
        rows.setDefaultSectionSize(size.px(ROW_HEIGHT))
        self.horizontalHeader().setFixedHeight(size.px(_HEADER_HEIGHT))
        self.fit_columns()

    def _wanted_widths(self) -> list[int]:
        """Return how wide each column must be to tell its numbers, and its name up to a limit."""
        cells, heads = self.fontMetrics(), self.horizontalHeader().fontMetrics()
        wanted = []
        for column in self._model.columns:
            head = min(heads.horizontalAdvance(column.head) + 4, _WIDEST_HEAD)
            texts = self._model.samples(column)
            widest = max((cells.horizontalAdvance(text) for text in texts), default=0)
            wanted.append(max(head + 2 * _AIR, widest + 2 * _AIR, _LEAST))
        if wanted and self._model.holds_back:
            wanted[0] += 22
        return wanted

    def _neighbour(self, way: int) -> QModelIndex:
        """Return the next cell that can be typed into, the same one where there is none."""
        here, model = self.currentIndex(), self._model
        places = [n for n, column in enumerate(model.columns) if column.editable]
        if not places:
            return here
        row = max(here.row(), 0)
        beyond = [n for n in places if (n - here.column()) * way > 0]
        if not beyond:
            row, beyond = row + way, places
        if not 0 <= row < model.rowCount():
            return here
        return model.index(row, min(beyond) if way > 0 else max(beyond))

    def _is_ours(self, event: QKeyEvent) -> bool:
        if any(event.matches(keys) for keys in (Keys.Copy, Keys.Paste, Keys.SelectAll)):
            return True
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            return False
        ours = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return event.key() in ours or (event.text().isprintable() and event.text() != "")

    def _edit_at(self, index: Index) -> None:
        if index.isValid() and self._model.column(index).editable:
            self.edit(index)

    def _clicked(self, index: Index) -> None:
        """Begin a new row where its "+" is clicked."""
        if index.column() == 0 and index.row() >= self._model.rows:
            first = self._neighbour(1)
            self.setCurrentIndex(first)
            self._edit_at(first)

    def _double_clicked(self, index: Index) -> None:
        if index.column() == 0 and index.row() < self._model.rows:
            self.activated_row.emit(index.row())
