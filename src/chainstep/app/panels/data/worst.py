"""The menu of the examples that the net does worst on, each to be looked at by a click.

Which they are is found in `stepping.worst`; looking at one is the window's doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from chainstep.app.panels.rows import plain_tip
from chainstep.stepping.numbers import format_number

if TYPE_CHECKING:  # NumPy comes in with the run, after the first paint
    from chainstep.app.moment import Moment
    from chainstep.stepping.run import Run
    from chainstep.stepping.worst import Bad

MOST: Final = 6


class WorstMenu(QMenu):
    """Lists the worst examples of the training rows and of those held back.

    Signals: chosen(int): look at this row.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Worst Examples", parent)
        self._moment: Moment | None = None
        self.aboutToShow.connect(self._fill)
        self.triggered.connect(self._choose)

    def set_moment(self, moment: Moment) -> None:
        """List the examples at the weights of this moment, once it is opened."""
        self._moment = moment

    @Slot()
    def _fill(self) -> None:
        self.clear()
        moment = self._moment
        if moment is None or moment.run is None or moment.run.refused is not None:
            self.addAction("There is no error yet to compare").setEnabled(False)
            return
        held = moment.project.data.validation
        self._list(moment, moment.run, "Training rows" if held else "", moment.run.trainer.rows)
        if held:
            import numpy as np

            self._list(moment, moment.run, "Held-back rows", np.array(held, dtype=np.intp))

    def _list(self, moment: Moment, run: Run, title: str, rows: object) -> None:
        from chainstep.stepping.worst import worst

        if title:
            if not self.isEmpty():
                self.addSeparator()
            self.addAction(title).setEnabled(False)
        for bad in worst(run.trainer, rows, MOST):  # type: ignore[arg-type]
            action = self.addAction(_words(bad, moment.digits))
            action.setData(bad.row)
            action.setToolTip(plain_tip("Look at its pass, at the weights reached"))

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self.chosen.emit(int(action.data()))


def _words(bad: Bad, digits: int) -> str:
    said = f"example {bad.row + 1:,}  ·  E = {format_number(bad.error, digits)}"
    if bad.wrong:
        said += f"  ·  {bad.true} taken for {bad.given}"
    return said.replace("&", "&&")
