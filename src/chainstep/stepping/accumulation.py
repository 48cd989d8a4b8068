"""How one parameter's update comes about: added example by example, reduced, then the optimiser.

The numbers are the batch's own, at the weights before its update. What they look like as an
explanation is in `explain.parameter`; the rules themselves are in `engine.optimizers`.
"""

from dataclasses import dataclass

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.columns import columns
from chainstep.engine.passes import Forward, backward, forward, gate_slopes
from chainstep.engine.plan import Indices, Plan
from chainstep.engine.trainer import chunks
from chainstep.engine.updates import MEMORY
from chainstep.project import Training
from chainstep.stepping.run import Run

Parameter = tuple[str, str] | str


@dataclass(frozen=True)
class Share:
    """∂E_n/∂θ of one example: δ_j times ∂a_j/∂θ. row: of the data."""

    row: int
    delta: float
    slope: float

    @property
    def value(self) -> float:
        """What the example adds to the sum."""
        return self.delta * self.slope


@dataclass(frozen=True)
class Accumulation:
    """The way of one parameter through an update.

    shares: one an example of the batch, in order. total: their sum; reduced: the mean or the sum,
    as the training says. memory: the penalties and the optimiser's own terms, by name, in the
    order in which they are made, the step last; remembered: the memory before, by name; count:
    which update of the optimiser this is, from 1. before: the parameter itself; free: whether
    training may change it.
    """

    parameter: Parameter
    shares: tuple[Share, ...]
    total: float
    reduced: float
    memory: tuple[tuple[str, float], ...]
    before: float
    free: bool
    remembered: tuple[tuple[str, float], ...] = ()
    count: int = 1

    @property
    def after(self) -> float:
        """The parameter after the update."""
        named = dict(self.memory)
        return self.before - named.get("decay", 0.0) - named["step"]


def accumulate(run: Run, parameter: Parameter) -> Accumulation:
    """Follow a weight, (source, target), or the bias of a unit through the batch's update."""
    trainer, cursor = run.trainer, run.cursor
    plan, training = trainer.plan, trainer.training
    place = plan.bias[parameter] if isinstance(parameter, str) else plan.weight[parameter]
    rows = trainer.batch_rows(cursor.epoch, cursor.batch)
    shares = tuple(_shares(run, parameter, rows))
    total = sum(share.value for share in shares)
    reduced = total / len(rows) if training.reduction == "mean" else total
    old = {name: float(vector[place]) for name, vector in run.memory.vectors.items()}
    before = float(run.before[place])
    free = bool(plan.trainable(training.train_biases)[place])
    weight = not isinstance(parameter, str)
    count = run.memory.count + 1
    terms = _Terms(training, run.rate, before, count, old)
    memory = terms.of(reduced, decayed=weight) if free else [("step", 0.0)]
    known = tuple((name, old.get(name, 0.0)) for name in MEMORY[training.optimizer])
    return Accumulation(
        parameter, shares, total, reduced, tuple(memory), before, free, known, count
    )


def _shares(run: Run, parameter: Parameter, rows: list[int]) -> list[Share]:
    trainer = run.trainer
    plan, loss = trainer.plan, trainer.project.loss
    inputs, targets = columns(trainer.project)
    target = parameter if isinstance(parameter, str) else parameter[1]
    found = []
    for part in chunks(np.array(rows, dtype=np.intp)):
        with np.errstate(all="ignore"):
            state = forward(plan, run.before, inputs[:, part])
            back = backward(plan, run.before, loss, state, targets[:, part])
            slopes = _slopes(plan, run.before, state, parameter)
        found += _zipped(part, back.delta[plan.row[target]], slopes)
    return found


def _zipped(rows: Indices, delta: Array, slopes: Array) -> list[Share]:
    every = zip(rows.tolist(), delta.tolist(), slopes.tolist(), strict=True)
    return [Share(row, d, slope) for row, d, slope in every]


def _slopes(plan: Plan, theta: Array, state: Forward, parameter: Parameter) -> Array:
    """Return ∂a_j/∂θ for each example: 1 for a bias, z_i for a weight into a sum (PRML 5.53)."""
    if isinstance(parameter, str):
        return np.ones(state.z.shape[1])
    source, target = parameter
    z: Array = state.z[plan.row[source]]
    gate = plan.gates.get(plan.row[target])
    if gate is None:
        return z
    at = gate.edges.tolist().index(plan.weight[parameter])
    return np.asarray(gate_slopes(gate, theta, state.z)[at] * z)


@dataclass(frozen=True)
class _Terms:
    """The update rules for a single parameter, with every number on the way.

    old: the optimiser's memory before; count: which update this is, from 1.
    """

    training: Training
    rate: float
    theta: float
    count: int
    old: dict[str, float]

    def of(self, g: float, decayed: bool) -> list[tuple[str, float]]:
        """Return the terms for a reduced gradient. decayed: whether penalties apply."""
        training, found = self.training, []
        adamw = training.optimizer == "adamw"
        if decayed and training.l1:
            found.append(("l1", training.l1 * float(np.sign(self.theta))))
        if decayed and training.weight_decay and not adamw:
            found.append(("weight decay", training.weight_decay * self.theta))
        g += sum(value for _, value in found)
        if decayed and training.weight_decay and adamw:
            found.append(("decay", self.rate * training.weight_decay * self.theta))
        return found + self._rule(g)

    def _rule(self, g: float) -> list[tuple[str, float]]:
        training, rate = self.training, self.rate
        if training.optimizer in ("momentum", "nesterov"):
            v = training.momentum * self.old.get("v", 0.0) + g
            ahead = g + training.momentum * v if training.optimizer == "nesterov" else v
            return [("v", v), ("step", rate * ahead)]
        if training.optimizer in ("rmsprop", "adagrad"):
            s = self._squares(g)
            return [("s", s), ("step", rate * g / (s**0.5 + training.epsilon))]
        if training.optimizer in ("adam", "adamw"):
            return self._adam(g)
        return [("step", rate * g)]

    def _squares(self, g: float) -> float:
        old, rho = self.old.get("s", 0.0), self.training.rho
        if self.training.optimizer == "adagrad":
            return old + g * g
        return rho * old + (1.0 - rho) * g * g

    def _adam(self, g: float) -> list[tuple[str, float]]:
        beta1, beta2 = self.training.beta1, self.training.beta2
        m = beta1 * self.old.get("m", 0.0) + (1.0 - beta1) * g
        v = beta2 * self.old.get("v", 0.0) + (1.0 - beta2) * g * g
        m_hat, v_hat = m / (1.0 - beta1**self.count), v / (1.0 - beta2**self.count)
        step = self.rate * m_hat / (v_hat**0.5 + self.training.epsilon)
        return [("m", m), ("v", v), ("m̂", m_hat), ("v̂", v_hat), ("step", step)]
