"""While something long runs: a bar on stderr where that is a terminal, and Ctrl+C kept in mind.

Only shows and listens; what runs is in `training`.
"""

import os
import shutil
import signal
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Final, Self

from chainstep.stepping.numbers import format_number

#: Seconds between two looks of the bar.
PAUSE: Final = 0.1
WIDEST: Final = 40


class Interrupts:
    """Takes Ctrl+C as a wish that is asked for between two updates; the second one insists."""

    def __init__(self) -> None:
        self._wished = False
        self._before: Any = None

    def __enter__(self) -> Self:
        """Listen, where this thread may."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._heard)
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave Ctrl+C as it was."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def asked(self) -> bool:
        """Tell whether Ctrl+C was pressed."""
        return self._wished

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        if self._wished:
            raise KeyboardInterrupt
        self._wished = True


class Bar:
    """A bar of epochs with the loss, on one line that goes away again."""

    def __init__(self, epochs: int) -> None:
        self._epochs = max(epochs, 1)
        self._on = sys.stderr is not None and sys.stderr.isatty()
        self._on = self._on and os.environ.get("TERM") != "dumb"
        self._next = 0.0

    def __enter__(self) -> Self:
        """Nothing is shown before the first epoch is done."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Wipe the line."""
        if self._on and self._next:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def show(self, epoch: int, loss: float) -> None:
        """Show how far it is, unless that was shown just now."""
        now = time.monotonic()
        if not self._on or now < self._next:
            return
        self._next = now + PAUSE
        sys.stderr.write(f"\r{self.line(epoch, loss, shutil.get_terminal_size().columns)}\x1b[K")
        sys.stderr.flush()

    def line(self, epoch: int, loss: float, columns: int) -> str:
        """Return the line, never as wide as the terminal."""
        share = min(epoch / self._epochs, 1.0)
        words = f" {share:4.0%}  epoch {epoch} of {self._epochs}  loss {format_number(loss)}"
        size = min(WIDEST, columns - len(words) - 1)
        done = round(share * size)
        bar = "█" * done + "░" * (size - done) if size > 4 else ""
        return (bar + words)[: max(columns - 1, 0)]
