"""Export from a window: opens the dialog, asks where to, and says what was written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from chainstep.app.lighting import marks_of
from chainstep.app.settings import Settings

if TYPE_CHECKING:
    from chainstep.app.window import MainWindow
    from chainstep.files import Format


class Exports(QObject):
    """Exports of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._settings = window, Settings()

    @Slot()
    def export(self) -> None:
        """Ask what the net is to go out as, with the weights reached."""
        from chainstep.app.dialogs.export.dialog import ExportDialog

        window = self._window
        window.debugger.pause()
        moment = window.debugger.moment()
        example = 0 if moment.run is None else moment.run.cursor.row
        project = window.editing.settled(window.debugger.reached())
        dialog = ExportDialog(project, example, marks_of(moment), self._ask, window)
        dialog.written.connect(self._written)
        dialog.choose(self._settings.export_format)
        dialog.open()

    def _ask(self, kind: Format) -> Path | None:
        """Ask where a file is to go, its ending given."""
        stem = self._window.filing.stem()
        if kind.group == "program":  # so that other programs can import it
            stem = re.sub(r"\W+", "_", stem).strip("_").lower()
        start = self._settings.folder("export") / f"{stem}{kind.extension}"
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, f"Export as {kind.name}", str(start), f"{kind.name} (*{kind.extension})"
        )
        if not chosen:
            return None
        path = Path(chosen)
        if not path.name.lower().endswith(kind.extension):
            path = path.with_name(path.name + kind.extension)
            if path.exists() and not kind.folder and not self._window.filing.may_replace(path):
                return None
        self._settings.export_format = kind.extension
        return path

    @Slot(object)
    def _written(self, path: Path) -> None:
        self._settings.set_folder("export", path.parent)
        self._window.notices.say(f"Exported to {path.name}.", "info", timeout_ms=5000)
