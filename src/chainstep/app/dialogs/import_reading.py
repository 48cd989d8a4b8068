"""Reads a table beside the event loop, so that the window lives on; tells progress, can be stopped.

What is read and how is in `data.imports`; asking for it is `data_import`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QThread, Signal

from chainstep.errors import ChainstepError

if TYPE_CHECKING:  # NumPy comes in with it
    from chainstep.data.imports import Form, Plan

#: Seconds between two reports.
_REPORT: Final = 0.05


class Reading(QThread):
    """One table being read.

    Signals: progressed(float): the share done. done(object): what was made of it. refused(str):
    why there is nothing.
    """

    progressed = Signal(float)
    done = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QObject, text: str, form: Form, plan: Plan, name: str) -> None:
        super().__init__(parent)
        self._what = text, form, plan, name
        self._told = 0.0

    def run(self) -> None:
        """Read; called in the thread."""
        from chainstep.data.imports import Stopped, read

        try:
            found = read(*self._what, progress=self._progress)
        except Stopped:
            return
        except ChainstepError as error:
            self.refused.emit(str(error))
        else:
            self.done.emit(found)

    def _progress(self, share: float) -> bool:
        if time.monotonic() - self._told > _REPORT:
            self._told = time.monotonic()
            self.progressed.emit(share)
        return not self.isInterruptionRequested()
