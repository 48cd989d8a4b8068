"""Every single term agrees with a difference of its own, and the check's own error is a V."""

from dataclasses import replace

import pytest

from chainstep.errors import NotRunnable
from chainstep.files.examples import load_example
from chainstep.stepping.trace import Trace, trace
from chainstep.stepping.why.complex_step import complex_step
from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudge, Nudged
from chainstep.stepping.why.term_check import check_terms, compare, sweep, sweep_term
from tests.random_nets import random_project


@pytest.mark.parametrize("seed", range(80))
def test_every_term_agrees_with_moving_its_unit_alone(seed: int) -> None:
    found = trace(random_project(seed))
    rows = check_terms(found)
    assert {(row.source, row.target) for row in rows} == set(found.plan.weight)
    for row in rows:
        assert abs(row.analytic - row.numeric) < 2e-5 * max(1.0, abs(row.analytic))
    assert all(row.relative < 1e-3 for row in rows)


def test_the_analytic_side_is_the_engines_term() -> None:
    found = trace(load_example("mazur_2_2_2"))
    by_ends = found.plan.network.by_ends
    for row in check_terms(found):
        term = found.outgoing(by_ends[row.source, row.target])
        right = term.delta_term if term.delta_term is not None else term.dE_dz_term
        assert row.analytic == pytest.approx(right, rel=1e-12)


def test_the_error_of_a_difference_falls_then_rises_as_h_shrinks() -> None:
    rows = sweep(Nudge(trace(load_example("mazur_2_2_2")), Nudged(UNIT, "h1")))
    central = [row.central for row in rows]
    best = central.index(min(central))
    assert 3 <= best <= 7
    assert central[0] > 1e3 * central[best]
    assert central[-1] > 1e3 * central[best]
    assert rows[2].one_sided > 10 * rows[2].central


def _everything(found: Trace) -> list[Nudged]:
    units = [Nudged(INPUT if u.is_input else UNIT, u.id) for u in found.plan.network.units]
    weights = [Nudged(WEIGHT, target, source) for source, target in found.plan.weight]
    return [*units, *weights, *(Nudged(BIAS, unit) for unit in found.plan.bias)]


@pytest.mark.parametrize("seed", range(60))
def test_a_complex_step_gives_all_digits_of_every_derivative_and_term(seed: int) -> None:
    found = trace(random_project(seed))
    for moved in _everything(found):
        value = complex_step(found, moved)
        assert value == pytest.approx(Nudge(found, moved).derivative, rel=1e-12, abs=1e-12)
    for row in compare(found):
        assert row.complex == pytest.approx(row.analytic, rel=1e-12, abs=1e-12)
        assert row.passed


def test_upon_a_kink_there_is_no_complex_step() -> None:
    relu = trace(load_example("goodfellow_xor_relu"), 0)
    upon = [unit.id for unit in relu.plan.network.units if relu.a(unit.id) == 0.0]
    assert upon
    assert complex_step(relu, Nudged(UNIT, upon[0])) is None


def test_a_wrong_derivative_does_not_pass() -> None:
    right = compare(trace(load_example("mazur_2_2_2")), "h1")[0]
    assert not replace(right, analytic=right.analytic * (1 + 1e-7)).passed
    alone = replace(right, complex=None, relative=1e-3)
    assert not alone.passed
    assert replace(alone, skipped="a kink lies within h").passed


def test_of_one_unit_only_its_own_derivatives_are_checked_and_no_more_than_asked_for() -> None:
    found = trace(load_example("iris"))
    rows = compare(found, "h1")
    everything = {(row.kind, row.what): row for row in compare(found)}
    assert len(rows) == 4 + 1 + 1 + 3
    assert all(everything[row.kind, row.what] == row for row in rows)
    few = compare(found, "h1", most=2)
    weights = sorted((r for r in rows if r.kind == "weight"), key=lambda r: -abs(r.analytic))
    assert [row for row in few if row.kind == "weight"] == weights[:2]
    assert sum(row.kind == "term" for row in few) == 2


def test_an_example_held_back_can_be_checked_too() -> None:
    project = load_example("iris")
    assert compare(trace(project.with_data(validation=(0,)), 0), "h1")


def test_the_sweep_of_a_term_is_a_v_too() -> None:
    central = [row.central for row in sweep_term(trace(load_example("mazur_2_2_2")), "h1", "o2")]
    best = central.index(min(central))
    assert 2 <= best <= 7
    assert central[0] > 1e3 * central[best]
    assert central[-1] > 1e3 * central[best]


def test_without_a_backward_pass_no_term_is_checked() -> None:
    with pytest.raises(NotRunnable):
        check_terms(trace(load_example("mazur_2_2_2").with_data(targets=())))
