"""The gradient check: every weight, bias and unit against central differences.

h = 1e-6 · max(1, |w|); what lies within h of a kink is listed as skipped, for there the
difference has no meaning. The analytic side is the engine's gradient of E over the training rows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from chainstep.engine.activations import ACTIVATIONS, Array
from chainstep.engine.columns import columns
from chainstep.engine.passes import Forward, backward, forward, shares
from chainstep.engine.plan import Plan
from chainstep.engine.trainer import Trainer
from chainstep.errors import NotRunnable
from chainstep.network.model import MAX
from chainstep.project import Project

STEP: Final = 1e-6
#: A relative error above this is a failed check.
LIMIT: Final = 1e-6
#: A difference of E is known to no more than some 1e-16 · |E| / h; below it a zero is a zero.
NOISE: Final = 64 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Checked:
    """One derivative. kind: weight, bias or unit; name: of the connection "i1 → h1" or the unit.

    what: the unit, or the connection as (source, target).
    relative: |analytic − numeric| / max(|analytic|, |numeric|, what rounding of E hides).
    skipped: the reason, where a kink lies within h; then relative counts for nothing.
    """

    kind: str
    name: str
    analytic: float
    numeric: float
    relative: float
    skipped: str | None = None
    what: str | tuple[str, str] = ""

    @property
    def failed(self) -> bool:
        """Whether the two differ by more than they may."""
        return self.skipped is None and not self.relative <= LIMIT


@dataclass(frozen=True)
class GradientCheck:
    """All rows, weights in document order, then biases, then units."""

    rows: tuple[Checked, ...]

    @property
    def worst(self) -> float:
        """The largest relative error among what was not skipped."""
        return max((row.relative for row in self.rows if row.skipped is None), default=0.0)

    @property
    def passed(self) -> bool:
        """Whether no row failed."""
        return not any(row.failed for row in self.rows)


def check(project: Project, about: str | None = None, most: int | None = None) -> GradientCheck:
    """Check ∂E/∂w, ∂E/∂b and ∂E/∂a_j over the training rows. Raises NotRunnable.

    about: only what belongs to one unit: the weights into it, its bias and its a. most: of more
    weights only those of the largest derivatives.
    """
    return GradientCheck(tuple(Walk(project, about, most)))


class Walk:
    """The same one by one, for those who cannot wait. Raises NotRunnable.

    count: how many there are in all.
    """

    def __init__(self, project: Project, about: str | None = None, most: int | None = None) -> None:
        trainer = Trainer(project)
        if trainer.refused is not None:
            raise NotRunnable(trainer.refused)
        checker = _Checker(trainer)
        self.count = len(trainer.theta) + len(project.network.units) - len(trainer.plan.inputs)
        self._rows = checker.rows(about, most)

    def __iter__(self) -> Iterator[Checked]:
        return self

    def __next__(self) -> Checked:
        with np.errstate(all="ignore"):
            return next(self._rows)


class _Checker:
    """Nudges one quantity after the other and watches E."""

    def __init__(self, trainer: Trainer) -> None:
        self.project, self.plan, self.theta = trainer.project, trainer.plan, trainer.theta
        inputs, targets = columns(trainer.project)
        self.inputs, self.targets = inputs[:, trainer.rows], targets[:, trainer.rows]
        mean = trainer.training.reduction == "mean"
        self.scale = 1.0 / len(trainer.rows) if mean else 1.0
        self.analytic = trainer.gradient_at(trainer.theta)
        with np.errstate(all="ignore"):
            self.here = self._look(self.theta, None)

    def rows(self, about: str | None, most: int | None) -> Iterator[Checked]:
        weights = [(e, place) for e, place in self.plan.weight.items() if about in (None, e[1])]
        largest = sorted(weights, key=lambda item: -abs(self.analytic[item[1]]))[:most]
        for ends, place in weights if most is None else largest:
            yield self._parameter(place, "weight", ends)
        for unit_id, place in self.plan.bias.items():
            if about in (None, unit_id):
                yield self._parameter(place, "bias", unit_id)
        yield from self._units(about)

    def _parameter(self, place: int, kind: str, what: str | tuple[str, str]) -> Checked:
        h = STEP * max(1.0, abs(float(self.theta[place])))
        nudge = np.zeros_like(self.theta)
        nudge[place] = h
        above = self._look(self.theta + nudge, None)
        below = self._look(self.theta - nudge, None)
        return self._row(kind, what, float(self.analytic[place]), above, below, h)

    def _units(self, about: str | None) -> Iterator[Checked]:
        """∂E/∂a_j with all examples moved together, as by a bias put in at j."""
        state = forward(self.plan, self.theta, self.inputs)
        back = backward(self.plan, self.theta, self.project.loss, state, self.targets)
        for unit in self.project.network.units:
            if unit.is_input or about not in (None, unit.id):
                continue
            row = self.plan.row[unit.id]
            shift = np.zeros(len(self.plan.row))
            shift[row] = STEP
            above, below = self._look(self.theta, shift), self._look(self.theta, -shift)
            analytic = float(back.delta[row].sum()) * self.scale
            yield self._row("unit", unit.id, analytic, above, below, STEP)

    def _row(
        self,
        kind: str,
        what: str | tuple[str, str],
        analytic: float,
        above: "_Look",
        below: "_Look",
        h: float,
    ) -> Checked:
        numeric = (above.error - below.error) / (2.0 * h)
        error = max(abs(above.error), abs(below.error))
        # Near E = 0 it is z − t that rounds, by some 1e-16, which moves E by that times √E.
        hidden = NOISE * max(error, math.sqrt(error)) / (h * LIMIT)
        size = max(abs(analytic), abs(numeric), hidden, float(np.finfo(np.float64).tiny))
        same = above.sides == self.here.sides == below.sides
        skipped = None if same else f"a kink lies within h = {h:.1e}"
        name = what if isinstance(what, str) else f"{what[0]} → {what[1]}"
        relative = abs(analytic - numeric) / size
        return Checked(kind, name, analytic, numeric, relative, skipped, what)

    def _look(self, theta: Array, shift: Array | None) -> "_Look":
        state = forward(self.plan, theta, self.inputs, shift)
        share = shares(self.plan, self.project.loss, state, self.targets)
        error = float(share.sum()) * self.scale
        sides = _sides(self.project, self.plan, theta, state, self.targets)
        return _Look(error, b"".join(side.astype(np.int8).tobytes() for side in sides))


@dataclass(frozen=True)
class _Look:
    """E, and on which side of every kink every example lies: what a valid difference keeps."""

    error: float
    sides: bytes


def _sides(
    project: Project, plan: Plan, theta: Array, state: Forward, targets: Array
) -> Iterator[Array]:
    """Yield −1, 0 or 1 for each example and kink: before it, upon it or beyond it."""
    for unit in project.network.units:
        if not unit.is_input and unit.activation in ACTIVATIONS:
            for at in ACTIVATIONS[unit.activation].kinks(**unit.all_params()):
                yield np.sign(state.a[plan.row[unit.id]] - at)
        if unit.combine == MAX:
            incoming = project.network.incoming[unit.id]
            terms = [theta[plan.weight[c.ends]] * state.z[plan.row[c.source]] for c in incoming]
            yield from (np.sign(term - np.max(terms, axis=0)) for term in terms)
    if project.loss.name == "huber":
        yield np.sign(np.abs(state.z[plan.outputs] - targets) - project.loss.delta).ravel()
