"""The engine of tapes: batches, chunks and epochs, by vectorised kernels.

Serves every net, loss, optimiser and batch size. A batch's calls are in `tape`; which engine
trains is for `engines` to choose.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from chainstep.engine import cost
from chainstep.engine.activations import Array
from chainstep.engine.feed import Feed
from chainstep.engine.packer import pack
from chainstep.engine.plan import Indices, Plan
from chainstep.engine.tape_batches import Batches, Chunked, Whole
from chainstep.engine.updates import Updater
from chainstep.project import Loss, Training


class TapeEngine:
    """Makes updates batch by batch; holds parameters and optimiser in the packed layout."""

    def __init__(
        self,
        plan: Plan,
        loss: Loss,
        training: Training,
        feed: Feed,
        size: int,
        force: str | None = None,
    ) -> None:
        """size: rows of a batch that is not the last. force: one kernel for all, for tests."""
        self.feed, self.size, self.loss = feed, size, loss
        self.packing = pack(plan, min(size, cost.MOST_COLUMNS), force)
        self.lanes = cost.lanes(plan, size)
        numbers = self.packing.numbers()
        self.columns = cost.columns_at_once(size, numbers, plan.size, self.lanes)
        self.theta, self.flat = np.zeros(self.packing.size), np.zeros(self.packing.size)
        frozen = ~plan.trainable(training.train_biases)
        are_weights = np.arange(plan.size) < len(plan.weight)
        live = self.packing.pack((~frozen).astype(np.float64))
        decayed = self.packing.pack((~frozen & are_weights).astype(np.float64))
        masked = not self.packing.whole or bool(frozen.any())
        self.live = live if masked else None
        self.updater = Updater(self.theta, self.flat, live, decayed)
        self._batches: dict[int, Batches] = {}
        self.training, self.rate = training, training.learning_rate
        self.updater.tune(training, self.rate)

    def load(self, theta: Array, vectors: Mapping[str, Array], count: int) -> None:
        """Take over parameters and the optimiser's memory, in the plan's order."""
        self.theta[self.packing.place] = theta
        self.updater.count = count
        self.updater.vectors = {name: self.packing.pack(v) for name, v in vectors.items()}
        self.updater.tune(self.training, self.rate)

    def unload(self) -> tuple[Array, dict[str, Array], int]:
        """Return parameters and the optimiser's memory in the plan's order."""
        used = self.updater.vectors if self.updater.count else {}
        vectors = {name: self.packing.unpack(v) for name, v in used.items()}
        return self.packing.unpack(self.theta), vectors, self.updater.count

    def keep(self) -> object:
        """Return what `take_back` needs."""
        vectors = {name: v.copy() for name, v in self.updater.vectors.items()}
        return self.theta.copy(), vectors, self.updater.count

    def take_back(self, kept: object) -> None:
        """Go back to what was kept."""
        theta, vectors, self.updater.count = kept  # type: ignore[misc]
        self.theta[...] = theta  # type: ignore[has-type]
        for name, vector in self.updater.vectors.items():
            vector[...] = vectors.get(name, 0.0)  # type: ignore[has-type]

    @property
    def finite(self) -> bool:
        """Whether all parameters are finite."""
        return bool(np.isfinite(self.theta).all())

    @property
    def in_place(self) -> bool:
        """Whether BLAS changes the weights in the call that multiplies."""
        return any(batches.in_place for batches in self._batches.values())

    @property
    def factor(self) -> float:
        """What the errors that `run` returns are to be multiplied with."""
        return self._of(self.size).factor

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next batch on; plain descent stays so, or does not.

        rate: η of the epoch.
        """
        if training is self.training and rate == self.rate:
            return
        self.training, self.rate = training, rate
        self.updater.tune(training, rate)
        for batches in self._batches.values():
            batches.tune(training, rate)

    def run(
        self, first: int, last: int, repeats: int, met: float, order: Indices | None
    ) -> list[float]:
        """Make the updates of batches first:last of an epoch, `repeats` times over.

        met: what the first round's errors are added to. order: places of the training rows, None
        for 0, 1, 2 … Returns the sum of the errors of each round. Without a batch it only makes
        ready for the first one.
        """
        usual = self._of(self.size)
        if order is None and last == 1 and self.size == len(self.feed):
            parts = [part for stack in self.feed.blocks(self.columns) for part in stack]
            return usual.repeat(parts, repeats, met)
        sums = []
        for _ in range(repeats):
            for rows, blocks in self._pieces(first, last, order):
                met = self._of(rows).run(blocks, met)
            sums.append(float(met))
            met = 0.0
        return sums

    def _pieces(
        self, first: int, last: int, order: Indices | None
    ) -> Iterator[tuple[int, Iterable[Array]]]:
        """Yield runs of batches of one size: the rows of each, and their blocks."""
        size, left = self.size, len(self.feed) % self.size
        whole = min(last, len(self.feed) // size)
        if order is None:
            stacks = self.feed.blocks(size)
            pieces: tuple[Iterable[Array], Iterable[Array]] = stacks[0][first:whole], stacks[-1]
        else:
            picks = [order[n * size : (n + 1) * size] for n in range(first, last)]
            rows = self.feed.rows
            pieces = (
                (rows.take(pick, 0).T for pick in picks[: max(0, whole - first)]),
                (rows.take(pick, 0).T for pick in picks[max(0, whole - first) :]),
            )
        if first < whole:
            yield size, pieces[0]
        if last > whole:
            yield left, pieces[1]

    def _of(self, rows: int) -> Batches:
        if rows not in self._batches:
            made = self._made(rows)
            made.tune(self.training, self.rate)
            self._batches[rows] = made
        return self._batches[rows]

    def _made(self, rows: int) -> Batches:
        packing, loss, updater, feed = self.packing, self.loss, self.updater, self.feed
        if rows <= self.columns:
            return Whole(packing, loss, updater, rows, self.live, feed.sum_to_one)
        columns, lanes = self.columns, self.lanes
        return Chunked(packing, loss, updater, rows, self.live, feed.sum_to_one, columns, lanes)
