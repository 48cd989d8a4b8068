"""What ONNX's arithmetic and shape operators do to affine forms: a table, operator to function.

Each function takes a `Node` and returns its outputs. Operators that make units are in
`activations`; the tables are joined and run in `reader`.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from chainstep.files.onnx.affine import Drafts, Form, Objects, Refused, Tensor, Value, cost, filled

#: What `Shape` says of the axis of the examples; only `Reshape` can make sense of it.
BATCH: Final = -(2**40)

_MOST_ELEMENTS: Final = 2_000_000

MIXED: Final = "it mixes the examples of a batch; each example must go through the net alone"


class Node:
    """One operator with its inputs, attributes and the units made so far.

    opset: the version of its operators. outputs: how many it has.
    """

    def __init__(
        self,
        inputs: list[Value],
        attributes: Mapping[str, Any],
        drafts: Drafts,
        opset: int = 0,
        outputs: int = 1,
        kind: str = "",
    ) -> None:
        self.inputs, self.attributes, self.drafts = inputs, attributes, drafts
        self.opset, self.outputs, self.kind = opset, outputs, kind

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def input(self, place: int) -> Value:
        """Return an input, None where it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def tensor(self, place: int = 0) -> Tensor:
        """Return an input that must depend on the net's inputs, or a constant made to look so."""
        value = self.inputs[place]
        if isinstance(value, Tensor):
            return value
        forms = [Form({}, float(v)) for v in np.asarray(value).ravel()]
        return Tensor(filled(np.shape(value), forms), None)

    def constant(self, place: int, what: str = "an operand") -> NDArray[Any] | None:
        """Return an input that must be constant; None where it is left out."""
        value = self.input(place)
        if isinstance(value, Tensor):
            raise Refused(f"{what} depends on the inputs, but must be a constant")
        return None if value is None else np.asarray(value)

    def axes(self) -> list[int] | None:
        """Return the axes: an attribute in old opsets, an input in new ones."""
        given = self.get("axes")
        if given is None and (value := self.constant(1, "axes")) is not None:
            given = value.ravel().tolist()
        return None if given is None else [int(axis) for axis in given]


Operator = Callable[[Node], Sequence[Value]]


def joint_shape(node: Node, *values: Value) -> tuple[int, ...]:
    """Return the shape that values have together, if it is not far too large."""
    shapes = [v.array.shape if isinstance(v, Tensor) else np.shape(v) for v in values]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise Refused("its operands do not fit") from None
    refuse_size(node, prod(shape))
    return shape


def refuse_size(node: Node, size: int) -> None:
    """Refuse to make a tensor with so many elements, before it is made."""
    if size > _MOST_ELEMENTS:
        raise Refused("it makes a tensor far too large for a net of single units")
    node.drafts.charge(size // 50)


def elementwise(node: Node, function: Callable[[Any, Any], Any], one: Value, two: Value) -> Value:
    """Apply a function to pairs of items, broadcast; an item is a Form or a number."""
    size = prod(joint_shape(node, one, two))
    for value in (one, two):
        if isinstance(value, Tensor):
            node.drafts.charge(cost(value) * size // max(value.array.size, 1))
    arrays = [v.array if isinstance(v, Tensor) else np.asarray(v, dtype=object) for v in (one, two)]
    left, right = np.broadcast_arrays(*arrays)
    pairs = zip(left.ravel().tolist(), right.ravel().tolist(), strict=True)
    out = filled(left.shape, [function(x, y) for x, y in pairs])
    return tensor_of(out, batches((one, two), out.ndim))


def batches(values: Sequence[Value], rank: int) -> set[int]:
    """Return where the axis of the examples comes to lie when values are broadcast together."""
    tensors = [v for v in values if isinstance(v, Tensor) and v.batch is not None]
    return {v.batch + rank - v.array.ndim for v in tensors if v.batch is not None}


def tensor_of(array: Objects, places: set[int]) -> Tensor:
    """Return a tensor. Raises Refused where its operands disagree on the axis of the examples."""
    batch = next(iter(places), None)
    if len(places) > 1 or (batch is not None and array.shape[batch] != 1):
        raise Refused(MIXED)
    return Tensor(array, batch)


def arithmetic(
    numbers: Callable[[Any, Any], Any], items: Callable[[Node, Any, Any], Any]
) -> Operator:
    """Return an operator of two operands: `numbers` where both are constant, else `items`."""

    def run(node: Node) -> Sequence[Value]:
        one, two = node.inputs
        if not isinstance(one, Tensor) and not isinstance(two, Tensor):
            joint_shape(node, one, two)
            with np.errstate(all="ignore"):
                return [numbers(np.asarray(one), np.asarray(two))]
        return [elementwise(node, lambda x, y: items(node, x, y), one, two)]

    return run


def plus(node: Node, x: Any, y: Any) -> Form:
    """Add two items."""
    return x.plus(y) if isinstance(x, Form) else y.plus(x)


def minus(node: Node, x: Any, y: Any) -> Form:
    """Subtract two items."""
    return plus(node, x, y.times(-1.0) if isinstance(y, Form) else -y)


def divide_numbers(x: Any, y: Any) -> Any:
    """Divide constants as ONNX does: whole numbers stay whole."""
    return np.trunc(x / y).astype(np.int64) if x.dtype.kind == y.dtype.kind == "i" else x / y


def _many(items: Callable[[Node, Any, Any], Form], mean: bool = False) -> Operator:
    def run(node: Node) -> Sequence[Value]:
        total = node.inputs[0]
        for other in node.inputs[1:]:
            total = elementwise(node, lambda x, y: _either(node, items, x, y), total, other)
        if mean:
            share = 1.0 / len(node.inputs)
            total = elementwise(node, lambda x, y: x.times(y), total, share)
        return [total]

    return run


def _either(node: Node, items: Callable[[Node, Any, Any], Form], x: Any, y: Any) -> Any:
    return items(node, x, y) if isinstance(x, Form) or isinstance(y, Form) else x + y


# --- matrices -----------------------------------------------------------------------------------


def matmul(node: Node) -> Sequence[Value]:
    """Multiply: a matrix product with a constant makes weights."""
    return [product(node, node.inputs[0], node.inputs[1])]


def fused_matmul(node: Node) -> Sequence[Value]:
    """Return alpha A B with the last two axes of either turned as asked (onnxruntime's own)."""
    one, two = node.inputs[:2]
    one = swapped(one) if node.get("transA", 0) else one
    two = swapped(two) if node.get("transB", 0) else two
    if node.get("transBatchA", 0) or node.get("transBatchB", 0):
        raise Refused("it turns its axes about; save the model without optimising it")
    out = product(node, one, two)
    return [_scaled(node, out, float(node.get("alpha", 1.0)))]


def gemm(node: Node) -> Sequence[Value]:
    """Return alpha A B + beta C, A and B transposed as asked."""
    one, two = node.inputs[:2]
    one = turned(one) if node.get("transA", 0) else one
    two = turned(two) if node.get("transB", 0) else two
    alpha, beta = float(node.get("alpha", 1.0)), float(node.get("beta", 1.0))
    if alpha != 1.0:
        one, two = (one * alpha, two) if not isinstance(one, Tensor) else (one, two * alpha)
    out = product(node, one, two)
    third = node.input(2)
    if third is None:
        return [out]
    if beta != 1.0:
        third = _scaled(node, third, beta)
    if not isinstance(out, Tensor):
        return [out + third]
    return [elementwise(node, lambda x, y: plus(node, x, y), out, third)]


def _scaled(node: Node, value: Value, factor: float) -> Value:
    if not isinstance(value, Tensor):
        return np.asarray(value) * factor
    return elementwise(node, lambda x, y: x.times(y), value, factor)


def turned(value: Value) -> Value:
    """Return the transpose of a matrix."""
    if not isinstance(value, Tensor):
        return np.asarray(value).T
    batch = None if value.batch is None else value.array.ndim - 1 - value.batch
    return Tensor(value.array.T, batch)


def product(node: Node, one: Value, two: Value) -> Value:
    """Return a matrix product of which at most one operand depends on the inputs."""
    if isinstance(one, Tensor) and isinstance(two, Tensor):
        raise Refused("it multiplies two matrices that both depend on the inputs")
    if not isinstance(one, Tensor) and not isinstance(two, Tensor):
        refuse_size(node, np.size(one) // max(np.shape(one)[-1], 1) * np.size(two))
        return np.asarray(one) @ np.asarray(two)
    if isinstance(one, Tensor):
        return _times_constant(node, one, np.asarray(two))
    if two.array.ndim == 1:
        return _times_constant(node, two, np.asarray(one).T)
    return swapped(_times_constant(node, swapped(two), np.asarray(one).T))


def swapped(value: Value) -> Value:
    """Return a value with its last two axes exchanged."""
    if not isinstance(value, Tensor):
        return np.asarray(value).swapaxes(-1, -2)
    rank = value.array.ndim
    swap = {rank - 1: rank - 2, rank - 2: rank - 1}
    batch = None if value.batch is None else swap.get(value.batch, value.batch)
    return Tensor(value.array.swapaxes(-1, -2), batch)


def _times_constant(node: Node, value: Tensor, weights: NDArray[Any]) -> Tensor:
    array = value.array
    if weights.ndim not in (1, 2) or array.ndim == 0 or array.shape[-1] != weights.shape[0]:
        raise Refused("the weights do not fit what they are applied to")
    if value.batch == array.ndim - 1:
        raise Refused(MIXED)
    matrix = weights if weights.ndim == 2 else weights[:, None]
    rows = array.reshape(-1, array.shape[-1])
    forms = [form for row in rows for form in weighted(node.drafts, row.tolist(), matrix)]
    tail = weights.shape[1:] if weights.ndim == 2 else ()
    return Tensor(filled((*array.shape[:-1], *tail), forms), value.batch)


def weighted(drafts: Drafts, row: list[Form], matrix: NDArray[Any]) -> list[Form]:
    """Return the weighted sums of a row of forms, one for each column of the matrix.

    What is itself a weighted sum becomes a unit first: two layers stay two.
    """
    drafts.spend(matrix.size)
    row = [drafts.own_unit(f) if len(f.terms) > 1 or (f.dense and f.terms) else f for f in row]
    sources = [next(iter(form.terms), -1) for form in row]
    columns = matrix.T.tolist()
    if len(set(sources)) == len(sources) and all(_bare(form) for form in row):
        return [Form(dict(zip(sources, column, strict=True)), None, True) for column in columns]
    return [_sum(row, column) for column in columns]


def _bare(form: Form) -> bool:
    return form.constant is None and form.alone() is not None


def _sum(row: list[Form], column: list[float]) -> Form:
    terms: dict[int, float] = {}
    constant = None
    for form, weight in zip(row, column, strict=True):
        for unit, factor in form.terms.items():
            terms[unit] = terms.get(unit, 0.0) + weight * factor
        if form.constant is not None:
            constant = (constant or 0.0) + weight * form.constant
    return Form(terms, constant, True)


# --- normalisation ------------------------------------------------------------------------------


def batch_normalization(node: Node) -> Sequence[Value]:
    """Fold a batch norm in evaluation: y = (x - mean) / sqrt(var + eps) scale + shift."""
    if node.get("training_mode", 0):
        raise Refused("it is a batch norm in training mode; export after model.eval()")
    scale, shift, mean, var = (node.constant(n, "a statistic") for n in (1, 2, 3, 4))
    assert scale is not None
    assert shift is not None
    assert mean is not None
    assert var is not None
    if (var + node.get("epsilon", 1e-5) <= 0).any():
        raise Refused("its variance is not positive")
    factor = scale / np.sqrt(var + node.get("epsilon", 1e-5))
    node.drafts.note("Batch normalisation is folded into weights and biases.")
    return [affine(node, factor, shift - mean * factor)]


def affine(node: Node, factor: NDArray[Any], shift: NDArray[Any]) -> Value:
    """Return x factor + shift, a number of each for every channel."""
    value = node.tensor()
    if value.array.ndim > 2:  # channels are axis 1
        shape = (-1, *[1] * (value.array.ndim - 2))
        factor, shift = factor.reshape(shape), shift.reshape(shape)
    scaled = elementwise(node, lambda x, y: x.times(float(y)), value, factor)
    return elementwise(node, lambda x, y: x.plus(float(y)), scaled, shift)


def dropout(node: Node) -> Sequence[Value]:
    """Pass on: a dropout does nothing in evaluation."""
    training = node.constant(2, "its mode")
    ratio = node.constant(1, "its ratio")
    if training is not None and bool(training.any()) and (ratio is None or ratio.any()):
        raise Refused("it is a dropout in training mode; export after model.eval()")
    node.drafts.note("Dropout is left out: it does nothing once a model is trained.")
    return [node.inputs[0], None]


def reduce_sum(mean: bool) -> Operator:
    """Return the operator that sums (or averages) over axes."""

    def run(node: Node) -> Sequence[Value]:
        def total(items: list[Any]) -> Form:
            form: Form = items[0]
            for other in items[1:]:
                form = form.plus(other)
            return form.times(1.0 / len(items)) if mean else form

        return [reduced(node, total)]

    return run


def reduced(node: Node, function: Callable[[list[Any]], Form]) -> Tensor:
    """Reduce a tensor over the axes of the node, which must not be that of the examples."""
    value = node.tensor()
    node.drafts.charge(cost(value))
    rank = value.array.ndim
    axes = node.axes()
    chosen = sorted({axis % rank for axis in (axes or range(rank))})
    if value.batch in chosen:
        raise Refused(MIXED)
    rest = [axis for axis in range(rank) if axis not in chosen]
    flat = value.array.transpose(rest + chosen)
    shape = flat.shape[: len(rest)]
    count = int(np.prod([value.array.shape[axis] for axis in chosen]))
    out = filled(shape, [function(list(items)) for items in flat.reshape(-1, count)])
    batch = None if value.batch is None else rest.index(value.batch)
    if node.get("keepdims", 1):
        out = np.expand_dims(out, tuple(chosen))
        batch = value.batch
    return Tensor(out, batch)


#: The operators of this file; "numbers" says what happens to constants.
ARITHMETIC: Final[Mapping[str, Operator]] = {
    "Add": arithmetic(lambda x, y: x + y, plus),
    "Sub": arithmetic(lambda x, y: x - y, minus),
    "Sum": _many(plus),
    "Mean": _many(plus, mean=True),
    "MatMul": matmul,
    "FusedMatMul": fused_matmul,
    "Gemm": gemm,
    "BatchNormalization": batch_normalization,
    "Dropout": dropout,
    "ReduceSum": reduce_sum(mean=False),
    "ReduceMean": reduce_sum(mean=True),
}
