"""ONNX operators that make units: activations, softmax groups, products and maxima.

Many exporters spell an activation out (x·σ(x), two forms of GELU, softplus with its threshold):
`patterns` puts those together again. Arithmetic that makes no units is in `operators`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from chainstep.files.onnx import patterns
from chainstep.files.onnx.affine import Draft, Form, Refused, Tensor, Value, cost, filled
from chainstep.files.onnx.operators import (
    MIXED,
    Node,
    Operator,
    arithmetic,
    divide_numbers,
    elementwise,
    gemm,
    joint_shape,
    reduced,
)
from chainstep.network.model import ACTIVATION_PARAMS, PRODUCT

_FAR: Final = 1e38


def each(node: Node, function: Callable[[Form], Form]) -> Tensor:
    """Apply a function to every form of the first input."""
    value = node.tensor()
    node.drafts.charge(cost(value))
    forms = [function(form) for form in value.array.ravel().tolist()]
    return Tensor(filled(value.array.shape, forms), value.batch)


def simple(activation: str, **attributes: tuple[str, float]) -> Operator:
    """Return the operator of an activation.

    attributes: our parameter = (ONNX's attribute, ONNX's default).
    """

    def run(node: Node) -> Sequence[Value]:
        params = {
            ours: _meant(float(node.get(*theirs)), ACTIVATION_PARAMS[activation][ours])
            for ours, theirs in attributes.items()
        }
        return [each(node, lambda form: node.drafts.apply(form, activation, **params))]

    return run


def _meant(value: float, usual: float) -> float:
    """Return our default where single precision has blurred it, 1/6 say."""
    return usual if np.float32(value) == np.float32(usual) else value


def gelu(node: Node) -> Sequence[Value]:
    """Return GELU, exact or by tanh as the attribute says."""
    name = "gelu_tanh" if node.get("approximate", "none") == "tanh" else "gelu"
    return [each(node, lambda form: node.drafts.apply(form, name))]


def swish(node: Node) -> Sequence[Value]:
    """Return x σ(αx), a SiLU of αx divided by α."""
    alpha = float(node.get("alpha", 1.702 if node.kind == "QuickGelu" else 1.0))
    if alpha == 0:
        return [each(node, lambda form: form.times(0.5))]
    return [each(node, lambda f: node.drafts.apply(f.times(alpha), "silu").times(1 / alpha))]


def clip(node: Node) -> Sequence[Value]:
    """Return the operator that holds between bounds, either of which may be missing."""
    low, high = (_bound(node, name, place) for place, name in ((1, "min"), (2, "max")))

    def held(form: Form) -> Form:
        if low <= -_FAR and high >= _FAR:
            return form
        if high >= _FAR:
            return patterns.at_least(node.drafts, form, low)
        if low <= -_FAR:
            return patterns.at_least(node.drafts, form.times(-1.0), -high).times(-1.0)
        return node.drafts.apply(form, "clip", low=low, high=high)

    return [each(node, held)]


def _bound(node: Node, name: str, place: int) -> float:
    far = _FAR if name == "max" else -_FAR
    given = node.constant(place, "a bound") if place < len(node.inputs) else None
    return float(node.get(name, far)) if given is None else float(given.ravel()[0])


def prelu(node: Node) -> Sequence[Value]:
    """Return a leaky ReLU with a slope for each channel."""
    slope = node.constant(1, "the slope")
    value = node.tensor()
    if slope is not None and slope.ndim == 1 and value.array.ndim > 2 and len(slope) > 1:
        slope = slope.reshape(-1, *[1] * (value.array.ndim - 2))

    def leaky(form: Form, alpha: float) -> Form:
        return node.drafts.apply(form, "leaky_relu", alpha=float(alpha))

    return [elementwise(node, leaky, value, slope)]


def cosine(node: Node) -> Sequence[Value]:
    """Return the cosine, a sine a quarter turn on."""
    return [each(node, lambda form: node.drafts.apply(form.plus(np.pi / 2), "sine"))]


def softmax(name: str) -> Operator:
    """Return softmax or log-softmax over everything but the examples."""

    def run(node: Node) -> Sequence[Value]:
        value = node.tensor()
        axis = int(node.get("axis", 1 if node.opset < 13 else -1)) % value.array.ndim
        if axis == value.batch:
            raise Refused(MIXED)
        if value.array.size != value.array.shape[axis] and node.opset >= 13:
            raise Refused("it is several softmaxes at once; only one, over all outputs, is drawn")
        node.drafts.groups += 1
        return [each(node, partial(_member, node, name))]

    return run


def _member(node: Node, name: str, form: Form) -> Form:
    draft = Draft(form, name, {})
    draft.group = node.drafts.groups
    return node.drafts.unit(draft)


def fused_gemm(node: Node) -> Sequence[Value]:
    """Return onnxruntime's Gemm with an activation inside."""
    out = gemm(node)[0]
    name = str(node.get("activation", ""))
    known = {"": "Identity", "Identity": "Identity"}.get(name, name)
    if known == "Identity":
        return [out]
    if known not in UNITS:
        raise Refused(f"its activation {name} is not known")
    attributes = {
        "alpha": node.get("activation_alpha"),
        "beta": node.get("activation_beta"),
    }
    given = {key: value for key, value in attributes.items() if value is not None}
    return UNITS[known](Node([out], given, node.drafts, node.opset))


def maximum(sign: float) -> Operator:
    """Return Max (sign 1) or Min (sign -1) of several tensors."""

    def run(node: Node) -> Sequence[Value]:
        joint_shape(node, *node.inputs)
        if not any(isinstance(value, Tensor) for value in node.inputs):
            chosen = np.maximum if sign > 0 else np.minimum
            return [chosen.reduce(np.broadcast_arrays(*node.inputs))]
        if len(node.inputs) == 1:
            return [node.inputs[0]]
        if len(node.inputs) == 2:
            pick = partial(patterns.larger, node.drafts, sign)
            return [elementwise(node, pick, *node.inputs)]
        stacked = np.stack(np.broadcast_arrays(*(node.tensor(n).array for n in _all(node))), -1)
        rows = stacked.reshape(-1, len(node.inputs))
        forms = [patterns.largest(node.drafts, sign, list(row)) for row in rows]
        return [Tensor(filled(stacked.shape[:-1], forms), _batch(node))]

    return run


def _all(node: Node) -> range:
    return range(len(node.inputs))


def _batch(node: Node) -> int | None:
    """Return the axis of the examples of tensors of one rank."""
    ranks = {node.tensor(n).array.ndim for n in _all(node)}
    if len(ranks) > 1:
        raise Refused("its operands differ in rank")
    return next((node.tensor(n).batch for n in _all(node)), None)


def reduce_extreme(sign: float) -> Operator:
    """Return the operator of the largest (sign 1) or smallest over axes: a max unit."""
    return lambda node: [reduced(node, partial(patterns.largest, node.drafts, sign))]


def reduce_prod(node: Node) -> Sequence[Value]:
    """Return the product over axes: a product unit."""

    def multiplied(forms: list[Any]) -> Form:
        return forms[0] if len(forms) == 1 else node.drafts.factors(PRODUCT, forms)

    return [reduced(node, multiplied)]


def power(node: Node) -> Sequence[Value]:
    """Return a power with a constant exponent."""
    exponent = node.constant(1, "the exponent")
    joint_shape(node, node.inputs[0], exponent)
    assert exponent is not None
    if not isinstance(node.inputs[0], Tensor):
        return [np.power(np.asarray(node.inputs[0], dtype=np.float64), exponent)]

    def raised(form: Form, number: float) -> Form:
        return form if number == 1 else node.drafts.apply(form, "power", exponent=float(number))

    return [elementwise(node, raised, node.inputs[0], exponent)]


def exponential(node: Node) -> Sequence[Value]:
    """Return e^a."""
    return [each(node, partial(patterns.exponential, node.drafts))]


def root(node: Node) -> Sequence[Value]:
    """Return the square root."""
    if not isinstance(node.inputs[0], Tensor):
        return [np.sqrt(np.asarray(node.inputs[0], dtype=np.float64))]
    return [each(node, lambda form: node.drafts.apply(form, "power", exponent=0.5))]


def negative(node: Node) -> Sequence[Value]:
    """Return the number with the other sign."""
    if not isinstance(node.inputs[0], Tensor):
        return [-np.asarray(node.inputs[0])]
    return [each(node, lambda form: form.times(-1.0))]


def logarithm(node: Node) -> Sequence[Value]:
    """Return a log-softmax, or the softplus in ln(1 + e^a) and ln σ(a); no other logarithm."""
    node.drafts.groups += 1

    def log(form: Form) -> Form:
        single = node.drafts.of(form)
        if single is not None and single[0].activation == "exp" and single[1:] == (1.0, 1.0):
            return node.drafts.apply(single[0].form, "softplus")
        if single is not None and single[0].activation == "logistic" and single[1:] == (1.0, 0.0):
            return node.drafts.apply(single[0].form.times(-1.0), "softplus").times(-1.0)
        unit = form.alone()
        draft = node.drafts.units[unit] if unit is not None else None
        if draft is None or draft.activation != "softmax":
            raise Refused("there is no logarithm among the activations; end in LogSoftmax instead")
        return _member(node, "log_softmax", draft.form)

    return [each(node, log)]


_ALPHA: Final = "alpha"
#: Operators that make units.
UNITS: Final[Mapping[str, Operator]] = {
    "Relu": simple("relu"),
    "Sigmoid": simple("logistic"),
    "Tanh": simple("tanh"),
    "LeakyRelu": simple("leaky_relu", alpha=(_ALPHA, 0.01)),
    "Elu": simple("elu", alpha=(_ALPHA, 1.0)),
    "Selu": simple("selu"),
    "Celu": simple("celu", alpha=(_ALPHA, 1.0)),
    "Softplus": simple("softplus"),
    "Softsign": simple("softsign"),
    "Mish": simple("mish"),
    "HardSigmoid": simple("hard_sigmoid", alpha=(_ALPHA, 0.2), beta=("beta", 0.5)),
    "HardSwish": simple("hard_swish"),
    "Exp": exponential,
    "Sin": simple("sine"),
    "Reciprocal": simple("reciprocal"),
    "Erf": simple("erf"),
    "Abs": simple("abs"),
    "Gelu": gelu,
    "Swish": swish,
    "QuickGelu": swish,
    "Clip": clip,
    "PRelu": prelu,
    "Cos": cosine,
    "Softmax": softmax("softmax"),
    "LogSoftmax": softmax("log_softmax"),
    "FusedGemm": fused_gemm,
    "Max": maximum(1.0),
    "Min": maximum(-1.0),
    "ReduceMax": reduce_extreme(1.0),
    "ReduceMin": reduce_extreme(-1.0),
    "ReduceProd": reduce_prod,
    "Pow": power,
    "Sqrt": root,
    "Neg": negative,
    "Log": logarithm,
    "Mul": arithmetic(lambda x, y: x * y, lambda node, x, y: patterns.product(node.drafts, x, y)),
    "Div": arithmetic(divide_numbers, lambda node, x, y: patterns.quotient(node.drafts, x, y)),
}
