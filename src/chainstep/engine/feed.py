"""The feed: the training rows as the engines want to read them.

A row is [targets, 1, inputs]: the first rows of a tape's buffers, so that a batch is filled in
with a single copy. Which rows make a batch is the trainer's to say.
"""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.plan import Indices


class Feed:
    """inputs: (inputs, N), targets: (outputs, N), of all data; chosen: the training rows."""

    def __init__(self, inputs: Array, targets: Array, chosen: Indices) -> None:
        self._inputs, self._targets, self.chosen = inputs, targets, chosen
        self._blocks: tuple[int, list[Array]] | None = None

    def __len__(self) -> int:
        """Return the number of training rows."""
        return len(self.chosen)

    @cached_property
    def rows(self) -> Array:
        """(N, targets + 1 + inputs), an example a row."""
        ones = np.ones((1, len(self.chosen)))
        parts = self._targets[:, self.chosen], ones, self._inputs[:, self.chosen]
        return np.ascontiguousarray(np.concatenate(parts).T)

    @cached_property
    def sum_to_one(self) -> bool:
        """Whether the targets of every example do, exactly."""
        return bool((self._targets[:, self.chosen].sum(axis=0) == 1.0).all())

    @cached_property
    def listed(self) -> list[tuple[float, ...]]:
        """(inputs …, targets …) of each example as plain numbers."""
        parts = self._inputs[:, self.chosen], self._targets[:, self.chosen]
        return list(map(tuple, np.concatenate(parts).T.tolist()))

    def examples(self, picks: Indices) -> tuple[Array, Array]:
        """Return inputs and targets of some of the training rows, an example a column."""
        rows = self.chosen[picks]
        return self._inputs[:, rows], self._targets[:, rows]

    def blocks(self, size: int) -> list[Array]:
        """Return the rows in order, cut into (batches, targets + 1 + inputs, size).

        The second array, where there is one, holds the rows that are left over.
        """
        if self._blocks is None or self._blocks[0] != size:
            whole = len(self) // size * size
            first = self.rows[:whole].reshape(-1, size, self.rows.shape[1])
            made = [np.ascontiguousarray(first.transpose(0, 2, 1))]
            if whole < len(self):
                made.append(np.ascontiguousarray(self.rows[whole:].T)[None])
            self._blocks = size, made
        return self._blocks[1]


def flat(rows: Iterable[Iterable[float]]) -> Array:
    """Return the numbers of rows one after the other; quicker than `np.array` by a third."""
    return np.fromiter(chain.from_iterable(rows), np.float64)
