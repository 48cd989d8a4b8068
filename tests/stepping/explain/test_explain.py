"""Every step of every kind of net is explained, and its numbers are those of the trace."""

import re
from collections.abc import Iterator
from functools import cache

import msgspec
import pytest

from chainstep.project import Data, Loss, Project, Training
from chainstep.stepping.explain.explained import COMING, CURRENT, Explanation
from chainstep.stepping.explain.step import explain
from chainstep.stepping.formula.latex import latex
from chainstep.stepping.formula.text import plain, speech
from chainstep.stepping.numbers import format_number
from chainstep.stepping.run import Run
from chainstep.stepping.steps import Step
from chainstep.stepping.trace import Trace
from tests.hand_nets import data, hidden, net, out, x
from tests.nets import draw
from tests.random_nets import random_project

SEEDS = range(28)
Explained = tuple[Step, Explanation, Trace]


def walk(project: Project) -> Iterator[Explained]:
    """Yield step, explanation and trace of every step of every example of an epoch."""
    run = Run(project.with_training(batch_size=None))
    while run.cursor.updates == 0 and (run.cursor.row, run.cursor.index) != _end(run):
        step = run.step("term").step
        assert step is not None
        yield step, explain(run), run.trace


def _end(run: Run) -> tuple[int, int]:
    return len(run.trainer.rows) - 1, run.cursor.count


@cache
def explained(seed: int) -> tuple[Explained, ...]:
    return tuple(walk(random_project(seed)))


def sentences(project: Project) -> list[str]:
    return [found.sentence for _, found, _ in walk(project)]


# --- every step of random nets ----------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_every_step_has_a_title_a_sentence_and_a_formula_in_every_rendering(seed: int) -> None:
    for step, found, _ in explained(seed):
        assert found.step == step
        assert found.sentence[-1] in ".!", found.sentence
        assert found.formula is not None
        for node in filter(None, (found.formula, found.numbers)):
            for written in (plain(node), latex(node), speech(node)):
                assert written.strip()
                assert "None" not in written
                assert "nan" not in written.split()
        text = "; ".join((found.spoken, found.aside, found.text, found.total_label))
        assert not re.search(r"\bNone\b|\bnan\b|\binf\b|not a number|∞", text), text
        assert not re.search(r"\b1 (terms|outputs|examples)\b|  |\.\.", text), text
        assert step.unit in found.title + found.sentence


@pytest.mark.parametrize("seed", SEEDS)
def test_the_total_is_the_sum_of_the_terms_shown_so_far(seed: int) -> None:
    for step, found, _ in explained(seed):
        if not found.adds or step.part not in ("term", "direct", "jacobian", "share"):
            continue
        shown = [term.value for term in found.terms if term.state != COMING]
        assert found.total == pytest.approx(sum(v for v in shown if v is not None), abs=1e-12)
        assert [term.state for term in found.terms].count(CURRENT) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_total_is_a_delta_or_E_of_the_trace(seed: int) -> None:
    for step, found, trace in explained(seed):
        last = step.nth == step.of > 0
        if step.phase == "forward" and (last or step.part == "activate"):
            value: float | None = trace.a(step.unit)
        elif step.phase == "loss" and last:
            value = trace.loss
        elif step.part == "total" or (step.phase == "backward" and last and _is_input(trace, step)):
            value = trace.dE_dz(step.unit)
        elif step.part == "delta" or (step.phase == "backward" and last):
            value = trace.delta(step.unit)
        else:
            continue
        assert value is not None
        assert found.total == pytest.approx(value, rel=1e-12, abs=1e-12)


def _is_input(trace: Trace, step: Step) -> bool:
    return trace.plan.network.by_id[step.unit].is_input


@pytest.mark.parametrize("seed", SEEDS)
def test_the_terms_are_those_of_the_trace(seed: int) -> None:
    for step, found, trace in explained(seed):
        if step.part not in ("term", "activate", "delta", "total", "direct"):
            continue
        unit = trace.unit(step.unit)
        by_unit = {term.unit: term for term in found.terms if term.unit}
        if step.phase == "forward":
            assert list(by_unit) == [term.source for term in unit.incoming]
            for term in unit.incoming:
                assert by_unit[term.source].factors == (term.weight, term.z)
                assert by_unit[term.source].value == term.product
        elif unit.jacobian is not None:
            assert [t.value for t in found.terms] == [t.term for t in unit.jacobian]
        else:
            assert list(by_unit) == [term.target for term in unit.outgoing]
            for term in unit.outgoing:
                slope = term.da_dz if unit.kind == "input" else term.da_da
                value = term.dE_dz_term if unit.kind == "input" else term.delta_term
                assert by_unit[term.target].factors == (term.delta, slope)
                assert by_unit[term.target].value == value


@pytest.mark.parametrize("seed", SEEDS)
def test_the_slopes_are_those_of_the_trace(seed: int) -> None:
    for step, found, trace in explained(seed):
        if step.part != "gradient":
            continue
        incoming = trace.plan.network.incoming[step.unit]
        slopes = [trace.connection(*c.ends).dE_dw for c in incoming]
        assert [term.value for term in found.terms[: len(slopes)]] == slopes
        for term in found.terms[: len(slopes)]:
            delta, da_dw = term.factors
            assert delta is not None
            assert da_dw is not None
            assert term.value == delta * da_dw
        bias = [t.value for t in found.terms[len(slopes) :]]
        assert bias == ([] if trace.bias(step.unit) is None else [trace.delta(step.unit)])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_current_term_is_the_one_the_step_is_at(seed: int) -> None:
    for step, found, _ in explained(seed):
        if step.nth and step.part != "direct":
            here = next(term for term in found.terms if term.state == CURRENT)
            assert here.label == (step.other or step.unit)
            assert here.tag == f"term:{here.unit}"


def test_a_step_that_says_it_is_the_chain_rule_is_factored_right() -> None:
    """PRML (5.56): δ_j = h′(a_j) Σ_k w_kj δ_k, only where j feeds sum units."""
    found = {step.unit: e for step, e, _ in walk(GATES) if step.part == "delta"}
    assert found["lone"].formula is not None
    assert plain(found["lone"].formula) == "δ_lone = h′(a_lone) Σ_{k ∈ {z}} w_{k, lone} δ_k"
    assert found["feeder"].formula is not None
    assert plain(found["feeder"].formula).startswith("∂E/∂a_feeder = Σ_{k ∈ {p, m}} ∂E/∂a_k")


def test_where_one_of_the_targets_does_not_sum_nothing_is_factored() -> None:
    mixed = net(
        x(), hidden("h"), hidden("p", combine="product", bias=None), out(),
        wires="x>h:1 h>p:1 h>y:1 p>y:1", data=data([[1.0]], [[0.0]]),
    )  # fmt: skip
    found = next(e for step, e, _ in walk(mixed) if step[:3] == ("backward", "h", "delta"))
    assert found.formula is not None
    assert plain(found.formula).startswith("∂E/∂a_h = Σ_{k ∈ {p, y}} ∂E/∂a_k")


def test_a_product_and_a_maximum_are_taken_term_by_term() -> None:
    gates = net(
        x("a"), x("b"), x("c"), out("p", combine="product", bias=None),
        out("m", combine="max", bias=None),
        wires="a>p:1 b>p:1 c>p:1 a>m:1 b>m:1 c>m:1", data=data([[-2.0, 3.0, 5.0]], [[0.0, 0.0]]),
    )  # fmt: skip
    totals: dict[str, list[float | None]] = {"p": [], "m": []}
    for step, found, _ in walk(gates):
        if step.phase == "forward" and step.unit in totals:
            totals[step.unit].append(found.total)
            assert not found.adds
    assert totals == {"p": [-2.0, -6.0, -30.0, -30.0], "m": [-2.0, 3.0, 5.0, 5.0]}


# --- sentences --------------------------------------------------------------------------------

GATES = net(
    x(), hidden("feeder", bias=1.0), hidden("p", combine="product", bias=None),
    hidden("m", combine="max", bias=None), hidden("dead"), hidden("lone", bias=2.0), out("y"),
    out("z", bias=None),
    wires="x>feeder:1 x>p:-1 feeder>p:0.5 x>m:1 feeder>m:2 p>y:-2 m>z:3 p>dead:1 y>z:1 lone>z:2",
    data=data([[1.0]], [[1.0, 0.0]]),
)  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "x is an input: the data give it 1.0000.",
        "Nothing feeds lone, so a is its bias, 2.0000; identity hands it on: z = 2.0000.",
        "feeder is fed by x. x brings 1.0000 × 1.0000 = 1.0000 to feeder.",
        "p is fed by x and feeder. x brings −1.0000 × 1.0000 = −1.0000 to p.",
        "feeder brings 0.5000 × 2.0000 = 1.0000 to p. All multiplied, a of p is −1.0000.",
        "feeder brings 2.0000 × 2.0000 = 4.0000 to m. The largest is that of feeder: "
        "a of m is 4.0000.",
        "dead is fed by p. p brings 1.0000 × (−1.0000) = −1.0000 to dead.",
        "y gave 2.0000 where 1.0000 was wanted: it adds 0.5000 to the error.",
        "E looks at z itself: its own share is ∂E/∂z · h′(a) = +18.0000.",
        "That one share is the whole: δ of z is 18.0000.",
        "y reaches E itself and through z, so the shares add. The share through z is +18.0000.",
        "lone feeds only z, so one term is the whole chain rule. The share through z is +36.0000.",
        "dead feeds nothing, so E does not depend on it: δ is 0.",
        "p feeds y and dead. A change of p can reach E through both, so the shares add. "
        "The share through dead is 0: dead feeds nothing.",
        "p feeds y and dead. A change of p can reach E through both, so the shares add. "
        "The share through y is −38.0000: it pulls the sum down.",
        "x feeds feeder, p and m. A change of x can reach E through all 3 of them, "
        "so the shares add. The share through m is 0: another term is the largest at m.",
        "Nothing feeds lone: only its bias has a slope, and that is δ.",
        "The weight into feeder gets δ times what came in over it; the bias gets δ itself.",
        "Each weight into z gets δ times what came in over it.",
        "Each weight into p gets δ times how a moves with that weight.",
    ],
)
def test_a_learner_reads(sentence: str) -> None:
    assert sentence in sentences(GATES)


def test_a_single_share_is_not_said_to_pull_a_sum() -> None:
    chain = net(x(), hidden("h"), out(), wires="x>h:1 h>y:-1", data=data([[1.0]], [[-3.0]]))
    told = sentences(chain)
    assert (
        "h feeds only y, so one term is the whole chain rule. The share through y is −2.0000."
        in told
    )
    assert not any("pulls" in sentence for sentence in told)


def test_softmax_outputs_say_that_they_are_coupled() -> None:
    project = Project(
        network=draw("x > y z", output="softmax"),
        data=Data(inputs=((1.0,),), targets=((1.0, 0.0),)),
        loss=Loss(name="cross_entropy"),
    )
    told = sentences(project)
    assert sum("The softmax couples the outputs: a change of y moves" in s for s in told) == 2
    assert any(s.startswith("a of y is") and "softmax over all outputs makes z" in s for s in told)


def test_a_log_probability_is_told_as_a_probability() -> None:
    project = net(
        x(), out("y", activation="log_softmax"), out("z", activation="log_softmax"),
        wires="x>y:1 x>z:1", data=data([[1.0]], [[1.0, 0.0]]), loss=Loss(name="cross_entropy"),
    )  # fmt: skip
    told = next(s for s in sentences(project) if s.startswith("y gave"))
    assert told.startswith("y gave ln p = −0.6931, so p = 0.5000, where 1.0000 was wanted: ")
    assert told.endswith("it adds 0.6931 to the error.")


def test_an_output_without_targets_is_its_own_error() -> None:
    project = net(x(), out(), wires="x>y:4", data=data([[1.0]]), loss=Loss(name="output"))
    assert "y gave 4.0000: that is its share of E." in sentences(project)


def test_a_saturated_probability_still_has_its_exact_share() -> None:
    """∂E/∂z · h′(a) has lost its digits there; z − t has not."""
    for weight in (30.0, 36.0, 40.0, -750.0):
        project = net(
            x(), out("y", activation="logistic"), wires=f"x>y:{weight}",
            data=data([[1.0]], [[0.25]]), loss=Loss(name="binary_cross_entropy"),
        )  # fmt: skip
        for step, found, trace in walk(project):
            if step.part in ("direct", "delta"):
                assert found.terms[0].value == found.total == trace.delta("y")


def test_before_the_first_step_it_says_what_will_happen() -> None:
    ready = explain(Run(GATES))
    assert (ready.step, ready.title) == (None, "Ready")
    assert ready.sentence.startswith("8 units wait for example 1.")


def test_a_run_that_cannot_go_back_says_why_at_the_start() -> None:
    run = Run(GATES.with_data(targets=()))
    assert run.refused is not None
    assert explain(run).sentence == f"8 units wait. Only the forward pass can run. {run.refused}"
    assert {step.phase for step, _, _ in walk(GATES.with_data(targets=()))} == {"forward"}


# --- the update -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(0, 28, 4))
def test_an_update_shows_every_parameter_before_and_after_and_its_slope(seed: int) -> None:
    run = Run(random_project(seed).with_training(batch_size=2, learning_rate=0.01))
    for _ in range(3):
        before = run.trainer.theta.tolist()
        slopes = run.trainer.gradient_at(
            run.trainer.theta,
            run.trainer.rows[run.trainer._picks(run.cursor.epoch, run.trainer.batch)],
        ).tolist()
        run.step("batch")
        found = explain(run)
        assert "η = 0.0100;" in found.sentence
        assert [term.factors for term in found.terms] == list(zip(before, slopes, strict=True))
        assert [term.value for term in found.terms] == run.trainer.theta.tolist()
        after = run.trainer.theta.tolist()
        moves = [abs(new - old) for new, old in zip(after, before, strict=True)]
        assert f"the largest change is {format_number(max(moves))}." in found.sentence


def test_an_update_names_the_rate_it_was_made_with() -> None:
    run = Run(GATES.with_training(learning_rate=0.25))
    run.step("batch")
    run.retune(msgspec.structs.replace(run.trainer.training, learning_rate=0.5))
    assert "η = 0.2500;" in explain(run).sentence


RULES = {
    "w ← w − η ∂E/∂w": Training(),
    "w ← w − η(∂E/∂w + λw)": Training(weight_decay=0.1),
    "w ← w − η(∂E/∂w + λ_1 sign(w))": Training(l1=0.1),
    "w ← w − η · momentum(∂E/∂w)": Training(optimizer="momentum"),
    "w ← w − η · adam(∂E/∂w + λw)": Training(optimizer="adam", weight_decay=0.1),
    "w ← (1 − ηλ)w − η · adam(∂E/∂w)": Training(optimizer="adamw", weight_decay=0.1),
}


@pytest.mark.parametrize(("formula", "training"), RULES.items())
def test_the_rule_of_the_update_is_the_optimisers_with_its_penalties(
    formula: str, training: Training
) -> None:
    run = Run(GATES.replace(training=training))
    run.step("batch")
    found = explain(run)
    assert found.formula is not None
    assert plain(found.formula).replace("η ", "η").replace("η·", "η ·") == formula.replace(
        "η ", "η"
    ).replace("η·", "η ·")
    penalty = bool(training.weight_decay or training.l1)
    assert ("penalty" in found.sentence) == penalty


def test_frozen_weights_are_not_said_to_move() -> None:
    run = Run(GATES.with_training(train_biases=False))
    run.step("batch")
    assert explain(run).sentence.startswith("Every weight that is not frozen takes a step")
    assert explain(run).aside == explain(run, of="feeder").aside == "1 example"
