"""An edit gives a new, sound network or says why not. Columns and positions: `test_project`."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.errors import EditRefused
from chainstep.network import edits
from chainstep.network.model import (
    ACTIVATION_PARAMS,
    COMBINES,
    KINDS,
    Connection,
    Network,
    Unit,
    replace_unit,
)
from tests.nets import draw, networks

NET = draw("x1 x2 > h1 h2 > y, x1 > y")
CHAIN = draw("x > a > b > c > y")


def ids(network: Network) -> list[str]:
    return [unit.id for unit in network.units]


def ends(network: Network) -> list[tuple[str, str]]:
    return [connection.ends for connection in network.connections]


def wire(source: str, target: str, weight: float = 1.0) -> Connection:
    return Connection(source=source, target=target, weight=weight)


# --- refusals ---------------------------------------------------------------------------------

REFUSALS = {
    "itself": (lambda: edits.connect(NET, wire("h1", "h1")), "h1 cannot feed itself."),
    "input": (
        lambda: edits.connect(NET, wire("h1", "x2")),
        "x2 is an input: its value comes from the data, so nothing can feed it.",
    ),
    "double": (lambda: edits.connect(NET, wire("x1", "y")), "x1 already feeds y."),
    "no name": (lambda: edits.add_unit(NET, Unit(id="")), "A unit needs a name."),
    "long name": (
        lambda: edits.add_unit(NET, Unit(id="n" * 201)),
        "A name has at most 200 characters; this one has 201.",
    ),
    "taken": (lambda: edits.add_unit(NET, Unit(id="h2")), "There is already a unit called h2."),
    "renamed to a taken name": (
        lambda: edits.change_unit(NET, "h1", id="y"), "There is already a unit called y.",
    ),
    "kind": (
        lambda: edits.add_unit(NET, Unit(id="n", kind="ghost")),
        "ghost is not a kind of unit; there are input, hidden, output.",
    ),
    "combine": (
        lambda: edits.change_unit(NET, "h1", combine="mean"),
        "mean is not a way to combine; there are sum, product, max.",
    ),
    "activation": (
        lambda: edits.change_unit(NET, "h1", activation="sigma"),
        "sigma is not an activation Chainstep knows.",
    ),
    "a fed unit as an input": (
        lambda: edits.change_unit(NET, "h1", kind="input"),
        "h1 is fed by x1: delete what feeds it before making it an input.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_why(edit: Callable[[], Network], sentence: str) -> None:
    with pytest.raises(EditRefused) as refused:
        edit()
    assert str(refused.value) == sentence


def test_a_connection_that_would_close_a_loop_names_the_path_round() -> None:
    with pytest.raises(EditRefused) as refused:
        edits.connect(CHAIN, wire("c", "a"))
    assert str(refused.value) == "That would close a loop: a → b → c → a."


def test_the_loop_named_is_a_shortest_one() -> None:
    with_shortcut = edits.connect(CHAIN, wire("a", "c"))
    reason = edits.why_not_connect(with_shortcut, "c", "a")
    assert reason == "That would close a loop: a → c → a."


def test_what_is_allowed_is_not_refused() -> None:
    assert edits.why_not_connect(NET, "h1", "h2") is None
    assert edits.why_not_name(NET, "h1", "h1") is None
    assert edits.why_not_name(NET, "n" * 200) is None
    assert edits.why_not_unit(NET, Unit(id="h1", activation="relu")) is None


# --- single edits -----------------------------------------------------------------------------


def test_a_new_unit_and_a_new_connection_stand_last() -> None:
    grown = edits.add_unit(NET, Unit(id="new"))
    assert ids(grown) == [*ids(NET), "new"]
    joined = edits.connect(grown, wire("x1", "new"))
    assert ends(joined) == [*ends(NET), ("x1", "new")]


def test_removing_a_unit_takes_its_connections_and_no_others() -> None:
    assert ends(edits.remove(NET, ["h1"])) == [("x1", "h2"), ("x2", "h2"), ("h2", "y"), ("x1", "y")]
    assert ids(edits.remove(NET, ["h1"])) == ["x1", "x2", "h2", "y"]


def test_removing_a_connection_leaves_its_units() -> None:
    cut = edits.remove(NET, [], [("x1", "y"), ("y", "x1")])
    assert ids(cut) == ids(NET)
    assert ends(cut) == [pair for pair in ends(NET) if pair != ("x1", "y")]


def test_a_renamed_unit_keeps_its_place_and_its_connections() -> None:
    renamed = edits.change_unit(NET, "h1", id="first")
    swap = {"h1": "first"}
    assert ids(renamed) == [swap.get(name, name) for name in ids(NET)]
    assert ends(renamed) == [(swap.get(s, s), swap.get(t, t)) for s, t in ends(NET)]
    assert [c.weight for c in renamed.connections] == [c.weight for c in NET.connections]


def test_a_connection_changes_alone() -> None:
    changed = edits.change_connection(NET, ("x1", "y"), weight=9.0, name="w", trainable=False)
    wanted = Connection(source="x1", target="y", weight=9.0, name="w", trainable=False)
    assert changed.by_ends["x1", "y"] == wanted
    assert ends(changed) == ends(NET)
    others = [c for c in changed.connections if c.ends != ("x1", "y")]
    assert others == [c for c in NET.connections if c.ends != ("x1", "y")]


def test_reordering_permutes_the_named_units_in_the_places_they_held() -> None:
    assert ids(edits.reorder(NET, ["y", "x1"])) == ["y", "x2", "h1", "h2", "x1"]
    assert ends(edits.reorder(NET, ["y", "x1"])) == ends(NET)


@pytest.mark.parametrize(("kind", "wanted"), [("input", "i1"), ("hidden", "h3"), ("output", "o2")])
def test_a_fresh_name_is_the_first_free_one(kind: str, wanted: str) -> None:
    assert edits.fresh_id(draw("x > h1 h2 > o1"), kind) == wanted


def test_a_fresh_name_fills_a_gap_and_avoids_what_is_taken() -> None:
    net = draw("x > h1 h3 > y")
    assert edits.fresh_id(net, "hidden") == "h2"
    assert edits.fresh_id(net, "hidden", ["h2"]) == "h4"


# --- what no longer applies -------------------------------------------------------------------


def test_an_input_has_nothing_but_its_name() -> None:
    unit = Unit(id="u", activation="elu", params=(("alpha", 2.0),), bias=1.0, trainable=False)
    assert replace_unit(unit, kind="input") == Unit(id="u", kind="input")


def test_a_product_or_maximum_loses_its_bias() -> None:
    for combine in ("product", "max"):
        assert replace_unit(Unit(id="u", bias=1.0), combine=combine).bias is None
        assert replace_unit(Unit(id="u", combine=combine), bias=1.0).bias is None


def test_an_input_that_becomes_a_unit_gets_a_bias_of_0() -> None:
    assert replace_unit(Unit(id="u", kind="input"), kind="hidden").bias == 0.0
    assert replace_unit(Unit(id="u", kind="input"), kind="output", bias=0.5).bias == 0.5
    assert replace_unit(Unit(id="u", kind="input"), kind="hidden", combine="max").bias is None
    assert replace_unit(Unit(id="u", bias=None), activation="tanh").bias is None


def test_parameters_of_another_activation_are_dropped() -> None:
    leaky = Unit(id="u", activation="leaky_relu").with_params(alpha=0.2)
    assert replace_unit(leaky, activation="elu").params == ()
    assert replace_unit(leaky, activation="tanh").params == ()
    assert replace_unit(leaky, activation="elu", params=(("alpha", 0.3),)).param("alpha") == 0.3
    assert replace_unit(leaky, bias=1.0).param("alpha") == 0.2


def test_parameters_at_their_default_are_left_out() -> None:
    unit = Unit(id="u", activation="clip").with_params(low=-1.0, high=1.0)
    assert unit.params == (("low", -1.0),)
    assert unit.with_params(low=0.0).params == ()
    assert replace_unit(unit, params=(("high", 1.0), ("low", -2.0))).params == (("low", -2.0),)
    assert unit.all_params() == {"low": -1.0, "high": 1.0}


# --- copy and paste ---------------------------------------------------------------------------


def test_a_fragment_is_the_chosen_units_and_what_runs_between_them() -> None:
    part = edits.fragment(NET, {"x1", "h1", "y"})
    assert ids(part) == ["x1", "h1", "y"]
    assert ends(part) == [("x1", "h1"), ("h1", "y"), ("x1", "y")]


def test_a_pasted_fragment_gets_fresh_names_where_its_own_are_taken() -> None:
    part = edits.fragment(NET, {"x2", "h1", "h2"})
    merged, given_names = edits.merge(NET, part)
    assert given_names == {"x2": "i1", "h1": "h3", "h2": "h4"}
    assert ids(merged) == [*ids(NET), "i1", "h3", "h4"]
    assert ends(merged) == [*ends(NET), ("i1", "h3"), ("i1", "h4")]
    assert merged.by_ends["i1", "h4"].weight == NET.by_ends["x2", "h2"].weight


def test_a_free_name_is_kept_even_where_a_fresh_one_would_fall_on_it() -> None:
    merged, given_names = edits.merge(draw("x > h1 > y"), draw("a > h1 h2 > b"))
    assert given_names == {"a": "a", "h1": "h3", "h2": "h2", "b": "b"}
    assert len(set(ids(merged))) == len(ids(merged)) == 7
    assert ends(merged)[2:] == [("a", "h3"), ("a", "h2"), ("h3", "b"), ("h2", "b")]


@given(networks(), networks())
def test_pasting_never_doubles_a_name_and_keeps_the_fragment(net: Network, part: Network) -> None:
    merged, given_names = edits.merge(net, part)
    assert_sound(merged)
    assert len(merged.units) == len(net.units) + len(part.units)
    back = {new: old for old, new in given_names.items()}
    pasted = merged.connections[len(net.connections) :]
    assert [(back[c.source], back[c.target]) for c in pasted] == ends(part)


# --- any sequence -----------------------------------------------------------------------------


def assert_sound(network: Network) -> None:
    """Check ids, ends, doubles and cycles by means that share nothing with the edits."""
    names = [unit.id for unit in network.units]
    pairs = [(c.source, c.target) for c in network.connections]
    assert len(set(names)) == len(names)
    assert len(set(pairs)) == len(pairs)
    assert {name for pair in pairs for name in pair} <= set(names)
    inputs = {unit.id for unit in network.units if unit.kind == "input"}
    assert not inputs & {target for _, target in pairs}
    left = set(names)
    while left:
        ready = {name for name in left if not any(t == name and s in left for s, t in pairs)}
        assert ready, f"a cycle among {sorted(left)}"
        left -= ready
    assert all(unit.bias is None for unit in network.units if unit.combine != "sum")


NAMES = st.sampled_from(["a", "b", "c", "d", "e", "h1", "h2", "i1", ""])
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "id": NAMES,
        "kind": st.sampled_from(KINDS),
        "activation": st.sampled_from(sorted(ACTIVATION_PARAMS)),
        "combine": st.sampled_from(COMBINES),
        "bias": st.none() | st.floats(-1, 1),
    },
)


def _edit(data: st.DataObject, network: Network) -> Network:
    verb = data.draw(st.sampled_from(["add", "connect", "connect", "connect", "rest"]))
    if verb == "add" or not network.units:
        kind = data.draw(st.sampled_from(KINDS))
        return edits.add_unit(network, Unit(id=data.draw(NAMES), kind=kind))
    names = st.sampled_from(ids(network))
    some = st.lists(names, unique=True)
    if verb == "connect":
        return edits.connect(network, wire(data.draw(names), data.draw(names)))
    verb = data.draw(st.sampled_from(["remove", "cut", "change", "reorder", "paste"]))
    if verb == "remove":
        return edits.remove(network, data.draw(st.lists(names, max_size=1)))
    if verb == "cut":
        return edits.remove(network, (), ends(network)[:1])
    if verb == "change":
        return edits.change_unit(network, data.draw(names), **data.draw(CHANGES))
    if verb == "reorder":
        return edits.reorder(network, data.draw(some))
    return edits.merge(network, edits.fragment(network, data.draw(some)))[0]


@given(st.data())
def test_no_sequence_of_edits_makes_a_cycle_a_double_or_a_dangling_end(data: st.DataObject) -> None:
    network = draw("a b > c d > e")
    for _ in range(data.draw(st.integers(1, 15))):
        before = msgspec.to_builtins(network)
        try:
            changed = _edit(data, network)
        except EditRefused:
            changed = network
        assert msgspec.to_builtins(network) == before
        assert_sound(changed)
        network = changed


@given(networks(), st.data())
def test_the_preview_and_the_edit_agree(network: Network, data: st.DataObject) -> None:
    if not network.units:
        return
    names = st.sampled_from(ids(network))
    pair: Any = (data.draw(names), data.draw(names))
    reason = edits.why_not_connect(network, *pair)
    if reason is None:
        assert_sound(edits.connect(network, wire(*pair)))
    else:
        with pytest.raises(EditRefused) as refused:
            edits.connect(network, wire(*pair))
        assert str(refused.value) == reason


def test_a_unit_that_has_gone_meanwhile_is_no_longer_changed() -> None:
    with pytest.raises(EditRefused, match="h9 is not in the net any more"):
        edits.change_unit(draw("x > h > y"), "h9", bias=1.0)
