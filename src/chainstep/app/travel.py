"""Going to places of the run that are asked for: a unit, an epoch, a breakpoint back, an example.

The debugger moves the run; stepping and live training are its own. Going to what the history
lists is asked for in `aids`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog

from chainstep.app.live import SLICE

if TYPE_CHECKING:
    from collections.abc import Generator

    from chainstep.app.window import MainWindow
    from chainstep.stepping.run import Run

WHICH_UNIT = "Select a unit to run to."
ASIDE = "Example {:,} is seen aside, at the weights reached: a step beyond its end leads back."
SEARCHING = "Looking back for a breakpoint; Escape or any other command ends that."
MOST_EPOCHS = 100_000_000


class Travel(QObject):
    """Takes the run of a window to places."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._debugger = window, window.debugger
        self._search: Generator[None, None, None] | None = None
        self._run: Run | None = None
        self._came_from = 0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._search_slice)
        window.debugger.halting.connect(self._give_up)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), window)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self._escaped)

    @property
    def searching(self) -> bool:
        """Whether a search back is under way."""
        return self._search is not None

    @Slot()
    def run_to_unit(self) -> None:
        """Go on to where a pass comes to the selected unit next."""
        self._to_unit("run_to_unit", onwards=True)

    @Slot()
    def run_back_to_unit(self) -> None:
        """Go back to where a pass came to the selected unit last."""
        self._to_unit("run_back_to_unit", onwards=False)

    @Slot()
    def ask_epoch(self) -> None:
        """Ask which epoch to go to."""
        run = self._debugger.ready()
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Go to Epoch")
        dialog.setLabelText("How many epochs are to be finished; 0 is the start:")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(0, MOST_EPOCHS)
        dialog.setIntValue(0 if run is None else run.trainer.epoch)
        dialog.setOkButtonText("Go")
        dialog.intValueSelected.connect(self.go_to_epoch)
        dialog.open()

    @Slot(int)
    def go_to_epoch(self, epoch: int) -> None:
        """Stand behind so many finished epochs; those that are yet to come are trained."""
        run = self._debugger.ready()
        if run is None or run.refused is not None or epoch <= run.trainer.epoch:
            self._debugger.move("run_to_epoch", epoch)
        else:
            self._debugger.train_to(epoch)

    @Slot(int)
    def go_to_example(self, row: int) -> None:
        """Stand before the first step of a row of the data; aside where it is in another batch."""
        run = self._debugger.ready()
        if run is not None and row in run.batch_rows:
            self._debugger.move("go_to_row", row)
        else:
            self.look_at(row)

    @Slot(int)
    def look_at(self, row: int) -> None:
        """Look at the pass of any row of the data, aside, at the weights reached."""
        self._debugger.move("look_at", row)
        self._window.tell_run(ASIDE.format(row + 1))

    @Slot()
    def search_back(self) -> None:
        """Go back to where a breakpoint held last, in slices where that takes long."""
        run, history = self._debugger.ready(), self._debugger.history
        if run is None or history is None:
            self._debugger.move("back", "term")  # says why there is no run
            return
        if run.guard is None or run.guard.idle:
            self._window.show_sentence("There is no breakpoint that is on: F9 sets one.")
            return
        history.leave(run)
        self._run, self._came_from = self._debugger.lend(), run.trainer.batches
        self._search = run.searching_back()
        self._search_slice()

    def _to_unit(self, verb: str, onwards: bool) -> None:
        scene = self._window.scene
        units, marks = scene.selected_units, scene.marks
        if len(units) == 1:
            self._debugger.move(verb, next(iter(units)), onwards=onwards)
        elif not units and marks is not None and marks.unit is not None:
            self._debugger.move(verb, marks.unit, onwards=onwards)
        else:
            self._window.show_sentence(WHICH_UNIT)

    @Slot()
    def _search_slice(self) -> None:
        """Look back for a slice of time; tell where that has led."""
        assert self._search is not None
        assert self._run is not None
        end = time.monotonic() + SLICE
        for _ in self._search:
            if time.monotonic() > end:
                if not self._timer.isActive():
                    self._timer.start()
                    self._escape.setEnabled(True)
                    self._window.tell_run(SEARCHING)
                return
        self._search = None
        self._timer.stop()
        self._escape.setEnabled(False)
        self._debugger.take_back()
        self._debugger.write_down(self._came_from)
        hit = self._run.hit
        said = "No breakpoint held before: this is the start."
        self._window.tell_run(said if hit is None else f"Back at a breakpoint: {hit.reason}.")
        self._debugger.show()

    @Slot()
    def _escaped(self) -> None:
        self._give_up()
        self._window.tell_run("")
        self._debugger.show()

    @Slot()
    def _give_up(self) -> None:
        """End a search; the run is where it was."""
        self._timer.stop()
        self._escape.setEnabled(False)
        if self._search is not None:
            self._search.close()
            self._search = None
            self._debugger.take_back()
