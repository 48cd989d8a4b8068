"""What scikit-learn's converter writes in the domain ai.onnx.ml, as far as it is a net of units.

A logistic or linear regression is a net of one layer. Labels are dropped in `model`; trees, support
vectors and encoders are refused by name (`names`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from chainstep.files.onnx.activations import softmax
from chainstep.files.onnx.affine import Refused, Tensor, Value, filled
from chainstep.files.onnx.choices import comparison
from chainstep.files.onnx.operators import Node, Operator, affine, elementwise, product
from chainstep.files.onnx.patterns import truth
from chainstep.files.onnx.shapes import gather


def scaler(node: Node) -> Sequence[Value]:
    """Fold a scaler: y = (x - offset) scale."""
    scale = np.asarray(node.get("scale", [1.0]), dtype=np.float64)
    offset = np.asarray(node.get("offset", [0.0]), dtype=np.float64)
    node.drafts.note("The scaling of the inputs is folded into the weights of the first layer.")
    return [affine(node, scale, -offset * scale)]


def imputer(node: Node) -> Sequence[Value]:
    """Pass on: here no number is ever missing."""
    if not np.isnan(node.get("replaced_value_float", np.nan)):
        raise Refused("it replaces a number that may well be meant; leave the imputer out")
    node.drafts.note("The imputer is left out: no input is ever missing here.")
    return [node.inputs[0]]


def pick(node: Node) -> Sequence[Value]:
    """Pick columns: a gather along the last axis."""
    columns = node.constant(1, "what it picks")
    assert columns is not None
    inputs = [node.inputs[0], columns.ravel()]
    return gather(Node(inputs, {"axis": -1}, node.drafts, node.opset, 1, node.kind))


def binarizer(node: Node) -> Sequence[Value]:
    """Return 1 above the threshold, else 0."""
    value = comparison("greater")(
        Node([node.inputs[0], np.float64(node.get("threshold", 0.0))], {}, node.drafts)
    )[0]
    forms = [truth(node.drafts, form) for form in value.array.ravel().tolist()]
    return [Tensor(filled(value.array.shape, forms), value.batch)]


def linear_regressor(node: Node) -> Sequence[Value]:
    """Return a linear regression."""
    if node.get("post_transform", "NONE") != "NONE":
        raise Refused("what it does after the sum is not known here")
    return [_weighted(node, max(int(node.get("targets", 1)), 1))]


def linear_classifier(node: Node) -> Sequence[Value]:
    """Return label (dropped) and scores of a linear or logistic classifier."""
    bias = np.asarray(node.get("intercepts", []), dtype=np.float64)
    classes = len(node.get("classlabels_ints") or node.get("classlabels_strings") or bias)
    count = len(bias) or classes
    scores = _weighted(node, count)
    after = str(node.get("post_transform", "NONE"))
    if after not in _AFTER:
        raise Refused(f"what it does after the sum ({after}) is not known here")
    out = (
        _AFTER[after](Node([scores], {"axis": -1}, node.drafts, 13))[0]
        if after != "NONE"
        else scores
    )
    if count == 1 and classes == 2:
        if after != "LOGISTIC":
            raise Refused("it has one sum for two classes; export it with its probabilities")
        form = out.array.ravel()[0]
        out = Tensor(filled((1, 2), [form.times(-1.0).plus(1.0), form]), out.batch)
    return [None, out]


def _weighted(node: Node, count: int) -> Value:
    """Return the weighted sums of a linear model: coefficients are (count, inputs)."""
    numbers: NDArray[Any] = np.asarray(node.get("coefficients", []), dtype=np.float64)
    width = node.tensor().array.shape[-1]
    if numbers.size != count * width:
        raise Refused("its coefficients do not fit its inputs")
    out = product(node, node.tensor(), numbers.reshape(count, width).T)
    bias = np.asarray(node.get("intercepts", []), dtype=np.float64)
    return elementwise(node, lambda x, y: x.plus(float(y)), out, bias) if bias.size else out


def _logistic(node: Node) -> Sequence[Value]:
    forms = [node.drafts.apply(f, "logistic") for f in node.tensor().array.ravel().tolist()]
    return [Tensor(filled(node.tensor().array.shape, forms), node.tensor().batch)]


_AFTER: Final[Mapping[str, Operator]] = {
    "NONE": lambda node: node.inputs,
    "LOGISTIC": _logistic,
    "SOFTMAX": softmax("softmax"),
}

#: The operators of this file.
CLASSICAL: Final[Mapping[str, Operator]] = {
    "Scaler": scaler,
    "Imputer": imputer,
    "ArrayFeatureExtractor": pick,
    "Binarizer": binarizer,
    "LinearRegressor": linear_regressor,
    "LinearClassifier": linear_classifier,
}
