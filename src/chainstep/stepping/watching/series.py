"""A quantity over epochs in constant memory: the smallest and largest value of each bucket.

Buckets are stretches of epochs of one length, which doubles when there are too many of them, so
no spike is lost. Epochs may be left out, and later ones are forgotten when a run has gone back.
"""

from array import array
from typing import Final

#: Enough for one bucket a pixel of a wide plot.
BUCKETS: Final = 512


class Series:
    """Takes a value for each epoch, in rising order, and keeps a picture of them."""

    def __init__(self, buckets: int = BUCKETS) -> None:
        """buckets: the most there are."""
        self._most = buckets
        self._size = 1
        self._low, self._high = array("d"), array("d")
        self._low_at, self._high_at = array("q"), array("q")
        self._last_at, self._last = -1, 0.0

    @property
    def last(self) -> tuple[int, float] | None:
        """The epoch and value taken in last, None where there is none."""
        return (self._last_at, self._last) if self._low else None

    def put(self, epoch: int, value: float) -> None:
        """Take in the value of an epoch; what was known of it and later ones is forgotten."""
        if epoch <= self._last_at:
            self.truncate(epoch)
        if self._low and self._low_at[-1] // self._size == epoch // self._size:
            if value < self._low[-1]:
                self._low[-1], self._low_at[-1] = value, epoch
            if value > self._high[-1]:
                self._high[-1], self._high_at[-1] = value, epoch
        else:
            self._open(epoch, value)
        self._last_at, self._last = epoch, value

    def truncate(self, epoch: int) -> None:
        """Forget this epoch and all later ones."""
        while self._low and self._low_at[-1] >= epoch and self._high_at[-1] >= epoch:
            for column in self._columns:
                column.pop()
        if self._low and self._low_at[-1] >= epoch:
            self._low[-1], self._low_at[-1] = self._high[-1], self._high_at[-1]
        if self._low and self._high_at[-1] >= epoch:
            self._high[-1], self._high_at[-1] = self._low[-1], self._low_at[-1]
        self._last_at = -1
        self._last_at, self._last = max(self.points(), default=(-1, 0.0))

    def points(self, end: int | None = None) -> list[tuple[int, float]]:
        """Return (epoch, value) in order, at most two a bucket and the last; up to epoch `end`."""
        found: list[tuple[int, float]] = []
        for each in zip(self._low_at, self._low, self._high_at, self._high, strict=True):
            low, high = each[:2], each[2:]
            found += [low] if low[0] == high[0] else sorted((low, high))
        if found and found[-1][0] < self._last_at:
            found.append((self._last_at, self._last))
        return found if end is None else [each for each in found if each[0] <= end]

    @property
    def _columns(self) -> "tuple[array[float] | array[int], ...]":
        return self._low, self._low_at, self._high, self._high_at

    def _open(self, epoch: int, value: float) -> None:
        """Begin a bucket, after joining those that belong together where there are too many."""
        while len(self._low) >= self._most:
            self._double()
        self._low.append(value)
        self._high.append(value)
        self._low_at.append(epoch)
        self._high_at.append(epoch)

    def _double(self) -> None:
        self._size *= 2
        kept = list(zip(self._low, self._low_at, self._high, self._high_at, strict=True))
        for column in self._columns:
            del column[:]
        bucket = None
        for low, low_at, high, high_at in kept:
            if low_at // self._size != bucket:
                bucket = low_at // self._size
                self._low.append(low)
                self._low_at.append(low_at)
                self._high.append(high)
                self._high_at.append(high_at)
                continue
            if low < self._low[-1]:
                self._low[-1], self._low_at[-1] = low, low_at
            if high > self._high[-1]:
                self._high[-1], self._high_at[-1] = high, high_at
