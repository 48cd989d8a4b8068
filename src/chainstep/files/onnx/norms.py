"""Norms within one example: what they are made of, unit by unit; their sums of squares too.

A layer norm cannot be folded into weights as a batch norm is: it becomes a square and a product
unit for each number, and one root. Batch norms and plain sums are in `operators`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from chainstep.files.onnx.affine import Drafts, Form, Refused, Tensor, Value, cost, filled
from chainstep.files.onnx.operators import MIXED, Node, Operator, elementwise, reduced
from chainstep.network.model import PRODUCT


def total(forms: list[Form]) -> Form:
    """Return the sum of forms."""
    result = forms[0]
    for form in forms[1:]:
        result = result.plus(form)
    return result


def squares(drafts: Drafts, forms: list[Form]) -> Form:
    """Return the sum of the squares of forms."""
    return total([drafts.apply(form, "power", exponent=2.0) for form in forms])


def absolutes(drafts: Drafts, forms: list[Form]) -> Form:
    """Return the sum of the absolute values of forms."""
    return total([drafts.apply(form, "abs") for form in forms])


def length(drafts: Drafts, forms: list[Form]) -> Form:
    """Return the root of the sum of squares."""
    return drafts.apply(squares(drafts, forms), "power", exponent=0.5)


def _reduction(function: Callable[[Drafts, list[Form]], Form]) -> Operator:
    def run(node: Node) -> Sequence[Value]:
        return [reduced(node, partial(function, node.drafts))]

    return run


def _rows(node: Node, axis: int) -> tuple[Tensor, Any]:
    """Return the first input and its numbers as rows, one for each norm to be taken."""
    value = node.tensor()
    rank = value.array.ndim
    if not -rank <= axis < rank:
        raise Refused("its axis does not exist")
    if value.batch is not None and value.batch >= axis % rank:
        raise Refused(MIXED)
    node.drafts.charge(2 * cost(value))
    rest = int(np.prod(value.array.shape[axis % rank :]))
    return value, value.array.reshape(-1, max(rest, 1))


def _scaled(drafts: Drafts, forms: list[Form], below: Form) -> list[Form]:
    """Return forms multiplied by one that is common to all."""
    return [drafts.factors(PRODUCT, [form, below]) for form in forms]


def layer_norm(centred: bool) -> Operator:
    """Return (x - mean) / sqrt(variance + eps) scale + shift; without the mean if not centred."""

    def row_of(drafts: Drafts, row: list[Form], epsilon: float) -> list[Form]:
        units = [drafts.own_unit(f) if len(f.terms) > 1 else f for f in row]
        if centred:
            mean = total(units).times(-1.0 / len(units))
            units = [drafts.own_unit(form.plus(mean)) for form in units]
        variance = squares(drafts, units).times(1.0 / len(units)).plus(epsilon)
        return _scaled(drafts, units, drafts.apply(variance, "power", exponent=-0.5))

    def run(node: Node) -> Sequence[Value]:
        value, rows = _rows(node, int(node.get("axis", -1)))
        epsilon = float(node.get("epsilon", 1e-5))
        forms = [f for row in rows for f in row_of(node.drafts, row.tolist(), epsilon)]
        out: Value = Tensor(filled(value.array.shape, forms), value.batch)
        out = elementwise(node, lambda x, y: x.times(float(y)), out, node.constant(1, "its scale"))
        shift = node.constant(2, "its shift")
        if shift is not None:
            out = elementwise(node, lambda x, y: x.plus(float(y)), out, shift)
        node.drafts.note(_SPELT.format("normalisation within each example"))
        return [out, None, None]

    return run


def unit_length(node: Node) -> Sequence[Value]:
    """Divide by the length within each example: LpNormalization, scikit-learn's Normalizer."""
    kind = str(node.get("norm", f"L{node.get('p', 2)}"))
    if kind not in ("L1", "L2"):
        raise Refused("only the lengths L1 and L2 can be drawn; leave the normaliser out")
    value, rows = _rows(node, int(node.get("axis", -1)))
    if rows.shape[-1] != value.array.shape[-1]:
        raise Refused("it must act on the last axis")
    if kind == "L1" and all(_are_shares(node.drafts, row) for row in rows.tolist()):
        return [value]
    forms: list[Form] = []
    for row in rows.tolist():
        if kind == "L1":
            below = node.drafts.apply(absolutes(node.drafts, row), "reciprocal")
        else:
            below = node.drafts.apply(squares(node.drafts, row), "power", exponent=-0.5)
        forms += _scaled(node.drafts, row, below)
    node.drafts.note(_SPELT.format("division by the length"))
    return [Tensor(filled(value.array.shape, forms), value.batch)]


def _are_shares(drafts: Drafts, row: list[Form]) -> bool:
    """Tell the outputs of one softmax: they add up to 1 already."""
    units = [drafts.units[unit] for form in row if (unit := form.alone()) is not None]
    groups = {unit.group for unit in units if unit.activation == "softmax"}
    return len(units) == len(row) and len(groups) == 1 and groups != {-1}


_SPELT: Final = "The {} is drawn as what it is made of: squares, a root and product units."

#: The operators of this file.
NORMS: Final[Mapping[str, Operator]] = {
    "LayerNormalization": layer_norm(centred=True),
    "RMSNormalization": layer_norm(centred=False),
    "SimplifiedLayerNormalization": layer_norm(centred=False),
    "LpNormalization": unit_length,
    "Normalizer": unit_length,
    "ReduceL1": _reduction(absolutes),
    "ReduceL2": _reduction(length),
    "ReduceSumSquare": _reduction(squares),
}
