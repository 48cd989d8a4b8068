"""What the browser of examples says of a source's numbers is what the collection records."""

import pytest

from chainstep.files.examples import about, load_example, names
from chainstep.lessons.checked import Checked, checked, net_in_words, settings_in_words
from chainstep.stepping.formula.text import plain
from tests.published import entries


def _read(name: str) -> Checked:
    project = load_example(name)
    info = about(project)
    assert info is not None
    return checked(project, info)


def test_of_24_worked_examples_22_are_published() -> None:
    read = [_read(name) for name in names()]
    assert sum(bool(found.lines) for found in read) == 24
    assert sum(found.published for found in read) == 22


@pytest.mark.parametrize("name", entries())
def test_printed_and_exact_digits_are_those_of_the_collection(name: str) -> None:
    found = _read(name)
    for line, entry in zip(found.lines, entries()[name]["expected"], strict=True):
        printed, exact = (float(text.replace("−", "-")) for text in (line.printed, line.exact))
        assert printed == entry["value"]
        assert exact == pytest.approx(entry["exact"], abs=0.51 * 10.0 ** -(entry["decimals"] + 2))
        assert line.agrees is not entry.get("rounding", False)
        assert (line.same == len(line.printed)) is line.agrees
        assert plain(line.what)


def test_a_number_that_differs_says_by_how_much_and_why() -> None:
    found = _read("mazur_2_2_2")
    (line,) = (line for line in found.lines if line.printed == "0.291027924")
    assert (plain(line.what), line.when) == ("E_total", "after 1 update")
    assert line.exact.startswith("0.291027774"[:-1])
    assert line.difference == "+1.5×10⁻⁷"
    assert line.printed[: line.same] == "0.291027"
    assert "already updated" in line.note
    assert found.verdict == "33 printed numbers; 4 of them differ from the exact one."
    wrong = [line for name in names() for line in _read(name).lines if not line.agrees]
    assert all(line.note and line.difference for line in wrong)


def test_an_example_opens_with_its_sources_letters_sign_loss_and_settings() -> None:
    mazur = load_example("mazur_2_2_2")
    assert settings_in_words(mazur) == (
        "Mazur's letters · E: ½ squared error · η = 0.5 · biases not trained · 6 digits"
    )
    assert "δ = −∂E/∂a" in settings_in_words(load_example("macleod_2_2_1"))
    assert settings_in_words(load_example("nielsen_single_neuron_1")).startswith("Nielsen's")
    for name in entries():
        turned = load_example(name).view.sign == "negative"
        scaled = [e for e in entries()[name]["expected"] if e["key"].startswith("delta:")]
        assert not scaled or turned is (scaled[0].get("scale") == -1), name


def test_what_net_it_is_is_said_in_a_line() -> None:
    assert net_in_words(load_example("mazur_2_2_2")) == "2-2-2 · logistic"
    assert "skip connections" in net_in_words(load_example("snns_xor_shortcut"))
    assert "gates" in net_in_words(load_example("cs231n_xyz"))
