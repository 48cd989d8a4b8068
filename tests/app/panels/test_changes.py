"""What each change does to a project: the expected one, and nothing else."""

import pytest

from chainstep.app.panels import changes
from chainstep.errors import EditRefused
from chainstep.network.model import Unit
from chainstep.project import Loss, Project
from tests.app.panels.stage import mazur


def applied(change: changes.Change, project: Project | None = None) -> Project:
    return change[1](project or mazur())


def unit(change: changes.Change, unit_id: str = "h1", project: Project | None = None) -> Unit:
    return applied(change, project).network.by_id[unit_id]


def test_a_new_name_goes_along_the_connections() -> None:
    network = applied(changes.rename("h1", "hub")).network
    assert "h1" not in network.by_id
    assert ("i1", "hub") in network.by_ends
    assert ("hub", "o2") in network.by_ends


def test_a_taken_name_is_refused_in_the_function() -> None:
    text, edit = changes.rename("h1", "o1")
    assert text == "Rename h1 to o1"
    with pytest.raises(EditRefused, match="already a unit called o1"):
        edit(mazur())


def test_an_input_that_is_fed_cannot_be_made() -> None:
    with pytest.raises(EditRefused, match="fed by i1"):
        applied(changes.set_kind("h1", "input"))


def test_a_hidden_unit_becomes_an_output_with_a_column_of_its_own() -> None:
    project = applied(changes.set_kind("h2", "output"))
    assert [u.id for u in project.network.outputs] == ["h2", "o1", "o2"]
    assert project.data.targets == ((0.0, 0.01, 0.99),)


@pytest.mark.parametrize("combine", ["product", "max"])
def test_only_a_sum_has_a_bias(combine: str) -> None:
    product = applied(changes.set_combine("h1", combine))
    assert product.network.by_id["h1"].combine == combine
    assert product.network.by_id["h1"].bias is None
    assert unit(changes.set_combine("h1", "sum"), project=product).bias == 0.0


def test_a_parameter_keeps_the_others_and_its_default_is_left_out() -> None:
    hard = applied(changes.set_activation(["h1"], "hard_sigmoid"))
    both = applied(changes.set_param("h1", "beta", 0.25), hard)
    both = applied(changes.set_param("h1", "alpha", 0.2), both)
    assert both.network.by_id["h1"].all_params() == {"alpha": 0.2, "beta": 0.25}
    assert unit(changes.set_param("h1", "beta", 0.5), project=both).params == (("alpha", 0.2),)


def test_softmax_takes_all_outputs_along_and_lets_them_all_go() -> None:
    softmax = applied(changes.set_activation(["o1"], "softmax"))
    assert {u.activation for u in softmax.network.outputs} == {"softmax"}
    back = applied(changes.set_activation(["o2"], "tanh"), softmax)
    assert {u.activation for u in back.network.outputs} == {"tanh"}
    assert back.network.by_id["h1"].activation == "logistic"


def test_another_activation_of_one_output_leaves_the_others() -> None:
    project = applied(changes.set_activation(["o1"], "relu"))
    assert [u.activation for u in project.network.outputs] == ["relu", "logistic"]


def test_biases_of_several_units_change_in_one_edit() -> None:
    text, edit = changes.set_bias(["h1", "o1"], 0.25)
    network = edit(mazur()).network
    assert text == "Set bias of 2 units"
    assert [u.bias for u in network.units] == [None, None, 0.25, 0.35, 0.25, 0.6]
    assert changes.set_bias(["h1"], None)[0] == "Remove bias of h1"
    assert unit(changes.set_bias(["h1"], None)).bias is None


def test_freezing_is_the_opposite_of_trainable() -> None:
    assert unit(changes.freeze_biases(["h1"], True)).trainable is False
    text, edit = changes.freeze_weights([("h1", "o1"), ("h1", "o2")], True)
    network = edit(mazur()).network
    frozen = [c.ends for c in network.connections if not c.trainable]
    assert (text, frozen) == ("Freeze weights of 2 connections", [("h1", "o1"), ("h1", "o2")])
    thawed = changes.freeze_weights([("h1", "o1")], False)
    assert thawed[0] == "Unfreeze weight of h1 → o1"
    assert thawed[1](edit(mazur())).network.by_ends["h1", "o1"].trainable


def test_weight_and_name_of_a_connection() -> None:
    heavy = applied(changes.set_weight([("h1", "o1")], 1 / 3))
    named = applied(changes.set_connection_name(("h1", "o1"), "w5"), heavy)
    connection = named.network.by_ends["h1", "o1"]
    assert (connection.weight, connection.name) == (1 / 3, "w5")
    assert named.network.by_ends["h1", "o2"].weight == 0.5


def test_moving_an_input_takes_its_column_along_and_stops_at_the_end() -> None:
    moved = applied(changes.move_in_order("i2", -1))
    assert [u.id for u in moved.network.inputs] == ["i2", "i1"]
    assert moved.data.inputs == ((0.1, 0.05),)
    still = applied(changes.move_in_order("i2", -1), moved)
    assert [u.id for u in still.network.inputs] == ["i2", "i1"]
    down = applied(changes.move_in_order("o1", 1))
    assert (down.data.targets, changes.move_in_order("o1", 1)[0]) == (
        ((0.99, 0.01),),
        "Move o1 down",
    )


def test_a_loss_begins_with_its_own_delta() -> None:
    project = applied(changes.set_huber_delta(0.5), applied(changes.set_loss("huber")))
    assert project.loss == Loss(name="huber", delta=0.5)
    assert applied(changes.set_loss("squared_error"), project).loss == Loss(name="squared_error")


def test_a_function_works_on_the_project_it_is_handed() -> None:
    _, edit = changes.set_bias(["h1"], 0.25)
    reached = mazur().with_parameters({("i1", "h1"): 9.0}, {})
    assert edit(reached).network.by_ends["i1", "h1"].weight == 9.0
