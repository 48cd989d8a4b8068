"""When training dies quietly: no weight moves any more, though E is far from 0; and why, measured.

That the weights stand is seen by comparing them, at no other cost, wherever somebody looks; only
then, and once, a pass over the examples finds out what holds them. At a minimum the shares of the
examples cancel out, which is as it should be, and nothing is said. What is behind numbers that
break is in `breakage`.
"""

import itertools
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.engine.losses import LOSSES
from chainstep.engine.passes import Backward, Forward, backward, forward, gate_slopes
from chainstep.engine.plan import Indices, Plan
from chainstep.engine.trainer import Trainer
from chainstep.network.model import HIDDEN
from chainstep.stepping import maps
from chainstep.stepping.explain.explained import names_of
from chainstep.stepping.numbers import format_number
from chainstep.stepping.watching.breakage import heavy_weights, wide_inputs

#: A weight that has changed by no more than this part of itself stands.
MOVED: Final = 1e-12
#: Weights that are compared first: of a run that goes on, they nearly always tell.
_FEW: Final = 1000
#: E stands while the best of the last epochs is no better than so much of the best before them.
_BETTER: Final = 0.999
_EPOCHS: Final = 10
#: An E so small, or so small beside the first one, is near 0.
_NEAR: Final = 1e-6
_NEAR_FIRST: Final = 1e-4
#: A slope h′(a), or a share of the gradient beside ∂E/∂z of the outputs, that lets nothing pass.
_NOTHING: Final = 1e-8
#: Weights times examples of the one pass.
_MOST_TERMS: Final = 400_000
_LEAST_ROWS: Final = 20
#: Functions with a part where h′ = 0, which a unit may never leave.
_CAN_DIE: Final = {"relu", "clip", "hard_sigmoid", "hard_swish"}


class Standstill:
    """Looks now and then at a run, and says once what holds its weights where they are."""

    def __init__(self) -> None:
        self._trainer: Trainer | None = None
        self._weights: Array = np.empty(0)
        self._since = self._seen = 0
        self._asked = self._told = False
        #: Why the weights stand now, "" where they do not.
        self.sentence = ""

    def observe(self, trainer: Trainer) -> str:
        """Return why the weights have stood for an epoch; "" where they move, or was said."""
        back, self._seen = trainer.batches < self._seen, trainer.batches
        if trainer is not self._trainer or back:
            self._trainer, self._told = trainer, False
            self._begin(trainer)
        elif moved(self._weights, trainer.theta[: trainer.plan.weights]):
            self._begin(trainer)
        elif not self._asked and self._stands(trainer):
            self._asked = True
            self.sentence = why(trainer)
            if self.sentence and not self._told:
                self._told = True
                return self.sentence
        return ""

    def _begin(self, trainer: Trainer) -> None:
        self._weights, self._since = trainer.theta[: trainer.plan.weights], trainer.batches
        self._asked, self.sentence = False, ""

    def _stands(self, trainer: Trainer) -> bool:
        """Whether an epoch of updates has changed nothing, E with it, though E is not near 0."""
        losses = trainer.losses
        if trainer.batches - self._since < trainer.batches_an_epoch() or len(losses) < 2:
            return False
        last = losses[-_EPOCHS:]
        before, now = min(last[: len(last) // 2]), min(last[len(last) // 2 :])
        return now >= _BETTER * before and now > max(_NEAR, _NEAR_FIRST * losses[0])


def moved(before: Array, after: Array) -> bool:
    """Whether any weight has changed by more than rounding."""
    few = slice(None, None, len(before) // _FEW + 1)
    return any(
        bool(np.any(~(np.abs(after[part] - before[part]) <= MOVED * np.abs(before[part]))))
        for part in (few, slice(None))
    )


def why(trainer: Trainer) -> str:
    """Return what holds the weights, as measured, and what helps; "" where it is a minimum."""
    plan, loss = trainer.plan, trainer.project.loss
    trainable = plan.trainable(trainer.training.train_biases)
    if trainer.refused is not None or not LOSSES[loss.name].needs_targets:
        return ""
    if not trainable[: plan.weights].any():
        return ""
    most = max(_LEAST_ROWS, _MOST_TERMS // max(1, plan.weights))
    rows = maps.thinned(trainer.rows, most)
    inputs, targets = trainer.examples(rows)
    with np.errstate(all="ignore"):
        state = forward(plan, trainer.theta, inputs)
        back = backward(plan, trainer.theta, loss, state, targets)
        found = next(_found(trainer, state, back, trainable, _of(rows, trainer.rows)), "")
    return found and f"No weight learns any more, with E at {_last(trainer)}: {found}"


def _found(
    trainer: Trainer, state: Forward, back: Backward, trainable: NDArray[np.bool_], whom: str
) -> Iterator[str]:
    """Yield what holds the weights, the nearest reason first."""
    plan = trainer.plan
    exact = LOSSES[trainer.project.loss.name].delta is not None
    signal = float(np.abs(back.delta[plan.outputs] if exact else back.direct).max())
    nothing = _NOTHING * signal
    largest = _largest_share(plan, trainer.theta, state.z, back.delta, trainable)
    still = signal > 0 and largest <= nothing and _hidden_delta(plan, back, trainable) <= nothing
    count = plan.weights
    if still and not trainer.theta[:count].any() and not _hidden(plan, state.z).any():
        yield (
            f"all {count:,} weights are 0, and so are z and δ of every hidden unit {whom}. "
            "Start from random weights."
        )
    if signal > 0:
        yield from _blocked(trainer, back.h_prime, exact or plan.group is not None, whom)
    if still:
        size = "is 0" if largest == 0 else f"is at most {format_number(largest)}"
        yield (
            f"∂E/∂w {size} for every weight {whom}. "
            "Step through the backward pass to see where it ends."
        )


def _blocked(trainer: Trainer, h_prime: Array, past_outputs: bool, whom: str) -> Iterator[str]:
    """Yield which level lets nothing back through it: h′ of all its units is next to nothing.

    past_outputs: ∂E/∂a of the outputs comes without their h′.
    """
    plan = trainer.plan
    flat = np.abs(h_prime).max(axis=1)
    outputs = set(plan.outputs.tolist())
    for level in reversed(maps.level_rows(plan)):
        rows = [row for row in level.tolist() if not (past_outputs and row in outputs)]
        if not rows or len(rows) < len(level) or not (flat[rows] <= _NOTHING).all():
            continue
        units = [unit for unit in plan.network.units if plan.row[unit.id] in rows]
        names, are = names_of([unit.id for unit in units]), "is" if len(units) == 1 else "are"
        if not flat[rows].any() and all(unit.activation in _CAN_DIE for unit in units):
            yield (
                f"{names} {are} dead, h′(a) = 0 {whom}. Start anew with a smaller learning rate "
                "or other weights, or choose leaky ReLU, whose slope is never 0."
            )
        else:
            size = format_number(float(flat[rows].max()))
            help_ = next(itertools.chain(wide_inputs(trainer), heavy_weights(trainer)), "")
            yield (
                f"{names} {are} saturated, h′(a) is at most {size} {whom}. "
                f"{help_ or 'Start anew with a smaller learning rate, or smaller weights.'}"
            )


def _largest_share(
    plan: Plan, theta: Array, z: Array, delta: Array, trainable: NDArray[np.bool_]
) -> float:
    """Return the largest |∂E_n/∂w| of any example and any weight that training may change."""
    largest = [0.0]
    for level in plan.levels:
        block = level.sums
        if block is not None and (free := trainable[block.edges]).any():
            targets, sources = block.targets[free], block.sources[free]
            largest.append(float(np.abs(delta[targets] * z[sources]).max()))
        for gate in level.gates:
            shares = gate_slopes(gate, theta, z) * z[gate.sources] * delta[gate.row]
            if (free := trainable[gate.edges]).any():
                largest.append(float(np.abs(shares[free]).max()))
    return float(np.max(largest))


def _hidden(plan: Plan, values: Array) -> Array:
    """Return the rows of hidden units."""
    return values[[plan.row[unit.id] for unit in plan.network.units if unit.kind == HIDDEN]]


def _hidden_delta(plan: Plan, back: Backward, trainable: NDArray[np.bool_]) -> float:
    """Return the largest |δ| of a hidden unit whose bias training may change."""
    rows, places = plan.biases
    free = rows[trainable[places] & ~np.isin(rows, plan.outputs)]
    return float(np.abs(back.delta[free]).max(initial=0.0))


def _of(rows: Indices, all_rows: Indices) -> str:
    if len(all_rows) == 1:
        return "for the one example there is"
    if len(rows) == len(all_rows):
        return "for both examples" if len(rows) == 2 else f"for all {len(rows):,} examples"
    return f"for each of {len(rows):,} examples looked at"


def _last(trainer: Trainer) -> str:
    return format_number(trainer.losses[-1]) if len(trainer.losses) else "its start"
