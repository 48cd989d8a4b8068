"""The data table: the examples with inputs, targets and the net's outputs, to read and to type.

The grid and its keys are in `view`, the cells in `model`; edits are functions from
`chainstep.data.rows`, handed to the window by signal.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Final

from PySide6.QtCore import QItemSelectionModel, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.moment import Moment
from chainstep.app.panels.data import clipboard as data_clipboard
from chainstep.app.panels.data.columns import count_text, mismatch
from chainstep.app.panels.data.model import DataModel
from chainstep.app.panels.data.view import DataView
from chainstep.app.panels.data.worst import WorstMenu
from chainstep.app.panels.rows import plain_label
from chainstep.data.rows import MOST_TRUTH_INPUTS, in_place, remove_rows, truth_table
from chainstep.errors import ChainstepError
from chainstep.project import Project

_EMPTY = "No inputs or outputs yet: draw a unit, and it gets a column here."
_ALL = "all"
#: Seconds between two pictures of the outputs while a run rushes by.
REST: Final = 0.25


class DataTable(QWidget):
    """The rows of inputs and targets with the outputs beside them.

    Signals:
        edited(str, object): the undo text and a function from project to project.
        row_activated(int): make this row the current example.
        look_asked(int): look at this row's pass at the weights reached.
        failed(str): a sentence for the user.
    """

    edited = Signal(str, object)
    row_activated = Signal(int)
    look_asked = Signal(int)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = DataModel(self)
        self.view = DataView(self.model)
        self.count = plain_label("", "muted")
        self.note = plain_label("", "muted", wraps=True)
        self.truth_button = QToolButton()
        self.truth_menu = QMenu(self)
        self.worst_button = QToolButton()
        self.worst_menu = WorstMenu(self)
        self._moment: Moment | None = None
        self._lit = -1
        self._seen: tuple[object, ...] = ()
        self._painted = 0.0
        self._build()
        self._connect()

    def show_moment(self, moment: Moment) -> None:
        """Show the rows and the outputs now; while hidden, nothing is done."""
        self._moment = moment
        self.worst_menu.set_moment(moment)
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._refresh()

    @Slot()
    def copy(self) -> None:
        """Put the chosen cells on the clipboard."""
        cells = [
            corner
            for part in self.view.chosen()
            for corner in ((part.top(), part.left()), (part.bottom(), part.right()))
        ]
        last = self.model.rows - 1
        text = data_clipboard.copied(self.model, [(min(r, last), c) for r, c in cells if last >= 0])
        if text:
            QGuiApplication.clipboard().setText(text)

    @Slot()
    def paste(self) -> None:
        """Fill cells from the clipboard, from the top left of the chosen ones on."""
        row, column = self._top_left()
        try:
            text = QGuiApplication.clipboard().text()
            block = data_clipboard.pasted(self.model, text, row, column)
        except ChainstepError as refused:
            self.failed.emit(str(refused))
            return
        rows = len(block.rows)
        self.model.edit_block("Paste 1 row" if rows == 1 else f"Paste {rows:,} rows", block)

    @Slot()
    def remove_chosen(self) -> None:
        """Remove the rows that have a chosen cell."""
        parts = self.view.chosen()
        spans = (range(part.top(), min(part.bottom() + 1, self.model.rows)) for part in parts)
        rows = {row for span in spans for row in span}
        if rows:
            one = f"Remove row {min(rows) + 1}"
            words = one if len(rows) == 1 else f"Remove {len(rows):,} rows"
            self.edited.emit(words, partial(without_rows, rows=frozenset(rows)))

    def _build(self) -> None:
        button = self.truth_button
        button.setText("Truth table")
        button.setToolTip("Fill the table with every combination of 0 and 1")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self.truth_menu)
        worst = self.worst_button
        worst.setText("Worst")
        worst.setToolTip("The examples with the largest error at the weights reached")
        worst.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        worst.setMenu(self.worst_menu)
        for each in (button, worst):
            each.setStyleSheet("QToolButton { padding: 3px 22px 3px 6px; }")
        head = QHBoxLayout()
        head.setSpacing(6)
        self.count.setMinimumWidth(1)  # rather cut than make the panel wide
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(worst)
        head.addWidget(button)
        self._pages = QStackedLayout()
        self._empty = plain_label(_EMPTY, "muted", wraps=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.view.setAccessibleName("Examples")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addLayout(self._pages, 1)
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._empty)
        self._refresh()

    def _connect(self) -> None:
        self.model.edited.connect(self.edited)
        self.model.failed.connect(self.failed)
        self.view.copied.connect(self.copy)
        self.view.pasted.connect(self.paste)
        self.view.removed.connect(self.remove_chosen)
        self.view.activated_row.connect(self.row_activated)
        self.truth_menu.aboutToShow.connect(self._fill_menu)
        self.truth_menu.triggered.connect(self._fill_in)
        self.worst_menu.chosen.connect(self.look_asked)

    def _refresh(self) -> None:
        if self._moment is not None:
            before = self.model.moment.project.data
            kept = self.view.currentIndex().row(), self.view.currentIndex().column()
            if self.model.show_moment(self._moment) and kept[0] >= 0:
                self._choose(*kept)
            if before is not self._moment.project.data and not self.view.editing:
                self.view.fit_columns()
        project = self.model.moment.project
        said = mismatch(project, self.model.shape)
        self.count.setText(count_text(project))
        self.note.setText(said)
        self.note.setVisible(bool(said))
        inputs = len(project.network.inputs)
        self.truth_button.setVisible(0 < inputs <= MOST_TRUTH_INPUTS)
        self.worst_button.setVisible(bool(project.data.inputs and project.data.targets))
        some = any(column.editable for column in self.model.columns)
        self._pages.setCurrentWidget(self.view if some else self._empty)
        self._follow()
        if self._is_due() and (seen := self.model.seen) != self._seen:
            self._seen = seen
            self.view.viewport().update()

    def _is_due(self) -> bool:
        """Whether the outputs are to be painted anew: while a run rushes by, now and then."""
        now = time.monotonic()
        if self.model.moment.training and now - self._painted < REST:
            return False
        self._painted = now
        return True

    def _follow(self) -> None:
        """Keep the current example in sight, unless the user is at work elsewhere."""
        lit = self.model.current
        if lit != self._lit and lit >= 0 and not self.view.editing:
            bar = self.view.horizontalScrollBar()
            across = bar.value()
            self.view.scrollTo(self.model.index(lit, 0), QAbstractItemView.ScrollHint.EnsureVisible)
            bar.setValue(across)
        self._lit = lit

    def _choose(self, row: int, column: int) -> None:
        last = self.model.rowCount() - 1, len(self.model.columns) - 1
        index = self.model.index(min(row, last[0]), min(column, last[1]))
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.view.selectionModel().setCurrentIndex(index, flag)

    def _top_left(self) -> tuple[int, int]:
        parts = self.view.chosen()
        if not parts:
            here = self.view.currentIndex()
            return (here.row(), here.column()) if here.isValid() else (self.model.rows, 0)
        return min(part.top() for part in parts), min(part.left() for part in parts)

    @Slot()
    def _fill_menu(self) -> None:
        """Offer what fits the net: all combinations, and the gates for two inputs."""
        network, menu = self.model.moment.project.network, self.truth_menu
        inputs, outputs = len(network.inputs), len(network.outputs)
        menu.clear()
        menu.addAction(f"All {2**inputs} combinations, targets 0").setData(_ALL)
        if inputs == 2 and outputs == 1:
            from chainstep.data.generators import GATES

            menu.addSeparator()
            for name in GATES:
                menu.addAction(name.upper()).setData(name)

    @Slot(QAction)
    def _fill_in(self, action: QAction) -> None:
        name = str(action.data())
        if name == _ALL:
            self.edited.emit("Fill in a truth table", with_truth_table)
        else:
            self.edited.emit(f"Fill in {name.upper()}", partial(with_gate, name=name))


def without_rows(project: Project, rows: frozenset[int]) -> Project:
    """Return the project without these rows of its data."""
    return project.replace(data=remove_rows(project.data, rows))


def with_truth_table(project: Project) -> Project:
    """Return the project with all combinations of 0 and 1 as its data."""
    network = project.network
    return project.replace(
        data=truth_table(project.data, len(network.inputs), len(network.outputs))
    )


def with_gate(project: Project, name: str) -> Project:
    """Return the project with the rows of a gate of two inputs as its data."""
    from chainstep.data.generators import gate

    rows = gate(name)
    return project.replace(data=in_place(project.data, rows.inputs, rows.targets))
