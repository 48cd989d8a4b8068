"""Every single term agrees with a difference of its own, and the check's own error is a V."""

import pytest

from chainstep.errors import NotRunnable
from chainstep.files.examples import load_example
from chainstep.stepping.trace import Trace, trace
from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudge, Nudged
from chainstep.stepping.why.term_check import check_terms, complex_step, sweep
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


def test_a_complex_step_gives_all_digits_where_it_is_possible() -> None:
    steps = 0
    for seed in range(150):
        found = trace(random_project(seed))
        for moved in _everything(found):
            value = complex_step(found, moved)
            if value is not None:
                steps += 1
                assert value == pytest.approx(Nudge(found, moved).derivative, rel=1e-10, abs=1e-12)
    assert steps > 50


def test_a_complex_step_is_not_tried_across_a_kink_or_a_softmax() -> None:
    relu = trace(load_example("goodfellow_xor_relu"), 1)
    assert complex_step(relu, _everything(relu)[0]) is None
    iris = trace(load_example("iris"))
    assert complex_step(iris, _everything(iris)[0]) is None


def test_without_a_backward_pass_no_term_is_checked() -> None:
    with pytest.raises(NotRunnable):
        check_terms(trace(load_example("mazur_2_2_2").with_data(targets=())))
