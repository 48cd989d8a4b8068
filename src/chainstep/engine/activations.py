"""The activations: a table of name, h and h′, each with its source.

h takes a and the unit's parameters; h_prime takes a as well, so that it stays exact where z has
rounded. At a kink h′ is the left derivative. Softmax and log-softmax couple all outputs and have
functions of their own. Names and defaults of the parameters are in `network.model`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[..., Array]

#: Klambauer et al. 2017, appendix: the fixed point of zero mean and unit variance.
SELU_ALPHA: Final = 1.6732632423543772
SELU_SCALE: Final = 1.0507009873554805
_SQRT_HALF: Final = math.sqrt(0.5)
_GELU_TANH: Final = math.sqrt(2 / math.pi)
_FAR: Final = 40.0


@dataclass(frozen=True)
class Activation:
    """z = h(a) and its derivative h′(a), for arrays of any shape.

    kinks: where h′ jumps, as a function of the parameters; formula: h in plain text.
    """

    h: Function
    h_prime: Function
    formula: str
    kinks: Callable[..., tuple[float, ...]] = lambda **_: ()


def logistic(a: Array) -> Array:
    """Return 1 / (1 + e^−a) without overflow, exact to the last digits on both sides."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1.0, e) / (1.0 + e)


def logistic_prime(a: Array) -> Array:
    """Return σ(a) σ(−a), which does not lose its digits where σ(a) rounds to 1."""
    e = np.exp(-np.abs(a))
    return e / np.square(1.0 + e)


def softplus(a: Array) -> Array:
    """Return ln(1 + e^a) without overflow."""
    return np.logaddexp(0.0, a)


def tanh_prime(a: Array) -> Array:
    """Return 1 / cosh² a without overflow."""
    e = np.exp(-2.0 * np.abs(a))
    return 4.0 * e / np.square(1.0 + e)


def softmax(a: Array) -> Array:
    """Return the softmax over axis 0, shifted by the maximum."""
    e = np.exp(a - a.max(axis=0, keepdims=True))
    return np.asarray(e / e.sum(axis=0, keepdims=True))


def log_softmax(a: Array) -> Array:
    """Return ln softmax over axis 0 by way of the shifted log-sum-exp."""
    shifted = a - a.max(axis=0, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True)))


def _phi(a: Array) -> Array:
    """Return the normal distribution function, by erfc for the sake of the lower tail."""
    erfc = np.frompyfunc(math.erfc, 1, 1)
    return 0.5 * np.asarray(erfc(-a * _SQRT_HALF), dtype=np.float64)


def _gelu_prime(a: Array) -> Array:
    near = np.clip(a, -_FAR, _FAR)
    density = np.exp(-0.5 * near * near) / math.sqrt(2 * math.pi)
    return _phi(a) + near * density


def _gelu_tanh_inner(a: Array) -> Array:
    near = np.clip(a, -_FAR, _FAR)
    return _GELU_TANH * (near + 0.044715 * near**3)


def _gelu_tanh(a: Array) -> Array:
    return a * logistic(2.0 * _gelu_tanh_inner(a))


def _gelu_tanh_prime(a: Array) -> Array:
    near, inner = np.clip(a, -_FAR, _FAR), _gelu_tanh_inner(a)
    slope = _GELU_TANH * (1.0 + 3 * 0.044715 * near * near)
    return logistic(2.0 * inner) + 0.5 * near * tanh_prime(inner) * slope


def _silu_prime(a: Array) -> Array:
    near = np.clip(a, -800.0, 800.0)
    return logistic(a) + near * logistic_prime(a)


def _mish_prime(a: Array) -> Array:
    near, plus = np.clip(a, -800.0, 800.0), softplus(a)
    return np.tanh(plus) + near * tanh_prime(plus) * logistic(a)


def _expm1_below(a: Array) -> Array:
    return np.expm1(np.minimum(a, 0.0))


def _exp_below(a: Array) -> Array:
    return np.exp(np.minimum(a, 0.0))


def _power_prime(a: Array, exponent: float) -> Array:
    if exponent == 0:
        return np.zeros_like(a)
    return exponent * np.power(a, exponent - 1)


def _ramp(a: Array, low: float, high: float, slope: float = 1.0) -> Array:
    return np.where((a > low) & (a < high), slope, 0.0)


def _hard_sigmoid_kinks(alpha: float, beta: float) -> tuple[float, ...]:
    return () if alpha == 0 else (-beta / alpha, (1.0 - beta) / alpha)


def _hard_sigmoid_prime(a: Array, alpha: float, beta: float) -> Array:
    return _ramp(alpha * a + beta, 0.0, 1.0, alpha)


def _hard_swish_prime(a: Array) -> Array:
    near = np.clip(a, -3.0, 3.0)
    return np.where(a <= -3, 0.0, np.where(a > 3, 1.0, (2.0 * near + 3.0) / 6.0))


def _gaussian(a: Array) -> Array:
    return np.exp(-np.square(np.clip(a, -_FAR, _FAR)))


def _at_zero(**_: float) -> tuple[float, ...]:
    return (0.0,)


#: PRML (3.6), (5.59) for logistic and tanh; Goodfellow et al. 2016, 6.3 for the rectifiers; the
#: others as ONNX and PyTorch define them.
ACTIVATIONS: Final[Mapping[str, Activation]] = {
    "identity": Activation(lambda a: a.copy(), np.ones_like, "a"),
    "logistic": Activation(logistic, logistic_prime, "1/(1 + exp(−a))"),
    "tanh": Activation(np.tanh, tanh_prime, "tanh a"),
    "relu": Activation(
        lambda a: np.maximum(a, 0.0), lambda a: np.where(a > 0, 1.0, 0.0), "max(0, a)", _at_zero
    ),
    "leaky_relu": Activation(
        lambda a, alpha: np.where(a > 0, a, alpha * a),
        lambda a, alpha: np.where(a > 0, 1.0, alpha),
        "a if a > 0, else α a",
        _at_zero,
    ),
    "elu": Activation(
        lambda a, alpha: np.where(a > 0, a, alpha * _expm1_below(a)),
        lambda a, alpha: np.where(a > 0, 1.0, alpha * _exp_below(a)),
        "a if a > 0, else α (exp(a) − 1)",
        _at_zero,
    ),
    "selu": Activation(
        lambda a: SELU_SCALE * np.where(a > 0, a, SELU_ALPHA * _expm1_below(a)),
        lambda a: SELU_SCALE * np.where(a > 0, 1.0, SELU_ALPHA * _exp_below(a)),
        "λ a if a > 0, else λ α (exp(a) − 1)",
        _at_zero,
    ),
    "celu": Activation(
        lambda a, alpha: np.maximum(a, 0.0) + alpha * _expm1_below(np.minimum(a / alpha, 0.0)),
        lambda a, alpha: np.where(a > 0, 1.0, _exp_below(a / alpha)),
        "a if a > 0, else α (exp(a/α) − 1)",
        _at_zero,
    ),
    "gelu": Activation(lambda a: a * _phi(a), _gelu_prime, "a Φ(a)"),
    "gelu_tanh": Activation(
        _gelu_tanh, _gelu_tanh_prime, "½ a (1 + tanh(√(2/π)(a + 0.044715 a³)))"
    ),
    "silu": Activation(lambda a: a * logistic(a), _silu_prime, "a σ(a)"),
    "mish": Activation(lambda a: a * np.tanh(softplus(a)), _mish_prime, "a tanh(ln(1 + exp(a)))"),
    "softplus": Activation(softplus, logistic, "ln(1 + exp(a))"),
    "softsign": Activation(
        lambda a: a / (1.0 + np.abs(a)), lambda a: 1.0 / (1.0 + np.abs(a)) ** 2, "a/(1 + |a|)"
    ),
    "hard_sigmoid": Activation(
        lambda a, alpha, beta: np.clip(alpha * a + beta, 0.0, 1.0),
        _hard_sigmoid_prime,
        "α a + β, held between 0 and 1",
        _hard_sigmoid_kinks,
    ),
    "hard_swish": Activation(
        lambda a: a * np.clip(a / 6.0 + 0.5, 0.0, 1.0),
        _hard_swish_prime,
        "a · (a/6 + ½, held between 0 and 1)",
        lambda **_: (-3.0, 3.0),
    ),
    "sine": Activation(np.sin, np.cos, "sin a"),
    "exp": Activation(np.exp, np.exp, "exp(a)"),
    "reciprocal": Activation(lambda a: 1.0 / a, lambda a: -1.0 / np.square(a), "1/a"),
    "power": Activation(lambda a, exponent: np.power(a, exponent), _power_prime, "a^p"),
    "clip": Activation(
        lambda a, low, high: np.clip(a, low, high),
        _ramp,
        "a, held between low and high",
        lambda low, high: (low, high),
    ),
    "gaussian": Activation(_gaussian, lambda a: -2.0 * a * _gaussian(a), "exp(−a²)"),
    "step": Activation(
        lambda a: np.where(a > 0, 1.0, 0.0), np.zeros_like, "1 if a > 0, else 0", _at_zero
    ),
}
#: Softmax and log-softmax of all outputs' a, over axis 0.
GROUPS: Final[Mapping[str, Function]] = {"softmax": softmax, "log_softmax": log_softmax}


def group_jacobian(name: str, z: Array) -> Array:
    """Return ∂z_k/∂a_j of softmax or log-softmax (PRML 4.106), for one example.

    z: (K,). Returns (K, K), row k, column j.
    """
    # 1 − p_j is written as the sum of the other p: it keeps its digits where p_j rounds to 1.
    p = z if name == "softmax" else np.exp(z)
    others = (1.0 - np.eye(len(z))) @ p
    jacobian = np.where(np.eye(len(z)) == 1, others[None, :], -p[None, :])
    return np.asarray(p[:, None] * jacobian) if name == "softmax" else jacobian
