"""Work beside the event loop, so that the window lives on: one function called in a thread.

What needs the window's own thread, such as painting, is done in slices by whoever wants it; what
can be neither calls `live_on` between its parts.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final

from PySide6.QtCore import QCoreApplication, QEventLoop, QThread, QTimer, Signal, Slot

from chainstep.errors import ChainstepError

#: Seconds after which a thread at work lets the window's thread go on, and Python's usual ones:
#: painting asks to go on again and again, and waited as long each time.
SWITCH: Final = 0.0005
USUAL: Final = sys.getswitchinterval()
FAULT: Final = "Nothing was made: something went wrong inside Chainstep."


class Beside(QThread):
    """One function called in a thread; it lives until that is over, whoever still listens.

    Signals: done(object): what it returned. refused(str): why there is nothing. broke(object): a
    fault of our own, for the window's thread to raise.
    """

    done = Signal(object)
    refused = Signal(str)
    broke = Signal(object)
    _alive: ClassVar[set[Beside]] = set()

    def __init__(self, call: Callable[[], Any]) -> None:
        super().__init__()
        self._call = call
        self.broke.connect(self._raise)
        self.finished.connect(self._over)

    def begin(self) -> None:
        """Start.

        Nothing is collected meanwhile: the collector would run in the thread that happens to call
        it, and what it frees may be Qt's, which only the window's thread may touch.
        """
        self._alive.add(self)
        gc.disable()
        sys.setswitchinterval(SWITCH)
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
        except Exception as fault:  # who tells of it may touch the window, which a thread must not
            if not self.isInterruptionRequested():  # else it ends as was asked of it
                self.broke.emit(fault)
                self.refused.emit(FAULT)
        else:
            self.done.emit(made)

    @Slot(object)
    def _raise(self, fault: Exception) -> None:
        raise fault

    @Slot()
    def _await(self) -> None:
        self.wait()

    @Slot()
    def _over(self) -> None:
        """Let go of the thread, but not while Qt is still telling it of its own end."""
        self.wait()
        QTimer.singleShot(0, partial(_forget, self))


def _forget(over: Beside) -> None:
    Beside._alive.discard(over)
    if not Beside._alive:
        gc.enable()
        sys.setswitchinterval(USUAL)


def live_on() -> None:
    """Let the window paint in the midst of long work; what is clicked meanwhile waits."""
    QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
