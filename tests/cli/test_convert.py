"""`convert`, `info` and `predict` with the formats of other programs."""

import json
from pathlib import Path

import pytest

from chainstep import load, save
from chainstep.cli import main
from chainstep.files import FORMATS
from chainstep.files.examples import load_example
from chainstep.project import Project
from tests.files.models import MODELS, cases

needs_onnx = pytest.mark.usefixtures("onnx")


@pytest.fixture
def onnx() -> None:
    pytest.importorskip("onnx")


@needs_onnx
def test_a_model_becomes_a_document_that_predicts_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "torch_iris_float64"
    source, out = MODELS / f"{name}.onnx", tmp_path / "net.chainstep"
    assert main(["convert", str(source), str(out)]) == 0
    rows = tmp_path / "rows.csv"
    rows.write_text("".join(",".join(map(repr, row)) + "\n" for row in cases()[name]["rows"]))
    printed = []
    for file in (source, out):
        assert main(["predict", str(file), str(rows)]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    lines = [[float(v) for v in line.split(",")] for line in printed[0].splitlines()[1:]]
    for found, expected in zip(lines, cases()[name]["expected_float64"], strict=True):
        assert found == pytest.approx(expected, abs=1e-12)


@needs_onnx
def test_info_counts_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(MODELS / "torch_iris_sigmoid.onnx")]) == 0
    told = capsys.readouterr().out
    assert "15 (4 input, 8 hidden, 3 output)" in told
    assert ".safetensors" in told


@pytest.mark.parametrize("ending", [kind.extension for kind in FORMATS if kind.writes])
def test_an_example_goes_out_in_every_format(tmp_path: Path, ending: str) -> None:
    if ending == ".onnx":
        pytest.importorskip("onnx")
    source, out = tmp_path / "xor.chainstep", tmp_path / f"net{ending}"
    save(load_example("xor"), source)
    assert main(["convert", str(source), str(out)]) == 0
    files = sorted(out.iterdir()) if out.is_dir() else [out]
    assert all(file.stat().st_size > 100 for file in files)


@needs_onnx
def test_float64_keeps_every_digit(tmp_path: Path) -> None:
    source, out = tmp_path / "xor.chainstep", tmp_path / "net.onnx"
    save(load_example("xor"), source)
    sizes = []
    for extra in ([], ["--float64"]):
        assert main(["convert", str(source), str(out), *extra]) == 0
        sizes.append(out.stat().st_size)
    assert sizes[1] > sizes[0]


def test_weights_go_into_a_drawing_and_a_table_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing, weights = tmp_path / "a.chainstep", tmp_path / "w.npz"
    project = load_example("xor")
    save(project, weights)
    save(project.with_parameters({c.ends: 9.0 for c in project.network.connections}, {}), drawing)
    out = tmp_path / "b.chainstep"
    assert main(["convert", str(weights), str(out), "--into", str(drawing)]) == 0
    told = capsys.readouterr().out
    assert "i1…i2 → h1…h2" in told
    assert "[out, in]" in told
    assert load(out).network.same_as(project.network)


def test_the_help_lists_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(kind.extension in told and kind.name in told for kind in FORMATS)


@needs_onnx
def test_a_refusal_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.chainstep"
    assert main(["convert", str(MODELS / "refuse" / "lstm.onnx"), str(out)]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "LSTM" in told
    assert not out.exists()


def test_a_notebook_is_json_of_version_4(tmp_path: Path) -> None:
    source = tmp_path / "xor.chainstep"
    save(load_example("xor"), source)
    assert main(["convert", str(source), str(tmp_path / "n.ipynb")]) == 0
    assert json.loads((tmp_path / "n.ipynb").read_text("utf-8"))["nbformat"] == 4


def test_a_picture_shows_the_example_asked_for(tmp_path: Path) -> None:
    source = tmp_path / "xor.chainstep"
    save(load_example("xor"), source)
    contents = set()
    for more in ([], ["--example", "0"], ["--example", "3"]):
        assert main(["convert", str(source), str(tmp_path / "net.svg"), *more]) == 0
        contents.add((tmp_path / "net.svg").read_bytes())
    assert len(contents) == 3


def test_where_qt_cannot_paint_a_picture_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "xor.chainstep"
    save(load_example("xor"), source)
    monkeypatch.setattr("chainstep.cli.convert.why_no_picture", lambda: "Install libegl1.")
    assert main(["convert", str(source), str(tmp_path / "net.png")]) == 1
    assert capsys.readouterr().err == "Install libegl1.\n"
    assert main(["convert", str(source), str(tmp_path / "net.tex")]) == 0
    assert not (tmp_path / "net.png").exists()


def test_info_lists_only_what_a_document_can_go_out_as(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(Project(), tmp_path / "empty.chainstep")
    assert main(["info", str(tmp_path / "empty.chainstep")]) == 0
    told = capsys.readouterr().out
    assert ".png" in told
    assert ".onnx" not in told
