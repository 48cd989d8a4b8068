"""The examples as arrays, an example a column: made once of the same rows, whoever asks.

Making them of a large table takes long, and trainers, breakpoints, watches and explanations all
want them. What has the same rows shares them as long as one of them lives; rows that differ from
living ones in a few cells are made from those. Nobody writes into them.
"""

from collections.abc import Sequence
from itertools import compress
from operator import is_not
from typing import Final
from weakref import WeakValueDictionary

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.feed import flat
from chainstep.project import Data, Project, Rows

#: Up to one row in so many may differ for arrays to be made from others.
_FEW: Final = 20


class Columns:
    """inputs: (inputs, N); targets: (outputs, N), zeros where the data have none that fit."""

    def __init__(self, data: Data, wide: int, high: int, like: "Columns | None" = None) -> None:
        """wide, high: how many inputs and outputs. like: of rows that may be nearly the same."""
        self.data = data
        self.fits = len(data.targets) == len(data.inputs) and _all_wide(data.targets, high)
        before = None if like is None else (like.data.inputs, like.inputs)
        self.inputs: Array = _array(data.inputs, wide, before)
        self.targets: Array
        if self.fits:
            alike = like is not None and like.fits and len(like.targets) == high
            before = (like.data.targets, like.targets) if like is not None and alike else None
            self.targets = _array(data.targets, high, before)
        else:
            self.targets = np.zeros((high, len(data.inputs)))


_living: Final[WeakValueDictionary[tuple[int, int, int, int], Columns]] = WeakValueDictionary()


def shared(data: Data, wide: int, high: int) -> Columns:
    """Return the arrays of these very rows; they are shared as long as one of them is held."""
    # No other rows can have these addresses while the columns hold on to them.
    key = id(data.inputs), id(data.targets), wide, high
    found = _living.get(key)
    if found is None:
        shape = wide, len(data.inputs)
        living = [c for ref in _living.valuerefs() if (c := ref()) is not None]
        like = next((c for c in living if _shape(c) == shape), None)
        found = _living[key] = Columns(data, wide, high, like)
    return found


def columns(project: Project) -> tuple[Array, Array]:
    """Return the data's inputs (inputs, N) and targets (outputs, N), an example a column."""
    found = shared_of(project)
    return found.inputs, found.targets


def shared_of(project: Project) -> Columns:
    """Return the arrays of a project's data, for who wants to hold them for others too."""
    network = project.network
    return shared(project.data, len(network.inputs), len(network.outputs))


def columns_for(data: Data) -> Columns:
    """Return the arrays that a net will want whose inputs and outputs fit the data."""
    return shared(data, len(data.inputs[0]), len(data.targets[0]) if data.targets else 0)


def _transposed(rows: Sequence[Sequence[float]], width: int) -> Array:
    return np.ascontiguousarray(flat(rows).reshape(len(rows), width).T)


def _shape(found: Columns) -> tuple[int, int]:
    return found.inputs.shape[0], found.inputs.shape[1]


def _all_wide(rows: Rows, width: int) -> bool:
    return set(map(len, rows)) <= {width}


def _array(rows: Rows, width: int, before: tuple[Rows, Array] | None) -> Array:
    if before is not None:
        old, array = before
        if old is rows:
            return array
        changed = list(compress(range(len(rows)), map(is_not, old, rows)))
        if len(changed) * _FEW <= len(rows):
            array = array.copy()
            array[:, changed] = _transposed([rows[n] for n in changed], width)
            return array
    return _transposed(rows, width)
