"""The breakpoints panel: a list of them, each on or off, with its counts; and one more.

It shows what a moment says and asks for changes (`edits`). The form at its end is in
`breakpoint_form`; the dots on the canvas are `canvas.labels`' and follow the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from chainstep.app.look import icons
from chainstep.app.panels.debugging import edits as debug_edits
from chainstep.app.panels.debugging.breakpoint_form import BreakpointForm
from chainstep.app.panels.debugging.grid_rows import GridRow, have_rows
from chainstep.app.panels.fields import NumberField, Tick
from chainstep.app.panels.rows import Column, plain_label, plain_tip
from chainstep.stepping.watching import breakpoints
from chainstep.stepping.watching.breakpoints import Breakpoint

if TYPE_CHECKING:
    from chainstep.app.moment import Moment

NONE: Final = "None yet. Select a unit or a connection and press F9, or add a condition with Add…"
_SKIP_TIP: Final = "How often it may hold before it stops the run"
_SKIP_WIDTH: Final = 48


class BreakpointRow(GridRow):
    """The widgets of one breakpoint, in one line of a grid.

    Signals: changed(int, object): its place, and the fields that were changed. edit_asked(int):
    its place.
    """

    changed = Signal(int, object)
    edit_asked = Signal(int)

    def __init__(self, place: int, parent: QWidget) -> None:
        super().__init__(place, parent, "Remove this breakpoint")
        self.tick = Tick("", "Stop the run here")
        self.words = plain_label("", wraps=True)
        self.held = plain_label("", "muted")
        self.skip = NumberField(_SKIP_TIP, whole=True, least=0)
        self.edit = QToolButton()
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.skip.setFixedWidth(_SKIP_WIDTH)
        icons.set_icon(self.edit, "settings")
        self.edit.setToolTip("Change what it waits for")
        self.remove.setAccessibleName("Remove this breakpoint")
        self.held.setToolTip("How often it has held on the way from the start to here")
        self.held.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.tick.ticked.connect(self._ticked)
        self.skip.committed.connect(self._skipped)
        self.edit.clicked.connect(self._edit)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """From left to right."""
        return self.tick, self.words, self.held, self.skip, self.edit, self.remove

    def show_item(self, item: dict[str, Any], moment: Moment) -> None:
        """Show an object of the document."""
        found = breakpoints.read(item)
        known = found is not None and found.fits(moment.project.network)
        self.tick.setEnabled(known)
        self.skip.setEnabled(known)
        self.edit.setEnabled(found is not None)
        self.words.setEnabled(known)
        if found is None:
            self._say("not known to this version")
            return
        said = breakpoints.words(found)
        self._say(said if known else f"{said} (not in the net)")
        self.tick.set_value(found.enabled)
        self.tick.setAccessibleName(said)
        self.skip.set_value(found.ignore)
        self.skip.setAccessibleName(f"{said}: skip")
        self.edit.setAccessibleName(f"{said}: change")

    def show_hits(self, item: dict[str, Any], moment: Moment) -> None:
        """Show how often it held, and whether the run stands at it."""
        found, run = breakpoints.read(item), moment.run
        guard = None if run is None else run.guard
        count = 0 if found is None or guard is None else guard.count(found)
        self.held.setText(f"{count:,} ×" if count else "")
        hit = None if run is None else run.hit
        here = hit is not None and found is not None and hit.breakpoint.place == found.place
        font, weight = self.words.font(), QFont.Weight.DemiBold if here else QFont.Weight.Normal
        if font.weight() != weight:
            font.setWeight(weight)
            self.words.setFont(font)

    def _say(self, text: str) -> None:
        self.words.setText(text)
        self.words.setToolTip(plain_tip(text))

    @Slot(bool)
    def _ticked(self, on: bool) -> None:
        self.changed.emit(self.place, {"enabled": on})

    @Slot(float)
    def _skipped(self, count: float) -> None:
        self.changed.emit(self.place, {"ignore": int(count)})

    @Slot()
    def _edit(self) -> None:
        self.edit_asked.emit(self.place)


class BreakpointsPanel(Column):
    """All breakpoints of the document.

    Signals: edited(str, object): text for undo, and a function from Project to Project.
    """

    edited = Signal(str, object)

    def __init__(self) -> None:
        super().__init__(spacing=6)
        self._moment: Moment | None = None
        self._items: tuple[dict[str, Any], ...] | None = None
        self._network: object = None
        self._any_on = False
        self.rows: list[BreakpointRow] = []
        self._edited: int | None = None
        self.keys = plain_label("F9 sets one", "muted")
        self.add, self.all_on, self.clear = QToolButton(), QToolButton(), QToolButton()
        self.reason = plain_label("", wraps=True)
        self.hint = plain_label(NONE, "muted", wraps=True)
        self._list = QWidget()
        self._grid = QGridLayout(self._list)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        for column, text in ((2, "held"), (3, "skip")):
            side = Qt.AlignmentFlag.AlignRight if column == 2 else Qt.AlignmentFlag.AlignLeft
            self._grid.addWidget(plain_label(text, "muted"), 0, column, side)
        self.form = BreakpointForm()
        self.form.hide()
        self.column.addLayout(self._heading())
        self.put(self.reason, self.form, self.hint, self._list)
        self.column.addStretch(1)
        self.form.asked.connect(self._asked)

    def show_moment(self, moment: Moment) -> None:
        """Show the breakpoints of a moment and where the run stopped."""
        self._moment = moment
        items, network = moment.project.debug.breakpoints, moment.project.network
        if items is not self._items or network is not self._network:
            self._items, self._network = items, network
            if len(items) != len(self.rows):
                have_rows(self._grid, self.rows, len(items), self._made_row, below=1)
                self._show_form(False)
            for row, item in zip(self.rows, items, strict=True):
                row.show_item(item, moment)
        if self.add.isChecked():
            self.form.show_project(moment.project)
        for row, item in zip(self.rows, items, strict=True):
            row.show_hits(item, moment)
        self._any_on = any(each.enabled for each in breakpoints.read_all(items))
        self.all_on.setText("All off" if self._any_on else "All on")
        for button in (self.all_on, self.clear):
            button.setVisible(bool(items))
        self.keys.setVisible(not items)
        hit = None if moment.run is None or moment.training else moment.run.hit
        self.reason.setText("" if hit is None else f"Stopped: {hit.reason}.")
        self.reason.setVisible(hit is not None)
        self.hint.setVisible(not items)
        self._list.setVisible(bool(items))

    def _heading(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(plain_label("Breakpoints", "heading"))
        line.addWidget(self.keys)
        line.addStretch(1)
        buttons = (
            (self.add, "Add…", "Stop at a condition or a place"),
            (self.all_on, "All off", "Turn all breakpoints off, or on again"),
            (self.clear, "Remove all", "Remove all breakpoints"),
        )
        for button, text, tip in buttons:
            button.setText(text)
            button.setToolTip(tip)
            button.setStyleSheet("QToolButton { padding: 3px 6px; }")
            line.addWidget(button)
        self.add.setCheckable(True)
        self.add.clicked.connect(self._show_form)
        self.all_on.clicked.connect(self._turn_all)
        self.clear.clicked.connect(self._remove_all)
        return line

    def _made_row(self, place: int) -> BreakpointRow:
        row = BreakpointRow(place, self._list)
        row.changed.connect(self._change)
        row.removed.connect(self._remove)
        row.edit_asked.connect(self._edit)
        return row

    @Slot(bool)
    def _show_form(self, shown: bool) -> None:
        self._edited = None
        if shown and self._moment is not None:  # a large net has thousands of places to list
            self.form.show_project(self._moment.project)
        self.form.show_new()
        if not shown and self.form.isAncestorOf(QApplication.focusWidget() or self):
            self.add.setFocus()  # else the keys go to whatever comes next, anywhere in the window
        self.form.setVisible(shown)
        self.add.setChecked(shown)

    @Slot(int)
    def _edit(self, place: int) -> None:
        """Open the form over a breakpoint that is there."""
        found = breakpoints.read((self._items or ())[place])
        if found is not None:
            self._show_form(True)
            self._edited = place
            self.form.show_breakpoint(found)

    @Slot(object)
    def _asked(self, breakpoint: Breakpoint) -> None:
        place = self._edited
        self._show_form(False)
        if place is None:
            self.edited.emit(*debug_edits.add(breakpoint))
            return
        fields = msgspec.structs.asdict(breakpoint)
        del fields["enabled"], fields["ignore"]
        self.edited.emit(*debug_edits.change(place, **fields))

    @Slot()
    def _turn_all(self) -> None:
        self.edited.emit(*debug_edits.enable_all(not self._any_on))

    @Slot()
    def _remove_all(self) -> None:
        self._show_form(False)
        self.edited.emit(*debug_edits.remove_all())

    @Slot(int, object)
    def _change(self, place: int, fields: dict[str, Any]) -> None:
        self.edited.emit(*debug_edits.change(place, **fields))

    @Slot(int)
    def _remove(self, place: int) -> None:
        self.edited.emit(*debug_edits.remove(place))
