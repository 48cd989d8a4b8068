"""The history panel: what happened, to go back to by a click, and the runs kept to compare with.

What is written down, and where a click leads, is `stepping.history`'s; the curves of kept runs
are drawn in `loss.canvas`, in the colours given here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.look import style, theme
from chainstep.app.panels.debugging.grid_rows import GridRow, have_rows
from chainstep.app.panels.rows import Column, Elided, Heading, plain_label, plain_tip

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.stepping.history import Event, Kept

_COLOURS: Final = ("negative", "ok", "current_line", "muted")
_NONE: Final = "Keep a run to see its loss beside that of another. A run that is left by branching \
is kept by itself."


def kept_colour(place: int) -> QColor:
    """Return the colour of a kept run by its place in the list."""
    return theme.current().colour(_COLOURS[place % len(_COLOURS)])


class Swatch(QWidget):
    """A short line in the colour of a curve."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place
        self.setFixedSize(16, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        """See QWidget."""
        painter = QPainter(self)
        painter.fillRect(0, 7, 16, 3, kept_colour(self._place))


class KeptRow(GridRow):
    """The widgets of one kept run. Signals: compared(int, bool): its place, and whether it is."""

    compared = Signal(int, bool)

    def __init__(self, place: int, parent: QWidget) -> None:
        super().__init__(place, parent, "Keep this run no longer")
        self.swatch = Swatch(place)
        self.text, self.name, self.words = QWidget(), plain_label(), Elided("muted")
        lines = QVBoxLayout(self.text)
        lines.setContentsMargins(0, 2, 0, 2)
        lines.setSpacing(0)
        lines.addWidget(self.name)
        lines.addWidget(self.words)
        self.compare = QToolButton()
        self.compare.setText("Δw")
        self.compare.setCheckable(True)
        self.compare.setToolTip("Show on the canvas by how much each weight differs from this run")
        self.compare.clicked.connect(self._compared)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """From left to right."""
        return self.swatch, self.text, self.compare, self.remove

    def show_kept(self, kept: Kept, compared: bool) -> None:
        """Show a run."""
        self.name.setText(f"{kept.name} · {kept.course}")
        self.words.set_whole(kept.result)
        self.compare.setChecked(compared)
        self.compare.setAccessibleName(f"weights compared with {kept.name}")
        self.remove.setAccessibleName(f"remove {kept.name}")

    @Slot(bool)
    def _compared(self, on: bool) -> None:
        self.compared.emit(self.place, on)


class HistoryPanel(Column):
    """What happened to the run.

    Signals: go_asked(object): the Event to go to. keep_asked(): keep the run as it is.
    drop_asked(int): keep this one no longer. compare_asked(int): show how the weights differ from
    this kept run, −1 to end that.
    """

    go_asked = Signal(object)
    keep_asked = Signal()
    drop_asked = Signal(int)
    compare_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__(spacing=6)
        self._events: tuple[Event, ...] = ()
        self._kept: tuple[Kept, ...] = ()
        self.rows: list[KeptRow] = []
        self.list = QListWidget()
        self.list.setItemDelegate(style.Roomy(self.list))
        self.list.setMinimumHeight(132)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName("what happened")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.keep = QPushButton("Keep this run")
        self.hint = plain_label(_NONE, "muted", wraps=True)
        self._runs = QWidget()
        self._grid = QGridLayout(self._runs)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self.put(Heading("History", "click to go there"), self.list)
        self.column.setStretchFactor(self.list, 1)
        self.put_line()
        self.put(Heading("Kept runs"), self.hint, self._runs, self.keep)
        self.list.itemClicked.connect(self._clicked)
        self.list.itemActivated.connect(self._clicked)
        self.keep.clicked.connect(self.keep_asked)

    def show_moment(self, moment: Moment) -> None:
        """Show what has happened up to a moment; while training rushes by, nothing is done."""
        if moment.training:
            return
        history = moment.history
        events = () if history is None else tuple(history.events)
        if events != self._events:
            self._events = events
            self._fill()
        self._mark(moment)
        self.keep.setEnabled(moment.run is not None)
        self._show_kept(moment)

    def _fill(self) -> None:
        self.list.clear()
        for event in self._events:
            item = QListWidgetItem(event.words)
            item.setToolTip(plain_tip(event.words))
            self.list.addItem(item)
        self.list.scrollToBottom()

    def _mark(self, moment: Moment) -> None:
        """Write in bold where the run is."""
        history, run = moment.history, moment.run
        here = [] if history is None or run is None else history.here(run)
        for place, event in enumerate(self._events):
            weight = QFont.Weight.DemiBold if event in here else QFont.Weight.Normal
            item = self.list.item(place)
            font = item.font()
            if font.weight() != weight:
                font.setWeight(weight)
                item.setFont(font)

    def _show_kept(self, moment: Moment) -> None:
        history = moment.history
        self._kept = () if history is None else tuple(history.kept)
        have_rows(self._grid, self.rows, len(self._kept), self._made_row)
        compared = None if history is None else history.compared
        for row, kept in zip(self.rows, self._kept, strict=True):
            row.show_kept(kept, kept is compared)
        self.hint.setVisible(not self._kept)
        self._runs.setVisible(bool(self._kept))

    def _made_row(self, place: int) -> KeptRow:
        row = KeptRow(place, self._runs)
        row.compared.connect(self._compare)
        row.removed.connect(self.drop_asked)
        return row

    @Slot(QListWidgetItem)
    def _clicked(self, item: QListWidgetItem) -> None:
        self.go_asked.emit(self._events[self.list.row(item)])

    @Slot(int, bool)
    def _compare(self, place: int, on: bool) -> None:
        self.compare_asked.emit(place if on else -1)
