"""Dense over gathered rows: for a few sources that lie far apart.

The gathered rows are kept, the gradient uses them again.
"""

from typing import TYPE_CHECKING

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.packing import Block

if TYPE_CHECKING:
    from chainstep.engine.kernels import Op


class Gather:
    """W: (units, sources), a view into the flat weights."""

    def __init__(self, block: Block, weights: Array, source: Array) -> None:
        self.block, self.source = block, source
        self.W = weights[block.offset : block.end].reshape(block.units, block.width)
        self.kept = np.empty((block.width, source.shape[1]))

    def forward(self, out: Array) -> "list[Op]":
        """a = W z, of the gathered z."""
        take = self.source.take, (self.block.index, 0, self.kept, "clip")
        return [take, (self.W.dot, (self.kept, out))]

    def gradient(self, delta: Array, flat: Array) -> "list[Op]":
        """∂E/∂W = δ zᵀ."""
        part = flat[self.block.offset : self.block.end].reshape(self.W.shape)
        return [(delta.dot, (self.kept.T, part))]
