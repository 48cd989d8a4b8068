"""Matrices, forward mode and backpropagation give one number."""

import math

import numpy as np
import pytest

from chainstep.errors import NotRunnable
from chainstep.network.order import levels
from chainstep.project import Data, Project
from chainstep.stepping.trace import Trace, trace
from chainstep.stepping.why.jacobians import (
    SKIP,
    STEP,
    LevelJacobian,
    costs,
    jacobian_at,
    push,
    softmax_jacobian,
)
from tests.nets import draw
from tests.random_nets import random_project

SEEDS = range(120)


def _gradient(found: Trace, unit: str) -> float:
    drawn = found.plan.network.by_id[unit]
    value = found.dE_dz(unit) if drawn.is_input else found.delta(unit)
    assert value is not None
    return value


def _every_level(found: Trace) -> list[LevelJacobian]:
    """The blocks of every level, from the inputs up."""
    one_of = {level: unit for unit, level in levels(found.plan.network).items()}
    return [jacobian_at(found, one_of[level]) for level in sorted(one_of)]


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_transposed_jacobians_carry_the_gradient_to_every_unit(seed: int) -> None:
    found = trace(random_project(seed))
    level_of = levels(found.plan.network)
    seen = []
    for jacobian in _every_level(found):
        for unit, value in zip(jacobian.columns, jacobian.below, strict=True):
            assert level_of[unit] == jacobian.level
            assert _near(float(value), _gradient(found, unit))
            seen.append(unit)
    assert sorted(seen) == sorted(level_of)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_column_is_the_sum_over_exactly_the_units_fed(seed: int) -> None:
    found = trace(random_project(seed))
    for unit in found.plan.network.units:
        jacobian = jacobian_at(found, unit.id)
        products = jacobian.column(unit.id)
        outgoing = found.plan.network.outgoing[unit.id]
        assert {product.row for product in products} == {c.target for c in outgoing}
        own = float(jacobian.own[jacobian.columns.index(unit.id)])
        total = math.fsum(product.value for product in products) + own
        assert _near(total, _gradient(found, unit.id))


@pytest.mark.parametrize("seed", range(40))
def test_the_blocks_together_are_the_jacobian_of_the_whole_net(seed: int) -> None:
    """(1 − B)⁻¹, with B of all blocks, holds every ∂a_k/∂a_j: solved without a chain rule."""
    found = trace(random_project(seed))
    names = [unit.id for unit in found.plan.network.units]
    place = {name: n for n, name in enumerate(names)}
    blocks = np.zeros((len(names), len(names)))
    for jacobian in _every_level(found):
        for row, line in zip(jacobian.rows, jacobian.values, strict=True):
            for column, value in zip(jacobian.columns, line, strict=True):
                blocks[place[row], place[column]] = value
    whole = np.linalg.inv(np.eye(len(names)) - blocks)
    for unit in names:
        for other, tangent in push(found, unit).tangents.items():
            assert whole[place[other], place[unit]] == pytest.approx(tangent, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_forward_mode_and_reverse_mode_agree(seed: int) -> None:
    found = trace(random_project(seed))
    for unit in found.plan.network.units:
        assert _near(push(found, unit.id).derivative, _gradient(found, unit.id))


def test_the_product_of_the_matrices_is_the_jacobian_of_the_whole_net() -> None:
    network = draw("x1 x2 > h1 h2 > p q > y1 y2", hidden="tanh")
    data = Data(inputs=((0.2, -0.4),), targets=((0.1, 0.3),))
    found = trace(Project(network=network, data=data))
    whole = np.linalg.multi_dot([j.values for j in reversed(_every_level(found)[:-1])])
    for place, name in enumerate(("x1", "x2")):
        tangents = push(found, name).tangents
        assert whole[:, place] == pytest.approx([tangents["y1"], tangents["y2"]], rel=1e-12)


def test_a_skip_connection_makes_a_block_of_its_own() -> None:
    network = draw("x > h > p > y, x > y", hidden="tanh")
    found = trace(Project(network=network, data=Data(inputs=((0.2,),), targets=((0.1,),))))
    first, second, third, last = _every_level(found)
    assert (first.columns, first.rows, first.levels) == (("x",), ("h", "y"), (1, 3))
    assert first.kinds == ((STEP,), (SKIP,))
    assert (second.columns, second.rows, second.kinds) == (("h",), ("p",), ((STEP,),))
    assert (third.columns, third.rows) == (("p",), ("y",))
    assert (last.columns, last.rows, last.own.tolist()) == (("y",), (), [found.delta("y")])


def test_softmax_couples_every_output_with_every_other() -> None:
    network = draw("x > y1 y2 y3", output="softmax")
    data = Data(inputs=((0.7,),), targets=((1.0, 0.0, 0.0),))
    found = trace(Project(network=network, data=data))
    table = softmax_jacobian(found)
    assert table is not None
    z = np.array([found.z(name) for name in table.rows])
    assert table.values == pytest.approx(np.diag(z) - np.outer(z, z), abs=1e-15)
    for column, name in zip(table.values.T, table.columns, strict=True):
        direct = [found.direct(row) or 0.0 for row in table.rows]
        assert _near(float(column @ direct), _gradient(found, name))


def test_outputs_on_their_own_have_no_softmax_jacobian() -> None:
    network = draw("x > y")
    data = Data(inputs=((0.7,),), targets=((1.0,),))
    assert softmax_jacobian(trace(Project(network=network, data=data))) is None


def test_forward_mode_costs_a_sweep_for_each_parameter_and_reverse_mode_one_in_all() -> None:
    network = draw("x > h1 h2 > y")
    found = trace(Project(network=network, data=Data(inputs=((1.0,),), targets=((0.5,),))))
    spent = costs(found)
    assert spent.sweeps == 4 + 3
    # Into h: w z, h → y, y → E for each of two weights; h → y, y → E for each of two biases …
    assert spent.forward == 2 * (1 + 2) + 2 * 2 + 2 * (1 + 1) + 1
    assert spent.reverse == 2 + 4


@pytest.mark.parametrize("seed", range(40))
def test_the_cost_of_forward_mode_is_that_of_its_pushes(seed: int) -> None:
    found = trace(random_project(seed))
    spent = costs(found)
    weights = [push(found, target).multiplications + 1 for _, target in found.plan.weight]
    biases = [push(found, unit).multiplications for unit in found.plan.bias]
    assert spent.forward == sum(weights) + sum(biases)
    assert spent.sweeps == len(weights) + len(biases)


def test_without_a_backward_pass_there_are_no_gradients_to_carry() -> None:
    found = trace(Project(network=draw("x > h > y"), data=Data(inputs=((1.0,),))))
    asked = (lambda: jacobian_at(found, "h"), lambda: push(found, "h"), lambda: costs(found))
    for ask in asked:
        with pytest.raises(NotRunnable):
            ask()
