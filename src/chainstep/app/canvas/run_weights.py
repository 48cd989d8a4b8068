"""The weights that a run has reached, as a mapping over its one array.

A picture of a training run needs thousands of them at once, and nobody looks at most of them one
by one: so no dictionary is made of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from .marks import Ends


class RunWeights(Mapping[Ends, float]):
    """Weights by the ends of their connections. places: of each one in theta."""

    def __init__(self, places: Mapping[Ends, int], theta: NDArray[np.float64]) -> None:
        """theta: is kept, and must not change."""
        self.places = places
        self._theta = theta

    def values_at(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the weights in these places."""
        return self._theta[places]

    def __getitem__(self, ends: Ends) -> float:
        return float(self._theta[self.places[ends]])

    def __iter__(self) -> Iterator[Ends]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        if isinstance(other, RunWeights):
            same = self.places is other.places
            return same and np.array_equal(self._theta, other._theta)
        return len(self) == len(other) and Mapping.__eq__(self, other)

    __hash__ = None  # type: ignore[assignment]
