"""Dense over neighbouring rows: nothing is copied, W · Z[low:high] is one BLAS call.

A fully connected layer is exactly this. `in_place` adds the update to W in the very call that
multiplies, where SciPy is there to give access to that BLAS call.
"""

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.packing import Block

if TYPE_CHECKING:
    from chainstep.engine.kernels import Op

#: Whether SciPy may be used.
IN_PLACE = True


def has_in_place() -> bool:
    """Tell whether the update can be made in one call."""
    return IN_PLACE and find_spec("scipy") is not None


@cache
def _blas() -> tuple[Any, Any]:
    from scipy.linalg.blas import dgemm, dger  # takes a tenth of a second

    return dgemm, dger


class Range:
    """W: (units, high − low), a view into the flat weights."""

    def __init__(self, block: Block, weights: Array, source: Array) -> None:
        self.block = block
        self.W = weights[block.offset : block.end].reshape(block.units, block.width)
        self.source = source[block.low : block.high]

    def forward(self, out: Array) -> "list[Op]":
        """a = W z."""
        return [(self.W.dot, (self.source, out))]

    def back(self, delta: Array, out: Array) -> "list[Op]":
        """∂E/∂z = Wᵀ δ, the whole of it where this block alone feeds on its sources."""
        return [(self.W.T.dot, (delta, out))]

    def gradient(self, delta: Array, flat: Array) -> "list[Op]":
        """∂E/∂W = δ zᵀ."""
        part = flat[self.block.offset : self.block.end].reshape(self.W.shape)
        return [(delta.dot, (self.source.T, part))]

    def in_place(self, delta: Array, scale: float, flat: Array) -> "Op":
        """Add scale · δ zᵀ to the block's part of a flat vector, such as W itself, in one call.

        BLAS counts columns first, so everything is transposed.
        """
        part = flat[self.block.offset : self.block.end].reshape(self.W.shape).T
        dgemm, dger = _blas()
        if delta.shape[1] == 1:
            return dger, (scale, self.source[:, 0], delta[:, 0], 1, 1, part, 1, 1, 1)
        first, transposed = _columns_first(self.source)
        return dgemm, (scale, first, delta.T, 1.0, part, transposed, 0, 1)


def _columns_first(z: Array) -> tuple[Array, int]:
    """Return z or its transpose, whichever lies columns first in memory, and 1 if transposed."""
    return (z, 0) if np.isfortran(z) else (z.T, 1)
