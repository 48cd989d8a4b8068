"""Values and slopes of every activation are those mpmath gives, kinks and far ends included.

Nets that use them are in `test_reference_nets.py`.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from chainstep.engine.predict import predict
from chainstep.network.model import ACTIVATION_PARAMS, GROUP_ACTIVATIONS, Connection, Network, Unit
from chainstep.project import Data, Loss, Project
from chainstep.stepping.trace import trace
from tests.reference import fixture, single_unit, worst_error

TABLES = fixture("activations.json")["tables"]
GROUPS = fixture("activations.json")["groups"]
#: Rounding of the argument is amplified where the function falls steeply (e^−450 at gelu(−30)).
RELATIVE = 1e-12


def named(table: Mapping[str, Any]) -> str:
    return " ".join([table["activation"], *(f"{k}={v:.3g}" for k, v in table["params"].items())])


def close(computed: float, exact: float, absolute: float = 1e-300) -> bool:
    return math.isclose(computed, exact, rel_tol=RELATIVE, abs_tol=absolute)


def test_every_activation_has_reference_points() -> None:
    assert {table["activation"] for table in TABLES} == set(ACTIVATION_PARAMS) - GROUP_ACTIVATIONS
    for name, params in ACTIVATION_PARAMS.items():
        tables = [table for table in TABLES if table["activation"] == name]
        assert len(tables) >= (2 if params else 0)
        assert all(len(table["points"]) >= 20 for table in tables)


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_an_activation_has_the_values_of_mpmath(table: Mapping[str, Any]) -> None:
    points = [point for point, _, _ in table["points"]]
    project = single_unit(table["activation"], table["params"], points)
    # alpha of hard_sigmoid is 1/6 as a double: at its bounds the exact h is 1e-17 off.
    absolute = 1e-16 if table["activation"] == "hard_sigmoid" else 1e-300
    wrong = []
    for n, (point, z, slope) in enumerate(table["points"]):
        unit = trace(project, n).as_dict()["units"][1]
        assert unit["a"] == point
        if not close(unit["z"], z, absolute):
            wrong.append(("h", point, unit["z"], z))
        if slope is not None and not close(unit["h_prime"], slope):
            wrong.append(("h'", point, unit["h_prime"], slope))
    assert not wrong


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_predictions_use_the_same_function_for_many_rows(table: Mapping[str, Any]) -> None:
    points = [point for point, _, _ in table["points"]]
    project = single_unit(table["activation"], table["params"], points)
    z = predict(project, [[point] for point in points])[:, 0]
    assert worst_error(z, [exact for _, exact, _ in table["points"]]) <= RELATIVE


@pytest.mark.parametrize("group", GROUPS, ids=lambda g: f"{g['activation']} {g['a']}")
def test_a_softmax_group_has_the_values_and_jacobian_of_mpmath(group: Mapping[str, Any]) -> None:
    units = trace(group_project(group, "output"), 0).as_dict()["units"][1:]
    assert all(close(u["z"], z, 1e-16) for u, z in zip(units, group["z"], strict=True))
    for j, unit in enumerate(units):
        assert unit["h_prime"] is None
        assert [row["unit"] for row in unit["jacobian"]] == [u["id"] for u in units]
        column = [row[j] for row in group["jacobian"]]
        slopes = [row["dz_da"] for row in unit["jacobian"]]
        assert all(close(one, dz_da, 1e-15) for one, dz_da in zip(slopes, column, strict=True))


@pytest.mark.parametrize("group", GROUPS, ids=lambda g: f"{g['activation']} {g['a']}")
@pytest.mark.parametrize("loss", ["output", "half_squared_error", "cross_entropy"])
def test_jacobian_terms_sum_to_delta(group: Mapping[str, Any], loss: str) -> None:
    for unit in trace(group_project(group, loss), 0).as_dict()["units"][1:]:
        terms = [row["term"] for row in unit["jacobian"]]
        size = max(map(abs, terms), default=0.0) or 1.0
        assert abs(sum(terms) - unit["delta"]) <= 1e-12 * size


def group_project(group: Mapping[str, Any], loss: str) -> Project:
    """Return a net whose outputs have exactly the group's a, given by their biases."""
    names = [f"y{k}" for k in range(len(group["a"]))]
    outputs = (
        Unit(id=name, kind="output", activation=group["activation"], bias=a)
        for name, a in zip(names, group["a"], strict=True)
    )
    targets = () if loss == "output" else (tuple(np.linspace(0.1, 0.9, len(names))),)
    return Project(
        network=Network(
            units=(Unit(id="x", kind="input"), *outputs),
            connections=(Connection(source="x", target="y0", weight=1.0),),
        ),
        loss=Loss(name=loss),
        data=Data(inputs=((0.0,),), targets=targets),
    )
