"""Levels, the order of the forward pass and paths, against counts by brute force."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given

from chainstep.network.model import Connection, Network, Unit
from chainstep.network.order import depth, find_cycle, find_path, forward_order, levels, path_count
from tests.nets import draw, networks


def walks(network: Network, start: str) -> Iterator[tuple[str, ...]]:
    """Yield every path that starts at a unit, by plain recursion."""
    yield (start,)
    for connection in network.connections:
        if connection.source == start:
            for rest in walks(network, connection.target):
                yield (start, *rest)


@given(networks())
def test_the_level_of_a_unit_is_the_length_of_the_longest_path_to_it(network: Network) -> None:
    longest = {unit.id: 0 for unit in network.units}
    for unit in network.units:
        for walk in walks(network, unit.id):
            longest[walk[-1]] = max(longest[walk[-1]], len(walk) - 1)
    assert levels(network) == longest
    assert depth(network) == max(longest.values(), default=0)


@given(networks())
def test_forward_goes_by_level_and_within_a_level_in_document_order(network: Network) -> None:
    level, place = levels(network), {unit.id: n for n, unit in enumerate(network.units)}
    order = [unit.id for unit in forward_order(network)]
    assert order == sorted(place, key=lambda name: (level[name], place[name]))
    assert all(order.index(c.source) < order.index(c.target) for c in network.connections)


@given(networks())
def test_the_number_of_paths_is_that_of_all_paths_written_out(network: Network) -> None:
    kinds = {unit.id: unit.kind for unit in network.units}
    paths = [
        walk
        for unit in network.units
        if unit.kind == "input"
        for walk in walks(network, unit.id)
        if kinds[walk[-1]] == "output"
    ]
    assert path_count(network) == len(paths)


def test_paths_are_counted_exactly_however_many() -> None:
    layers = " > ".join(" ".join(f"u{n}_{k}" for k in range(10)) for n in range(12))
    assert path_count(draw(f"x > {layers} > y")) == 10**12


def test_paths_through_and_to_an_output_that_feeds_on_count_both() -> None:
    net = draw("x > h > y")
    late = Network(
        units=(*net.units, Unit(id="z", kind="output")),
        connections=(*net.connections, Connection(source="y", target="z", weight=1.0)),
    )
    assert path_count(net) == 1
    assert path_count(late) == 2


@given(networks())
def test_the_path_found_is_a_shortest_one(network: Network) -> None:
    pairs = {connection.ends for connection in network.connections}
    for start, goal in itertools.product(network.by_id, repeat=2):
        lengths = [len(walk) for walk in walks(network, start) if walk[-1] == goal]
        found = find_path(network, start, goal)
        if found is None:
            assert not lengths
        else:
            assert (found[0], found[-1], len(found)) == (start, goal, min(lengths))
            assert set(itertools.pairwise(found)) <= pairs


def test_a_cycle_is_named_in_the_direction_of_its_connections() -> None:
    ends = [("x", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "y")]
    cycle = find_cycle(ends)
    assert cycle is not None
    assert cycle[0] == cycle[-1]
    assert set(cycle) == {"a", "b", "c"}
    assert set(itertools.pairwise(cycle)) <= set(ends)


@pytest.mark.parametrize("ends", [[], [("a", "b"), ("a", "c"), ("b", "c")]])
def test_where_there_is_no_cycle_none_is_found(ends: list[tuple[str, str]]) -> None:
    assert find_cycle(ends) is None


def test_a_unit_that_feeds_itself_is_a_cycle() -> None:
    assert find_cycle([("a", "a")]) == ("a", "a")


def test_an_empty_net_has_no_order_and_no_paths() -> None:
    assert (levels(Network()), forward_order(Network()), depth(Network())) == ({}, (), 0)
    assert path_count(Network()) == 0


def test_a_chain_far_deeper_than_the_stack_is_ordered() -> None:
    names = [f"u{n}" for n in range(5000)]
    chain = draw(" > ".join(names))
    assert [unit.id for unit in forward_order(chain)] == names
    assert path_count(chain) == 1
    assert find_path(chain, names[0], names[-1]) == tuple(names)
