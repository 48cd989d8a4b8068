"""When Chainstep itself is at fault: write it down, keep the work, say so calmly.

What a user can do wrong is a `ChainstepError` and never comes here.
"""

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QStandardPaths

SENTENCE = (
    "Something went wrong inside Chainstep; your work is untouched and a recovery copy is kept. "
    "What happened is written to {log}."
)


def log_path() -> Path:
    """Return where faults are written down."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(place) / "faults.log"


class Mishaps:
    """The last resort for exceptions. tell: called with the sentence for the user."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._log = logging.Logger("chainstep.faults")

    def install(self) -> None:
        """Take every exception that nobody caught, from slots too."""
        sys.excepthook = self.caught

    def caught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Write the fault down and tell the user."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        path = log_path()
        try:
            self._write(path, "".join(traceback.format_exception(kind, error, trace)))
        except OSError:
            sys.__excepthook__(kind, error, trace)
        self._tell(SENTENCE.format(log=path))

    def _write(self, path: Path, text: str) -> None:
        from logging.handlers import RotatingFileHandler  # sockets and all: only when it is needed

        if not self._log.handlers:
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(path, maxBytes=200_000, backupCount=1, encoding="utf-8")
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            self._log.addHandler(handler)
        self._log.error(text)
