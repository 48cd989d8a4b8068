"""Flips: which examples are predicted otherwise than when they were last met.

What a prediction is, is decided as in `engine.metrics`. Going back in a run is no trouble: what
was noted later is taken back first.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.engine.metrics import classifies, middle
from chainstep.engine.trainer import Trainer
from chainstep.project import Project
from chainstep.stepping.maps import class_names
from chainstep.stepping.numbers import format_number

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
        self._classes: Ints = np.full(len(trainer.project.data.inputs), _UNKNOWN, dtype=np.intp)
        self._notes: list[_Note] = []

    def look(self, z: Array, rows: Ints, start: int) -> Ints:
        """Take in the outputs (K, N) of rows of the batch that comes next; tell which flipped.

        start: the place in the batch of the first of them. Returns (N,): a number that `words`
        puts into words, negative where nothing flipped.
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
        flipped = changed & (before != _UNKNOWN)
        return np.where(flipped, before * self._count + now, _UNKNOWN)

    def words(self, flip: int) -> str:
        """Say from which class to which: "from 0 to 1"."""
        before, now = divmod(flip, self._count)
        names = _names(self._trainer.project)
        return f"from {names[before]} to {names[now]}"

    @property
    def _count(self) -> int:
        return max(2, len(self._trainer.plan.outputs))

    def _predicted(self, z: Array) -> Ints:
        if len(z) > 1:
            return np.asarray(z.argmax(axis=0))
        return np.asarray(z[0] >= middle(self._trainer.project), dtype=np.intp)

    def _take_back(self, when: tuple[int, int]) -> None:
        """Forget what was noted at this look and after it."""
        while self._notes and self._notes[-1].when >= when:
            note = self._notes.pop()
            self._classes[note.rows] = note.classes


def _names(project: Project) -> tuple[str, ...]:
    if len(project.network.outputs) > 1 or classifies(project):
        return class_names(project)
    border = format_number(middle(project))
    return f"below {border}", f"above {border}"
