"""Work on an export beside the event loop: files in a thread, films a frame at a time.

What is made is decided by the dialog; painting a frame needs the window's thread, packing does not.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any, ClassVar, Final

from PySide6.QtCore import QCoreApplication, QObject, QThread, QTimer, Signal, Slot

from chainstep.app.pictures.film import Making
from chainstep.errors import ChainstepError

#: Seconds of painting frames in one turn of the event loop.
SLICE: Final = 0.02


class Work(QThread):
    """One function called in a thread; it lives until that is over, whoever still listens.

    Signals: done(object): what it returned. refused(str): why there is nothing.
    """

    done = Signal(object)
    refused = Signal(str)
    _alive: ClassVar[set[Work]] = set()

    def __init__(self, call: Callable[[], Any]) -> None:
        super().__init__()
        self._call = call
        self.finished.connect(self._over)

    def begin(self) -> None:
        """Start.

        Nothing is collected meanwhile: the collector would run in the thread that happens to call
        it, and what it frees may be Qt's, which only the window's thread may touch.
        """
        self._alive.add(self)
        gc.disable()
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self._await)
        self.start()

    def run(self) -> None:
        """Call it; in the thread."""
        try:
            made = self._call()
        except ChainstepError as error:
            self.refused.emit(str(error))
        else:
            self.done.emit(made)

    @Slot()
    def _await(self) -> None:
        self.wait()

    @Slot()
    def _over(self) -> None:
        self.wait()
        self._alive.discard(self)
        if not self._alive:
            gc.enable()


class FilmWork(QObject):
    """Paints a film's frames in slices of the event loop, then packs them in a thread.

    Signals: progressed(float): the share done. done(object): what is to be written. refused(str):
    why there is nothing.
    """

    progressed = Signal(float)
    done = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QObject, making: Making) -> None:
        super().__init__(parent)
        self._making, self._next = making, 0
        self._packing: Work | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._paint_some)

    def start(self) -> None:
        """Begin."""
        self._timer.start()

    def stop(self) -> None:
        """End, with nothing made."""
        self._timer.stop()
        if self._packing is not None:
            self._packing.done.disconnect(self.done)
            self._packing.refused.disconnect(self.refused)

    @Slot()
    def _paint_some(self) -> None:
        began, count = time.perf_counter(), len(self._making.film)
        while self._next < count and time.perf_counter() - began < SLICE:
            self._making.add(self._next)
            self._next += 1
        self.progressed.emit(self._next / (count + 1))
        if self._next == count:
            self._timer.stop()
            self._packing = Work(self._making.finish)
            self._packing.done.connect(self.done)
            self._packing.refused.connect(self.refused)
            self._packing.begin()
