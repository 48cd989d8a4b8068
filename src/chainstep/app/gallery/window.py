"""The window of the bundled examples: the list at the left, one example in full at the right.

It opens what is chosen through the desk; which examples there are is in `files.examples`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QListView,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.gallery.page import Page
from chainstep.app.gallery.shelf import NAME, Shelf, ShelfRows, read
from chainstep.app.look import size
from chainstep.app.look.toggles import toggle
from chainstep.app.panels.rows import Elided, hairline
from chainstep.files import examples

_LIST: Final = 348
_SIZE, _LEAST = QSize(1180, 740), QSize(860, 560)
#: What is shown first.
_FAMOUS: Final = "mazur_2_2_2"
ALL, PUBLISHED, WRONG = "All", "Published", "Source errs"
_TIPS: Final = {
    ALL: "Every bundled example",
    PUBLISHED: "Worked examples of books and articles, each printed number checked",
    WRONG: "Those whose source prints digits that are not right",
}


class Gallery(QDialog):
    """Lets one leaf through the examples.

    Signals: opened(str): the name of the example to open.
    """

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """List the published examples first."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Examples")
        room = self.screen().availableSize() * 0.92
        self.resize(_SIZE.boundedTo(room))
        self.setMinimumSize(_LEAST.boundedTo(room))
        self.shelf, self.page = Shelf(self), Page()
        self.list = QListView()
        self._chips = QButtonGroup(self)
        self.count = Elided("muted")
        self.open_button = QPushButton("Open")
        self._make_list()
        self._lay_out()
        self._show(PUBLISHED)

    def choose(self, name: str) -> None:
        """Show one example in full."""
        row = max(self.shelf.row_of(name), 0)
        self.list.setCurrentIndex(self.shelf.index(row))
        self.list.scrollTo(self.shelf.index(max(row - 1, 0)))  # with the heading above it

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the larger part to the example in full."""
        self._side.setFixedWidth(min(size.px(_LIST), round(0.42 * self.width())))
        super().resizeEvent(event)

    @property
    def chosen(self) -> str:
        """The example that is shown."""
        return str(self.list.currentIndex().data(NAME) or "")

    @Slot()
    def open_chosen(self) -> None:
        """Open the example that is shown, and go."""
        if self.chosen:
            self.opened.emit(self.chosen)
            self.accept()

    def _make_list(self) -> None:
        self.list.setModel(self.shelf)
        self.list.setItemDelegate(ShelfRows(self.list))
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Examples")
        self.list.selectionModel().currentChanged.connect(self._chosen)
        self.list.activated.connect(self.open_chosen)

    def _lay_out(self) -> None:
        chips = QHBoxLayout()
        chips.setContentsMargins(12, 12, 12, 6)
        chips.setSpacing(6)
        for name in (PUBLISHED, WRONG, ALL):
            chips.addWidget(self._chip(name))
        chips.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addLayout(chips)
        left.addWidget(self.list, 1)
        self._side = side = QWidget()
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(side)
        across.addWidget(hairline(QFrame.Shape.VLine))
        across.addWidget(_scrolled(self.page), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(across, 1)
        column.addWidget(hairline())
        column.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        close = QPushButton("Close")
        close.clicked.connect(self.reject)
        close.setAutoDefault(False)
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self.open_chosen)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 12, 16, 12)
        foot.setSpacing(10)
        foot.addWidget(self.count, 1)
        foot.addWidget(close)
        foot.addWidget(self.open_button)
        return foot

    def _chip(self, name: str) -> QToolButton:
        chip = toggle(name, _TIPS[name])
        chip.clicked.connect(self._chip_clicked)
        self._chips.addButton(chip)
        return chip

    @Slot()
    def _chip_clicked(self) -> None:
        chip = self.sender()
        if isinstance(chip, QToolButton):
            self._show(chip.text())

    def _show(self, wanted: str) -> None:
        for chip in self._chips.buttons():
            chip.setChecked(chip.text() == wanted)
        before = self.chosen
        groups = [
            (heading, [name for name in names if _belongs(name, wanted)])
            for heading, names in examples.GROUPS.items()
        ]
        self.shelf.show(groups)
        names = self.shelf.names
        self.choose(next((name for name in (before, _FAMOUS) if name in names), names[0]))
        self.count.set_whole(_count(names))

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        name = index.data(NAME)
        self.open_button.setEnabled(bool(name))
        if name:
            self.page.show_example(read(name))


def _belongs(name: str, wanted: str) -> bool:
    if wanted == ALL:
        return True
    found = read(name).checked
    return bool(found.lines) if wanted == PUBLISHED else bool(found.wrong)


def _count(names: list[str]) -> str:
    found = [read(name).checked for name in names]
    published = [one for one in found if one.published]
    numbers = sum(len(one.lines) for one in published)
    wrong = sum(one.wrong for one in published)
    return (
        f"{len(names)} examples, {len(published)} of them published: "
        f"{numbers} printed numbers, of which {wrong} differ from the exact ones."
    )


def _scrolled(page: QWidget) -> QScrollArea:
    """Let a page that is higher than the window be scrolled."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area
