"""The dialog: a list of formats, a preview of what goes out, what it cannot say, and how.

Files are made in a thread (`app.beside`), films and pictures in slices of the event loop, see
`making`, so that the window lives on; a picture's preview is painted at once, it is quick.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from chainstep import files
from chainstep.app.beside import Beside
from chainstep.app.dialogs.export.chooser import Chooser
from chainstep.app.dialogs.export.making import PaintWork
from chainstep.app.dialogs.export.options import Options
from chainstep.app.dialogs.export.preview import Preview
from chainstep.app.panels.rows import plain_label, set_role
from chainstep.app.settings import Settings
from chainstep.errors import ChainstepError
from chainstep.files import FORMATS, Format
from chainstep.network.model import Network
from chainstep.project import Project

if TYPE_CHECKING:  # NumPy comes in with it
    from chainstep.app.canvas.marks import Marks
    from chainstep.app.pictures.film import Film, Making

#: A preview is never wider, in pixels, and never has more connections: the strongest.
_PREVIEW: Final = 1400
_MOST_WIRES = 4_000
STILLS: Final = (".png", ".svg", ".pdf")
FILMS: Final = (".gif", "_frames")


class ExportDialog(QDialog):
    """Asks what a project is to go out as, and makes it.

    Signals: written(Path): it lies there now.
    """

    written = Signal(object)

    def __init__(
        self,
        project: Project,
        example: int,
        marks: Marks | None,
        ask: Callable[[Format], Path | None],
        parent: QWidget | None = None,
    ) -> None:
        """example: the row of the data on screen. marks: what is lit, None where nothing is.

        ask: where a file of a format is to go, None where the user thinks better of it.
        """
        super().__init__(parent)
        self._project, self._example, self._marks, self._ask = project, example, marks, ask
        self._kind = FORMATS[0]
        self._made: Any = None
        self._work: Beside | None = None
        self._painting: PaintWork | None = None
        self._seen: Film | None = None
        self._frame = 0
        self._play = QTimer(self)
        self._play.timeout.connect(self._next_frame)
        self._place: Path | None = None
        self.chooser, self.options, self.preview = Chooser(), Options(), Preview()
        self.title, self.facts = plain_label("", "heading"), plain_label("", "muted")
        self.gives, self.loses = plain_label(wraps=True), plain_label("", "muted", wraps=True)
        self.progress = QProgressBar()
        self._build()
        self.options.shows.set_allowed("step", marks is not None, "No step is lit: step first.")
        self.options.shows.set_value("net" if marks is None else "step")
        runs = bool(project.data.inputs)
        self.options.shows.set_allowed("values", runs, "The data have no rows.")
        self.chooser.chosen.connect(self._choose)
        self.options.changed.connect(self._show)

    def choose(self, extension: str) -> None:
        """Show a format, by its ending."""
        self.chooser.choose(extension)

    @property
    def kind(self) -> Format:
        """The format chosen."""
        return self._kind

    def accept(self) -> None:
        """Ask where to, and write it there; the dialog closes when that has gone well."""
        if self._painting is not None or (place := self._ask(self._kind)) is None:
            return
        self._place = place
        if self._kind.extension in (*FILMS, *STILLS):
            self._try(self._paint, self._complain)
        elif self._made is not None:
            self._write(self._made)

    def reject(self) -> None:
        """Stop what is being painted, or close."""
        if self._painting is not None:
            self._stop_painting()
            self._say("Stopped: nothing was written.")
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Let go of what is being made."""
        self._stop_painting()
        self._forget_work()
        self._play.stop()
        super().done(result)

    # What is seen

    @Slot(str)
    def _choose(self, extension: str) -> None:
        self._kind = next(kind for kind in FORMATS if kind.extension == extension)
        self.title.setText(f"{self._kind.name[0].upper()}{self._kind.name[1:]}")
        self.options.show_for(self._kind)
        self._show()

    @Slot()
    def _show(self) -> None:
        self._forget_work()
        self._play.stop()
        self._made = self._seen = None
        self.gives.setText(self._kind.gives)
        self.facts.setText(self._counts())
        self._say("")
        reason = self._kind.why_not(self._project)
        if reason is None:
            self._try(self._look)
        else:
            self._refuse(reason)

    def _look(self) -> None:
        """Show what would go out. Raises ChainstepError."""
        self.export_button.setEnabled(True)
        if self._kind.extension in FILMS:
            self._show_film()
        elif self._kind.extension in STILLS:
            self.preview.show_picture(self._painted())
        else:
            self.export_button.setEnabled(False)
            self.preview.show_words("Being made …")
            self._work = Beside(partial(_made_of, self._kind, self._project, self._told()))
            self._work.done.connect(self._show_made)
            self._work.refused.connect(self._refuse)
            self._work.begin()

    @Slot(object)
    def _show_made(self, made: tuple[Any, str, list[str]]) -> None:
        self._made, outline, lost = made
        self.export_button.setEnabled(True)
        self.facts.setText(f"{self._counts()} · {_bytes(len(self._made))}")
        self._say("  ".join(lost))
        self.preview.show_text(outline)

    def _show_film(self) -> None:
        """Show the film as it will play, or one frame of it where nothing is to move."""
        film = self._new_film()
        self._seen, self._frame = film, len(film) * 2 // 3
        self._next_frame()
        if not Settings().reduced_motion:
            self._play.start(self._pace)
        width, height = film.size
        told = f"{len(film)} frames of {width} × {height}"
        if self._kind.extension == ".gif":
            told += f" · {round(len(film) * self._pace / 1000)} s"
        self.facts.setText(told)

    @Slot()
    def _next_frame(self) -> None:
        if self._seen is not None and self._painting is None:
            self.preview.show_picture(self._seen.image(self._frame))
            self._frame = (self._frame + 1) % len(self._seen)

    def _counts(self) -> str:
        network = self._project.network
        units, wires = len(network.units), len(network.connections)
        return f"{units:,} units · {wires:,} connections"

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        self.export_button.setEnabled(False)
        self.preview.show_words("")
        self._say(sentence, "danger")

    def _say(self, sentence: str, role: str = "muted") -> None:
        self.loses.setText(sentence)
        set_role(self.loses, role)

    def _complain(self, sentence: str) -> None:
        """Say why nothing was written; another name may do."""
        self._say(sentence, "danger")

    def _try(self, step: Callable[[], None], tell: Callable[[str], None] | None = None) -> None:
        try:
            step()
        except ChainstepError as refused:
            (tell or self._refuse)(str(refused))

    # What is made

    def _told(self) -> dict[str, Any]:
        return {"float64": self.options.float64.isChecked()}

    def _lit(self) -> Marks | None:
        """Return what a picture shows besides the net. Raises ChainstepError."""
        from chainstep.app.pictures.still import values_of

        shows = self.options.shows.value
        if shows == "values":
            return values_of(self._project, self._example)
        return self._marks if shows == "step" else None

    def _painted(self) -> Any:
        from chainstep.app.pictures.still import painted

        return painted(_thinned(self._project), self._lit(), self._paper(), widest=_PREVIEW)

    def _new_making(self) -> Making:
        """Return what is to be painted now. Raises ChainstepError."""
        from chainstep.app.pictures.film import FramesMaking, GifMaking
        from chainstep.app.pictures.still import StillMaking

        if self._kind.extension in STILLS:
            kind = self._kind.extension.removeprefix(".")
            return StillMaking(self._project, kind, self._lit(), self._paper())
        film = self._new_film()
        gif = self._kind.extension == ".gif"
        return GifMaking(film, self._pace) if gif else FramesMaking(film)

    def _paper(self) -> Any:
        from chainstep.app.pictures.still import Paper

        sharpness = float(self.options.sharpness.value or 2)
        return Paper(self.options.look.value or "light", sharpness, self.options.clear.isChecked())

    def _new_film(self) -> Film:
        from chainstep.app.pictures.film import SLIDE, Film, Reel

        options = self.options
        large = self._kind.extension == "_frames" and options.sharpness.value != "1"
        sharpness = float(options.sharpness.value or 1) * SLIDE / 2 if large else 1.0
        grain = options.grain.value if options.grain_chosen else None
        reel = Reel(self._example, grain, options.look.value or "light", sharpness)
        film = Film(self._project, reel)
        options.grain.set_value(film.grain)
        return film

    @property
    def _pace(self) -> int:
        return int(self.options.pace.value or 1300)

    def _paint(self) -> None:
        """Begin to make a film or a picture. Raises ChainstepError."""
        if self._kind.folder and self._place is not None:
            files.refuse_existing(self._place)
        self._painting = PaintWork(self, self._new_making())
        self._painting.progressed.connect(self._progressed)
        self._painting.done.connect(self._painted_all)
        self._painting.refused.connect(self._painted_none)
        self._busy(True)
        self._painting.start()

    @Slot(float)
    def _progressed(self, share: float) -> None:
        self.progress.setValue(round(1000 * share))

    @Slot(object)
    def _painted_all(self, content: Any) -> None:
        self._stop_painting()
        self._write(content)

    @Slot(str)
    def _painted_none(self, sentence: str) -> None:
        self._stop_painting()
        self._complain(sentence)

    def _write(self, content: Any) -> None:
        assert self._place is not None
        try:
            files.put(self._kind, self._project, self._place, content)
        except ChainstepError as refused:
            self._complain(str(refused))
            return
        self.written.emit(self._place)
        super().accept()

    def _stop_painting(self) -> None:
        work, self._painting = self._painting, None
        if work is not None:
            work.stop()
            work.deleteLater()
            self._busy(False)

    def _forget_work(self) -> None:
        """Let go of what is being made; its result is no longer wanted."""
        work, self._work = self._work, None
        if work is not None:
            work.done.disconnect(self._show_made)
            work.refused.disconnect(self._refuse)

    def _busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.progress.setValue(0)
        for widget in (self.chooser, self.options, self.export_button):
            widget.setEnabled(not busy)

    # How it is laid out

    def _build(self) -> None:
        self.setWindowTitle("Export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1000, 690)
        self.progress.setRange(0, 1000)
        self.progress.setVisible(False)
        self.progress.setTextVisible(False)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = self.buttons.addButton(
            "Export…", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.export_button.setDefault(True)
        for button in self.buttons.buttons():
            button.setIcon(QIcon())  # the style brings pictures of its own
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        across = QHBoxLayout()
        across.setSpacing(20)
        across.addWidget(self.chooser)
        across.addLayout(self._right(), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addLayout(across, 1)
        column.addWidget(self.progress)
        column.addWidget(self.buttons)

    def _right(self) -> QVBoxLayout:
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.facts)
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.gives)
        column.addWidget(self.preview, 1)
        column.addWidget(self.options)
        column.addWidget(self.loses)
        return column


def _made_of(kind: Format, project: Project, options: dict[str, Any]) -> tuple[Any, str, list[str]]:
    """Return what goes out, its first lines, and what it cannot say. Raises ChainstepError."""
    from chainstep.files.outline import lost, outline

    content = files.made(kind, project, **options)
    return content, outline(kind, project, content), lost(kind, project, **options)


def _thinned(project: Project) -> Project:
    """Return a project with its strongest connections alone, where it has very many."""
    network = project.network
    if len(network.connections) <= _MOST_WIRES:
        return project
    strongest = sorted(network.connections, key=lambda c: -abs(c.weight))[:_MOST_WIRES]
    return project.replace(network=Network(units=network.units, connections=tuple(strongest)))


def _bytes(count: int) -> str:
    if count < 10_000:
        return f"{count:,} bytes"
    return f"{count / 1000:,.0f} kB" if count < 10_000_000 else f"{count / 1e6:,.0f} MB"
