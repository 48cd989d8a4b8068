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
    """The number of updates a second, from the last stretch of them, however short.

    A stretch that something else on the machine has held up makes the next one shorter, and that
    one tells again how quick they are.
    """

    def __init__(self) -> None:
        self._most = 1
        self._rate = 0.0
        self._begun = False

    def begun(self) -> None:
        """Note that an update was made: what was made ready for the first one is ready now."""
        self._begun = True

    def updates(self, seconds: float) -> int:
        """Return how many updates to make next where there is so much time left."""
        return max(1, min(self._most, int(self._rate * seconds)))

    @contextmanager
    def measured(self, updates: int) -> Iterator[None]:
        """Measure so many updates, with what comes with a stretch; not the very first."""
        start = time.perf_counter()
        yield
        if self._begun:
            self._rate = updates / max(time.perf_counter() - start, 1e-7)
            self._most = max(self._most, GROWTH * updates)
        self._begun = True
