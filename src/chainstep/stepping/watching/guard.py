"""The guard: finds the exact example and step of a batch at which a breakpoint holds.

Conditions on numbers are looked up in the arrays of the whole batch, made at the weights that the
batch is computed with; those on the update and on the loss are asked after it. Nothing is changed
here: what the run does with a hit is in `run`. What breakpoints there are is in `breakpoints`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.engine.columns import columns
from chainstep.engine.passes import backward, forward, shares
from chainstep.engine.trainer import CHUNK, Trainer
from chainstep.stepping.numbers import format_number
from chainstep.stepping.steps import BACKWARD, FORWARD, LOSS, UPDATE, PassSteps, Step
from chainstep.stepping.watching import breakpoints as kinds
from chainstep.stepping.watching.breakpoints import Breakpoint
from chainstep.stepping.watching.flips import Flips
from chainstep.stepping.watching.loss_guard import LossGuard
from chainstep.stepping.watching.tally import Tally

_IN_ARRAYS: Final = {kinds.SMALL_DELTA, kinds.SATURATED, kinds.NOT_FINITE, kinds.FLIP}
_AFTER_UPDATE: Final = {kinds.LARGE_WEIGHT, kinds.LOSS_RISES, kinds.LOSS_BELOW}
Keys = NDArray[np.int64]
_NONE: Final[Keys] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Hit:
    """A breakpoint that holds.

    example: place in the batch; index: how many of its steps are done there. reason: in words,
    with the number that was measured.
    """

    breakpoint: Breakpoint
    example: int
    index: int
    reason: str


@dataclass(frozen=True)
class Chunk:
    """The arrays of a part of a batch, (units, N); share: of E, (outputs, N)."""

    a: Array
    z: Array
    h_prime: Array
    delta: Array
    share: Array
    rows: NDArray[np.intp]


@dataclass(frozen=True)
class _Found:
    """Where a condition holds. keys: example · span + index, rising; values: what was measured."""

    keys: Keys
    values: Array | None = None

    def between(self, after: int, upto: int | None) -> "_Found":
        """Leave out what comes up to one key and what comes behind another."""
        start = int(np.searchsorted(self.keys, after, "right"))
        end = len(self.keys) if upto is None else int(np.searchsorted(self.keys, upto, "right"))
        values = None if self.values is None else self.values[start:end]
        return _Found(self.keys[start:end], values)


class Guard:
    """Watches the batches of one run for breakpoints. tally: how often each has held."""

    def __init__(
        self, breakpoints: Iterable[Breakpoint], trainer: Trainer, steps: PassSteps
    ) -> None:
        """Get ready for these breakpoints; those that are off or do not fit the net are left."""
        self.all = tuple(breakpoints)
        self._trainer, self._pass = trainer, steps
        self.tally = Tally()
        self._counted: tuple[int, int] | None = None
        network = trainer.plan.network
        on = [b for b in self.all if b.enabled and b.fits(network)]
        self._late = [b for b in on if b.kind in _AFTER_UPDATE or b.phase == UPDATE]
        self._early = [b for b in on if b not in self._late]
        self._needs_arrays = any(b.kind in _IN_ARRAYS for b in self._early)
        self._losses = LossGuard()
        self._flips = Flips(trainer) if any(b.kind == kinds.FLIP for b in on) else None
        self._columns = columns(trainer.project) if self._needs_arrays else None
        self._places = {b: tuple(self._places_of(b)) for b in self._early}

    def begin_anew(self, tally: Tally) -> None:
        """Forget what was met: the run is on another way. tally: the counts of that one."""
        self.tally, self._counted, self._losses = tally, None, LossGuard()
        if self._flips is not None:
            self._flips = Flips(self._trainer)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to look for."""
        return not self._early and not self._late

    @property
    def _steps(self) -> Sequence[Step]:
        return self._pass.steps

    @property
    def waits_for_epochs(self) -> bool:
        """Whether all that is looked for comes with the beginning or the end of an epoch."""
        ends = (kinds.LOSS_RISES, kinds.LOSS_BELOW)
        begins = all(b.kind == kinds.EPOCH for b in self._early)
        return begins and all(b.kind in ends for b in self._late)

    def in_batch(
        self, theta: Array, rows: Sequence[int], after: int, upto: int | None = None
    ) -> Hit | None:
        """Return the first hit of a batch that is yet to be made, None where it runs through.

        theta: the weights of the batch. rows: of the data, in order. after, upto: only what comes
        behind the one key and not behind the other counts (`PassSteps.span`); −1 and None for the
        whole batch.
        """
        self.recount(theta, rows, after)
        self._counted = None
        for found in self._parts(theta, rows, after, upto):
            hit = self._first(found)
            if hit is not None:
                self._counted = self._trainer.batches, hit.example * self._pass.span + hit.index
                return hit
        return None

    def recount(self, theta: Array, rows: Sequence[int], upto: int) -> None:
        """Let the counts be those of the way to a place of a batch whose update is not made."""
        batch = self._trainer.batches
        if self._counted == (batch, upto) and upto >= 0:
            return
        self.tally.forget_from(batch)
        for found in self._parts(theta, rows, -1, upto) if upto >= 0 else ():
            for breakpoint, held in found.items():
                self.tally.add(breakpoint, batch, len(held.keys))
        self._counted = batch, upto

    def last_in_batch(self, theta: Array, rows: Sequence[int], upto: int | None) -> Hit | None:
        """Return the last place of a batch where a breakpoint holds, counting nothing."""
        last: tuple[int, Breakpoint, _Found] | None = None
        for part in self._parts(theta, rows, -1, upto):
            for breakpoint, found in part.items():
                if len(found.keys) and (last is None or found.keys[-1] > last[0]):
                    last = int(found.keys[-1]), breakpoint, found
        return None if last is None else self._hit(*last)

    def after_update(self, before: Array, example: int, index: int) -> Hit | None:
        """Return a hit of the update just made. before: the weights before it.

        example, index: where the run stands on it.
        """
        hit, self._counted = None, None
        for breakpoint in self._late:
            reason = self._late_reason(breakpoint, before)
            if reason and self._count(breakpoint) and hit is None:
                hit = Hit(breakpoint, example, index, reason)
        return hit

    def held_at_update(self, before: Array, example: int, index: int) -> Hit | None:
        """Return a breakpoint that held at the update just made, as `after_update`, uncounted."""
        for breakpoint in self._late:
            if reason := self._late_reason(breakpoint, before):
                return Hit(breakpoint, example, index, reason)
        return None

    def count(self, breakpoint: Breakpoint) -> int:
        """Return how often a breakpoint has held on the way here."""
        return self.tally.count(breakpoint, self._trainer.batches)

    def limit(self, breakpoint: Breakpoint) -> float:
        """Return what a loss that rises has to exceed next; NaN where that is not known."""
        return self._losses.limit(breakpoint, self._trainer)

    def _count(self, breakpoint: Breakpoint) -> bool:
        """Count one more hit at the update just made; tell whether it stops the run."""
        self.tally.add(breakpoint, self._trainer.batches - 1, 1)
        return self.count(breakpoint) > breakpoint.ignore

    def _parts(
        self, theta: Array, rows: Sequence[int], after: int, upto: int | None
    ) -> Iterator[dict[Breakpoint, _Found]]:
        """Find where breakpoints hold, a part of the batch at a time, between two keys."""
        whole = np.array(rows, dtype=np.intp)
        for start in range(0, len(whole), CHUNK) if self._early else ():
            part = whole[start : start + CHUNK]
            if (start + len(part)) * self._pass.span <= after:
                continue
            if upto is not None and start * self._pass.span > upto:
                break
            chunk = self._chunk(theta, part) if self._needs_arrays else None
            yield {b: self._found(b, chunk, start, part).between(after, upto) for b in self._early}

    def _first(self, found: dict[Breakpoint, _Found]) -> Hit | None:
        """Return the hit that stops the run first; count all up to it."""
        stops: list[tuple[int, int, Breakpoint]] = []
        new = {b: f.keys for b, f in found.items()}
        for order, (breakpoint, keys) in enumerate(new.items()):
            left = max(0, breakpoint.ignore - self.count(breakpoint))
            if len(keys) > left:
                stops.append((int(keys[left]), order, breakpoint))
        stop = min(stops, default=None, key=lambda each: each[:2])
        for breakpoint, keys in new.items():
            upto = len(keys) if stop is None else int(np.searchsorted(keys, stop[0], "right"))
            self.tally.add(breakpoint, self._trainer.batches, upto)
        if stop is None:
            return None
        key, _, breakpoint = stop
        return self._hit(key, breakpoint, found[breakpoint])

    def _hit(self, key: int, breakpoint: Breakpoint, found: _Found) -> Hit:
        example, index = divmod(key, self._pass.span)
        return Hit(breakpoint, example, index, self._reason(breakpoint, found, key))

    def _found(
        self, breakpoint: Breakpoint, chunk: Chunk | None, start: int, rows: NDArray[np.intp]
    ) -> _Found:
        """Return where a breakpoint holds in a chunk whose first example is number `start`."""
        if breakpoint.kind == kinds.EPOCH:
            begins = start == 0 and self._trainer.batch == 0
            due = begins and self._trainer.epoch + 1 == breakpoint.value
            return _Found(np.zeros(int(due), dtype=np.int64))
        places = self._places[breakpoint]
        if not places:
            return _Found(_NONE)
        indices = np.array([index for index, _ in places], dtype=np.int64)
        span = self._pass.span
        if breakpoint.kind not in _IN_ARRAYS:
            keys = (np.arange(start, start + len(rows))[:, None] * span + indices).ravel()
            return _Found(keys.astype(np.int64))
        assert chunk is not None
        mask, values = self._measure(breakpoint, chunk, [row for _, row in places], start)
        examples, nth = np.nonzero(mask.T)
        return _Found((start + examples) * span + indices[nth], values.T[examples, nth])

    def _measure(
        self, breakpoint: Breakpoint, chunk: Chunk, rows: list[int], start: int
    ) -> tuple[NDArray[np.bool_], Array]:
        """Return where the condition holds and the numbers it looked at, (places, N)."""
        if breakpoint.kind == kinds.SMALL_DELTA:
            values = chunk.delta[rows]
            return np.abs(values) < breakpoint.value, values
        if breakpoint.kind == kinds.SATURATED:
            values = chunk.h_prime[rows]
            return np.abs(values) < breakpoint.value, values
        if breakpoint.kind == kinds.FLIP:
            assert self._flips is not None
            flips = self._flips.look(chunk.z[self._trainer.plan.outputs], chunk.rows, start)
            looked_at = True if breakpoint.row is None else chunk.rows == breakpoint.row
            return ((flips >= 0) & looked_at)[None, :], flips[None, :].astype(np.float64)
        values = self._every_number(chunk, breakpoint)
        return ~np.isfinite(values), values

    def _every_number(self, chunk: Chunk, breakpoint: Breakpoint) -> Array:
        """Return one number for each place of a search for what is not finite."""
        outputs = {unit.id: n for n, unit in enumerate(self._trainer.plan.network.outputs)}
        found = []
        for index, row in self._places[breakpoint]:
            step = self._steps[index - 1]
            if step.phase == LOSS:
                found.append(chunk.share[outputs[step.unit]])
            elif step.phase == BACKWARD:
                found.append(chunk.delta[row])
            else:
                a, z = chunk.a[row], chunk.z[row]
                found.append(np.where(np.isfinite(a), z, a))
        return np.array(found)

    def _places_of(self, breakpoint: Breakpoint) -> Iterator[tuple[int, int]]:
        """Return the steps a breakpoint can stop at, (steps done, row of the unit), in order."""
        row = self._trainer.plan.row
        seen: set[object] = set()
        for index, step in enumerate(self._steps, start=1):
            if breakpoint.kind != kinds.EPOCH and self._is_place(breakpoint, step):
                # A unit or a phase is come to once, with its first step.
                key = step.phase if breakpoint.kind == kinds.PHASE else (step.phase, step.unit)
                if breakpoint.kind in (kinds.UNIT, kinds.PHASE) and key in seen:
                    continue
                seen.add(key)
                yield index, row.get(step.unit, 0)

    def _is_place(self, breakpoint: Breakpoint, step: Step) -> bool:
        kind, unit = breakpoint.kind, breakpoint.unit
        group = self._trainer.plan.group is not None
        by_id = self._trainer.plan.network.by_id
        if kind == kinds.PHASE:
            return step.phase == (breakpoint.phase or FORWARD)
        if kind == kinds.UNIT:
            here = step.phase in (FORWARD, BACKWARD) and breakpoint.phase in ("", step.phase)
            return here and step.unit == unit
        if kind == kinds.CONNECTION:
            return _over(breakpoint, step)
        if kind == kinds.SMALL_DELTA:
            return step.part == "delta" and unit in ("", step.unit)
        if kind == kinds.SATURATED:
            grouped = group and step.part == "activate" and by_id[step.unit].is_output
            return step.part == "activate" and unit in ("", step.unit) and not grouped
        if kind == kinds.NOT_FINITE:
            return step.part in ("activate", "share", "delta") and unit in ("", step.unit)
        return step == self._last_output

    @property
    def _last_output(self) -> Step | None:
        """The step after which a prediction is known."""
        by_id = self._trainer.plan.network.by_id
        known = [s for s in self._steps if s.part == "activate" and by_id[s.unit].is_output]
        return known[-1] if known else None

    def _chunk(self, theta: Array, rows: NDArray[np.intp]) -> Chunk:
        assert self._columns is not None
        plan, loss = self._trainer.plan, self._trainer.project.loss
        inputs, targets = (each[:, rows] for each in self._columns)
        with np.errstate(all="ignore"):
            state = forward(plan, theta, inputs)
            share = shares(plan, loss, state, targets)
            back = backward(plan, theta, loss, state, targets)
        return Chunk(state.a, state.z, back.h_prime, back.delta, share, rows)

    def _reason(self, breakpoint: Breakpoint, found: _Found, key: int) -> str:
        said = kinds.words(breakpoint)
        if found.values is None:
            return said
        index = key % self._pass.span
        measured = float(found.values[np.searchsorted(found.keys, key)])
        if breakpoint.kind == kinds.FLIP:
            assert self._flips is not None
            return f"{said}: {self._flips.words(int(measured))}"
        value = format_number(measured, kinds.MEASURED)
        unit = self._steps[index - 1].unit
        if breakpoint.kind == kinds.SMALL_DELTA:
            return f"{said}: δ of {unit} is {value}"
        if breakpoint.kind == kinds.SATURATED:
            return f"{said}: h′(a) of {unit} is {value}"
        part = self._steps[index - 1].part
        name = {"share": "E", "delta": "δ"}.get(part, "the value")
        return f"{name} of {unit} is {value}"

    def _late_reason(self, breakpoint: Breakpoint, before: Array) -> str:
        trainer = self._trainer
        if breakpoint.phase == UPDATE:
            return kinds.words(breakpoint)
        if breakpoint.kind != kinds.LARGE_WEIGHT:
            return self._losses.reason(breakpoint, trainer) if trainer.batch == 0 else ""
        ends = trainer.plan.weight
        chosen = ends if breakpoint.connection is None else {breakpoint.connection: 0}
        at = np.array([ends[each] for each in chosen], dtype=np.intp)
        now, then = np.abs(trainer.theta[at]), np.abs(before[at])
        grown = np.flatnonzero((now > breakpoint.value) & ~(then > breakpoint.value))
        if not len(grown):
            return ""
        source, target = list(chosen)[int(grown[0])]
        value = format_number(float(trainer.theta[at[grown[0]]]), kinds.MEASURED)
        return f"{kinds.words(breakpoint)}: w of {source} → {target} is {value}"


def _over(breakpoint: Breakpoint, step: Step) -> bool:
    """Whether a step goes over the breakpoint's connection."""
    if step.part != "term" or breakpoint.phase not in ("", step.phase):
        return False
    ends = (step.other, step.unit) if step.phase == FORWARD else (step.unit, step.other)
    return ends == breakpoint.connection
