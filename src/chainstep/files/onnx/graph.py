"""Building an ONNX graph node by node, and how each activation is written in opset 17.

Where onnxruntime has no float64 kernel, the activation is spelled out from operators that have
one. Which nodes a net becomes is in `writer`; what is read back is in `activations`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from chainstep.engine.activations import SELU_ALPHA, SELU_SCALE
from chainstep.files.onnx.names import OWN

#: ln(erfc(z) e^(z²) / t) as a Chebyshev series in 2t - 1, t = 2/(2 + z), for z ≥ 0; fitted at 40
#: digits, good to 1e-17. The first coefficient counts half.
ERFC_SERIES: Final = (
    *(-1.3026537197817094, 0.6419697923564902, 0.019476473204185836, -0.009561514786808632),
    *(-0.0009465953444820369, 0.00036683949785276145, 4.252332480690777e-05),
    *(-2.0278578112534242e-05, -1.6242900046470256e-06, 1.3036558355805232e-06),
    *(1.5626441722066142e-08, -8.523809591492654e-08, 6.5290544390988515e-09),
    *(5.059343495551469e-09, -9.91364156493033e-10, -2.273651222931836e-10),
    *(9.646791102015527e-11, 2.3940380830391146e-12, -6.886027526497553e-12),
    *(8.944879273090725e-13, 3.130921399342958e-13, -1.1270822361367252e-13),
    *(3.810905255189232e-16, 7.106097613609237e-15, -1.5230282014571043e-15),
)


class Graph:
    """Nodes and constants in the making. float64: whether numbers have double precision."""

    def __init__(self, onnx: Any, float64: bool) -> None:
        self.onnx, self.float64 = onnx, float64
        self.dtype = np.float64 if float64 else np.float32
        self.nodes: list[Any] = []
        self.tensors: dict[str, Any] = {}
        self.functions: list[Any] = []
        self._shared: dict[float, str] = {}

    def op(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its output, `out` if given."""
        name = out or f"t{len(self.nodes)}"
        domain = attributes.pop("domain", "")
        doc = attributes.pop("doc", "")
        node = self.onnx.helper.make_node(
            kind, list(inputs), [name], name=f"{kind}_{len(self.nodes)}", **attributes
        )
        node.domain, node.doc_string = domain, doc
        self.nodes.append(node)
        return name

    def tensor(self, name: str, values: Any) -> str:
        """Add weights under a name."""
        array = np.asarray(values, dtype=np.float64).astype(self.dtype)
        self.tensors[name] = self.onnx.numpy_helper.from_array(array, name)
        return name

    def number(self, value: float) -> str:
        """Add a constant, the same one for the same number."""
        if value not in self._shared:
            self._shared[value] = self.tensor(f"c{len(self._shared)}", value)
        return self._shared[value]

    def activation(self, name: str, params: Mapping[str, float], x: str, out: str, doc: str) -> str:
        """Add an activation of x."""
        return _WRITTEN[name](self, x, out, params, doc)


Writer = Callable[[Graph, str, str, Mapping[str, float], str], str]


def _node(kind: str, *parameters: str) -> Writer:
    """Return the writer of an operator that is the activation; parameters are attributes."""

    def write(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
        return g.op(kind, x, out=out, doc=doc, **{name: params[name] for name in parameters})

    return write


def _precise(in_float32: Writer, in_float64: Writer) -> Writer:
    def write(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
        return (in_float64 if g.float64 else in_float32)(g, x, out, params, doc)

    return write


def _exp_below(g: Graph, x: str) -> str:
    """e^min(x, 0) - 1."""
    return g.op("Sub", g.op("Exp", g.op("Min", x, g.number(0.0))), g.number(1.0))


def _elu(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    below = g.op("Mul", _exp_below(g, x), g.number(params["alpha"]))
    return g.op("Add", g.op("Relu", x), below, out=out, doc=doc)


def _celu(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    alpha = g.number(params["alpha"])
    below = g.op("Mul", _exp_below(g, g.op("Div", x, alpha)), alpha)
    return g.op("Add", g.op("Relu", x), below, out=out, doc=doc)


def _selu(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    below = g.op("Mul", _exp_below(g, x), g.number(SELU_ALPHA))
    both = g.op("Add", g.op("Relu", x), below)
    return g.op("Mul", both, g.number(SELU_SCALE), out=out, doc=doc)


def _leaky(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    return g.op("PRelu", x, g.number(params["alpha"]), out=out, doc=doc)


def _log1p_exp(g: Graph, x: str, out: str = "", doc: str = "") -> str:
    """max(x, 0) + ln(1 + e^-|x|)."""
    e = g.op("Exp", g.op("Neg", g.op("Abs", x)))
    log = g.op("Log", g.op("Add", e, g.number(1.0)))
    return g.op("Add", g.op("Relu", x), log, out=out, doc=doc)


def _softplus(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    return _log1p_exp(g, x, out, doc)


def _softsign(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    below = g.op("Add", g.op("Abs", x), g.number(1.0))
    return g.op("Div", x, below, out=out, doc=doc)


def _mish(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    plus = _log1p_exp(g, x) if g.float64 else g.op("Softplus", x)
    return g.op("Mul", x, g.op("Tanh", plus), out=out, doc=doc)


def _silu(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    return g.op("Mul", x, g.op("Sigmoid", x), out=out, doc=doc)


def _hard_sigmoid(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    line = g.op("Add", g.op("Mul", x, g.number(params["alpha"])), g.number(params["beta"]))
    return g.op("Clip", line, g.number(0.0), g.number(1.0), out=out, doc=doc)


def _hard_swish(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    line = g.op("Add", g.op("Div", x, g.number(6.0)), g.number(0.5))
    gate = g.op("Clip", line, g.number(0.0), g.number(1.0))
    return g.op("Mul", x, gate, out=out, doc=doc)


def _gelu(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    inside = g.op("Div", x, g.number(float(np.sqrt(2.0))))
    if g.float64 and not g.functions:
        g.functions.append(_erf_function(g.onnx))
    erf = g.op("Erf", inside, domain=OWN if g.float64 else "")
    gate = g.op("Add", erf, g.number(1.0))
    return g.op("Mul", g.op("Mul", x, gate), g.number(0.5), out=out, doc=doc)


def _gelu_tanh(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    cube = g.op("Mul", g.op("Pow", x, g.number(3.0)), g.number(0.044715))
    inside = g.op("Mul", g.op("Add", x, cube), g.number(float(np.sqrt(2.0 / np.pi))))
    gate = g.op("Add", g.op("Tanh", inside), g.number(1.0))
    return g.op("Mul", g.op("Mul", x, gate), g.number(0.5), out=out, doc=doc)


def _clip(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    return g.op("Clip", x, g.number(params["low"]), g.number(params["high"]), out=out, doc=doc)


def _power(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    return g.op("Pow", x, g.number(params["exponent"]), out=out, doc=doc)


def _gaussian(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    return g.op("Exp", g.op("Neg", g.op("Mul", x, x)), out=out, doc=doc)


def _step(g: Graph, x: str, out: str, params: Mapping[str, float], doc: str) -> str:
    above = g.op("Greater", x, g.number(0.0))
    return g.op("Cast", above, out=out, doc=doc, to=11 if g.float64 else 1)


def _erf_function(onnx: Any) -> Any:
    """Return erf in float64 as a function: 1 - erfc(|x|) by its series, with the sign of x."""
    g = Graph(onnx, True)
    const = {}

    def number(value: float) -> str:
        if value not in const:
            tensor = onnx.numpy_helper.from_array(np.float64(value))
            const[value] = g.op("Constant", value=tensor)
        return const[value]

    z = g.op("Abs", "x")
    t = g.op("Div", number(2.0), g.op("Add", z, number(2.0)))
    u = g.op("Sub", g.op("Mul", t, number(4.0)), number(2.0))
    d, dd = g.op("Mul", z, number(0.0)), g.op("Mul", z, number(0.0))
    for coefficient in reversed(ERFC_SERIES[1:]):  # Clenshaw
        d, dd = g.op("Add", g.op("Sub", g.op("Mul", u, d), dd), number(coefficient)), d
    half = g.op("Mul", g.op("Add", g.op("Mul", u, d), number(ERFC_SERIES[0])), number(0.5))
    series = g.op("Sub", half, dd)
    power = g.op("Exp", g.op("Sub", series, g.op("Mul", z, z)))
    erf = g.op("Sub", number(1.0), g.op("Mul", t, power))
    g.op("Mul", g.op("Sign", "x"), erf, out="y")
    opsets = [onnx.helper.make_opsetid("", 17)]
    return onnx.helper.make_function(OWN, "Erf", ["x"], ["y"], g.nodes, opsets)


_WRITTEN: Final[Mapping[str, Writer]] = {
    "identity": _node("Identity"),
    "logistic": _node("Sigmoid"),
    "tanh": _node("Tanh"),
    "relu": _node("Relu"),
    "sine": _node("Sin"),
    "exp": _node("Exp"),
    "reciprocal": _node("Reciprocal"),
    "leaky_relu": _precise(_node("LeakyRelu", "alpha"), _leaky),
    "elu": _precise(_node("Elu", "alpha"), _elu),
    "celu": _precise(_node("Celu", "alpha"), _celu),
    "selu": _precise(_node("Selu"), _selu),
    "softplus": _precise(_node("Softplus"), _softplus),
    "softsign": _precise(_node("Softsign"), _softsign),
    "hard_sigmoid": _precise(_node("HardSigmoid", "alpha", "beta"), _hard_sigmoid),
    "hard_swish": _precise(_node("HardSwish"), _hard_swish),
    "mish": _mish,
    "silu": _silu,
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "clip": _clip,
    "power": _power,
    "gaussian": _gaussian,
    "step": _step,
}


def group_operator(name: str) -> str:
    """Return the operator of softmax or log-softmax."""
    return {"softmax": "Softmax", "log_softmax": "LogSoftmax"}[name]
