"""A field to choose one of a few things by name, in groups where there are many.

What there is to choose, and its words, is with the panels (`inspector.activation_words`,
`training.words`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QStandardItem, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QWidget

from chainstep.app.look import theme
from chainstep.app.panels.rows import plain_tip


@dataclass(frozen=True)
class Option:
    """One thing to choose. key: its name in the document; text, tip: what a person reads."""

    key: str
    text: str
    tip: str = ""


class Choice(QComboBox):
    """A list to choose from. The wheel scrolls the panel and never changes the choice.

    Signals: chosen(str): the user chose another key.
    """

    chosen = Signal(str)

    def __init__(
        self,
        options: Sequence[Option | str],
        tip: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """options: in order; a bare string is the heading of those that follow."""
        super().__init__(parent)
        self._value: str | None = None
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.set_options(options)
        self.setItemDelegate(QStyledItemDelegate(self))
        self.setMaxVisibleItems(16)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPlaceholderText("several")
        self._tip = plain_tip(tip)
        self.setToolTip(self._tip)
        self.activated.connect(self._activated)
        self._colour_headings()
        theme.changed.connect(self._colour_headings)

    @property
    def value(self) -> str | None:
        """The key shown, None where several differ."""
        return self._value

    def set_options(self, options: Sequence[Option | str]) -> None:
        """Offer these things from now on; nothing is chosen."""
        self._model.clear()
        for option in options:
            self._model.appendRow(_heading(option) if isinstance(option, str) else _item(option))
        self._value = None
        self.setCurrentIndex(-1)
        self._colour_headings()

    def set_value(self, key: str | None) -> None:
        """Show a choice, or that there are several."""
        self._value = key
        index = -1 if key is None else self.findData(key)
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        tip = self._model.item(index).toolTip() if index >= 0 else ""
        self.setToolTip(tip or self._tip)

    def set_allowed(self, key: str, allowed: bool, why_not: str) -> None:
        """Let a choice be made, or keep it out of reach and say why."""
        item = self._model.item(self.findData(key))
        if item.isEnabled() != allowed:
            item.setEnabled(allowed)
            item.setToolTip("" if allowed else plain_tip(why_not))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel's scrolling."""
        event.ignore()

    def _activated(self, index: int) -> None:
        key = self.itemData(index)
        if isinstance(key, str) and key != self._value:
            self._value = key
            self.chosen.emit(key)

    def _colour_headings(self) -> None:
        muted = QColor(theme.current().muted)
        for row in range(self._model.rowCount()):
            item = self._model.item(row)
            if item.data(Qt.ItemDataRole.UserRole) is None:
                item.setForeground(muted)


def _item(option: Option) -> QStandardItem:
    item = QStandardItem(option.text)
    item.setData(option.key, Qt.ItemDataRole.UserRole)
    if option.tip:
        item.setToolTip(plain_tip(option.tip))
    return item


def _heading(text: str) -> QStandardItem:
    item = QStandardItem(text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    font = QFont()
    font.setWeight(QFont.Weight.DemiBold)
    item.setFont(font)
    return item
