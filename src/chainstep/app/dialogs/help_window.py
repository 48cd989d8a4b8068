"""The keys and gestures, as a table to look something up in. The texts are in `help_texts`."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.dialogs import help_texts
from chainstep.app.look import size


class KeysWindow(QDialog):
    """Keys and mouse, by heading; it goes when it is closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys and Mouse")
        table = QGridLayout()
        table.setHorizontalSpacing(28)
        table.setVerticalSpacing(7)
        for heading, lines in help_texts.KEYS.items():
            table.addWidget(_label(heading, "heading"), table.rowCount(), 0, 1, 2)
            for keys, words in lines:
                row = table.rowCount()
                table.addWidget(_label(keys, "muted"), row, 0)
                table.addWidget(_label(words), row, 1)
            table.setRowMinimumHeight(table.rowCount(), 8)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(14)
        page = _scrolling(table)
        column.addWidget(page, 1)
        column.addWidget(_label(help_texts.NUMBERS, "muted"))
        column.addWidget(buttons)
        hidden = table.sizeHint().height() - page.sizeHint().height()
        whole = self.sizeHint().grownBy(QMargins(0, 0, 0, max(0, hidden)))
        self.resize(whole.boundedTo(self.screen().availableSize() * 0.9))


def _scrolling(table: QGridLayout) -> QScrollArea:
    """Put the table where it can be scrolled: a low screen shows a part of it."""
    page, area = QWidget(), QScrollArea()
    page.setLayout(table)
    table.setContentsMargins(0, 0, 18, 0)
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumWidth(page.sizeHint().width())
    return area


def _label(text: str, role: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    if role == "heading":
        label.setFont(size.font(13, QFont.Weight.DemiBold))
    return label
