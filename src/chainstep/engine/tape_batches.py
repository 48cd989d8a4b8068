"""Batches of one size on tapes: whole ones, and large ones in chunks.

`Whole` makes a batch at once. `Chunked` goes over a large batch in parts and adds up the
gradients, so that memory does not grow with the rows; where it pays, several threads share the
parts, each with BLAS in one thread. Which batches there are is `tape_engine`'s.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Protocol

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.kernels import Op
from chainstep.engine.kernels.range import has_in_place
from chainstep.engine.packing import Packing
from chainstep.engine.tape import Tape
from chainstep.engine.updates import Updater, is_plain
from chainstep.project import Loss, Training

#: From so many weights on a block is changed before the next block's gradient is made.
LARGE = 2**15


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
        live: Array | None,
        sum_to_one: bool,
    ) -> None:
        """live: 1 for what may change and 0 for the rest, None where everything may."""
        self.updater, self.rows, self.live = updater, rows, live
        self.plain = is_plain(updater.training)
        self.in_place = self.plain and live is None and has_in_place() and _all_dense(packing)
        scaled = live is None and not self.in_place
        self.tape = Tape(packing, loss, rows, updater.theta, updater.flat, scaled, sum_to_one)
        self.factor = self.tape.factor
        self._mask = None if live is None else live.copy()
        self._share = 1.0
        self._ops: list[Op] = []

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next batch on."""
        self._share = _share(training, rate, self.rows)
        self.tape.scale(self._share)
        if self._mask is not None and self.live is not None:
            np.multiply(self.live, self._share, self._mask)
        self._ops = self.tape.ops + self._ends()

    def run(self, blocks: Iterable[Array], met: float) -> float:
        """Make the updates of these batches; return met plus their errors."""
        ops, load, error = self._ops, self._load, self.tape.error
        if not self.tape.streamed:
            loaded, copy = self.tape.loaded, np.copyto
            for block in blocks:
                copy(loaded, block)
                for function, arguments in ops:
                    function(*arguments)
                met += error()
            return met
        for block in blocks:
            load(block)
            for function, arguments in ops:
                function(*arguments)
            met += error()
        return met

    def repeat(self, parts: Sequence[Array], times: int, met: float) -> list[float]:
        """Make the update of the same batch so often; return the errors, the first plus met."""
        ops, error = self._ops, self.tape.error
        self._load(parts[0])
        sums = []
        for _ in range(times):
            for function, arguments in ops:
                function(*arguments)
            sums.append(float(met + error()))
            met = 0.0
        return sums

    def _load(self, block: Array) -> None:
        self.tape.load(block)
        if self.tape.streamed:
            into, scale = self.updater.flat, None
            if self.in_place:
                into, scale = self.updater.theta, -self._share
            self._ops[0] = self.tape.ops[0]
            self._ops[len(self.tape.ops)] = self.tape.first_gradient(into, scale)

    def _ends(self) -> list[Op]:
        """Return the calls that make the gradient and the update."""
        if self.in_place:
            return self.tape.in_place(self.updater.theta, -self._share)
        if self.plain and self._mask is None:
            return self.tape.descents(LARGE)
        flat = self.updater.flat
        return self.tape.gradients(flat) + _update(self.updater, flat, self._mask)


class Chunked:
    """Batches that are computed in chunks of `columns` examples and a last, shorter one."""

    in_place = False

    def __init__(
        self,
        packing: Packing,
        loss: Loss,
        updater: Updater,
        rows: int,
        live: Array | None,
        sum_to_one: bool,
        columns: int,
        lanes: int,
    ) -> None:
        """lanes: how many threads share the chunks."""
        self.updater, self.rows, self.columns, self.live = updater, rows, columns, live
        sizes = {min(columns, rows - start) for start in range(0, rows, columns)}
        self.lanes = [
            _Lane(packing, loss, updater.theta, sizes, live is None, sum_to_one)
            for _ in range(lanes)
        ]
        self.factor = self.lanes[0].tapes[columns].factor
        self._total = self.lanes[0].total
        self._mask = None if live is None else live.copy()
        self._ends: list[Op] = []

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next batch on."""
        share = _share(training, rate, self.rows)
        for lane in self.lanes:
            lane.scale(share)
        if self._mask is not None and self.live is not None:
            np.multiply(self.live, share, self._mask)
        self._ends = _update(self.updater, self._total, self._mask)

    def run(self, blocks: Iterable[Array], met: float) -> float:
        """Make the updates of these batches; return met plus their errors."""
        starts = range(0, self.rows, self.columns)
        for block in blocks:
            met += self._make([block[:, n : n + self.columns] for n in starts])
        return met

    def repeat(self, parts: Sequence[Array], times: int, met: float) -> list[float]:
        """Make the update of the same batch so often; return the errors, the first plus met."""
        return [float((0.0 if n else met) + self._make(parts)) for n in range(times)]

    def _make(self, parts: Sequence[Array]) -> float:
        """Make one update from the parts of a batch; return its error."""
        first, *others = self.lanes
        cuts = [len(parts) * n // len(self.lanes) for n in range(len(self.lanes) + 1)]
        waiting = [
            _pool().submit(lane.run, parts[start:stop])
            for lane, start, stop in zip(others, cuts[1:], cuts[2:], strict=False)
        ]
        met = first.run(parts[: cuts[1]])
        for lane, other in zip(others, waiting, strict=True):
            met += other.result()
            np.add(self._total, lane.total, self._total)
        for function, arguments in self._ends:
            function(*arguments)
        return met


class _Lane:
    """What one thread needs for its chunks: tapes by size, and the sum of their gradients."""

    def __init__(
        self,
        packing: Packing,
        loss: Loss,
        theta: Array,
        sizes: Iterable[int],
        scaled: bool,
        sum_to_one: bool,
    ) -> None:
        self.total, self.flat = np.zeros_like(theta), np.zeros_like(theta)
        self.in_place = has_in_place() and _all_dense(packing)
        self.tapes = {
            size: Tape(packing, loss, size, theta, self.flat, scaled, sum_to_one) for size in sizes
        }
        self._first = {size: tape.gradients(self.total) for size, tape in self.tapes.items()}
        self._later = {size: self._more(tape) for size, tape in self.tapes.items()}

    def scale(self, value: float) -> None:
        """Multiply every gradient with so much."""
        for tape in self.tapes.values():
            tape.scale(value)

    def run(self, parts: Sequence[Array]) -> float:
        """Put the gradient of these parts into `total`; return their error."""
        met = 0.0
        with np.errstate(all="ignore"):  # a thread has its own
            for number, part in enumerate(parts):
                met += self._add(part, first=number == 0)
        return met

    def _add(self, part: Array, first: bool) -> float:
        tape, ops = self.tapes[part.shape[1]], (self._first if first else self._later)
        gradients = ops[part.shape[1]]
        tape.load(part)
        if tape.streamed:
            more = self.in_place and not first
            into = self.total if first or more else self.flat
            gradients[0] = tape.first_gradient(into, 1.0 if more else None)
        for function, arguments in tape.ops:
            function(*arguments)
        for function, arguments in gradients:
            function(*arguments)
        return tape.error()

    def _more(self, tape: Tape) -> list[Op]:
        """Return the calls that add a gradient to the total."""
        if self.in_place:
            return tape.in_place(self.total, 1.0)
        return [*tape.gradients(self.flat), (np.add, (self.total, self.flat, self.total))]


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads beside the one that asks; they wait for nothing while there is no work."""
    return ThreadPoolExecutor(thread_name_prefix="chunks")


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
