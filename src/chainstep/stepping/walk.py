"""Walking through a run: at any grain, forwards and back.

Term, unit, level, pass, example, batch and epoch are grains of the same thing; training is going
on by whole batches. The run is deterministic: going back restores the nearest snapshot and makes
the batches since then again, bit for bit. Updates are the trainer's (`engine.trainer`); the
numbers of a step are the trace's (`trace`); what a step says is in `explain`. Training until a
breakpoint, and all that a whole run can do, is in `run`.
"""

from bisect import bisect_left, bisect_right
from typing import NoReturn

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.optimizers import OptimizerState
from chainstep.engine.trainer import Snapshot, Trainer
from chainstep.errors import ChainstepError, NumbersBroke
from chainstep.project import Project, Training
from chainstep.stepping.cursor import Cursor
from chainstep.stepping.snapshots import Snapshots
from chainstep.stepping.steps import GRAINS, PassSteps
from chainstep.stepping.trace import Trace, refuse_example
from chainstep.stepping.watching import breakage


class Walk:
    """A place in a training run, and the ways to others.

    losses: one number an epoch, E as met, batch by batch, before each update.
    """

    def __init__(self, project: Project) -> None:
        """Start before the first step. Raises NotRunnable where not even examples can run."""
        self._trainer = Trainer(project)
        self._snapshots = Snapshots(self._trainer)
        self._pass = PassSteps(project.network, backward=self._trainer.refused is None)
        self._settled = False
        self._example = self._index = 0
        self._begin = self._trainer.snapshot()
        self._known_rows: list[int] = []
        self._trace: Trace | None = None
        #: That of a batch, by where it began and the settings: each look at the update asks for it.
        self._gradient: tuple[Snapshot, Training, Array] | None = None
        self._rate = 0.0
        #: A row looked at aside from the batch, and where the run stands meanwhile.
        self._aside: int | None = None
        self._stood = (0, 0)

    @property
    def trainer(self) -> Trainer:
        """The trainer, at the weights reached."""
        return self._trainer

    @property
    def refused(self) -> str | None:
        """Why there can be no backward pass and no update, or None."""
        return self._trainer.refused

    @property
    def steps(self) -> PassSteps:
        """The steps of a pass."""
        return self._pass

    @property
    def losses(self) -> list[float]:
        """One number an epoch: E as met, batch by batch, before each update."""
        return self._trainer.losses.tolist()

    @property
    def project(self) -> Project:
        """The project with the weights reached."""
        trainer = self._trainer
        return trainer.plan.project_with(trainer.project, trainer.theta)

    @property
    def moved(self) -> bool:
        """Whether any update was made since the start."""
        return self._trainer.batches > 0

    @property
    def cursor(self) -> Cursor:
        """Where the run is."""
        count = self._count(self._example)
        if self._aside is not None:
            return self._cursor_aside(self._aside, count)
        return Cursor(
            epoch=self._begin.epoch,
            batch=self._begin.batch,
            batches=self._batches(),
            example=self._example,
            examples=len(self._rows),
            row=self._rows[self._example],
            index=self._index,
            count=count,
            step=self._pass.steps[self._index - 1] if self._index else None,
            updates=self._trainer.batches,
        )

    def _cursor_aside(self, row: int, count: int) -> Cursor:
        step = self._pass.steps[self._index - 1] if self._index else None
        begin, updates = self._begin, self._trainer.batches
        return Cursor(
            begin.epoch, begin.batch, 1, 0, 1, row, self._index, count, step, updates, aside=True
        )

    @property
    def batch_rows(self) -> tuple[int, ...]:
        """The data's row numbers of the current batch, in order."""
        return tuple(self._rows)

    @property
    def rate(self) -> float:
        """The learning rate of the current batch's update."""
        return self._rate if self._settled else self._trainer.rate()

    @property
    def before(self) -> Array:
        """The parameters that the current batch is computed with, flat as in the plan."""
        return self._begin.theta

    @property
    def memory(self) -> OptimizerState:
        """What the optimiser remembered before the current batch's update."""
        return self._begin.optimizer

    @property
    def gradient(self) -> Array:
        """The reduced gradient of the current batch, flat as in the plan."""
        begin, training = self._begin, self._trainer.training
        known = self._gradient
        if known is None or known[0] is not begin or known[1] is not training:
            rows = np.array(self._rows, dtype=np.intp)
            known = begin, training, self._trainer.gradient_at(begin.theta, rows)
            self._gradient = known
        return known[2].copy()

    @property
    def trace(self) -> Trace:
        """The current example's pass, at the weights before its batch's update.

        Looked at aside, an example is seen at the weights reached.
        """
        aside, trainer = self._aside, self._trainer
        row = self._rows[self._example] if aside is None else aside
        trace = self._trace
        if trace is None or trace.example != row:
            theta = self._begin.theta if aside is None else trainer.theta
            trace = Trace(trainer.project, trainer.plan, theta, row, strict=False)
        self._trace = trace
        return trace

    def loss(self) -> float:
        """Return E over the training rows at the weights reached."""
        return self._trainer.loss()

    def step(self, grain: str = "term") -> Cursor:
        """Go on to the end of the next term, unit, level, pass, example, batch or epoch."""
        self._check(grain)
        if self._ends_aside(grain, self._index >= self._count(self._example)):
            return self.cursor
        if grain in ("batch", "epoch"):
            self._finish(grain)
        elif self._index >= self._count(self._example):
            self._next_example()
            self._go_to(self._following(grain, 0))
        else:
            self._go_to(self._following(grain, self._index))
        return self.cursor

    def back(self, grain: str = "term") -> Cursor:
        """Go back to the end of the term, unit … epoch before, as far as the start."""
        self._check(grain)
        if self._ends_aside(grain, self._index == 0):
            return self.cursor
        if grain == "epoch":
            self._back_epoch()
        elif grain == "batch":
            self._back_batch()
        elif (before := self._preceding(grain)) is not None:
            self._seek(before)
        else:
            self._back_example()
        return self.cursor

    def seek(self, index: int) -> Cursor:
        """Go to a step of the current example: `index` of its steps are done then."""
        self._seek(max(0, min(index, self._count(self._example))))
        return self.cursor

    def look_at(self, row: int) -> Cursor:
        """Look at the pass of any row of the data, aside from the run, at the weights reached.

        Its steps make no update. A step beyond either end of the pass, and everything coarser
        than an example, is made from where the run stands meanwhile. Raises NotRunnable where
        there is no such row.
        """
        refuse_example(self._trainer.project, row)
        self.look_back()
        self._stood = self._example, self._index
        self._aside, self._index, self._trace = row, 0, None
        return self.cursor

    def look_back(self) -> Cursor:
        """Look at the example that the run stands at, where another one was looked at."""
        if self._aside is not None:
            self._aside, self._trace = None, None
            self._example, self._index = self._stood
        return self.cursor

    def go_to_row(self, row: int) -> Cursor:
        """Stand before the first step of a row of the data; its batch's weights stay the same.

        Raises ChainstepError where the row is not in this batch.
        """
        self.look_back()
        if row not in self._rows:
            raise ChainstepError(
                f"Example {row + 1} is not in this batch: step on by batches until its turn comes."
            )
        if self._settled:
            self._rewind_update()
        self._example, self._index = self._rows.index(row), 0
        return self.cursor

    def retune(self, training: Training) -> None:
        """Take other numbers (see RETUNABLE) from here on; going back goes back to before them."""
        self._trainer.retune(training)
        self._snapshots.retune(self._trainer.batches, training)

    def _check(self, grain: str) -> None:
        if grain not in GRAINS:
            raise ChainstepError(f"{grain} is no grain; there are {', '.join(GRAINS)}.")

    def _ends_aside(self, grain: str, at_end: bool) -> bool:
        """End a look aside that a move leads out of; tell whether that was the whole move."""
        coarse = grain in ("batch", "epoch")
        if self._aside is None or not (coarse or at_end):
            return False
        self.look_back()
        return not coarse

    def _count(self, example: int) -> int:
        last = self._aside is None and example == len(self._rows) - 1
        return self._pass.count(with_update=last)

    def _following(self, grain: str, index: int) -> int:
        count = self._count(self._example)
        if grain == "example":
            return count
        ends = self._pass.ends(grain)
        return min(ends[bisect_right(ends, index)], count)

    def _preceding(self, grain: str) -> int | None:
        """Return the end before the current step within this example, None where there is none."""
        first = self._aside is not None or (self._updates_before == 0 and self._example == 0)
        if grain == "example":
            return 0 if first and self._index else None
        ends = self._pass.ends(grain)
        place = bisect_left(ends, self._index)
        if place > 0:
            return ends[place - 1]
        return 0 if first and self._index else None

    def _seek(self, index: int) -> None:
        if self._aside is None and self._settled and index < self._count(self._example):
            self._rewind_update()
        self._go_to(index)

    def _go_to(self, index: int) -> None:
        """Move within the example; its last step with an update makes that update."""
        count = self._count(self._example)
        last = self._aside is None and self._example == len(self._rows) - 1
        if index == count and last and not self._settled and self.refused is None:
            self._settle()
        self._index = index

    def _settle(self) -> None:
        self._snapshots.keep(self._trainer.batches, self._begin)
        self._rate = self._trainer.rate()
        try:
            self._trainer.step_batch()
        except NumbersBroke as broke:
            self._stand_where_it_broke(broke)
        self._settled = True
        if self._trainer.batch == 0:
            self._epoch_done()

    def _epoch_done(self) -> None:
        """Take notes after an epoch; a walk takes none, see `run`."""

    def _stand_where_it_broke(self, broke: NumbersBroke) -> NoReturn:
        """Stand at the example, unit and pass of the first number that is not finite."""
        hit = breakage.find(self._trainer, self._pass, self._begin.theta, self._rows)
        if hit is None:
            # Every number of the passes is finite: it is the update that went too far.
            self._example = len(self._rows) - 1
            self._index = self._count(self._example) - 1
            raise broke
        self._example, self._index = hit.example, hit.index
        raise breakage.told(hit, self._trainer, self._pass, self._rows[hit.example]) from None

    def _next_example(self) -> None:
        if self._settled:
            self._open_batch()
        else:
            # Without an update, as where the backward pass is refused, the rows come round again.
            self._example = (self._example + 1) % len(self._rows)
            self._index = 0

    def _open_batch(self) -> None:
        """Stand before the batch that comes next."""
        self._begin = self._trainer.snapshot()
        self._known_rows = []
        self._settled, self._example, self._index = False, 0, 0
        self._aside, self._trace = None, None

    @property
    def _rows(self) -> list[int]:
        """The data's row numbers of this batch; not looked up while training rushes by."""
        if not self._known_rows:
            trainer, begin = self._trainer, self._begin
            # Where nothing can be updated there are no batches, only rows to look at.
            everything = trainer.rows.tolist() if self.refused is not None else None
            self._known_rows = everything or trainer.batch_rows(begin.epoch, begin.batch)
        return self._known_rows

    def _batches(self) -> int:
        return self._trainer.batches_an_epoch() if self.refused is None else 1

    def _finish(self, grain: str) -> None:
        """Finish this batch, or the next where this one is done; then on to the epoch's end."""
        while True:
            if self._settled:
                self._open_batch()
            self._settle()
            if grain == "batch" or self._trainer.batch == 0:
                break
        self._stand_on_update()

    def _stand_on_update(self) -> None:
        self._example = len(self._rows) - 1
        self._index = self._count(self._example)

    def _back_example(self) -> None:
        """Stand at the end of the example before, as far as the start."""
        if self._example:
            if self._settled:
                self._rewind_update()
            self._example -= 1
            self._index = self._count(self._example)
        else:
            self._back_batch()

    def _back_batch(self) -> None:
        self._after_update(self._updates_before)

    @property
    def _updates_before(self) -> int:
        """How many updates were made before the current batch, whose own may be made too."""
        return self._trainer.batches - int(self._settled)

    def _back_epoch(self) -> None:
        at_end = self._settled and self._trainer.batch == 0
        whole = self._trainer.epoch - (1 if at_end else 0)
        self._after_update(whole * self._batches())

    def _after_update(self, updates: int) -> None:
        """Stand on the update number `updates`, made as it was then; 0 is the start."""
        if updates <= 0:
            self._at_batch(0)
            return
        now = self._trainer.training
        self._snapshots.replay(self._trainer, updates - 1)
        self._open_batch()
        self._settle()
        self.retune(now)
        self._stand_on_update()

    def _at_batch(self, updates: int) -> None:
        """Stand before the first example of the batch that follows `updates` updates."""
        now = self._trainer.training
        self._snapshots.replay(self._trainer, updates)
        self.retune(now)
        self._open_batch()

    def _rewind_update(self) -> None:
        """Take back this batch's update, staying at the same example and step."""
        if self._settled:
            example, index = self._example, self._index
            self._trainer.restore(self._begin, self._trainer.batches - 1)
            self._settled = False
            # Made again, the update takes the settings of now, whatever it was made with.
            self.retune(self._trainer.training)
            self._example, self._index = example, min(index, self._count(example) - 1)
