"""The losses: a table of name, share of each output, ∂E/∂z, and ∂E/∂a where it has an exact form.

Shapes: z, a, t are (K, N), K outputs and N examples. E_n = Σ_k share[k, n]. Penalties are never
part of E; they are in `optimizers`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from chainstep.engine.activations import Array, log_softmax, softmax
from chainstep.project import Loss

Formula = Callable[[Array, Array, Array, Loss], Array]


@dataclass(frozen=True)
class LossFunction:
    """share and direct = ∂E/∂z; delta = ∂E/∂a where it is simpler and exact than h′ times that.

    outputs: the activations that the outputs must have, empty for any.
    """

    share: Formula
    direct: Formula
    formula: str
    delta: Formula | None = None
    outputs: frozenset[str] = frozenset()
    needs_targets: bool = True


def _huber(z: Array, a: Array, t: Array, loss: Loss) -> Array:
    r = np.abs(z - t)
    return np.where(r <= loss.delta, 0.5 * r * r, loss.delta * (r - 0.5 * loss.delta))


def _bce(z: Array, a: Array, t: Array, loss: Loss) -> Array:
    """−t ln z − (1 − t) ln(1 − z), from a: z may have rounded to 0 or 1."""
    return np.maximum(a, 0.0) - a * t + np.log1p(np.exp(-np.abs(a)))


def _bce_direct(z: Array, a: Array, t: Array, loss: Loss) -> Array:
    """−t/z + (1 − t)/(1 − z); not a number where z has rounded and the quotient is lost."""
    with np.errstate(all="ignore"):
        low = np.where(t == 0, 0.0, -t / z)
        high = np.where(t == 1, 0.0, (1.0 - t) / (1.0 - z))
    direct = low + high
    return np.where(np.isfinite(direct), direct, np.nan)


def _ce(z: Array, a: Array, t: Array, loss: Loss) -> Array:
    return np.where(t == 0, 0.0, -t * log_softmax(a))


def _ce_direct(z: Array, a: Array, t: Array, loss: Loss) -> Array:
    """−t/p for softmax outputs; `group_direct` serves log-softmax."""
    with np.errstate(all="ignore"):
        direct = np.where(t == 0, 0.0, -t / z)
    return np.where(np.isfinite(direct), direct, np.nan)


def _ce_delta(z: Array, a: Array, t: Array, loss: Loss) -> Array:
    """∂E/∂a_k = p_k Σt − t_k (PRML 4.109 with Σt = 1)."""
    return np.asarray(softmax(a) * t.sum(axis=0, keepdims=True) - t)


#: PRML (5.11), (5.14), (5.21), (5.24); Huber 1964.
LOSSES: Final[Mapping[str, LossFunction]] = {
    "half_squared_error": LossFunction(
        lambda z, a, t, loss: 0.5 * np.square(z - t), lambda z, a, t, loss: z - t, "½ Σ (z − t)²"
    ),
    "squared_error": LossFunction(
        lambda z, a, t, loss: np.square(z - t), lambda z, a, t, loss: 2.0 * (z - t), "Σ (z − t)²"
    ),
    "mean_squared_error": LossFunction(
        lambda z, a, t, loss: np.square(z - t) / len(t),
        lambda z, a, t, loss: 2.0 * (z - t) / len(t),
        "(1/K) Σ (z − t)²",
    ),
    "huber": LossFunction(
        _huber, lambda z, a, t, loss: np.clip(z - t, -loss.delta, loss.delta), "Σ huber(z − t)"
    ),
    "binary_cross_entropy": LossFunction(
        _bce,
        _bce_direct,
        "−Σ t ln z + (1 − t) ln(1 − z)",
        delta=lambda z, a, t, loss: z - t,
        outputs=frozenset({"logistic"}),
    ),
    "cross_entropy": LossFunction(
        _ce,
        _ce_direct,
        "−Σ t ln p",
        delta=_ce_delta,
        outputs=frozenset({"softmax", "log_softmax"}),
    ),
    "output": LossFunction(
        lambda z, a, t, loss: z.copy(),
        lambda z, a, t, loss: np.ones_like(z),
        "Σ z",
        needs_targets=False,
    ),
}


def direct_share(loss: Loss, group: str | None, z: Array, a: Array, t: Array) -> Array:
    """Return ∂E/∂z of each output alone, (K, N); not a number where it cannot be represented."""
    if loss.name == "cross_entropy" and group == "log_softmax":
        return -t
    return LOSSES[loss.name].direct(z, a, t, loss)


def group_delta(group: str, direct: Array, z: Array) -> Array:
    """Carry ∂E/∂z through softmax or log-softmax: Σ_k ∂E/∂z_k ∂z_k/∂a_j, (K, N)."""
    if group == "log_softmax":
        return np.asarray(direct - np.exp(z) * direct.sum(axis=0, keepdims=True))
    # z_j Σ_k z_k (∂E/∂z_j − ∂E/∂z_k): the differences first, so that nothing large cancels.
    return np.stack([z[j] * ((direct[j] - direct) * z).sum(axis=0) for j in range(len(z))])
