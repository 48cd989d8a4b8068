"""When numbers break: where in the batch it happened, and what may be behind it, as measured.

Asked only after an update was refused, so nothing here has to be quick. That the weights stay at
the last good state is the trainer's doing.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.columns import columns
from chainstep.engine.passes import forward, slopes
from chainstep.engine.trainer import Trainer, chunks
from chainstep.errors import NumbersBroke
from chainstep.project import Training
from chainstep.stepping.numbers import format_number
from chainstep.stepping.steps import BACKWARD, LOSS, PassSteps, Step
from chainstep.stepping.watching.breakpoints import NOT_FINITE, Breakpoint
from chainstep.stepping.watching.guard import Guard, Hit

#: Inputs beyond this, weights beyond that and slopes below this are worth a word.
_WIDE_INPUT: Final = 10.0
_HEAVY_WEIGHT: Final = 100.0
_FLAT: Final = 1e-3
_STEEP: Final = {"exp", "power", "reciprocal"}


def find(trainer: Trainer, steps: PassSteps, theta: Array, rows: Sequence[int]) -> Hit | None:
    """Return the first example and step of a batch whose number is not finite, None without."""
    return Guard([Breakpoint(kind=NOT_FINITE)], trainer, steps).in_batch(theta, rows, -1)


def told(hit: Hit, trainer: Trainer, steps: PassSteps, row: int) -> NumbersBroke:
    """Return the error for what was found. row: of the data."""
    step = steps.steps[hit.index - 1]
    name = {LOSS: "E", BACKWARD: "δ"}.get(step.phase, "The value")
    return NumbersBroke(
        f"{name} of {step.unit} is no longer finite at example {row + 1} in epoch "
        f"{trainer.epoch + 1}; training stopped at the last good weights."
    )


def with_causes(
    error: NumbersBroke, trainer: Trainer, step: Step | None, made: Training | None = None
) -> str:
    """Return the sentence of an error and what may be behind it.

    step: where numbers broke; made: see `causes`.
    """
    return " ".join((str(error), *causes(trainer, "" if step is None else step.unit, made)[:2]))


def causes(trainer: Trainer, unit: str = "", made: Training | None = None) -> tuple[str, ...]:
    """Return the likely causes in sentences, each with what was measured.

    trainer: at the last good weights. unit: where the numbers broke. made: the settings that led
    there, where they may be others than those of now.
    """
    found = (
        *_rising(trainer, made),
        *wide_inputs(trainer),
        *heavy_weights(trainer),
        *_steep(trainer, unit),
        *_flat(trainer),
    )
    rate = format_number(trainer.rate())
    return found or (f"The update is too large: try a learning rate below η = {rate}.",)


def _rising(trainer: Trainer, made: Training | None) -> Iterator[str]:
    """The learning rate, where the loss had begun to climb: the one that made it climb."""
    losses = trainer.losses[-50:]
    lowest = min(losses, default=math.inf)
    if len(losses) > 1 and losses[-1] > 2 * abs(lowest):
        first = trainer.epoch - len(losses) + losses.index(lowest) + 1
        then = trainer.training.learning_rate if made is None else made.learning_rate
        changed = then != trainer.training.learning_rate
        rate = format_number(then if changed else trainer.rate())
        yield (
            f"E rose from {format_number(lowest)} in epoch {first:,} to "
            f"{format_number(losses[-1])} in epoch {trainer.epoch:,}: the learning rate η = {rate} "
            f"{'was too large; go back to before that, or restart' if changed else 'is too large'}."
        )


def wide_inputs(trainer: Trainer) -> Iterator[str]:
    """Yield which input reaches far, and what to do about it."""
    inputs = np.abs(columns(trainer.project)[0])
    if inputs.size and (widest := float(inputs.max())) > _WIDE_INPUT:
        unit = trainer.plan.network.inputs[int(inputs.max(axis=1).argmax())].id
        yield f"Input {unit} reaches {format_number(widest)}: standardise the data."


def heavy_weights(trainer: Trainer) -> Iterator[str]:
    """Yield which weight is the heaviest, where it is heavy, and what to do about it."""
    ends = list(trainer.plan.weight)
    weights = np.abs(trainer.theta[: len(ends)])
    if len(weights) and (heaviest := float(weights.max())) > _HEAVY_WEIGHT:
        source, target = ends[int(weights.argmax())]
        yield (
            f"The weight of {source} → {target} has grown to {format_number(heaviest)}: "
            "weight decay or a smaller learning rate holds it."
        )


def _steep(trainer: Trainer, unit_id: str) -> Iterator[str]:
    unit = trainer.plan.network.by_id.get(unit_id)
    if unit is not None and unit.activation in _STEEP:
        yield f"The function of {unit_id}, {unit.activation}, has no bound: tanh or softplus has."


def _flat(trainer: Trainer) -> Iterator[str]:
    """Saturation: how many slopes of bounded units are next to nothing."""
    plan = trainer.plan
    bounded = {"logistic", "tanh", "softsign"}
    rows = [plan.row[unit.id] for unit in plan.network.units if unit.activation in bounded]
    if not rows:
        return
    inputs = columns(trainer.project)[0]
    with np.errstate(all="ignore"):
        flat = np.concatenate(
            [
                np.abs(slopes(plan, forward(plan, trainer.theta, inputs[:, part]).a)[rows]) < _FLAT
                for part in chunks(trainer.rows)
            ],
            axis=1,
        )
    share = float(flat.mean())
    if share > 0.5:
        yield (
            f"{share:.0%} of the slopes h′(a) are below {_FLAT:g}: the units are saturated, "
            "smaller weights or inputs help."
        )
