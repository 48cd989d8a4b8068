"""The epochs of `chainstep train`: batch by batch, so that Ctrl+C is heard within one.

An update itself is the trainer's (`engine.trainer`), what to do about the results `train`'s.
"""

from collections.abc import Callable

from chainstep.engine.stopping import Stopping
from chainstep.engine.trainer import Held, Trainer
from chainstep.errors import NotRunnable
from chainstep.project import Project


class Training:
    """One training.

    validates: whether it looks at the rows held back after each epoch; held: what it saw there.
    """

    def __init__(
        self, project: Project, epochs: int, until: float | None = None, validate: bool = False
    ) -> None:
        """Get ready. Raises NotRunnable.

        until: a wanted loss, instead of the document's. validate: look at the rows held back
        after every epoch, even where nothing waits for them.
        """
        self.trainer = Trainer(project)
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
        """Train to the end, or until `asked` to stop after a batch. Raises NumbersBroke.

        show: told the number of epochs and the last one's loss.
        """
        trainer = self.trainer
        while trainer.epoch < self.epochs and not self.interrupted:
            trainer.step_batch()
            if trainer.batch == 0:
                show(trainer.epoch, trainer.losses[-1])
                if self._ends():
                    break
            self.interrupted = trainer.epoch < self.epochs and asked()

    def _ends(self) -> bool:
        held = self.trainer.held() if self.validates else None
        if held is not None:
            self.held.append(held)
        return self.stopping.after(self.trainer.losses[-1], None if held is None else held.loss)
