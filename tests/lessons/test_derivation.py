"""A derivation carries the engine's numbers, and every format carries the derivation whole."""

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest
from markdown_it import MarkdownIt

from chainstep.files.examples import load_example
from chainstep.lessons.derivation import Derivation, derive
from chainstep.lessons.worksheet import class_set
from chainstep.lessons.writing import WRITERS, as_html, as_latex, as_markdown, as_text
from chainstep.network.model import Network, Unit
from chainstep.project import Project
from chainstep.stepping.formula.letters import NOTATIONS
from chainstep.stepping.formula.notation import SIGNS, notation
from chainstep.stepping.formula.text import plain
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


def _named(name: str) -> Project:
    project = load_example("mazur_2_2_2")
    return project.change_unit("h1", id=name)


@pytest.mark.parametrize("name", [*EXAMPLES, "hostile"])
def test_the_page_is_valid_html_and_needs_nothing_else(name: str) -> None:
    project = _named(HOSTILE) if name == "hostile" else load_example(name)
    page = as_html(derive(trace(project)))
    tree = html5lib.HTMLParser(strict=True).parse(page)  # raises at the first thing not allowed
    seen = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert {"math", "mtable"} <= seen
    assert not seen & {"script", "link", "img", "iframe", "b"}
    assert "http" not in page.replace("http://www.w3.org/", "")
    assert all(" = " not in (text or "") for text in (e.text for e in tree.iter("mi")))


def test_the_lines_of_a_page_are_aligned_at_their_signs() -> None:
    page = as_html(derive(trace(load_example("mazur_2_2_2")), units={"h1"}))
    rows = re.findall(r"<mtr><mtd[^>]*>(.*?)</mtd><mtd[^>]*>(.*?)</mtd></mtr>", page)
    assert len(rows) == page.count("<mtr>")
    assert all(right.startswith('<mo form="infix">') for _, right in rows)


@pytest.mark.parametrize("name", EXAMPLES)
def test_markdown_renders_with_every_heading_and_every_formula_whole(name: str) -> None:
    derivation = derive(trace(load_example(name)))
    tokens = MarkdownIt().parse(as_markdown(derivation))
    after = [b for a, b in pairwise(tokens) if a.type == "heading_open"]
    titles = [item.title for item in derivation.items if item.title]
    sections = [title for title, _ in derivation.sections()]
    rendered = {"".join(part.content for part in token.children or ()) for token in after}
    assert {derivation.title, *sections, *titles} <= rendered
    blocks = [token.content for token in tokens if token.content.startswith("$$")]
    assert len(blocks) == len(derivation.items)
    assert all(block.endswith("$$") and "\n\n" not in block for block in blocks)


def test_a_name_full_of_markup_stays_a_name_in_every_format() -> None:
    derivation = derive(trace(_named(HOSTILE)))
    tree = html5lib.HTMLParser(strict=True).parse(as_html(derivation))
    assert HOSTILE in "".join(tree.itertext())
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
            derivation = derive(trace(shown))
            sheets = class_set(shown, ["Ada & Co_1", ""])
            code = as_latex(derivation, *(made.sheet for made in sheets))
            assert re.findall(r"\\usepackage(?:\[.*?\])?{(.*?)}", code) == ["inputenc", "amsmath"]
            file.write_text(code, encoding="utf-8")
            command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
            assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
            assert file.with_suffix(".pdf").stat().st_size > 1000
