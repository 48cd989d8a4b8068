"""Numbers noted from time to time along a run, such as the validation loss, in constant memory.

A sample belongs to the number of epochs gone through, parts of one too. Going back drops what lies
ahead; where there are too many, every other one goes. Every epoch's own loss is kept by the
trainer; watches, which miss no epoch, are not here.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

MOST: Final = 1024


class Samples:
    """Rows of numbers by epoch, ascending. epochs: of each row; rows: the numbers."""

    def __init__(self, most: int = MOST) -> None:
        """most: rows that are kept at once, at least 4."""
        self._most = most
        self.epochs: list[float] = []
        self.rows: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.epochs)

    def clear(self) -> None:
        """Hold nothing."""
        self.epochs.clear()
        self.rows.clear()

    def take(self, other: "Samples") -> None:
        """Hold what another one holds, and nothing else."""
        self.epochs[:], self.rows[:] = other.epochs, other.rows

    def cut(self, epoch: float) -> None:
        """Drop what lies after an epoch."""
        keep = bisect_right(self.epochs, epoch)
        del self.epochs[keep:], self.rows[keep:]

    def note(self, epoch: float, row: Sequence[float]) -> None:
        """Take a row; one of the same epoch is replaced, later ones are dropped."""
        keep = bisect_left(self.epochs, epoch)
        del self.epochs[keep:], self.rows[keep:]
        self.epochs.append(epoch)
        self.rows.append(tuple(row))
        if len(self.epochs) > self._most:
            self._thin()

    def column(self, place: int) -> list[float]:
        """Return one number of every row."""
        return [row[place] for row in self.rows]

    def _thin(self) -> None:
        """Drop every other row but the first and the last."""
        last = len(self.epochs) - 1
        kept = [n for n in range(last + 1) if n % 2 == 0 or n == last]
        self.epochs = [self.epochs[n] for n in kept]
        self.rows = [self.rows[n] for n in kept]
