"""The ways that models come into a window: File › Import, a file that is dropped or opened.

Each is shown before it is opened (`dialogs.models`). Tables of examples come in by `data_in`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from chainstep import files
from chainstep.app.settings import Settings
from chainstep.errors import ChainstepError

if TYPE_CHECKING:
    from chainstep.app.window import MainWindow
    from chainstep.project import Project


def models_filter() -> str:
    """Return the line of a file dialog for what other programs write."""
    endings = " ".join(f"*{kind.extension}" for kind in files.FORMATS[1:] if kind.reads)
    return f"Models and weights ({endings})"


class ModelIn(QObject):
    """Imports of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._settings = window, Settings()

    @Slot()
    def import_file(self) -> None:
        """Ask for a model, and show what it holds."""
        filters = f"{models_filter()};;All files (*)"
        folder = str(self._settings.folder("model"))
        names, _ = QFileDialog.getOpenFileNames(self._window, "Import Model", folder, filters)
        for name in names:
            self.show(Path(name))

    def show(self, path: Path) -> None:
        """Show what a file holds; a file that is none of ours is refused at once."""
        from chainstep.app.dialogs.models.preview import ModelPreview

        try:
            files.format_of(path)
        except ChainstepError as refused:
            self._refuse(str(refused))
            return
        dialog = ModelPreview(path, self._window.debugger.reached(), self._window)
        dialog.opened.connect(self._open)
        dialog.edited.connect(self._window.apply)
        dialog.refused.connect(self._refuse)
        dialog.open()

    @Slot(object, object)
    def _open(self, project: Project, path: Path) -> None:
        self._settings.set_folder("model", path)
        self._settings.add_recent(path)
        if self._window.desk is not None:
            self._window.desk.open_project(project, title=path.stem)

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        self._window.notices.say(sentence, "error")
