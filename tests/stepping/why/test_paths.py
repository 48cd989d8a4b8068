"""The sum over all paths is ∂E/∂a; the count is exact however many there are."""

import math
from functools import cache

import pytest

from chainstep.errors import NotRunnable
from chainstep.network.model import Network
from chainstep.project import Data, Project
from chainstep.stepping.trace import Trace, trace
from chainstep.stepping.why.paths import Paths
from tests.nets import draw
from tests.random_nets import random_project
from tests.work import Work


@pytest.mark.parametrize("seed", range(200))
def test_the_sum_over_all_paths_is_the_gradient(seed: int) -> None:
    found = trace(random_project(seed))
    for unit in found.plan.network.units:
        paths = Paths(found, unit.id)
        values = [path.value for path in paths.walk()]
        size = max(1.0, math.fsum(map(abs, values)))
        assert abs(math.fsum(values) - paths.total) <= 1e-12 * size


def _counted(network: Network, unit: str) -> int:
    """Count paths to outputs by following each: written without the code that is tested."""

    @cache
    def ways(here: str) -> int:
        onward = [c.target for c in network.connections if c.source == here]
        return int(network.by_id[here].is_output) + sum(map(ways, onward))

    return ways(unit)


@pytest.mark.parametrize("seed", range(200))
def test_the_count_equals_an_independent_count_and_the_list(seed: int) -> None:
    found = trace(random_project(seed))
    for unit in found.plan.network.units:
        paths = Paths(found, unit.id)
        assert paths.count == _counted(found.plan.network, unit.id) == len(list(paths.walk()))


@pytest.mark.parametrize("seed", range(60))
def test_best_first_search_finds_the_largest_paths_in_order(seed: int) -> None:
    found = trace(random_project(seed))
    for unit in found.plan.network.units:
        paths = Paths(found, unit.id)
        sizes = sorted((abs(path.value) for path in paths.walk()), reverse=True)
        largest = [abs(path.value) for path in paths.largest(7)]
        assert largest == pytest.approx(sizes[:7], rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("seed", range(60))
def test_what_passes_a_connection_is_the_sum_of_the_paths_over_it(seed: int) -> None:
    found = trace(random_project(seed))
    for unit in found.plan.network.inputs:
        paths = Paths(found, unit.id)
        everything = list(paths.walk())
        size = max(1.0, math.fsum(abs(path.value) for path in everything))
        for ends in found.plan.weight:
            over = math.fsum(path.value for path in everything if ends in path.connections)
            assert abs(paths.through(ends) - over) <= 1e-12 * size


@pytest.mark.parametrize("seed", range(60))
def test_what_every_path_passes_is_found_without_walking_them(seed: int) -> None:
    found = trace(random_project(seed))
    for unit in found.plan.network.units:
        paths = Paths(found, unit.id)
        everything = list(paths.walk())
        common = (
            set.intersection(*(set(path.units) for path in everything)) if everything else set()
        )
        assert set(paths.meets) == common - {unit.id}
        on = {ends for path in everything for ends in path.connections}
        assert {connection.ends for connection in paths.connections} == on


def _deep(layers: int, width: int) -> Trace:
    text = " > ".join(
        ["x", *(" ".join(f"h{n}_{k}" for k in range(width)) for n in range(layers)), "y"]
    )
    network = draw(text, hidden="tanh")
    return trace(Project(network=network, data=Data(inputs=((0.3,),), targets=((1.0,),))))


def test_far_more_paths_than_can_be_listed_are_counted_exactly_and_at_once() -> None:
    paths = Paths(_deep(20, 10), "x")
    with Work() as work:
        assert paths.count == 10**20
        assert paths.costs.by_paths == 21 * 10**20
        assert paths.costs.by_backpropagation == 10 + 19 * 100 + 10
        top = paths.largest(10)
    assert work.calls < 100_000
    assert len(top) == 10
    sizes = [abs(path.value) for path in top]
    assert sizes == sorted(sizes, reverse=True)


def test_of_a_million_paths_the_best_are_found_in_order() -> None:
    paths = Paths(_deep(6, 10), "x")
    assert paths.count == 10**6
    listed = paths.listed(100)
    everything = sorted((abs(path.value) for path in paths.walk()), reverse=True)
    assert [abs(path.value) for path in listed] == pytest.approx(everything[:100], rel=1e-12)


def test_backpropagation_multiplies_once_for_each_connection_and_paths_once_each() -> None:
    network = draw("x > h > p q > y")
    found = trace(Project(network=network, data=Data(inputs=((1.0,),), targets=((0.5,),))))
    costs = Paths(found, "x").costs
    assert (costs.by_paths, costs.by_backpropagation) == (2 * 3, 5)
    assert (costs.additions_by_paths, costs.additions_by_backpropagation) == (1, 1)


def test_a_path_multiplies_from_its_end_back() -> None:
    network = draw("x > h > p q > y")
    found = trace(Project(network=network, data=Data(inputs=((1.0,),), targets=((0.5,),))))
    path = Paths(found, "h").listed()[0]
    assert path.units[0] == "h"
    assert path.units[-1] == "y"
    assert path.running[0] == path.end
    assert math.isclose(path.running[-1], path.value, rel_tol=1e-15)
    assert path.connections == tuple(zip(path.units[:-1], path.units[1:], strict=True))


def test_a_unit_that_leads_nowhere_has_no_path() -> None:
    drawn = draw("x > h > y")
    network = Network(units=drawn.units, connections=drawn.connections[:1])
    found = trace(Project(network=network, data=Data(inputs=((1.0,),), targets=((0.5,),))))
    paths = Paths(found, "h")
    assert (paths.count, paths.listed(), paths.largest(), paths.total) == (0, (), (), 0.0)


def test_without_a_backward_pass_there_are_no_numbers_on_paths() -> None:
    project = Project(network=draw("x > h > y"), data=Data(inputs=((1.0,),)))
    with pytest.raises(NotRunnable):
        Paths(trace(project), "x")
