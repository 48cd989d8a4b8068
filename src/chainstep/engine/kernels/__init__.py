"""The kernels: what a block of connections costs nothing to look at and little to run.

Each file holds one way to store W and to multiply with it: `range` (dense over neighbouring
rows), `gather` (dense over gathered rows), `sparse` (the connections alone). `gates` serves
product and max units, `activations` h and h′, `outputs` losses and ∂E/∂a of the outputs. All of
them make lists of calls for the tape, with every buffer given. The reference is `passes`.
"""

from collections.abc import Callable
from typing import Any, Protocol

from chainstep.engine import cost
from chainstep.engine.activations import Array
from chainstep.engine.packing import Block

#: One call of the tape: a function and its arguments, results go into the last of these.
Op = tuple[Callable[..., object], tuple[Any, ...]]


class Kernel(Protocol):
    """A block's W at work on fixed buffers."""

    def forward(self, out: Array) -> list[Op]:
        """Return the calls for out = W · in."""

    def gradient(self, delta: Array, flat: Array) -> list[Op]:
        """Return the calls that put Σ_n δ_j z_i into the block's part of a flat gradient."""


def kernel(block: Block, weights: Array, source: Array, kept: Array) -> Kernel:
    """Return the kernel of a block.

    weights: flat, holds W. source: (rows, N), the buffer read. kept: (len(index), N), for what a
    block gathers from it.
    """
    from chainstep.engine.kernels.gather import Gather
    from chainstep.engine.kernels.range import Range
    from chainstep.engine.kernels.sparse import Sparse

    if block.kind == cost.RANGE:
        return Range(block, weights, source)
    made = Gather if block.kind == cost.GATHER else Sparse
    return made(block, weights, source, kept)
