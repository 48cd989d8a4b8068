"""The gradient check of a window: on demand, and unasked after a change where it is quick.

What is checked and how is in `stepping.gradient_check`; where it is shown, in `status_line`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot

from chainstep.app.bars.status_line import StatusLine
from chainstep.app.moment import Moment
from chainstep.errors import ChainstepError
from chainstep.project import Project

#: Up to this many connections times rows the gradients are checked unasked …
UNASKED: Final = 2000
#: … this many milliseconds after the last change.
DELAY: Final = 300


class Checking(QObject):
    """Compares every derivative with central differences, and says how it went.

    reached: called for the project with the weights reached. moment: for what is shown now.
    """

    def __init__(
        self,
        status: StatusLine,
        reached: Callable[[], Project],
        moment: Callable[[], Moment],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._status, self._reached, self._moment = status, reached, moment
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self._unasked)

    def soon(self) -> None:
        """Something changed: check when it is quiet."""
        self._timer.start()

    @Slot()
    def check(self) -> None:
        """Check now."""
        from chainstep.stepping.why.gradient_check import check

        try:
            found = check(self._reached())
        except ChainstepError as refused:
            self._status.set_check(None, None)
            self._status.flash(str(refused))
            return
        self._status.set_check(found.worst, found.passed)

    @Slot()
    def _unasked(self) -> None:
        moment = self._moment()
        project = moment.project
        size = len(project.network.connections) * max(1, len(project.data.inputs))
        self._status.set_check(None, None)
        if moment.run is not None and moment.refusal is None and size <= UNASKED:
            self.check()
