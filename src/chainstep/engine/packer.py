"""The packer: lays a plan out for batches of one size.

What comes of it is in `packing`; which kernel a block gets is `cost`'s to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine import cost
from chainstep.engine.packing import Block, PackedLevel, Packing
from chainstep.engine.plan import Indices, Level, Plan, SumBlock

#: Of more levels than this not each has a row of ones, but one that begins so many rows later.
MANY_LEVELS: Final = 64
ONES_APART: Final = 16


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


@dataclass(frozen=True, slots=True)
class _WaysBack:
    """Connections out of a level as entries of a block that writes where they come from.

    places: of their weights in the packed theta.
    """

    entries: _Entries
    places: Indices


class _Packer:
    """Gives every row and every parameter of one plan its place, level by level.

    columns: of the batches it is packed for. force: a kernel for every block, or None.
    """

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
        """Say for each level how ∂E/∂z comes back, and where the pull vector is taken from.

        zero: the place in the packed theta that stays 0.
        """
        made: list[tuple[Block | None, int | None]] = []
        taken: list[Indices] = [np.zeros(0, dtype=np.intp)]
        offset = 0
        for number, back in enumerate(self.ways_back(len(sums))):
            direct = None if back is None else self.direct(number, back.entries, sums)
            if back is None or direct is not None:
                made.append((None, direct))
                continue
            block, values = self.block(self.computed(number)[0], back.entries, offset, back=True)
            flat = np.full(block.size, zero, dtype=np.intp)
            flat[values] = back.places
            offset += block.size
            taken.append(flat)
            made.append((block, None))
        return made, np.concatenate(taken)

    def ways_back(self, levels: int) -> Iterator[_WaysBack | None]:
        """Yield the connections out of each level's computed units; None where there are none."""
        blocks = [level.sums for level in self.plan.levels if level.sums is not None]
        if not blocks:
            yield from [None] * levels
            return
        sources = self.at[np.concatenate([block.sources for block in blocks])]
        targets = self.at[np.concatenate([block.targets for block in blocks])]
        places = self.place[np.concatenate([block.edges for block in blocks])]
        order = np.argsort(sources, kind="stable")
        sources, targets, places = sources[order], targets[order], places[order]
        computed = [self.computed(number) for number in range(levels)]
        bounds = np.searchsorted(sources, computed).ravel()
        padded = np.append(targets, 0)  # a bound may be the end
        lows = np.minimum.reduceat(padded, bounds)[::2].tolist()
        highs = np.maximum.reduceat(padded, bounds)[::2].tolist()
        begins, ends = bounds[::2].tolist(), bounds[1::2].tolist()
        for (start, stop), low, high, begin, end in zip(
            computed, lows, highs, begins, ends, strict=True
        ):
            part = slice(begin, end)
            entries = _Entries(stop - start, sources[part], targets[part], low, high + 1)
            yield _WaysBack(entries, places[part]) if begin < end else None

    def direct(self, number: int, back: _Entries, sums: list[Block | None]) -> int | None:
        """Return the level whose dense block alone feeds on this level, and on nothing else."""
        consumer = self.level_of[back.low]
        block = sums[consumer]
        if number == 0 or block is None or block.kind != cost.RANGE or self.force == cost.GATHER:
            return None
        begin, end = self.begins[number : number + 2]
        alone = back.high <= block.stop and block.low >= begin and block.high <= end
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
