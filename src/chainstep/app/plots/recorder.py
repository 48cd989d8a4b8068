"""Notes along a run what the trainer does not keep: δ by level, loss and accuracy held back.

It is asked after every slice of training, and keeps to its share of the time.
Where it stands in the window: `tabs`.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from chainstep.stepping.watching.samples import Samples

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.engine.trainer import Trainer
    from chainstep.stepping.run import Run

#: Measuring may take one part in so many of the time ...
SHARE: Final = 50
#: ... once a run has cost so much (s); until then every epoch is measured where that is quick (s).
FREE: Final = 0.04
_QUICK: Final = 0.008
#: Connections times rows that δ is averaged over; of a large net at least so many rows.
MOST_TERMS: Final = 300_000
LEAST_ROWS: Final = 20
#: Training rows that the accuracy is measured on.
MOST_ROWS: Final = 500
NONE: Final = math.nan


class Recorder:
    """flow: mean |δ| of each level. held: validation loss, its accuracy, that of the training."""

    def __init__(self) -> None:
        self.flow = Samples()
        self.held = Samples()
        self._trainer: Trainer | None = None
        self._theta: object = None
        self._cost = self._spent = 0.0
        self._next = 0.0

    def observe(self, run: Run, always: bool = False) -> None:
        """Measure after an epoch, where there is time for it; always: whatever it takes."""
        trainer = run.trainer
        if trainer is not self._trainer:
            self._begin(trainer)
        here = _epochs(trainer)
        self.flow.cut(here)
        self.held.cut(here)
        if run.refused is not None or trainer.theta is self._theta:
            return
        now = time.monotonic()
        free = self._spent < FREE and self._cost < _QUICK
        if always or free or now >= self._next:
            first = not len(self.flow)
            self._measure(trainer)
            # The first time counts the imports too, which says nothing of the next.
            self._cost = 0.0 if first else time.monotonic() - now
            self._spent += self._cost
            self._next = now + SHARE * self._cost

    def _begin(self, trainer: Trainer) -> None:
        self.flow.clear()
        self.held.clear()
        self._trainer, self._theta = trainer, None
        self._cost = self._spent = self._next = 0.0

    def _measure(self, trainer: Trainer) -> None:
        self._theta = trainer.theta
        self.flow.note(_epochs(trainer), flow_of(trainer))
        row = held_of(trainer)
        if any(value == value for value in row):
            self.held.note(_epochs(trainer), row)


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
