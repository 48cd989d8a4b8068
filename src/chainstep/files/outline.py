"""What will go out, told before it is written: how it begins, and what it cannot say.

The formats and their own words are in `formats`; what comes in is told by `imported`.
"""

import io
from typing import Any, Final

import numpy as np

from chainstep.files.formats import Format
from chainstep.files.layers import layers
from chainstep.files.weights.arrays import state_dict
from chainstep.network.order import forward_order
from chainstep.project import Project

_MOST_LINES: Final = 400
_WIDEST: Final = 160
_MOST_NAMES: Final = 4


def outline(kind: Format, project: Project, content: bytes) -> str:
    """Return the first lines of a text, or a line for each operator and array of a model."""
    if kind.extension == ".onnx":
        lines = _of_onnx(content)
    elif kind.extension == ".npz":
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            lines = _of_arrays({key: archive[key] for key in archive.files})
    elif kind.group == "model":
        lines = _of_arrays(state_dict(project.network))
    else:
        lines = content.decode().split("\n")
    cut = [line if len(line) <= _WIDEST else f"{line[:_WIDEST]} …" for line in lines[:_MOST_LINES]]
    more = len(lines) - _MOST_LINES
    return "\n".join([*cut, f"… and {more:,} lines more"] if more > 0 else cut)


def _of_onnx(content: bytes) -> list[str]:
    import onnx

    graph = onnx.load_from_string(content).graph
    nodes = [
        f"{node.op_type:14} {', '.join(node.input)} → {', '.join(node.output)}"
        for node in graph.node
    ]
    tensors = [_line(tensor.name, tuple(tensor.dims)) for tensor in graph.initializer]
    return [*nodes, "", *tensors]


def _of_arrays(arrays: dict[str, Any]) -> list[str]:
    return [_line(key, array.shape) for key, array in arrays.items() if array.dtype.kind in "fiu"]


def _line(key: str, shape: tuple[int, ...]) -> str:
    return f"{key:24} {' × '.join(map(str, shape)) or '1'}"


def lost(kind: Format, project: Project, float64: bool = False) -> list[str]:
    """Return a sentence for each thing of a project that does not go out in a format."""
    found = [kind.loses] if kind.loses else []
    if "float64" in kind.options and not float64:
        found.append(_rounded(project))
    if kind.group == "program" and (names := _left_out(project)):
        found.append(f"Left out, since no output depends on it: {names}.")
    if kind.group == "model" and layers(project.network) is None:
        found.append("The net has no plain layers: it goes out unit by unit.")
    return found


def _rounded(project: Project) -> str:
    """Say what float32 does to the weights."""
    network = project.network
    numbers = np.array(
        [c.weight for c in network.connections] + [unit.bias or 0.0 for unit in network.units]
    )
    with np.errstate(over="ignore", invalid="ignore"):
        change = np.abs(numbers.astype(np.float32) - numbers)
    worst = float(change.max(initial=0.0))
    return f"Rounded to float32: a weight changes by at most {worst:.1e}."


def _left_out(project: Project) -> str:
    """Return the hidden units that no output depends on, a few of them by name."""
    network = project.network
    needed = {unit.id for unit in network.outputs}
    for unit in reversed(forward_order(network)):
        if unit.id in needed:
            needed.update(c.source for c in network.incoming[unit.id])
    names = [u.id for u in network.units if u.id not in needed and not u.is_input]
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
