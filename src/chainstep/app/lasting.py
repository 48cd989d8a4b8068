"""Sets aside what is there to last, so that a garbage collection looks only at what came since.

A full collection goes through every object there is: the modules, the windows, a large net. That
took as long as several frames, and came in the middle of a step.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot

#: Milliseconds after a window has come: by then it is painted, and its run is there.
SETTLED: Final = 1000


class Lasting(QObject):
    """Tells the collector what lasts: all there is, from a window's coming to the next going."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.freeze()  # the modules
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(SETTLED)
        self._quiet.timeout.connect(self._set_aside)

    def window_opened(self) -> None:
        """Set all windows aside with what they are made of, once the new one has settled."""
        self._quiet.start()

    def window_closed(self) -> None:
        """Let the collector have everything again; it comes when Python thinks it is time."""
        self._quiet.stop()
        gc.unfreeze()

    @Slot()
    def _set_aside(self) -> None:
        gc.freeze()  # no collection before: in the middle of Qt's own clearing up it can crash
