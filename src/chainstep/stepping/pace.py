"""How many updates fit into a stretch of time, learnt on the way.

It decides how often training comes up for air, never what training makes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: A stretch is filled in steps, each at most so many times as long as the one before.
GROWTH: Final = 8


class Pace:
    """The number of updates a second, from the last stretch of them."""

    def __init__(self) -> None:
        self._most = 1
        self._rate = 0.0

    def begun(self) -> None:
        """Note that an update was made: what was made ready for the first one is ready now."""
        self._most = max(self._most, 2)

    def updates(self, seconds: float) -> int:
        """Return how many updates to make next where there is so much time left."""
        return max(1, min(self._most, int(self._rate * seconds) if self._rate else self._most))

    @contextmanager
    def measured(self, updates: int) -> Iterator[None]:
        """Measure so many updates."""
        start = time.perf_counter()
        yield
        self._rate = updates / max(time.perf_counter() - start, 1e-7)
        self._most = max(self._most, GROWTH * (updates + 1))
