"""The ways that examples come into a window: a file, the clipboard, a generator; each asks first.

The dialogs are `data_import` and `data_generate`; cells are typed and pasted in `panels`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from chainstep.app.document import Edit
from chainstep.app.settings import Settings
from chainstep.errors import ChainstepError, FileError

if TYPE_CHECKING:
    from chainstep.app.window import MainWindow

FILTER: Final = "Tables (*.csv *.tsv *.txt);;All files (*)"
_TABLES: Final = (".csv", ".tsv", ".txt", ".tab")
#: Endings of tables that hold a net and no examples.
_NETS: Final = ("_connections.csv", "_units.csv")


def is_table(path: Path) -> bool:
    """Whether a file holds examples; anything else that is dropped is a document or a model."""
    return path.suffix.lower() in _TABLES and not path.name.lower().endswith(_NETS)


class DataIn(QObject):
    """Opens the dialogs of one window. tell: a sentence to the user."""

    def __init__(self, window: MainWindow, tell: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window, self._tell, self._settings = window, tell, Settings()

    @Slot()
    def import_file(self) -> None:
        """Ask for a table, and how it is meant."""
        folder = str(self._settings.folder("table"))
        name, _ = QFileDialog.getOpenFileName(self._window, "Import Data", folder, FILTER)
        if name:
            self.import_path(Path(name))

    def import_path(self, path: Path) -> None:
        """Ask how a table is meant."""
        try:
            content = _content(path)
        except ChainstepError as refused:
            self._tell(str(refused))
            return
        self._settings.set_folder("table", path)
        self._ask(content, path.name)

    @Slot()
    def import_clipboard(self) -> None:
        """Ask how the table on the clipboard is meant."""
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self._ask(text, "The pasted table")
        else:
            self._tell("The clipboard holds no text: copy a table first.")

    @Slot()
    def generate(self) -> None:
        """Ask what to make."""
        from chainstep.app.dialogs.data_generate import DataGenerate

        dialog = DataGenerate(self._window.debugger.reached(), self._window)
        dialog.edited.connect(self._put)
        dialog.open()

    def _ask(self, content: bytes | str, name: str) -> None:
        from chainstep.app.dialogs.data_import import DataImport

        try:
            dialog = DataImport(self._window.debugger.reached(), content, name, self._window)
        except ChainstepError as refused:
            self._tell(str(refused))
            return
        dialog.edited.connect(self._put)
        dialog.told.connect(self._told)
        dialog.open()

    @Slot(str, object)
    def _put(self, text: str, edit: Edit) -> None:
        """Make the edit, and show all of a net that has followed it."""
        document = self._window.document
        before = document.project.network
        self._window.apply(text, edit)
        if len(document.project.network.units) != len(before.units):
            self._window.parts.view.fit()

    @Slot(str)
    def _told(self, sentence: str) -> None:
        if sentence:
            self._tell(sentence)


def _content(path: Path) -> bytes:
    """Return what a file holds, without reading more than a table may have."""
    from chainstep.data.tables import LARGEST_TABLE

    try:
        with path.open("rb") as file:
            return file.read(LARGEST_TABLE + 1)
    except OSError as error:
        raise FileError(f"{path.name} cannot be read ({error.strerror}): choose another.") from None
