"""Einsum of a tensor with constant weights: a matrix product with its axes put in order.

Other products are in `operators`.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from chainstep.files.onnx.affine import Refused, Tensor, Value, filled
from chainstep.files.onnx.operators import MIXED, Node, weighted


def einsum(node: Node) -> Sequence[Value]:
    """Return the sum that the equation says, "mk,kb->mb" say, of one tensor and one constant."""
    left, _, result = str(node.get("equation", "")).replace(" ", "").partition("->")
    names = left.split(",")
    fits = len(names) == len(node.inputs) == 2 and result.isalpha() and "." not in left
    tensors = [n for n, value in enumerate(node.inputs) if isinstance(value, Tensor)]
    if not fits or len(tensors) != 1:
        raise Refused("only the product of a tensor with constant weights can be drawn")
    which = tensors[0]
    value: Tensor = node.inputs[which]
    return [_product(node, value, names[which], node.inputs[1 - which], names[1 - which], result)]


def _product(
    node: Node, value: Tensor, axes: str, constant: Any, weights: str, result: str
) -> Tensor:
    summed = [axis for axis in axes if axis in weights and axis not in result]
    kept = [axis for axis in axes if axis not in summed]
    made = [axis for axis in weights if axis not in summed]
    if sorted(result) != sorted(kept + made) or len(set(axes)) < len(axes) or not summed:
        raise Refused("only the product of a tensor with constant weights can be drawn")
    if value.batch is not None and axes[value.batch] in summed:
        raise Refused(MIXED)
    array = value.array.transpose([axes.index(axis) for axis in kept + summed])
    matrix = np.asarray(constant).transpose([weights.index(axis) for axis in summed + made])
    count = prod(matrix.shape[: len(summed)])
    rows = array.reshape(-1, count)
    flat = matrix.reshape(count, -1)
    forms = [form for row in rows for form in weighted(node.drafts, row.tolist(), flat)]
    out = filled((*array.shape[: len(kept)], *matrix.shape[len(summed) :]), forms)
    there = kept + made
    batch = None if value.batch is None else result.index(axes[value.batch])
    return Tensor(out.transpose([there.index(axis) for axis in result]), batch)
