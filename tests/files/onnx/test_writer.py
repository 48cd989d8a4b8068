"""What is written as ONNX gives the engine's outputs in onnxruntime and comes back as drawn."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep import predict
from chainstep.errors import ChainstepError, FileError, NotRunnable
from chainstep.files import document, load, save
from chainstep.files.examples import load_example, names
from chainstep.network.model import ACTIVATION_PARAMS
from chainstep.project import Project
from tests.files.dags import MANY, QUICK, rows_of, worst
from tests.hand_nets import data, hidden, net, out, x
from tests.nets import draw
from tests.random_nets import random_project

onnx: Any = pytest.importorskip("onnx")
ort: Any = pytest.importorskip("onnxruntime")


#: Relative to 1; float32 itself has 1.2e-7, and these nets add up and multiply.
FLOAT32 = 1e-6


def run(path: Path, rows: Any, float64: bool) -> Any:
    """Return what onnxruntime computes."""
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    kind = np.float64 if float64 else np.float32
    return session.run(None, {"input": np.array(rows, dtype=kind)})[0]


def check_in_onnxruntime(tmp_path: Path, seed: int) -> None:
    project, rows = random_project(seed), rows_of(seed)
    for float64, most in ((False, FLOAT32), (True, 1e-12)):
        place = tmp_path / f"{seed}_{float64}.onnx"
        save(project, place, float64=float64)
        assert worst(run(place, rows, float64), project, rows) < most
        assert document.dumps(load(place)) == document.dumps(project)


def check_read_from_the_graph(tmp_path: Path, seed: int) -> None:
    """Without the document inside, the graph itself gives a net that computes the same."""
    project, rows = random_project(seed), rows_of(seed)
    place = tmp_path / "graph.onnx"
    save(project, place, float64=True)
    model = onnx.load(place)
    del model.metadata_props[:]
    onnx.save(model, place)
    assert worst(predict(load(place), rows), project, rows) < 1e-9


@pytest.mark.parametrize("seed", QUICK)
def test_a_random_net_runs_elsewhere_and_comes_back_as_drawn(tmp_path: Path, seed: int) -> None:
    check_in_onnxruntime(tmp_path, seed)
    check_read_from_the_graph(tmp_path, seed)


@pytest.mark.long
def test_a_hundred_random_nets_run_elsewhere_and_come_back_as_drawn(tmp_path: Path) -> None:
    for seed in MANY:
        check_in_onnxruntime(tmp_path, seed)
        check_read_from_the_graph(tmp_path, seed)


@pytest.mark.parametrize("activation", sorted(ACTIVATION_PARAMS))
@pytest.mark.parametrize("float64", [False, True])
def test_every_activation_can_be_written_and_read_back_from_the_graph(
    tmp_path: Path, activation: str, float64: bool
) -> None:
    y = out("y", activation=activation, bias=0.25)
    z = out("z", activation=activation, bias=-0.125)
    project = net(x(), y, z, wires="x>y:1 x>z:-1.5", data=data([[0.5]]))
    rows = [[value] for value in (0.1, 0.6, -0.2, -0.3, 1.5, -2.5)]
    if activation == "power":
        rows = [[0.1], [0.15]]
    save(project, tmp_path / "m.onnx", float64=float64)
    answer = run(tmp_path / "m.onnx", rows, float64)
    assert worst(answer, project, rows) < (1e-14 if float64 else 2e-6)  # type: ignore[arg-type]
    model = onnx.load(tmp_path / "m.onnx")
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "m.onnx")
    back = load(tmp_path / "m.onnx")
    assert worst(predict(back, rows), project, rows) < 1e-6  # type: ignore[arg-type]
    if not float64:
        assert {u.activation for u in back.network.outputs} == {activation}


def test_a_layered_net_is_written_as_gemm_and_activation(tmp_path: Path) -> None:
    project = Project(network=draw("x1 x2 > h1 h2 h3 > y"))
    save(project, tmp_path / "m.onnx")
    model = onnx.load(tmp_path / "m.onnx")
    kinds = [node.op_type for node in model.graph.node]
    assert [kind for kind in kinds if kind != "Gemm"] == kinds[1::2]
    assert kinds.count("Gemm") == 2
    assert (model.ir_version, model.opset_import[0].version) == (8, 17)
    assert {t.name: list(t.dims) for t in model.graph.initializer}["layer1.weight"] == [3, 2]


def test_changed_weights_are_read_from_the_graph_under_the_old_names(tmp_path: Path) -> None:
    for text in ("in1 in2 > a b > end", "in1 in2 > a b > end, in1 > end"):
        project = Project(network=draw(text))
        save(project, tmp_path / "m.onnx")
        model = onnx.load(tmp_path / "m.onnx")
        for tensor in model.graph.initializer:
            array = onnx.numpy_helper.to_array(tensor)
            tensor.CopyFrom(onnx.numpy_helper.from_array(array * 0 + 3, tensor.name))
        onnx.save(model, tmp_path / "m.onnx")
        network = load(tmp_path / "m.onnx").network
        assert [u.id for u in network.units] == [u.id for u in project.network.units]
        assert {c.weight for c in network.connections} == {3.0}


def test_every_example_is_written_and_comes_back_as_it_was(tmp_path: Path) -> None:
    for name in names():
        project = load_example(name)
        save(project, tmp_path / "e.onnx", float64=True)
        assert document.dumps(load(tmp_path / "e.onnx")) == document.dumps(project)
        rows = project.data.inputs or ((0.5,) * len(project.network.inputs),)
        assert worst(run(tmp_path / "e.onnx", rows, True), project, rows) < 1e-12


def test_names_of_any_kind_survive_and_never_clash(tmp_path: Path) -> None:
    units = (x("a b"), x("a_b"), hidden("δ", activation="tanh"), out("input"), out("<b>x</b>"))
    project = net(*units, wires="")
    project = project.connect("a b", "δ", 1.0).connect("δ", "input", 2.0)
    project = project.connect("a_b", "<b>x</b>", 0.5)
    save(project, tmp_path / "n.onnx")
    model = onnx.load(tmp_path / "n.onnx")
    del model.metadata_props[:1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        onnx.save(model, tmp_path / "n.onnx")
    assert [u.id for u in load(tmp_path / "n.onnx").network.units] == [u.id for u in units]


def test_what_cannot_run_or_does_not_fit_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(NotRunnable, match="no output"):
        save(net(x(), wires=""), tmp_path / "m.onnx")
    with pytest.raises(FileError, match="write float64 instead"):
        save(net(x(), out(), wires="x>y:1e39"), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []
    assert issubclass(NotRunnable, ChainstepError)
