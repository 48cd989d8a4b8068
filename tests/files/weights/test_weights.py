"""Weights without a graph: as a whole net, into a drawing, and out again."""

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from chainstep import predict
from chainstep.errors import FileError
from chainstep.files import Limit, TooLarge, document, load, load_weights, save
from chainstep.network.model import Network, Unit, replace_unit
from chainstep.project import Project
from tests.files.dags import MANY, QUICK
from tests.files.models import HOSTILE, MODELS, cases, error_of, tolerance
from tests.nets import draw
from tests.random_nets import random_project
from tests.work import Work

WEIGHTS = sorted(
    place.name for kind in ("*.safetensors", "*.npz", "*.pt") for place in MODELS.glob(kind)
)


def forgotten(project: Project) -> Project:
    """Return the project with every weight and bias that can be trained set to 9."""
    network = project.network
    weights = {c.ends: 9.0 for c in network.connections if c.trainable}
    return project.with_parameters(
        weights, {u.id: 9.0 for u in network.units if u.bias is not None}
    )


def with_activations(project: Project, hidden: str, output: str) -> Project:
    def changed(unit: Unit) -> Unit:
        if unit.is_input:
            return unit
        return replace_unit(unit, activation=output if unit.is_output else hidden)

    units = tuple(changed(unit) for unit in project.network.units)
    network = Network(units=units, connections=project.network.connections)
    return msgspec.structs.replace(project, network=network)


@pytest.mark.parametrize("file", WEIGHTS)
def test_weights_go_into_the_drawing_of_the_same_model(file: str) -> None:
    assert len(WEIGHTS) == 15
    pytest.importorskip("onnx")
    name = file.split(".")[0]
    drawing = forgotten(load(MODELS / f"{name}.onnx"))
    project, matches = load_weights(drawing, MODELS / file)
    assert all(match.place for match in matches)
    assert error_of(project, name) <= tolerance(name)


@pytest.mark.parametrize(
    ("file", "hidden", "output"),
    [
        ("torch_iris_sigmoid.safetensors", "logistic", "identity"),
        ("torch_iris_sigmoid.state_dict.pt", "logistic", "identity"),
        ("torch_iris_float64.safetensors", "tanh", "softmax"),
        ("torch_iris_float64.state_dict.pt", "tanh", "softmax"),
        ("torch_cancer_batchnorm_relu_ts.safetensors", "relu", "logistic"),
        ("torch_cancer_batchnorm_relu_ts.state_dict.pt", "relu", "logistic"),
        ("torch_digits_flatten.safetensors", "relu", "softmax"),
        ("sk_iris_mlpclassifier.npz", "logistic", "softmax"),
    ],
)
def test_shapes_tell_a_whole_net(file: str, hidden: str, output: str) -> None:
    name = file.split(".")[0]
    project = with_activations(load(MODELS / file), hidden, output)
    assert error_of(project, name) <= tolerance(name)


def test_shapes_that_are_no_chain_ask_for_a_drawing() -> None:
    with pytest.raises(FileError, match="draw or open the net, then load these weights into it"):
        load(MODELS / "torch_diabetes_skip.safetensors")


def test_the_table_says_which_way_round_a_matrix_was_taken() -> None:
    drawing = with_activations(load(MODELS / "sk_iris_mlpclassifier.npz"), "tanh", "identity")
    _, matches = load_weights(drawing, MODELS / "sk_iris_mlpclassifier.npz")
    assert [(m.key, m.shape, m.place) for m in matches] == [
        ("coefs_0", (4, 7), "x1…x4 → h1…h7"),
        ("coefs_1", (7, 3), "h1…h7 → y1…y3"),
    ]
    assert {m.note for m in matches} == {"read as [in, out]"}


def test_what_fits_nowhere_is_told_and_what_fits_nothing_refused() -> None:
    drawing = Project(network=draw("x1 x2 x3 x4 > " + " ".join(f"h{n}" for n in range(8)) + " > y"))
    _, matches = load_weights(drawing, MODELS / "torch_iris_sigmoid.safetensors")
    assert [bool(match.place) for match in matches] == [True, False]
    with pytest.raises(FileError, match=r"none of its layers .* fits the drawing"):
        load_weights(Project(network=draw("x > y")), MODELS / "torch_iris_sigmoid.safetensors")


@pytest.mark.parametrize("extension", [".safetensors", ".npz"])
@pytest.mark.parametrize("seed", QUICK)
def test_a_random_net_comes_back_as_it_was(tmp_path: Path, seed: int, extension: str) -> None:
    project = random_project(seed)
    for float64 in (False, True):
        place = tmp_path / f"net{extension}"
        save(project, place, float64=float64)
        assert document.dumps(load(place)) == document.dumps(project)


@pytest.mark.long
@pytest.mark.parametrize("extension", [".safetensors", ".npz", ".pt"])
def test_a_hundred_nets_give_their_weights_to_the_same_drawing(
    tmp_path: Path, extension: str
) -> None:
    if extension == ".pt":
        pytest.importorskip("torch")
    for seed in MANY:
        project = random_project(seed)
        save(project, tmp_path / f"net{extension}", float64=True)
        back, _ = load_weights(forgotten(project), tmp_path / f"net{extension}")
        assert back.network.same_as(project.network)


@pytest.mark.parametrize("extension", [".safetensors", ".npz"])
def test_changed_weights_are_not_taken_for_the_document(tmp_path: Path, extension: str) -> None:
    project = Project(network=draw("x1 x2 > h1 h2 h3 > y"))
    place = tmp_path / f"net{extension}"
    save(project, place, float64=True)
    if extension == ".npz":
        arrays = dict(np.load(place))
        np.savez(place, **{**arrays, "W1": arrays["W1"] + 1})
    else:
        place.write_bytes(place.read_bytes()[:-8] + np.float64(77).tobytes())
    back = load(place).network
    assert [u.id for u in back.inputs] == ["x1", "x2"]
    assert not back.same_as(project.network)


def test_numpy_reads_what_was_written_without_a_pickle(tmp_path: Path) -> None:
    project = Project(network=draw("x1 x2 > h1 h2 h3 > y"))
    save(project, tmp_path / "net.npz")
    found = np.load(tmp_path / "net.npz", allow_pickle=False)
    assert found["W1"].shape == (3, 2)
    assert "W[out, in]" in json.loads(str(found["meta"]))["orientation"]


def test_a_safetensors_header_is_what_the_format_says(tmp_path: Path) -> None:
    project = Project(network=draw("x1 x2 > h1 h2 h3 > y"))
    save(project, tmp_path / "net.safetensors")
    content = (tmp_path / "net.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert length % 8 == 0
    assert header["0.weight"] == {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]}
    assert header["__metadata__"]["format"] == "pt"


@pytest.mark.parametrize(
    "name",
    [
        "npz_bomb_512MB.npz",
        "safetensors_header_len_huge.safetensors",
        "safetensors_out_of_range.safetensors",
    ],
)
def test_a_hostile_file_of_weights_ends_in_one_sentence_at_once(name: str) -> None:
    with Work() as work, pytest.raises(FileError, match=name):
        load(HOSTILE / name)
    assert work.calls < 50_000  # modules that are imported on the way included


def pt(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    return out.getvalue()


class Canary:
    def __reduce__(self) -> Any:
        return (exec, ("raise SystemExit('the canary sang')",))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (pt(pickle.dumps(Canary())), "holds more than weights"),
        (pt(pickle.dumps(Path("x"))), "holds more than weights"),
        (pt(pickle.dumps({"a": 1})), "holds no state_dict"),
        (pt(b"\x80\x04garbage"), "damaged PyTorch file"),
        (b"PK\x03\x04nothing", "or it is damaged"),
        (pickle.dumps({"a": 1}), "torch.save makes a zip"),
    ],
)
def test_a_pickle_is_never_run(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "m.pt").write_bytes(content)
    with pytest.raises(FileError, match=told):
        load(tmp_path / "m.pt")


def test_an_array_of_objects_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", a=np.array([{}], dtype=object))
    with pytest.raises(FileError, match="holds objects, not numbers"):
        load(tmp_path / "m.npz")


def test_a_header_that_claims_too_much_is_refused(tmp_path: Path) -> None:
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        member, {"descr": "<f8", "fortran_order": False, "shape": (2**40,)}
    )
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
        archive.writestr("W1.npy", member.getvalue())
    with pytest.raises(FileError, match="or damaged"):
        load(tmp_path / "m.npz")


def test_a_net_beyond_the_limit_is_refused_with_its_size(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="90 units and 1,184 connections"):
        load(MODELS / "torch_digits_flatten.safetensors", limit=Limit(units=50, connections=50))


def test_whole_nets_have_no_frozen_or_named_parts() -> None:
    project = load(MODELS / "sk_iris_mlpclassifier.npz")
    assert predict(project, cases()["sk_iris_mlpclassifier"]["rows"]).shape == (12, 3)
    assert all(c.trainable for c in project.network.connections)
