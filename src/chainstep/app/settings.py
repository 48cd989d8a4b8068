"""What the program remembers between runs: window, recent files, folders, and the reader's taste.

A typed face over QSettings; whatever a damaged or foreign store holds reads as the default.
Not here: anything that belongs to a document (`Project.view`), and acting on a choice
(`theme.apply`, the window).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QByteArray, QCoreApplication, QSettings, QStandardPaths
from PySide6.QtWidgets import QMainWindow, QSplitter

from chainstep.app.look.theme import Mode

ORGANISATION = "Chainstep"
APPLICATION = "Chainstep"

STATE_VERSION = 1
"""Raise when docks or toolbars change, so that a stored arrangement of old ones is not restored."""

MAX_RECENT = 10


class Settings:
    """Reads and writes go straight through, so that two windows always agree.

    store: where to keep things; when left out, the application's own settings, and Chainstep's
    where the application has not been named.
    """

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store if store is not None else _own_store()

    # Taste

    @property
    def theme_mode(self) -> Mode:
        """Light, dark, or as the system (the default)."""
        text = self._text("look/theme")
        for mode in get_args(Mode):
            if text == mode:
                return mode  # type: ignore[no-any-return]
        return "system"

    @theme_mode.setter
    def theme_mode(self, mode: Mode) -> None:
        self._store.setValue("look/theme", mode)

    @property
    def reduced_motion(self) -> bool:
        """True when nothing should travel or grow on screen."""
        return self._text("look/reduced_motion") == "true"

    @reduced_motion.setter
    def reduced_motion(self, reduced: bool) -> None:
        self._store.setValue("look/reduced_motion", "true" if reduced else "false")

    @property
    def projector(self) -> bool:
        """True when everything is shown large, for a room."""
        return self._text("look/projector") == "true"

    @projector.setter
    def projector(self, large: bool) -> None:
        self._store.setValue("look/projector", "true" if large else "false")

    # Exercises

    @property
    def answers(self) -> tuple[int, int]:
        """How many numbers were asked for in all exercises, and how many were right at once."""
        asked, right = (self._count(f"exercise/{name}") for name in ("asked", "right"))
        return asked, min(right, asked)

    def count_answer(self, right: bool) -> None:
        """Count one more."""
        asked, before = self.answers
        self._store.setValue("exercise/asked", str(asked + 1))
        self._store.setValue("exercise/right", str(before + right))

    # Files

    def recent_files(self) -> list[Path]:
        """At most ten, newest first; files that are gone are kept, a disk may come back."""
        return [Path(text) for text in self._texts("files/recent")][:MAX_RECENT]

    def add_recent(self, path: str | os.PathLike[str]) -> None:
        """Put a file at the top of the list, once."""
        new = os.path.abspath(path)
        self._store_recent([new, *self._recent_without(new)][:MAX_RECENT])

    def clear_recent(self) -> None:
        """Empty the list."""
        self._store_recent([])

    def folder(self, kind: str) -> Path:
        """Where files of this kind (document, data, picture …) were last chosen.

        Falls back to the user's documents when nothing is stored or the folder is gone.
        """
        text = self._text(f"folders/{kind}")
        return Path(text) if text and os.path.isdir(text) else _documents()

    def set_folder(self, kind: str, path: str | os.PathLike[str]) -> None:
        """Remember the folder, or that of the file, for the next dialog of this kind."""
        chosen = os.path.abspath(path)
        folder = chosen if os.path.isdir(chosen) else os.path.dirname(chosen)
        self._store.setValue(f"folders/{kind}", folder)

    @property
    def export_format(self) -> str:
        """The ending of what was last exported, a picture's at first."""
        return self._text("files/export") or ".png"

    @export_format.setter
    def export_format(self, extension: str) -> None:
        self._store.setValue("files/export", extension)

    # Window

    @property
    def plots_out(self) -> list[str]:
        """The plots that stand on their own, by name."""
        return self._texts("window/plots_out")

    @plots_out.setter
    def plots_out(self, names: list[str]) -> None:
        self._store.setValue("window/plots_out", names)

    def save_window(self, window: QMainWindow) -> None:
        """Remember size, place, docks, toolbars and splitters; these need object names."""
        for splitter in window.findChildren(QSplitter):
            if splitter.objectName():
                self._store.setValue(f"splitter/{splitter.objectName()}", splitter.saveState())
        self._store.setValue("window/geometry", window.saveGeometry())
        self._store.setValue("window/state", window.saveState(STATE_VERSION))

    def restore_window(self, window: QMainWindow) -> bool:
        """Put a window back as it was; False when the arrangement is unknown or too old."""
        for splitter in window.findChildren(QSplitter):
            state = self._bytes(f"splitter/{splitter.objectName()}")
            if splitter.objectName() and not state.isEmpty():
                splitter.restoreState(state)
        geometry = self._bytes("window/geometry")
        if not geometry.isEmpty():
            window.restoreGeometry(geometry)
        return window.restoreState(self._bytes("window/state"), STATE_VERSION)

    # The store

    def _text(self, key: str) -> str:
        value = self._store.value(key)
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, str | int) else ""

    def _count(self, key: str) -> int:
        text = self._text(key)
        return int(text) if text.isascii() and text.isdigit() else 0

    def _texts(self, key: str) -> list[str]:
        """A list of texts; an INI file gives a single one back bare, and an empty one as None."""
        value = self._store.value(key)
        found = value if isinstance(value, list) else [value]
        return [item for item in found if isinstance(item, str) and item]

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _recent_without(self, path: str) -> list[str]:
        return [text for text in self._texts("files/recent") if not _same(text, path)]

    def _store_recent(self, paths: list[str]) -> None:
        self._store.setValue("files/recent", paths)


def _own_store() -> QSettings:
    if QCoreApplication.organizationName():
        return QSettings()
    return QSettings(ORGANISATION, APPLICATION)


def _same(one: str, other: str) -> bool:
    return os.path.normcase(one) == os.path.normcase(other)


def _documents() -> Path:
    found = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(found) if found and os.path.isdir(found) else Path.home()
