"""The plain engine: batch by batch through `passes` and `optimizers`, which are the reference.

It serves the batches that the scalar program gives up (a number that Python's functions refuse),
and the tests, which hold every other engine against it.
"""

from collections.abc import Mapping

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.feed import Feed
from chainstep.engine.optimizers import OptimizerState, update
from chainstep.engine.passes import backward, forward, gradient, shares
from chainstep.engine.plan import Indices, Plan
from chainstep.project import Loss, Training


class PlainEngine:
    """Makes updates batch by batch; holds parameters and optimiser in the plan's order."""

    factor = 1.0

    def __init__(
        self, plan: Plan, loss: Loss, training: Training, feed: Feed, size: int, chunk: int = 1024
    ) -> None:
        self.plan, self.loss, self.feed, self.size, self.chunk = plan, loss, feed, size, chunk
        self.frozen = ~plan.trainable(training.train_biases)
        self.decayed = ~self.frozen & (np.arange(plan.size) < plan.weights)
        self.theta = np.zeros(plan.size)
        self.state = OptimizerState(plan.size)
        self.tune(training, training.learning_rate)

    def load(self, theta: Array, vectors: Mapping[str, Array], count: int) -> None:
        """Take over parameters and the optimiser's memory."""
        copies = {name: vector.copy() for name, vector in vectors.items()}
        self.theta, self.state = theta, OptimizerState(self.plan.size, count, copies)

    def unload(self) -> tuple[Array, dict[str, Array], int]:
        """Return parameters and the optimiser's memory."""
        copy = self.state.copy()
        return self.theta, copy.vectors, copy.count

    def keep(self) -> object:
        """Return what `take_back` needs."""
        return self.unload()

    def take_back(self, kept: object) -> None:
        """Go back to what was kept."""
        self.load(*kept)  # type: ignore[misc]

    @property
    def finite(self) -> bool:
        """Whether all parameters are finite."""
        return bool(np.isfinite(self.theta).all())

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next batch on. rate: η of the epoch."""
        self.training, self.rate = training, rate

    def run(
        self, first: int, last: int, repeats: int, met: float, order: Indices | None
    ) -> list[float]:
        """Make the updates of batches first:last, `repeats` times; return the errors of each."""
        places = np.arange(len(self.feed)) if order is None else order
        sums = []
        for _ in range(repeats):
            for number in range(first, last):
                met += self._step(places[number * self.size : (number + 1) * self.size])
            sums.append(met)
            met = 0.0
        return sums

    def _step(self, picks: Indices) -> float:
        error, g = 0.0, np.zeros(self.plan.size)
        for start in range(0, len(picks), self.chunk):
            share, part = self._gradient(picks[start : start + self.chunk])
            error, g = error + share, g + part
        if self.training.reduction == "mean":
            g /= len(picks)
        g[self.frozen] = 0.0
        theta = update(self.state, self.training, self.rate, self.theta, g, self.decayed)
        theta[self.frozen] = self.theta[self.frozen]
        self.theta = theta
        return error

    def _gradient(self, picks: Indices) -> tuple[float, Array]:
        inputs, targets = self.feed.examples(picks)
        state = forward(self.plan, self.theta, inputs)
        error = float(shares(self.plan, self.loss, state, targets).sum())
        back = backward(self.plan, self.theta, self.loss, state, targets)
        return error, gradient(self.plan, self.theta, state.z, back.delta)
