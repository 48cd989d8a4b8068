"""A film or a picture made beside the event loop: painted in parts, packed in a thread.

Painting needs the window's thread, packing does not. What is made is decided by the dialog.
"""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from chainstep.app.beside import FAULT, Beside
from chainstep.app.pictures.film import Making
from chainstep.errors import ChainstepError

#: Seconds of painting in one turn of the event loop.
SLICE: Final = 0.02


class PaintWork(QObject):
    """Paints what is to be made in slices of the event loop, then packs them in a thread.

    Signals: progressed(float): the share done. done(object): what is to be written. refused(str):
    why there is nothing.
    """

    progressed = Signal(float)
    done = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QObject, making: Making) -> None:
        super().__init__(parent)
        self._making, self._next = making, 0
        self._packing: Beside | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._paint_some)

    def start(self) -> None:
        """Begin."""
        self._timer.start()

    def stop(self) -> None:
        """End, with nothing made."""
        self._timer.stop()
        if self._packing is None:
            self._making.drop()
        else:
            self._packing.done.disconnect(self.done)
            self._packing.refused.disconnect(self.refused)

    @Slot()
    def _paint_some(self) -> None:
        count = len(self._making)
        try:
            self._paint_slice(count)
        except ChainstepError as error:
            self._fail(str(error))
            return
        except Exception:
            self._fail(FAULT)
            raise
        self.progressed.emit(self._next / (count + 1))
        if self._next == count:
            self._timer.stop()
            self._packing = Beside(self._making.finish)
            self._packing.done.connect(self.done)
            self._packing.refused.connect(self.refused)
            self._packing.begin()

    def _paint_slice(self, count: int) -> None:
        began = time.perf_counter()
        while self._next < count and time.perf_counter() - began < SLICE:
            self._making.add(self._next)
            self._next += 1

    def _fail(self, sentence: str) -> None:
        self._timer.stop()  # or the same part would be tried again in every turn
        self.refused.emit(sentence)
