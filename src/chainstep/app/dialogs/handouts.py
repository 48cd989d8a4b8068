"""Derivations and worksheets out of the window, into files of the reader's choice.

What they say is decided in `lessons`; the PDF is painted by `pdf`. Here one is asked where to.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QInputDialog

from chainstep.errors import ChainstepError, NotRunnable

if TYPE_CHECKING:  # NumPy comes in with these, after the first paint
    from chainstep.app.window import MainWindow
    from chainstep.lessons.derivation import Derivation
    from chainstep.lessons.worksheet import Worksheet
    from chainstep.stepping.trace import Trace

#: Extension → what the dialog calls it; the first is the one suggested.
FORMATS: Final = {
    ".pdf": "PDF",
    ".html": "Web page",
    ".tex": "LaTeX",
    ".md": "Markdown",
    ".txt": "Plain text",
}
_WRITERS: Final = {".html": "html", ".tex": "latex", ".md": "markdown", ".txt": "text"}
_MOODLE: Final = {".gift": "Moodle GIFT"}
_LARGEST_SEED: Final = 999_999


class Handouts(QObject):
    """Exports of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    @Slot()
    def export_derivation(self) -> None:
        """Write out the pass of this example, or what is selected of it."""
        try:
            self._export_derivation()
        except ChainstepError as refused:
            self._window.notices.say(str(refused), "error")

    @Slot()
    def export_worksheet(self) -> None:
        """Write a worksheet with blanks, and its answer key beside it."""
        try:
            self._export_worksheet()
        except ChainstepError as refused:
            self._window.notices.say(str(refused), "error")

    def _export_derivation(self) -> None:
        from chainstep.lessons.derivation import derive
        from chainstep.stepping.formula.notation import notation_of

        selected = self._window.scene.selected_units
        notation = notation_of(self._window.document.project)
        derivation = derive(self._trace(), notation, selected or None)
        path = self._ask("Export Derivation", "derivation", FORMATS)
        if path is not None:
            write(derivation, path)
            self._window.show_sentence(f"Derivation saved as {path.name}.")

    def _export_worksheet(self) -> None:
        from chainstep.lessons.worksheet import worksheet
        from chainstep.stepping.formula.notation import notation_of

        trace = self._trace()
        seed, agreed = QInputDialog.getInt(
            self._window, "Export Worksheet",
            "Variant: each number from 1 draws weights of its own.\n0 keeps those of the net.",
            0, 0, _LARGEST_SEED,
        )  # fmt: skip
        if not agreed:
            return
        reached = self._window.debugger.reached()
        selected = sorted(self._window.scene.selected_units) or None
        notation = notation_of(self._window.document.project)
        made = worksheet(reached, trace.example, seed or None, 1.0, selected, notation)
        path = self._ask("Export Worksheet", "worksheet", {**FORMATS, **_MOODLE})
        if path is not None:
            self._write_worksheet(made, path)

    def _write_worksheet(self, made: Worksheet, path: Path) -> None:
        from chainstep.files import write_atomically
        from chainstep.lessons.worksheet import as_gift

        if path.suffix == ".gift":
            write_atomically(path, as_gift(made).encode())
            self._window.show_sentence(f"Questions saved as {path.name}.")
            return
        answers = _free(path.with_stem(f"{path.stem} answers"))
        write(made.sheet, path)
        write(made.key, answers)
        self._window.show_sentence(f"Worksheet saved as {path.name}, its key as {answers.name}.")

    def _trace(self) -> Trace:
        """Return the pass of the current example. Raises NotRunnable."""
        moment = self._window.debugger.moment()
        if moment.run is None or moment.training:
            reason = (
                moment.refusal or "Pause the training first: then there is a step to write out."
            )
            raise NotRunnable(reason)
        return moment.run.trace

    def _ask(self, title: str, name: str, formats: dict[str, str]) -> Path | None:
        filters = ";;".join(f"{text} (*{suffix})" for suffix, text in formats.items())
        folder = self._window.filing.folder()
        start = str(folder / f"{name}{next(iter(formats))}")
        chosen, kind = QFileDialog.getSaveFileName(self._window, title, start, filters)
        if not chosen:
            return None
        path = Path(chosen)
        if path.suffix.lower() in formats:
            return path
        suffix = next((s for s in formats if f"*{s})" in kind), next(iter(formats)))
        return path.with_name(path.name + suffix)


def write(derivation: Derivation, path: Path) -> None:
    """Write a derivation in the format of the extension. Raises FileError."""
    from chainstep.files import write_atomically
    from chainstep.lessons.writing import WRITERS

    suffix = path.suffix.lower()
    if suffix == ".pdf":
        from chainstep.app.dialogs.pdf import as_pdf

        write_atomically(path, as_pdf(derivation))
    else:
        write_atomically(path, WRITERS[_WRITERS[suffix]](derivation).encode())


def _free(path: Path) -> Path:
    """Return the path, or one with a number behind its name where there is a file already."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem} {number}")
    return free
