"""The list of what the net can go out as, by kind: pictures, models, programs, tables."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from chainstep.app.look import theme
from chainstep.files import FORMATS, Format

GROUPS: Final = {
    "picture": "Pictures",
    "model": "Models and weights",
    "program": "Programs",
    "table": "Tables",
}
#: Second endings of what is in the list already.
_TWICE: Final = (".pth", ".js", "_units.csv")
_AIR: Final = 11
_KEY: Final = Qt.ItemDataRole.UserRole


class Chooser(QTreeWidget):
    """Formats under headings, each with its ending.

    Signals: chosen(str): another format, by its ending.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("What to export as")
        self.setAllColumnsShowFocus(True)
        self._row = self.fontMetrics().height() + _AIR
        for group, words in GROUPS.items():
            self._add_heading(words)
            for kind in FORMATS:
                if kind.group == group and kind.writes and kind.extension not in _TWICE:
                    self._add(kind)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setFixedWidth(self._wide())
        self.currentItemChanged.connect(self._changed)

    @property
    def value(self) -> str:
        """The ending of the format chosen, "" for none."""
        item = self.currentItem()
        return "" if item is None else str(item.data(0, _KEY) or "")

    def choose(self, extension: str) -> None:
        """Choose a format by its ending, the first where there is none such."""
        items = [self.topLevelItem(n) for n in range(self.topLevelItemCount())]
        able = [item for item in items if item is not None and item.data(0, _KEY)]
        found = next((item for item in able if item.data(0, _KEY) == extension), able[0])
        self.setCurrentItem(found)

    def _wide(self) -> int:
        """Return how much room names and endings take in the present type."""
        items = [self.topLevelItem(n) for n in range(self.topLevelItemCount())]
        metrics = self.fontMetrics()
        widths = [
            max(metrics.horizontalAdvance(item.text(column)) for item in items if item is not None)
            for column in (0, 1)
        ]
        return sum(widths) + 4 * _AIR + self.verticalScrollBar().sizeHint().width()

    def _add_heading(self, words: str) -> None:
        item = QTreeWidgetItem([words])
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        item.setFont(0, font)
        item.setForeground(0, QColor(theme.current().muted))
        item.setSizeHint(0, QSize(0, self._row))
        self.addTopLevelItem(item)
        item.setFirstColumnSpanned(True)

    def _add(self, kind: Format) -> None:
        item = QTreeWidgetItem([f"   {kind.name[0].upper()}{kind.name[1:]}", kind.extension])
        item.setData(0, _KEY, kind.extension)
        item.setForeground(1, QColor(theme.current().muted))
        item.setSizeHint(0, QSize(0, self._row))
        self.addTopLevelItem(item)

    @Slot()
    def _changed(self) -> None:
        if self.value:
            self.chosen.emit(self.value)
