"""`check`, `convert`, `info` and `examples`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chainstep import save
from chainstep.cli import check as check_command
from chainstep.cli.info import count_text
from chainstep.files.examples import load_example, names
from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Project
from chainstep.stepping.why.gradient_check import Checked, GradientCheck
from tests.files.models import MODELS

from .conftest import Cli, is_one_sentence

Put = Callable[[str], Path]

#: A step has no derivative: the one example that has no gradient to check.
WITHOUT_GRADIENT = "pdp86_xor_threshold"


def diamonds(count: int) -> Project:
    """A chain of diamonds, each of which doubles the paths."""
    units = [Unit(id="n0", kind="input")]
    ends = []
    for n in range(count):
        last = n == count - 1
        units += [Unit(id=f"a{n}"), Unit(id=f"b{n}")]
        units.append(Unit(id=f"n{n + 1}", kind="output" if last else "hidden"))
        ends += [(f"n{n}", f"{x}{n}") for x in "ab"] + [(f"{x}{n}", f"n{n + 1}") for x in "ab"]
    connections = tuple(Connection(source=s, target=t, weight=1.0) for s, t in ends)
    return Project(network=Network(units=tuple(units), connections=connections))


@pytest.mark.parametrize("name", [name for name in names() if name != WITHOUT_GRADIENT])
def test_the_gradient_of_every_example_passes_the_check(cli: Cli, example: Put, name: str) -> None:
    ended = cli("check", example(name))
    assert (ended.status, ended.err) == (0, "")
    assert "WRONG" not in ended.out


def test_the_check_lists_every_weight_bias_and_unit(cli: Cli, example: Put) -> None:
    lines = cli("check", example("mazur_2_2_2")).out.splitlines()
    kinds = [line.split()[0] for line in lines[1:17]]
    assert kinds == ["weight"] * 8 + ["bias"] * 4 + ["unit"] * 4
    assert "16 checked, 0 skipped" in lines[-1]


def test_what_lies_at_a_kink_is_listed_as_skipped(cli: Cli, example: Put) -> None:
    ended = cli("check", example("goodfellow_xor_relu"))
    assert "3 skipped" in ended.out
    assert ended.out.count("skipped: a kink lies within h") == 3


def test_a_wrong_gradient_is_status_1_and_named(
    cli: Cli, example: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (Checked("weight", "i1 → h1", 1.0, 1.1, 0.09), Checked("bias", "h1", 1.0, 1.0, 0.0))
    monkeypatch.setattr(check_command, "check", lambda _project: GradientCheck(rows))
    ended = cli("check", example("xor"))
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert "1 of 2 gradients differ" in ended.err
    assert "weight i1 → h1" in ended.err
    assert ended.out.count("WRONG") == 1


def test_convert_between_documents_is_canonical(cli: Cli, example: Put, tmp_path: Path) -> None:
    file, out = example("xor"), tmp_path / "copy.chainstep"
    ended = cli("convert", file, out)
    assert ended == (0, "", "")
    assert out.read_bytes() == file.read_bytes()


def test_convert_refuses_a_format_it_cannot_write(cli: Cli, example: Put, tmp_path: Path) -> None:
    ended = cli("convert", example("xor"), tmp_path / "net.docx")
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert ".docx" in ended.err


def test_info_counts(cli: Cli, example: Put) -> None:
    printed = cli("info", example("iris")).out
    facts = dict(line.split(maxsplit=1) for line in printed.splitlines())
    assert facts["units"] == "12 (4 input, 5 hidden, 3 output)"
    assert facts["connections"] == "35"
    assert facts["depth"] == "2"
    assert facts["paths"] == "60"
    assert facts["parameters"].startswith("43 (35 weights, 8 biases")
    assert facts["formats"].startswith(".chainstep")
    assert facts["rows"] == "150 (50 held back for validation)"


def test_info_counts_the_paths_of_a_half_drawn_net_too(cli: Cli, tmp_path: Path) -> None:
    save(diamonds(12), tmp_path / "d.chainstep")
    ended = cli("info", tmp_path / "d.chainstep")
    assert ended.status == 0
    assert "\npaths        4096\n" in ended.out
    assert "ready        Not yet runnable: the data have no rows." in ended.out


def test_a_number_of_paths_with_thousands_of_digits_is_told_as_a_power_of_ten() -> None:
    assert count_text(2**40) == "1099511627776"
    assert count_text(2**20000) == "about 3.980e6020"


def test_the_list_of_examples_names_each_with_its_title(cli: Cli) -> None:
    printed = cli("examples").out
    shown = [line.split()[0] for line in printed.splitlines() if line.startswith("  ")]
    assert tuple(shown) == names()
    assert "Iris" in printed


def test_an_example_is_written_out_as_it_is_bundled(cli: Cli, example: Put, tmp_path: Path) -> None:
    out = tmp_path / "out.chainstep"
    assert cli("examples", "iris", "-o", out) == (0, "", "")
    assert out.read_bytes() == example("iris").read_bytes()


@pytest.mark.parametrize(("given", "meant"), [("iriss", "iris"), ("MOONS", "moons")])
def test_an_unknown_example_suggests_the_nearest(
    cli: Cli, tmp_path: Path, given: str, meant: str
) -> None:
    ended = cli("examples", given, "-o", tmp_path / "x.chainstep")
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert f"{meant} was meant, perhaps" in ended.err
    assert not list(tmp_path.iterdir())


def test_the_printed_numbers_stand_beside_the_exact_ones(cli: Cli) -> None:
    text = cli("examples", "mazur_2_2_2").out
    (line,) = (line for line in text.splitlines() if line.startswith("E_total after 1 update"))
    assert line.split()[4:7] == ["0.291027924", "0.291027773694", "+1.5×10⁻⁷"]
    assert "weights it had already" in line
    assert "0.291027774, not 0.291027924" in " ".join(text.split())
    assert "33 printed numbers, 4 differ" in cli("examples").out


def test_a_file_without_a_name_is_wrong_usage(cli: Cli) -> None:
    assert cli("examples", "-o", "xor.chainstep").status == 2


def test_the_check_of_a_net_without_gradient_says_why(cli: Cli, example: Put) -> None:
    ended = cli("check", example(WITHOUT_GRADIENT))
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert load_example(WITHOUT_GRADIENT).network.units


def test_info_tells_what_a_model_of_another_program_left_behind(cli: Cli) -> None:
    pytest.importorskip("onnx")
    printed = cli("info", MODELS / "sk_iris_mlpclassifier.onnx").out
    assert "written by" in printed
    assert "skl2onnx" in printed
    assert "output_label is left out: it names classes" in printed
