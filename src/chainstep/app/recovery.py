"""Recovery copies: what was edited survives a kill or a power cut.

A copy is written one second after the first change that no copy holds yet, and now and then while
a run trains, beside the event loop and beside a lock that the process holds. A copy whose lock can
be taken belongs to a process that is gone: it is offered at the next start, and stays, under the
lock of the process that offers it, until the offer is answered.
"""

import contextlib
import json
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, QStandardPaths, QTimer, Slot

from chainstep.app.beside import Beside
from chainstep.errors import ChainstepError
from chainstep.files.atomic import write_atomically

#: Milliseconds from a change to the copy that holds it; with the writing well within two seconds.
DELAY: Final = 1000
#: The same while a run trains.
TRAINING: Final = 10_000
#: The title of a copy that does not say what it is of.
UNKNOWN: Final = "Untitled"


@dataclass(frozen=True)
class Orphan:
    """A copy left behind. content: the document's bytes; path: where it was stored, if anywhere.

    As long as this lives, no other process offers the copy; it is on the disk until `forget`.
    """

    content: bytes
    path: Path | None
    title: str
    _base: Path
    _lock: QLockFile

    def forget(self) -> None:
        """Remove the copy: its offer was answered."""
        _remove(self._base)
        self._lock.unlock()


class RecoveryCopy(QObject):
    """Keeps the copy of one window's document.

    taken: called when a copy is due, for what makes its bytes of the document as it is then; that
    is called in a thread.
    """

    def __init__(
        self, taken: Callable[[], Callable[[], bytes]], parent: QObject | None = None
    ) -> None:
        """Nothing is written before the first change."""
        super().__init__(parent)
        self._taken = taken
        self._writing: Beside | None = None
        self._path: Path | None = None
        self._title = ""
        self._base = folder() / uuid.uuid4().hex
        self._lock: QLockFile | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._begin)

    def schedule(self, path: Path | None, title: str, training: bool = False) -> None:
        """A change was made; write soon, however fast other changes follow.

        training: it is one of many that a run makes by itself, and may wait a little longer.
        """
        self._path, self._title = path, title
        delay = TRAINING if training else DELAY
        if not self._timer.isActive() or self._timer.remainingTime() > delay:
            self._timer.start(delay)

    def write(self) -> None:
        """Write the copy now, and return when it is there."""
        self._settle()
        with contextlib.suppress(ChainstepError, OSError):
            self._hold()
            self._written()()

    @Slot()
    def _begin(self) -> None:
        """Write the copy beside the event loop; the one before it is first to be done."""
        if self._writing is not None and self._writing.isRunning():
            self._timer.start(DELAY)
            return
        with contextlib.suppress(ChainstepError, OSError):
            self._hold()
            self._writing = Beside(self._written())
            self._writing.finished.connect(self._is_written)
            self._writing.begin()

    @Slot()
    def _is_written(self) -> None:
        """Let go of the thread that is done, unless another one writes already."""
        if self._writing is not None and self._writing.isFinished():
            self._writing = None

    def _written(self) -> Callable[[], None]:
        """Return what writes the copy of now, in any thread."""
        origin = {"path": str(self._path) if self._path else None, "title": self._title}
        return partial(_write, self._base, json.dumps(origin).encode(), self._taken())

    def _hold(self) -> None:
        """Take the lock."""
        if self._lock is None:
            self._base.parent.mkdir(parents=True, exist_ok=True)
            self._lock = QLockFile(f"{self._base}.lock")
            self._lock.setStaleLockTime(0)
            self._lock.tryLock(0)

    def _settle(self) -> None:
        """Nothing is to be written any more, nor on its way."""
        self._timer.stop()
        if self._writing is not None:
            self._writing.wait()
            self._writing = None

    def discard(self) -> None:
        """The document was saved, or closed on purpose: no copy is needed."""
        self._settle()
        _remove(self._base)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None


def folder() -> Path:
    """Return where recovery copies live."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(place) / "recovery"


def take_orphans() -> tuple[Orphan, ...]:
    """Return the copies of processes that are gone, each only to the first who asks."""
    return tuple(_take(folder())) if folder().is_dir() else ()


def _take(place: Path) -> Iterator[Orphan]:
    for copy in sorted(place.glob("*.chainstep")):
        base = copy.with_suffix("")
        lock = QLockFile(f"{base}.lock")
        lock.setStaleLockTime(0)
        if not lock.tryLock(0):
            continue
        with contextlib.suppress(OSError):
            yield Orphan(copy.read_bytes(), *_origin(base.with_suffix(".origin")), base, lock)


def _origin(file: Path) -> tuple[Path | None, str]:
    """Return where a copy belongs; the work matters more than its name, which may be lost."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        path, title = found["path"], found["title"]
    except (OSError, ValueError, LookupError, TypeError):
        return None, UNKNOWN
    here = Path(path) if isinstance(path, str) and path else None
    return here, title if isinstance(title, str) and title else UNKNOWN


def _write(base: Path, origin: bytes, content: Callable[[], bytes]) -> None:
    """Write a copy. A full disk must not disturb the work: then there is no copy."""
    with contextlib.suppress(ChainstepError, OSError):
        write_atomically(base.with_suffix(".origin"), origin)
        write_atomically(base.with_suffix(".chainstep"), content())


def _remove(base: Path) -> None:
    for suffix in (".chainstep", ".origin"):
        with contextlib.suppress(OSError):
            os.unlink(base.with_suffix(suffix))
