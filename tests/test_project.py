"""The columns of the data and the positions follow every edit (contract, section 1).

The rules of the net itself are in `network/test_edits`.
"""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.errors import ChainstepError, EditRefused
from chainstep.network import edits
from chainstep.network.model import Connection, Unit
from chainstep.project import Data, Project, View
from tests.nets import draw

NET = draw("a b > h > y z")
PROJECT = Project(
    network=NET,
    data=Data(
        inputs=((1.0, 2.0), (3.0, 4.0)),
        targets=((5.0, 6.0), (7.0, 8.0)),
        columns=("A", "B", "Y", "Z"),
        classes=("yes", "zed"),
        scaling={"A": (0.5, 2.0), "B": (1.5, 3.0)},
        validation=(1,),
    ),
    view=View(positions={"a": (0.0, 0.0), "h": (9.0, 1.0), "y": (18.0, 2.0)}),
)
UNNAMED = PROJECT.with_data(columns=(), classes=(), scaling={"a": (0.5, 2.0), "b": (1.5, 3.0)})


def table(project: Project) -> tuple[object, object, object]:
    return project.data.inputs, project.data.targets, project.data.columns


# --- columns ----------------------------------------------------------------------------------


def test_a_new_input_or_output_appends_a_column_of_0_called_as_the_unit() -> None:
    grown = PROJECT.add_unit(Unit(id="c", kind="input")).add_unit(Unit(id="o", kind="output"))
    assert table(grown) == (
        ((1.0, 2.0, 0.0), (3.0, 4.0, 0.0)),
        ((5.0, 6.0, 0.0), (7.0, 8.0, 0.0)),
        ("A", "B", "c", "Y", "Z", "o"),
    )
    assert grown.data.classes == ("yes", "zed", "o")
    assert grown.data.scaling == PROJECT.data.scaling


def test_a_removed_input_or_output_takes_its_column_along() -> None:
    left = PROJECT.remove(["a", "z"])
    assert table(left) == (((2.0,), (4.0,)), ((5.0,), (7.0,)), ("B", "Y"))
    assert left.data.classes == ("yes",)
    assert left.data.scaling == {"B": (1.5, 3.0)}


def test_reordered_units_permute_their_columns() -> None:
    turned = PROJECT.reorder(["b", "a"]).reorder(["z", "y"])
    assert table(turned) == (
        ((2.0, 1.0), (4.0, 3.0)), ((6.0, 5.0), (8.0, 7.0)), ("B", "A", "Z", "Y"),
    )  # fmt: skip
    assert turned.data.classes == ("zed", "yes")
    assert turned.reorder(["a", "b"]).reorder(["y", "z"]).data == PROJECT.data


def test_a_renamed_unit_keeps_its_column_and_its_position() -> None:
    renamed = PROJECT.change_unit("a", id="first").change_unit("y", id="why")
    assert renamed.data == PROJECT.data
    assert renamed.view.positions == {"first": (0.0, 0.0), "h": (9.0, 1.0), "why": (18.0, 2.0)}


def test_a_scale_known_by_its_unit_follows_the_unit() -> None:
    assert UNNAMED.change_unit("a", id="first").data.scaling == {
        "first": (0.5, 2.0), "b": (1.5, 3.0),
    }  # fmt: skip
    assert UNNAMED.remove(["a"]).data.scaling == {"b": (1.5, 3.0)}
    other = UNNAMED.with_data(scaling={"elsewhere": (0.0, 1.0)})
    assert other.remove(["a"]).data.scaling == {"elsewhere": (0.0, 1.0)}


def test_a_unit_that_takes_the_name_of_a_removed_one_does_not_take_its_scale() -> None:
    again = UNNAMED.remove(["a"]).add_unit(Unit(id="a", kind="input"))
    assert again.data.scaling == {"b": (1.5, 3.0)}
    assert again.data.inputs == ((2.0, 0.0), (4.0, 0.0))


def test_a_hidden_unit_has_no_column() -> None:
    for changed in (
        PROJECT.add_unit(Unit(id="new")),
        PROJECT.remove(["h"]),
        PROJECT.change_unit("h", id="g", activation="tanh"),
        PROJECT.reorder(["y", "h"]),
    ):
        assert changed.data is PROJECT.data


def test_a_change_of_kind_moves_a_unit_from_column_to_column() -> None:
    assert table(PROJECT.change_unit("a", kind="hidden")) == (
        ((2.0,), (4.0,)), PROJECT.data.targets, ("B", "Y", "Z"),
    )  # fmt: skip
    # In document order a stands before y and z, and so does its new target column.
    assert table(PROJECT.change_unit("a", kind="output")) == (
        ((2.0,), (4.0,)), ((0.0, 5.0, 6.0), (0.0, 7.0, 8.0)), ("B", "a", "Y", "Z"),
    )  # fmt: skip
    assert table(PROJECT.change_unit("h", kind="output"))[1:] == (
        ((0.0, 5.0, 6.0), (0.0, 7.0, 8.0)), ("A", "B", "h", "Y", "Z"),
    )  # fmt: skip
    cut = PROJECT.remove([], [("h", "y")])
    assert table(cut.change_unit("y", kind="input")) == (
        ((1.0, 2.0, 0.0), (3.0, 4.0, 0.0)), ((6.0,), (8.0,)), ("A", "B", "y", "Z"),
    )  # fmt: skip


def test_pasted_inputs_and_outputs_append_columns() -> None:
    part = edits.fragment(NET, {"b", "h", "z"})
    pasted, given_names = PROJECT.paste(part, {"b": (1.0, 1.0), "gone": (2.0, 2.0)})
    assert given_names == {"b": "i1", "h": "h1", "z": "o1"}
    assert table(pasted) == (
        ((1.0, 2.0, 0.0), (3.0, 4.0, 0.0)),
        ((5.0, 6.0, 0.0), (7.0, 8.0, 0.0)),
        ("A", "B", "i1", "Y", "Z", "o1"),
    )
    assert pasted.view.positions == {**PROJECT.view.positions, "i1": (1.0, 1.0)}
    assert [c.ends for c in pasted.network.connections[-2:]] == [("i1", "h1"), ("h1", "o1")]


def test_without_targets_there_stay_none() -> None:
    bare = PROJECT.with_data(targets=(), columns=(), classes=())
    assert bare.add_unit(Unit(id="o", kind="output")).data.targets == ()
    assert bare.remove(["z"]).data.targets == ()


@pytest.mark.parametrize("rows", [((1.0,), (2.0,)), ((1.0, 2.0), (3.0,)), ((1.0, 2.0, 3.0),) * 2])
def test_rows_that_do_not_fit_are_left_alone(rows: tuple[tuple[float, ...], ...]) -> None:
    for changed in (
        PROJECT.with_data(inputs=rows).remove(["a"]),
        PROJECT.with_data(inputs=rows).add_unit(Unit(id="c", kind="input")),
        PROJECT.with_data(inputs=rows).reorder(["b", "a"]),
    ):
        assert changed.data.inputs == rows
        assert changed.data.targets == PROJECT.data.targets


def test_names_that_do_not_fit_are_left_alone() -> None:
    odd = PROJECT.with_data(columns=("A", "B"), classes=("only", "two", "three"))
    assert odd.remove(["a", "z"]).data.columns == ("A", "B")
    assert odd.remove(["a", "z"]).data.classes == ("only", "two", "three")


def test_held_back_rows_stay_held_back() -> None:
    assert PROJECT.remove(["a"]).data.training_rows == (0,)


# --- positions and identity -------------------------------------------------------------------


def test_moving_a_unit_keeps_the_very_network_and_data() -> None:
    moved = PROJECT.move({"a": (5.0, 6.0), "b": (7.0, 8.0)})
    assert moved.network is PROJECT.network
    assert moved.data is PROJECT.data
    assert moved.view.positions["a"] == (5.0, 6.0)
    assert moved.view.positions["y"] == (18.0, 2.0)


def test_positions_of_removed_units_go() -> None:
    assert PROJECT.remove(["a", "h"]).view.positions == {"y": (18.0, 2.0)}


def test_a_new_unit_stands_where_it_was_put() -> None:
    assert PROJECT.add_unit(Unit(id="n"), (3.0, 4.0)).view.positions["n"] == (3.0, 4.0)
    assert PROJECT.add_unit(Unit(id="n")).view is PROJECT.view


def test_new_weights_leave_everything_else_alone() -> None:
    changed = PROJECT.with_parameters({("a", "h"): 9.0}, {"z": -1.0})
    assert changed.network.by_ends["a", "h"].weight == 9.0
    assert changed.network.by_id["z"].bias == -1.0
    assert changed.network.by_ends["b", "h"] == NET.by_ends["b", "h"]
    assert changed.network.by_id["y"] == NET.by_id["y"]
    assert (changed.data, changed.view) == (PROJECT.data, PROJECT.view)


def test_connecting_is_refused_with_the_sentence_of_the_net() -> None:
    with pytest.raises(EditRefused, match=r"^y cannot feed itself\.$"):
        PROJECT.connect("y", "y", 1.0)
    joined = PROJECT.connect("a", "y", 0.5, name="w9").network.connections[-1]
    assert joined == Connection(source="a", target="y", weight=0.5, name="w9")


EDITS = [
    lambda p: p.add_unit(Unit(id="n", kind="input"), (1.0, 1.0)),
    lambda p: p.connect("a", "y", 1.0),
    lambda p: p.remove(["a"], [("b", "h")]),
    lambda p: p.change_unit("a", id="n"),
    lambda p: p.change_unit("z", kind="hidden"),
    lambda p: p.change_connection(("a", "h"), weight=9.0),
    lambda p: p.reorder(["b", "a"]),
    lambda p: p.move({"a": (9.0, 9.0)}),
    lambda p: p.paste(p.network, {"a": (9.0, 9.0)})[0],
    lambda p: p.with_parameters({("a", "h"): 9.0}, {"z": 9.0}),
    lambda p: p.with_training(learning_rate=9.0),
    lambda p: p.with_view(digits=9),
]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_no_value_in_place(edit: object) -> None:
    before = msgspec.to_builtins(PROJECT)
    assert callable(edit)
    assert msgspec.to_builtins(edit(PROJECT)) != before
    assert msgspec.to_builtins(PROJECT) == before


# --- any sequence -----------------------------------------------------------------------------


@given(st.data())
def test_a_column_belongs_to_its_unit_through_any_sequence_of_edits(data: st.DataObject) -> None:
    """Every column holds a number of its own, so that a wrong one would be seen.

    Where every column has gone, so have the names: those that come then have none.
    """
    project, wanted, named = PROJECT, {"a": 1.0, "b": 2.0, "y": 5.0, "z": 6.0}, True
    kind_of = dict.fromkeys("ab", "input") | dict.fromkeys("yz", "output")
    for number in range(data.draw(st.integers(1, 10))):
        named = named and bool(project.network.inputs or project.network.outputs)
        names = st.sampled_from([unit.id for unit in project.network.units] or ["none"])
        verb = data.draw(st.sampled_from(["add", "remove", "rename", "kind", "reorder"]))
        try:
            if verb == "add":
                unit = Unit(id=f"n{number}", kind=data.draw(st.sampled_from(["input", "output"])))
                project = project.add_unit(unit)
                wanted[unit.id], kind_of[unit.id] = 0.0, unit.kind
                continue
            if not project.network.units:
                continue
            name = data.draw(names)
            if verb == "remove":
                project = project.remove([name])
                wanted.pop(name, None)
            elif verb == "rename":
                project = project.change_unit(name, id=f"n{number}")
                wanted = {f"n{number}" if k == name else k: v for k, v in wanted.items()}
                kind_of[f"n{number}"] = kind_of.get(name, "hidden")
            elif verb == "kind":
                kind = data.draw(st.sampled_from(["input", "hidden", "output"]))
                project = project.change_unit(name, kind=kind)
                if kind != kind_of.get(name, "hidden"):
                    wanted[name], kind_of[name] = 0.0, kind
            else:
                project = project.reorder(data.draw(st.lists(names, unique=True)))
        except ChainstepError:
            continue
    network = project.network
    assert project.data.inputs[0] == tuple(wanted[unit.id] for unit in network.inputs)
    assert project.data.targets[0] == tuple(wanted[unit.id] for unit in network.outputs)
    columns = len(network.inputs) + len(network.outputs)
    assert len(project.data.columns) == (columns if named else 0)
