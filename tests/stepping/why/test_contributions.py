"""Shares are the trace's terms, their parts add up to one, and cancelling shows."""

import math

import pytest

from chainstep.errors import NotRunnable
from chainstep.project import Data, Project
from chainstep.stepping.trace import trace
from chainstep.stepping.why.contributions import contributions
from tests.nets import draw
from tests.random_nets import random_project


@pytest.mark.parametrize("seed", range(60))
def test_the_terms_at_a_unit_add_up_to_its_gradient_and_the_parts_to_one(seed: int) -> None:
    found = trace(random_project(seed))
    made = contributions(found)
    for unit in found.plan.network.units:
        here = [c for (source, _), c in made.connections.items() if source == unit.id]
        here += [made.own[unit.id]] if unit.id in made.own else []
        right = found.dE_dz(unit.id) if unit.is_input else found.delta(unit.id)
        assert right is not None
        total = math.fsum(c.value for c in here)
        assert math.isclose(total, right, rel_tol=1e-12, abs_tol=1e-12)
        if any(c.value for c in here):
            assert math.isclose(math.fsum(c.part for c in here), 1.0, rel_tol=1e-12)
            size = math.fsum(abs(c.value) for c in here)
            assert math.isclose(made.kept[unit.id] * size, abs(total), abs_tol=1e-12)


def test_shares_that_cancel_are_told_from_those_that_agree() -> None:
    network = draw("x > h > p q > y", hidden="identity")
    weights = {("h", "p"): 1.0, ("h", "q"): -1.0, ("p", "y"): 1.0, ("q", "y"): 0.9}
    project = Project(network=network, data=Data(inputs=((1.0,),), targets=((5.0,),)))
    made = contributions(trace(project.with_parameters(weights, {})))
    assert made.kept["h"] == pytest.approx(0.1 / 1.9)
    assert made.connections["h", "q"].against
    assert not made.connections["h", "p"].against
    assert made.kept["p"] == 1.0


def test_importance_is_what_e_would_change_by_were_the_unit_gone() -> None:
    found = trace(random_project(3))
    made = contributions(found)
    for unit in found.plan.network.units:
        slope = found.dE_dz(unit.id)
        if slope is not None:
            assert made.importance[unit.id] == abs(slope * found.z(unit.id))


def test_without_a_backward_pass_nobody_contributes() -> None:
    with pytest.raises(NotRunnable):
        contributions(trace(Project(network=draw("x > y"), data=Data(inputs=((1.0,),)))))
