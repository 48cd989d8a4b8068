"""The recorder: notes the watched quantities of a run after each of its epochs.

What can be watched is in `watches`; values are kept in `series`.
"""

import math
from collections.abc import Iterable

import numpy as np

from chainstep.engine.passes import backward, forward
from chainstep.engine.trainer import Trainer, chunks, columns
from chainstep.stepping.watching.series import Series
from chainstep.stepping.watching.watches import Watch

_AT_A_ROW = ("delta", "z", "a")


class Recorder:
    """The watches of one run, each with its values so far."""

    def __init__(
        self, watches: Iterable[Watch], trainer: Trainer, before: "Recorder | None" = None
    ) -> None:
        """Begin with the state now; what `before` knows of the same watches is kept."""
        known = before.series if before is not None else {}
        self.series: dict[Watch, Series] = {w: known.get(w) or Series() for w in watches}
        rows = len(trainer.project.data.inputs)
        network = trainer.plan.network
        self._live = [w for w in self.series if w.fits(network) and w.row < rows]
        needs_data = any(w.quantity in (*_AT_A_ROW, "mean_z") for w in self._live)
        self._columns = columns(trainer.project) if needs_data else None
        if trainer.batch == 0:
            self.note(trainer)

    def note(self, trainer: Trainer) -> None:
        """Note all quantities of the epochs finished, at the weights reached."""
        for watch, value in self.values(trainer).items():
            if math.isfinite(value):
                self.series[watch].put(trainer.epoch, value)

    def values(self, trainer: Trainer) -> dict[Watch, float]:
        """Return what each watch is worth now; those that do not fit the net are left out."""
        found: dict[Watch, float] = {}
        at_rows = [w for w in self._live if w.quantity in _AT_A_ROW]
        with np.errstate(all="ignore"):
            if at_rows:
                found |= self._at_rows(at_rows, trainer)
            for watch in self._live:
                if watch not in found:
                    found[watch] = self._value(watch, trainer)
        return {watch: found[watch] for watch in self._live}

    def _value(self, watch: Watch, trainer: Trainer) -> float:
        plan = trainer.plan
        if watch.quantity == "weight" and watch.connection is not None:
            return float(trainer.theta[plan.weight[watch.connection]])
        if watch.quantity == "bias":
            return float(trainer.theta[plan.bias[watch.unit]])
        if watch.quantity == "gradient_norm":
            if trainer.refused is not None:
                return math.nan
            return float(np.linalg.norm(trainer.gradient_at(trainer.theta)[: plan.weights]))
        assert self._columns is not None
        inputs, row = self._columns[0], plan.row[watch.unit]
        total = sum(
            float(forward(plan, trainer.theta, inputs[:, part]).z[row].sum())
            for part in chunks(trainer.rows)
        )
        return total / len(trainer.rows)

    def _at_rows(self, watches: list[Watch], trainer: Trainer) -> dict[Watch, float]:
        """Return what belongs to single examples, all from one pass."""
        assert self._columns is not None
        plan = trainer.plan
        rows = sorted({watch.row for watch in watches})
        inputs, targets = (each[:, rows] for each in self._columns)
        state = forward(plan, trainer.theta, inputs)
        delta = np.full_like(state.a, math.nan)
        if trainer.refused is None and any(w.quantity == "delta" for w in watches):
            loss = trainer.project.loss
            delta = backward(plan, trainer.theta, loss, state, targets).delta
        arrays = {"delta": delta, "z": state.z, "a": state.a}
        return {w: float(arrays[w.quantity][plan.row[w.unit], rows.index(w.row)]) for w in watches}
