"""Live training: what the event loop does in its turns while a run trains.

A turn is one thing, a slice of training, a look of the recorder or a part of a picture, so that
whoever clicks waits for one of them. What is made ready before the first update, such as tapes
and libraries, is made beside the loop. What a move of the run means is in `debugger`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from chainstep.app.beside import Beside
from chainstep.errors import ChainstepError, NumbersBroke

if TYPE_CHECKING:  # NumPy comes in with the run, after the first paint
    from chainstep.engine.engines import Engine
    from chainstep.engine.stopping import Stopping
    from chainstep.engine.trainer import Trainer
    from chainstep.project import Training
    from chainstep.stepping.run import Run
    from chainstep.stepping.watching.standstill import Standstill

#: Seconds of training in one turn of the event loop, and between two pictures, least and most.
SLICE: Final = 0.01
FRAME: Final = 1 / 30
LONGEST_FRAME: Final = 0.6
#: Pictures may take one part in so many of the time.
PICTURES: Final = 20
#: Milliseconds to wait where a run that is watched has gone far enough.
WAIT: Final = 8
#: A run that is watched begins so slowly (epochs), and quickens so much a second.
FIRST_EPOCHS: Final = 40.0
QUICKENING: Final = 1.2
#: Milliseconds that making ready may take without a word.
SILENT: Final = 300
GO_ON: Final = "; press Train (F5) to go on."
READYING: Final = "Getting the arithmetic ready …"


class Live(QObject):
    """Trains a run in the event loop, up to a goal.

    Signals:
        passed(Run): training has gone on by a slice of time.
        said(str): a sentence for the user.
        ended(str): training has come to its end, and why.
        broke(NumbersBroke): it has ended as a number is not finite.
        stands(str): it goes on, or has ended, without moving any weight, and why.
    """

    passed = Signal(object)
    said = Signal(str)
    ended = Signal(str)
    broke = Signal(object)
    stands = Signal(str)

    def __init__(self, picture: Callable[[], Iterator[None]], parent: QObject) -> None:
        """picture: shows how far the run is, a part each time it is asked for the next."""
        super().__init__(parent)
        self.paced = self.quiet = False
        self._picture = picture
        self._parts: Iterator[None] | None = None
        self._painting = False
        self._run: Run | None = None
        self._goal = 0
        self._stopping: Stopping | None = None
        self._started = (0.0, 0)
        self._shown_at, self._frame = 0.0, FRAME
        self._unseen = False
        self._standstill: Standstill | None = None
        #: Whose engine is made beside the loop, and whether training waits for it.
        self._readied: Trainer | None = None
        self._waiting = False
        self._timer = self._timed(0, self._turn)
        self._word = self._timed(SILENT, self._say_readying)
        self._word.setSingleShot(True)

    @property
    def active(self) -> bool:
        """Whether training is under way, or made ready for."""
        return self._timer.isActive() or self._waiting

    def begin(self, run: Run, goal: int, stopping: Stopping | None, quiet: bool) -> None:
        """Train up to epoch `goal`. quiet: without a word at the end, and as fast as can be."""
        self._run, self._goal, self._stopping, self.quiet = run, goal, stopping, quiet
        if run.trainer.ready or run.refused is not None:
            self._go()
            return
        self._waiting = True
        self._word.start()
        if self._readied is not run.trainer:  # else it is under way, as training was ended
            self._get_ready(run.trainer)

    def aim(self, goal: int, stopping: Stopping | None) -> None:
        """Let training that is under way have another end."""
        if self.active and not self.quiet:
            self._goal, self._stopping = goal, stopping

    def stop(self) -> bool:
        """End training where it is; return whether there was any."""
        was = self.active
        self._timer.stop()
        self._word.stop()
        self._waiting, self._parts, self._painting = False, None, False
        return was

    def shown(self) -> None:
        """Note that all was shown, as after a move; the next picture may wait."""
        self._shown_at, self._parts = time.monotonic(), None

    def _get_ready(self, trainer: Trainer) -> None:
        self._readied = trainer
        beside = Beside(partial(_make_ready, trainer))
        beside.done.connect(self._made_ready)
        beside.begin()

    @Slot(object)
    def _made_ready(self, made: tuple[Trainer, Training, Engine | None]) -> None:
        trainer, training, engine = made
        if trainer is not self._readied:
            return  # another run has begun meanwhile
        self._readied = None
        if engine is not None and trainer.training is training:
            trainer.take(engine)
        elif engine is not None and self._waiting:
            self._get_ready(trainer)  # η, say, was changed meanwhile
            return
        if self._waiting:
            self._waiting = False
            self._word.stop()
            self.said.emit("")
            self._go()

    @Slot()
    def _say_readying(self) -> None:
        self.said.emit(READYING)

    def _go(self) -> None:
        assert self._run is not None
        self._started = time.monotonic(), self._run.trainer.epoch
        self._shown_at, self._unseen = time.monotonic(), False
        self._look_whether_it_stands()
        self._timer.start()
        self._turn()

    @Slot()
    def _turn(self) -> None:
        try:
            self._do_what_is_due()
        except Exception:
            self.ended.emit("")  # or the same fault would be met in every turn
            raise

    def _do_what_is_due(self) -> None:
        """Do one thing; a picture that has begun comes first."""
        if self._painting:
            self._painting = False  # this turn has painted what the part before has changed
        elif self._parts is not None:
            self._show_part(self._parts)
        elif self._unseen:
            self._unseen = False
            self.passed.emit(self._run)
        elif time.monotonic() - self._shown_at >= self._frame:
            self._shown_at = time.monotonic()
            if why := self._look_whether_it_stands():
                self.stands.emit(why)
            self._show_part(self._picture())
        else:
            self._train()

    def _show_part(self, parts: Iterator[None]) -> None:
        self._parts, self._painting = parts, True
        if next(parts, self) is self:
            self._parts = None
            took = time.monotonic() - self._shown_at
            self._frame = min(max(FRAME, PICTURES * took), LONGEST_FRAME)

    def _train(self) -> None:
        try:
            reason = self._train_some()
            self._unseen = True
        except NumbersBroke as broken:
            self.broke.emit(broken)
            return
        except ChainstepError as refused:
            reason = str(refused)
        if reason:
            self._end(reason)

    def _end(self, reason: str) -> None:
        """Say why training ends, and with it why no weight has moved at last."""
        told = self._look_whether_it_stands()
        assert self._standstill is not None
        why = told if self.quiet else self._standstill.sentence
        self.ended.emit(reason if self.quiet or not why else "")
        if why:
            before = reason.removesuffix(GO_ON).removesuffix(".")
            self.stands.emit(why if self.quiet else f"{before}. {why}")

    def _look_whether_it_stands(self) -> str:
        """Return why no weight has moved for an epoch, where that is so and was not said yet."""
        from chainstep.stepping.watching.standstill import Standstill

        assert self._run is not None
        if self._standstill is None:
            self._standstill = Standstill()
        return self._standstill.observe(self._run.trainer)

    def _train_some(self) -> str:
        """Train for a slice; say why training ends here, "" where it goes on."""
        assert self._run is not None
        run, stopping, goal = self._run, self._stopping, min(self._goal, self._watched())
        self._timer.setInterval(0 if goal > run.trainer.epoch else WAIT)
        if not self.quiet and run.trainer.epoch < FIRST_EPOCHS:
            goal = min(goal, run.trainer.epoch + 1)  # what is noted of these is the curves' bend
        if stopping is None or not (stopping.patient and run.trainer.project.data.validation):
            ends = None if stopping is None else stopping.after
            reached = run.train_for(SLICE, goal, ends)
            return self._why_stop(run) if reached else ""
        until = time.monotonic() + SLICE
        while run.trainer.epoch < goal and (left := until - time.monotonic()) > 0:
            if run.train_for(left, run.trainer.epoch + 1):
                if run.hit is not None:
                    return self._why_stop(run)
                held = run.trainer.held()
                stopping.after(run.trainer.losses[-1], held.loss if held else None)
                if why := self._why_stop(run):
                    return why
        return ""

    def _watched(self) -> int:
        """Return the epoch that training which is watched may have reached by now."""
        if not self.paced or self.quiet:
            return self._goal
        began, epoch = self._started
        seconds = min(time.monotonic() - began, 20.0)
        return epoch + int(FIRST_EPOCHS * math.exp(QUICKENING * seconds))

    def _why_stop(self, run: Run) -> str:
        """Say at the end of an epoch why training ends here, "" where it goes on."""
        if run.hit is not None:
            return f"Stopped at a breakpoint: {run.hit.reason}."
        epoch = run.trainer.epoch
        if self._stopping is not None and self._stopping.over:
            reached, wanted = self._stopping.reached, self._stopping.wanted
            why = f"the loss reached {wanted}" if reached else "no better loss"
            return f"Training stopped at epoch {epoch:,}: {why}."
        if epoch >= self._goal:
            return f"Training stopped after {epoch:,} epochs{GO_ON}"
        return ""

    def _timed(self, interval: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval)
        timer.timeout.connect(slot)
        return timer


def _make_ready(trainer: Trainer) -> tuple[Trainer, Training, Engine | None]:
    """Return an engine, None where it cannot be made, with what it was made for; in a thread."""
    training = trainer.training
    try:
        return trainer, training, trainer.made_engine()
    except Exception:  # the first slice tries again, in the loop, where a fault is told
        return trainer, training, None
