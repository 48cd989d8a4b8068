"""The run: one training run that is walked through, trained, stopped and taken back.

Training is going on by whole batches, up to a breakpoint. How a run is walked through step by
step is in `walk`, how it goes to a unit or a breakpoint, forwards and back, in `search`.
"""

import time
from collections.abc import Callable, Iterable
from typing import Final

from chainstep.errors import NumbersBroke
from chainstep.project import Project
from chainstep.stepping.cursor import Cursor
from chainstep.stepping.pace import Pace
from chainstep.stepping.search import Search
from chainstep.stepping.snapshots import Changes
from chainstep.stepping.steps import PassSteps
from chainstep.stepping.trace import refuse_example
from chainstep.stepping.watching.guard import Guard
from chainstep.stepping.watching.recorder import Recorder
from chainstep.stepping.watching.watches import Watch

__all__ = ["RETUNABLE", "Cursor", "Run", "run_of"]

#: Seconds of training between two snapshots: what going back may have to make again.
SLICE: Final = 0.1
#: The part of a slice that is not worth another stretch of updates.
LEAST: Final = 0.1
#: Settings that may change in the middle of a run, without starting anew.
RETUNABLE: Final = frozenset(
    {"learning_rate", "momentum", "rho", "beta1", "beta2", "epsilon", "weight_decay", "l1"}
    | {"epochs", "schedule", "stop", "initializer"}
)


class Run(Search):
    """A training run over a project that can be stepped, trained and taken back.

    A step is a term, unit, level, pass, example, batch or epoch, forwards (`step`) or back
    (`back`); an update is made at the end of a batch. It is deterministic: what is taken back and
    made again has the same bits. The project given is never changed: `project` is the one with
    the weights reached. losses: one number an epoch, E as met before each update. recorder: what
    is watched, with its values. Raises ChainstepError for a grain there is none of, NumbersBroke
    at the last good weights where a number is not finite.

    >>> import chainstep
    >>> run = chainstep.Run(chainstep.load("mazur.chainstep"))
    >>> for grain in ("unit", "unit", "unit", "term"):  # i1, i2, h1, then a term of h2
    ...     cursor = run.step(grain)
    >>> cursor.step.unit, cursor.step.other, cursor.step.nth, cursor.step.of
    ('h2', 'i1', 1, 2)
    >>> run.back("unit").step.unit
    'h1'
    >>> run.train(epochs=100)
    100
    >>> round(run.losses[0], 6), round(run.loss(), 6)
    (0.298371, 0.020047)
    >>> run.back("epoch").epoch  # counted from 0
    98
    """

    def __init__(self, project: Project) -> None:
        """Start before the first step. Raises NotRunnable where not even examples can run."""
        super().__init__(project)
        self.recorder: Recorder | None = None
        self._pace = Pace()

    def train(
        self, epochs: int = 1, stop: Callable[[], bool] | None = None, until: float | None = None
    ) -> int:
        """Finish up to `epochs` epochs from where the run is; return how many.

        until: end when an epoch's loss is at most this. stop: asked after every epoch. A
        breakpoint ends it too, see `hit`.
        """
        before = self._trainer.epoch
        goal = before + epochs

        def ends(loss: float) -> bool:
            return until is not None and loss <= until

        while self._trainer.epoch < goal:
            stretch = goal if stop is None else self._trainer.epoch + 1
            reached = self.train_for(SLICE, stretch, ends)
            if self.hit is not None:
                break
            if reached and (ends(self._trainer.losses[-1]) or (stop is not None and stop())):
                break
        return self._trainer.epoch - before

    def train_for(
        self, seconds: float, goal: int, ends: Callable[[float], bool] | None = None
    ) -> bool:
        """Train for about so long; return whether one of three ends was reached.

        They are a breakpoint (see `hit`), the end of epoch number `goal`, counted from the start
        of the run, and of the first epoch whose loss makes `ends` true, which is asked for every
        one, in order. How many updates are made is a matter of time; what they make is not.
        Raises NumbersBroke at the last good weights.
        """
        trainer, end = self._trainer, time.perf_counter() + seconds
        self.look_back()
        trainer.advance(0)  # says so where there can be no update at all
        self.hit = None
        least = seconds * LEAST  # so little is left to the next slice
        while trainer.epoch < goal and (left := end - time.perf_counter()) > least:
            seen = len(trainer.losses)
            rest = goal * trainer.batches_an_epoch() - trainer.batches
            if self._make(min(rest, self._pace.updates(left))):
                return True
            if ends is not None and self._end_at_first(seen, ends):
                return True
        return trainer.epoch >= goal

    def _end_at_first(self, seen: int, ends: Callable[[float], bool]) -> bool:
        """Go back to the first epoch after `seen` whose loss makes `ends` true, if there is one."""
        for epoch, loss in enumerate(self._trainer.losses[seen:], seen + 1):
            if ends(loss):
                self._return_to(epoch)
                return True
        return False

    def set_watches(self, watches: Iterable[Watch]) -> None:
        """Note these after each epoch from now on; what is known of the same ones is kept."""
        self.recorder = Recorder(watches, self._trainer, self.recorder)

    def _epoch_done(self) -> None:
        if self.recorder is not None:
            self.recorder.note(self._trainer)

    def restart(self) -> Cursor:
        """Go back to the start weights."""
        self._at_batch(0)
        if self.guard is not None:
            self.guard.tally.clear()
        return self.cursor

    def run_to_epoch(self, epoch: int) -> Cursor:
        """Stand behind so many finished epochs; 0 is the start. A breakpoint on the way ends it."""
        self.hit = None
        if epoch > self._trainer.epoch:
            self.train(epoch - self._trainer.epoch)
        else:
            self._after_update(max(0, epoch) * self._batches())
        return self.cursor

    def go_to(self, updates: int) -> Cursor:
        """Stand on the update number `updates`, made or yet to be made; 0 is the start."""
        self.look_back()
        if updates <= self._trainer.batches:
            self._after_update(updates)
        while self._trainer.batches < updates:
            self._rush(self._until_noted(updates - self._trainer.batches))
        return self.cursor

    @property
    def changes(self) -> Changes:
        """The settings of all updates up to now: with them the run can be made again."""
        return self._snapshots.changes

    def take_up(
        self, changes: Changes, updates: int, within: tuple[int, int] | None = None
    ) -> Cursor:
        """Stand on an update as it is made with these settings; those of now hold from there.

        within: a place of the batch behind it to stand on instead, (example, index).
        """
        self._snapshots.take_up(changes)
        if within is None:
            self._after_update(updates)
        else:
            self._at_batch(updates)
            self._example, self._index = within
        self._count_anew()
        return self.cursor

    def adopt(self, project: Project) -> None:
        """Belong to a project that holds the weights reached; the run goes on as it was."""
        self._trainer.adopt(project)
        self._pass = PassSteps(project.network, backward=self.refused is None)

    def _rush(self, updates: int) -> None:
        """Make so many updates at full speed and stand on the last of them."""
        with self._pace.measured(updates):
            if self._settled:
                self._open_batch()
            if updates > 1:
                self._snapshots.keep(self._trainer.batches, self._begin)
                try:
                    try:
                        self._trainer.advance(updates - 1)
                    finally:
                        self._open_batch()
                except NumbersBroke as broke:
                    self._stand_where_it_broke(broke)
            self._settle()
            self._stand_on_update()

    def _return_to(self, epoch: int) -> None:
        """Stand on the last update of so many epochs, where the run may have gone too far."""
        if epoch < self._trainer.epoch or self._trainer.batch:
            self._after_update(epoch * self._trainer.batches_an_epoch())

    def _make(self, updates: int) -> bool:
        """Make updates, at most so many; tell whether a breakpoint has ended that.

        Where something has to be looked at on the way they are fewer.
        """
        if self.guard is not None and not self.guard.idle:
            self._pace.begun()
            if self.train_batch() is None and self.guard.waits_for_epochs:
                self._rush_on(self.guard, min(updates - 1, self._rest_of_epoch))
            return self.hit is not None
        self._rush(self._until_noted(updates))
        return False

    def _rush_on(self, guard: Guard, updates: int) -> None:
        """Make so many updates more, none beyond this epoch, and look at its end."""
        if updates > 0:
            self._rush(updates)
            if self._trainer.batch == 0:
                self.hit = guard.after_update(self._begin.theta, self._example, self._index)

    @property
    def _rest_of_epoch(self) -> int:
        """How many updates of an epoch that has begun are still to be made."""
        made = self._trainer.batch
        return self._trainer.batches_an_epoch() - made if made else 0

    def _until_noted(self, updates: int) -> int:
        """Return how many of these updates can be made before there is something to note."""
        if self.recorder is None:
            return updates
        return min(updates, self._trainer.batches_an_epoch() - self._trainer.batch)


def run_of(project: Project, example: int) -> Run:
    """Return a run that stands before the first step of a row of the data, held back or not.

    example: from 0. Raises NotRunnable where it cannot be run, or there is no such row.
    """
    refuse_example(project, example)
    whole = project.with_data(validation=()).with_training(batch_size=None, order="fixed")
    run = Run(whole)
    run.go_to_row(example)
    return run
