"""Opening an ONNX file safely: parsed, its weights gathered, checked, and cut to what is used.

External weights are read from a plain file beside the model and from nowhere else. Nothing is
computed here: what the operators mean is in `operators`.
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from chainstep.errors import FileError
from chainstep.files.bytes_in import LARGEST_MODEL, needed, read_bytes
from chainstep.files.document.text import label
from chainstep.files.onnx.names import OWN, SUPPORTED, UNKNOWN, refusal_of

Model = Any  # onnx.ModelProto
Node = Any  # onnx.NodeProto

_MOST_NODES: Final = 50_000


def parsed(path: Path) -> Model:
    """Return the model as it stands in the file, with all its weights inside. Raises FileError."""
    onnx = needed("onnx", "onnx", path.name)
    content = read_bytes(path, LARGEST_MODEL, "a model")
    if not content:
        raise FileError(f"{path.name} is empty: export the model again.")
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's DecodeError, and whatever else bad bytes provoke
        raise FileError(
            f"{path.name} is not an ONNX model, or it is cut off: export or copy it again."
        ) from error
    if len(model.graph.node) > _MOST_NODES:
        raise FileError(
            f"{path.name} has {len(model.graph.node):,} nodes, at most {_MOST_NODES:,} can be read."
        )
    _check_head(model, path.name)
    _gather(model, path)
    return model


def checked(model: Model, name: str) -> tuple[Model, list[str]]:
    """Return the model cut to what its outputs need, checked, and what was cut off.

    Raises FileError.
    """
    onnx = needed("onnx", "onnx", name)
    if any(function.domain != OWN for function in model.functions):
        kept = [(f.domain, f.name) for f in model.functions if f.domain == OWN]
        model = onnx.inliner.inline_selected_functions(model, kept, exclude=True)
    notes: list[str] = []
    _inline_choices(model.graph)
    _prune(model.graph, notes)
    _refuse_operators(model, name)
    _check(onnx, model, name)
    return model, notes


def constants(model: Model, name: str) -> dict[str, Any]:
    """Return every initializer as an array: floats as float64, whole numbers as int64.

    Raises FileError for a number that is not finite.
    """
    return {tensor.name: array_of(tensor, name) for tensor in model.graph.initializer}


def structure(model: Model) -> bytes:
    """Return what the nodes are and how they hang together, for a hash."""
    lines = []
    for node in model.graph.node:
        attributes = [(a.name, a.SerializeToString(deterministic=True)) for a in node.attribute]
        lines.append((node.domain, node.op_type, list(node.input), list(node.output), attributes))
    return repr(lines).encode()


def array_of(tensor: Any, name: str) -> Any:
    """Return a tensor's numbers. Raises FileError where one is not finite."""
    from onnx import numpy_helper

    array = numpy_helper.to_array(tensor)
    if array.dtype.kind in "OSU":
        return array
    if array.ndim == 0 and array.dtype == np.float32:
        # A number that stood in the code: 0.1 was meant, not 0.100000001.
        return np.float64(str(array[()])) if np.isfinite(array) else _refuse(tensor, name)
    array = array.astype(np.int64 if array.dtype.kind in "iub" else np.float64)
    if not np.isfinite(array).all():
        _refuse(tensor, name)
    return array


def _refuse(tensor: Any, name: str) -> NoReturn:
    raise FileError(
        f"{name}: the weights {label(tensor.name)} hold a number that is not finite (NaN or "
        "infinity): train or export the model again."
    )


def _check_head(model: Model, name: str) -> None:
    if not model.ir_version or not model.graph.node:
        raise FileError(f"{name} holds no model: it has no nodes; export it again.")


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t


def _gather(model: Model, path: Path) -> None:
    """Bring external weights into the model."""
    total = 0
    for tensor in _tensors(model.graph):
        if tensor.data_location:
            fields = {entry.key: entry.value for entry in tensor.external_data}
            data = _outside(path, fields, tensor)
            total += len(data)
            if total > LARGEST_MODEL:
                raise FileError(f"{path.name}: its weights have more than {total // 2**20} MB.")
            tensor.raw_data = data
            tensor.data_location = 0
            del tensor.external_data[:]


def _outside(path: Path, fields: dict[str, str], tensor: Any) -> bytes:
    """Return the bytes of one tensor from the file beside the model."""
    where = fields.get("location", "")
    if not where or where in (".", "..") or any(mark in where for mark in "/\\:\0"):
        raise FileError(
            f"{path.name}: its weights are said to be in {label(where)}, but only a file in the "
            "same folder is read: export the model as one file."
        )
    place = path.parent / where
    try:
        mode = place.lstat().st_mode
    except (OSError, ValueError):
        raise FileError(
            f"{path.name}: its weights are in {label(where)}, which is missing: put that file "
            "beside it, or export the model as one file."
        ) from None
    if not stat.S_ISREG(mode):
        raise FileError(f"{path.name}: {label(where)}, where its weights are, is no plain file.")
    return _part(path, place, fields, tensor)


def _part(path: Path, place: Path, fields: dict[str, str], tensor: Any) -> bytes:
    broken = FileError(
        f"{path.name}: the weights {label(tensor.name)} do not lie within {label(place.name)}: "
        "the two files do not belong together; export the model again."
    )
    try:
        offset = int(fields.get("offset", "0"))
        size = place.stat().st_size
        length = int(fields.get("length", size - offset))
    except ValueError:
        raise broken from None
    if offset < 0 or length < 0 or offset + length > size:
        raise broken
    if length > LARGEST_MODEL:
        raise FileError(f"{path.name}: its weights are larger than {LARGEST_MODEL // 2**20} MB.")
    try:
        with open(place, "rb") as file:
            file.seek(offset)
            return file.read(length)
    except OSError as error:
        raise FileError(f"{place} cannot be read ({error.strerror}).") from error


def _inline_choices(graph: Any) -> None:
    """Put the branch of an `If` in its place where a constant says which."""
    constants = {t.name: t for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].HasField("t"):
            constants[node.output[0]] = node.attribute[0].t
    nodes: list[Any] = []
    for node in graph.node:
        told = constants.get(node.input[0]) if node.op_type == "If" and node.input else None
        branches = {a.name: a.g for a in node.attribute}
        if told is None or branches.keys() != {"then_branch", "else_branch"}:
            nodes.append(node)
            continue
        branch = branches["then_branch" if _is_true(told) else "else_branch"]
        graph.initializer.extend(branch.initializer)
        nodes.extend(branch.node)
        for inner, outer in zip(branch.output, node.output, strict=False):
            nodes.append(type(node)(op_type="Identity", input=[inner.name], output=[outer]))
    _keep(graph, nodes)


def _is_true(tensor: Any) -> bool:
    from onnx import numpy_helper

    return bool(np.any(numpy_helper.to_array(tensor)))


def _keep(graph: Any, nodes: list[Any]) -> None:
    """Make these the nodes of the graph, by copies: they may be its own."""
    copies = [type(node).FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


def _prune(graph: Any, notes: list[str]) -> None:
    """Drop the label tail of a classifier, and every node that no kept output needs."""
    _drop_labels(graph, notes)
    _drop_last_reshape(graph)
    wanted = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    kept.reverse()
    if 0 < len(kept) < len(graph.node):
        _keep(graph, kept)
        initializers = [t for t in graph.initializer if t.name in wanted]
        copies = [type(t).FromString(t.SerializeToString()) for t in initializers]
        del graph.initializer[:]
        graph.initializer.extend(copies)


def _drop_last_reshape(graph: Any) -> None:
    """Drop a last Reshape to one column or one row: the outputs stay in their order."""
    makers = {name: node for node in graph.node for name in node.output}
    flat = {t.name for t in graph.initializer if _is_flat(t)}
    for value in graph.output:
        maker = makers.get(value.name)
        if (
            maker is not None
            and maker.op_type == "Reshape"
            and maker.input[1:2] in ([n] for n in flat)
        ):
            value.name = maker.input[0]


def _is_flat(tensor: Any) -> bool:
    """Tell the shapes [-1] and [-1, 1]."""
    from onnx import numpy_helper

    whole = tensor.data_type == 7 and 1 <= sum(tensor.dims) <= 2
    return whole and numpy_helper.to_array(tensor).ravel().tolist() in ([-1], [-1, 1])


def _drop_labels(graph: Any, notes: list[str]) -> None:
    """Keep the outputs that are numbers: probabilities instead of labels, before any ZipMap."""
    makers = {name: node for node in graph.node for name in node.output}
    kinds = {value.type.tensor_type.elem_type for value in graph.input}
    for value in graph.output:
        maker = makers.get(value.name)
        if maker is not None and maker.op_type == "ZipMap" and maker.input:
            value.name = maker.input[0]
            value.type.Clear()
            value.type.tensor_type.elem_type = 11 if 11 in kinds else 1
            value.type.tensor_type.shape.dim.add()  # the examples
            value.type.tensor_type.shape.dim.add()  # the classes
    numbers = [v for v in graph.output if v.type.tensor_type.elem_type in (0, 1, 10, 11, 16)]
    if numbers and len(numbers) < len(graph.output):
        copies = [type(v).FromString(v.SerializeToString()) for v in numbers]
        gone = ", ".join(label(v.name) for v in graph.output if v not in numbers)
        notes.append(f"The output {gone} is left out: it names classes; the numbers stay.")
        del graph.output[:]
        graph.output.extend(copies)


def _refuse_operators(model: Model, name: str) -> None:
    """Refuse what is not on the list, a well-known operator first."""
    strange = [node for node in model.graph.node if (node.domain, node.op_type) not in SUPPORTED]
    if strange:
        known = next((node for node in strange if refusal_of(node)), strange[0])
        why = refusal_of(known) or UNKNOWN
        raise FileError(f"{name}: {spoken(known)} cannot be drawn: {why}.")


def spoken(node: Node) -> str:
    """Return how a sentence calls a node: its name, if it has one, and its operator."""
    named = f"node {label(node.name)}" if node.name else "a node"
    domain = "" if node.domain in ("", "ai.onnx") else f"{label(node.domain)}."
    return f"{named} ({domain}{label(node.op_type)})"


def _check(onnx: Any, model: Model, name: str) -> None:
    """Let ONNX's own checker look at the model; shapes are checked by reading it.

    Its inference of shapes is not used: it ends the process on some files that are not as they
    should be, where every operator here refuses operands that do not fit.
    """
    try:
        onnx.checker.check_model(model)
    except Exception as error:  # ValidationError, and errors of the C++ below
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise FileError(
            f"{name} is not a valid ONNX model ({label(lines[0])}): export it again."
        ) from error
