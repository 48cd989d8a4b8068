"""Snapshots of a run: sparse, capped in memory, the rest by deterministic replay.

One is kept every `spacing` updates; when they outgrow the cap every other one goes and the
spacing doubles, so a run of any length can be taken back to any batch. Settings that changed on
the way, such as the learning rate, are remembered with the update they were changed before.
"""

from bisect import bisect_left, bisect_right
from typing import Final

from chainstep.engine.trainer import Snapshot, Trainer
from chainstep.project import Training

#: The settings of all updates: from which update on which are in force.
Changes = tuple[tuple[int, Training], ...]

MOST: Final = 512
MEMORY: Final = 64 * 2**20


class Snapshots:
    """The states of one run after certain numbers of updates, the start always among them."""

    def __init__(self, trainer: Trainer) -> None:
        """Keep the start for good."""
        start = trainer.snapshot()
        self._spacing = 1
        self._updates = [0]
        self._states: list[Snapshot] = [start]
        self._most = max(8, min(MOST, MEMORY // (start.nbytes * 3)))
        self._changes = [0]
        self._settings = [trainer.training]

    def keep(self, updates: int, state: Snapshot) -> None:
        """Keep the state that so many updates led to, if one is due."""
        if updates - self._updates[-1] < self._spacing:
            return
        self._updates.append(updates)
        self._states.append(state)
        if len(self._updates) > self._most:
            self._spacing *= 2
            self._updates, self._states = self._updates[::2], self._states[::2]

    def retune(self, updates: int, training: Training) -> None:
        """Remember that from this many updates on other settings are in force."""
        while self._changes and self._changes[-1] >= updates:
            del self._changes[-1], self._settings[-1]
        if self._settings and self._settings[-1] == training:
            return
        self._changes.append(updates)
        self._settings.append(training)

    @property
    def changes(self) -> Changes:
        """The settings of all updates up to now."""
        return tuple(zip(self._changes, self._settings, strict=True))

    def take_up(self, changes: Changes) -> None:
        """Let other settings have been in force; what depends on them is forgotten."""
        turns = sorted({updates for updates, _ in (*changes, *self.changes)})
        now = self.changes
        same = [settings_at(changes, turn) == settings_at(now, turn) for turn in turns]
        if not all(same):
            first = turns[same.index(False)]
            stay = bisect_right(self._updates, first)
            del self._updates[stay:], self._states[stay:]
        self._changes = [updates for updates, _ in changes]
        self._settings = [training for _, training in changes]

    def replay(self, trainer: Trainer, updates: int) -> None:
        """Bring the trainer to the state after this many updates; forget later states.

        It is left with the settings of the update that came next then.
        """
        place = bisect_right(self._updates, updates) - 1
        del self._updates[place + 1 :], self._states[place + 1 :]
        trainer.restore(self._states[place], self._updates[place])
        while trainer.batches < updates:
            self.as_then(trainer)
            later = bisect_right(self._changes, trainer.batches)
            end = min([updates, *self._changes[later : later + 1]])
            trainer.advance(end - trainer.batches)
        self.as_then(trainer)

    def before(self, updates: int) -> int:
        """Return the number of updates of the last state kept that has fewer than these."""
        return self._updates[max(0, bisect_left(self._updates, updates) - 1)]

    def as_then(self, trainer: Trainer) -> None:
        """Let the trainer have the settings that its next update was made with."""
        settings = self._settings[bisect_right(self._changes, trainer.batches) - 1]
        if settings is not trainer.training:
            trainer.retune(settings)


def settings_at(changes: Changes, updates: int) -> Training:
    """Return the settings of the update that comes after so many."""
    place = bisect_right([since for since, _ in changes], updates) - 1
    return changes[place][1]
