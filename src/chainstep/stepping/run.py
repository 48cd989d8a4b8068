"""The run: one training run that is walked through, trained, stopped and taken back.

Training is going on by whole batches, up to a breakpoint. How a run is walked through step by
step is in `walk`; where in a batch a breakpoint holds is found in `guard`.
"""

from collections.abc import Callable, Iterable
from typing import Final

from chainstep.project import Project
from chainstep.stepping.breakpoints import Breakpoint
from chainstep.stepping.cursor import Cursor
from chainstep.stepping.guard import Guard, Hit
from chainstep.stepping.recorder import Recorder
from chainstep.stepping.snapshots import Changes
from chainstep.stepping.steps import PassSteps
from chainstep.stepping.walk import Walk
from chainstep.stepping.watches import Watch

__all__ = ["RETUNABLE", "Cursor", "Run"]

#: Settings that may change in the middle of a run, without starting anew.
RETUNABLE: Final = frozenset(
    {"learning_rate", "momentum", "rho", "beta1", "beta2", "epsilon", "weight_decay", "l1"}
    | {"epochs", "schedule", "stop", "initializer"}
)


class Run(Walk):
    """A training run over a project that can be stepped, trained and taken back.

    hit: the breakpoint that the last training ended at, None where it ended otherwise. guard:
    what looks for them. recorder: what is watched, with its values.
    """

    def __init__(self, project: Project) -> None:
        """Start before the first step. Raises NotRunnable where not even examples can run."""
        super().__init__(project)
        self.guard: Guard | None = None
        self.hit: Hit | None = None
        self.recorder: Recorder | None = None

    def train(
        self, epochs: int = 1, stop: Callable[[], bool] | None = None, until: float | None = None
    ) -> int:
        """Finish up to `epochs` epochs from where the run is; return how many.

        until: end when an epoch's loss is at most this. stop: asked after every epoch. A
        breakpoint ends it too, see `hit`.
        """
        done = 0
        while done < epochs:
            if self._train_epoch():
                done += 1
                reached = until is not None and self._trainer.losses[-1] <= until
                if reached or (stop is not None and stop()):
                    break
            if self.hit is not None:
                break
        return done

    def _train_epoch(self) -> bool:
        """Go on to the epoch's end or to a breakpoint; tell whether the epoch was finished."""
        before = self._trainer.epoch
        if self.guard is None or self.guard.idle:
            self.hit = None
            self._finish("epoch")
        while self._trainer.epoch == before and self.train_batch() is None:
            pass
        return self._trainer.epoch > before

    def train_batch(self) -> Hit | None:
        """Make the update of one batch: what a slice of live training consists of.

        Where a breakpoint holds on the way, stand on that very step instead and return the hit.
        """
        self.hit = None
        guard = self.guard
        if guard is None or guard.idle:
            self._finish("batch")
            return None
        after = self._example * guard.span + self._index
        if self._settled:
            self._open_batch()
            after = -1
        self.hit = guard.in_batch(self._begin.theta, self._rows, after)
        if self.hit is not None:
            self._example, self._index = self.hit.example, self.hit.index
            return self.hit
        self._finish("batch")
        self.hit = guard.after_update(self._begin.theta, self._example, self._index)
        return self.hit

    def set_breakpoints(self, breakpoints: Iterable[Breakpoint]) -> None:
        """Stop at these from now on; how often each one held is kept."""
        guard = Guard(breakpoints, self._trainer, self._pass)
        if self.guard is not None:
            guard.hits = self.guard.hits
        self.guard = guard

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
            self.guard.hits.clear()
        return self.cursor

    def go_to(self, updates: int) -> Cursor:
        """Stand on the update number `updates`, made or yet to be made; 0 is the start."""
        if updates <= self._trainer.batches:
            self._after_update(updates)
        while self._trainer.batches < updates:
            self._finish("batch")
        return self.cursor

    @property
    def changes(self) -> Changes:
        """The settings of all updates up to now: with them the run can be made again."""
        return self._snapshots.changes

    def take_up(self, changes: Changes, updates: int) -> Cursor:
        """Stand on an update as it is made with these settings; those of now hold from there."""
        self._snapshots.take_up(changes)
        self._after_update(updates)
        return self.cursor

    def adopt(self, project: Project) -> None:
        """Belong to a project that holds the weights reached; the run goes on as it was."""
        self._trainer.adopt(project)
        self._pass = PassSteps(project.network, backward=self.refused is None)
