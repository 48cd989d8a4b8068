"""The keys and gestures, as a table to look something up in. The texts are in `help_texts`."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from chainstep.app.dialogs import help_texts
from chainstep.app.look import fonts


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
        column.addLayout(table)
        column.addWidget(_label(help_texts.NUMBERS, "muted"))
        column.addWidget(buttons)


def _label(text: str, role: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    if role == "heading":
        label.setFont(fonts.ui_font(13, QFont.Weight.DemiBold))
    return label
