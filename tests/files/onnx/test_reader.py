"""Models that other tools wrote come in as nets of single units, or are refused by name."""

import itertools
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep import predict
from chainstep.errors import FileError
from chainstep.files import Limit, TooLarge, load
from tests.files.models import HOSTILE, MODELS, cases, error_of, tolerance
from tests.work import Work

onnx = pytest.importorskip("onnx")
helper: Any = onnx.helper
FLOAT = 1


def build(nodes: list[Any], weights: dict[str, Any], width: int = 2, opset: int = 17) -> bytes:
    """Return a model x[batch, width] → y of these nodes."""
    tensors = [
        onnx.numpy_helper.from_array(np.asarray(v, dtype=np.asarray(v).dtype), k)
        for k, v in weights.items()
    ]
    x = helper.make_tensor_value_info("x", FLOAT, ["batch", width])
    y = helper.make_tensor_value_info("y", FLOAT, ["batch", None])
    graph = helper.make_graph(nodes, "g", [x], [y], tensors)
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return model.SerializeToString()  # type: ignore[no-any-return]


def loaded(tmp_path: Path, *arguments: Any, **more: Any) -> Any:
    (tmp_path / "m.onnx").write_bytes(build(*arguments, **more))
    return load(tmp_path / "m.onnx")


def f32(*rows: Any) -> Any:
    return np.array(rows, dtype=np.float32)


@pytest.mark.parametrize("name", sorted(cases()))
def test_a_model_of_another_tool_gives_the_outputs_that_tool_gives(name: str) -> None:
    assert len(cases()) == 12
    assert error_of(load(MODELS / f"{name}.onnx"), name) <= tolerance(name)


@pytest.mark.parametrize(
    ("name", "operator"),
    [("conv", "Conv"), ("lstm", "LSTM"), ("random_forest", "TreeEnsembleClassifier")],
)
def test_what_is_no_net_of_units_is_refused_by_operator(name: str, operator: str) -> None:
    with pytest.raises(FileError, match=rf"{name}\.onnx: node .*{operator}\) cannot be drawn: "):
        load(MODELS / "refuse" / f"{name}.onnx")


def test_a_layered_model_comes_in_as_its_layers_with_plain_names() -> None:
    network = load(MODELS / "torch_iris_sigmoid.onnx").network
    assert [u.id for u in network.units][:5] == ["x1", "x2", "x3", "x4", "h1"]
    assert [u.id for u in network.outputs] == ["y1", "y2", "y3"]
    assert {u.activation for u in network.units if u.kind == "hidden"} == {"logistic"}
    assert len(network.connections) == 4 * 8 + 8 * 3


def test_a_residual_sum_is_a_unit_whose_wires_are_frozen() -> None:
    network = load(MODELS / "torch_diabetes_skip.onnx").network
    sums = [u for u in network.units if u.activation == "identity" and u.kind == "hidden"]
    assert len(sums) == 6
    assert not any(c.trainable for u in sums for c in network.incoming[u.id])
    assert [u.bias for u in network.outputs] == [None]


HOSTILE_ENDS = {
    "cycle": "not a valid ONNX model",
    "deep_chain_20000": "too large to be drawn",
    "dims_overflow": "not a valid ONNX model",
    "empty": "is empty",
    "external_missing_file": "absent.bin, which is missing",
    "external_parent_path": "only a file in the same folder is read",
    "nan_inf_weights": "not finite",
    "raw_data_short": "not a valid ONNX model",
    "truncated_half": "cut off",
}


@pytest.mark.parametrize(("name", "told"), HOSTILE_ENDS.items())
def test_a_hostile_model_ends_in_one_sentence_at_once(name: str, told: str) -> None:
    with Work() as work, pytest.raises(FileError, match=told) as refusal:
        load(HOSTILE / f"{name}.onnx")
    assert work.calls < 40 * 20_000
    assert str(refusal.value).count("\n") == 0
    assert f"{name}.onnx" in str(refusal.value)


@pytest.mark.parametrize("name", ["external_good", "html_in_names"])
def test_an_odd_but_valid_model_is_loaded(name: str) -> None:
    assert len(load(HOSTILE / f"{name}.onnx").network.units) == 13


def test_weights_in_a_second_file_that_did_not_come_along_are_named(tmp_path: Path) -> None:
    shutil.copy(MODELS / "odd_default_external_data.onnx", tmp_path)
    with pytest.raises(FileError, match=r"odd_default_external_data\.onnx\.data, which is missing"):
        load(tmp_path / "odd_default_external_data.onnx")


def test_weights_behind_a_link_are_not_followed(tmp_path: Path) -> None:
    shutil.copy(MODELS / "odd_default_external_data.onnx", tmp_path)
    secret = MODELS / "odd_default_external_data.onnx.data"
    (tmp_path / "odd_default_external_data.onnx.data").symlink_to(secret)
    with pytest.raises(FileError, match="is no plain file"):
        load(tmp_path / "odd_default_external_data.onnx")


def test_a_net_larger_than_the_limit_is_refused_with_its_size() -> None:
    path = MODELS / "torch_digits_flatten.onnx"
    network = load(path, limit=Limit(units=90, connections=1_184)).network
    assert (len(network.units), len(network.connections)) == (90, 1_184)
    with pytest.raises(TooLarge, match=r"torch_digits_flatten\.onnx holds a net of") as refusal:
        load(path, limit=Limit(units=50, connections=10_000))
    assert refusal.value.size.units > 50
    with pytest.raises(TooLarge):
        load(path, limit=Limit(units=500, connections=1_000))


def test_a_scaler_and_a_batch_norm_fold_into_the_weights(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["c"]),
        helper.make_node("Div", ["c", "sd"], ["s"]),
        helper.make_node("Gemm", ["s", "w"], ["a"], transB=1),
        helper.make_node("BatchNormalization", ["a", "g", "b", "m", "v"], ["n"], epsilon=0.0),
        helper.make_node("Relu", ["n"], ["y"]),
    ]
    weights = {
        "mean": f32(1, 2),
        "sd": f32(2, 4),
        "w": f32([3, 5]),
        "g": f32(2),
        "b": f32(7),
        "m": f32(1),
        "v": f32(4),
    }
    network = loaded(tmp_path, nodes, weights).network
    assert [c.weight for c in network.connections] == [1.5, 1.25]
    assert network.outputs[0].bias == (3 * -0.5 + 5 * -0.5 - 1) * 1 + 7


def test_a_product_of_two_values_is_a_product_unit(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Split", ["x"], ["a", "b"], axis=1),
        helper.make_node("Mul", ["a", "b"], ["y"]),
    ]
    project = loaded(tmp_path, nodes, {})
    assert [u.combine for u in project.network.outputs] == ["product"]
    assert predict(project, [[3.0, 5.0]]).tolist() == [[15.0]]


@pytest.mark.parametrize(
    ("nodes", "activation"),
    [
        ([("Sigmoid", "x", "s"), ("Mul", "x s", "y")], "silu"),
        ([("Abs", "x", "b"), ("Add", "b one", "d"), ("Div", "x d", "y")], "softsign"),
        (
            [
                ("Div", "x root2", "r"),
                ("Erf", "r", "e"),
                ("Add", "e one", "p"),
                ("Mul", "x p", "m"),
                ("Mul", "m half", "y"),
            ],
            "gelu",
        ),
        ([("Softplus", "x", "s"), ("Tanh", "s", "t"), ("Mul", "x t", "y")], "mish"),
        (
            [("Softplus", "x", "s"), ("Greater", "x twenty", "g"), ("Where", "g x s", "y")],
            "softplus",
        ),
    ],
)
def test_a_spelled_out_activation_is_one_unit(
    tmp_path: Path, nodes: list[tuple[str, str, str]], activation: str
) -> None:
    made = [helper.make_node(op, takes.split(), [gives]) for op, takes, gives in nodes]
    numbers = {"one": 1, "half": 0.5, "root2": 2**0.5, "twenty": 20}
    used = {name for _, takes, _ in nodes for name in takes.split()}
    weights = {k: np.float32(v) for k, v in numbers.items() if k in used}
    network = loaded(tmp_path, made, weights).network
    assert [u.activation for u in network.units] == ["identity", "identity", activation, activation]


@pytest.mark.parametrize(
    ("comparison", "branches", "wanted"),
    [
        ("Greater", "x scaled", [3.0, -0.2]),
        ("Less", "scaled x", [3.0, -0.2]),
        ("GreaterOrEqual", "x scaled", [3.0, -0.2]),
        ("LessOrEqual", "scaled x", [3.0, -0.2]),
        ("Greater", "ten zero", [10.0, 0.0]),
        ("Less", "zero ten", [10.0, 0.0]),
        ("Less", "ten zero", [0.0, 10.0]),
    ],
)
def test_a_choice_by_a_comparison_is_a_leaky_relu_or_a_step(
    tmp_path: Path, comparison: str, branches: str, wanted: list[float]
) -> None:
    nodes = [
        helper.make_node("Mul", ["x", "tenth"], ["scaled"]),
        helper.make_node(comparison, ["x", "zero"], ["c"]),
        helper.make_node("Where", ["c", *branches.split()], ["y"]),
    ]
    used = {"tenth", "zero", *branches.split()}
    numbers = {"tenth": 0.1, "zero": 0.0, "ten": 10.0}
    weights = {k: np.float32(v) for k, v in numbers.items() if k in used}
    project = loaded(tmp_path, nodes, weights)
    assert predict(project, [[3.0, -2.0]]).tolist() == [wanted]


@pytest.mark.parametrize(
    "operators",
    [
        [("Add", "tall wide", "big"), ("Add", "x big", "y")],
        [("Add", "x tall", "a"), ("Mul", "a wide", "y")],
        [("MatMul", "tall wide", "b"), ("MatMul", "x b", "y")],
    ],
    ids=["constants", "broadcast", "matmul"],
)
def test_a_small_file_cannot_ask_for_much_memory(
    tmp_path: Path, operators: list[tuple[str, str, str]]
) -> None:
    nodes = [helper.make_node(name, takes.split(), [gives]) for name, takes, gives in operators]
    weights = {"tall": np.ones((60_000, 1), np.float32), "wide": np.ones((1, 60_000), np.float32)}
    tracemalloc.start()
    with pytest.raises(FileError, match="too large"):
        loaded(tmp_path, nodes, weights, width=60_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 256 * 2**20  # of the numbers as they stand there, 14,400 MB


def test_a_small_file_cannot_ask_for_a_tensor_that_doubles_and_doubles(tmp_path: Path) -> None:
    names = ["x", *(f"x{n}" for n in range(1, 40)), "y"]
    nodes = [helper.make_node("Concat", [a, a], [b], axis=1) for a, b in itertools.pairwise(names)]
    with pytest.raises(FileError, match="far too large"):
        loaded(tmp_path, nodes, {}, width=400)


def test_a_small_file_cannot_ask_for_arithmetic_without_end(tmp_path: Path) -> None:
    names = ["x", *(f"x{n}" for n in range(1, 20_000)), "y"]
    nodes = [helper.make_node("Mul", [a, "two"], [b]) for a, b in itertools.pairwise(names)]
    with pytest.raises(FileError, match="more arithmetic"):
        loaded(tmp_path, nodes, {"two": np.float32(1.0001)}, width=400)


def test_columns_instead_of_rows_and_einsum_are_read(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Transpose", ["x"], ["columns"], perm=[1, 0]),
        helper.make_node("Einsum", ["w", "columns"], ["a"], equation="mk,kb->mb"),
        helper.make_node("Add", ["a", "b"], ["ab"]),
        helper.make_node("Tanh", ["ab"], ["z"]),
        helper.make_node("MatMul", ["v", "z"], ["out"]),
        helper.make_node("Transpose", ["out"], ["y"], perm=[1, 0]),
    ]
    w, b, v = f32([1, 2], [3, -4], [0.5, 1]), f32([0.5], [-1], [2]), f32([1, -1, 2], [0, 1, 1])
    project = loaded(tmp_path, nodes, {"w": w, "b": b, "v": v})
    rows = np.array([[0.3, -0.7], [1.0, 2.0]])
    wanted = (v @ np.tanh(w @ rows.T + b)).T
    assert np.abs(predict(project, rows) - wanted).max() < 1e-15


def test_mixing_examples_by_einsum_is_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("Einsum", ["w", "x"], ["y"], equation="mb,bk->mk")]
    with pytest.raises(FileError, match="mixes the examples of a batch"):
        loaded(tmp_path, nodes, {"w": f32([1.0])})


def test_what_is_in_training_mode_is_refused_with_the_remedy(tmp_path: Path) -> None:
    nodes = [helper.make_node("Dropout", ["x", "ratio", "mode"], ["y"])]
    weights = {"ratio": np.float32(0.5), "mode": np.bool_(True)}
    with pytest.raises(FileError, match=r"export after model\.eval\(\)"):
        loaded(tmp_path, nodes, weights)


def test_mixing_the_examples_of_a_batch_is_refused(tmp_path: Path) -> None:
    nodes = [helper.make_node("ReduceSum", ["x", "axes"], ["y"])]
    with pytest.raises(FileError, match="mixes the examples of a batch"):
        loaded(tmp_path, nodes, {"axes": np.array([0], dtype=np.int64)})


def test_a_missing_package_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    (tmp_path / "m.onnx").write_bytes(b"x")
    with pytest.raises(FileError, match=r"run `pip install chainstep\[onnx\]`"):
        load(tmp_path / "m.onnx")
