"""The table of a source's numbers: printed, exact, the difference, and why.

Digits that are not right are coloured. What stands in it is made in `lessons.checked`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from chainstep.app.formulas.mathlayout import lay_out
from chainstep.app.look import size, theme
from chainstep.lessons.checked import Line
from chainstep.stepping.formula.text import plain

ModelIndex = QModelIndex | QPersistentModelIndex
LINE: Final = Qt.ItemDataRole.UserRole
WHAT, PRINTED, EXACT, DIFFERENCE, NOTE = range(5)
_PX: Final = 12
_FORMULA: Final = 14
_AIR: Final = 10
_LEAST_ROW: Final = 30
_LEAST_HIGH: Final = 200


class NumbersModel(QAbstractTableModel):
    """The lines of one example."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()
        self._names = ("quantity", "source prints", "exact", "difference", "")

    def show(self, lines: Sequence[Line], published: bool) -> None:
        """Show the numbers of another example."""
        self.beginResetModel()
        self.lines = tuple(lines)
        printed = "source prints" if published else "rounded"
        self._names = ("quantity", printed, "exact", "difference", "")
        self.endResetModel()

    def rowCount(self, parent: ModelIndex = QModelIndex()) -> int:  # noqa: B008
        """One a number."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: ModelIndex = QModelIndex()) -> int:  # noqa: B008
        """What, printed, exact, difference, note."""
        return 0 if parent.isValid() else len(self._names)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._names[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: ModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a cell; the whole line for the painter."""
        line = self.lines[index.row()]
        if role == LINE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(line)[index.column()]
        return None

    def _texts(self, line: Line) -> tuple[str, ...]:
        what = f"{plain(line.what)} {line.when}".rstrip()
        return what, line.printed, line.exact, line.difference or "0", line.note


class NumbersTable(QTableView):
    """Shows the numbers of one example."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = NumbersModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Cells(self))
        self.setShowGrid(False)
        self.setFont(size.font(_PX))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFont(size.font(11))
        header.setSectionResizeMode(NOTE, QHeaderView.ResizeMode.Stretch)
        header.sectionResized.connect(self.resizeRowsToContents)
        self.setMinimumHeight(_LEAST_HIGH)
        self.setAccessibleName("The numbers of the source beside the exact ones")

    def show_lines(self, lines: Sequence[Line], published: bool) -> None:
        """Show the numbers of another example, from the top."""
        self._model.show(lines, published)
        for column in (WHAT, PRINTED, EXACT, DIFFERENCE):
            self.resizeColumnToContents(column)
        self.resizeRowsToContents()
        self.scrollToTop()


class _Cells(QStyledItemDelegate):
    """Paints formulas, numbers by their decimal points, and remarks that wrap."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._table = table

    def sizeHint(self, option: QStyleOptionViewItem, index: ModelIndex) -> QSize:
        """What a cell needs; a remark wraps in the room it has."""
        line: Line = index.data(LINE)
        if index.column() == WHAT:
            formula = lay_out(line.what, size.px(_FORMULA), display=False)
            when = QFontMetricsF(size.font(11)).horizontalAdvance(line.when)
            wide = formula.width + when + 2 * _AIR + (10 if line.when else 0)
            return QSize(round(wide) + 8, max(size.px(_LEAST_ROW), round(formula.height) + 10))
        if index.column() == NOTE:
            return QSize(120, self._note_height(index, line.note))
        metrics = QFontMetricsF(size.font(_PX, QFont.Weight.DemiBold))
        whole = metrics.horizontalAdvance(str(index.data())) + self._shift(index)
        return QSize(round(whole) + 2 * _AIR + 4, size.px(_LEAST_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ModelIndex) -> None:
        """Paint one cell."""
        rect = QRectF(option.rect)
        line: Line = index.data(LINE)
        worn = theme.current()
        painter.save()
        if self._table.selectionModel().isRowSelected(index.row()):
            painter.fillRect(rect, worn.selection)
        painter.setPen(worn.faint)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if index.column() == WHAT:
            _paint_what(painter, rect, line)
        elif index.column() == NOTE:
            _paint_note(painter, rect, line)
        else:
            self._paint_number(painter, rect, index, line)
        painter.restore()

    def _paint_number(self, painter: QPainter, rect: QRectF, index: ModelIndex, line: Line) -> None:
        worn, text = theme.current(), str(index.data())
        shift = self._shift(index)
        same = line.same if index.column() == PRINTED else len(text)
        tint = worn.text if index.column() != DIFFERENCE or not line.agrees else worn.muted
        if index.column() == DIFFERENCE and not line.agrees:
            tint = worn.negative_text
        if index.column() == DIFFERENCE:
            shift = 0.0
        x = rect.left() + _AIR + shift
        x = _write(painter, x, rect, text[:same], tint, QFont.Weight.Normal)
        _write(painter, x, rect, text[same:], worn.negative_text, QFont.Weight.DemiBold)

    def _shift(self, index: ModelIndex) -> float:
        """Return how far right a number begins, so that the decimal points stand in line."""
        if index.column() == DIFFERENCE:
            return 0.0
        metrics = QFontMetricsF(size.font(_PX))
        widest = max(
            metrics.horizontalAdvance(_whole(line, index.column()))
            for line in index.model().lines  # type: ignore[attr-defined]
        )
        own = metrics.horizontalAdvance(_whole(index.data(LINE), index.column()))
        return float(widest - own)

    def _note_height(self, index: ModelIndex, note: str) -> int:
        room = QRectF(0, 0, max(self._table.columnWidth(NOTE) - 2 * _AIR, 60), 1000)
        box = QFontMetricsF(size.font(11)).boundingRect(room, _WRAPPED, note)
        return max(size.px(_LEAST_ROW), round(box.height()) + 12)


_WRAPPED: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) | int(
    Qt.TextFlag.TextWordWrap
)


def _whole(line: Line, column: int) -> str:
    return (line.printed if column == PRINTED else line.exact).partition(".")[0]


def _paint_what(painter: QPainter, rect: QRectF, line: Line) -> None:
    worn = theme.current()
    formula = lay_out(line.what, size.px(_FORMULA), display=False)
    top = rect.top() + (rect.height() - formula.height) / 2
    formula.paint(painter, QPointF(rect.left() + _AIR, top), worn.text, {})
    if line.when:
        beside = rect.adjusted(_AIR + formula.width + 10, 0, 0, 0)
        painter.setFont(size.font(11))
        painter.setPen(worn.muted)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(beside, int(flags), line.when)


def _paint_note(painter: QPainter, rect: QRectF, line: Line) -> None:
    worn = theme.current()
    painter.setFont(size.font(11))
    painter.setPen(worn.muted if line.agrees else worn.text)
    painter.drawText(rect.adjusted(_AIR, 2, -_AIR, -2), _WRAPPED, line.note)


def _write(
    painter: QPainter, x: float, rect: QRectF, text: str, colour: QColor, weight: QFont.Weight
) -> float:
    """Write a piece of a number and return where the next one begins."""
    font = size.font(_PX, weight)
    painter.setFont(font)
    painter.setPen(colour)
    metrics = QFontMetricsF(font)
    base = rect.center().y() + metrics.capHeight() / 2
    painter.drawText(QPointF(x, base), text)
    return x + metrics.horizontalAdvance(text)
