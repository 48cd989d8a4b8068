"""Tidy drawings: nothing overlaps, everything flows to the right, crossings do not grow."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.network import layout
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Connection, Network, Unit
from tests.work import Work


def net(kinds: dict[str, str], ends: list[tuple[str, str]]) -> Network:
    return Network(
        units=tuple(Unit(id=name, kind=kind) for name, kind in kinds.items()),
        connections=tuple(Connection(source=s, target=t, weight=0.5) for s, t in ends),
    )


def layered(*widths: int) -> Network:
    letters = [INPUT, *[HIDDEN] * (len(widths) - 2), OUTPUT]
    rows = [[f"{level}.{n}" for n in range(width)] for level, width in enumerate(widths)]
    kinds = {name: kind for kind, row in zip(letters, rows, strict=True) for name in row}
    ends = [(s, t) for a, b in itertools.pairwise(rows) for s in a for t in b]
    return net(kinds, ends)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    count = draw(st.integers(1, layout.MOST_ROWS))
    names = [f"u{n}" for n in range(count)]
    kinds = [draw(st.sampled_from([INPUT, HIDDEN, OUTPUT])) for _ in names]
    pairs = [
        (i, j) for j in range(count) for i in range(j) if kinds[j] != INPUT and draw(st.booleans())
    ]
    shuffled = draw(st.permutations(list(zip(names, kinds, strict=True))))
    return net(dict(shuffled), [(names[i], names[j]) for i, j in pairs])


def nearest(points: list[tuple[float, float]]) -> float:
    return min(
        ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
        for n, a in enumerate(points)
        for b in points[:n]
    )


@given(networks())
def test_no_two_units_overlap_and_every_connection_runs_to_the_right(network: Network) -> None:
    places = layout.tidy(network)
    assert places.keys() == network.by_id.keys()
    if len(places) > 1:
        assert nearest(list(places.values())) > 2 * 32 + 8
    for connection in network.connections:
        assert places[connection.source][0] < places[connection.target][0]


@given(networks())
def test_outputs_that_feed_nothing_stand_in_the_last_column_inputs_in_the_first(
    network: Network,
) -> None:
    places = layout.tidy(network)
    xs = [x for x, _ in places.values()]
    for unit in network.outputs:
        if not network.outgoing[unit.id]:
            assert places[unit.id][0] == max(xs)
    for unit in network.inputs:
        assert places[unit.id][0] == 0.0


@given(networks())
def test_inputs_and_outputs_keep_the_order_of_the_document(network: Network) -> None:
    places = layout.tidy(network)
    for group in (network.inputs, [u for u in network.outputs if not network.outgoing[u.id]]):
        heights = [places[unit.id][1] for unit in group]
        assert heights == sorted(heights)


@given(networks())
def test_crossings_are_never_more_than_in_document_order(network: Network) -> None:
    layers, edges = layout._layers(network, layout.columns(network))
    fixed = {u.id for u in network.units if u.kind != HIDDEN}
    better = layout._untangled(layers, edges, fixed)
    assert layout.crossings(better, edges) <= layout.crossings(layers, edges)
    assert [sorted(layer) for layer in better] == [sorted(layer) for layer in layers]


def test_a_tangle_that_can_be_undone_is_undone() -> None:
    kinds = {"i1": INPUT, "i2": INPUT, "h1": HIDDEN, "h2": HIDDEN, "o1": OUTPUT, "o2": OUTPUT}
    places = layout.tidy(net(kinds, [("i1", "h2"), ("i2", "h1"), ("h2", "o1"), ("h1", "o2")]))
    assert places["h2"][1] < places["h1"][1]


def test_a_full_layer_keeps_the_order_of_the_document() -> None:
    places = layout.tidy(layered(4, 5, 3))
    heights = [places[f"1.{n}"][1] for n in range(5)]
    assert heights == sorted(heights)


def test_crossings_of_a_full_pair_of_layers_follow_the_formula() -> None:
    layers, edges = layout._layers(network := layered(4, 5), layout.columns(network))
    assert layout.crossings(layers, edges) == (4 * 3 // 2) * (5 * 4 // 2)


def test_a_long_column_is_folded_and_nothing_overlaps_or_runs_backwards() -> None:
    network = layered(30, 80, 13, 3)
    places = layout.tidy(network)
    xs, ys = zip(*places.values(), strict=True)
    assert nearest(list(places.values())) > 2 * 32 + 8
    assert max(ys) - min(ys) < max(xs) - min(xs)
    for connection in network.connections:
        assert places[connection.source][0] < places[connection.target][0]


def test_a_hidden_unit_that_nothing_feeds_stands_right_of_the_inputs() -> None:
    places = layout.tidy(net({"i1": INPUT, "h1": HIDDEN, "o1": OUTPUT}, []))
    assert places["i1"][0] < places["h1"][0] < places["o1"][0]


@pytest.mark.parametrize("shape", ["layered", "scattered"])
def test_the_work_of_tidying_grows_with_the_connections_only(shape: str) -> None:
    network = layered(100, 100, 100) if shape == "layered" else scattered(1_000, 10_000)
    with Work() as work:
        layout.tidy(network)
    assert work.calls < 35 * len(network.connections)


def scattered(units: int, connections: int) -> Network:
    draw = random.Random(3)
    kinds = {
        f"u{n}": INPUT if n < 20 else OUTPUT if n >= units - 5 else HIDDEN for n in range(units)
    }
    ends: set[tuple[str, str]] = set()
    while len(ends) < connections:
        i, j = sorted(draw.sample(range(units), 2))
        if j >= 20 and i < units - 5:
            ends.add((f"u{i}", f"u{j}"))
    return net(kinds, sorted(ends))


def test_missing_positions_are_found_without_moving_what_stands() -> None:
    network = layered(2, 3, 1)
    given_places = {"0.0": (0.0, 0.0), "1.1": (260.0, 50.0)}
    placed = layout.place_missing(network, given_places)
    assert placed.keys() == network.by_id.keys() - given_places.keys()
    assert nearest([*placed.values(), *given_places.values()]) > 2 * 32 + 8


def test_without_any_position_the_whole_net_is_tidied() -> None:
    network = layered(2, 2, 1)
    assert layout.place_missing(network, {}) == layout.tidy(network)


def test_a_complete_set_of_positions_is_left_alone() -> None:
    network = layered(2, 2, 1)
    assert layout.place_missing(network, layout.tidy(network)) == {}


def test_an_empty_net_has_no_positions() -> None:
    assert layout.tidy(Network()) == {}
