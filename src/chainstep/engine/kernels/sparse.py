"""The connections alone: each unit's sources are gathered for it, padded to the largest fan-in.

What pads reads some row and is multiplied by a zero of W. One example at a time is multiplied
and summed, more of them by a product with a matrix for every unit.
"""

from typing import TYPE_CHECKING

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.packing import Block

if TYPE_CHECKING:
    from chainstep.engine.kernels import Op


class Sparse:
    """W: (units, fan-in), a view into the flat weights."""

    def __init__(self, block: Block, weights: Array, source: Array, kept: Array) -> None:
        self.block, self.source, self.kept = block, source, kept
        self.W = weights[block.offset : block.end].reshape(block.units, block.width)
        self.columns = source.shape[1]
        self.single = self.columns == 1

    def forward(self, out: Array) -> "list[Op]":
        """a_j = Σ_i w_ji z_i over the sources of each unit."""
        take = self.source.take, (self.block.index, 0, self.kept, "clip")
        if self.single:
            products, ones = np.empty(self.W.shape), np.ones(self.W.shape[1])
            kept = self.kept.reshape(self.W.shape)
            add = products.dot, (ones, out[:, 0])  # faster than a sum along the rows
            return [take, (np.multiply, (self.W, kept, products)), add]
        each = self.kept.reshape(*self.W.shape, self.columns)
        return [take, (np.vecmat, (self.W, each, out))]

    def gradient(self, delta: Array, flat: Array) -> "list[Op]":
        """∂E/∂w_ji = Σ_n δ_j z_i."""
        part = flat[self.block.offset : self.block.end].reshape(self.W.shape)
        if self.single:
            return [(np.multiply, (self.kept.reshape(self.W.shape), delta, part))]
        kept = self.kept.reshape(*self.W.shape, self.columns)
        return [(np.matvec, (kept, delta, part))]
