"""The watches panel: chosen quantities, each drawn against the epochs on a scale of its own.

It shows what a moment says and asks for changes (`edits`). What can be watched is in
`stepping.watching.watches`, the little curves are in `sparkline`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.debugging import edits as debug_edits
from chainstep.app.panels.debugging.grid_rows import GridRow, have_rows
from chainstep.app.panels.debugging.sparkline import Sparkline
from chainstep.app.panels.fields import NumberField
from chainstep.app.panels.rows import Column, Elided, plain_label
from chainstep.network.model import Network
from chainstep.project import Project
from chainstep.stepping.numbers import format_number
from chainstep.stepping.watching import watches
from chainstep.stepping.watching.watches import OF_CONNECTIONS, OF_THE_NET, Quantity, Watch

if TYPE_CHECKING:
    from chainstep.app.moment import Moment

QUANTITIES: Final = (
    Option("weight", "weight w", "w of a connection"),
    Option("bias", "bias b", "b of a unit"),
    Option("delta", "δ", "δ of a unit for one example"),
    Option("z", "z", "The output of a unit for one example"),
    Option("a", "a", "The weighted input of a unit for one example"),
    Option("h_prime", "h′(a)", "The slope of a unit for one example: 0 is saturated"),
    Option("mean_z", "mean z", "The mean output of a unit over the training rows"),
    Option("mean_delta", "mean |δ|", "The mean size of a unit's δ over the training rows"),
    Option("gradient", "∂E/∂w", "The slope of one weight over the training rows"),
    Option("gradient_norm", "‖∂E/∂w‖", "The length of the gradient over the training rows"),
)
NONE: Final = "Nothing is watched yet: choose a quantity below, and see it against the epochs."
_OF_A_ROW: Final = ("delta", "z", "a", "h_prime")
_MOST_LISTED: Final = 2000
#: Narrower a list of names tells nothing.
_LEAST: Final = 72
_SEPARATOR: Final = "\x1f"


class WatchRow(GridRow):
    """The widgets of one watch."""

    def __init__(self, place: int, parent: QWidget) -> None:
        super().__init__(place, parent, "Watch this no longer")
        self.text, self.words, self.value = QWidget(), Elided("muted"), plain_label()
        self.curve = Sparkline()
        lines = QVBoxLayout(self.text)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.words)
        lines.addWidget(self.value)
        self.text.setFixedWidth(124)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """From left to right."""
        return self.text, self.curve, self.remove

    def show_watch(self, item: dict[str, Any], moment: Moment) -> None:
        """Show an object of the document and what it was worth."""
        watch = watches.read(item)
        if watch is None:
            self.words.set_whole("not known to this version")
            return
        self.words.set_whole(watches.words(watch))
        self.remove.setAccessibleName(f"watch {watches.words(watch)} no longer")
        run = moment.run
        series = None
        if run is not None and run.recorder is not None:
            series = run.recorder.series.get(watch)
        epoch = 0 if run is None else run.trainer.epoch
        points = [] if series is None else series.points(epoch)
        value = format_number(points[-1][1], moment.digits) if points else ""
        self.value.setText(_why_nothing(watch, moment.project) or value or "–")
        self.curve.show_points(points, epoch, moment.digits, watches.words(watch))


def _why_nothing(watch: Watch, project: Project) -> str:
    """Return why a watch can have no values, "" where it can."""
    if not watch.fits(project.network):
        return "not in the net"
    return "" if watch.row < max(1, len(project.data.inputs)) else "no such example"


class WatchesPanel(Column):
    """All watches of the document.

    Signals: edited(str, object): text for undo, and a function from Project to Project.
    """

    edited = Signal(str, object)

    def __init__(self) -> None:
        super().__init__(margin=0, spacing=4)
        self.column.setContentsMargins(16, 8, 16, 10)
        self._network = Network()
        self._moment: Moment | None = None
        self.rows: list[WatchRow] = []
        self.hint = plain_label(NONE, "muted", wraps=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.quantity = Choice(QUANTITIES, "What to watch")
        self.unit, self.connection = Choice((), "Which unit"), Choice((), "Which connection")
        self.row = NumberField("Which example", whole=True, least=1)
        self.row_label = plain_label("example", "muted")
        self.add = QToolButton()
        self._list = QWidget()
        self._grid = QGridLayout(self._list)
        self._build()
        self.quantity.chosen.connect(self._show_quantity)
        self.add.clicked.connect(self._add)

    def show_moment(self, moment: Moment) -> None:
        """Show the watches of a moment; while hidden, nothing is done."""
        self._moment = moment
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: Any) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._refresh()

    def made(self) -> Watch:
        """Return the watch that the fields describe."""
        quantity = cast(Quantity, self.quantity.value)
        ends = (self.connection.value or "") if quantity in OF_CONNECTIONS else ""
        by_unit = quantity not in (*OF_CONNECTIONS, *OF_THE_NET)
        return Watch(
            quantity=quantity,
            unit=(self.unit.value or "") if by_unit else "",
            connection=cast("tuple[str, str]", tuple(ends.split(_SEPARATOR))) if ends else None,
            row=int(self.row.value or 1) - 1 if quantity in _OF_A_ROW else 0,
        )

    def _build(self) -> None:
        self._grid.setContentsMargins(0, 0, 6, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._list)
        self.add.setText("Watch")
        self.add.setProperty("chip", "soft")
        self.row.setFixedWidth(52)
        line = QHBoxLayout()
        line.setSpacing(8)
        for choice in (self.quantity, self.connection, self.unit):
            choice.setMinimumWidth(_LEAST)
        for widget in (self.quantity, self.connection, self.unit, self.row_label, self.row):
            line.addWidget(widget, 1 if isinstance(widget, Choice) else 0)
        line.addWidget(self.add)
        self.column.addWidget(self.hint, 1)
        self.column.addWidget(self._area, 1)
        self.column.addLayout(line)
        self.quantity.set_value("weight")
        self.row.set_value(1)
        self._show_quantity("weight")

    def _refresh(self) -> None:
        moment = self._moment
        if moment is None:
            return
        if moment.project.network is not self._network:
            self._network = moment.project.network
            self._fill()
        self.row.most = len(moment.project.data.inputs) or None
        items = moment.project.debug.watches
        have_rows(self._grid, self.rows, len(items), self._made_row)
        for row, item in zip(self.rows, items, strict=True):
            row.show_watch(item, moment)
        self.hint.setVisible(not items)
        self._area.setVisible(bool(items))

    def _fill(self) -> None:
        network = self._network
        units = [Option(unit.id, unit.id) for unit in network.units if not unit.is_input]
        listed = network.connections[:_MOST_LISTED]
        ends = [Option(_SEPARATOR.join(c.ends), f"{c.source} → {c.target}") for c in listed]
        offers: Mapping[Choice, list[Option]] = {self.unit: units, self.connection: ends}
        for choice, options in offers.items():
            before = choice.value
            choice.set_options(options)
            known = [option.key for option in options]
            choice.set_value(before if before in known else known[0] if known else None)

    def _made_row(self, place: int) -> WatchRow:
        row = WatchRow(place, self._list)
        row.removed.connect(self._remove)
        return row

    @Slot(str)
    def _show_quantity(self, quantity: str) -> None:
        self.connection.setVisible(quantity in OF_CONNECTIONS)
        self.unit.setVisible(quantity not in (*OF_CONNECTIONS, *OF_THE_NET))
        self.row.setVisible(quantity in _OF_A_ROW)
        self.row_label.setVisible(quantity in _OF_A_ROW)

    @Slot()
    def _add(self) -> None:
        self.row.finish()
        made = self.made()
        if made.fits(self._network) and not (self.row.invalid and self.row.isVisible()):
            self.edited.emit(*debug_edits.watch(made))

    @Slot(int)
    def _remove(self, place: int) -> None:
        self.edited.emit(*debug_edits.unwatch(place))
