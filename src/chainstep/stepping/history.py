"""The history of a run: what happened, in plain words, and the lines it has branched into.

A line is one way from the start, made again from the settings of its updates alone. When a run
goes on from a past point with other settings, the old line is kept for comparison and a new one
begins. Going somewhere is the run's doing (`run.take_up`); a panel shows all this.
"""

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from chainstep.project import Training
from chainstep.stepping.notes import Notes, notes_of
from chainstep.stepping.numbers import format_number
from chainstep.stepping.run import Run
from chainstep.stepping.snapshots import Changes, settings_at
from chainstep.stepping.steps import UPDATE
from chainstep.stepping.watching.samples import Samples
from chainstep.words import counted

#: The oldest events go when there are more.
MOST_EVENTS: Final = 400
#: Settings that no update depends on.
_IDLE: Final[Mapping[str, object]] = {"epochs": 0, "stop": None, "initializer": None}


@dataclass(frozen=True)
class Event:
    """Something that happened. kind: start, train, stop, broke, back, retune or branch.

    line: which one it happened on; updates: made by then; epoch: finished by then. within: where
    in the batch that comes next, (example, index), None for on the last update.
    """

    kind: str
    words: str
    line: int
    updates: int
    epoch: int
    within: tuple[int, int] | None = None


@dataclass(frozen=True)
class Kept:
    """A run kept to compare with: one loss an epoch, and the parameters reached.

    held: the loss on the rows held back, by epoch, as far as it was noted.
    """

    name: str
    losses: "array[float]"
    weights: Mapping[tuple[str, str], float]
    biases: Mapping[str, float]
    settings: Training
    held: tuple[tuple[float, float], ...] = ()

    @property
    def course(self) -> str:
        """Return how it was trained, in one line."""
        epochs = counted(len(self.losses), "epoch") if self.losses else "no epoch"
        return f"η {self.settings.learning_rate:g} · {epochs}"

    @property
    def result(self) -> str:
        """Return what it has come to, in one line; "" before the first epoch."""
        if not self.losses:
            return ""
        held = f" · held back {format_number(self.held[-1][1])}" if self.held else ""
        return f"E {format_number(self.losses[-1])}{held}"


@dataclass
class _Line:
    """The farthest that a line has got, and the settings that lead there again."""

    changes: Changes
    reach: int = 0
    farthest: Kept | None = None
    notes: Notes | None = None


@dataclass
class History:
    """What happened to one run after the other.

    events: oldest first. kept: across runs; compared: the one whose weights are subtracted from
    those shown on the canvas. line: the one that the run is on. noted: what is noted along the
    run as it is; first the rows whose first number is the loss held back.
    """

    noted: tuple[Samples, ...] = ()
    events: list[Event] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    compared: Kept | None = None
    line: int = 0
    _lines: list[_Line] = field(default_factory=list)
    _named: int = 0

    def begin(self, run: Run, words: str = "Start") -> None:
        """Forget what happened to an earlier run; what was kept stays."""
        self.events, self.line = [], 0
        self._lines = [_Line(run.changes)]
        self.note(run, "start", words)

    def note(self, run: Run, kind: str, words: str) -> None:
        """Write down what happened.

        Going on or back again takes the last one's place, as does stopping for the same reason
        in the same batch.
        """
        trainer = run.trainer
        event = Event(kind, words, self.line, trainer.batches, trainer.epoch)
        if kind in ("stop", "broke"):
            event = replace(event, within=_within(run))
        if self.events and _goes_on(self.events[-1], event):
            self.events.pop()
        self.events.append(event)
        del self.events[: len(self.events) - MOST_EVENTS]

    def trained(self, run: Run) -> None:
        """Write down that the run went on to where it is, unless it made no update."""
        if not self.events or run.trainer.batches != self.events[-1].updates:
            self.note(run, "train", f"Trained to {place(run)}")

    def retuned(self, run: Run, before: Training, after: Training) -> None:
        """Write down a change of settings."""
        old, new = msgspec.structs.asdict(before), msgspec.structs.asdict(after)
        for name in (name for name in old if old[name] != new[name] and name not in _IDLE):
            self.note(run, "retune", f"{_NAMES.get(name, name)} {_said(old[name])} → "
                      f"{_said(new[name])} at {place(run)}")  # fmt: skip

    def leave(self, run: Run) -> None:
        """Remember how far the line has got, before the run goes elsewhere."""
        line = self._lines[self.line]
        if run.trainer.batches >= line.reach:
            line.changes, line.reach = run.changes, run.trainer.batches
            line.farthest, line.notes = self._as_it_is(run), notes_of(run, self.noted)

    def going_on(self, run: Run) -> None:
        """Branch, where the run goes on from a past point with other settings than the line has.

        Those that it takes up only later count too: the run would leave the line there.
        """
        line, here = self._lines[self.line], run.trainer.batches
        if here >= line.reach:
            return
        later = (settings for since, settings in line.changes if here < since < line.reach)
        then = settings_at(line.changes, here), *later
        if all(_alike(settings, run.trainer.training) for settings in then):
            return
        assert line.farthest is not None
        left = self._kept_before(line.farthest) or self._keep(line.farthest)
        notes = notes_of(run, self.noted)
        self._lines.append(_Line(run.changes, here, self._as_it_is(run), notes))
        self.line = len(self._lines) - 1
        self.note(run, "branch", f"Branched from {left.name} at {place(run)}")

    def go_to(self, run: Run, event: Event) -> None:
        """Take the run to where something happened, on the line where it did."""
        self.leave(run)
        there = self._lines[event.line]
        if there.notes is not None:
            there.notes.put_back(run, self.noted)
        run.take_up(there.changes, event.updates, event.within)
        self.line = event.line

    def here(self, run: Run) -> list[Event]:
        """Return the events that the run stands at: at their very step, else at their update."""
        where = self.line, run.trainer.batches
        there = [event for event in self.events if (event.line, event.updates) == where]
        within = _within(run)
        exactly = [event for event in there if event.within == within]
        return exactly or [event for event in there if event.within is None]

    def keep(self, run: Run) -> Kept:
        """Keep the run as it is now, to compare others with."""
        return self._keep(self._as_it_is(run))

    def drop(self, place: int) -> None:
        """Keep a run no longer."""
        if self.kept.pop(place) is self.compared:
            self.compared = None

    def _as_it_is(self, run: Run) -> Kept:
        noted = self.noted[0] if self.noted else Samples()
        rows = zip(noted.epochs, noted.column(0), strict=True)
        held = tuple((epoch, loss) for epoch, loss in rows if math.isfinite(loss))
        return replace(_kept("", run), held=held)

    def _kept_before(self, kept: Kept) -> Kept | None:
        """Return the run among those kept that has come to the same, None without."""
        reached = kept.losses, kept.weights, kept.biases
        return next((k for k in self.kept if (k.losses, k.weights, k.biases) == reached), None)

    def _keep(self, kept: Kept) -> Kept:
        self._named += 1
        named = replace(kept, name=f"Run {self._named}")
        self.kept.append(named)
        return named


def place(run: Run) -> str:
    """Return where a run is, in words: "epoch 40" is after its last update."""
    trainer = run.trainer
    if trainer.batches == 0:
        return "the start"
    if trainer.batch == 0:
        return f"epoch {trainer.epoch:,}"
    return (
        f"epoch {trainer.epoch + 1:,}, update {trainer.batch:,} of {trainer.batches_an_epoch():,}"
    )


def _within(run: Run) -> tuple[int, int] | None:
    """Return where in a batch a run is, None on its update."""
    cursor = run.cursor
    on_update = cursor.step is not None and cursor.step.phase == UPDATE
    return None if on_update else (cursor.example, cursor.index)


def _goes_on(last: Event, event: Event) -> bool:
    """Whether an event is the last one, gone on."""
    if (last.kind, last.line) != (event.kind, event.line):
        return False
    match event.kind:
        case "train":
            return event.updates >= last.updates
        case "back":
            return event.updates <= last.updates
        case "stop" | "broke":
            return (event.words, event.updates) == (last.words, last.updates)
    return False


def differences(kept: Kept, run: Run) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Return how much each weight and bias of a run is above that of a kept one.

    What only one of the two has is left out.
    """
    now = _kept("", run)
    weights = {e: w - kept.weights[e] for e, w in now.weights.items() if e in kept.weights}
    biases = {u: b - kept.biases[u] for u, b in now.biases.items() if u in kept.biases}
    return weights, biases


_NAMES: Final = {"learning_rate": "η", "weight_decay": "weight decay"}


def _said(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(getattr(value, "name", value)).replace("None", "none")


def _alike(one: Training, other: Training) -> bool:
    return msgspec.structs.replace(one, **_IDLE) == msgspec.structs.replace(other, **_IDLE)


def _kept(name: str, run: Run) -> Kept:
    trainer = run.trainer
    theta = trainer.theta.tolist()
    return Kept(
        name,
        array("d", trainer.losses),
        {ends: theta[n] for ends, n in trainer.plan.weight.items()},
        {unit: theta[n] for unit, n in trainer.plan.bias.items()},
        settings_at(run.changes, max(0, trainer.batches - 1)),
    )
