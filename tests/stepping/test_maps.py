"""The numbers behind the plots, against what is worked out by hand."""

import numpy as np
import pytest

from chainstep.engine.activations import Array
from chainstep.engine.columns import columns
from chainstep.engine.plan import Plan, compile_plan
from chainstep.network.model import Network
from chainstep.project import Data, Loss, Project
from chainstep.stepping import maps
from tests.nets import draw

CORNERS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def plane_net() -> Network:
    """y = 2 x1 − x2 + 0.5, without a bend anywhere."""
    network = draw("x1 x2 > y", output="identity")
    weights = {("x1", "y"): 2.0, ("x2", "y"): -1.0}
    return Project(network=network).with_parameters(weights, {"y": 0.5}).network


def ready(network: Network) -> tuple[Plan, Array]:
    plan = compile_plan(network)
    return plan, plan.theta()


def test_a_plane_leaves_15_percent_of_air_round_the_data() -> None:
    data = Data(inputs=((0.0, -10.0), (2.0, 10.0)))
    plane = maps.plane_of(Project(network=plane_net(), data=data))
    assert (plane.left, plane.right) == pytest.approx((-0.3, 2.3))
    assert (plane.bottom, plane.top) == pytest.approx((-13.0, 13.0))


def test_a_plane_of_a_single_point_has_one_unit_at_each_side() -> None:
    plane = maps.plane_of(Project(network=plane_net(), data=Data(inputs=((3.0, 4.0),))))
    assert plane == maps.Plane(2.0, 4.0, 3.0, 5.0)


def test_a_grid_goes_row_by_row_from_the_left_bottom() -> None:
    points = maps.grid(maps.Plane(0.0, 2.0, 10.0, 14.0), 2, 2)
    assert points.tolist() == [[0.5, 1.5, 0.5, 1.5], [11.0, 11.0, 13.0, 13.0]]


def test_a_map_is_the_units_output_at_each_point() -> None:
    plan, theta = ready(plane_net())
    points = maps.grid(maps.Plane(0.0, 2.0, 0.0, 2.0), 2, 2)
    z = maps.unit_maps(plan, theta, points, [plan.row["y"], plan.row["x2"]])
    assert z[0].tolist() == [1.0, 3.0, 0.0, 2.0]
    assert z[1].tolist() == [0.5, 0.5, 1.5, 1.5]


def test_a_map_of_many_points_is_the_same_in_parts() -> None:
    plan, theta = ready(draw("x1 x2 > h1 h2 > y"))
    points = maps.grid(maps.Plane(-1.0, 1.0, -1.0, 1.0), 100, 100)
    assert points.shape[1] > 2 * maps.CHUNK
    z = maps.unit_maps(plan, theta, points, plan.outputs.tolist())
    last = maps.unit_maps(plan, theta, points[:, -1:], plan.outputs.tolist())
    assert z[0, -1] == pytest.approx(last[0, 0], rel=1e-12)


def test_a_contour_of_a_plane_is_its_straight_line() -> None:
    y, x = np.mgrid[0:6, 0:8].astype(np.float64)
    lines = maps.contour(x + 2 * y, 7.3)
    assert len(lines) > 5
    for x_at, y_at in np.concatenate((lines[:, :2], lines[:, 2:])):
        assert x_at + 2 * y_at == pytest.approx(7.3)


def test_a_contour_joins_end_to_end() -> None:
    y, x = np.mgrid[0:21, 0:21].astype(np.float64)
    lines = maps.contour((x - 10.3) ** 2 + (y - 9.6) ** 2, 36.0)
    ends = np.round(np.concatenate((lines[:, :2], lines[:, 2:])), 9)
    _, counts = np.unique(ends, axis=0, return_counts=True)
    assert set(counts.tolist()) == {2}


def test_no_contour_leads_through_what_is_not_finite() -> None:
    values = np.array([[np.nan, 0.0], [0.0, 2.0]])
    assert len(maps.contour(values, 1.0)) == 0


def test_a_map_that_stays_on_one_side_has_no_contour() -> None:
    assert maps.contour(np.ones((4, 4)), 3.0).shape == (0, 4)


def test_levels_leave_the_inputs_out_and_follow_the_longest_path() -> None:
    plan, theta = ready(draw("x1 x2 > h1 h2 > y, x1 > y"))
    named = {row: unit for unit, row in plan.row.items()}
    rows = [[named[row] for row in part.tolist()] for part in maps.level_rows(plan)]
    assert rows == [["h1", "h2"], ["y"]]
    into_y = [c.weight for c in plan.network.connections if c.target == "y"]
    assert maps.level_weights(plan, theta)[1].tolist() == into_y
    assert len(into_y) == 3


def test_delta_and_flow_of_a_chain_are_the_products_by_hand() -> None:
    """x → h → y, both identity, E = ½(z − t)²: δ_y = z − t, δ_h = w_yh δ_y."""
    network = draw("x > h > y", hidden="identity", output="identity")
    weights = {("x", "h"): 2.0, ("h", "y"): -3.0}
    project = Project(
        network=network, data=Data(inputs=((1.0,), (2.0,)), targets=((0.0,), (-10.0,)))
    ).with_parameters(weights, {"h": 0.0, "y": 0.0})
    plan, theta = ready(project.network)
    delta = maps.deltas(project.loss, plan, theta, *columns(project))
    assert delta[plan.row["y"]].tolist() == [-6.0, -2.0]
    assert delta[plan.row["h"]].tolist() == [18.0, 6.0]
    assert maps.flow(plan, delta) == [12.0, 4.0]


def test_a_spread_counts_every_value_once() -> None:
    found = maps.spread(1, np.array([0.0, 0.1, 0.9, 1.0, 0.5]), 2)
    assert (found.low, found.high, found.counts) == (0.0, 1.0, (2, 3))


def test_a_spread_of_equal_values_is_one_bar() -> None:
    assert maps.spread(1, np.full(7, 0.3), 10).counts == (7,)


def test_a_spread_says_how_many_values_are_not_finite() -> None:
    found = maps.spread(1, np.array([1.0, np.nan, np.inf, 2.0]), 2)
    assert (found.counts, found.outside) == ((1, 1), 2)
    assert maps.spread(1, np.array([np.nan]), 3).counts == (0, 0, 0)


def test_confusion_of_one_output_counts_both_sides_of_the_middle() -> None:
    """y > 0.5 where 2 x1 > x2: (0,0) gives exactly 0.5, which counts as the upper class."""
    data = Data(inputs=CORNERS, targets=((0.0,), (0.0,), (1.0,), (0.0,)))
    project = Project(network=plane_net(), data=data)
    plan, theta = ready(project.network)
    counts = maps.confusion(project, plan, theta, *columns(project))
    assert counts.tolist() == [[1, 2], [0, 1]]
    assert maps.class_names(project) == ("0", "1")


def test_confusion_of_several_outputs_takes_the_largest() -> None:
    network = draw("x > a b c", output="identity")
    weights = {("x", "a"): -1.0, ("x", "b"): 0.0, ("x", "c"): 1.0}
    data = Data(inputs=((-1.0,), (1.0,), (2.0,)), targets=((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)))
    project = Project(network=network, loss=Loss(), data=data)
    project = project.with_parameters(weights, {"a": 0.0, "b": 0.0, "c": 0.0})
    plan, theta = ready(project.network)
    counts = maps.confusion(project, plan, theta, *columns(project))
    assert counts.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert maps.class_names(project) == ("a", "b", "c")
    named = project.with_data(classes=("ant", "bee", "cat"))
    assert maps.class_names(named) == ("ant", "bee", "cat")


def test_thinned_rows_lie_evenly_and_short_ones_stay() -> None:
    rows = np.arange(1000)
    assert maps.thinned(rows, 4).tolist() == [0, 250, 500, 750]
    assert maps.thinned(rows[:3], 4).tolist() == [0, 1, 2]
