"""Reads a table beside the event loop, so that the window lives on; tells progress, can be stopped.

What is read and how is in `data.imports`; asking for it is `data_import`.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal

from chainstep.app.beside import Beside

if TYPE_CHECKING:  # NumPy comes in with it
    from chainstep.data.imports import Form, Imported, Plan
    from chainstep.engine.columns import Columns

#: Seconds between two reports.
_REPORT: Final = 0.05


class Reading(Beside):
    """One table being read.

    Signals: progressed(float): the share done. done, refused: as of any work beside; neither after
    an interruption.
    """

    progressed = Signal(float)

    def __init__(self, text: str, form: Form, plan: Plan, name: str) -> None:
        super().__init__(partial(self._read, text, form, plan, name))
        self._told = 0.0
        #: The arrays of what was read: made here, so that the run which is to come has them.
        self.columns: Columns | None = None

    def _read(self, text: str, form: Form, plan: Plan, name: str) -> Imported:
        from chainstep.data.imports import read
        from chainstep.engine.columns import columns_for

        found = read(text, form, plan, name, progress=self._progress)
        self.columns = columns_for(found.data)
        return found

    def _progress(self, share: float) -> bool:
        if time.monotonic() - self._told > _REPORT:
            self._told = time.monotonic()
            self.progressed.emit(share)
        return not self.isInterruptionRequested()
