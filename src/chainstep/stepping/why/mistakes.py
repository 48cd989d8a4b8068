"""Mistakes made on purpose, to see what they do: a term forgotten, weights updated too early,
gradients not cleared.

Two published texts compute the hidden layer's share with the output weights already updated; a
training loop that does not clear its gradients adds those of all passes before. The right
numbers come from `trace` and `engine`; here the wrong ones are computed beside them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.columns import columns
from chainstep.engine.passes import backward, forward, gradient, shares
from chainstep.engine.trainer import Trainer
from chainstep.errors import ChainstepError, NotRunnable
from chainstep.network.order import forward_order
from chainstep.project import Project
from chainstep.stepping.trace import Trace, only, trace
from chainstep.stepping.why.jacobians import slope
from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudge, Nudged
from chainstep.stepping.why.paths import own_share

Ends = tuple[str, str]
#: As in the gradient check: a relative error above this is a failed check.
LIMIT = 1e-6
_STEP = 1e-6


@dataclass(frozen=True)
class Compared:
    """One derivative: right by the whole sum, wrong without the term, numeric by differences.

    what: the unit, or the connection as (source, target).
    """

    kind: str
    name: str
    right: float
    wrong: float
    numeric: float
    what: str | Ends

    @property
    def failed(self) -> bool:
        """Whether the gradient check now fails here."""
        size = max(abs(self.wrong), abs(self.numeric), 1e-4)
        return abs(self.wrong - self.numeric) > 1e-4 * size and self.wrong != self.right


@dataclass(frozen=True)
class Forgotten:
    """What comes of leaving terms out of the sums.

    term: the share that was left out. rows: the units, weights and biases whose derivative it
    changes, in that order; reached: how many there are, where only some were asked for.
    """

    left_out: tuple[Ends, ...]
    term: float
    rows: tuple[Compared, ...]
    reached: int

    @property
    def failed(self) -> tuple[Compared, ...]:
        """The rows in which the gradient check fails."""
        return tuple(row for row in self.rows if row.failed)


@dataclass(frozen=True)
class TooEarly:
    """Backpropagation through weights that were already updated.

    right, wrong: ∂E/∂w by connection; loss_right, loss_wrong: E of the example after the update.
    """

    right: Mapping[Ends, float]
    wrong: Mapping[Ends, float]
    loss_before: float
    loss_right: float
    loss_wrong: float


@dataclass(frozen=True)
class Uncleared:
    """Losses pass by pass, with the gradients cleared between passes, and added up instead."""

    cleared: tuple[float, ...]
    added: tuple[float, ...]


def deltas_without(trace: Trace, left_out: Collection[Ends]) -> dict[str, float]:
    """Return ∂E/∂a of every unit (of an input ∂E/∂z) with the terms of some connections left out.

    Nothing left out, these are the trace's own numbers.
    """
    found: dict[str, float] = {}
    for unit in reversed(forward_order(trace.plan.network)):
        total = own_share(trace, unit.id)
        for connection in trace.plan.network.outgoing[unit.id]:
            if connection.ends not in left_out:
                total += found[connection.target] * slope(trace, connection)
        found[unit.id] = total
    return found


def forget(trace: Trace, left_out: Collection[Ends], most: int | None = None) -> Forgotten:
    """Leave terms out and hold the gradient against differences. Raises NotRunnable.

    most: check no more than so many derivatives; each takes two forward passes.
    """
    if trace.backward_refused is not None:
        raise NotRunnable(trace.backward_refused)
    for source, target in left_out:
        if (source, target) not in trace.plan.weight:
            raise ChainstepError(f"There is no term {source} → {target} to leave out.")
    whole, less = deltas_without(trace, ()), deltas_without(trace, left_out)
    by_ends = trace.plan.network.by_ends
    term = sum(whole[t] * slope(trace, by_ends[s, t]) for s, t in left_out)
    changed = [found for found in _derivatives(trace, whole, less) if found[2] != found[3]]
    rows = tuple(_row(trace, *found) for found in changed[:most])
    return Forgotten(tuple(left_out), term, rows, len(changed))


def _derivatives(
    trace: Trace, whole: Mapping[str, float], less: Mapping[str, float]
) -> Iterator[tuple[Nudged, str, float, float]]:
    """Yield what is differentiated by, its name, and the derivative right and wrong."""
    network = trace.plan.network
    for unit in network.units:
        kind = INPUT if unit.is_input else UNIT
        yield Nudged(kind, unit.id), unit.id, whole[unit.id], less[unit.id]
    for (source, target), connection in network.by_ends.items():
        da_dw = trace.da_dw(connection)
        right, wrong = whole[target] * da_dw, less[target] * da_dw
        yield Nudged(WEIGHT, target, source), f"{source} → {target}", right, wrong
    for unit_id in trace.plan.bias:
        yield Nudged(BIAS, unit_id), unit_id, whole[unit_id], less[unit_id]


def too_early(project: Project, example: int = 0) -> TooEarly:
    """Take one step of gradient descent on one example, rightly and with weights updated early.

    Wrongly: each unit's incoming weights are updated before the sum of the units that feed it is
    computed, so the sum runs over new weights. Biases follow `train_biases` in both.
    """
    found = trace(project, example)
    if found.backward_refused is not None or found.loss is None:
        raise NotRunnable(found.backward_refused or "There is no error to carry back.")
    right = {c.ends: found.connection(*c.ends).dE_dw or 0.0 for c in project.network.connections}
    deltas, wrong = _deltas_too_early(found, project)
    biases = {unit: found.delta(unit) or 0.0 for unit in found.plan.bias}
    return TooEarly(
        right,
        wrong,
        found.loss,
        _loss_after(project, example, right, biases),
        _loss_after(project, example, wrong, {unit: deltas[unit] for unit in biases}),
    )


def uncleared(project: Project, passes: int) -> Uncleared:
    """Train by plain gradient descent over all training rows, clearing gradients and not."""
    return Uncleared(_descend(project, passes, 0.0), _descend(project, passes, 1.0))


def _row(trace: Trace, moved: Nudged, name: str, right: float, wrong: float) -> Compared:
    nudge = Nudge(trace, moved)
    numeric = (nudge.error(_STEP) - nudge.error(-_STEP)) / (2 * _STEP)
    what = (moved.source, moved.unit) if moved.kind == WEIGHT else moved.unit
    return Compared(moved.kind, name, right, wrong, numeric, what)


def _deltas_too_early(found: Trace, project: Project) -> tuple[dict[str, float], dict[Ends, float]]:
    """Return ∂E/∂a and ∂E/∂w as they come out when each weight is updated at once."""
    rate, network = project.training.learning_rate, project.network
    deltas: dict[str, float] = {}
    slopes: dict[Ends, float] = {}
    for unit in reversed(forward_order(network)):
        total, h_prime = own_share(found, unit.id), 1.0
        if not unit.is_input:
            h_prime = found.h_prime(unit.id)
        for connection in network.outgoing[unit.id]:
            step = rate * slopes[connection.ends] if connection.trainable else 0.0
            # ∂a_k/∂a_j with the new weight in the place of the old one.
            share = (found.weight(connection) - step) * found.gate_slope(connection)
            total += deltas[connection.target] * share * h_prime
        deltas[unit.id] = total
        for connection in network.incoming[unit.id]:
            slopes[connection.ends] = total * found.da_dw(connection)
    return deltas, slopes


def _loss_after(
    project: Project, example: int, slopes: Mapping[Ends, float], biases: Mapping[str, float]
) -> float:
    training, network = project.training, project.network
    rate = training.learning_rate
    weights = {c.ends: c.weight - rate * slopes[c.ends] for c in network.connections if c.trainable}
    moved = {
        unit.id: unit.bias - rate * biases[unit.id]
        for unit in network.units
        if unit.bias is not None and unit.trainable and training.train_biases
    }
    after = trace(only(project, example).with_parameters(weights, moved), 0)
    return after.loss if after.loss is not None else float("nan")


def _descend(project: Project, passes: int, kept: float) -> tuple[float, ...]:
    """Return the losses before each pass. kept: how much of the last gradient is not cleared."""
    trainer = Trainer(project)
    if trainer.refused is not None:
        raise NotRunnable(trainer.refused)
    free = trainer.plan.trainable(trainer.training.train_biases)
    theta, held = trainer.theta.copy(), np.zeros(trainer.plan.size)
    losses = []
    for _ in range(passes):
        loss, fresh = _look(trainer, theta)
        losses.append(loss)
        held = kept * held + fresh
        theta -= trainer.training.learning_rate * np.where(free, held, 0.0)
    return tuple(losses)


def _look(trainer: Trainer, theta: Array) -> tuple[float, Array]:
    """Return E and its gradient over the training rows, reduced as the document says."""
    inputs, targets = (found[:, trainer.rows] for found in columns(trainer.project))
    scale = 1.0 / len(trainer.rows) if trainer.training.reduction == "mean" else 1.0
    with np.errstate(all="ignore"):
        state = forward(trainer.plan, theta, inputs)
        error = shares(trainer.plan, trainer.project.loss, state, targets)
        back = backward(trainer.plan, theta, trainer.project.loss, state, targets)
        slopes = gradient(trainer.plan, theta, state.z, back.delta)
    return float(error.sum()) * scale, np.asarray(slopes * scale)
