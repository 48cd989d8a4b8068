"""A curve without end in constant memory: the smallest and largest value of each bucket.

A bucket holds as many values as all others and twice as many whenever they run out, so no spike
is ever lost. What is drawn from it is in `canvas`.
"""

from array import array
from collections.abc import MutableSequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Enough for one bucket a pixel of the widest plot, and for a frame of 2 ms.
BUCKETS: Final = 800


class MinMaxBuffer:
    """Takes values one after the other and keeps a picture of them; positions count from 0."""

    def __init__(self, buckets: int = BUCKETS) -> None:
        """buckets: the most there are; an even number."""
        self._most = buckets
        self.clear()

    def clear(self) -> None:
        """Hold nothing."""
        self._size, self._count = 1, 0
        self._first = self._last = 0.0
        self._low, self._high = array("d"), array("d")
        self._low_at, self._high_at = array("q"), array("q")

    def __len__(self) -> int:
        """Return how many values were taken in."""
        return self._count

    @property
    def last(self) -> float:
        """The value taken in last; 0 where there is none."""
        return self._last

    @property
    def lowest(self) -> float:
        """The smallest value of all; infinity where there is none."""
        return min(self._low, default=float("inf"))

    def extend(self, values: "array[float]") -> None:
        """Take in the values that follow."""
        place, end = 0, len(values)
        while place < end:
            room = self._size - self._count % self._size
            part = values[place : place + room]
            self._take(part)
            place += len(part)

    def truncate(self, count: int) -> int:
        """Forget all but the first `count` values, and perhaps some before; return how many stay.

        What lies between is to be given to `extend` again: a bucket cannot be cut. Where so little
        would stay that its buckets are too coarse for it, nothing stays.
        """
        if count >= self._count:
            return self._count
        whole = count if self._size == 1 else (count - 1) // self._size
        if self._size > 1 and whole < self._most // 4:
            self.clear()
            return 0
        for column in (self._low, self._high, self._low_at, self._high_at):
            del column[whole:]
        self._count = whole * self._size
        # The last value itself is known only of buckets of one; `extend` brings the true one.
        self._last = self._low[-1] if self._size == 1 and whole else float("nan")
        return self._count

    def points(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return positions and values of the curve, at most two a bucket and both ends."""
        ends = ((0, self._first), (self._count - 1, self._last)) if self._count else ()
        known = [end for end in ends if end[1] == end[1]]
        places, values = [place for place, _ in known], [value for _, value in known]
        at = np.concatenate((self._low_at, self._high_at, np.array(places, np.int64)))
        at, once = np.unique(at, return_index=True)
        return at, np.concatenate((self._low, self._high, np.array(values)))[once]

    def _take(self, part: "array[float]") -> None:
        """Take in values that all belong to one bucket."""
        low, high = min(part), max(part)
        low_at, high_at = self._count + part.index(low), self._count + part.index(high)
        if self._count == 0:
            self._first = part[0]
        if self._count % self._size == 0:
            self._open(low, low_at, high, high_at)
        else:
            if low < self._low[-1]:
                self._low[-1], self._low_at[-1] = low, low_at
            if high > self._high[-1]:
                self._high[-1], self._high_at[-1] = high, high_at
        self._count += len(part)
        self._last = part[-1]

    def _open(self, low: float, low_at: int, high: float, high_at: int) -> None:
        """Begin a bucket, after joining each two where there are no more."""
        if len(self._low) >= self._most:
            self._halve()
        self._low.append(low)
        self._high.append(high)
        self._low_at.append(low_at)
        self._high_at.append(high_at)

    def _halve(self) -> None:
        self._join(self._low, self._low_at, lowest=True)
        self._join(self._high, self._high_at, lowest=False)
        self._size *= 2

    @staticmethod
    def _join(values: MutableSequence[float], places: MutableSequence[int], lowest: bool) -> None:
        better = min if lowest else max
        for n in range(len(values) // 2):
            pair = values[2 * n], values[2 * n + 1]
            best = 2 * n + pair.index(better(pair))
            values[n], places[n] = values[best], places[best]
        del values[len(values) // 2 :]
        del places[len(places) // 2 :]
