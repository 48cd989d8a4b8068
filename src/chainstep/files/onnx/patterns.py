"""Activations that exporters spell out, put together again, number by number.

x·σ(x) is SiLU, x/(1 + |x|) softsign, ½x(1 + erf(x/√2)) GELU, and so on. What is no such pattern
becomes a product or max unit, as it stands. Units that are left over are dropped with all else
that no output needs.
"""

import math
from typing import Any, Final

from chainstep.files.onnx.affine import Drafts, Form, Refused
from chainstep.network.model import MAX, PRODUCT

_ROOT2: Final = math.sqrt(2.0)
_GELU: Final = math.sqrt(2.0 / math.pi)
_CUBE: Final = 0.044715
_CLOSE: Final = 1e-5
#: Adding such a number and taking it away again costs digits.
_LARGE: Final = 100.0
_BEYOND: Final = 1e38


_COMPARISONS: Final = ("greater", "less", "at_least", "at_most", "equal", "step")


def product(drafts: Drafts, x: Any, y: Any) -> Form:
    """Multiply two items: scaling, a spelled-out activation, a power, or a product unit."""
    if not isinstance(y, Form):
        return x.times(float(y))  # type: ignore[no-any-return]
    if not isinstance(x, Form):
        return y.times(float(x))
    if not x.terms or not y.terms:
        return y.times(x.offset) if not x.terms else x.times(y.offset)
    for one, two in ((x, y), (y, x)):
        found = _gated(drafts, one, two)
        if found is not None:
            return found
    return _square(drafts, x, y) or drafts.factors(PRODUCT, [x, y])


def _gated(drafts: Drafts, x: Form, gate: Form) -> Form | None:
    """Return x times a unit of x itself, where that is an activation."""
    single = drafts.of(gate)
    if single is None:
        return None
    unit, weight, constant = single
    if constant:
        return _gelu(drafts, x, unit, weight, constant)
    if unit.activation == "tanh":
        inner = drafts.of(unit.form)
        plus = inner and inner[0].activation == "softplus" and unit.form.alone() is not None
        k = x.ratio_to(inner[0].form) if inner and plus else None
        return None if k is None else _scaled(drafts, inner[0].form, "mish", k * weight)  # type: ignore[index]
    if unit.activation == "clip":
        return _relu6_swish(drafts, x, unit, weight)
    k = x.ratio_to(unit.form)
    if k is not None and unit.activation == "logistic":
        return _scaled(drafts, x if k == 1 else unit.form, "silu", k * weight)
    if k is not None and unit.activation == "hard_sigmoid" and _is_swish(unit.params) and k == 1:
        return _scaled(drafts, x, "hard_swish", weight)
    if k == 1 and unit.activation == "power" and unit.params["exponent"] == 2:
        return drafts.apply(x, "power", exponent=3.0).times(weight)
    return None


def _is_swish(params: Any) -> bool:
    return _near(params["alpha"], 1 / 6) and _near(params["beta"], 0.5)


def _relu6_swish(drafts: Drafts, x: Form, unit: Any, weight: float) -> Form | None:
    """Return x·clip(x + 3, 0, 6) as six hard swishes."""
    inside = unit.form.plus(-3.0)
    fits = unit.params == {"low": 0.0, "high": 6.0} and x.ratio_to(inside) == 1
    return _scaled(drafts, x, "hard_swish", 6 * weight) if fits else None


def _square(drafts: Drafts, x: Form, y: Form) -> Form | None:
    """Return x·kx as a power."""
    k = y.ratio_to(x)
    if k is None or y.terms != x.times(k).terms or y.offset != x.offset * k:
        return None
    return drafts.apply(x, "power", exponent=2.0).times(k)


def _gelu(drafts: Drafts, x: Form, unit: Any, weight: float, constant: float) -> Form | None:
    """Return x·(c + c·erf(x/√2)) or x·(c + c·tanh(√(2/π)(x + 0.044715x³))) as a GELU."""
    if not _near(weight, constant):
        return None
    if unit.activation == "erf":
        k = x.ratio_to(unit.form)
        if k is None:
            return None
        k = _snapped(k / _ROOT2)
        return _scaled(drafts, x.times(1 / k), "gelu", 2 * weight * k)
    if unit.activation == "tanh":
        inner = _without_cube(drafts, unit.form)
        k = None if inner is None else x.ratio_to(inner)
        if inner is None or k is None:
            return None
        return _scaled(drafts, inner, "gelu_tanh", 2 * weight * k)
    return None


def _without_cube(drafts: Drafts, form: Form) -> Form | None:
    """Return g where the form is √(2/π)(g + 0.044715 g³), else None."""
    for number, weight in form.terms.items():
        unit = drafts.units[number]
        if unit.activation != "power" or unit.params["exponent"] != 3:
            continue
        rest = Form({u: w for u, w in form.terms.items() if u != number}, form.constant)
        k = rest.ratio_to(unit.form)
        if k is not None and abs(weight - _CUBE * _GELU) < _CLOSE and abs(k - _GELU) < _CLOSE:
            return unit.form
    return None


def _scaled(drafts: Drafts, form: Form, activation: str, factor: float) -> Form:
    return drafts.apply(form, activation).times(_snapped(factor))


def _snapped(factor: float) -> float:
    """Return a factor that single precision has blurred as the number that was meant."""
    for meant in (1.0, 0.5, 2.0, -1.0):
        if abs(factor - meant) < _CLOSE:
            return meant
    return factor


def _near(one: float, two: float) -> bool:
    return abs(one - two) < _CLOSE


def exponential(drafts: Drafts, form: Form) -> Form:
    """Return e^a, or the gaussian that e^(−a²) is."""
    single = drafts.of(form)
    if single is not None and single[0].activation == "power" and single[1:] == (-1.0, 0.0):
        unit = single[0]
        if unit.params["exponent"] == 2:
            return drafts.apply(unit.form, "gaussian")
    return drafts.apply(form, "exp")


def quotient(drafts: Drafts, x: Any, y: Any) -> Form:
    """Divide two items: scaling, a softsign, or a product with a reciprocal."""
    if not isinstance(y, Form) or not y.terms:
        number = y.offset if isinstance(y, Form) else float(y)
        if number == 0:
            raise Refused("it divides by 0")
        return _divided(x, number)
    single = drafts.of(y)
    if isinstance(x, Form) and single is not None and single[0].activation == "abs":
        unit, weight, constant = single
        k = x.ratio_to(unit.form)
        if k is not None and _near(weight, constant) and weight:
            return drafts.apply(unit.form, "softsign").times(k / weight)
    below = drafts.apply(y, "reciprocal")
    return product(drafts, x, below)


def _divided(x: Form, number: float) -> Form:
    """Divide, rounding once: x · (1/number) would round twice."""
    if number == 1:
        return x
    constant = None if x.constant is None else x.constant / number
    return Form({u: w / number for u, w in x.terms.items()}, constant, x.dense)


def at_least(drafts: Drafts, form: Form, low: float) -> Form:
    """Return max(form, low) as low + relu(form - low), or as a clip where digits would be lost."""
    if low == 0:
        return drafts.apply(form, "relu")
    if abs(low) > _LARGE:
        return drafts.apply(form, "clip", low=low, high=_BEYOND)
    return drafts.apply(form.plus(-low), "relu").plus(low)


def larger(drafts: Drafts, sign: float, x: Any, y: Any) -> Form:
    """Return the larger (sign 1) or smaller (sign -1) of two items."""
    for one, two in ((x, y), (y, x)):
        if isinstance(one, Form) and (not isinstance(two, Form) or not two.terms):
            number = two.offset if isinstance(two, Form) else float(two)
            return at_least(drafts, one.times(sign), sign * number).times(sign)
    return largest(drafts, sign, [x, y])


def largest(drafts: Drafts, sign: float, forms: list[Any]) -> Form:
    """Return the largest (sign 1) or smallest of forms: a max unit."""
    if len(forms) == 1:
        return forms[0]  # type: ignore[no-any-return]
    return drafts.factors(MAX, [form.times(sign) for form in forms]).times(sign)


# --- comparisons --------------------------------------------------------------------------------


def truth(drafts: Drafts, form: Form) -> Form | None:
    """Return the 0 or 1 that a comparison is, made of steps; None for what is no comparison."""
    if form.truth:
        return form
    unit = form.alone()
    draft = drafts.units[unit] if unit is not None else None
    if draft is None or draft.activation not in _COMPARISONS:
        return None
    below = draft.form.times(-1.0)
    if draft.activation == "step":
        result = form
    elif draft.activation in ("greater", "at_most"):
        result = drafts.apply(draft.form, "step")
    elif draft.activation == "equal":
        result = drafts.apply(draft.form, "step").plus(drafts.apply(below, "step"))
    else:
        result = drafts.apply(below, "step")
    if draft.activation in ("at_least", "at_most", "equal"):
        result = opposite(result)
    result.truth = True
    return result


def opposite(form: Form) -> Form:
    """Return 1 for 0 and 0 for 1."""
    result = form.times(-1.0).plus(1.0)
    result.truth = True
    return result


def both(drafts: Drafts, one: Form, two: Form) -> Form:
    """Return 1 where both are 1: a product unit."""
    result = product(drafts, one, two)
    result.truth = True
    return result


def chosen(drafts: Drafts, condition: Form, yes: Any, no: Any) -> Form:
    """Return `yes` where the condition holds and else `no`.

    Known activations come back as themselves, a bend as a ReLU; anything else as a step that is
    multiplied with the difference.
    """
    unit = condition.alone()
    draft = drafts.units[unit] if unit is not None and not condition.truth else None
    kind = draft.activation if draft is not None else ""
    if draft is not None and kind in ("greater", "less", "at_least", "at_most"):
        # What is chosen between is equal at the border, but for a step: that looks again.
        ends = (no, yes) if kind in ("less", "at_most") else (yes, no)
        found = _activation(drafts, draft.form, *ends)
        if found is not None:
            return found
    step = truth(drafts, condition)
    if step is None:
        raise Refused("it chooses by something other than a comparison")
    difference = _minus(yes, no)
    if not isinstance(difference, Form) or not difference.terms:
        number = difference.offset if isinstance(difference, Form) else difference
        return step.times(number).plus(no)
    return product(drafts, step, difference).plus(no)


def _minus(x: Any, y: Any) -> Any:
    if isinstance(x, Form):
        return x.plus(y.times(-1.0) if isinstance(y, Form) else -float(y))
    return y.times(-1.0).plus(float(x)) if isinstance(y, Form) else float(x) - float(y)


def _activation(drafts: Drafts, difference: Form, yes: Any, no: Any) -> Form | None:
    """Return what `difference > 0 ? yes : no` is, where that is an activation or a bend."""
    if not isinstance(yes, Form) and not isinstance(no, Form):
        return None
    found = (
        _softplus(drafts, difference, yes, no)
        or _leaky(drafts, difference, yes, no)
        or _elu(drafts, difference, yes, no)
    )
    if found is not None:
        return found
    slope = _minus(yes, no)
    k = slope.ratio_to(difference) if isinstance(slope, Form) else None
    if k is None:
        return None
    return drafts.apply(difference, "relu").times(_snapped(k)).plus(no)


def _elu(drafts: Drafts, difference: Form, yes: Any, no: Any) -> Form | None:
    """Return an ELU: x above 0, alpha (e^x - 1) below."""
    single = drafts.of(no) if isinstance(no, Form) else None
    if single is None or single[0].activation != "exp" or not isinstance(yes, Form):
        return None
    unit, weight, constant = single
    k, slope = difference.ratio_to(unit.form), yes.ratio_to(unit.form)
    if k is None or slope is None or k <= 0 or slope <= 0 or not _near(weight, -constant):
        return None
    slope = _snapped(slope)
    return drafts.apply(unit.form, "elu", alpha=_snapped(weight / slope)).times(slope)


def _softplus(drafts: Drafts, difference: Form, yes: Any, no: Any) -> Form | None:
    """Return softplus where its linear part is chosen above a threshold."""
    single = drafts.of(no) if isinstance(no, Form) else None
    if single is None or single[0].activation != "softplus" or single[2]:
        return None
    draft, weight, _ = single
    above = difference.plus(-difference.offset)
    inside = draft.form.plus(-draft.form.offset)
    threshold = draft.form.offset - difference.offset
    k = above.ratio_to(inside)
    linear = yes.ratio_to(draft.form) if isinstance(yes, Form) else None
    fits = k is not None and linear is not None and _near(k, 1) and _near(linear, weight)
    return no if fits and threshold >= 15 else None


def _leaky(drafts: Drafts, difference: Form, yes: Any, no: Any) -> Form | None:
    """Return a (leaky) ReLU: x above 0, alpha x below."""
    if not isinstance(yes, Form):
        return None
    k = yes.ratio_to(difference)
    if k is None or k <= 0:
        return None
    if isinstance(no, Form) and no.terms:
        alpha = no.ratio_to(yes)
        return None if alpha is None else drafts.apply(yes, "leaky_relu", alpha=alpha)
    zero = no.offset if isinstance(no, Form) else float(no)
    return drafts.apply(yes, "relu") if zero == 0 else None
