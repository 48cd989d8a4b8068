"""The epochs of `chainstep train`, in short stretches, so that Ctrl+C is heard soon.

An update itself is the trainer's (`engine.trainer`), what to do about the results `train`'s.
"""

from collections.abc import Callable
from typing import Final

from chainstep.engine.stopping import Stopping
from chainstep.engine.trainer import Held, Trainer
from chainstep.errors import ChainstepError, NotRunnable
from chainstep.project import Project
from chainstep.stepping.explain.step import readout
from chainstep.stepping.pace import Pace
from chainstep.stepping.run import Run
from chainstep.stepping.watching.breakpoints import read_all

#: Seconds of training between two looks at whether someone wants to stop it.
STRETCH: Final = 0.05


class Training:
    """One training.

    validates: whether it looks at the rows held back after each epoch; held: what it saw there.
    stopped: at which breakpoint it ended, and where, in words; "" where it did not.
    """

    def __init__(
        self,
        project: Project,
        epochs: int,
        until: float | None = None,
        validate: bool = False,
        breaks: bool = False,
    ) -> None:
        """Get ready. Raises NotRunnable.

        until: a wanted loss, instead of the document's. validate: look at the rows held back
        after every epoch, even where nothing waits for them. breaks: stop at the document's
        breakpoints.
        """
        self._guarded = guarded(project) if breaks else None
        self.trainer = Trainer(project) if self._guarded is None else self._guarded.trainer
        self.stopped = ""
        if self.trainer.refused is not None:
            raise NotRunnable(self.trainer.refused)
        stop = project.training.stop
        patient = stop is not None and stop.patience is not None
        self.validates = bool(project.data.validation) and (validate or patient)
        self.epochs = epochs
        self.stopping = Stopping(stop, until)
        self.held: list[Held] = []
        self.interrupted = False

    def run(self, asked: Callable[[], bool], show: Callable[[int, float], None]) -> None:
        """Train to the end, or until `asked` to stop after a stretch. Raises NumbersBroke.

        show: told the number of epochs and the last one's loss.
        """
        trainer, pace = self.trainer, Pace()
        while trainer.epoch < self.epochs and not self.interrupted and not self.stopped:
            epoch = trainer.epoch
            rest = trainer.batches_an_epoch() - trainer.batch
            count = min(rest, pace.updates(STRETCH))
            with pace.measured(count):
                self._advance(count)
            if trainer.epoch > epoch:
                show(trainer.epoch, trainer.losses[-1])
                if self._ends():
                    break
            self.interrupted = trainer.epoch < self.epochs and asked()

    def _advance(self, updates: int) -> None:
        """Make so many updates; fewer where a breakpoint holds."""
        run = self._guarded
        if run is None:
            self.trainer.advance(updates)
            return
        for _ in range(updates):
            hit = run.train_batch()
            if hit is not None:
                self.stopped = f"{hit.reason} ({readout(run.cursor)})"
                return

    def _ends(self) -> bool:
        held = self.trainer.held() if self.validates else None
        if held is not None:
            self.held.append(held)
        return self.stopping.after(self.trainer.losses[-1], None if held is None else held.loss)


def guarded(project: Project) -> Run:
    """Return a run that stops at the document's breakpoints. Raises ChainstepError without any."""
    run = Run(project)
    run.set_breakpoints(read_all(project.debug.breakpoints))
    if run.guard is None or run.guard.idle:
        raise ChainstepError(
            "There is no breakpoint that is on: set one in the window (F9), or leave out --break."
        )
    return run
