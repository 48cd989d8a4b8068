"""The packing: a plan laid out for the fast kernels.

Buffers hold [row, example]. The first rows are the targets; then come the levels, each with a row
of ones in front (in a deep net only some), so that a bias is one more column of W. The packed
theta holds each level's W as one contiguous block, in the layout of its kernel: with zeros where
there is no connection, which stay 0. Which kernel is `cost`'s to say, the arithmetic is in
`kernels`, the order of calls in `tape`. Optimiser, trainer and snapshots see theta in the plan's
order: `unpack` gives it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine import cost
from chainstep.engine.activations import Array
from chainstep.engine.plan import Indices, Level, Plan, SumBlock

#: Of more levels than this not each has a row of ones, but one that begins so many rows later.
MANY_LEVELS: Final = 64
ONES_APART: Final = 16


@dataclass(frozen=True, slots=True)
class Block:
    """A linear map from rows to rows: out[start:stop] = W · in.

    kind: how W is stored. range: (units, high − low), over the rows low:high; gather: (units,
    len(index)), over the rows `index`; sparse: (units, fan-in), over the rows `index`, flat.
    offset: where W begins in its flat vector. whole: W has no structural zero. lone: it writes a
    single row from gathered ones, and its gradient is made together with that of its like.
    """

    kind: str
    start: int
    stop: int
    low: int
    high: int
    index: Indices
    width: int
    whole: bool
    offset: int = 0

    @property
    def lone(self) -> bool:
        """Whether it is the gathered block of a single unit."""
        return self.kind == cost.GATHER and self.units == 1 and self.width > 0

    @property
    def units(self) -> int:
        """Number of rows written."""
        return self.stop - self.start

    @property
    def size(self) -> int:
        """Numbers in W."""
        return self.units * self.width

    @property
    def end(self) -> int:
        """Where W ends in its flat vector."""
        return self.offset + self.size


@dataclass(frozen=True, slots=True)
class PackedLevel:
    """One level in buffer rows.

    front: its row of ones, or where it has none its first. start:stop: its computed units.
    sums: how their a is made. pull: how ∂E/∂z comes back to them, over a flat vector of its own;
    None where `direct`, the single dense consumer, carries it back through its own W; both None
    where nothing feeds on them.
    """

    level: Level
    front: int
    start: int
    stop: int
    sums: Block | None
    pull: Block | None
    direct: int | None


@dataclass(frozen=True, slots=True)
class Packing:
    """Rows, blocks and the places of the parameters.

    rows: of the buffers. ones: those that are all ones. at: buffer row of each of the plan's rows.
    place: packed place of each parameter of the plan. size: of the packed theta, with one last 0
    that never changes. pulled: for every number of the pull vector the place in the packed theta
    it is taken from. whole: whether no number of the packed theta is a structural zero.
    """

    plan: Plan
    rows: int
    ones: Indices
    targets: int
    at: Indices
    place: Indices
    size: int
    pulled: Indices
    levels: tuple[PackedLevel, ...]
    whole: bool

    def pack(self, values: Array) -> Array:
        """Return a vector over the plan's parameters in the packed layout."""
        packed = np.zeros(self.size)
        packed[self.place] = values
        return packed

    def unpack(self, packed: Array) -> Array:
        """Return a packed vector in the order of the plan's parameters."""
        return packed.take(self.place)

    def outputs(self) -> Indices:
        """Return the outputs' buffer rows in column order."""
        return self.at[self.plan.outputs]

    def inputs(self) -> Indices:
        """Return the inputs' buffer rows in column order."""
        return self.at[self.plan.inputs]

    def streams(self) -> bool:
        """Tell whether the inputs are read by one dense block alone, as in layered nets."""
        blocks = [level.sums for level in self.levels if level.sums is not None]
        if not blocks or self.levels[0].sums is not None:
            return False
        first, *others = blocks
        end = self.targets + 1 + len(self.plan.inputs)
        gates = any(level.level.gates for level in self.levels)
        linear = any(run.name == "identity" for run in self.levels[1].level.runs)
        alone = first.kind == cost.RANGE and (first.low, first.high) == (self.targets, end)
        lowest = [b.low if b.kind == cost.RANGE else int(b.index.min(initial=end)) for b in others]
        return alone and not gates and not linear and min(lowest, default=end) >= end

    def numbers(self) -> int:
        """Return how many numbers an example takes in all buffers."""
        sums = [level.sums for level in self.levels if level.sums is not None]
        kept = sum(len(block.index) for block in sums if not block.lone)
        return 4 * self.rows + kept + self.shared() + self.tallest()

    def shared(self) -> int:
        """Return the most rows that a block gathers for the moment, rather than to keep them."""
        sums = [level.sums for level in self.levels if level.sums is not None and level.sums.lone]
        pulls = [level.pull for level in self.levels if level.pull is not None]
        return max((len(block.index) for block in sums + pulls), default=0)

    def tallest(self) -> int:
        """Return the most rows of a level, its row of ones among them."""
        return max(level.stop - level.front for level in self.levels)

    def lones(self) -> list[Block]:
        """Return the lone blocks in the order of their W, which begins with the narrowest."""
        sums = [level.sums for level in self.levels if level.sums is not None]
        return sorted((block for block in sums if block.lone), key=lambda block: block.offset)


def pack(plan: Plan, columns: int, force: str | None = None) -> Packing:
    """Lay a plan out for batches of so many columns. force: a kernel for every block, in tests."""
    return _Packer(plan, columns, force).packing()


@dataclass(frozen=True, slots=True)
class _Entries:
    """Connections and biases of a block: rows written, rows read, and the range of these."""

    units: int
    targets: Indices
    sources: Indices
    low: int
    high: int


class _Packer:
    def __init__(self, plan: Plan, columns: int, force: str | None) -> None:
        self.plan, self.columns, self.force = plan, columns, force
        self.first = len(plan.outputs)
        levels = np.arange(len(plan.levels))
        starts = np.array([level.start for level in plan.levels], dtype=np.intp)
        sizes = np.array([level.stop - level.start for level in plan.levels], dtype=np.intp)
        own = _have_ones(starts)
        before = np.cumsum(own)
        self.at = np.arange(len(plan.row)) + np.repeat(before, sizes) + self.first
        self.rows = self.first + len(plan.row) + int(before[-1])
        #: where each level begins, the row of ones at or before that, and the level of every row
        begins = starts + before - own + self.first
        self.begins: list[int] = begins.tolist()
        self.ones = begins[own]
        self.ones_of: list[int] = self.ones[before - 1].tolist()
        self.level_of: list[int] = [0] * self.first + np.repeat(levels, sizes + own).tolist()
        self.place = np.zeros(plan.size, dtype=np.intp)
        self.size = 0
        self.whole = True

    def packing(self) -> Packing:
        sums = self.sums()
        self.gates()
        zero = self.size
        pulls, pulled = self.pulls(sums, zero)
        levels = tuple(
            self.level(number, level, sums[number], *pulls[number])
            for number, level in enumerate(self.plan.levels)
        )
        return Packing(
            self.plan,
            self.rows,
            self.ones,
            self.first,
            self.at,
            self.place,
            zero + 1,
            pulled,
            levels,
            self.whole,
        )

    def level(
        self, number: int, level: Level, sums: Block | None, pull: Block | None, direct: int | None
    ) -> PackedLevel:
        start, stop = self.computed(number)
        return PackedLevel(level, self.begins[number], start, stop, sums, pull, direct)

    def computed(self, number: int) -> tuple[int, int]:
        """Return the rows start:stop of a level's units that are no inputs."""
        level, inputs = self.plan.levels[number], len(self.plan.inputs) if number == 0 else 0
        stop = int(self.at[level.stop - 1]) + 1
        return stop - (level.stop - level.start) + inputs, stop

    def sums(self) -> list[Block | None]:
        """Make the blocks of all levels' sum units and give their parameters a place.

        Lone blocks come last, those of one width side by side.
        """
        entries = [
            None if level.sums is None else self.entries(level.sums) for level in self.plan.levels
        ]
        made: list[Block | None] = [None] * len(entries)
        for number in sorted(range(len(entries)), key=lambda n: self.lone_width(entries[n])):
            block, edges = self.plan.levels[number].sums, entries[number]
            if block is not None and edges is not None:
                made[number] = self.sum_block(block, edges)
        return made

    def sum_block(self, block: SumBlock, edges: _Entries) -> Block:
        start = int(self.at[block.start])
        made, places = self.block(start, edges, self.size)
        self.place[np.concatenate((block.edges, block.bias))] = self.size + places
        self.size += made.size
        self.whole = self.whole and made.whole
        return made

    def lone_width(self, edges: _Entries | None) -> int:
        """Return the width of what will be a lone block, 0 for all others."""
        if edges is None or edges.units > 1:
            return 0
        width = len(edges.sources)
        return width if self.kind(edges, width, width) == cost.GATHER else 0

    def kind(self, edges: _Entries, union: int, fan_in: int, back: bool = False) -> str:
        span, padded = edges.high - edges.low, edges.units * fan_in
        return self.force or cost.kind_of(edges.units, span, union, padded, self.columns, back)

    def entries(self, block: SumBlock) -> _Entries:
        """Return the connections of a level, and its biases as connections from a row of ones."""
        targets, sources = self.at[block.targets], self.at[block.sources]
        count = len(sources)
        low = int(self.at[block.low]) if count else self.ones_of[0]
        high = int(self.at[block.high - 1]) + 1 if count else low
        if len(block.biased):
            low = self.ones_of[self.level_of[low]]
            high = max(high, low + 1)
            ones = np.full(len(block.biased), low, dtype=np.intp)
            targets = np.concatenate((targets, self.at[block.biased]))
            sources = np.concatenate((sources, ones))
        return _Entries(block.stop - block.start, targets, sources, low, high)

    def block(
        self, start: int, edges: _Entries, offset: int, back: bool = False
    ) -> tuple[Block, Indices]:
        """Choose a kernel; return the block and the place of each entry within its W."""
        units, sources, low, high = edges.units, edges.sources, edges.low, edges.high
        single = units == 1
        targets = edges.targets[:0] if single else edges.targets - start
        union = np.sort(sources) if single else np.unique(sources)
        fan_in = len(sources) if single else int(np.bincount(targets, minlength=units).max())
        kind = self.kind(edges, len(union), fan_in, back)
        if kind == cost.RANGE:
            index, width, places = union[:0], high - low, sources - low
        elif kind == cost.GATHER:
            index, width, places = union, len(union), union.searchsorted(sources)
        else:
            width, places = fan_in, np.arange(fan_in) if single else _rank(targets)
            index = np.full(units * width, low, dtype=np.intp)
            index[places if single else targets * width + places] = sources
        if not single:
            places = targets * width + places
        whole = len(sources) == units * width
        return Block(kind, start, start + units, low, high, index, width, whole, offset), places

    def gates(self) -> None:
        """Give the weights of product and max units their places."""
        for level in self.plan.levels:
            for gate in level.gates:
                self.place[gate.edges] = self.size + np.arange(len(gate.edges))
                self.size += len(gate.edges)

    def pulls(
        self, sums: list[Block | None], zero: int
    ) -> tuple[list[tuple[Block | None, int | None]], Indices]:
        """Say for each level how ∂E/∂z comes back, and where the pull vector is taken from."""
        blocks = [level.sums for level in self.plan.levels if level.sums is not None]
        if not blocks:
            return [(None, None)] * len(sums), np.zeros(0, dtype=np.intp)
        sources = self.at[np.concatenate([block.sources for block in blocks])]
        targets = self.at[np.concatenate([block.targets for block in blocks])]
        places = self.place[np.concatenate([block.edges for block in blocks])]
        order = np.argsort(sources, kind="stable")
        sources, targets, places = sources[order], targets[order], places[order]
        #: where the connections out of each level's computed units begin and end
        bounds = np.searchsorted(sources, [self.computed(n) for n in range(len(sums))]).ravel()
        padded = np.append(targets, 0)  # a bound may be the end
        lows = np.minimum.reduceat(padded, bounds)[::2].tolist()
        highs = np.maximum.reduceat(padded, bounds)[::2].tolist()
        ends = bounds.tolist()
        made: list[tuple[Block | None, int | None]] = []
        taken: list[Indices] = []
        offset = 0
        for number, (low, high) in enumerate(zip(lows, highs, strict=True)):
            part = slice(*ends[2 * number : 2 * number + 2])
            if part.start == part.stop:
                made.append((None, None))
                continue
            direct = self.direct(number, low, high, sums)
            if direct is not None:
                made.append((None, direct))
                continue
            start, stop = self.computed(number)
            edges = _Entries(stop - start, sources[part], targets[part], low, high + 1)
            block, values = self.block(start, edges, offset, back=True)
            flat = np.full(block.size, zero, dtype=np.intp)
            flat[values] = places[part]
            offset += block.size
            taken.append(flat)
            made.append((block, None))
        return made, np.concatenate(taken) if taken else np.zeros(0, dtype=np.intp)

    def direct(
        self, number: int, lowest: int, highest: int, sums: list[Block | None]
    ) -> int | None:
        """Return the level whose dense block alone feeds on this level, and on nothing else."""
        consumer = self.level_of[lowest]
        block = sums[consumer]
        if number == 0 or block is None or block.kind != cost.RANGE or self.force == cost.GATHER:
            return None
        begin, end = self.begins[number : number + 2]
        alone = highest < block.stop and block.low >= begin and block.high <= end
        return consumer if alone else None


def _have_ones(starts: Indices) -> NDArray[np.bool_]:
    """Tell which levels have a row of ones: all of them, unless there are very many."""
    if len(starts) <= MANY_LEVELS:
        return np.ones(len(starts), dtype=np.bool_)
    return np.diff(starts // ONES_APART, prepend=-1) > 0


def _rank(targets: Indices) -> Indices:
    """Return for each entry how many entries before it have the same target."""
    order = np.argsort(targets, kind="stable")
    ordered = targets[order]
    heads = np.flatnonzero(np.diff(ordered, prepend=-1))
    lengths = np.diff(np.append(heads, len(ordered)))
    rank = np.empty(len(targets), dtype=np.intp)
    rank[order] = np.arange(len(targets)) - np.repeat(heads, lengths)
    return rank
