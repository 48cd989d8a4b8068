"""Where a run is; `run` moves it, `explain` says what is there."""

from dataclasses import dataclass

from chainstep.stepping.steps import Step


@dataclass(frozen=True)
class Cursor:
    """Where a run is; everything counts from 0.

    epoch, batch: of this example's batch; batches: in an epoch. example: place in the batch, of
    `examples`. row: row of the data. index: how many of the example's `count` steps are done.
    step: the last one done, None before the first. updates: made since the start. aside: the
    example is looked at alone, at the weights reached, and none of the run's.
    """

    epoch: int
    batch: int
    batches: int
    example: int
    examples: int
    row: int
    index: int
    count: int
    step: Step | None
    updates: int
    aside: bool = False
