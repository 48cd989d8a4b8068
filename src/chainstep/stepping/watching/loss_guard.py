"""Breakpoints on the loss: at the end of an epoch, on training or validation rows.

A condition holds when it begins to: a loss that stays below a limit is told once.
"""

import math
from array import array

from chainstep.engine.trainer import Trainer
from chainstep.stepping.numbers import format_number
from chainstep.stepping.watching import breakpoints as kinds
from chainstep.stepping.watching.breakpoints import Breakpoint


class LossGuard:
    """Knows the losses of a run; those on the validation rows from when it began to look."""

    def __init__(self) -> None:
        self._held = array("d")

    def reason(self, breakpoint: Breakpoint, trainer: Trainer) -> str:
        """Say why the epoch just finished is a hit, "" where it is none."""
        losses = self._of(breakpoint, trainer)
        last = len(losses) - 1
        if not _holds(breakpoint, losses, last) or _holds(breakpoint, losses, last - 1):
            return ""
        value = format_number(losses[last], kinds.MEASURED)
        if breakpoint.kind == kinds.LOSS_BELOW:
            return f"{kinds.words(breakpoint)}: it is {value}"
        before = format_number(losses[last - breakpoint.epochs], kinds.MEASURED)
        return f"{kinds.words(breakpoint)}: from {before} to {value}"

    def limit(self, breakpoint: Breakpoint, trainer: Trainer) -> float:
        """Return what E has to exceed at the end of the next epoch; NaN where it is not known."""
        losses = trainer.losses if breakpoint.of == "training" else self._held[: trainer.epoch]
        return _limit(breakpoint, losses, trainer.epoch)

    def _of(self, breakpoint: Breakpoint, trainer: Trainer) -> "array[float]":
        if breakpoint.of == "training":
            return trainer.losses
        self._measure(trainer)
        return self._held

    def _measure(self, trainer: Trainer) -> None:
        """Know the validation loss after each epoch up to now; not a number where not asked."""
        del self._held[trainer.epoch - 1 :]
        while len(self._held) < trainer.epoch - 1:
            self._held.append(math.nan)
        held = trainer.held()
        self._held.append(math.nan if held is None else held.loss)


def _holds(breakpoint: Breakpoint, losses: "array[float]", at: int) -> bool:
    if at < 0:
        return False
    if breakpoint.kind == kinds.LOSS_BELOW:
        return losses[at] < breakpoint.value
    return losses[at] > _limit(breakpoint, losses, at)


def _limit(breakpoint: Breakpoint, losses: "array[float]", at: int) -> float:
    """Return what a loss that rises exceeds at a place; NaN where nothing is too much yet."""
    past = at - breakpoint.epochs
    if breakpoint.epochs < 1 or not 0 <= past < len(losses):
        return math.nan
    return losses[past] + abs(losses[past]) * breakpoint.value / 100
