"""What one example says of itself: source, what to look at, and its numbers, checked.

The list of examples is in `shelf`, the table in `numbers`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFont
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from chainstep.app.gallery.drawing import NetDrawing
from chainstep.app.gallery.numbers import NumbersTable
from chainstep.app.gallery.shelf import Example
from chainstep.app.look.toggles import toggle
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.rows import Elided, hairline, plain_tip
from chainstep.lessons.checked import Checked, net_in_words, settings_in_words

_DRAWING: Final = 150


class Page(QWidget):
    """One example in full."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._url = ""
        self._shown: Checked | None = None
        self.title = Prose(20, QFont.Weight.DemiBold)
        self.facts = Prose(12, token="muted")
        self.source, self.status = Elided("muted"), Prose(12, token="muted")
        self.visit = QToolButton()
        self.visit.setText("Open the source")
        self.visit.setProperty("chip", "soft")
        self.visit.clicked.connect(self._visit)
        self.about = Prose(13)
        self.drawing = NetDrawing(_DRAWING)
        self.verdict = Prose(13, QFont.Weight.DemiBold)
        self.only = toggle("Only these", "Show only the numbers that differ")
        self.only.toggled.connect(self._narrow)
        self.notes = Prose(12, token="muted")
        self.table = NumbersTable()
        self.settings = Prose(12, token="muted")
        self._lay_out()

    @property
    def told(self) -> str:
        """All that is said in words."""
        texts = (self.title, self.facts, self.status, self.about, self.verdict, self.notes)
        return "\n".join((*(text.text for text in texts), self.source.whole, self.settings.text))

    def show_example(self, example: Example) -> None:
        """Show another example."""
        found, info = example.checked, example.checked.info
        self.title.set_text(info.title)
        self.facts.set_text(net_in_words(example.project))
        self.source.set_whole(info.source)
        self.source.setVisible(bool(info.source))
        self._url = info.source if info.source.startswith("http") else ""
        self.visit.setVisible(bool(self._url))
        self.visit.setToolTip(plain_tip(f"{self._url}, in the browser"))
        self.status.set_text(info.source_status[:1].upper() + info.source_status[1:])
        self.status.setVisible(bool(info.source_status))
        self.about.set_text(info.about)
        self.drawing.set_project(example.project)
        self._show_numbers(found)
        self.settings.set_text(f"Opens with {settings_in_words(example.project)}")

    def _show_numbers(self, found: Checked) -> None:
        self._shown = found
        self.verdict.set_text(found.verdict)
        self.verdict.setVisible(bool(found.verdict))
        self.verdict.set_token("negative_text" if found.wrong else "text")
        self.notes.set_text("  ".join(found.info.notes))
        self.notes.setVisible(bool(found.info.notes))
        self.notes.set_token("text" if found.wrong else "muted")
        self.table.setVisible(bool(found.lines))
        self.table.show_lines(found.lines, found.published)
        self.only.setVisible(bool(found.wrong))
        self.only.setChecked(False)
        beside = QHBoxLayout.Direction.LeftToRight
        self._top.setDirection(beside if found.lines else QHBoxLayout.Direction.TopToBottom)
        self._top.setStretch(0, 3 if found.lines else 0)
        self._column.setStretch(0, 0 if found.lines else 1)

    @Slot(bool)
    def _narrow(self, only: bool) -> None:
        """Show all numbers, or only those that differ."""
        if self._shown is not None:
            lines = self._shown.lines
            wanted = [line for line in lines if not line.agrees] if only else lines
            self.table.show_lines(wanted, self._shown.published)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(5)
        origin = QHBoxLayout()
        origin.setSpacing(8)
        origin.addWidget(self.source, 1)
        origin.addWidget(self.visit)
        for part in (self.title, self.facts):
            words.addWidget(part)
        words.addSpacing(4)
        words.addWidget(self.about)
        words.addSpacing(4)
        words.addLayout(origin)
        words.addWidget(self.status)
        words.addStretch(1)
        self._top = QHBoxLayout()
        self._top.setSpacing(18)
        self._top.addLayout(words, 3)
        self._top.addWidget(self.drawing, 2)
        result = QHBoxLayout()
        result.addWidget(self.verdict, 1)
        result.addWidget(self.only)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(26, 22, 22, 12)
        column.setSpacing(8)
        column.addLayout(self._top)
        column.addWidget(hairline())
        column.addLayout(result)
        column.addWidget(self.notes)
        column.addWidget(self.table, 1)
        column.addWidget(self.settings)

    @Slot()
    def _visit(self) -> None:
        if self._url:
            QDesktopServices.openUrl(QUrl(self._url, QUrl.ParsingMode.StrictMode))
