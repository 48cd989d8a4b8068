"""Derivations and worksheets out of the window, into files of the reader's choice.

What is wanted is asked by `handout_form`; what the files say is decided in `lessons`; the PDF is
painted by `pdf`. Here one is asked where to, and the files are written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from chainstep.app.beside import live_on
from chainstep.errors import ChainstepError, NotRunnable
from chainstep.stepping.formula.latex import latex

if TYPE_CHECKING:  # NumPy comes in with these, after the first paint
    from chainstep.app.dialogs.handout_form import Asked
    from chainstep.app.window import MainWindow
    from chainstep.lessons.derivation import Derivation
    from chainstep.stepping.trace import Trace

#: Extension → what the dialog calls it.
FORMATS: Final = {
    ".pdf": "PDF",
    ".html": "Web page",
    ".tex": "LaTeX",
    ".md": "Markdown",
    ".txt": "Plain text",
    ".gift": "Moodle GIFT",
}
_KINDS: Final = {"text": "text", "latex": "LaTeX", "picture": "a picture"}
_WRITERS: Final = {".html": "html", ".tex": "latex", ".md": "markdown", ".txt": "text"}


class Handouts(QObject):
    """Exports of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    @Slot()
    def export_derivation(self) -> None:
        """Write out the pass of this example, or what is selected of it."""
        self._export(worksheet=False)

    @Slot()
    def export_worksheet(self) -> None:
        """Write worksheets with blanks, and their answer key beside them."""
        self._export(worksheet=True)

    @Slot()
    def copy_step(self) -> None:
        """Copy this step's formula; the sender's name says how."""
        sender = self.sender()
        explanation = self._window.debugger.moment().explanation
        if sender is None or explanation is None or explanation.formula is None:
            self._window.show_sentence("There is no formula here to copy: take a step first.")
            return
        kind = sender.objectName().removeprefix("copied_")
        if kind == "picture":
            self._window.parts.chain_rule.formulas[0].copy_picture()
        else:
            text = f"{explanation.told}\n{explanation.text}"
            nodes = filter(None, (explanation.formula, explanation.numbers))
            code = "\n".join(f"\\[ {latex(node)} \\]" for node in nodes)
            QGuiApplication.clipboard().setText(text if kind == "text" else code)
        self._window.show_sentence(f"The step is on the clipboard as {_KINDS[kind]}.")

    def _export(self, worksheet: bool) -> None:
        try:
            asked = self._ask_what(worksheet)
            path = self._ask_where(asked, worksheet) if asked is not None else None
            if asked is not None and path is not None:
                self._window.show_sentence(_write_all(asked, path))
        except ChainstepError as refused:
            self._window.notices.say(str(refused), "error")

    def _ask_what(self, worksheet: bool) -> Asked | None:
        from chainstep.app.dialogs.handout_form import HandoutForm

        trace = self._trace()
        scene = self._window.scene
        selected = {*scene.selected_units, *(target for _, target in scene.selected_connections)}
        here = scene.marks.unit if scene.marks is not None else None
        part = selected or {here or ""}
        units = [unit.id for unit in trace.plan.network.units if unit.id in part]
        reached = self._window.debugger.reached()
        form = HandoutForm(trace, reached, units, worksheet, self._window)
        if not selected:
            form.choose_whole()
        form.exec()
        asked = form.asked
        form.deleteLater()
        return asked

    def _trace(self) -> Trace:
        """Return the pass of the current example. Raises NotRunnable."""
        moment = self._window.debugger.moment()
        if moment.run is None or moment.training:
            reason = (
                moment.refusal or "Pause the training first: then there is a step to write out."
            )
            raise NotRunnable(reason)
        return moment.run.trace

    def _ask_where(self, asked: Asked, worksheet: bool) -> Path | None:
        name = "worksheet" if worksheet else "derivation"
        if len(asked.pages) > 1:
            name = "worksheets"
        start = str(self._window.filing.folder() / f"{name}{asked.suffix}")
        kind = f"{FORMATS[asked.suffix]} (*{asked.suffix})"
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save", start, kind)
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix.lower() == asked.suffix else Path(f"{path}{asked.suffix}")


def _write_all(asked: Asked, path: Path) -> str:
    """Write what was asked for and return what to say of it. Raises FileError."""
    from chainstep.files import write_atomically

    if asked.suffix == ".gift":
        from chainstep.lessons.worksheet import as_gift

        write_atomically(path, as_gift(*asked.sheets).encode())
        return f"Questions saved as {path.name}."
    write(path, *asked.pages)
    if not asked.keys:
        return f"Derivation saved as {path.name}."
    answers = _free(path.with_stem(f"{path.stem} answers"))
    write(answers, *asked.keys)
    sheets = "Worksheet" if len(asked.pages) == 1 else f"{len(asked.pages)} worksheets"
    return f"{sheets} saved as {path.name}, the key as {answers.name}."


def write(path: Path, *derivations: Derivation) -> None:
    """Write derivations in the format of the extension. Raises FileError."""
    from chainstep.files import write_atomically
    from chainstep.lessons.writing import WRITERS

    suffix = path.suffix.lower()
    if suffix == ".pdf":
        from chainstep.app.dialogs.pdf import as_pdf

        write_atomically(path, as_pdf(*derivations, beat=live_on))
    else:
        write_atomically(path, WRITERS[_WRITERS[suffix]](*derivations).encode())


def _free(path: Path) -> Path:
    """Return the path, or one with a number behind its name where there is a file already."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem} {number}")
    return free
