"""The debugger: one run over the document, moved by steps or by live training.

Live training goes in slices of the event loop (`live`), so the window stays quick and Pause lands
on a step one can walk on from. The document is not touched: `unkept` and `keep` hand the weights
reached to the window, which makes one undo step of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from chainstep.app.document import Document, same_examples
from chainstep.app.live import Live
from chainstep.app.moment import Moment
from chainstep.errors import ChainstepError, NotRunnable, NumbersBroke
from chainstep.project import Project

if TYPE_CHECKING:  # NumPy comes in with the run, after the first paint
    from chainstep.engine.activations import Array
    from chainstep.engine.columns import Columns
    from chainstep.engine.stopping import Stopping
    from chainstep.stepping.history import Event, History
    from chainstep.stepping.run import Run
    from chainstep.stepping.watching.samples import Samples

ENDED_BY_EDIT: Final = "Training stopped at the edit; press Train (F5) to go on."


class Debugger(QObject):
    """Moves the cursor of the run and shows once per move where it is.

    Signals:
        running(bool): live training began or ended.
        passed(Run): live training has gone on by a slice of time.
        said(str): a sentence for the user, such as why training stopped.
        broke(str): why numbers broke, and what may be behind it, as measured.
        stands(str): why no weight moves any more, as measured.
        halting(): something else will be done; whoever moves the run on its own ends that.
        leaving(): the run is about to go elsewhere; what was said of where it is holds no longer.
    """

    running = Signal(bool)
    passed = Signal(object)
    said = Signal(str)
    broke = Signal(str)
    stands = Signal(str)
    halting = Signal()
    leaving = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        """Start over the document; the run itself begins with the first look at it."""
        super().__init__(parent)
        self._document = document
        self._run: Run | None = None
        self.history: History | None = None
        #: The arrays of the data before these, which an undo brings back.
        self._former: Columns | None = None
        #: What is noted for the plots; first the loss held back.
        self.noted: tuple[Samples, ...] = ()
        #: The weight or bias whose update is told example by example.
        self.focus: tuple[str, str] | str | None = None
        self._refusal: str | None = None
        self._stale = True
        #: Updates made and weights (None: those of the start) where the document holds them.
        self._kept: tuple[int, Array | None] = 0, None
        #: While a search goes through the run: updates made and weights where the run stands.
        self._lent: tuple[int, Array] | None = None
        #: Shows a moment, a part each time the next is asked for: the window's.
        self.shown_in_parts: Callable[[Moment], Iterator[None]] = _nobody_looks
        self.live = Live(self._picture, self)
        self.live.passed.connect(self.passed)
        self.live.said.connect(self.said)
        self.live.ended.connect(self._ended)
        self.live.broke.connect(self._broke)
        self.live.stands.connect(self.stands)
        document.changed.connect(self._document_changed)

    @property
    def training(self) -> bool:
        """Whether live training is under way."""
        return self.live.active

    @property
    def unkept(self) -> bool:
        """Whether the run holds other weights than the document."""
        if self._run is None:
            return False
        made = self._run.trainer.batches if self._lent is None else self._lent[0]
        at, held = self._kept
        if made != at or held is None:
            return made != at
        theta = self._stands[1]  # with another η as many updates lead elsewhere
        return theta is not held and theta.tobytes() != held.tobytes()

    @property
    def _stands(self) -> tuple[int, Array]:
        """How many updates were made where the run stands, and the weights there."""
        assert self._run is not None
        return self._lent or (self._run.trainer.batches, self._run.trainer.theta)

    def moment(self) -> Moment:
        """Return what is to be seen now; a search that goes through the run is ended by that."""
        if self._lent is not None:
            self.halting.emit()
        self._refresh()
        project, digits = self._document.project, self._document.project.view.digits
        if (run := self._run) is None:
            return Moment(project, refusal=self._refusal, digits=digits, history=self.history)
        if self.training:
            return Moment(project, run, None, None, digits, True, self.history)
        from chainstep.stepping.explain.step import explain
        from chainstep.stepping.formula.notation import notation_of

        letters = notation_of(project, digits)  # the run may be older than the choice of letters
        try:
            explanation = explain(run, digits, letters, of=self.focus)
        except ChainstepError as broken:
            return Moment(project, run, str(broken), None, digits, False, self.history)
        return Moment(project, run, run.refused, explanation, digits, False, self.history)

    def show(self) -> None:
        """Tell everybody what is to be seen now, unless an edit or a search is on its way here."""
        if self._lent is not None:
            return
        run, network = self._run, self._document.project.network
        if run is not None and not self._stale and run.trainer.plan.network is not network:
            return
        self.live.shown()
        for _ in self._picture():
            pass

    def _picture(self) -> Iterator[None]:
        return self.shown_in_parts(self.moment())

    def step(self, grain: str) -> None:
        """Go on by one grain; an epoch that takes long goes on in slices, like training."""
        run = self.ready()
        if grain == "epoch" and run is not None and run.refused is None:
            self.train_to(run.trainer.epoch + 1)
        else:
            self.move("step" if grain == "term" else "advance", grain, onwards=True)

    def back(self, grain: str) -> None:
        """Go back by one grain."""
        self.move("back", grain)

    @Slot(int)
    def seek(self, index: int) -> None:
        """Go to a step of this pass."""
        run = self.ready()
        self.move("seek", index, onwards=run is not None and index > run.cursor.index)

    @Slot()
    def restart(self) -> None:
        """Go back to the weights that the run started from."""
        self.move("restart")

    def ready(self) -> Run | None:
        """End what is under way and return the run over the document, None where there is none."""
        self.pause()
        self._refresh()
        return self._run

    def train_to(self, epoch: int) -> None:
        """Train up to the end of an epoch, without a word unless a breakpoint ends it."""
        assert self._run is not None
        self.leaving.emit()
        self._going_on()
        self.running.emit(True)
        self.live.begin(self._run, epoch, None, quiet=True)

    def write_down(self, before: int) -> None:
        """Let the history know of updates made or taken back. before: how many there were."""
        from chainstep.stepping.history import place

        assert self._run is not None
        assert self.history is not None
        if self._run.trainer.batches > before:
            self.history.trained(self._run)
        elif self._run.trainer.batches < before:
            self.history.note(self._run, "back", f"Went back to {place(self._run)}")

    def start(self) -> None:
        """Begin live training, up to the next full `training.epochs`."""
        self._refresh()
        refused = self._refusal if self._run is None else self._run.refused
        if self._run is None or refused is not None:
            self.said.emit(refused or "")
            return
        self._going_on()
        self.running.emit(True)
        self.live.begin(self._run, *self._aim(self._run), quiet=False)

    def _aim(self, run: Run) -> tuple[int, Stopping | None]:
        """Return up to which epoch to train, and what ends it before."""
        from chainstep.engine.stopping import Stopping

        training = self._document.project.training
        epochs = max(1, training.epochs)
        stopping = None if training.stop is None else Stopping(training.stop)
        return (run.trainer.epoch // epochs + 1) * epochs, stopping

    def pause(self) -> None:
        """End live training where it is: after a batch's update."""
        if self._halt():
            self.show()

    def keep(self) -> Project:
        """Return the document's project with the weights reached, and belong to it from now on."""
        assert self._run is not None
        if self._lent is not None:
            self.halting.emit()
        trainer = self._run.trainer
        kept = trainer.plan.project_with(self._document.project, trainer.theta)
        self._run.adopt(kept)
        self._kept = trainer.batches, trainer.theta
        return kept

    def reached(self) -> Project:
        """Return the document's project with the weights reached, without taking them over."""
        if self._run is None or not self.unkept:
            return self._document.project
        return self._run.trainer.plan.project_with(self._document.project, self._stands[1])

    def lend(self) -> Run:
        """Let a search go through the run, which still counts as standing where it stands."""
        assert self._run is not None
        self._lent = self._stands
        return self._run

    def take_back(self) -> None:
        """The search is over: the run stands where it led, or where it stood."""
        self._lent = None

    @property
    def epoch(self) -> int:
        """How many epochs the run has finished."""
        return 0 if self._run is None else self._run.trainer.epoch

    def _halt(self) -> bool:
        """End live training; return whether there was any."""
        self.halting.emit()
        was = self.live.stop()
        if was:
            if self._run is not None and self.history is not None:
                self.history.trained(self._run)
            self.running.emit(False)
        return was

    def move(self, verb: str, *arguments: object, onwards: bool = False) -> None:
        """Let the run go somewhere, by the name of its method.

        onwards: whether it may make updates, so that the history may branch where it is.
        """
        self._halt()
        self.leaving.emit()
        self._refresh()
        if self._run is None:
            self.said.emit(self._refusal or "")
            return
        assert self.history is not None
        run, before = self._run, self._run.trainer.batches
        try:
            run.hit = None
            self._going_on() if onwards else self.history.leave(run)
            getattr(run, verb)(*arguments)
            self._tell_hit(run)
        except NumbersBroke as broken:
            self._tell_broken(broken)
        except ChainstepError as refused:
            self.said.emit(str(refused))
        self.write_down(before)
        self.show()

    def _tell_broken(self, error: NumbersBroke) -> None:
        from chainstep.stepping.snapshots import settings_at
        from chainstep.stepping.watching.breakage import with_causes

        assert self._run is not None
        run, trainer = self._run, self._run.trainer
        made = settings_at(run.changes, max(0, trainer.batches - 1))
        self.broke.emit(with_causes(error, trainer, run.cursor.step, made))

    def _tell_hit(self, run: Run) -> None:
        if run.hit is not None:
            self.said.emit(f"Stopped at a breakpoint: {run.hit.reason}.")

    def _going_on(self) -> None:
        if self._run is not None and self.history is not None:
            self.history.going_on(self._run)

    def go_to_event(self, event: Event) -> None:
        """Go to where something happened."""
        self._halt()
        self.leaving.emit()
        if self._run is not None and self.history is not None:
            self._run.hit = None
            self.history.go_to(self._run, event)
        self.show()

    @Slot(str)
    def _ended(self, reason: str) -> None:
        assert self._run is not None
        if (hit := self._run.hit) is not None:
            epoch = self._run.cursor.epoch + 1
            self._remember("stop", f"Stopped in epoch {epoch:,}: {hit.reason}")
        self.pause()
        if not self.live.quiet or hit is not None:
            self.said.emit(reason)

    @Slot(object)
    def _broke(self, broken: NumbersBroke) -> None:
        self._remember("broke", f"Numbers broke in epoch {self.epoch + 1:,}")
        self.pause()
        self._tell_broken(broken)

    def _remember(self, kind: str, words: str) -> None:
        assert self._run is not None
        assert self.history is not None
        self.history.trained(self._run)
        self.history.note(self._run, kind, words)

    def _refresh(self) -> None:
        """Make a new run where the old one no longer fits the document."""
        if not self._stale:
            return
        from chainstep.stepping.run import Run

        self._stale, self._kept = False, (0, None)
        columns = None if self._run is None else self._run.trainer.columns
        try:
            self._run, self._refusal = Run(self._document.project), None
        except NotRunnable as refusal:
            self._run, self._refusal = None, str(refusal)
        if columns is not None and (self._run is None or self._run.trainer.columns is not columns):
            self._former = columns
        self._set_aids()
        if self._run is not None:
            from chainstep.stepping.history import History

            first = self.history is None
            self.history = self.history or History(noted=self.noted)
            self.history.begin(self._run, "Start" if first else "Start anew, after an edit")

    def _set_aids(self) -> None:
        if self._run is not None:
            from chainstep.stepping.watching import breakpoints, watches

            debug = self._document.project.debug
            self._run.set_breakpoints(breakpoints.read_all(debug.breakpoints))
            if watched := watches.read_all(debug.watches):
                self._run.set_watches(watched)
            else:
                self._run.recorder = None

    @Slot(object, object)
    def _document_changed(self, before: Project, after: Project) -> None:
        self.halting.emit()
        if not self.fits(before, after):
            halted = self._halt()
            self.leaving.emit()
            if halted:
                self.said.emit(ENDED_BY_EDIT)
            self._stale = True
        elif self._run is not None and after.training != before.training:
            self._run.retune(after.training)
            old, new = before.training, after.training
            if (old.epochs, old.stop) != (new.epochs, new.stop):
                self.live.aim(*self._aim(self._run))
            if self.history is not None:
                self.history.retuned(self._run, before.training, after.training)
        if after.debug != before.debug:
            self._set_aids()
        self.show()

    def fits(self, before: Project, after: Project) -> bool:
        """Whether the run could go on over `after`: the same net and data, perhaps another η."""
        run = self._run
        if run is None or self._stale:
            return False
        if run.trainer.plan.network is not after.network or not same_examples(before, after):
            return False
        if after.training == before.training:
            return True
        from chainstep.stepping.run import RETUNABLE

        old, new = msgspec.structs.asdict(before.training), msgspec.structs.asdict(after.training)
        return all(old[name] == new[name] for name in old if name not in RETUNABLE)


def _nobody_looks(moment: Moment) -> Iterator[None]:
    return iter(())
