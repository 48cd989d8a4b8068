"""h and h′ as calls on buffers: the common ones in a few NumPy calls, the others by the table.

h′ is taken from z where that is shorter. Nothing works in place: on a single number that is
slower than from one buffer to another. Reference and formulas: `engine.activations`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from chainstep.engine.activations import ACTIVATIONS, Array
from chainstep.network.model import ACTIVATION_PARAMS

if TYPE_CHECKING:
    from chainstep.engine.kernels import Op

#: Numbers from which on a call costs less than what it computes.
_LARGE: Final = 4096
_MANY: Final = 2048
Params = tuple[tuple[str, float], ...]


def h_ops(name: str, params: Params, a: Array, z: Array, scratch: Array) -> "list[Op]":
    """Return the calls for z = h(a). scratch: of the same shape, free to be written."""
    if name in _H:
        return _H[name](a, z, scratch)
    return [(_into, (z, ACTIVATIONS[name].h, a, _all(name, params)))]


def slope_ops(name: str, params: Params, a: Array, z: Array, slope: Array) -> "list[Op]":
    """Return the calls for slope = h′(a); none where `slope` keeps the ones it was made with."""
    if name in _SLOPE:
        return _SLOPE[name](a, z, slope)
    return [(_into, (slope, ACTIVATIONS[name].h_prime, a, _all(name, params)))]


def from_z(name: str) -> bool:
    """Tell whether `slope_ops` reads z rather than a."""
    return name in ("logistic", "tanh", "relu", "exp")


def _into(out: Array, function: Callable[..., Array], a: Array, params: dict[str, float]) -> None:
    out[...] = function(a, **params)


def _all(name: str, params: Params) -> dict[str, float]:
    return {**ACTIVATION_PARAMS[name], **dict(params)}


def _constant(value: float, like: Array) -> Array | float:
    """Return a full array where a call costs more than the numbers, else just the value."""
    return np.full_like(like, value) if like.size <= _LARGE else value


def _logistic(a: Array, z: Array, scratch: Array) -> "list[Op]":
    return [
        (np.negative, (a, scratch)),
        (np.exp, (scratch, z)),
        (np.add, (z, _constant(1.0, z), scratch)),
        (np.reciprocal, (scratch, z)),
    ]


def _relu(a: Array, z: Array, scratch: Array) -> "list[Op]":
    return [(partial(np.maximum, out=z), (a, np.zeros_like(a)))]  # a lone 0.0 is slower


def _relu_slope(a: Array, z: Array, slope: Array) -> "list[Op]":
    """1 where z > 0: its sign, or `ceil` after all above 1 is cut, which is faster on many."""
    if z.size <= _MANY:
        return [(np.sign, (z, slope))]
    return [(partial(np.minimum, out=slope), (z, np.ones_like(z))), (np.ceil, (slope, slope))]


def _tanh_slope(a: Array, z: Array, slope: Array) -> "list[Op]":
    squares = np.empty_like(z) if z.size == 1 else slope
    return [
        (np.multiply, (z, z, squares)),
        (np.subtract, (_constant(1.0, z), squares, slope)),
    ]


def _logistic_slope(a: Array, z: Array, slope: Array) -> "list[Op]":
    others = np.empty_like(z) if z.size == 1 else slope
    return [(np.subtract, (_constant(1.0, z), z, others)), (np.multiply, (z, others, slope))]


_H: Final[Mapping[str, Callable[[Array, Array, Array], "list[Op]"]]] = {
    "identity": lambda a, z, scratch: [(np.positive, (a, z))],
    "logistic": _logistic,
    "tanh": lambda a, z, scratch: [(np.tanh, (a, z))],
    "relu": _relu,
    "softplus": lambda a, z, scratch: [(np.logaddexp, (np.zeros_like(a), a, z))],
    "sine": lambda a, z, scratch: [(np.sin, (a, z))],
    "exp": lambda a, z, scratch: [(np.exp, (a, z))],
}
_SLOPE: Final[Mapping[str, Callable[[Array, Array, Array], "list[Op]"]]] = {
    "identity": lambda a, z, slope: [],
    "logistic": _logistic_slope,
    "tanh": _tanh_slope,
    "relu": _relu_slope,
    "sine": lambda a, z, slope: [(np.cos, (a, slope))],
    "exp": lambda a, z, slope: [(np.positive, (z, slope))],
}
