"""Every notation renders every kind of step; the numbers are the engine's in all of them."""

import math
import re
from collections.abc import Iterator

import pytest

from chainstep.project import Project
from chainstep.stepping.explain.explained import Explanation
from chainstep.stepping.explain.step import explain, explain_step
from chainstep.stepping.formula.latex import latex
from chainstep.stepping.formula.letters import NOTATIONS
from chainstep.stepping.formula.nodes import Node
from chainstep.stepping.formula.notation import SIGNS, Notation, notation
from chainstep.stepping.formula.text import plain, speech
from chainstep.stepping.run import Run
from chainstep.stepping.steps import PassSteps, Step
from chainstep.stepping.trace import Trace, trace
from tests.nets import draw
from tests.published import entries, project_of
from tests.random_nets import random_project


def mazur() -> Project:
    return project_of(entries()["mazur_2_2_2"])


#: Between them these nets have every kind of step, every loss and every way of combining.
SEEDS = range(14)


def _steps(project: Project) -> Iterator[tuple[Trace, Step]]:
    found = trace(project)
    for step in PassSteps(project.network, backward=True).steps[:-1]:
        yield found, step


def _all_nodes(explanation: Explanation) -> Iterator[Node]:
    yield from (n for n in (explanation.formula, explanation.numbers) if n is not None)
    for term in explanation.terms:
        yield from term.names


def _kind(found: Trace, step: Step) -> tuple[str, str, str]:
    combine = found.plan.network.by_id[step.unit].combine if step.unit else ""
    loss = found.project.loss.name if step.phase == "loss" else ""
    return step.part, combine, loss


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("name", NOTATIONS)
def test_every_notation_writes_every_kind_of_step(name: str, sign: str) -> None:
    kinds = set()
    for seed in SEEDS:
        project = random_project(seed).with_view(notation=name, sign=sign)
        n = notation(project.network, project.view)
        for found, step in _steps(project):
            explanation = explain_step(found, step, n)
            kinds.add(_kind(found, step)[0])
            kinds.add(_kind(found, step)[1])
            kinds.add(_kind(found, step)[2])
            assert explanation.title
            assert explanation.sentence
            for node in _all_nodes(explanation):
                assert plain(node).strip()
                assert speech(node).strip()
                assert latex(node).count("{") == latex(node).count("}")
    parts = {"input", "term", "activate", "share", "direct", "jacobian", "delta", "total"}
    losses = {"half_squared_error", "squared_error", "mean_squared_error", "huber"}
    losses |= {"binary_cross_entropy", "cross_entropy", "output"}
    assert parts | {"gradient", "sum", "product", "max"} | losses <= kinds


def _explained(name: str, sign: str = "positive") -> list[Explanation]:
    project = mazur().with_view(notation=name, sign=sign)
    n = notation(project.network, project.view)
    return [explain_step(found, step, n) for found, step in _steps(project)]


def _delta(explanations: list[Explanation], unit: str) -> Explanation:
    return next(e for e in explanations if e.step and e.step[1:3] == (unit, "delta"))


def _share(explanations: list[Explanation], unit: str) -> Explanation:
    return next(e for e in explanations if e.step and e.step[:3] == ("backward", unit, "term"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bishop", "∂E/∂a_h1 = Σ_{k ∈ {o1, o2}} ∂E/∂a_k · ∂a_k/∂a_h1"),
        ("hinton", "∂E/∂z_h1 = Σ_{j ∈ {o1, o2}} ∂E/∂z_j · ∂z_j/∂z_h1"),
        ("nielsen", "∂C/∂z^2_h1 = Σ_{k ∈ {o1, o2}} ∂C/∂z^3_k · ∂z^3_k/∂z^2_h1"),
        ("ng", "∂L/∂z^[1]_h1 = Σ_{k ∈ {o1, o2}} ∂L/∂z^[2]_k · ∂z^[2]_k/∂z^[1]_h1"),
        ("goodfellow", "∂J/∂a^(1)_h1 = Σ_{j ∈ {o1, o2}} ∂J/∂a^(2)_j · ∂a^(2)_j/∂a^(1)_h1"),
        (
            "mazur",
            "∂E_total/∂net_h1 = Σ_{o ∈ {o1, o2}} ∂E_total/∂net_o · ∂net_o/∂net_h1",
        ),
        (
            "words",
            "how the error changes with the input of h1 = the sum, over every k of o1 and o2, of "
            "how the error changes with the input of k × "
            "how the input of k changes with the input of h1",
        ),
    ],
)
def test_the_sum_at_a_unit_reads_as_its_author_writes_it(name: str, shown: str) -> None:
    formula = _share(_explained(name), "h1").formula
    assert formula is not None
    assert plain(formula) == shown


@pytest.mark.parametrize("name", NOTATIONS)
def test_a_notation_uses_no_letters_but_its_own(name: str) -> None:
    foreign = {"bishop": "y", "hinton": "aδh", "nielsen": "Et", "ng": "Eδt", "goodfellow": "Eδzt"}
    for explanation in _explained(name):
        for node in _all_nodes(explanation):
            if name == "words":
                assert not set(plain(node)) & set("∂δηΣ"), plain(node)
            symbols = set(_symbols(node))
            assert not symbols & set(foreign.get(name, "")), plain(node)


def _symbols(node: Node) -> Iterator[str]:
    from chainstep.stepping.formula.nodes import Sym

    if isinstance(node, Sym):
        yield node.text.strip("′")
    for field in node.__struct_fields__:
        value = getattr(node, field)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Node):
                yield from _symbols(inner)


@pytest.mark.parametrize("name", NOTATIONS)
def test_the_other_sign_turns_every_number_of_the_backward_pass(name: str) -> None:
    for seed in SEEDS:
        project = random_project(seed)
        plus, minus = (
            notation(project.network, project.with_view(sign=s).view, name) for s in SIGNS
        )
        for found, step in _steps(project):
            here, there = explain_step(found, step, plus), explain_step(found, step, minus)
            turn = -1.0 if step.phase == "backward" else 1.0
            assert there.total == (None if here.total is None else turn * here.total)
            for ours, theirs in zip(here.terms, there.terms, strict=True):
                assert theirs.value == (None if ours.value is None else turn * ours.value)


def test_factors_of_a_term_multiply_to_its_value_under_either_sign() -> None:
    for sign in SIGNS:
        for seed in SEEDS:
            project = random_project(seed)
            n = notation(project.network, project.with_view(sign=sign).view)
            for found, step in _steps(project):
                if step.part not in ("term", "direct", "gradient", "delta"):
                    continue
                for term in explain_step(found, step, n).terms:
                    numbers = [f for f in term.factors if f is not None]
                    if numbers and len(numbers) == len(term.factors):
                        value = term.value or 0.0
                        assert math.isclose(math.prod(numbers), value, rel_tol=1e-12, abs_tol=1e-15)
                    assert len(term.names) in (len(term.factors), 1, 0)


def test_minus_dE_da_is_written_with_its_minus() -> None:
    negative = _share(_explained("bishop", "negative"), "h1")
    assert negative.formula is not None
    assert plain(negative.formula).startswith("−∂E/∂a_h1 = Σ")
    assert "(−∂E/∂a_k) · ∂a_k/∂a_h1" in plain(negative.formula)


def test_mazurs_weights_go_by_their_own_names() -> None:
    project = mazur()
    n = notation(project.network, project.view, "mazur")
    named = project.change_connection(("i1", "h1"), name="w1")
    own = Notation(n.letters, named.network)
    assert plain(own.w(("i1", "h1"))) == "w1"
    assert plain(own.w(("i2", "h1"))) in ("w2", "w_{h1, i2}")


def test_a_level_is_written_only_where_all_units_share_it() -> None:
    network = draw("x > h > y, x > y")
    n = notation(network, Project(network=network).view, "nielsen")
    assert plain(n.a_down(("y",))) == "z^3_k"
    assert plain(n.a_down(("h", "y"))) == "z_k"


def test_the_names_in_an_index_set_carry_the_tags_of_their_terms() -> None:
    explanation = _share(_explained("bishop"), "h1")
    tags = {term.tag for term in explanation.terms}
    assert explanation.formula is not None
    assert tags == {"term:o1", "term:o2"} == set(_tags(explanation.formula))


def _tags(node: Node) -> Iterator[str]:
    if node.tag:
        yield node.tag
    for field in node.__struct_fields__:
        value = getattr(node, field)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Node):
                yield from _tags(inner)


def test_a_layer_is_not_spoken_as_a_power() -> None:
    n = notation(draw("x > h > y"), Project().view, "nielsen")
    assert speech(n.a("h")) == "z h of layer 2"


def test_an_unknown_notation_is_read_as_bishops() -> None:
    project = mazur().with_view(notation="klingon")
    explanation = explain(Run(project))
    assert explanation.formula is not None
    assert plain(explanation.formula) == "∂E/∂a_j = Σ_k ∂E/∂a_k · ∂a_k/∂a_j"


def test_a_run_is_explained_in_the_notation_of_its_document() -> None:
    run = Run(mazur().with_view(notation="hinton", digits=7))
    run.step("pass")
    run.step("term")
    run.step("term")
    delta = explain(run)
    assert delta.title.startswith("∂E/∂z of o")
    assert re.search(r"is [−0-9.]{9,10}\.$", delta.sentence)


@pytest.mark.parametrize("name", NOTATIONS)
def test_the_update_is_explained_in_every_notation(name: str) -> None:
    for sign in SIGNS:
        run = Run(mazur().with_view(notation=name, sign=sign))
        run.step("batch")
        explanation = explain(run)
        assert explanation.title == "The update"
        assert explanation.formula is not None
        assert "←" in plain(explanation.formula)
        turn = 1.0 if sign == "positive" else -1.0
        slopes = [turn * (term.factors[1] or 0.0) for term in explanation.terms]
        assert slopes == run.gradient.tolist()
