"""Sets aside what is there to last, so that a garbage collection looks only at what came since.

A full collection goes through every object there is: the modules, the windows, a large net. That
took as long as several frames, and came in the middle of a step.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot

#: Milliseconds after a window has come or gone: by then it is painted, and its run is there.
SETTLED: Final = 1000


class Lasting(QObject):
    """Tells the collector what lasts, whenever windows have come or gone."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.freeze()  # the modules
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(SETTLED)
        self._quiet.timeout.connect(self._set_aside)

    def window_opened(self) -> None:
        """Set it aside with all that it is made of, once it has settled."""
        self._quiet.start()

    def window_closed(self) -> None:
        """Let the collector have what it leaves behind; the rest is set aside anew."""
        gc.unfreeze()
        self._quiet.start()

    @Slot()
    def _set_aside(self) -> None:
        gc.collect()
        gc.freeze()
