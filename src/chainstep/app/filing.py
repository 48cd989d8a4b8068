"""Files of one window: open, save, the question on closing, and what happens on the disk.

The document itself is in `document`, its recovery copy in `recovery`; windows are made by `main`.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from chainstep import files
from chainstep.app.bars.notice import NoticeBar
from chainstep.app.dialogs.model_in import models_filter
from chainstep.app.document import Document
from chainstep.app.recovery import RecoveryCopy
from chainstep.app.settings import Settings
from chainstep.errors import ChainstepError
from chainstep.files import document as document_format
from chainstep.project import Project

DOCUMENT: Final = ".chainstep"
FILTER: Final = "Chainstep documents (*.chainstep)"
#: What some system does not take in the name of a file, with the spaces round it.
_NOT_IN_NAMES: Final = re.compile(r'\s*[<>:"/\\|?*\x00-\x1f]+\s*')
_Button = QMessageBox.StandardButton


class Filing(QObject):
    """Saves and asks. settle: called before a save or a reload, to keep the weights reached."""

    def __init__(
        self,
        window: QWidget,
        document: Document,
        notices: NoticeBar,
        settle: Callable[[], None],
        reached: Callable[[], Project],
    ) -> None:
        """reached: called for what a recovery copy should hold."""
        super().__init__(window)
        self._window, self._document, self._notices = window, document, notices
        self._settle, self._settings = settle, Settings()
        self._reached = reached
        self._told = ""
        self.copy = RecoveryCopy(self._to_copy, self)
        document.overtaken.connect(self._overtaken)

    @Slot()
    def save(self) -> bool:
        """Save where it is stored, or ask where; return whether it is saved."""
        path = self._document.path
        return self.save_as() if path is None else self._write(path)

    @Slot()
    def save_as(self) -> bool:
        """Ask where, and save there; return whether it is saved."""
        start = self._document.path or self._settings.folder("document") / self._suggested()
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save As", str(start), FILTER)
        if not chosen:
            return False
        path = _with_extension(Path(chosen))
        if str(path) != chosen and path.exists() and not self.may_replace(path):
            return False
        return self._write(path) if is_document(path) else self._export_to(path)

    def folder(self) -> Path:
        """Return where files of this document go: beside it, or where the last one went."""
        path = self._document.path
        return path.parent if path is not None else self._settings.folder("document")

    def may_close(self, modified: bool) -> bool:
        """Ask what to do with unsaved work; return whether the window may go."""
        if modified:
            answer = self._ask_unsaved()
            if not (answer == _Button.Discard or (answer == _Button.Save and self.save())):
                return False
        self.copy.discard()
        return True

    def note_change(self, training: bool = False) -> None:
        """Something is not on the disk yet: keep a recovery copy of it. training: it goes on."""
        self.copy.schedule(self._document.path, self._document.title, training)

    def ask_open(self) -> list[Path]:
        """Ask which files to open."""
        folder = str(self._settings.folder("document"))
        filters = f"{FILTER};;{models_filter()};;All files (*)"
        chosen, _ = QFileDialog.getOpenFileNames(self._window, "Open", folder, filters)
        return [Path(name) for name in chosen]

    def _export_to(self, path: Path) -> bool:
        """Write a copy in another format; the document stays where it is stored."""
        try:
            files.save(self._reached(), path)
        except ChainstepError as error:
            self._notices.say(str(error), "error")
            return False
        self._settings.set_folder("export", path)
        self._notices.say(f"Exported to {path.name}.", "info", timeout_ms=5000)
        return True

    def _to_copy(self) -> Callable[[], bytes]:
        return partial(document_format.dumps, self._reached())

    def stem(self) -> str:
        """Return what a file of this document is called, without ending."""
        return Path(self._suggested()).stem

    def _suggested(self) -> str:
        stem = _NOT_IN_NAMES.sub(" ", self._document.title).strip() or "Untitled"
        return stem if stem.endswith(".chainstep") else f"{stem}.chainstep"

    def _write(self, path: Path) -> bool:
        self._settle()
        try:
            self._document.save(path)
        except ChainstepError as error:
            self._notices.say(str(error), "error")
            return False
        if self._notices.kind == "error":
            self._notices.dismiss()  # it is over what it told
        self._notices.withdraw(self._told)
        self._settings.add_recent(path)
        self._settings.set_folder("document", path)
        self.copy.discard()
        return True

    def may_replace(self, path: Path) -> bool:
        """Ask before a file is replaced that the dialog did not ask about."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Replace “{path.name}”?")
        box.setInformativeText(f"There is a file of this name in {path.parent} already.")
        box.setStandardButtons(_Button.Save | _Button.Cancel)
        answer = _Button(box.exec())
        box.deleteLater()
        return answer == _Button.Save

    def _ask_unsaved(self) -> QMessageBox.StandardButton:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Save the changes to “{self._document.title}”?")
        lost = "what was changed since the last save" if self._document.path else "all of it"
        box.setInformativeText(f"Without saving, {lost} is lost.")
        box.setStandardButtons(_Button.Save | _Button.Discard | _Button.Cancel)
        box.setDefaultButton(_Button.Save)
        answer = _Button(box.exec())
        box.deleteLater()
        return answer

    @Slot()
    def _overtaken(self) -> None:
        self._told = f"{self._document.title} was changed on the disk by another program."
        self._notices.say(
            self._told,
            "warning",
            [("Reload", self._reload), ("Keep mine", self._document.mark_modified)],
        )

    @Slot()
    def _reload(self) -> None:
        path = self._document.path
        if path is None:
            return
        try:
            fresh = files.load(path)
        except ChainstepError as error:
            self._notices.say(str(error), "error")
            return
        self._settle()  # undo leads back to one's own, training and all
        self._document.apply(f"Reload {path.name}", lambda _old: fresh)
        self._document.mark_stored()
        self.copy.discard()


def _with_extension(path: Path) -> Path:
    """Return the name with a known extension; a dot as in "rate 0.5" is none."""
    known = {kind.extension for kind in files.FORMATS if kind.writes}
    return path if path.suffix.lower() in known else path.with_name(f"{path.name}.chainstep")


def is_document(path: Path) -> bool:
    """Whether a file is Chainstep's own, which a window may save back to."""
    return path.suffix.lower() == DOCUMENT
