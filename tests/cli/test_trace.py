"""`chainstep trace` prints every term, in three formats."""

import csv
import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chainstep import load, save, trace
from chainstep.cli.grid import width
from chainstep.cli.trace import finite
from chainstep.files.examples import load_example, names
from chainstep.stepping.formula.letters import NOTATIONS

from .conftest import Cli, is_one_sentence

Put = Callable[[str], Path]


@pytest.fixture
def mazur(cli: Cli, example: Put) -> dict[str, Any]:
    ended = cli("trace", example("mazur_2_2_2"), "--format", "json")
    assert ended.status == 0
    parsed: dict[str, Any] = json.loads(ended.out)
    return parsed


def test_the_json_holds_the_numbers_of_the_contract(mazur: dict[str, Any]) -> None:
    h1 = next(unit for unit in mazur["units"] if unit["id"] == "h1")
    assert mazur["example"] == 0
    assert mazur["loss"] == pytest.approx(0.298, abs=5e-4)
    shown = {"a": 0.3775, "z": 0.5932, "h_prime": 0.2413, "dE_dz": 0.03635, "delta": 0.00877}
    for key, value in shown.items():
        assert h1[key] == pytest.approx(value, rel=1e-3), key
    assert h1["kind"] == "hidden"
    assert h1["direct"] is None
    assert h1["incoming"][0] == pytest.approx(
        {"source": "i1", "weight": 0.15, "z": 0.05, "product": 0.0075}
    )
    term = {"delta": 0.1385, "da_dz": 0.4, "dE_dz_term": 0.0554, "da_da": 0.0965}
    assert h1["outgoing"][0]["target"] == "o1"
    for key, value in {**term, "delta_term": 0.01337}.items():
        assert h1["outgoing"][0][key] == pytest.approx(value, rel=1e-3), key
    dE_dw, dE_db = pytest.approx(0.000438, rel=2e-3), pytest.approx(0.00877, rel=1e-3)
    first = {"source": "i1", "target": "h1", "weight": 0.15, "dE_dw": dE_dw}
    assert mazur["connections"][0] == first
    assert mazur["biases"][0] == {"unit": "h1", "bias": 0.35, "dE_db": dE_db}


def test_the_json_has_the_keys_of_the_contract_and_no_others(mazur: dict[str, Any]) -> None:
    assert list(mazur) == ["example", "loss", "units", "connections", "biases"]
    keys = ["id", "kind", "a", "z", "h_prime", "dE_dz", "delta", "direct", "incoming", "outgoing"]
    assert all(list(unit) == keys for unit in mazur["units"])
    term = ["target", "delta", "da_dz", "dE_dz_term", "da_da", "delta_term"]
    assert all(list(t) == term for unit in mazur["units"] for t in unit["outgoing"])


def test_an_input_has_no_a_and_no_delta_but_a_dE_dz(mazur: dict[str, Any]) -> None:
    i1 = mazur["units"][0]
    assert [i1[key] for key in ("a", "h_prime", "delta", "direct")] == [None] * 4
    assert {t["da_da"] for t in i1["outgoing"]} == {None}
    assert {t["delta_term"] for t in i1["outgoing"]} == {None}
    assert i1["dE_dz"] == pytest.approx(sum(t["dE_dz_term"] for t in i1["outgoing"]))


def test_a_softmax_output_has_jacobian_terms_that_sum_to_delta(cli: Cli, example: Put) -> None:
    found = json.loads(cli("trace", example("iris"), "--format", "json", "--example", 77).out)
    assert found["example"] == 77
    outputs = [unit for unit in found["units"] if unit["kind"] == "output"]
    for unit in outputs:
        assert unit["h_prime"] is None
        assert list(unit["jacobian"][0]) == ["unit", "dE_dz", "dz_da", "term"]
        assert [term["unit"] for term in unit["jacobian"]] == [u["id"] for u in outputs]
        assert sum(t["term"] for t in unit["jacobian"]) == pytest.approx(unit["delta"])


def test_a_refused_backward_pass_leaves_the_forward_part_and_says_why(
    cli: Cli, example: Put
) -> None:
    file = example("pdp86_xor_threshold")
    ended = cli("trace", file, "--format", "json")
    found = json.loads(ended.out)
    assert ended.status == 0
    assert found["loss"] is None
    assert "step has no derivative" in found["backward_refused"]
    assert all(unit["delta"] is None and unit["z"] is not None for unit in found["units"])
    assert "No backward pass: The backward pass stops" in cli("trace", file).out
    assert "backward," not in cli("trace", file, "--format", "csv").out


def test_what_is_not_finite_is_null_in_json() -> None:
    broken = {"a": math.nan, "b": [math.inf, 1.0, (None, -math.inf)], "c": "nan"}
    assert finite(broken) == {"a": None, "b": [None, 1.0, [None, None]], "c": "nan"}


def test_a_saturated_output_gives_valid_json(cli: Cli, tmp_path: Path) -> None:
    project = load_example("and")
    weights = {c.ends: 500.0 for c in project.network.connections}
    project = project.with_parameters(weights, {}).with_data(inputs=((1.0, 1.0),), targets=((0,),))
    save(
        project.replace(loss=type(project.loss)(name="binary_cross_entropy")),
        tmp_path / "s.chainstep",
    )
    ended = cli("trace", tmp_path / "s.chainstep", "--format", "json")
    output = json.loads(ended.out, parse_constant=pytest.fail)["units"][-1]
    assert output["delta"] == pytest.approx(1.0)
    assert output["direct"] is None
    assert "too large to hold" in cli("trace", tmp_path / "s.chainstep").out


@pytest.mark.parametrize("name", ["mazur_2_2_2", "xor_shortcut", "iris", "cs231n_gate_patterns"])
def test_in_the_table_each_term_is_the_product_of_its_factors(
    cli: Cli, example: Put, name: str
) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("trace", example(name), "--format", "csv").out)))
    assert list(rows[0]) == ["phase", "unit", "part", "other", "factor1", "factor2", "value"]
    terms = [row for row in rows if row["factor1"] and row["factor2"] and row["part"] != "share"]
    assert {"term", "dE_dz_term", "dE_dw"} <= {row["part"] for row in terms}
    for row in terms:
        product = float(row["factor1"]) * float(row["factor2"])
        assert product == pytest.approx(float(row["value"]), rel=1e-12, abs=1e-300), row


def test_the_table_runs_forward_by_level_and_backward_in_reverse(cli: Cli, example: Put) -> None:
    rows = list(
        csv.DictReader(io.StringIO(cli("trace", example("mazur_2_2_2"), "--format", "csv").out))
    )
    assert list(dict.fromkeys(row["phase"] for row in rows)) == [
        "forward", "loss", "backward", "gradient",
    ]  # fmt: skip
    units = ["i1", "i2", "h1", "h2", "o1", "o2"]
    for phase, order in (("forward", units), ("backward", units[::-1])):
        assert list(dict.fromkeys(r["unit"] for r in rows if r["phase"] == phase)) == order


def test_the_text_shows_every_term_of_the_sum_at_a_unit(cli: Cli, example: Put) -> None:
    text = cli("trace", example("mazur_2_2_2"), "--notation", "bishop").out
    backward = text.partition("Backward")[2].partition("Gradient")[0]
    block = backward.partition("\n  h1 ")[2].partition("\n\n")[0]
    lines = [" ".join(line.split()) for line in block.splitlines()]
    assert lines == [
        "through o1 0.138499 × 0.096520 = 0.013368 (0.400000 · h′ 0.241301)",
        "through o2 −0.038098 × 0.120650 = −0.004597 (0.500000 · h′ 0.241301)",
        "δ ∂E/∂a, the sum 0.008771",
        "∂E/∂z the sum before h′ 0.036350",
    ]


@pytest.mark.parametrize("name", names())
def test_every_example_can_be_traced_in_every_format(cli: Cli, example: Put, name: str) -> None:
    file = example(name)
    reference = trace(load(file))
    for form in ("text", "json", "csv"):
        ended = cli("trace", file, "--format", form)
        assert (ended.status, ended.err) == (0, "")
        assert "nan" not in ended.out.lower()
        assert "\\u" not in ended.out
    assert json.loads(cli("trace", file, "--format", "json").out)["loss"] == reference.loss


def test_columns_stay_aligned_when_names_are_wide_or_hostile(cli: Cli, example: Put) -> None:
    file = example("mazur_2_2_2")
    text = (
        file.read_text("utf-8").replace('"h1"', '"隠れ\\u001b[31m"').replace('"h2"', '"e\\u0301"')
    )
    file.write_text(text, "utf-8")
    printed = cli("trace", file).out
    assert "\x1b" not in printed
    assert "隠れ\\x1b[31m" in printed
    assert "e\u0301" in printed
    ends = [line.rpartition("=") for line in printed.splitlines() if "from i" in line]
    assert len({width(line) for line, _, _ in ends}) == 1


def test_an_example_that_is_not_there_is_refused_in_a_sentence(cli: Cli, example: Put) -> None:
    for number in (4, -1):
        ended = cli("trace", example("xor"), "--example", number)
        assert (ended.status, ended.out) == (1, "")
        assert is_one_sentence(ended.err)
        assert f"There is no example {number}" in ended.err
        assert ended.err.startswith("xor.chainstep: ")


def test_o_writes_what_would_be_printed(cli: Cli, example: Put, tmp_path: Path) -> None:
    file, out = example("xor"), tmp_path / "trace.json"
    printed = cli("trace", file, "--format", "json").out
    ended = cli("trace", file, "--format", "json", "-o", out)
    assert (ended.status, ended.out) == (0, "")
    assert out.read_bytes() == printed.encode()


def test_a_document_is_never_replaced_by_its_own_trace(cli: Cli, example: Put) -> None:
    file = example("xor")
    before = file.read_bytes()
    ended = cli("trace", file, "-o", file)
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert file.read_bytes() == before


def test_formats_and_notations_not_yet_built_are_wrong_usage(cli: Cli, example: Put) -> None:
    assert cli("trace", example("xor"), "--format", "docx").status == 2
    assert cli("trace", example("xor"), "--notation", "leibniz").status == 2


@pytest.mark.parametrize("name", NOTATIONS)
def test_the_text_is_written_in_the_letters_asked_for(cli: Cli, example: Put, name: str) -> None:
    text = cli("trace", example("mazur_2_2_2"), "--notation", name).out
    rule = {
        "bishop": "δ ∂E/∂a, the sum",
        "hinton": "∂E/∂z the sum",
        "nielsen": "δ ∂C/∂z, the sum",
        "ng": "∂L/∂z the sum",
        "goodfellow": "∂J/∂a the sum",
        "mazur": "δ ∂E/∂net, the sum",
        "words": "slope slope by the input, the sum",
    }
    assert rule[name] in re.sub(" +", " ", text)


def test_the_numbers_for_programs_do_not_follow_the_notation(cli: Cli, example: Put) -> None:
    asked = cli("trace", example("mazur_2_2_2"), "--notation", "hinton", "--format", "json").out
    assert asked == cli("trace", example("mazur_2_2_2"), "--format", "json").out
    assert "docx" not in cli("trace", "--help").out


@pytest.mark.parametrize(
    ("name", "mark"), [("markdown", "$$"), ("latex", r"\begin{align*}"), ("html", "<math")]
)
def test_a_pass_is_derived_in_the_formats_for_papers(
    cli: Cli, example: Put, tmp_path: Path, name: str, mark: str
) -> None:
    shown = cli("trace", example("mazur_2_2_2"), "--format", name, "--notation", "mazur")
    assert shown.status == 0
    assert mark in shown.out
    out = tmp_path / "derived"
    assert cli("trace", example("mazur_2_2_2"), "--format", name, "-o", str(out)).status == 0
    assert mark in out.read_text(encoding="utf-8")
