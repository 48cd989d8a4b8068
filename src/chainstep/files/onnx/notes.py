"""What there is to tell of an ONNX file that came in: sentences for the preview of an import.

What an operator itself has to tell, such as a batch norm that was folded, is noted where that
happens (`Drafts.note`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from chainstep.files.document.text import label
from chainstep.network.model import PRODUCT, Network
from chainstep.project import Project

Model = Any  # onnx.ModelProto

_HALF: Final = {10: "float16", 16: "bfloat16"}
_LOSSES: Final = {
    "cross_entropy": "cross-entropy",
    "binary_cross_entropy": "binary cross-entropy",
    "half_squared_error": "half the squared error",
}


def maker(model: Model) -> str:
    """Return the program that wrote a model, as far as it says."""
    return label(f"{model.producer_name} {model.producer_version}".strip()) or ""


def told_of(model: Model, weights: Mapping[str, Any], project: Project) -> list[str]:
    """Return what to tell of a model and the net that was made of it."""
    found = [*_of_weights(model, weights), *_of_inputs(model, weights), *_of_net(project.network)]
    loss = _LOSSES.get(project.loss.name, project.loss.name)
    found.append(
        "The file says nothing of examples, loss or training: "
        f"Chainstep starts with {loss} and its usual settings."
    )
    return found


def _of_weights(model: Model, weights: Mapping[str, Any]) -> Iterator[str]:
    kinds = {_HALF[t.data_type] for t in model.graph.initializer if t.data_type in _HALF}
    if kinds:
        yield f"The weights are stored as {' and '.join(sorted(kinds))}, with 3 digits or so."
    matrices = {name for name, array in weights.items() if np.ndim(array) == 2}
    products = [n for n in model.graph.node if n.op_type in ("Gemm", "MatMul")]
    used = Counter(name for node in products for name in node.input if name in matrices)
    for name, count in used.items():
        if count > 1:
            yield (
                f"The weights {label(name)} are used {count} times: each use comes in with "
                "weights of its own, which training may drive apart."
            )


def _of_inputs(model: Model, weights: Mapping[str, Any]) -> Iterator[str]:
    inputs = [v for v in model.graph.input if v.name not in weights]
    if len(inputs) > 1:
        names = ", ".join(label(value.name) for value in inputs)
        yield f"Its inputs {names} are put one after the other."


def _of_net(network: Network) -> Iterator[str]:
    steps = sum(unit.activation == "step" for unit in network.units)
    if steps:
        yield (
            f"{_count(steps, 'unit is a step', 'units are steps')}, without a derivative: the net "
            "runs forward, and a backward pass is refused."
        )
    products = sum(unit.combine == PRODUCT for unit in network.units)
    if products:
        yield f"{_count(products, 'unit multiplies', 'units multiply')} instead of adding."
    wires = sum(not connection.trainable for connection in network.connections)
    if wires:
        yield (
            f"{_count(wires, 'connection only passes', 'connections only pass')} a number on: "
            "weight 1, frozen."
        )
    idle = sum(not network.outgoing[unit.id] for unit in network.inputs)
    if idle:
        yield f"{_count(idle, 'input feeds', 'inputs feed')} nothing."


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
