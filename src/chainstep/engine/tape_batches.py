"""Batches of one size on tapes: whole ones, and large ones in chunks.

`Whole` makes a batch at once. `Chunked` goes over a large batch in parts and adds up the
gradients, so that memory does not grow with the rows. Which batches there are is `tape_engine`'s.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.kernels import Op
from chainstep.engine.kernels.range import has_in_place
from chainstep.engine.packing import Packing
from chainstep.engine.tape import Tape
from chainstep.engine.updates import Updater, is_plain
from chainstep.project import Loss, Training


class Batches(Protocol):
    """What makes updates of batches of one size."""

    factor: float
    in_place: bool

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next batch on."""

    def run(self, blocks: Iterable[Array], met: float) -> float:
        """Make the updates of these batches; return met plus their errors.

        blocks: (targets + 1 + inputs, rows) each, as `feed` makes them.
        """

    def repeat(self, parts: Sequence[Array], times: int, met: float) -> list[float]:
        """Make the update of the same batch so often; return the errors, the first plus met.

        parts: the batch, in chunks where it is a large one.
        """


class Whole:
    """Batches that are computed at once."""

    def __init__(
        self,
        packing: Packing,
        loss: Loss,
        updater: Updater,
        rows: int,
        columns: int,
        live: Array | None,
        sum_to_one: bool,
    ) -> None:
        """live: 1 for what may change and 0 for the rest, None where everything may."""
        self.updater, self.rows, self.live = updater, rows, live
        plain = is_plain(updater.training)
        self.in_place = plain and live is None and has_in_place() and _all_dense(packing)
        scaled = live is None and not self.in_place
        self.tape = Tape(packing, loss, rows, updater.theta, updater.flat, scaled, sum_to_one)
        self.factor = self.tape.factor
        self._gradients = [] if self.in_place else self.tape.gradients()
        self._mask = None if live is None else live.copy()
        self._ops: list[Op] = []

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next batch on."""
        share = _share(training, rate, self.rows)
        self._share = share
        self.tape.scale(share)
        if self.in_place:
            self._ops = self.tape.ops + self.tape.in_place(-share)
        else:
            if self._mask is not None and self.live is not None:
                np.multiply(self.live, share, self._mask)
            ends = _update(self.updater, self.updater.flat, self._mask)
            self._ops = self.tape.ops + self._gradients + ends

    def run(self, blocks: Iterable[Array], met: float) -> float:
        """Make the updates of these batches; return met plus their errors."""
        ops, loaded, error, copy = self._ops, self.tape.loaded, self.tape.error, np.copyto
        for block in blocks:
            if self.tape.streamed:
                self._stream(block)
            else:
                copy(loaded, block)
            for function, arguments in ops:
                function(*arguments)
            met += error()
        return met

    def repeat(self, parts: Sequence[Array], times: int, met: float) -> list[float]:
        """Make the update of the same batch so often; return the errors, the first plus met."""
        ops, error = self._ops, self.tape.error
        if self.tape.streamed:
            self._stream(parts[0])
        else:
            np.copyto(self.tape.loaded, parts[0])
        sums = []
        for _ in range(times):
            for function, arguments in ops:
                function(*arguments)
            sums.append(float(met + error()))
            met = 0.0
        return sums

    def _stream(self, block: Array) -> None:
        """Point the calls that read inputs at the block instead of copying it."""
        self._ops[0] = self.tape.stream(block)
        first = len(self.tape.ops)
        if self.in_place:
            self._ops[first] = self.tape.in_place(-self._share)[0]
        else:
            self._ops[first] = self.tape.first_gradient()


class Chunked:
    """Batches that are computed in chunks of `columns` examples and a last, shorter one."""

    in_place = False

    def __init__(
        self,
        packing: Packing,
        loss: Loss,
        updater: Updater,
        rows: int,
        columns: int,
        live: Array | None,
        sum_to_one: bool,
    ) -> None:
        self.updater, self.rows, self.columns, self.live = updater, rows, columns, live
        sizes = {columns, rows % columns} - {0}
        self.tapes = {
            size: Tape(packing, loss, size, updater.theta, updater.flat, live is None, sum_to_one)
            for size in sizes
        }
        self.factor = self.tapes[columns].factor
        self._ops = {size: tape.ops + tape.gradients() for size, tape in self.tapes.items()}
        self._total = np.zeros_like(updater.flat)
        self._mask = None if live is None else live.copy()
        self._ends: list[Op] = []

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next batch on."""
        share = _share(training, rate, self.rows)
        for tape in self.tapes.values():
            tape.scale(share)
        if self._mask is not None and self.live is not None:
            np.multiply(self.live, share, self._mask)
        self._ends = _update(self.updater, self._total, self._mask)

    def run(self, blocks: Iterable[Array], met: float) -> float:
        """Make the updates of these batches; return met plus their errors."""
        starts = range(0, self.rows, self.columns)
        for block in blocks:
            met = self._make([block[:, n : n + self.columns] for n in starts], met)
        return met

    def repeat(self, parts: Sequence[Array], times: int, met: float) -> list[float]:
        """Make the update of the same batch so often; return the errors, the first plus met."""
        return [float(self._make(parts, 0.0 if n else met)) for n in range(times)]

    def _make(self, parts: Sequence[Array], met: float) -> float:
        """Make one update from the parts of a batch."""
        self._total.fill(0.0)
        for part in parts:
            tape, ops = self.tapes[part.shape[1]], self._ops[part.shape[1]]
            if tape.streamed:
                ops[0], ops[len(tape.ops)] = tape.stream(part), tape.first_gradient()
            else:
                np.copyto(tape.loaded, part)
            for function, arguments in ops:
                function(*arguments)
            np.add(self._total, self.updater.flat, self._total)
            met += tape.error()
        for function, arguments in self._ends:
            function(*arguments)
        return met


def _share(training: Training, rate: float, rows: int) -> float:
    """What the sum of the gradients is multiplied with: 1/N, and η in plain descent."""
    share = 1.0 / rows if training.reduction == "mean" else 1.0
    return share * rate if is_plain(training) else share


def _update(updater: Updater, flat: Array, mask: Array | None) -> list[Op]:
    ops: list[Op] = [] if mask is None else [(np.multiply, (flat, mask, flat))]
    if is_plain(updater.training):
        return [*ops, (np.subtract, (updater.theta, flat, updater.theta))]
    if flat is not updater.flat:
        ops.append((np.copyto, (updater.flat, flat)))
    return [*ops, (updater.step, ())]


def _all_dense(packing: Packing) -> bool:
    """Tell whether BLAS can change every W in place."""
    blocks = [level.sums for level in packing.levels if level.sums is not None]
    gates = any(level.level.gates for level in packing.levels)
    return not gates and all(block.kind == "range" and block.whole for block in blocks)
