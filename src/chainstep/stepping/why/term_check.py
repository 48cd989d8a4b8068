"""The gradient check term by term, and how the check itself errs as h is swept.

Every term ∂E/∂a_k ∂a_k/∂a_j is held against a difference of its own: only unit k is moved, by what
a nudge of j gives it, and E is watched. A central difference errs by truncation, which falls with
h², and by rounding, which grows as h falls: swept, its error makes a V. A complex step h i has no
rounding to speak of, where the functions of the net can be followed into the complex plane. The
check of all weights, biases and units at once is in `gradient_check`.
"""

import cmath
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chainstep.errors import NotRunnable
from chainstep.network.model import MAX, PRODUCT, SUM, Unit
from chainstep.network.order import forward_order
from chainstep.stepping.trace import Trace
from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudge, Nudged

#: For central differences of single terms: the sixth of the mantissa that is best for them.
STEP: Final = 1e-5
TINY: Final = 1e-200
#: The V: from where truncation rules to where rounding does.
SWEEP: Final = tuple(10.0**-power for power in range(1, 15))


@dataclass(frozen=True)
class CheckedTerm:
    """One term of one sum: through the connection source → target.

    analytic: ∂E/∂a_k ∂a_k/∂a_j; numeric: by moving k alone; relative: their difference over the
    larger of the two, and of what rounding hides.
    """

    source: str
    target: str
    analytic: float
    numeric: float
    relative: float


@dataclass(frozen=True)
class Swept:
    """The error of a difference at one h: (E(+h) − E) / h and (E(+h) − E(−h)) / 2h."""

    h: float
    one_sided: float
    central: float


def check_terms(trace: Trace, h: float = STEP) -> tuple[CheckedTerm, ...]:
    """Check every term that comes back over a connection. Raises NotRunnable."""
    if trace.backward_refused is not None:
        raise NotRunnable(trace.backward_refused)
    units = trace.plan.network.units
    return tuple(row for unit in units for row in check_terms_at(trace, unit.id, h))


def check_terms_at(
    trace: Trace, unit: str, h: float = STEP, most: int | None = None
) -> tuple[CheckedTerm, ...]:
    """Check the terms of the sum at one unit. Raises NotRunnable.

    most: of more terms only so many, the largest; each takes two forward passes.
    """
    return tuple(_terms_at(trace, trace.plan.network.by_id[unit], h, most))


def sweep(nudge: Nudge, sizes: Sequence[float] = SWEEP) -> tuple[Swept, ...]:
    """Return the relative errors of differences against the derivative, for each h."""
    true, still = nudge.derivative, nudge.error()
    size = abs(true) or 1.0
    found = []
    for h in sizes:
        up, down = nudge.error(h), nudge.error(-h)
        one_sided, central = (up - still) / h, (up - down) / (2 * h)
        found.append(Swept(h, abs(one_sided - true) / size, abs(central - true) / size))
    return tuple(found)


def complex_step(trace: Trace, moved: Nudged) -> float | None:
    """Return Im E(x + i h) / h for a tiny h: the derivative to the last digits.

    None where a function of the net has a kink, couples outputs, or is not known to be analytic.
    """
    network, loss = trace.plan.network, _LOSSES.get(trace.project.loss.name)
    computed = [unit for unit in network.units if not unit.is_input]
    if loss is None or any(u.activation not in _ANALYTIC or u.combine == MAX for u in computed):
        return None
    try:
        z = _complex_outputs(trace, moved)
        terms = [loss(z[o.id], trace.target(o.id) or 0.0) for o in network.outputs]
    except (OverflowError, ZeroDivisionError, ValueError):
        return None
    scale = len(terms) if trace.project.loss.name == "mean_squared_error" else 1
    return math.fsum(term.imag for term in terms) / TINY / scale


def _terms_at(trace: Trace, unit: Unit, h: float, most: int | None) -> Iterator[CheckedTerm]:
    nudge = Nudge(trace, Nudged(INPUT if unit.is_input else UNIT, unit.id))
    largest = sorted(nudge.shares, key=lambda share: -abs(share.product))
    chosen = {share.unit for share in largest[:most]}
    up, down, error = nudge.held(h, chosen), nudge.held(-h, chosen), abs(nudge.error())
    # What is known of E is some 1e-16 of it, and of E near 0 of its square root.
    hidden = 1e-15 * max(error, math.sqrt(error)) / h / 1e-6
    for share in (share for share in nudge.shares if share.unit in chosen):
        numeric = (up[share.unit] - down[share.unit]) / (2 * h)
        size = max(abs(share.product), abs(numeric), hidden)
        relative = abs(share.product - numeric) / size if size else 0.0
        yield CheckedTerm(unit.id, share.unit, share.product, numeric, relative)


def _complex_outputs(trace: Trace, moved: Nudged) -> dict[str, complex]:
    z: dict[str, complex] = {}
    for unit in forward_order(trace.plan.network):
        here = moved.unit == unit.id
        if unit.is_input:
            z[unit.id] = trace.z(unit.id) + (TINY * 1j if here and moved.kind == INPUT else 0)
            continue
        a = _complex_sum(trace, unit, moved, z)
        if here and moved.kind in (UNIT, BIAS):
            a += TINY * 1j
        z[unit.id] = _ANALYTIC[unit.activation](a, **unit.all_params())
    return z


def _complex_sum(trace: Trace, unit: Unit, moved: Nudged, z: Mapping[str, complex]) -> complex:
    products = []
    for connection in trace.plan.network.incoming[unit.id]:
        weight: complex = trace.weight(connection)
        if moved.kind == WEIGHT and connection.ends == (moved.source, moved.unit):
            weight += TINY * 1j
        products.append(weight * z[connection.source])
    if unit.combine == PRODUCT:
        return math.prod(products, start=complex(1.0))
    assert unit.combine == SUM
    return sum(products, complex(trace.bias(unit.id) or 0.0))


def _logistic(a: complex) -> complex:
    if a.real >= 0:
        return 1.0 / (1.0 + cmath.exp(-a))
    e = cmath.exp(a)
    return e / (1.0 + e)


def _softplus(a: complex) -> complex:
    """ln(1 + e^a) for an imaginary part so small that only its first order counts."""
    real = max(a.real, 0.0) + math.log1p(math.exp(-abs(a.real)))
    return complex(real, _logistic(complex(a.real)).real * a.imag)


def _power(a: complex, exponent: float) -> complex:
    if a.real <= 0 and exponent != int(exponent):
        raise ValueError
    return complex(a**exponent)


#: Functions that can be followed off the real line.
_ANALYTIC: Final[Mapping[str, Callable[..., complex]]] = {
    "identity": lambda a: a,
    "logistic": _logistic,
    "tanh": cmath.tanh,
    "sine": cmath.sin,
    "exp": cmath.exp,
    "reciprocal": lambda a: 1.0 / a,
    "power": _power,
    "gaussian": lambda a: cmath.exp(-a * a),
    "silu": lambda a: a * _logistic(a),
    "softplus": _softplus,
    "mish": lambda a: a * cmath.tanh(_softplus(a)),
}
_LOSSES: Final[Mapping[str, Callable[[complex, float], complex]]] = {
    "half_squared_error": lambda z, t: 0.5 * (z - t) ** 2,
    "squared_error": lambda z, t: (z - t) ** 2,
    "mean_squared_error": lambda z, t: (z - t) ** 2,
    "binary_cross_entropy": lambda z, t: -t * cmath.log(z) - (1.0 - t) * cmath.log(1.0 - z),
    "output": lambda z, t: z,
}
