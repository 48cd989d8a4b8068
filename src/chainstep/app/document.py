"""The document: one project value, where it is stored, and the undo stack that swaps it.

There is one undo command: this project for that one. Reading and writing is in `files`, recovery
copies in `recovery`, what is asked of the user in `filing`.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from chainstep import files
from chainstep.app.look import plain
from chainstep.project import Project

Edit = Callable[[Project], Project]

#: Swaps of one kind that follow each other within so many seconds are one undo step.
MERGE_WITHIN: Final = 1.0
#: Milliseconds without another change on the disk, after which a file is looked at.
SETTLED: Final = 150
_UNDO_LIMIT: Final = 500


class Swap(QUndoCommand):
    """This project for that one; the only undo command there is."""

    def __init__(
        self, document: "Document", text: str, before: Project, after: Project, merges: bool
    ) -> None:
        """merges: whether the same thing done again soon is part of this step."""
        super().__init__(plain.menu_text(text))
        self._document, self._before, self._after = document, before, after
        self._merges, self._at = merges, time.monotonic()

    def redo(self) -> None:
        """Put the later project in place."""
        self._document.put(self._after)

    def undo(self) -> None:
        """Put the earlier project in place."""
        self._document.put(self._before)

    def end(self, way: int) -> Project:
        """Return the earlier (−1) or the later (1) project."""
        return self._before if way < 0 else self._after

    def id(self) -> int:
        """Swaps may merge with one another; -1 for one that stands alone."""
        return 1 if self._merges else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take in the same thing done again within a second."""
        if not isinstance(other, Swap) or other.text() != self.text():
            return False
        if other._at - self._at > MERGE_WITHIN:
            return False
        self._after, self._at = other._after, other._at
        return True


class Document(QObject):
    """A project under edit.

    Signals:
        changed(Project before, Project after): the value was swapped.
        state_changed(): the path, the name, or whether there is something to save.
        overtaken(): the file on disk is no longer the one that was read or written.
    """

    changed = Signal(object, object)
    state_changed = Signal()
    overtaken = Signal()

    def __init__(
        self,
        project: Project,
        path: Path | None = None,
        title: str = "",
        parent: QObject | None = None,
    ) -> None:
        """title: shown while there is no path, such as the name of an example."""
        super().__init__(parent)
        self._project, self._path, self._title = project, path, title
        self._dirty = False
        self._digest = _digest(path)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(_UNDO_LIMIT)
        self.undo_stack.cleanChanged.connect(self._tell)
        self._watcher = QFileSystemWatcher(self)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLED)
        self._settling.timeout.connect(self._compare)
        self._watcher.fileChanged.connect(self._file_touched)
        self._watcher.directoryChanged.connect(self._file_touched)
        self._watch()

    @property
    def project(self) -> Project:
        """The value as it stands."""
        return self._project

    @property
    def path(self) -> Path | None:
        """Where it is stored, None before the first save."""
        return self._path

    @property
    def title(self) -> str:
        """The name to show."""
        return self._path.name if self._path else (self._title or "Untitled")

    @property
    def modified(self) -> bool:
        """Whether there is something to save."""
        return self._dirty or not self.undo_stack.isClean()

    def apply(self, text: str, edit: Edit, merges: bool = False) -> None:
        """Edit as one undo step. Raises what the edit raises, and then changes nothing."""
        before = self._project
        after = edit(before)
        if after is not before:
            self.undo_stack.push(Swap(self, text, before, after, merges))

    def neighbour(self, way: int) -> Project | None:
        """Return what undo (−1) or redo (1) would put in place, None where there is nothing."""
        index = self.undo_stack.index() - (1 if way < 0 else 0)
        swap = self.undo_stack.command(index) if 0 <= index < self.undo_stack.count() else None
        return swap.end(way) if isinstance(swap, Swap) else None

    def put(self, project: Project) -> None:
        """Swap the value; only undo commands call this."""
        before, self._project = self._project, project
        self.changed.emit(before, project)

    def save(self, path: Path | None = None) -> None:
        """Write to `path`, or to where it is stored. Raises FileError; then nothing changed."""
        target = path or self._path
        assert target is not None, "the window asks for a name first"
        files.save(self._project, target, keep_backup=True)
        self._path = target
        self._digest = _digest(target)
        self._watch()
        self.mark_stored()

    def mark_stored(self) -> None:
        """Count as what the file holds, as after a save."""
        self._dirty = False
        self.undo_stack.setClean()
        self.state_changed.emit()

    def mark_modified(self) -> None:
        """Count as modified whatever the undo stack says, as after a recovery."""
        self._dirty = True
        self.state_changed.emit()

    def close(self) -> None:
        """Stop watching; the undo stack tells nobody any more while it goes."""
        self.undo_stack.cleanChanged.disconnect(self._tell)
        self._watcher.fileChanged.disconnect(self._file_touched)
        self._watcher.directoryChanged.disconnect(self._file_touched)
        self._settling.stop()
        # The commands go while all is well: left to the garbage collector, the stack may be torn
        # down after them and free them twice.
        self.undo_stack.clear()

    @Slot()
    def _tell(self) -> None:
        self.state_changed.emit()

    @Slot(str)
    def _file_touched(self, _path: str) -> None:
        """Look when it is quiet: another program may write in several goes."""
        self._watch()
        self._settling.start()

    @Slot()
    def _compare(self) -> None:
        self._watch()
        now = _digest(self._path)
        if now is not None and now != self._digest:
            self._digest = now
            self.overtaken.emit()

    def _watch(self) -> None:
        """Watch the file, or the folder while the file is gone; a replaced file is a new one."""
        watched = {*self._watcher.files(), *self._watcher.directories()}
        wanted = {str(place) for place in self._places() if place.exists()}
        if watched - wanted:
            self._watcher.removePaths(sorted(watched - wanted))
        if wanted - watched:
            self._watcher.addPaths(sorted(wanted - watched))

    def _places(self) -> tuple[Path, ...]:
        if self._path is None:
            return ()
        return (self._path,) if self._path.exists() else (self._path.absolute().parent,)


def _digest(path: Path | None) -> bytes | None:
    try:
        return None if path is None else hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None


def same_examples(before: Project, after: Project) -> bool:
    """Whether two projects learn the same rows by the same error."""
    same_rows = (
        before.data.inputs is after.data.inputs and before.data.targets is after.data.targets
    )
    return same_rows and before.data == after.data and before.loss == after.loss
