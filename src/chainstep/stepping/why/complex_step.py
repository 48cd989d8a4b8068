"""The complex step: Im E(x + i h) / h for a tiny h, which has no rounding to speak of.

The pass is computed once more over complex numbers, with functions written here, so that it shares
nothing with the engine. Where a function is made of pieces, the piece is chosen by the real part;
upon a kink itself a complex step has no meaning. Differences with real steps are in `term_check`
and `gradient_check`.
"""

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from chainstep.network.model import GROUP_ACTIVATIONS, MAX, PRODUCT, Unit
from chainstep.network.order import forward_order
from chainstep.stepping.trace import Trace
from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudged

TINY: Final = 1e-200


def complex_step(trace: Trace, moved: Nudged, through: str | None = None) -> float | None:
    """Return the derivative of E by a complex step, to the last digits; None upon a kink.

    through: a unit that the one moved feeds; the change then passes this connection alone, and the
    derivative is one term of the sum.
    """
    try:
        a, z = _forward(trace, moved, through)
        found = _error(trace, a, z).imag / TINY
    except (OverflowError, ZeroDivisionError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _forward(
    trace: Trace, moved: Nudged, through: str | None
) -> tuple[dict[str, complex], dict[str, complex]]:
    a: dict[str, complex] = {}
    z: dict[str, complex] = {}
    for unit in forward_order(trace.plan.network):
        here = moved.unit == unit.id
        if unit.is_input:
            z[unit.id] = trace.z(unit.id) + (TINY * 1j if here and moved.kind == INPUT else 0)
            continue
        a[unit.id] = _sum(trace, unit, moved, z, through)
        if here and moved.kind in (UNIT, BIAS):
            a[unit.id] += TINY * 1j
        if unit.activation not in GROUP_ACTIVATIONS:
            z[unit.id] = _FUNCTIONS[unit.activation](a[unit.id], **unit.all_params())
    outputs = [unit.id for unit in trace.plan.network.outputs]
    if trace.plan.group is not None:
        together = _log_softmax([a[output] for output in outputs])
        for output, value in zip(outputs, together, strict=True):
            z[output] = value if trace.plan.group == "log_softmax" else cmath.exp(value)
    if through is not None and moved.kind == UNIT:
        # E looks at an output itself too, which is another term.
        a[moved.unit], z[moved.unit] = a[moved.unit].real + 0j, z[moved.unit].real + 0j
    return a, z


def _sum(
    trace: Trace, unit: Unit, moved: Nudged, z: Mapping[str, complex], through: str | None
) -> complex:
    products = []
    for connection in trace.plan.network.incoming[unit.id]:
        weight: complex = trace.weight(connection)
        if moved.kind == WEIGHT and connection.ends == (moved.source, moved.unit):
            weight += TINY * 1j
        value = z[connection.source]
        if through is not None and connection.source == moved.unit and unit.id != through:
            value = value.real + 0j
        products.append(weight * value)
    if unit.combine == PRODUCT:
        return math.prod(products, start=complex(1.0))
    if unit.combine == MAX:
        return max(products, key=lambda product: product.real)
    return sum(products, complex(trace.bias(unit.id) or 0.0))


def _error(trace: Trace, a: Mapping[str, complex], z: Mapping[str, complex]) -> complex:
    loss, outputs = trace.project.loss, trace.plan.network.outputs
    t = [trace.target(output.id) or 0.0 for output in outputs]
    if loss.name == "cross_entropy":
        logs = _log_softmax([a[output.id] for output in outputs])
        return -sum((target * p for target, p in zip(t, logs, strict=True)), complex(0.0))
    if loss.name == "huber":
        pairs = zip(outputs, t, strict=True)
        return sum((_huber(z[o.id] - target, loss.delta) for o, target in pairs), complex(0.0))
    by_output = _LOSSES[loss.name]
    terms = [by_output(z[o.id], target) for o, target in zip(outputs, t, strict=True)]
    scale = len(terms) if loss.name == "mean_squared_error" else 1
    return sum(terms, complex(0.0)) / scale


def _log_softmax(a: Sequence[complex]) -> list[complex]:
    most = max(value.real for value in a)
    total = cmath.log(sum((cmath.exp(value - most) for value in a), complex(0.0)))
    return [value - most - total for value in a]


def _huber(error: complex, delta: float) -> complex:
    if abs(error.real) <= delta:
        return 0.5 * error * error
    return delta * (_size(error) - 0.5 * delta)


def _size(a: complex) -> complex:
    return a if a.real >= 0 else -a


def _off(a: complex, kink: float = 0.0) -> complex:
    """Return a itself. Raises ValueError upon a kink."""
    if a.real == kink:
        raise ValueError
    return a


def _logistic(a: complex) -> complex:
    if a.real >= 0:
        return 1.0 / (1.0 + cmath.exp(-a))
    e = cmath.exp(a)
    return e / (1.0 + e)


def _softplus(a: complex) -> complex:
    """ln(1 + e^a) for an imaginary part so small that only its first order counts."""
    real = max(a.real, 0.0) + math.log1p(math.exp(-abs(a.real)))
    return complex(real, _logistic(complex(a.real)).real * a.imag)


def _gelu(a: complex) -> complex:
    """a Φ(a), with Φ to first order in the imaginary part."""
    x = a.real
    density = math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    return a * complex(0.5 * math.erfc(-x / math.sqrt(2.0)), density * a.imag)


def _gelu_tanh(a: complex) -> complex:
    inner = math.sqrt(2.0 / math.pi) * (a + 0.044715 * a * a * a)
    return 0.5 * a * (1.0 + cmath.tanh(inner))


def _elu(a: complex, alpha: float) -> complex:
    return a if _off(a).real > 0 else alpha * (cmath.exp(a) - 1.0)


def _celu(a: complex, alpha: float) -> complex:
    return a if _off(a).real > 0 else alpha * (cmath.exp(a / alpha) - 1.0)


def _clip(a: complex, low: float, high: float) -> complex:
    _off(_off(a, low), high)
    return complex(low) if a.real < low else complex(high) if a.real > high else a


def _hard_swish(a: complex) -> complex:
    return a * _clip(a + 3.0, 0.0, 6.0) / 6.0


def _power(a: complex, exponent: float) -> complex:
    if a.real <= 0 and exponent != int(exponent):
        raise ValueError
    return complex(a**exponent)


_SELU_ALPHA: Final = 1.6732632423543772848170429916717
_SELU_SCALE: Final = 1.0507009873554804934193349852946

_FUNCTIONS: Final[Mapping[str, Callable[..., complex]]] = {
    "identity": lambda a: a,
    "logistic": _logistic,
    "tanh": cmath.tanh,
    "relu": lambda a: a if _off(a).real > 0 else complex(0.0),
    "leaky_relu": lambda a, alpha: a if _off(a).real > 0 else alpha * a,
    "elu": _elu,
    "selu": lambda a: _SELU_SCALE * _elu(a, _SELU_ALPHA),
    "celu": _celu,
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "silu": lambda a: a * _logistic(a),
    "mish": lambda a: a * cmath.tanh(_softplus(a)),
    "softplus": _softplus,
    "softsign": lambda a: a / (1.0 + _size(a)),
    "hard_sigmoid": lambda a, alpha, beta: _clip(alpha * a + beta, 0.0, 1.0),
    "hard_swish": _hard_swish,
    "sine": cmath.sin,
    "exp": cmath.exp,
    "reciprocal": lambda a: 1.0 / a,
    "power": _power,
    "clip": _clip,
    "gaussian": lambda a: cmath.exp(-a * a),
    "step": lambda a: complex(_off(a).real > 0),
}
_LOSSES: Final[Mapping[str, Callable[[complex, float], complex]]] = {
    "half_squared_error": lambda z, t: 0.5 * (z - t) ** 2,
    "squared_error": lambda z, t: (z - t) ** 2,
    "mean_squared_error": lambda z, t: (z - t) ** 2,
    "binary_cross_entropy": lambda z, t: -t * cmath.log(z) - (1.0 - t) * cmath.log(1.0 - z),
    "output": lambda z, t: z,
}
