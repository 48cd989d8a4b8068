"""ONNX in: the graph of another program read as a net of single units.

Opening and checking the file is in `model`; a document that Chainstep itself put inside comes
back as it was drawn (`embedded`). Else each operator is applied to affine forms and the units that
the outputs need are drawn by `drawing`. Writing is in `writer`.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from chainstep.errors import FileError
from chainstep.files import embedded
from chainstep.files.document.text import label
from chainstep.files.imported import Imported
from chainstep.files.onnx.activations import UNITS
from chainstep.files.onnx.affine import Draft, Drafts, Form, Refused, Tensor, Value, filled
from chainstep.files.onnx.choices import CHOICES
from chainstep.files.onnx.classical import CLASSICAL
from chainstep.files.onnx.constant_tables import CONSTANTS
from chainstep.files.onnx.drawing import drawn
from chainstep.files.onnx.einsum import einsum
from chainstep.files.onnx.model import (
    Model,
    array_of,
    checked,
    constants,
    parsed,
    spoken,
    structure,
)
from chainstep.files.onnx.norms import NORMS
from chainstep.files.onnx.notes import maker, told_of
from chainstep.files.onnx.operators import ARITHMETIC, Node, Operator
from chainstep.files.onnx.shapes import SHAPES
from chainstep.files.sizes import LARGEST, Limit, TooLarge

OPERATORS: Final[Mapping[str, Operator]] = {
    **ARITHMETIC,
    **SHAPES,
    **UNITS,
    **CHOICES,
    **NORMS,
    **CLASSICAL,
    **CONSTANTS,
    "Einsum": einsum,
}

#: Element types of numbers with a point: float, float16, double, bfloat16.
_FLOATS: Final = (1, 10, 11, 16)
_MOST_INPUTS: Final = 5_000
#: The one attribute that may be NaN: what an imputer looks for.
_MISSING: Final = "replaced_value_float"


def read_onnx(path: Path, limit: Limit = LARGEST) -> Imported:
    """Return the project that an ONNX file holds, and what to tell of it.

    Raises FileError; TooLarge where the net has more units or connections than the limit.
    """
    try:
        with np.errstate(all="ignore"):  # what is not finite is refused where it would be drawn
            return _read(path, limit)
    except FileError:
        raise
    except Exception as error:  # names that are no text, and whatever else broken bytes provoke
        raise FileError(
            f"{path.name} is damaged ({type(error).__name__} while reading it): export it again."
        ) from error


def _read(path: Path, limit: Limit) -> Imported:
    model = parsed(path)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    if embedded.DOCUMENT in properties:
        weights = constants(model, path.name)
        restored = embedded.restored(properties, weights, structure(model))
        if restored is not None:
            return Imported(project=restored, made_by="Chainstep", notes=(embedded.AS_DRAWN,))
    model, notes = checked(model, path.name)
    weights = constants(model, path.name)
    try:
        drafts, outputs = _run(model, weights, path.name, limit)
        project = drawn(drafts, outputs, embedded.names(properties), path.name)
    except TooLarge as error:
        raise error.named(path.name) from None
    except Refused as error:
        raise FileError(f"{path.name}: {error}.") from None
    notes += [*drafts.notes, *told_of(model, weights, project)]
    return Imported(project=project, made_by=maker(model), notes=tuple(notes))


def _run(
    model: Model, weights: dict[str, Any], name: str, limit: Limit
) -> tuple[Drafts, list[tuple[str, Tensor]]]:
    """Return every unit and, by name, the outputs' forms."""
    inputs = [value for value in model.graph.input if value.name not in weights]
    drafts = Drafts(limit, _fixed_batch(inputs))
    values: dict[str, Value] = dict(weights)
    for value in inputs:
        values[value.name] = _input(value, drafts, name)
    opset = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 17)
    for node in model.graph.node:
        results = _apply(node, values, drafts, opset, name)
        values.update(zip(node.output, results, strict=False))
        _name(drafts, node, results)
    return drafts, [(value.name, _output(values, value.name)) for value in model.graph.output]


def _fixed_batch(inputs: list[Any]) -> int:
    """Return the number of examples that the graph was exported for, 0 for any number."""
    shapes = [value.type.tensor_type.shape.dim for value in inputs]
    sizes = {dims[0].dim_value for dims in shapes if len(dims) > 1}
    return int(sizes.pop()) if len(sizes) == 1 else 0


def _input(value: Any, drafts: Drafts, name: str) -> Tensor:
    """Return an input as forms, one input unit for each of its numbers."""
    tensor = value.type.tensor_type
    if tensor.elem_type not in _FLOATS:
        raise FileError(
            f"{name}: its input {label(value.name)} is not made of numbers with a point: export a "
            "model whose inputs are float32."
        )
    sizes = [dim.dim_value for dim in tensor.shape.dim]
    batch = 0 if len(sizes) > 1 else None
    own = sizes[1:] if len(sizes) > 1 else sizes
    if not sizes or min(own, default=1) < 1:
        raise FileError(
            f"{name}: the size of its input {label(value.name)} is not fixed: export it with a "
            "fixed number of inputs, such as float32[batch, 4]."
        )
    count = int(np.prod(own, dtype=object))
    if count > _MOST_INPUTS:
        drafts.limit = Limit(units=min(count - 1, drafts.limit.units), connections=0)
    forms = [drafts.unit(Draft(Form({}), "input", {}, value.name)) for _ in range(count)]
    shape = (1, *own) if batch == 0 else tuple(own)
    return Tensor(filled(shape, forms), batch)


def _apply(
    node: Any, values: dict[str, Value], drafts: Drafts, opset: int, name: str
) -> list[Value]:
    if node.op_type == "Constant":
        return [_constant(node, name)]
    inputs = [values.get(key) if key else None for key in node.input]
    while inputs and inputs[-1] is None:
        inputs.pop()
    attributes = {a.name: _attribute(a, name) for a in node.attribute}
    if _is_training(node, attributes, opset):
        raise Refused(f"{spoken(node)} is in training mode: export after model.eval()")
    operator = OPERATORS[node.op_type]
    try:
        made = operator(Node(inputs, attributes, drafts, opset, len(node.output), node.op_type))
        alone = not any(isinstance(value, Tensor) for value in inputs)
        return [_numbers(value) for value in made] if alone else list(made)
    except Refused as error:
        raise Refused(f"{spoken(node)} cannot be drawn: {error}") from None
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise Refused(
            f"{spoken(node)} cannot be drawn: its operands do not fit ({type(error).__name__}); "
            "export the model again"
        ) from error


def _numbers(value: Value) -> Value:
    """Return what was made of constants alone as constants."""
    if not isinstance(value, Tensor):
        return value
    forms = value.array.ravel().tolist()
    if any(form.terms for form in forms):
        return value
    return np.array([form.offset for form in forms]).reshape(value.array.shape)


def _is_training(node: Any, attributes: Mapping[str, Any], opset: int) -> bool:
    """Tell a batch norm of an old opset that computes its own statistics."""
    return node.op_type == "BatchNormalization" and opset < 14 and len(node.output) > 1


def _attribute(attribute: Any, name: str) -> Any:
    """Return an attribute's value: names as text, numbers as the decimals that were meant."""
    from onnx import helper

    value = helper.get_attribute_value(attribute)
    if attribute.HasField("t"):
        return array_of(value, name)
    if attribute.name == _MISSING and math.isnan(value):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused(f"the attribute {label(attribute.name)} of a node is not a finite number")
    if isinstance(value, float):  # attributes have single precision: 0.2 comes as 0.200000003
        return float(str(np.float32(value)))
    return value


def _constant(node: Any, name: str) -> Any:
    for attribute in node.attribute:
        if attribute.name == "value":
            return array_of(attribute.t, name)
        if attribute.name in ("value_float", "value_int", "value_floats", "value_ints"):
            array = np.asarray(_attribute(attribute, name))
            if not np.isfinite(array).all():
                raise Refused(f"{spoken(node)} holds a number that is not finite")
            return array
    raise Refused(f"{spoken(node)} holds no numbers")


def _name(drafts: Drafts, node: Any, results: list[Value]) -> None:
    """Let every unit just made remember the tensor it is part of."""
    for name, value in zip(node.output, results, strict=False):
        if isinstance(value, Tensor):
            for form in value.array.ravel().tolist():
                form.tensor = form.tensor or name
                unit = form.alone()
                if unit is not None and not drafts.units[unit].name:
                    drafts.units[unit].name = name


def _output(values: dict[str, Value], name: str) -> Tensor:
    value = values.get(name)
    if not isinstance(value, Tensor):
        raise Refused(f"its output {label(name)} does not depend on the inputs")
    return value
