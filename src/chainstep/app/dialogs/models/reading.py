"""Reads a model file beside the event loop, so that the window lives on.

What is read and how is in `files`; asking for it is `dialogs.model_in`, showing it `preview`.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QThread, Signal, Slot

from chainstep import files
from chainstep.errors import ChainstepError


class ModelReading(QThread):
    """One file being read; it lives until that is over, whoever still listens.

    Signals: read(object): the `files.Imported`. refused(str): why there is nothing.
    """

    read = Signal(object)
    refused = Signal(str)
    _alive: ClassVar[set[ModelReading]] = set()

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.finished.connect(self._over)

    def begin(self) -> None:
        """Start reading.

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
        """Read; called in the thread."""
        try:
            found = files.bring_in(self._path)
        except ChainstepError as error:
            self.refused.emit(str(error))
        else:
            self.read.emit(found)

    @Slot()
    def _await(self) -> None:
        self.wait()

    @Slot()
    def _over(self) -> None:
        self.wait()
        self._alive.discard(self)
        if not self._alive:
            gc.enable()
