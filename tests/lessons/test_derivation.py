"""A derivation carries the engine's numbers, and every format carries the derivation whole."""

import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from chainstep.files.examples import load_example
from chainstep.lessons.derivation import Derivation, derive
from chainstep.lessons.writing import WRITERS, as_html, as_latex, as_markdown, as_text
from chainstep.network.model import Network, Unit
from chainstep.project import Project
from chainstep.stepping.formula.builder import plain
from chainstep.stepping.formula.notation import NOTATIONS, SIGNS, notation
from chainstep.stepping.trace import Trace, trace
from tests.random_nets import random_project

SEEDS = range(30)
EXAMPLES = ("mazur_2_2_2", "bishop_5_3_2_instance", "cs231n_xyz", "iris")
HOSTILE = r"a_1 \end{align*} <b>&$%#{}^~|* `x` ```"


def _by_name(derivation: Derivation) -> Iterator[tuple[str, float]]:
    for item in derivation.items:
        if item.value is not None:
            yield plain(item.left), item.value


def _expected(found: Trace) -> dict[str, float | None]:
    values: dict[str, float | None] = {"E_n": found.loss}
    for unit in found.units:
        values[f"z_{unit.id}"] = unit.z
        values[f"a_{unit.id}"] = unit.a
        values[f"∂E/∂a_{unit.id}"] = unit.delta
        values[f"∂E/∂z_{unit.id}"] = unit.dE_dz if unit.kind == "input" else unit.direct
        for term in unit.outgoing:
            values[f"∂a_{term.target}/∂a_{unit.id}"] = term.da_da
        values[f"h′(a_{unit.id})"] = unit.h_prime
    for c in found.connections:
        values[f"∂E/∂w_{{{c.target}, {c.source}}}"] = c.dE_dw
    for bias in found.biases:
        values[f"∂E/∂b_{bias.unit}"] = bias.dE_db
    return values


@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_of_a_derivation_is_the_engines(seed: int) -> None:
    found = trace(random_project(seed))
    expected = _expected(found)
    derived = dict(_by_name(derive(found)))
    for name, value in derived.items():
        wanted = expected[name]
        assert wanted is not None, name
        assert math.isclose(value, wanted, rel_tol=1e-12, abs_tol=1e-12), name
    deltas = {f"∂E/∂a_{u.id}" for u in found.units if u.delta is not None}
    slopes = {name for name in expected if name.startswith(("∂E/∂w", "∂E/∂b"))}
    assert deltas | slopes <= derived.keys()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_worked_numbers_come_to_the_result(seed: int) -> None:
    found = trace(random_project(seed).with_view(digits=15))
    for item in derive(found).items:
        text = " ".join(plain(node) for node in item.worked[:-1])
        if item.value is None or not text or not re.fullmatch(r"[0-9./+·() −×⁰-⁹⁻¹²³]+", text):
            continue
        value = eval(_as_python(text))
        assert math.isclose(value, item.value, rel_tol=1e-6, abs_tol=1e-9), text


def _as_python(text: str) -> str:
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    text = re.sub(r"×10([⁰-⁹⁻¹²³]+)", lambda m: "e" + m[1].translate(raised), text)
    text = re.sub(r"([0-9]) \(", r"\1 * (", text)
    return text.replace("−", "-").replace("·", "*").replace(")²", ")**2")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("name", NOTATIONS)
def test_every_format_writes_every_notation(name: str, sign: str) -> None:
    for seed in range(7):
        project = random_project(seed).with_view(notation=name, sign=sign)
        derivation = derive(trace(project))
        for write in WRITERS.values():
            text = write(derivation)
            assert all(section in text for section in ("Forward pass", "Backward pass"))


class _Balanced(HTMLParser):
    """Checks that tags nest, and collects their names."""

    VOID = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in self.VOID and tag != "mspace":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _named(name: str) -> Project:
    project = load_example("mazur_2_2_2")
    return project.change_unit("h1", id=name)


def test_the_page_is_well_formed_and_needs_nothing_else() -> None:
    for project in (*(load_example(name) for name in EXAMPLES), _named(HOSTILE)):
        page = as_html(derive(trace(project)))
        checker = _Balanced()
        checker.feed(page)
        assert checker.open == []
        assert not checker.seen & {"script", "link", "img", "iframe", "b"}
        assert "http" not in page.replace("http://www.w3.org/", "")
        for formula in re.findall(r"<math.*?</math>", page, flags=re.DOTALL):
            ET.fromstring(formula.replace("&#x2061;", ""))


def test_a_name_full_of_markup_stays_a_name_in_every_format() -> None:
    derivation = derive(trace(_named(HOSTILE)))
    checker = _Balanced()
    checker.feed(as_html(derivation))
    assert HOSTILE in checker.text
    assert HOSTILE in as_text(derivation)
    code = as_latex(derivation)
    assert code.count(r"\begin{align*}") == code.count(r"\end{align*}")
    headings = [line for line in as_markdown(derivation).splitlines() if line.startswith("#")]
    assert all("<b>" not in line and "*" not in line.replace(r"\*", "") for line in headings)


def test_a_selection_derives_its_own_units_and_no_others() -> None:
    derivation = derive(trace(load_example("mazur_2_2_2")), units={"h1"})
    assert {item.step.unit for item in derivation.items} == {"h1"}
    assert derivation.title == "Backpropagation at h1, example 1"
    assert [title for title, _ in derivation.sections()] == ["Forward pass", "Backward pass"]


def test_digits_are_those_asked_for() -> None:
    project = load_example("mazur_2_2_2")
    text = as_text(derive(trace(project), notation(project.network, project.view, digits=9)))
    assert "0.593269992" in text


def test_without_targets_the_forward_pass_is_derived_and_the_rest_is_explained() -> None:
    project = load_example("mazur_2_2_2").with_data(targets=())
    derivation = derive(trace(project))
    assert [title for title, _ in derivation.sections()] == ["Forward pass"]
    assert "only a forward pass" in as_text(derivation)


def test_a_long_sum_is_written_in_lines_of_four_terms() -> None:
    inputs = tuple(Unit(id=f"x{n}", kind="input") for n in range(10))
    network = Network(units=(*inputs, Unit(id="y", kind="output", bias=0.5)))
    project = Project(network=network)
    for n in range(10):
        project = project.connect(f"x{n}", "y", 0.1 * n)
    project = project.with_data(inputs=((0.5,) * 10,), targets=((1.0,),))
    item = next(i for i in derive(trace(project)).items if plain(i.left) == "a_y")
    assert len(item.worked) == 3 + 1


@pytest.mark.long
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("name", NOTATIONS)
def test_latex_compiles_with_amsmath_alone(name: str, tmp_path: Path) -> None:
    for place, project in enumerate((*map(load_example, EXAMPLES[:3]), _named(HOSTILE))):
        for sign in SIGNS:
            shown = project.with_view(notation=name, sign=sign)
            file = tmp_path / f"{place}{sign}.tex"
            file.write_text(as_latex(derive(trace(shown))), encoding="utf-8")
            command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
            assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
            assert file.with_suffix(".pdf").stat().st_size > 1000
