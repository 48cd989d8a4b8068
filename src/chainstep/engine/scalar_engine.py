"""The engine of the scalar program: batches and epochs of tiny nets, without NumPy.

It holds the interpreter while it runs: who shows a window asks for a few milliseconds at a time
(`stepping.run`). The program itself is written in `scalar`.
"""

import math
from collections.abc import Mapping

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.feed import Feed
from chainstep.engine.plan import Indices, Plan
from chainstep.engine.scalar import Row, Theta, compile_program, factor
from chainstep.project import Loss, Training


class ScalarEngine:
    """Makes updates batch by batch; holds the parameters as a tuple, in the plan's order."""

    def __init__(self, plan: Plan, loss: Loss, training: Training, feed: Feed, size: int) -> None:
        """size: rows of a batch that is not the last. Plain descent only."""
        self.feed, self.size, self.factor = feed, size, factor(plan, loss)
        self._program = compile_program(plan, loss, training, online=size == 1)
        self._theta: Theta = ()
        self._fixed = self._batches(feed.listed)
        self.tune(training, training.learning_rate)

    def load(self, theta: Array, vectors: Mapping[str, Array], count: int) -> None:
        """Take over the parameters; plain descent has no memory but the number of updates."""
        self._theta = tuple(theta.tolist())

    def unload(self) -> tuple[Array, dict[str, Array], int]:
        """Return the parameters in the plan's order."""
        return np.array(self._theta, dtype=np.float64), {}, 0

    def keep(self) -> object:
        """Return what `take_back` needs."""
        return self._theta

    def take_back(self, kept: object) -> None:
        """Go back to what was kept."""
        self._theta = kept  # type: ignore[assignment]

    @property
    def finite(self) -> bool:
        """Whether all parameters are finite."""
        return all(map(math.isfinite, self._theta))

    def tune(self, training: Training, rate: float) -> None:
        """Take this η from the next batch on."""
        self._rate = rate

    def run(
        self, first: int, last: int, repeats: int, met: float, order: Indices | None
    ) -> list[float]:
        """Make the updates of batches first:last of an epoch, `repeats` times over.

        Returns the sum of the errors of each round, the first plus met. Raises ArithmeticError
        or ValueError where a number is too large for the functions of `math`.
        """
        batches = self._fixed
        if order is not None:
            listed = self.feed.listed
            batches = self._batches([listed[pick] for pick in order.tolist()])
        chosen = batches[first:last] if last - first < len(batches) else batches
        self._theta, sums = self._program(self._theta, chosen, self._rate, repeats, met)
        return sums

    def _batches(self, rows: list[Row]) -> list[Row] | list[list[Row]]:
        if self.size == 1:
            return rows
        return [rows[n : n + self.size] for n in range(0, len(rows), self.size)]
