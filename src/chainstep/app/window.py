"""The window: builds the parts and connects their few, coarse signals. It alone knows everybody.

Where the parts stand is in `window_layout`, the menus in `menus`, the commands in `actions`; what
drawing does is in `editing`, saving in `filing`, the run in `debugger`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow

from chainstep.app.actions import enable_backwards, make_actions
from chainstep.app.aids import Aids
from chainstep.app.bars.notice import Kind
from chainstep.app.canvas.scene import CanvasScene
from chainstep.app.checking import Checking
from chainstep.app.debugger import Debugger
from chainstep.app.dialogs.data_in import DataIn, is_table
from chainstep.app.dialogs.export.exports import Exports
from chainstep.app.dialogs.handouts import Handouts
from chainstep.app.dialogs.model_in import ModelIn
from chainstep.app.document import Document
from chainstep.app.editing import Editing
from chainstep.app.filing import Filing
from chainstep.app.layers import Layers
from chainstep.app.lighting import breaks_of
from chainstep.app.look import icons, theme
from chainstep.app.menus import Menus
from chainstep.app.moment import Moment
from chainstep.app.pointing import Pointing
from chainstep.app.presenting import Presenting
from chainstep.app.settings import Settings
from chainstep.app.travel import Travel
from chainstep.app.undoing import Undoing
from chainstep.app.window_layout import Parts, build
from chainstep.errors import ChainstepError
from chainstep.project import Project

if TYPE_CHECKING:
    from chainstep.app.main import Desk

#: Edits that follow each other quickly, such as nudges, are one undo step.
_MERGED = ("Move", "Nudge", "Set ")
#: Milliseconds after which a window wakes that was not painted: minimised, or on a busy machine.
UNPAINTED, LATE = 400, 4000


class MainWindow(QMainWindow):
    """One document, seen and moved."""

    def __init__(
        self,
        project: Project | None = None,
        path: Path | None = None,
        title: str = "",
        desk: Desk | None = None,
    ) -> None:
        """project: None for an empty net. desk: opens further windows; None in tests."""
        super().__init__()
        self.desk = desk
        self.document = Document(project or Project(), path, title, self)
        self.actions_by_name = make_actions(self)
        self.scene = CanvasScene(self)
        self.parts: Parts = build(self, self.scene, self.actions_by_name)
        self.notices = self.parts.notices
        self.document.changed.connect(self._document_changed)
        self.debugger = Debugger(self.document, self)
        self.debugger.noted = self.parts.plots.recorder.notes
        self._moment = Moment(self.document.project, digits=self.document.project.view.digits)
        self._ready = False
        self._told = ""
        self._waking = QTimer(self)
        self._waking.setSingleShot(True)
        self._waking.timeout.connect(self.wake)
        self._make_helpers()
        self._connect_parts()
        self._dress()

    def _make_helpers(self) -> None:
        """Make what does the work: each of them one thing, for this window alone."""
        reached = self.debugger.reached
        self.editing = Editing(self.scene, reached, self.apply, self)
        self.filing = Filing(self, self.document, self.notices, self.keep_reached, reached)
        self.exports = Exports(self)
        self.handouts = Handouts(self)
        self.undoing = Undoing(self)
        self.aids = Aids(self)
        self.travel = Travel(self)
        self.data_in = DataIn(self, self.warn)
        self.model_in = ModelIn(self)
        self.checking = Checking(self.parts, reached, self.shown, self)
        self.presenting = Presenting(self)
        self.menus = Menus(self)
        self.pointing = Pointing(self.scene, self.parts, self._moment, self)
        self.layers = Layers(self.scene, self.parts.area.legend, self._moment, self)

    def _dress(self) -> None:
        """Look as the document and the settings say, before anything is painted."""
        self.setAcceptDrops(True)
        self.reduce_motion(Settings().reduced_motion)
        self.scene.sync(None, self.document.project)
        self._tell_state()
        Settings().restore_window(self)

    def reduce_motion(self, reduced: bool) -> None:
        """Let nothing travel on the canvas and no training begin slowly, or let them again."""
        self.scene.reduced_motion = reduced
        self.debugger.live.paced = not reduced

    def apply(self, text: str, edit: Callable[[Project], Project]) -> None:
        """Make one undo step of an edit; a refusal is told and changes nothing.

        Weights that a run has reached are kept first, as a step of their own, where the edit
        touches what the run depends on.
        """
        try:
            before = self.document.project
            if self.debugger.unkept and not self.debugger.fits(before, edit(before)):
                self.keep_reached()
            self.document.apply(text, self._placed(edit), merges=text.startswith(_MERGED))
        except ChainstepError as refused:
            self.warn(str(refused))
            self.debugger.show()

    def _placed(self, edit: Callable[[Project], Project]) -> Callable[[Project], Project]:
        """Let units without a place keep the one shown when others come, go or are renamed."""

        def placed(project: Project) -> Project:
            after, settled = edit(project), self.editing.settled(project)
            same_units = after.network.by_id.keys() == project.network.by_id.keys()
            return after if same_units or settled is project else edit(settled)

        return placed

    @Slot()
    def keep_reached(self) -> None:
        """Take the weights reached into the document, as one undo step."""
        if self.debugger.unkept:
            kept = self.debugger.keep()
            self.document.apply(self.training_words, lambda _project: kept)

    @property
    def training_words(self) -> str:
        """What an undo step of the training is called."""
        return f"Train to epoch {self.debugger.epoch}"

    def run_command(self, name: str) -> None:
        """Do what a debugger command says."""
        kind, _, grain = name.partition("_")
        if name == "step_back":
            self.debugger.back("term")
        elif kind == "step":
            self.debugger.step(grain)
        elif kind == "back":
            self.debugger.back(grain)
        elif name == "restart":
            self.debugger.restart()
        elif self.debugger.training:
            self.debugger.pause()
        else:
            self.debugger.start()

    @Slot()
    def command(self) -> None:
        """Slot of every debugger action: the sender's name says which."""
        sender = self.sender()
        if sender is not None:
            self.run_command(sender.objectName())

    @Slot(str, int)
    def randomise(self, name: str, seed: int) -> None:
        """Draw new weights."""
        from chainstep.engine.initializers import initialised

        def edit(project: Project) -> Project:
            return initialised(project, name, seed).with_training(seed=seed, initializer=name)

        self.apply(f"New random weights, seed {seed}", edit)

    @Slot()
    def randomise_again(self) -> None:
        """Draw new weights from the next seed."""
        training = self.document.project.training
        self.randomise(training.initializer or "xavier", training.seed + 1)

    def show_sentence(self, sentence: str) -> None:
        """Tell the user something that needs no answer."""
        if sentence:
            self.notices.say(sentence, "info", timeout_ms=8000)

    @Slot(str)
    def tell_run(self, sentence: str) -> None:
        """Tell where the run has got to; what was told of it before holds no longer."""
        self.notices.withdraw(self._told)
        self._told = sentence
        self.show_sentence(sentence)

    @Slot()
    def _leave(self) -> None:
        """The run goes elsewhere; why numbers broke can still be read."""
        if self._told != self.notices.text or self.notices.kind != "error":
            self.tell_run("")

    @Slot(str)
    def _tell_broken(self, sentence: str) -> None:
        """Tell why numbers broke; that stays until it is closed or the run goes on."""
        self._tell_lasting(sentence, "error")

    @Slot(str)
    def _tell_stands(self, sentence: str) -> None:
        """Tell why no weight moves; that stays until it is closed or the run goes elsewhere."""
        self._tell_lasting(sentence, "warning")

    def _tell_lasting(self, sentence: str, kind: Kind) -> None:
        self.tell_run("")
        self._told = sentence
        self.notices.say(sentence, kind)

    def warn(self, sentence: str) -> None:
        """Tell the user why something was not done."""
        self.notices.say(sentence, "warning", timeout_ms=8000)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at first as after waking, which comes even where nothing is ever painted."""
        super().showEvent(event)
        if not self._ready:
            self.parts.view.fit()
            self.parts.show_document(self._moment)
            enable_backwards(self.actions_by_name, None)
            self._waking.start(UNPAINTED if self.isMinimized() else LATE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint first; what needs NumPy comes after."""
        super().paintEvent(event)
        if not self._ready:
            self._ready = True
            self._waking.start(0)

    @Slot()
    def wake(self) -> None:
        """Bring in the numbers: the run, the plots."""
        self._ready = True
        self.parts.view.setFocus()
        self.parts.plots.wake()
        self.debugger.show()
        self.checking.soon()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work; then let everything go."""
        self.debugger.pause()
        if not self.filing.may_close(self.unsaved):
            event.ignore()
            return
        if self.presenting.everything:
            Settings().save_window(self)
        self.document.close()
        if self.desk is not None:
            self.desk.forget(self)
        event.accept()
        self.deleteLater()

    @property
    def unsaved(self) -> bool:
        """Whether closing would lose something: edits, or training of a document of one's own."""
        own = self.document.path is not None or self.document.undo_stack.count() > 0
        return self.document.modified or (self.debugger.unkept and own)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if self.desk is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped; a table is imported."""
        for url in event.mimeData().urls():
            path = Path(url.toLocalFile())
            if url.isLocalFile() and is_table(path):
                self.data_in.import_path(path)
            elif url.isLocalFile() and self.desk is not None:
                self.desk.open_path(path, self)

    def shown(self) -> Moment:
        """Return the moment that all parts show."""
        return self._moment

    def _connect_parts(self) -> None:
        parts, scene = self.parts, self.scene
        self.debugger.shown_in_parts = self._show
        self.debugger.running.connect(self._running)
        self.debugger.passed.connect(parts.plots.observe)
        self.debugger.said.connect(self.tell_run)
        self.debugger.broke.connect(self._tell_broken)
        self.debugger.stands.connect(self._tell_stands)
        self.debugger.leaving.connect(self._leave)
        self.document.state_changed.connect(self._tell_state)
        parts.tools.kind_chosen.connect(self._choose_kind)
        parts.view.tool_changed.connect(self._tool_changed)
        parts.timeline.seek_asked.connect(self.debugger.seek)
        parts.inspector.edited.connect(self.apply)
        parts.notation.edited.connect(self.apply)
        scene.unit_hovered.connect(self.layers.relate)
        parts.plots.edited.connect(self.apply)
        parts.loss_plot.edited.connect(self.apply)
        parts.loss_plot.epoch_asked.connect(self.travel.go_to_epoch)
        parts.plots.failed.connect(self.show_sentence)
        parts.plots.row_activated.connect(self.travel.go_to_example)
        parts.data_table.edited.connect(self.apply)
        parts.data_table.failed.connect(self.show_sentence)
        parts.data_table.row_activated.connect(self.travel.go_to_example)
        parts.data_table.look_asked.connect(self.travel.look_at)
        theme.changed.connect(self._restyle)

    @Slot(str)
    def _choose_kind(self, kind: str) -> None:
        self.parts.view.set_tool("add", kind)

    @Slot(str)
    def _tool_changed(self, tool: str) -> None:
        self.actions_by_name[f"tool_{tool}"].setChecked(True)

    @Slot(object, object)
    def _document_changed(self, before: Project, after: Project) -> None:
        self.scene.sync(before, after)
        self.layers.relate(self.scene.hovered_unit or "")
        self.filing.note_change()
        self.checking.soon()
        self._tell_state()

    def _show(self, moment: Moment) -> Iterator[None]:
        """Show a moment, part by part: while training each in a turn of the event loop."""
        self._moment = moment
        self.scene.set_breaks(*breaks_of(moment))
        self.aids.show_weights(moment)
        yield
        self.layers.arrive(moment)
        self.pointing.arrive(moment)
        self.parts.show(moment)
        self.layers.light()
        enable_backwards(self.actions_by_name, moment.run)
        self.undoing.refresh()
        self.checking.arrive(moment)
        if self.unsaved:
            self.filing.note_change(moment.training)
        self._tell_state()
        yield
        self.parts.plots.show_moment(moment)
        yield
        self.parts.data_table.show_moment(moment)

    @Slot(bool)
    def _running(self, running: bool) -> None:
        self.parts.step_bar.set_training(running)
        if running:
            self.tell_run("")

    @Slot()
    def _tell_state(self) -> None:
        unsaved = self.unsaved
        title = self.document.title.replace("[*]", "[*][*]")  # Qt puts the star of "unsaved" there
        self.setWindowTitle(f"{title}[*]")
        self.setWindowModified(unsaved)
        if self.document.path is not None:
            self.setWindowFilePath(str(self.document.path))
        stored = self.document.path is not None
        self.parts.status.show_document(self.document.title, self.document.project, unsaved, stored)
        self.parts.show_emptiness(self.document.project)

    @Slot(object)
    def _restyle(self, _theme: object) -> None:
        icons.retint(self)
