"""What goes wrong when a term is forgotten, a weight updated early, a gradient not cleared."""

import math

import pytest

from chainstep.errors import ChainstepError, NotRunnable
from chainstep.files.examples import load_example
from chainstep.project import Data, Project
from chainstep.stepping.run import Run
from chainstep.stepping.trace import trace
from chainstep.stepping.why.mistakes import deltas_without, forget, too_early, uncleared
from tests.nets import draw
from tests.random_nets import random_project


@pytest.mark.parametrize("seed", range(80))
def test_with_nothing_forgotten_the_deltas_are_the_engines(seed: int) -> None:
    found = trace(random_project(seed))
    for unit, value in deltas_without(found, ()).items():
        drawn = found.plan.network.by_id[unit]
        right = found.dE_dz(unit) if drawn.is_input else found.delta(unit)
        assert right is not None
        assert math.isclose(value, right, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_a_forgotten_term_is_what_is_missing_from_the_sum(seed: int) -> None:
    found = trace(random_project(seed))
    for connection in found.plan.network.connections:
        lost = forget(found, [connection.ends])
        rows = [row for row in lost.rows if row.name == connection.source]
        outgoing = found.outgoing(connection)
        source_is_input = found.plan.network.by_id[connection.source].is_input
        term = outgoing.dE_dz_term if source_is_input else outgoing.delta_term
        assert term is not None
        assert math.isclose(lost.term, term, rel_tol=1e-12, abs_tol=1e-15)
        assert bool(rows) == (lost.term != 0)
        for row in rows:
            assert math.isclose(row.right - row.wrong, lost.term, rel_tol=1e-9, abs_tol=1e-12)


def _diamond() -> Project:
    network = draw("x > h > p q > y", hidden="tanh")
    return Project(network=network, data=Data(inputs=((0.4,),), targets=((1.0,),)))


def test_the_gradient_check_fails_at_and_behind_a_forgotten_term_only() -> None:
    found = trace(_diamond())
    assert forget(found, []).failed == ()
    failed = forget(found, [("h", "q")]).failed
    assert {(row.kind, row.name) for row in failed} == {
        ("unit", "h"),
        ("input", "x"),
        ("weight", "x → h"),
        ("bias", "h"),
    }


def test_no_more_derivatives_are_checked_than_asked_for() -> None:
    found = forget(trace(_diamond()), [("h", "q")], most=2)
    assert (len(found.rows), found.reached) == (2, 4)


def test_a_term_that_is_not_there_cannot_be_left_out() -> None:
    with pytest.raises(ChainstepError, match="no term h → x"):
        forget(trace(_diamond()), [("h", "x")])
    with pytest.raises(NotRunnable):
        forget(trace(_diamond().with_data(targets=())), [])


def test_mazurs_published_error_came_of_weights_updated_too_early() -> None:
    found = too_early(load_example("mazur_2_2_2"))
    assert found.loss_before == pytest.approx(0.298371109, abs=5e-10)
    assert found.loss_right == pytest.approx(0.291027774, abs=5e-10)
    assert found.loss_wrong == pytest.approx(0.291027924, abs=5e-10)


def test_the_weights_into_the_outputs_are_right_even_so() -> None:
    found = too_early(load_example("mazur_2_2_2"))
    for ends, right in found.right.items():
        if ends[1].startswith("o"):
            assert found.wrong[ends] == right
        else:
            assert found.wrong[ends] != right


def test_cleared_gradients_make_the_losses_of_the_run() -> None:
    project = load_example("mazur_2_2_2")
    run = Run(project)
    run.train(epochs=5)
    assert uncleared(project, 5).cleared == pytest.approx(run.losses, rel=1e-12)


def test_gradients_that_are_not_cleared_take_steps_that_grow() -> None:
    found = uncleared(load_example("mazur_2_2_2"), 6)
    assert found.added[:2] == found.cleared[:2]
    assert found.added[2:] != found.cleared[2:]
    first = found.cleared[0] - found.cleared[1]
    assert found.added[1] - found.added[2] > 1.5 * first
