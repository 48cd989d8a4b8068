"""The list of examples: a drawing, the title, what net it is, and how its source's numbers fare.

What one of them says in full is in `page`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from chainstep.app.gallery.drawing import paint_net
from chainstep.app.look import size, theme
from chainstep.files import examples
from chainstep.lessons.checked import Checked, checked, net_in_words
from chainstep.project import Project
from chainstep.words import counted

ModelIndex = QModelIndex | QPersistentModelIndex
NAME: Final = Qt.ItemDataRole.UserRole

_ROW, _HEADING = 74, 36
_DRAWING: Final = 92


@dataclass(frozen=True)
class Example:
    """A bundled example, read."""

    name: str
    project: Project
    checked: Checked


@cache
def read(name: str) -> Example:
    """Return a bundled example with what it says of itself; read once."""
    project = examples.load_example(name)
    info = examples.about(project) or examples.ExampleInfo(title=name, about="")
    return Example(name, project, checked(project, info))


class Shelf(QAbstractListModel):
    """Headings with the examples below them, as far as they are wanted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str]] = []

    def show(self, groups: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Show these examples by their headings."""
        self.beginResetModel()
        self._rows = [
            row
            for heading, names in groups
            if names
            for row in ((heading, ""), *((heading, name) for name in names))
        ]
        self.endResetModel()

    def row_of(self, name: str) -> int:
        """Return where an example is, −1 where it is not shown."""
        return next((place for place, (_, n) in enumerate(self._rows) if n == name), -1)

    @property
    def names(self) -> list[str]:
        """The examples shown, in order."""
        return [name for _, name in self._rows if name]

    def rowCount(self, parent: ModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Headings and examples."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: ModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The name, or what is read aloud."""
        heading, name = self._rows[index.row()]
        if role == NAME:
            return name
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if not name:
            return heading
        found = read(name)
        return ". ".join(filter(None, (found.checked.info.title, found.checked.verdict)))

    def flags(self, index: ModelIndex) -> Qt.ItemFlag:
        """A heading cannot be chosen."""
        chosen = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return chosen if self._rows[index.row()][1] else Qt.ItemFlag.NoItemFlags


class ShelfRows(QStyledItemDelegate):
    """Paints a heading, or an example in two lines beside its drawing."""

    def sizeHint(self, option: QStyleOptionViewItem, index: ModelIndex) -> QSize:
        """A heading is half as high."""
        return QSize(200, size.px(_ROW if index.data(NAME) else _HEADING))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: ModelIndex) -> None:
        """Paint one row."""
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not index.data(NAME):
            self._paint_heading(painter, rect, str(index.data()))
        else:
            state = option.state
            _paint_ground(painter, rect, state)
            _paint_example(painter, rect.adjusted(10, 6, -12, -6), read(index.data(NAME)))
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRectF, text: str) -> None:
        painter.setFont(size.font(11, QFont.Weight.DemiBold))
        painter.setPen(theme.current().muted)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(rect.adjusted(14, 0, -8, -7), int(flags), text)


def _paint_ground(painter: QPainter, rect: QRectF, state: QStyle.StateFlag) -> None:
    worn = theme.current()
    if state & QStyle.StateFlag.State_Selected:
        ground = worn.selection
    elif state & QStyle.StateFlag.State_MouseOver:
        ground = worn.faint
    else:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(rect.adjusted(4, 1, -4, -1), 8, 8)


def _paint_example(painter: QPainter, rect: QRectF, example: Example) -> None:
    worn = theme.current()
    wide = size.px(_DRAWING)
    paint_net(painter, QRectF(rect.left(), rect.top(), wide, rect.height()), example.project)
    text = rect.adjusted(wide + 12, 1, 0, 0)
    _line(painter, text, size.font(13, QFont.Weight.Medium), worn.text, example.checked.info.title)
    facts = net_in_words(example.project)
    _line(painter, text.translated(0, size.px(20)), size.font(11), worn.muted, facts)
    told, colour = _verdict(example.checked)
    _line(painter, text.translated(0, size.px(39)), size.font(11), colour, told)


def _verdict(found: Checked) -> tuple[str, QColor]:
    worn, count = theme.current(), len(found.lines)
    if not count:
        return "", worn.muted
    if not found.published:
        return f"{count} numbers computed here", worn.muted
    if found.wrong:
        return f"{found.wrong} of {count} numbers differ", worn.negative_text
    return f"✓ {counted(count, 'printed number')}", worn.ok


def _line(painter: QPainter, rect: QRectF, font: QFont, colour: QColor, text: str) -> None:
    painter.setFont(font)
    painter.setPen(colour)
    cut = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    box = QRectF(rect.left(), rect.top(), rect.width(), size.px(18))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(box, int(flags), cut)
