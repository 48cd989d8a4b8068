"""Dense over gathered rows: for a few sources that lie far apart.

The gathered rows are kept, the gradient uses them again; those of a single unit are not. Its
gradient is made at the end, with that of all single units that have as many sources: a few calls
for all of them.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.packing import Block

if TYPE_CHECKING:
    from chainstep.engine.kernels import Op


#: Numbers that are gathered at once: few enough to stay in the fast caches.
AT_ONCE: Final = 2**14


class Gather:
    """W: (units, sources), a view into the flat weights."""

    def __init__(self, block: Block, weights: Array, source: Array, kept: Array) -> None:
        self.block, self.source, self.kept = block, source, kept
        self.W = weights[block.offset : block.end].reshape(block.units, block.width)

    def forward(self, out: Array) -> "list[Op]":
        """a = W z, of the gathered z."""
        take = self.source.take, (self.block.index, 0, self.kept, "clip")
        return [take, (self.W.dot, (self.kept, out))]

    def gradient(self, delta: Array, flat: Array) -> "list[Op]":
        """∂E/∂W = δ zᵀ."""
        part = flat[self.block.offset : self.block.end].reshape(self.W.shape)
        return [(delta.dot, (self.kept.T, part))]


def lone_gradients(blocks: list[Block], z: Array, delta: Array, flat: Array) -> "Iterator[Op]":
    """Yield the calls that put Σ_n δ_j z_i of all lone blocks into a flat gradient.

    blocks: in the order of their W. Those of one width are cut into pieces that fit the cache.
    """
    columns = z.shape[1]
    for width, same in groupby(blocks, key=lambda block: block.width):
        alike, most = list(same), max(1, AT_ONCE // (width * columns))
        kept = np.empty((min(most, len(alike)), width, columns))
        deltas = np.empty((len(kept), columns))
        for first in range(0, len(alike), most):
            part = alike[first : first + most]
            count, W = len(part), flat[part[0].offset : part[-1].end].reshape(len(part), width)
            index = np.concatenate([block.index for block in part])
            rows = np.array([block.start for block in part])
            yield z.take, (index, 0, kept[:count].reshape(count * width, columns), "clip")
            yield delta.take, (rows, 0, deltas[:count], "clip")
            if columns == 1:
                yield np.multiply, (kept[:count, :, 0], deltas[:count], W)
            else:
                yield np.matvec, (kept[:count], deltas[:count], W)
