"""Small ONNX graphs of every class that exporters write, made here and judged by onnxruntime.

A graph is text, one node a line: `out = Op(in, in; attribute=value)`. x is the input, [batch, 4]
unless said otherwise; y is the output. Capital letters and the names in `NUMBERS` are constants.
"""

import ast
from dataclasses import dataclass, field
from typing import Any

import numpy as np

rng = np.random.default_rng(7)
MATRICES = {
    "A": rng.normal(size=(4, 3)),
    "AT": rng.normal(size=(3, 4)),
    "B": rng.normal(size=3),
    "B1": rng.normal(size=(1, 3)),
    "C": rng.normal(size=(3, 2)),
    "D": rng.normal(size=(3, 3)),
    "E": rng.normal(size=(6, 2)),
    "F": rng.normal(size=(2, 3)),
    "G": rng.uniform(0.5, 1.5, size=3),
    "M": rng.normal(size=4),
    "S": rng.uniform(0.5, 1.5, size=4),
    "ONE": rng.normal(size=(4, 1)),
}
NUMBERS = {
    "zero": 0.0,
    "tenth": 0.1,
    "half": 0.5,
    "one": 1.0,
    "two": 2.0,
    "three": 3.0,
    "six": 6.0,
    "root2": 2**0.5,
    "twenty": 20.0,
    "low": -0.5,
    "high": 0.75,
    "gelu": 0.7978845608028654,
    "cube": 0.044715,
    "slope": 0.2,
    "huge": 1e12,
    "true": np.bool_(True),
    "false": np.bool_(False),
}


@dataclass(frozen=True)
class Graph:
    """A graph as text, with what is particular to it."""

    text: str
    opset: int = 17
    inputs: tuple[tuple[str, tuple[Any, ...]], ...] = (("x", ("batch", 4)),)
    ir: int = 8
    more: dict[str, Any] = field(default_factory=dict)
    as_inputs: bool = False
    constant_nodes: bool = False
    dtype: Any = np.float32
    outputs: tuple[str, ...] = ("y",)


def model(graph: Graph) -> Any:
    """Return a graph as an ONNX model."""
    import onnx
    from onnx import helper, numpy_helper

    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(graph.dtype))
    made = [_node(helper, line.strip()) for line in graph.text.strip().splitlines()]
    used = {name for node in made for name in node.input}
    tensors = []
    for name, value in {**MATRICES, **NUMBERS, **graph.more}.items():
        if name in used:
            array = np.asarray(value)
            array = array.astype(graph.dtype) if array.dtype == np.float64 else array
            tensors.append(numpy_helper.from_array(array, name))
    inputs = [helper.make_tensor_value_info(n, kind, shape) for n, shape in graph.inputs]
    if graph.as_inputs:
        inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in tensors]
    if graph.constant_nodes:
        made = [helper.make_node("Constant", [], [t.name], value=t) for t in tensors] + made
        tensors = []
    outputs = [helper.make_tensor_value_info(n, kind, None) for n in graph.outputs]
    for value in outputs:
        value.type.tensor_type.shape.SetInParent()
        value.type.tensor_type.shape.dim.add()
        value.type.tensor_type.shape.dim.add()
    body = helper.make_graph(made, "g", inputs, outputs, tensors)
    opsets = [helper.make_opsetid("", graph.opset), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(body, opset_imports=opsets, ir_version=graph.ir)


def _node(helper: Any, line: str) -> Any:
    """Return the node of a line."""
    outs, _, call = line.partition(" = ")
    kind, _, rest = call.rstrip(")").partition("(")
    inputs, _, attributes = rest.partition(";")
    given = ast.literal_eval("{" + _quoted(attributes) + "}") if attributes else {}
    domain, _, kind = kind.rpartition(".")
    names = [name.strip().strip("_") for name in inputs.split(",")] if inputs.strip() else []
    return helper.make_node(
        kind, names, [o.strip() for o in outs.split(",")], domain=domain, **given
    )


def _quoted(attributes: str) -> str:
    return ", ".join(
        f'"{key.strip()}": {value}'
        for key, _, value in (part.partition("=") for part in attributes.split("; "))
    )


def layer(text: str) -> str:
    """Return a graph in which `h` is a weighted sum and `z` of the text is weighted again."""
    return f"h = Gemm(x, A, B)\n{text}\ny = MatMul(z, C)"


def _each(names: str) -> dict[str, Graph]:
    return {name: Graph(layer(f"z = {name}(h)")) for name in names.split()}


GRAPHS: dict[str, Graph] = {
    **_each("Relu Sigmoid Tanh Elu Selu Celu Softplus Softsign HardSigmoid HardSwish Exp Sin Cos"),
    **_each("Abs Sign Neg Identity"),
    "Mish": Graph(layer("z = Mish(h)"), opset=18),
    "Gelu by attribute": Graph(layer('z = Gelu(h; approximate="tanh")'), opset=20),
    "Gelu exact": Graph(layer("z = Gelu(h)"), opset=20),
    "Gelu by erf": Graph(
        layer("r = Div(h, root2)\ne = Erf(r)\np = Add(e, one)\nm = Mul(h, p)\nz = Mul(m, half)")
    ),
    "Gelu by tanh": Graph(
        layer(
            "c = Pow(h, three)\nd = Mul(c, cube)\ns = Add(h, d)\ng = Mul(s, gelu)\nt = Tanh(g)\n"
            "p = Add(t, one)\nm = Mul(h, p)\nz = Mul(half, m)"
        )
    ),
    "SiLU": Graph(layer("s = Sigmoid(h)\nz = Mul(s, h)")),
    "ELU chosen": Graph(
        layer("e = Exp(h)\nb = Sub(e, one)\nc = Greater(h, zero)\nz = Where(c, h, b)")
    ),
    "log-sigmoid": Graph(layer("s = Sigmoid(h)\nz = Log(s)")),
    "softplus written out": Graph(layer("e = Exp(h)\np = Add(one, e)\nz = Log(p)")),
    "sigmoid written out": Graph(layer("n = Neg(h)\ne = Exp(n)\np = Add(e, one)\nz = Div(one, p)")),
    "LeakyRelu": Graph(layer("z = LeakyRelu(h; alpha=0.2)")),
    "PRelu": Graph(layer("z = PRelu(h, slope)")),
    "PRelu of each unit": Graph(layer("z = PRelu(h, G)")),
    "ThresholdedRelu": Graph(layer("z = ThresholdedRelu(h; alpha=0.3)")),
    "soft Shrink": Graph(layer("z = Shrink(h; lambd=0.4; bias=0.4)")),
    "hard Shrink": Graph(layer("z = Shrink(h; lambd=0.4)")),
    "Clip": Graph(layer("z = Clip(h, low, high)")),
    "Clip below": Graph(layer("z = Clip(h, low)")),
    "Clip above": Graph(layer("z = Clip(h, _, high)")),
    "Clip by attributes": Graph(layer("z = Clip(h; min=-0.5; max=0.75)"), opset=10),
    "ReLU6": Graph(layer("z = Clip(h, zero, six)")),
    "Min with a large number": Graph(layer("z = Min(h, huge)")),
    "Min and Max": Graph(layer("a = Max(h, low)\nz = Min(a, high)")),
    "Max of two layers": Graph(layer("i = MatMul(x, A)\nz = Max(h, i)")),
    "step": Graph(layer("c = Greater(h, zero)\nz = Cast(c; to=1)")),
    "step with its border": Graph(layer("c = GreaterOrEqual(h, tenth)\nz = Cast(c; to=1)")),
    "between": Graph(
        layer("c = Greater(h, low)\nd = Less(h, high)\ne = And(c, d)\nz = Where(e, h, zero)")
    ),
    "outside": Graph(
        layer("c = Less(h, low)\nd = Greater(h, high)\ne = Or(c, d)\nf = Not(e)\nz = Cast(f; to=1)")
    ),
    "a mask of itself": Graph(layer("c = Greater(h, zero)\nm = Cast(c; to=1)\nz = Mul(h, m)")),
    "Pow, Sqrt and Reciprocal": Graph(
        layer("s = Pow(h, two)\np = Add(s, one)\nr = Sqrt(p)\nz = Reciprocal(r)")
    ),
    "a quotient of two layers": Graph(layer("s = Mul(h, h)\np = Add(s, one)\nz = Div(h, p)")),
    "a product of two layers": Graph(layer("i = MatMul(x, A)\nz = Mul(h, i)")),
    "a product of absolutes": Graph(layer("a = Abs(h)\ni = MatMul(x, A)\nz = Mul(a, i)")),
    "x minus mean": Graph(layer("m = ReduceMean(h; axes=[1])\nz = Sub(h, m)")),
    "division by the length": Graph(layer("n = ReduceL2(h; axes=[1])\nz = Div(h, n)")),
    "sums of squares": Graph(
        layer(
            "s = ReduceSumSquare(h; axes=[1])\na = ReduceL1(h; axes=[1])\nb = Div(h, s)\n"
            "z = Mul(b, a)"
        )
    ),
    "LpNormalization": Graph(layer("z = LpNormalization(h; axis=1; p=2)")),
    "LayerNormalization": Graph(layer("z = LayerNormalization(h, G, B; epsilon=0.01)")),
    "Sum and Mean": Graph(layer("i = MatMul(x, A)\ns = Sum(h, i, B)\nz = Mean(s, h)")),
    "ReduceProd, ReduceMax and ReduceMin": Graph(
        "t = Tanh(x)\na = ReduceProd(t; axes=[1])\nb = ReduceMax(x; axes=[1])\n"
        "c = ReduceMin(x; axes=[-1])\ny = Sum(a, b, c)"
    ),
    **{
        f"Gemm transA={a} transB={b}": Graph(
            ("u = Transpose(x; perm=[1, 0])\n" if a else "u = Identity(x)\n")
            + f"y = Gemm(u, {'AT' if b else 'A'}, B1; transA={a}; transB={b}; alpha=0.5; beta=2.0)"
        )
        for a in (0, 1)
        for b in (0, 1)
    },
    "Gemm without bias": Graph("y = Gemm(x, A)"),
    "constants as nodes": Graph(layer("z = Tanh(h)"), constant_nodes=True),
    "weights among the inputs": Graph(layer("z = Tanh(h)"), opset=9, ir=3, as_inputs=True),
    "old Unsqueeze and Squeeze": Graph(
        layer("u = Unsqueeze(h; axes=[2])\nt = Tanh(u)\nz = Squeeze(t; axes=[2])"), opset=11
    ),
    "new Unsqueeze and Squeeze": Graph(
        layer("u = Unsqueeze(h, axis)\nt = Tanh(u)\nz = Squeeze(t, axis)"),
        more={"axis": np.array([1])},
    ),
    "BatchNormalization before": Graph(
        "n = BatchNormalization(x, S, M, M, S)\nh = Gemm(n, A, B)\ny = Tanh(h)"
    ),
    "BatchNormalization between": Graph(
        layer("n = BatchNormalization(h, G, B, B, G; epsilon=0.1)\nz = Relu(n)")
    ),
    "BatchNormalization last": Graph("h = Gemm(x, A, B)\ny = BatchNormalization(h, G, B, B, G)"),
    "Dropout": Graph(layer("d, mask = Dropout(h)\nz = Tanh(d)")),
    "Dropout of an old opset": Graph(layer("d = Dropout(h; ratio=0.3)\nz = Tanh(d)"), opset=10),
    "Softmax": Graph("h = Gemm(x, A, B)\ny = Softmax(h; axis=-1)"),
    "Softmax on axis 1": Graph("h = Gemm(x, A, B)\ny = Softmax(h; axis=1)"),
    "Softmax of an old opset": Graph("h = Gemm(x, A, B)\ny = Softmax(h)", opset=11),
    "LogSoftmax": Graph("h = Gemm(x, A, B)\ny = LogSoftmax(h; axis=1)"),
    "Log of Softmax": Graph("h = Gemm(x, A, B)\np = Softmax(h)\ny = Log(p)"),
    "a softmax inside": Graph("h = Gemm(x, A, B)\np = Softmax(h)\ny = MatMul(p, C)"),
    "a softmax beside another output": Graph(
        "h = Gemm(x, A, B)\ny = Softmax(h)\nz = Tanh(h)", outputs=("y", "z")
    ),
    "two softmaxes": Graph(
        "h = Gemm(x, A, B)\np = Softmax(h)\ng = MatMul(x, A)\nq = Softmax(g)\n"
        "y = Concat(p, q; axis=1)"
    ),
    "two columns from one": Graph(
        "h = MatMul(x, ONE)\np = Sigmoid(h)\nq = Sub(one, p)\ny = Concat(q, p; axis=1)"
    ),
    "a skip by Add": Graph("h = Gemm(x, A, B)\nt = Tanh(h)\ng = MatMul(t, D)\ny = Add(g, h)"),
    "a skip by Concat": Graph(
        "h = Gemm(x, A, B)\nt = Tanh(h)\nr = Relu(h)\nc = Concat(t, r; axis=-1)\ny = MatMul(c, E)"
    ),
    "Split, Slice and Gather": Graph(
        "a, b = Split(x; axis=1)\nc = Slice(x, starts, ends, axis)\nd = Gather(x, picks; axis=1)\n"
        "s = Sum(a, b, c, d)\nt = Tanh(s)\ny = MatMul(t, F)",
        opset=13,
        more={
            "starts": np.array([-3]),
            "ends": np.array([-1]),
            "axis": np.array([1]),
            "picks": np.array([3, 0]),
        },
    ),
    "GatherND over columns": Graph(
        "t = Transpose(x)\ng = GatherND(t, picks)\nu = Transpose(g)\ny = MatMul(u, F)",
        more={"picks": np.array([[3], [1]])},
    ),
    "Pad, Tile and Expand": Graph(
        "h = Gemm(x, A, B)\np = Pad(h, pads)\nt = Tile(p, often)\nu = Unsqueeze(t, middle)\n"
        "e = Expand(u, wide)\ny = ReduceSum(e, middle; keepdims=0)",
        more={
            "pads": np.array([0, 1, 0, 0]),
            "often": np.array([1, 2]),
            "middle": np.array([1]),
            "wide": np.array([1, 3, 1]),
        },
    ),
    "Flatten of a picture": Graph(
        "f = Flatten(x)\nh = MatMul(f, E)\ny = Sigmoid(h)", inputs=(("x", ("batch", 1, 2, 3)),)
    ),
    "Reshape by what Shape says": Graph(
        "s = Shape(x; start=0; end=1)\nw = Concat(s, rest; axis=0)\nr = Reshape(x, w)\n"
        "y = MatMul(r, E)",
        inputs=(("x", ("batch", 2, 3)),),
        more={"rest": np.array([-1])},
    ),
    "a fixed batch": Graph(
        "r = Reshape(x, whole)\ny = MatMul(r, E)",
        inputs=(("x", (12, 2, 3)),),
        more={"whole": np.array([12, 6])},
    ),
    "two inputs": Graph(
        "h = Gemm(x, A, B)\ng = MatMul(w, F)\ns = Add(h, g)\ny = Tanh(s)",
        inputs=(("x", ("batch", 4)), ("w", ("batch", 2))),
    ),
    "two outputs": Graph(
        "h = Gemm(x, A, B)\nt = Tanh(h)\ny = MatMul(t, C)\nz = Sigmoid(t)", outputs=("y", "z")
    ),
    "single units": Graph(
        "a = Gather(x, first; axis=1)\nb = Gather(x, second; axis=1)\nc = Mul(a, half)\n"
        "d = Add(c, b)\ne = Tanh(d)\nf = Mul(e, two)\ng = Add(f, a)\ny = Concat(e, g; axis=1)",
        more={"first": np.array([0]), "second": np.array([2])},
    ),
    "an Einsum": Graph('h = Einsum(x, AT; equation="bi,oi->bo")\ny = Tanh(h)'),
    "a Where of constants": Graph(
        "m = Where(mask, B, G)\nh = MatMul(x, A)\ny = Mul(h, m)",
        more={"mask": np.array([True, False, True])},
    ),
    "a constant made by its shape": Graph(
        "h = Gemm(x, A, B)\ns = Shape(h)\nc = ConstantOfShape(s)\nd = Add(c, one)\ny = Sub(d, h)"
    ),
    "weights computed from weights": Graph(
        "n = ReduceL2(A; axes=[0])\nw = Div(A, n)\nv = Mul(w, G)\ny = MatMul(x, v)"
    ),
    "names that are no words": Graph("模型 = Gemm(x, A, B)\ny = Tanh(模型)"),
    "float64": Graph(layer("z = Tanh(h)"), dtype=np.float64),
    "float16": Graph(layer("z = Tanh(h)"), dtype=np.float16),
    "a Scaler": Graph(
        "s = ai.onnx.ml.Scaler(x; offset=[1.0, 2.0, 0.5, -1.0]; scale=[0.5, 2.0, 1.0, 0.25])\n"
        "y = MatMul(s, A)"
    ),
    "an Imputer": Graph(
        "s = ai.onnx.ml.Imputer(x; imputed_value_floats=[0.0, 0.0, 0.0, 0.0])\ny = MatMul(s, A)"
    ),
    "picked columns": Graph(
        "s = ai.onnx.ml.ArrayFeatureExtractor(x, picks)\ny = MatMul(s, F)",
        more={"picks": np.array([3, 1])},
    ),
    "a Normalizer": Graph('h = MatMul(x, A)\ny = ai.onnx.ml.Normalizer(h; norm="L2")'),
    "a linear regression": Graph(
        "y = ai.onnx.ml.LinearRegressor(x; targets=2; intercepts=[0.5, -1.0]; "
        "coefficients=[1.0, 2.0, 3.0, 4.0, -1.0, 0.5, 0.25, 2.0])"
    ),
    **{
        f"a linear classifier, {after}": Graph(
            "label, y = ai.onnx.ml.LinearClassifier(x; classlabels_ints=[0, 1]; "
            "coefficients=[1.0, 2.0, 3.0, 4.0, -1.0, 0.5, 0.25, 2.0]; intercepts=[0.5, -1.0]; "
            f'post_transform="{after}")'
        )
        for after in ("NONE", "LOGISTIC", "SOFTMAX")
    },
    **{
        f"opset {opset}": Graph(
            layer("z = Tanh(h)"), opset=opset, ir=3 if opset < 9 else 8, as_inputs=opset < 9
        )
        for opset in (7, 9, 13, 20, 21)
    },
}
