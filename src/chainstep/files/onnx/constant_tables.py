"""Operators that exporters put between constants, to compute shapes and masks with.

Only small tables are made (`refuse_size`), and only where every operand is constant; what they mean
for a value that depends on the inputs is in `activations`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from chainstep.files.onnx.affine import Refused, Tensor, Value
from chainstep.files.onnx.operators import BATCH, Node, Operator, joint_shape, refuse_size


def table(function: Callable[..., Any]) -> Operator:
    """Return the operator of constants only."""

    def run(node: Node) -> Sequence[Value]:
        if any(isinstance(value, Tensor) for value in node.inputs):
            raise Refused("it acts on what depends on the inputs; there is no such unit")
        joint_shape(node, *node.inputs)
        with np.errstate(all="ignore"):
            return [function(*(np.asarray(value) for value in node.inputs))]

    return run


def constant_of_shape(node: Node) -> Sequence[Value]:
    """Return a constant tensor; the axis of the examples has length 1."""
    wanted = node.constant(0, "its shape")
    assert wanted is not None
    shape = [1 if size == BATCH else int(size) for size in wanted.ravel()]
    if len(shape) > 8 or min(shape, default=0) < 0:
        raise Refused("its shape is none")
    refuse_size(node, int(np.prod(shape, dtype=object)))
    value = node.get("value")
    return [np.full(shape, 0.0 if value is None else np.ravel(value)[0])]


def _mod(one: Any, two: Any) -> Any:
    if not np.all(two):
        raise Refused("it divides by 0")
    return np.mod(one, two)


#: The operators of this file.
CONSTANTS: Final[Mapping[str, Operator]] = {
    "ConstantOfShape": constant_of_shape,
    "Mod": table(_mod),
    "Floor": table(np.floor),
    "Ceil": table(np.ceil),
    "Size": table(lambda value: np.int64(value.size)),
}
