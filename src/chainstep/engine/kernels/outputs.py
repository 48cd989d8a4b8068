"""The end of a forward pass in the tape: E, and ∂E/∂z or ∂E/∂a of the outputs.

Squares, and cross-entropy over a softmax, have calls of their own; every other loss is served by
the functions of `engine.losses`.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from chainstep.engine.activations import GROUPS, Array
from chainstep.engine.losses import LOSSES
from chainstep.engine.passes import output_shares
from chainstep.project import Loss

if TYPE_CHECKING:
    from chainstep.engine.kernels import Op

#: Outputs of which the largest is found faster one by one.
FEW: Final = 16


class Outputs:
    """The outputs' part of a tape.

    a, z, t: (K, N) of the outputs, a and t filled before, z too except for a softmax group.
    own: whether the result is ∂E/∂a, rather than ∂E/∂z which h′ is still to be multiplied with.
    factor: what `error` is to be multiplied with. ops: the calls; the last writes `result`.
    sum_to_one: whether the targets of every example are known to, as where they name a class.
    """

    def __init__(
        self, loss: Loss, group: str | None, a: Array, z: Array, t: Array, result: Array
    ) -> None:
        self.loss, self.group = loss, group
        self.a, self.z, self.t, self.result = a, z, t, result
        self.factor, self.gain = 1.0, 1.0
        self.own = group is not None or loss.name == "binary_cross_entropy"
        self.ops: list[Op] = []
        self.error: Callable[[], float] = self._error
        self._scale: Array | None = None
        self._scaled = False
        self.sum_to_one = False

    def build(self, scaled: bool) -> "list[Op]":
        """Return the calls. scaled: whether the result is to be multiplied (`scale`)."""
        self._scaled = scaled
        factors = {
            "half_squared_error": (0.5, 1.0),
            "squared_error": (1.0, 2.0),
            "mean_squared_error": (1.0 / len(self.t), 2.0 / len(self.t)),
        }
        if self.loss.name in factors and self.group is None:
            self.factor, self.gain = factors[self.loss.name]
        scaled = scaled or self.gain != 1.0
        raw = np.empty(self.result.shape) if scaled else self.result
        self.ops = self._raw(raw)
        if scaled:
            self._scale = np.full(raw.shape, self.gain)
            self.ops.append((np.multiply, (raw, self._scale, self.result)))
        return self.ops

    def scale(self, value: float) -> None:
        """Multiply the result with so much from now on."""
        if self._scale is not None and self._scaled:
            self._scale[...] = value * self.gain

    def _raw(self, out: Array) -> "list[Op]":
        if self.loss.name == "cross_entropy":
            return self._cross_entropy(out)
        if self.group is None and (self.factor, self.gain) != (1.0, 1.0):
            flat = out.reshape(-1)
            self.error = _squares(flat)
            return [(np.subtract, (self.z, self.t, out))]
        if self.own and self.group is None:
            return [(np.subtract, (self.z, self.t, out))]
        return [(self._general, (out,))]

    def _cross_entropy(self, out: Array) -> "list[Op]":
        """With e = e^(a − max a): p = e / Σe, ∂E/∂a = p Σt − t, E = Σt ln Σe − Σ t (a − max a).

        A sum over the outputs that is needed at every output is a product with a matrix of ones:
        that is faster than to add up and to stretch the result over the rows.
        """
        outputs, columns = self.a.shape
        top, log_total = np.empty((1, columns)), np.empty(columns)
        stretched, shifted, e, total, p = (np.empty_like(self.a) for _ in range(5))
        sums = np.ones_like(self.a)
        ones = np.ones((outputs, outputs))
        ops: list[Op] = [
            (np.maximum.reduce, (self.a, 0, None, top, True)),
            (ones[:, :1].copy().dot, (top, stretched)),
            (np.subtract, (self.a, stretched, shifted)),
            (np.exp, (shifted, e)),
            (ones.dot, (e, total)),
            (np.log, (total[0], log_total)),
            (np.divide, (e, total, p)),
        ]
        self.error = _cross(log_total, sums[0], self.t.reshape(-1), shifted.reshape(-1))
        if columns == 1 and outputs <= FEW:  # Python's own max and log are faster on a few numbers
            ops[5:6] = []
            ops[:3] = [(_subtract_max, (self.a.reshape(-1), np.empty(()), shifted.reshape(-1)))]
            self.error = _cross_of_one(total, sums, self.t.reshape(-1), shifted.reshape(-1))
        if not self.sum_to_one:
            ops += [(ones.dot, (self.t, sums)), (np.multiply, (p, sums, stretched))]
        return [*ops, (np.subtract, (p if self.sum_to_one else stretched, self.t, out))]

    def _general(self, out: Array) -> None:
        if self.group is not None:
            self.z[...] = GROUPS[self.group](self.a)
        direct, delta = output_shares(self.loss, self.group, self.z, self.a, self.t)
        out[...] = direct if delta is None else delta

    def _error(self) -> float:
        share = LOSSES[self.loss.name].share(self.z, self.a, self.t, self.loss)
        return float(share.sum())


def _squares(flat: Array) -> Callable[[], float]:
    dot = flat.dot

    def error() -> float:
        return dot(flat)  # type: ignore[no-any-return]

    return error


def _cross(log_total: Array, sums: Array, t: Array, shifted: Array) -> Callable[[], float]:
    def error() -> float:
        return float(log_total.dot(sums) - t.dot(shifted))

    return error


def _cross_of_one(total: Array, sums: Array, t: Array, shifted: Array) -> Callable[[], float]:
    first, weight, dot = total.item, sums.item, t.dot

    def error() -> float:
        return math.log(first(0)) * weight(0) - dot(shifted)  # type: ignore[no-any-return]

    return error


def _subtract_max(a: Array, top: Array, out: Array) -> None:
    top[()] = max(a.tolist())
    np.subtract(a, top, out)
