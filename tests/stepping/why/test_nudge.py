"""A nudge shows, by whole forward passes, that the sum of the shares is the derivative."""

import math
from collections.abc import Iterator

import pytest

from chainstep.errors import ChainstepError, NotRunnable
from chainstep.project import Project
from chainstep.stepping.trace import Trace, trace
from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudge, Nudged, reached_from
from tests.hand_nets import data, hidden, net, out, x
from tests.random_nets import random_project

SEEDS = range(40)


def _everything(found: Trace) -> Iterator[Nudged]:
    for unit in found.plan.network.units:
        yield Nudged(INPUT if unit.is_input else UNIT, unit.id)
    for source, target in found.plan.weight:
        yield Nudged(WEIGHT, target, source)
    for unit_id in found.plan.bias:
        yield Nudged(BIAS, unit_id)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_times_direction_is_the_derivative_whatever_is_moved(seed: int) -> None:
    found = trace(random_project(seed))
    for moved in _everything(found):
        nudge = Nudge(found, moved)
        assert math.isclose(nudge.product, nudge.derivative, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_true_quotient_and_the_sum_of_changes_go_to_the_derivative(seed: int) -> None:
    found = trace(random_project(seed))
    for moved in _everything(found):
        line = Nudge(found, moved).line(1e-6)
        size = max(1.0, abs(line.derivative))
        assert abs(line.true - line.derivative) < 2e-4 * size
        assert abs(line.by_changes - line.derivative) < 2e-4 * size


@pytest.mark.parametrize("seed", SEEDS)
def test_the_measured_direction_is_p(seed: int) -> None:
    found = trace(random_project(seed))
    for moved in _everything(found):
        for share in Nudge(found, moved).shares:
            assert abs(share.change - share.p) < 1e-4 * max(1.0, abs(share.p))


@pytest.mark.parametrize("seed", SEEDS)
def test_single_shares_with_all_others_held_add_up_to_the_whole_change(seed: int) -> None:
    project = random_project(seed)
    found = trace(project)
    for moved in _everything(found):
        nudge, h = Nudge(found, moved), 1e-5
        parts = nudge.held(h)
        for share in nudge.shares:
            assert abs(parts[share.unit] / h - share.product) < 1e-2 * max(1, abs(share.product))
        whole = nudge.error(h) - nudge.error()
        rest = h * nudge.own_share
        assert abs(sum(parts.values()) + rest - whole) / h < 1e-2 * max(1, abs(nudge.derivative))


@pytest.mark.parametrize("seed", SEEDS)
def test_with_an_outputs_own_way_the_single_changes_are_the_whole(seed: int) -> None:
    found = trace(random_project(seed))
    for unit in found.plan.network.outputs:
        nudge, h = Nudge(found, Nudged(UNIT, unit.id)), 1e-5
        whole = nudge.error(h) - nudge.error()
        parts = sum(nudge.held(h).values()) + nudge.own_held(h)
        assert abs(parts - whole) / h < 1e-2 * max(1, abs(nudge.derivative))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_one_unit_let_go_moves_begins_with_its_own_move(seed: int) -> None:
    found = trace(random_project(seed))
    for moved in _everything(found):
        nudge, h = Nudge(found, moved), 1e-3
        direct = nudge.direct(h)
        for share in nudge.shares:
            changes = nudge.changes_by(h, share.unit)
            assert math.isclose(changes[share.unit], direct[share.unit], abs_tol=1e-12)
            assert set(changes) == set(reached_from(found, share.unit))


def _diamond() -> Project:
    return net(
        x(),
        hidden("h", activation="tanh"),
        hidden("p", activation="tanh"),
        hidden("q", activation="logistic"),
        out("y"),
        wires="x>h:0.7 h>p:0.9 h>q:-1.1 p>y:0.8 q>y:0.6",
        data=data([[0.4]], [[1.0]]),
    )


def test_the_remainder_falls_with_the_square_of_h() -> None:
    slope = Nudge(trace(_diamond()), Nudged(UNIT, "h")).slope_of_remainder()
    assert slope is not None
    assert abs(slope - 2.0) < 0.05


def test_where_the_error_is_linear_there_is_no_remainder() -> None:
    project = net(x(), out("y"), wires="x>y:2", data=data([[0.5]])).replace(
        loss=_diamond().loss.__class__(name="output")
    )
    assert Nudge(trace(project), Nudged(UNIT, "y")).slope_of_remainder() is None


def test_the_table_comes_nearer_to_the_derivative_as_h_shrinks() -> None:
    lines = Nudge(trace(_diamond()), Nudged(UNIT, "h")).table((1e-1, 1e-2, 1e-3, 1e-4))
    misses = [abs(line.true - line.derivative) for line in lines]
    assert misses == sorted(misses, reverse=True)
    assert misses[-1] < 1e-4


def test_a_nudge_changes_every_unit_it_reaches_and_no_other() -> None:
    found = trace(_diamond())
    assert reached_from(found, "p") == ("p", "y")
    assert set(Nudge(found, Nudged(UNIT, "p")).changes(0.1)) == {"p", "y"}
    changes = Nudge(found, Nudged(UNIT, "h")).changes(0.1)
    assert math.isclose(changes["h"], 0.1)
    assert changes["p"] > 0 > changes["q"]


def test_both_ways_of_a_diamond_are_in_the_product() -> None:
    nudge = Nudge(trace(_diamond()), Nudged(UNIT, "h"))
    assert [share.unit for share in nudge.shares] == ["p", "q"]
    assert all(share.product for share in nudge.shares)


def test_what_the_net_does_not_have_is_refused_in_a_sentence() -> None:
    found = trace(_diamond())
    for moved in (Nudged(UNIT, "zz"), Nudged(UNIT, "x"), Nudged(BIAS, "x"), Nudged("x", "h")):
        with pytest.raises(ChainstepError, match="There is no"):
            Nudge(found, moved)
    with pytest.raises(ChainstepError, match=r"no weight y → x"):
        Nudge(found, Nudged(WEIGHT, "x", "y"))


def test_without_a_backward_pass_there_is_nothing_to_compare_with() -> None:
    found = trace(_diamond().with_data(targets=()))
    with pytest.raises(NotRunnable):
        Nudge(found, Nudged(UNIT, "h"))
