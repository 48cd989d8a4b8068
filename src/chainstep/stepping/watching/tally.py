"""How often each breakpoint has held on the way to where a run is: going back takes counts back.

Where breakpoints hold is found in `guard`, which counts here.
"""

from array import array
from bisect import bisect_right
from typing import Final

from chainstep.stepping.watching.breakpoints import Breakpoint

#: Beyond so many batches of one breakpoint every other one is forgotten, the counts stay.
MOST: Final = 100_000


class Tally:
    """Counts by `Breakpoint.place` and by the batch, numbered by the updates made before it."""

    def __init__(self) -> None:
        self._at: dict[Breakpoint, array[int]] = {}
        self._totals: dict[Breakpoint, array[int]] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._at.clear()
        self._totals.clear()

    def count(self, breakpoint: Breakpoint, batch: int) -> int:
        """Return how often a breakpoint has held up to and within a batch."""
        known = bisect_right(self._at.get(breakpoint.place, ()), batch)
        return self._totals[breakpoint.place][known - 1] if known else 0

    def forget_from(self, batch: int) -> None:
        """Take back what was counted in this batch and in later ones."""
        for place, at in self._at.items():
            while at and at[-1] >= batch:
                at.pop()
                self._totals[place].pop()

    def add(self, breakpoint: Breakpoint, batch: int, count: int) -> None:
        """Count so many hits more within a batch, none of a later one being known."""
        if not count:
            return
        place = breakpoint.place
        at = self._at.setdefault(place, array("q"))
        totals = self._totals.setdefault(place, array("q"))
        if at and at[-1] == batch:
            totals[-1] += count
            return
        at.append(batch)
        totals.append(count + (totals[-1] if totals else 0))
        if len(at) > MOST:
            last = len(at) - 1
            del at[:last:2], totals[:last:2]
