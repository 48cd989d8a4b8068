"""Graphs of every class come in and compute what onnxruntime computes, or say what to do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep import predict
from chainstep.errors import FileError
from chainstep.files import bring_in, load
from tests.files.onnx.graphs import GRAPHS, Graph, layer, model

pytest.importorskip("onnx")
ROWS = 12


def stored(folder: Path, graph: Graph) -> Path:
    place = folder / "graph.onnx"
    place.write_bytes(model(graph).SerializeToString())
    return place


def rows_of(graph: Graph) -> list[Any]:
    rng = np.random.default_rng(3)
    shapes = [(ROWS, *shape[1:]) for _, shape in graph.inputs]
    return [rng.normal(size=shape).astype(graph.dtype) for shape in shapes]


def expected(place: Path, graph: Graph, rows: list[Any]) -> Any:
    """Return what onnxruntime computes, one row an example."""
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(str(place), providers=["CPUExecutionProvider"])
    feeds = {name: value for (name, _), value in zip(graph.inputs, rows, strict=True)}
    found = session.run(list(graph.outputs), feeds)
    return np.concatenate([np.asarray(a, np.float64).reshape(ROWS, -1) for a in found], axis=1)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_of_any_class_computes_what_onnxruntime_computes(name: str, tmp_path: Path) -> None:
    graph = GRAPHS[name]
    place, rows = stored(tmp_path, graph), rows_of(graph)
    wanted = expected(place, graph, rows)
    flat = np.concatenate([value.reshape(ROWS, -1) for value in rows], axis=1)
    outputs = predict(load(place), flat.astype(np.float64))
    tolerance = {np.float64: 1e-12, np.float16: 4e-3}.get(graph.dtype, 2e-6)
    assert np.abs(outputs - wanted).max() <= tolerance * max(1.0, np.abs(wanted).max())


REFUSED = {
    "training batch norm": (
        "y, mean, var = BatchNormalization(x, S, M, M, S; training_mode=1)",
        r"BatchNormalization\) cannot be drawn: .*export after model\.eval\(\)",
    ),
    "training dropout": (
        "y = Dropout(x, half, true)",
        r"Dropout\) cannot be drawn: .*export after model\.eval\(\)",
    ),
    "log-softmax inside": (
        "h = LogSoftmax(x)\ny = MatMul(h, A)",
        r"LogSoftmax\) cannot be drawn: it must be the last operator.*export the model without",
    ),
    "two values": (
        "t = Transpose(x)\ny = MatMul(x, t)",
        r"MatMul\) cannot be drawn: it multiplies two matrices",
    ),
    "over examples": ("y = ReduceMean(x; axes=[0])", r"ReduceMean\) cannot be drawn: it mixes"),
    "rounding": ("y = Floor(x)", r"Floor\) cannot be drawn: .*no such unit"),
    "unknown": ("y = Round(x)", r"Round\) cannot be drawn: .*export the part"),
    "logarithm": (layer("z = Log(h)"), r"Log\) cannot be drawn: .*end in LogSoftmax instead"),
    "dividing by nothing": ("y = Div(x, zero)", r"Div\) cannot be drawn: it divides by 0"),
    "tiled examples": ("y = Tile(x, often)", r"Tile\) cannot be drawn: it mixes the examples"),
    "another machine": ("y = ai.onnx.ml.SVMRegressor(x)", r"SVMRegressor\) cannot be drawn: "),
    "quantised": (
        "q, s, p = DynamicQuantizeLinear(x)\ny = DequantizeLinear(q, s, p)",
        r"Linear\) cannot be drawn: its weights are quantised; export the model in float32",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_net_of_units_is_refused_with_operator_and_remedy(
    name: str, tmp_path: Path
) -> None:
    text, told = REFUSED[name]
    graph = Graph(text, more={"often": np.array([2, 1])})
    with pytest.raises(FileError, match=rf"graph\.onnx: .*{told}") as refusal:
        load(stored(tmp_path, graph))
    assert "\n" not in str(refusal.value)


def test_a_choice_by_a_constant_is_the_branch_it_chooses(tmp_path: Path) -> None:
    import onnx
    from onnx import helper

    whole = model(Graph("h = Gemm(x, A, B)\ny = Tanh(h)"))
    branches = {}
    for name, kind in (("then_branch", "Tanh"), ("else_branch", "Relu")):
        node = helper.make_node(kind, ["h"], [f"{name}_out"])
        out = helper.make_tensor_value_info(f"{name}_out", 1, None)
        branches[name] = helper.make_graph([node], name, [], [out])
    whole.graph.node[1].CopyFrom(helper.make_node("If", ["told"], ["y"], **branches))
    for value, kind in ((True, "tanh"), (False, "relu")):
        del whole.graph.initializer[2:]
        whole.graph.initializer.append(onnx.numpy_helper.from_array(np.bool_(value), "told"))
        (tmp_path / "if.onnx").write_bytes(whole.SerializeToString())
        outputs = load(tmp_path / "if.onnx").network.outputs
        assert {unit.activation for unit in outputs} == {kind}


NOTES = {
    "folded into weights": GRAPHS["BatchNormalization between"],
    "Dropout is left out": GRAPHS["Dropout"],
    "The scaling of the inputs is folded": GRAPHS["a Scaler"],
    "drawn as what it is made of": GRAPHS["LayerNormalization"],
    "drawn as what it is made of: exponentials": GRAPHS["a softmax inside"],
    "are steps, without a derivative": GRAPHS["step"],
    "3 units multiply instead of adding": GRAPHS["a product of two layers"],
    "put one after the other": GRAPHS["two inputs"],
    "stored as float16": GRAPHS["float16"],
    "used 2 times": Graph("h = MatMul(x, Q)\nt = Tanh(h)\ny = MatMul(t, Q)", more={"Q": np.eye(4)}),
    "2 inputs feed nothing": GRAPHS["single units"],
    "no input is ever missing": GRAPHS["an Imputer"],
}


@pytest.mark.parametrize("told", NOTES)
def test_what_was_left_out_or_changed_is_told(told: str, tmp_path: Path) -> None:
    notes = bring_in(stored(tmp_path, NOTES[told])).notes
    assert any(told in note for note in notes)
    assert notes[-1].startswith("The file says nothing of examples, loss or training")
    assert all(note.endswith(".") and "\n" not in note for note in notes)


def test_a_split_into_fewer_parts_than_are_used_is_a_sentence(tmp_path: Path) -> None:
    """ONNX's own inference of shapes ends the process on this file."""
    graph = Graph("a, b = Split(x; axis=1; num_outputs=1)\ny = Mul(a, b)", opset=20)
    with pytest.raises(FileError, match=r"Mul\) cannot be drawn: its operands do not fit"):
        load(stored(tmp_path, graph))


def test_a_number_that_is_none_after_folding_is_refused(tmp_path: Path) -> None:
    graph = Graph("m = Sub(zero, one)\nr = Sqrt(m)\ny = Mul(x, r)")
    with pytest.raises(FileError, match="folding its layers together made a number too large"):
        load(stored(tmp_path, graph))
