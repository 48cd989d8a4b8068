"""The gradient check of a window: on demand, and unasked after a change where it is quick.

What is checked and how is in `stepping.why.gradient_check`; where it is shown, in
`bars.status_line`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Slot

from chainstep.app.moment import Moment
from chainstep.app.window_layout import Parts
from chainstep.errors import ChainstepError
from chainstep.project import Project

if TYPE_CHECKING:  # NumPy comes in with it, after the first paint
    from chainstep.engine.activations import Array
    from chainstep.stepping.why.gradient_check import Checked, Walk

#: Up to this many connections times rows the gradients are checked unasked …
UNASKED: Final = 2000
#: … this many milliseconds after the last change.
DELAY: Final = 300
#: Seconds of checking between two events.
SLICE: Final = 0.015


class Checking(QObject):
    """Compares every derivative with central differences, and says how it went.

    reached: called for the project with the weights reached. moment: for what is shown now.
    """

    def __init__(
        self,
        parts: Parts,
        reached: Callable[[], Project],
        moment: Callable[[], Moment],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._parts, self._reached, self._moment = parts, reached, moment
        self._status = parts.status
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self._unasked)
        self._walk: Walk | None = None
        self._rows: list[Checked] = []
        #: The weights at which a check failed.
        self._failed_at: Array | None = None
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.timeout.connect(self._go_on)

    @Slot()
    def show(self) -> None:
        """Check now, and show every derivative of this example with its mark."""
        self.check()
        self._parts.show_check()

    def soon(self) -> None:
        """Something changed: check when it is quiet."""
        self._slices.stop()
        self._timer.start()

    def arrive(self, moment: Moment) -> None:
        """A moment is shown: a check that failed at other weights says nothing of these."""
        failed, run = self._failed_at, moment.run
        if failed is None or run is None or moment.training or run.trainer.theta is failed:
            return
        self._failed_at = None
        self.soon()

    @Slot()
    def check(self) -> None:
        """Check now; what takes long goes on in slices, and ends with the next change."""
        from chainstep.stepping.why.gradient_check import Walk

        try:
            self._walk, self._rows = Walk(self._reached()), []
        except ChainstepError as refused:
            self._status.set_check(None, None)
            self._status.flash(str(refused))
            return
        self._slices.start()
        self._go_on()

    @Slot()
    def _go_on(self) -> None:
        assert self._walk is not None
        end = time.monotonic() + SLICE
        for row in self._walk:
            self._rows.append(row)
            if time.monotonic() > end:
                self._status.set_checking(len(self._rows) / self._walk.count)
                return
        self._slices.stop()
        from chainstep.stepping.why.gradient_check import GradientCheck

        found, run = GradientCheck(tuple(self._rows)), self._moment().run
        self._failed_at = None if found.passed or run is None else run.trainer.theta
        self._status.set_check(found.worst, found.passed)

    @Slot()
    def _unasked(self) -> None:
        moment = self._moment()
        project = moment.project
        size = len(project.network.connections) * max(1, len(project.data.inputs))
        self._status.set_check(None, None)
        if moment.run is not None and moment.refusal is None and size <= UNASKED:
            self.check()
