"""The recorder: notes the watched quantities of a run after each of its epochs.

What can be watched is in `watches`; values are kept in `series`.
"""

import math
from collections.abc import Iterable

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.columns import columns
from chainstep.engine.passes import backward, forward
from chainstep.engine.plan import Indices
from chainstep.engine.trainer import Trainer, chunks
from chainstep.stepping.watching.series import Series
from chainstep.stepping.watching.watches import Watch

_AT_A_ROW = ("delta", "z", "a", "h_prime")
_MEANS = ("mean_z", "mean_delta")
_SLOPES = ("gradient", "gradient_norm")


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
        needs_data = any(w.quantity in (*_AT_A_ROW, *_MEANS) for w in self._live)
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
        makers = (
            (_AT_A_ROW, self._at_rows),
            (_MEANS, self._means),
            (_SLOPES, _slopes),
            (("weight", "bias"), _parameters),
        )
        found: dict[Watch, float] = {}
        with np.errstate(all="ignore"):
            for quantities, made in makers:
                chosen = [w for w in self._live if w.quantity in quantities]
                found |= made(chosen, trainer) if chosen else {}
        return {watch: found[watch] for watch in self._live}

    def _means(self, watches: list[Watch], trainer: Trainer) -> dict[Watch, float]:
        """Return means over the training rows: of z, of |δ|; all from one pass."""
        wants_delta = any(w.quantity == "mean_delta" for w in watches)
        totals = dict.fromkeys(watches, 0.0)
        for part in chunks(trainer.rows):
            z, delta, _, _ = self._pass(trainer, part, wants_delta)
            for watch in watches:
                values = z if watch.quantity == "mean_z" else np.abs(delta)
                totals[watch] += float(values[trainer.plan.row[watch.unit]].sum())
        return {watch: total / len(trainer.rows) for watch, total in totals.items()}

    def _at_rows(self, watches: list[Watch], trainer: Trainer) -> dict[Watch, float]:
        """Return what belongs to single examples, all from one pass."""
        rows = sorted({watch.row for watch in watches})
        wants_delta = any(w.quantity in ("delta", "h_prime") for w in watches)
        z, delta, a, h_prime = self._pass(trainer, np.array(rows, dtype=np.intp), wants_delta)
        arrays = {"delta": delta, "z": z, "a": a, "h_prime": h_prime}
        row = trainer.plan.row
        return {w: float(arrays[w.quantity][row[w.unit], rows.index(w.row)]) for w in watches}

    def _pass(
        self, trainer: Trainer, rows: Indices, backwards: bool
    ) -> tuple[Array, Array, Array, Array]:
        """Return z, δ, a and h′ of rows of the data; not numbers what there is no way back to."""
        assert self._columns is not None
        plan, (inputs, targets) = trainer.plan, (each[:, rows] for each in self._columns)
        state = forward(plan, trainer.theta, inputs)
        if backwards and trainer.refused is None:
            back = backward(plan, trainer.theta, trainer.project.loss, state, targets)
            return state.z, back.delta, state.a, back.h_prime
        nothing = np.full_like(state.a, math.nan)
        return state.z, nothing, state.a, nothing


def _parameters(watches: list[Watch], trainer: Trainer) -> dict[Watch, float]:
    theta, places = trainer.theta, trainer.plan
    return {
        w: float(theta[places.weight[w.connection] if w.connection else places.bias[w.unit]])
        for w in watches
    }


def _slopes(watches: list[Watch], trainer: Trainer) -> dict[Watch, float]:
    """Return ∂E/∂w over the training rows, of one weight or the length of all."""
    if trainer.refused is not None:
        return dict.fromkeys(watches, math.nan)
    weight = trainer.plan.weight
    g = trainer.gradient_at(trainer.theta)
    length = float(np.linalg.norm(g[: len(weight)]))
    one = {w: weight[w.connection] for w in watches if w.quantity == "gradient" and w.connection}
    return {w: float(g[one[w]]) if w in one else length for w in watches}
