"""Notes along a run what the trainer does not keep: δ by level, loss and accuracy held back.

It is asked after every slice of training, and keeps to its share of the time.
Where it stands in the window: `tabs`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from chainstep.stepping.watching.samples import Samples

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.engine.activations import Array
    from chainstep.engine.trainer import Trainer
    from chainstep.stepping.run import Run

#: Measuring may take one part in so many of the time, and what is held back may take more: how
#: it goes there is what one looks for ...
SHARE: Final = 100
HELD_SHARE: Final = 5
#: ... once a run has cost so much (s); until then it is measured whenever it is asked.
FREE: Final = 0.02
#: Connections times rows that δ is averaged over; of a large net at least so many rows.
MOST_TERMS: Final = 300_000
LEAST_ROWS: Final = 20
#: Training rows that the accuracy is measured on.
MOST_ROWS: Final = 500
NONE: Final = math.nan


class Recorder:
    """flow: mean |δ| of each level. held: validation loss, its accuracy, that of the training."""

    def __init__(self) -> None:
        self._flow, self._held = _Measured(flow_of), _Measured(held_of)
        self.flow, self.held = self._flow.notes, self._held.notes
        self.notes = self.held, self.flow
        self._trainer: Trainer | None = None

    def observe(self, run: Run, always: bool = False) -> None:
        """Measure after an epoch, where there is time for it; always: whatever it takes."""
        trainer = run.trainer
        if trainer is not self._trainer:
            self._trainer = trainer
            self._flow.begin(SHARE)
            self._held.begin(HELD_SHARE if trainer.project.data.validation else SHARE)
        for measured in (self._flow, self._held):
            measured.notes.cut(_epochs(trainer))
            if run.refused is None:
                measured.observe(trainer, always)


class _Measured:
    """One thing measured along a run: its notes, and when there is time for the next one."""

    def __init__(self, measure: Callable[[Trainer], Sequence[float]]) -> None:
        """measure: returns the numbers of a note; one without a single number is not kept."""
        self.notes = Samples()
        self._measure = measure
        self.begin(SHARE)

    def begin(self, share: int) -> None:
        """Forget all. share: it may take one part in so many of the time."""
        self.notes.clear()
        self._share = share
        self._theta: Array | None = None
        self._cost = self._spent = self._next = 0.0

    def observe(self, trainer: Trainer, always: bool) -> None:
        """Measure where the weights are other ones, and there is time for it."""
        if trainer.theta is self._theta:
            return
        now = time.monotonic()
        if always or self._spent < FREE or now >= self._next:
            first, self._theta = self._theta is None, trainer.theta
            row = self._measure(trainer)
            if any(value == value for value in row):
                self.notes.note(_epochs(trainer), row)
            if not first:  # that one counts the imports too, which says nothing of the next
                took = time.monotonic() - now
                self._spent += took
                self._cost = min(self._cost or took, took)  # the rest of the time was others'
                self._next = now + self._share * self._cost


def _epochs(trainer: Trainer) -> float:
    """Return how many epochs were gone through, with the part of the one under way."""
    part = trainer.batch / trainer.batches_an_epoch() if trainer.batch else 0
    return trainer.epoch + part


def flow_of(trainer: Trainer) -> list[float]:
    """Return mean |δ| of each level over some of the training rows, at the parameters now."""
    from chainstep.stepping import maps

    fitting = MOST_TERMS // max(1, len(trainer.plan.weight))
    rows = maps.thinned(trainer.rows, min(maps.MOST_ROWS, max(LEAST_ROWS, fitting)))
    inputs, targets = trainer.examples(rows)
    loss = trainer.project.loss
    delta = maps.deltas(loss, trainer.plan, trainer.theta, inputs, targets)
    return maps.flow(trainer.plan, delta)


def held_of(trainer: Trainer) -> tuple[float, float, float]:
    """Return validation loss and accuracy and the training's accuracy; NaN where there is none."""
    from chainstep.engine.metrics import classifies
    from chainstep.stepping.maps import thinned

    held = trainer.held()
    accuracy = NONE
    if classifies(trainer.project):
        accuracy = trainer.measure(thinned(trainer.rows, MOST_ROWS)).accuracy or 0.0
    if held is None:
        return NONE, NONE, accuracy
    return held.loss, NONE if held.accuracy is None else held.accuracy, accuracy
