"""`chainstep predict` computes the outputs for each row of a table."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import chainstep
from chainstep import load, resources, save
from chainstep.files.examples import load_example
from tests.files.models import MODELS

from .conftest import Cli, is_one_sentence

Put = Callable[[str], Path]


def numbers(text: str) -> list[list[float]]:
    return [[float(cell) for cell in row] for row in list(csv.reader(io.StringIO(text)))[1:]]


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        place = tmp_path / "data.csv"
        place.write_text(text, "utf-8")
        return place

    return write


def test_each_row_gives_the_outputs_below_their_names(
    cli: Cli, example: Put, table: Callable[[str], Path]
) -> None:
    file = example("mazur_2_2_2")
    ended = cli("predict", file, table("0.05,0.1\n1,-2\n"))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == "o1,o2"
    expected = chainstep.predict(load(file), [[0.05, 0.1], [1, -2]])
    assert numbers(ended.out) == expected.tolist()


def test_a_header_that_names_the_inputs_selects_columns_whatever_stands_in_others(
    cli: Cli, example: Put, table: Callable[[str], Path]
) -> None:
    file = example("mazur_2_2_2")
    ended = cli("predict", file, table("note,i2,i1\nfirst,0.1,0.05\n"))
    assert numbers(ended.out) == chainstep.predict(load(file), [[0.05, 0.1]]).tolist()


def test_any_other_header_leaves_the_columns_in_order(
    cli: Cli, example: Put, table: Callable[[str], Path]
) -> None:
    file = example("mazur_2_2_2")
    ended = cli("predict", file, table("left,right\n0.05,0.1\n"))
    assert numbers(ended.out) == chainstep.predict(load(file), [[0.05, 0.1]]).tolist()


def test_raw_measurements_are_scaled_as_the_documents_own_rows_were(cli: Cli, example: Put) -> None:
    file = example("iris")
    project = load(file)
    ended = cli("predict", file, resources.path("examples", "data", "iris.csv"))
    assert (ended.status, ended.err) == (0, "")
    expected = chainstep.predict(project, np.array(project.data.inputs))
    assert np.allclose(numbers(ended.out), expected, rtol=0, atol=1e-12)


def test_the_columns_of_the_data_may_be_named_where_the_units_are_called_otherwise(
    cli: Cli, tmp_path: Path, table: Callable[[str], Path]
) -> None:
    project = load_example("mazur_2_2_2").with_data(
        columns=("width", "height", "o1", "o2"), scaling={"height": (10.0, 2.0)}
    )
    save(project, tmp_path / "named.chainstep")
    ended = cli("predict", tmp_path / "named.chainstep", table("kind,height,width\na,14,3\n"))
    assert numbers(ended.out) == chainstep.predict(project, [[3.0, 2.0]]).tolist()


def test_o_writes_the_table_to_a_file(
    cli: Cli, example: Put, table: Callable[[str], Path], tmp_path: Path
) -> None:
    file, data, out = example("xor"), table("0,1\n"), tmp_path / "out.csv"
    printed = cli("predict", file, data).out
    assert cli("predict", file, data, "-o", out).out == ""
    assert out.read_text("utf-8") == printed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0,1\n0,two\n", "line 2, column 2: 'two' is not a number"),
        ("0,1,2\n", "data.csv: The table has 3 columns"),
        ("", "data.csv is empty"),
        ("0,nan\n", "'nan' is not a finite number"),
        ("0,1\n0\n", "line 2 has 1 cell"),
        ('0,"1\n', "a quote"),
    ],
)
def test_a_table_at_fault_is_one_sentence_and_nothing_is_written(
    cli: Cli, example: Put, table: Callable[[str], Path], tmp_path: Path, text: str, told: str
) -> None:
    out = tmp_path / "out.csv"
    ended = cli("predict", example("xor"), table(text), "-o", out)
    assert (ended.status, ended.out) == (1, "")
    assert is_one_sentence(ended.err)
    assert told in ended.err
    assert not out.exists()


def test_an_output_that_is_not_finite_is_named_with_its_row(
    cli: Cli, tmp_path: Path, table: Callable[[str], Path]
) -> None:
    project = load_example("hmkcode_2_2_1_linear")
    save(project, tmp_path / "n.chainstep")
    ended = cli("predict", tmp_path / "n.chainstep", table("1,1\n1e308,1e308\n-1e308,1e308\n"))
    if ended.status == 0:
        weights = {c.ends: 1e200 for c in project.network.connections}
        save(project.with_parameters(weights, {}), tmp_path / "n.chainstep")
        ended = cli("predict", tmp_path / "n.chainstep", table("0,0\n1e308,1e308\n"))
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert "not finite for row 2" in ended.err


def test_neither_the_document_nor_the_data_is_replaced_by_the_outputs(
    cli: Cli, example: Put, table: Callable[[str], Path]
) -> None:
    file, data = example("xor"), table("0,1\n")
    for out in (file, data):
        before = out.read_bytes()
        assert cli("predict", file, data, "-o", out).status == 1
        assert out.read_bytes() == before


def test_activations_that_had_to_be_guessed_are_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1,2,3,4\n")
    ended = cli("predict", MODELS / "torch_iris_sigmoid.safetensors", tmp_path / "rows.csv")
    assert ended.status == 0
    assert is_one_sentence(ended.err)
    assert "hidden units are taken as ReLU" in ended.err
