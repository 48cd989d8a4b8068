"""Flips: which examples are predicted otherwise than when they were last met.

What a prediction is, is decided as in `engine.metrics`. Going back in a run is no trouble: what
was noted later is taken back first.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.engine.trainer import Trainer

Ints = NDArray[np.intp]
_UNKNOWN: Final = -1
#: Beyond so many notes the older half is forgotten: so far back nobody goes flip by flip.
_MOST: Final = 20_000


@dataclass(frozen=True)
class _Note:
    """What was believed of some rows before a look at them."""

    when: tuple[int, int]
    rows: Ints
    classes: Ints


class Flips:
    """The last prediction of each row, as far as it was met."""

    def __init__(self, trainer: Trainer) -> None:
        """Know nothing yet."""
        self._trainer = trainer
        data = trainer.project.data
        self._classes: Ints = np.full(len(data.inputs), _UNKNOWN, dtype=np.intp)
        self._notes: list[_Note] = []
        values = [row[0] for row in data.targets if row] or [0.0, 1.0]
        binary = trainer.project.loss.name == "binary_cross_entropy"
        self._middle = 0.5 if binary else 0.5 * (min(values) + max(values))

    def look(self, z: Array, rows: Ints, start: int) -> NDArray[np.bool_]:
        """Take in the outputs (K, N) of rows of the batch that comes next; tell which flipped.

        start: the place in the batch of the first of them.
        """
        when = (self._trainer.batches, start)
        self._take_back(when)
        now = self._predicted(z)
        before = self._classes[rows]
        changed = before != now
        if changed.any():
            self._notes.append(_Note(when, rows[changed], before[changed]))
            self._classes[rows] = now
            del self._notes[: _MOST // 2 if len(self._notes) > _MOST else 0]
        flipped: NDArray[np.bool_] = changed & (before != _UNKNOWN)
        return flipped

    def _predicted(self, z: Array) -> Ints:
        if len(z) > 1:
            return np.asarray(z.argmax(axis=0))
        return np.asarray(z[0] >= self._middle, dtype=np.intp)

    def _take_back(self, when: tuple[int, int]) -> None:
        """Forget what was noted at this look and after it."""
        while self._notes and self._notes[-1].when >= when:
            note = self._notes.pop()
            self._classes[note.rows] = note.classes
