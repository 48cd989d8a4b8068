"""The tape: one batch as a list of calls on preallocated buffers.

A small NumPy call costs about 0.2 µs and a small net's batch hardly more than its calls, so every
view, constant and result is made beforehand, and a batch is `for f, args in tape: f(*args)`.
Which blocks there are is in `packing`, what they call in `kernels`, what becomes of the gradient
in `updates`; batches, chunks and epochs are `tape_engine`'s.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import groupby

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.kernels import Kernel, Op, kernel
from chainstep.engine.kernels.activations import from_z, h_ops, slope_ops
from chainstep.engine.kernels.gates import Gate
from chainstep.engine.kernels.gather import AT_ONCE, lone_gradients
from chainstep.engine.kernels.outputs import Outputs
from chainstep.engine.kernels.range import Range
from chainstep.engine.packing import Block, PackedLevel, Packing
from chainstep.engine.plan import Indices
from chainstep.network.model import GROUP_ACTIVATIONS
from chainstep.project import Loss

Params = tuple[tuple[str, float], ...]
#: Rows of one activation in more pieces than this are gathered before h′ is taken of them.
MOST_PIECES = 12
#: Inputs of a batch of so many numbers are read where they are rather than copied.
STREAM = 4096


class Tape:
    """Forward, backward and gradient for batches of one size.

    theta, flat: packed parameters and gradient; they are kept by whoever made the tape.
    loaded: (targets + 1 + inputs, N), to be filled with targets, ones and inputs of a batch.
    ops: the calls. error: E of the batch, to be multiplied with `factor`.
    """

    def __init__(
        self,
        packing: Packing,
        loss: Loss,
        columns: int,
        theta: Array,
        flat: Array,
        scaled: bool,
        sum_to_one: bool = False,
    ) -> None:
        """scaled: whether δ carries a factor, to be set with `scale`. sum_to_one: the targets."""
        self.packing, self.theta, self.flat = packing, theta, flat
        shape = packing.rows, columns
        self.a, self.z, self.delta = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.slope = np.ones(shape)
        self._pulled = _Shared(np.empty((packing.tallest(), columns)))
        self._gathered = _Shared(np.empty((packing.shared(), columns)))
        self.z[packing.ones] = 1.0
        self.loaded = self.z[: packing.targets + 1 + len(packing.plan.inputs)]
        self.streamed = packing.streams() and self.loaded.size >= STREAM and columns > 1
        self._gates = [
            [Gate(packing, gate, theta, self.z) for gate in level.level.gates]
            for level in packing.levels
        ]
        sums = [level.sums for level in packing.levels]
        self.kernels = [
            None if b is None else kernel(b, theta, self.z, self._kept(b)) for b in sums
        ]
        self._taken = np.zeros(len(packing.pulled))
        self._gated = np.zeros(shape) if any(self._gates) else None
        self._outputs = _OutputRows(packing, self.a, self.z, self.delta)
        self.outputs = self._outputs.of(loss, self._fed_back)
        self.outputs.sum_to_one = sum_to_one
        self.ops: list[Op] = self._forward()
        self.ops += self._outputs.collect + self.outputs.build(scaled)
        self.ops += self._slopes() + self._backward()
        self.error: Callable[[], float] = self.outputs.error
        self.factor = self.outputs.factor

    def _kept(self, block: Block) -> Array:
        """Return where a block of sums puts what it gathers."""
        rows = len(block.index)
        return self._gathered.rows(0, rows) if block.lone else np.empty((rows, self.z.shape[1]))

    def scale(self, value: float) -> None:
        """Multiply δ of the outputs, and with it the gradient, with so much."""
        self.outputs.scale(value)

    def gradients(self, into: Array) -> list[Op]:
        """Return the calls that fill a flat gradient."""
        return [*(op for ops in self._gradients(into) for op in ops), *self._of_lones(into)]

    def descents(self, large: int) -> list[Op]:
        """Return the calls that change theta by a gradient that is scaled already.

        A block of at least `large` numbers is changed while its gradient is still at hand.
        """
        ops: list[Op] = []
        start = 0
        for level, gradient in zip(self.packing.levels, self._gradients(self.flat), strict=True):
            ops += gradient
            block = level.sums
            if block is not None and block.size >= large and not block.lone:
                ops += self._subtract(start, block.offset)
                ops += self._subtract(block.offset, block.end)
                start = block.end
        return [*ops, *self._of_lones(self.flat), *self._subtract(start, len(self.flat))]

    def _subtract(self, start: int, stop: int) -> list[Op]:
        theta, flat = self.theta[start:stop], self.flat[start:stop]
        return [(np.subtract, (theta, flat, theta))] if start < stop else []

    def _gradients(self, into: Array) -> Iterator[list[Op]]:
        """Yield the calls level by level, but for lone blocks."""
        for level, made, gates in zip(self.packing.levels, self.kernels, self._gates, strict=True):
            ops: list[Op] = []
            if made is not None and level.sums is not None and not level.sums.lone:
                ops += made.gradient(self.delta[level.sums.start : level.sums.stop], into)
            for gate in gates:
                ops += gate.gradient(self.delta, into)
            yield ops

    def _of_lones(self, into: Array) -> Iterator[Op]:
        return lone_gradients(self.packing.lones(), self.z, self.delta, into)

    def in_place(self, into: Array, scale: float) -> list[Op]:
        """Return the calls that add scale times the gradient to a vector; dense blocks only."""
        ops: list[Op] = []
        for level, made in zip(self.packing.levels, self.kernels, strict=True):
            if isinstance(made, Range) and level.sums is not None:
                delta = self.delta[level.sums.start : level.sums.stop]
                ops.append(made.in_place(delta, scale, into))
        return ops

    def load(self, block: Array) -> None:
        """Take in a batch, shaped as `loaded`. Where it is `streamed`, the first call changes."""
        if not self.streamed:
            np.copyto(self.loaded, block)
            return
        targets = self.packing.targets
        np.copyto(self.loaded[:targets], block[:targets])
        kernel, out, _ = self._reader
        kernel.source = block[targets:]
        self.ops[0] = kernel.forward(out)[0]

    def first_gradient(self, into: Array, scale: float | None = None) -> Op:
        """Return the first call of `gradients`, or with a scale of `in_place`, for this batch."""
        kernel, _, delta = self._reader
        if scale is None:
            return kernel.gradient(delta, into)[0]
        return kernel.in_place(delta, scale, into)

    @cached_property
    def _reader(self) -> tuple[Range, Array, Array]:
        """The kernel that reads the inputs, what it writes, and its δ; where `streamed`."""
        number = next(n for n, made in enumerate(self.kernels) if made is not None)
        made, block = self.kernels[number], self.packing.levels[number].sums
        assert isinstance(made, Range)
        assert block is not None
        rows = slice(block.start, block.stop)
        return made, self.a[rows], self.delta[rows]

    def _forward(self) -> list[Op]:
        ops: list[Op] = []
        for level, made, gates in zip(self.packing.levels, self.kernels, self._gates, strict=True):
            straight = _is_linear(level)
            if made is not None and level.sums is not None:
                out = self.z if straight else self.a
                ops += made.forward(out[level.sums.start : level.sums.stop])
            for gate in gates:
                ops += gate.forward(self.a)
            if not straight:
                for name, params, rows in self._runs(level):
                    a, z, scratch = self.a[rows], self.z[rows], self.slope[rows]
                    ops += h_ops(name, params, a, z, scratch)
        return ops

    def _runs(self, level: PackedLevel) -> list[tuple[str, Params, slice]]:
        shift = level.stop - level.level.stop
        return [
            (run.name, run.params, slice(run.start + shift, run.stop + shift))
            for run in level.level.runs
        ]

    def _slopes(self) -> list[Op]:
        """h′ of all units, one activation after the other rather than level by level."""
        ops: list[Op] = []
        runs = [run for level in self.packing.levels for run in self._needed(level)]
        runs.sort(key=lambda run: (run[0], run[1], run[2].start))
        for (name, params), same in groupby(runs, key=lambda run: run[:2]):
            pieces = self._pieces([run[2] for run in same])
            if len(pieces) <= MOST_PIECES:
                for rows in pieces:
                    ops += slope_ops(name, params, self.a[rows], self.z[rows], self.slope[rows])
            elif name != "identity":
                ops += self._scattered_slopes(name, params, pieces)
        return ops

    def _needed(self, level: PackedLevel) -> list[tuple[str, Params, slice]]:
        """Return the runs whose h′ is used: not those of outputs that bring their own δ."""
        if self.outputs.own and self._outputs.are(level) and not self._fed_back(level):
            return []
        return [run for run in self._runs(level) if run[0] not in GROUP_ACTIVATIONS]

    def _pieces(self, rows: list[slice]) -> list[slice]:
        """Join rows that touch, or that only a row of ones keeps apart."""
        fronts = set(self.packing.ones.tolist())
        joined: list[slice] = []
        for part in rows:
            last = joined[-1] if joined else None
            if last and (
                part.start == last.stop or (part.start == last.stop + 1 and last.stop in fronts)
            ):
                joined[-1] = slice(last.start, part.stop)
            else:
                joined.append(part)
        return joined

    def _scattered_slopes(self, name: str, params: Params, pieces: list[slice]) -> list[Op]:
        """h′ of rows that lie apart, gathered in parts that fit the cache."""
        index = np.concatenate([np.arange(part.start, part.stop) for part in pieces])
        columns = self.a.shape[1]
        most = max(1, AT_ONCE // columns)
        taken, slope = (np.empty((min(most, len(index)), columns)) for _ in range(2))
        read = self.z if from_z(name) else self.a
        ops: list[Op] = []
        for first in range(0, len(index), most):
            rows = index[first : first + most]
            part, out = taken[: len(rows)], slope[: len(rows)]
            ops.append((read.take, (rows, 0, part, "clip")))
            ops += slope_ops(name, params, part, part, out)
            ops.append((self.slope.__setitem__, (rows, out)))
        return ops

    def _backward(self) -> list[Op]:
        ops: list[Op] = []
        if len(self._taken):
            ops.append((self.theta.take, (self.packing.pulled, None, self._taken, "clip")))
        if self._gated is not None:
            ops.append((self._gated.fill, (0.0,)))
        for number in reversed(range(len(self.packing.levels))):
            level = self.packing.levels[number]
            if level.start < level.stop:
                ops += self._carry_back(level)
            if self._gated is not None:
                for gate in self._gates[number]:
                    ops += gate.backward(self.delta, self._gated)
        return ops

    def _carry_back(self, level: PackedLevel) -> list[Op]:
        """δ of one level: h′ times what comes back over connections and, at outputs, from E."""
        rows = slice(level.start, level.stop)
        outputs = self._outputs.in_level(level)
        if self._outputs.are(level) and not self._fed_back(level):
            return self._delta_of_outputs(level, rows)
        straight = _is_linear(level) and not (outputs is not None and self.outputs.own)
        landing = self._landing(level, straight)
        into = landing(level.start, level.stop)
        ops = self._pull(level, landing)
        if not ops and outputs is None and not self._feeds_gate(level):
            return []  # nothing hangs on this level: its δ stays 0
        if not ops or not self._covered(level):
            ops.insert(0, (into.fill, (0.0,)))
        if self._gated is not None and self._feeds_gate(level):
            ops.append((np.add, (into, self._gated[rows], into)))
        if outputs is not None and not self.outputs.own:
            ops.append((_add_rows, (into, *outputs, self.outputs.result)))
        if not straight:
            ops.append((np.multiply, (into, self.slope[rows], self.delta[rows])))
        if outputs is not None and self.outputs.own:
            ops.append((_add_rows, (self.delta[rows], *outputs, self.outputs.result)))
        return ops

    def _delta_of_outputs(self, level: PackedLevel, rows: slice) -> list[Op]:
        """Where the outputs are a level to themselves, E alone speaks to them."""
        result, delta = self.outputs.result, self.delta[rows]
        ops: list[Op] = []
        outputs = self._outputs.in_level(level)
        if outputs is not None and not self._outputs.fill(level):
            places, columns = outputs
            ordered = np.empty(delta.shape)
            ops.append((result.take, (columns[np.argsort(places)], 0, ordered, "clip")))
            result = ordered
        if self.outputs.own or _is_linear(level):
            return [] if np.shares_memory(result, delta) else [*ops, (np.copyto, (delta, result))]
        return [*ops, (np.multiply, (result, self.slope[rows], delta))]

    def _landing(self, level: PackedLevel, straight: bool) -> Callable[[int, int], Array]:
        """Return what gives the rows start:stop where ∂E/∂z of a level goes; δ if that is all."""
        if straight:
            return lambda start, stop: self.delta[start:stop]
        first = level.front
        return lambda start, stop: self._pulled.rows(start - first, stop - first)

    def _pull(self, level: PackedLevel, landing: Callable[[int, int], Array]) -> list[Op]:
        if level.direct is not None:
            consumer = self.kernels[level.direct]
            block = self.packing.levels[level.direct].sums
            assert isinstance(consumer, Range)
            assert block is not None
            delta = self.delta[block.start : block.stop]
            return consumer.back(delta, landing(block.low, block.high))
        if level.pull is not None:
            gathered = self._gathered.rows(0, len(level.pull.index))
            back: Kernel = kernel(level.pull, self._taken, self.delta, gathered)
            return back.forward(landing(level.start, level.stop))
        return []

    def _covered(self, level: PackedLevel) -> bool:
        """Whether the pull writes every computed row of the level."""
        if level.direct is None:
            return level.pull is not None
        block = self.packing.levels[level.direct].sums
        assert block is not None
        return block.low <= level.start and block.high >= level.stop

    def _fed_back(self, level: PackedLevel) -> bool:
        return level.direct is not None or level.pull is not None or self._feeds_gate(level)

    def _feeds_gate(self, level: PackedLevel) -> bool:
        sources = [gate.sources for gates in self._gates for gate in gates]
        return any(((s >= level.start) & (s < level.stop)).any() for s in sources)


class _Shared:
    """A buffer for what is needed for a moment only; all who ask for the same rows share a view.

    Numbers and view stay in the caches of the processor, which a deep net's many would not.
    """

    def __init__(self, buffer: Array) -> None:
        self._buffer = buffer
        self._views: dict[tuple[int, int], Array] = {}

    def rows(self, start: int, stop: int) -> Array:
        """Return these rows."""
        return self._views.setdefault((start, stop), self._buffer[start:stop])


class _OutputRows:
    """Where the outputs' rows are: neighbours in the order of their columns, or anywhere."""

    def __init__(self, packing: Packing, a: Array, z: Array, delta: Array) -> None:
        self.packing, self.rows = packing, packing.outputs()
        self.a, self.z, self.delta = a, z, delta
        self.neighbours = bool((np.diff(self.rows) == 1).all())
        self.collect: list[Op] = []

    def of(self, loss: Loss, fed_back: Callable[[PackedLevel], bool]) -> Outputs:
        """Return the outputs' part of the tape; `collect` are the calls that come before."""
        group, targets = self.packing.plan.group, self.z[: self.packing.targets]
        shape = targets.shape
        level = next(
            (one for one in self.packing.levels if one.start <= self.rows[0] < one.stop), None
        )
        assert level is not None
        if self.neighbours:
            rows = slice(int(self.rows[0]), int(self.rows[-1]) + 1)
            a, z = self.a[rows], self.z[rows]
        else:
            a, z = np.empty(shape), np.empty(shape)
            self.collect = [
                (self.a.take, (self.rows, 0, a, "clip")),
                (self.z.take, (self.rows, 0, z, "clip")),
            ]
        made = Outputs(loss, group, a, z, targets, np.empty(shape))
        alone = self.fill(level) and not fed_back(level)
        if alone and (made.own or _is_linear(level)):
            made.result = self.delta[level.start : level.stop]
        return made

    def are(self, level: PackedLevel) -> bool:
        """Tell whether all of a level are outputs, in whatever order."""
        found = self.in_level(level)
        return found is not None and len(found[0]) == level.stop - level.start

    def fill(self, level: PackedLevel) -> bool:
        """Tell whether the outputs, in order, are all of a level."""
        same = self.neighbours and self.rows[0] == level.start
        return bool(same and len(self.rows) == level.stop - level.start)

    def in_level(self, level: PackedLevel) -> tuple[Indices, Indices] | None:
        """Return places in the level and columns of its outputs, None where there are none."""
        columns = np.flatnonzero((self.rows >= level.start) & (self.rows < level.stop))
        return (self.rows[columns] - level.start, columns) if len(columns) else None


def _add_rows(into: Array, rows: Indices, columns: Indices, result: Array) -> None:
    into[rows] += result[columns]


def _is_linear(level: PackedLevel) -> bool:
    """Tell whether z = a throughout the level, so that one buffer will do."""
    names = {run.name for run in level.level.runs}
    covered = sum(run.stop - run.start for run in level.level.runs) == level.stop - level.start
    return names == {"identity"} and covered and not level.level.gates
