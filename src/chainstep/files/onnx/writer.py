"""ONNX out: opset 17, IR 8, for any tool that runs models, and back again as it was drawn.

A layered net becomes Gemm and activation, as PyTorch writes it; any other net one Concat, Gemm and
activation a unit. The document itself goes along as metadata. Reading is in `reader`.
"""

from typing import Any, Final

import numpy as np

from chainstep import __version__
from chainstep.engine.readiness import why_not_forward
from chainstep.errors import FileError, NotRunnable
from chainstep.files import embedded
from chainstep.files.bytes_in import needed
from chainstep.files.layers import Layer, comment, group_of, identifiers, layers
from chainstep.files.onnx.graph import Graph, group_operator
from chainstep.files.onnx.model import constants, structure
from chainstep.files.onnx.names import OWN
from chainstep.network.model import GROUP_ACTIVATIONS, PRODUCT, SUM, Network, Unit
from chainstep.network.order import forward_order
from chainstep.project import Project

_OPSET: Final = 17
_IR: Final = 8


def write_onnx(project: Project, float64: bool = False) -> bytes:
    """Return the ONNX model of a project, its weights in float32 unless float64 is wanted.

    Raises FileError for weights too large for float32, NotRunnable where there is nothing to run.
    """
    onnx = needed("onnx", "onnx", "Writing ONNX")
    if reason := why_not_forward(project):
        raise NotRunnable(reason)
    network = project.network
    if not float64:
        _refuse_overflow(network)
    graph = Graph(onnx, float64)
    found = layers(network)
    names = _layered(graph, found, network) if found else _by_unit(graph, network)
    model = _model(onnx, graph, network)
    weights = constants(model, "The model")
    texts = embedded.properties(project, weights, names, structure(model))
    onnx.helper.set_model_props(model, texts)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _refuse_overflow(network: Network) -> None:
    largest = float(np.finfo(np.float32).max)
    numbers = [(abs(c.weight), f"{c.source} → {c.target}") for c in network.connections]
    numbers += [(abs(unit.bias or 0.0), unit.id) for unit in network.units]
    for number, place in numbers:
        if number > largest:
            raise FileError(
                f"The weight or bias of {place} is too large for float32: write float64 instead."
            )


def _model(onnx: Any, graph: Graph, network: Network) -> Any:
    kind = 11 if graph.float64 else 1
    make = onnx.helper.make_tensor_value_info
    inputs = [make("input", kind, ["batch", len(network.inputs)])]
    outputs = [make("output", kind, ["batch", len(network.outputs)])]
    body = onnx.helper.make_graph(
        graph.nodes, "network", inputs, outputs, list(graph.tensors.values())
    )
    opsets = [onnx.helper.make_opsetid("", _OPSET)]
    if graph.functions:
        opsets.append(onnx.helper.make_opsetid(OWN, 1))
    return onnx.helper.make_model(
        body,
        functions=graph.functions,
        opset_imports=opsets,
        ir_version=_IR,
        producer_name="chainstep",
        producer_version=__version__,
        doc_string=f"inputs: {_listed(network.inputs)}\noutputs: {_listed(network.outputs)}",
    )


def _listed(units: tuple[Unit, ...]) -> str:
    return ", ".join(comment(unit.id) for unit in units)


def _layered(graph: Graph, found: tuple[Layer, ...], network: Network) -> dict[str, list[str]]:
    """Write Gemm and activation a layer; return which units each tensor holds."""
    names = {"input": [unit.id for unit in network.inputs]}
    here = "input"
    for number, layer in enumerate(found, 1):
        parts = [graph.tensor(f"layer{number}.weight", layer.weights)]
        if layer.biases is not None:
            parts.append(graph.tensor(f"layer{number}.bias", layer.biases))
        out = "output" if layer is found[-1] else f"layer{number}"
        bare = layer.activation == "identity"
        here = graph.op("Gemm", here, *parts, out=out if bare else f"layer{number}.a", transB=1)
        if not bare:
            here = _activated(graph, layer.units[0], here, out, "")
        names[out] = [unit.id for unit in layer.units]
    return names


def _activated(graph: Graph, unit: Unit, a: str, out: str, doc: str) -> str:
    if unit.activation in GROUP_ACTIVATIONS:
        return graph.op(group_operator(unit.activation), a, out=out, axis=-1, doc=doc)
    return graph.activation(unit.activation, unit.all_params(), a, out, doc)


def _by_unit(graph: Graph, network: Network) -> dict[str, list[str]]:
    """Write a few nodes for each unit; return which unit each tensor holds."""
    ids = [unit.id for unit in network.units]
    tensor = {unit_id: f"unit_{name}" for unit_id, name in identifiers(ids).items()}
    _split(graph, network, tensor)
    group = group_of(network)
    for unit in forward_order(network):
        if not unit.is_input:
            _write_unit(graph, network, unit, tensor, group is not None)
    ends = [tensor[unit.id] for unit in network.outputs]
    here = graph.op("Concat", *ends, axis=1, out="" if group else "output")
    if group is not None:
        graph.op(group_operator(group), here, out="output", axis=-1)
    names = {tensor[unit_id]: [unit_id] for unit_id in ids}
    if group is not None:
        names["output"] = [unit.id for unit in network.outputs]
    return names | {"input": [unit.id for unit in network.inputs]}


def _split(graph: Graph, network: Network, tensor: dict[str, str]) -> None:
    ends = [tensor[unit.id] for unit in network.inputs]
    if len(ends) == 1:
        graph.op("Identity", "input", out=ends[0])
        return
    node = graph.onnx.helper.make_node("Split", ["input"], ends, name="inputs", axis=1)
    graph.nodes.append(node)


def _write_unit(
    graph: Graph, network: Network, unit: Unit, tensor: dict[str, str], grouped: bool
) -> None:
    name, doc = tensor[unit.id], comment(unit.id)
    final = grouped and unit.is_output
    bare = final or unit.activation == "identity"
    a = _weighted_input(graph, network, unit, tensor, name if bare else f"{name}.a")
    if not bare:
        _activated(graph, unit, a, name, doc)


def _weighted_input(
    graph: Graph, network: Network, unit: Unit, tensor: dict[str, str], out: str
) -> str:
    incoming = network.incoming[unit.id]
    name = tensor[unit.id]
    if not incoming:  # a constant: nothing of the first input, and the bias
        nothing = graph.op("Mul", tensor[network.inputs[0].id], graph.number(0.0))
        start = (unit.bias or 0.0) if unit.combine == SUM else EMPTY[unit.combine]
        return graph.op("Add", nothing, graph.number(start), out=out)
    sources = [tensor[c.source] for c in incoming]
    here = graph.op("Concat", *sources, axis=1) if len(sources) > 1 else sources[0]
    weights = graph.tensor(f"{name}.weight", [[c.weight for c in incoming]])
    if unit.combine == SUM:
        bias = [graph.tensor(f"{name}.bias", [unit.bias])] if unit.bias is not None else []
        return graph.op("Gemm", here, weights, *bias, out=out, transB=1)
    weighted = graph.op("Mul", here, weights)
    reduction = "ReduceProd" if unit.combine == PRODUCT else "ReduceMax"
    return graph.op(reduction, weighted, out=out, axes=[1], keepdims=1)


#: What a product or maximum of nothing is, as the engine has it.
EMPTY: Final = {"product": 1.0, "max": 0.0}
