"""Comparisons and what is chosen by them: steps, bends, spelled-out activations, types.

A comparison is a draft that a later node must use up (`affine.INTERNAL`); what a choice amounts to
is found in `patterns`.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np

from chainstep.files.onnx import patterns
from chainstep.files.onnx.activations import each
from chainstep.files.onnx.affine import Drafts, Form, Refused, Tensor, Value, filled
from chainstep.files.onnx.operators import (
    Node,
    Operator,
    batches,
    elementwise,
    joint_shape,
    tensor_of,
)


def thresholded(node: Node) -> Sequence[Value]:
    """Return x above alpha and 0 below: a ReLU, or a step times x."""
    alpha = float(node.get("alpha", 1.0))

    def above(form: Form) -> Form:
        return patterns.chosen(node.drafts, _greater(node.drafts, form.plus(-alpha)), form, 0.0)

    return [each(node, above)]


def shrink(node: Node) -> Sequence[Value]:
    """Return x + bias below -lambd, x - bias above lambd, 0 between."""
    bias, edge = float(node.get("bias", 0.0)), float(node.get("lambd", 0.5))

    def shrunk(form: Form) -> Form:
        drafts, inner = node.drafts, form.times(-1.0)
        above = patterns.chosen(drafts, _greater(drafts, form.plus(-edge)), form.plus(-bias), 0.0)
        below = patterns.chosen(drafts, _greater(drafts, inner.plus(-edge)), form.plus(bias), 0.0)
        return above.plus(below)

    return [each(node, shrunk)]


def _greater(drafts: Drafts, form: Form) -> Form:
    return drafts.apply(form, "greater")


def sign(node: Node) -> Sequence[Value]:
    """Return 1, 0 or -1: two steps."""
    if not isinstance(node.inputs[0], Tensor):
        return [np.sign(node.inputs[0])]

    def signed(form: Form) -> Form:
        below = node.drafts.apply(form.times(-1.0), "step")
        return node.drafts.apply(form, "step").plus(below.times(-1.0))

    return [each(node, signed)]


def comparison(kind: str) -> Operator:
    """Return a comparison: half of a step, of a leaky ReLU, of softplus with its threshold."""

    def run(node: Node) -> Sequence[Value]:
        if not any(isinstance(value, Tensor) for value in node.inputs):
            joint_shape(node, *node.inputs)
            return [_COMPARED[kind](np.asarray(node.inputs[0]), np.asarray(node.inputs[1]))]

        def compare(one: Any, two: Any) -> Form:
            fits = isinstance(one, Form)
            difference = one.plus(_minus(two)) if fits else two.times(-1.0).plus(one)
            return node.drafts.apply(difference, kind)

        return [elementwise(node, compare, node.inputs[0], node.inputs[1])]

    return run


def _minus(item: Any) -> Any:
    return item.times(-1.0) if isinstance(item, Form) else -item


_COMPARED: Final = {
    "greater": np.greater,
    "less": np.less,
    "at_least": np.greater_equal,
    "at_most": np.less_equal,
    "equal": np.equal,
}


def logic(numbers: Callable[..., Any], forms: Callable[[Drafts, Form, Form], Form]) -> Operator:
    """Return And or Or, of constants or of comparisons."""

    def run(node: Node) -> Sequence[Value]:
        one, two = node.inputs
        if not isinstance(one, Tensor) and not isinstance(two, Tensor):
            joint_shape(node, one, two)
            return [numbers(np.asarray(one, bool), np.asarray(two, bool))]

        def joined(x: Any, y: Any) -> Form:
            return forms(node.drafts, _true(node, x), _true(node, y))

        return [elementwise(node, joined, one, two)]

    return run


def _true(node: Node, item: Any) -> Form:
    form = patterns.truth(node.drafts, item) if isinstance(item, Form) else Form({}, float(item))
    if form is None:
        raise Refused("it joins what are no comparisons")
    return form


def _either(drafts: Drafts, one: Form, two: Form) -> Form:
    return patterns.opposite(patterns.both(drafts, patterns.opposite(one), patterns.opposite(two)))


def negation(node: Node) -> Sequence[Value]:
    """Return the opposite of a comparison."""
    if not isinstance(node.inputs[0], Tensor):
        return [~np.asarray(node.inputs[0], bool)]
    return [each(node, lambda form: patterns.opposite(_true(node, form)))]


def cast(node: Node) -> Sequence[Value]:
    """Change the type: forms have none, but a comparison becomes a step."""
    value = node.inputs[0]
    kind = int(node.get("to", 1))
    if not isinstance(value, Tensor):
        return [np.asarray(value).astype(np.float64 if kind in (1, 10, 11, 16) else np.int64)]
    steps = [patterns.truth(node.drafts, form) for form in value.array.ravel().tolist()]
    if kind not in (1, 10, 11, 16) and None in steps:
        raise Refused("it cuts numbers to whole ones")
    return [value if None in steps else Tensor(filled(value.array.shape, steps), value.batch)]


def where(node: Node) -> Sequence[Value]:
    """Choose by a comparison: softplus with its threshold, a step, a leaky ReLU."""
    node.drafts.charge(prod(joint_shape(node, *node.inputs)))
    if not any(isinstance(value, Tensor) for value in node.inputs):
        return [np.where(*(np.asarray(value) for value in node.inputs))]
    condition = node.tensor()
    arrays = [v.array if isinstance(v, Tensor) else np.asarray(v, object) for v in node.inputs[1:]]
    chosen, yes, no = np.broadcast_arrays(condition.array, *arrays)
    items = zip(chosen.ravel(), yes.ravel(), no.ravel(), strict=True)
    forms = [_chosen(node.drafts, *item) for item in items]
    return [tensor_of(filled(chosen.shape, forms), batches(node.inputs, chosen.ndim))]


def _chosen(drafts: Drafts, condition: Form, yes: Any, no: Any) -> Form:
    """Choose one of two items, by a comparison or by a constant."""
    if condition.terms:
        return patterns.chosen(drafts, condition, yes, no)
    item = yes if condition.offset else no
    return item if isinstance(item, Form) else Form({}, float(item))


#: The operators of this file.
CHOICES: Final[Mapping[str, Operator]] = {
    "ThresholdedRelu": thresholded,
    "Shrink": shrink,
    "Sign": sign,
    "Greater": comparison("greater"),
    "Less": comparison("less"),
    "GreaterOrEqual": comparison("at_least"),
    "LessOrEqual": comparison("at_most"),
    "Equal": comparison("equal"),
    "And": logic(np.logical_and, patterns.both),
    "Or": logic(np.logical_or, _either),
    "Not": negation,
    "Cast": cast,
    "Where": where,
}
