"""The packing: what a plan is like when it is laid out for the fast kernels.

Buffers hold [row, example]. The first rows are the targets; then come the levels, each with a row
of ones in front (in a deep net only some), so that a bias is one more column of W. The packed
theta holds each level's W as one contiguous block, in the layout of its kernel: with zeros where
there is no connection, which stay 0. It is laid out in `packer`; the arithmetic is in `kernels`,
the order of calls in `tape`. Optimiser, trainer and snapshots see theta in the plan's order:
`unpack` gives it.
"""

from dataclasses import dataclass

import numpy as np

from chainstep.engine import cost
from chainstep.engine.activations import Array
from chainstep.engine.plan import Indices, Level, Plan


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
