"""A net that follows its examples: what comes, what goes, what stays as it was."""

import pytest

from chainstep.data.fitting import fitted, why_not_fit, with_examples
from chainstep.errors import ChainstepError
from chainstep.project import Data, Project
from chainstep.stepping.run import Run
from tests.nets import draw

FOUR = Data(
    inputs=((1.0, 2.0, 3.0, 4.0), (4.0, 3.0, 2.0, 1.0), (0.0, 0.0, 1.0, 1.0)),
    targets=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    columns=("a", "b", "c", "d", "red", "green", "blue"),
    classes=("red", "green", "blue"),
)


def ids(project: Project) -> tuple[list[str], list[str]]:
    network = project.network
    return [u.id for u in network.inputs], [u.id for u in network.outputs]


def test_what_does_not_fit_is_said_in_words_and_changes_nothing() -> None:
    project = Project(network=draw("x1 x2 > h1 > y"))
    said = "The table has 4 inputs and 3 targets, the net 2 and 1:"
    assert why_not_fit(project, FOUR).startswith(said)
    with pytest.raises(ChainstepError, match="let the net follow"):
        with_examples(project, FOUR, follows=False)


def test_inputs_and_outputs_come_with_the_columns_names_and_the_rest_stays() -> None:
    project = Project(network=draw("x1 x2 > h1 h2 > y"))
    after = with_examples(project, FOUR, follows=True)
    assert ids(after) == (["a", "b", "c", "d"], ["red", "green", "blue"])
    called = {"x1": "a", "x2": "b", "y": "red"}
    for c in project.network.connections:
        ends = called.get(c.source, c.source), called.get(c.target, c.target)
        assert after.network.by_ends[ends].weight == c.weight
    assert [c.source for c in after.network.incoming["h1"]] == ["a", "b", "c", "d"]
    assert {c.source for c in after.network.incoming["blue"]} == {"h1", "h2"}
    assert after.loss.name == "cross_entropy"
    assert {u.activation for u in after.network.outputs} == {"softmax"}
    assert Run(after).refused is None


def test_inputs_and_outputs_go_from_the_end() -> None:
    project = Project(network=draw("x1 x2 x3 > h1 > y1 y2"))
    small = Data(inputs=((1.0,), (2.0,)), targets=((0.5,), (0.7,)))
    after = with_examples(project, small, follows=True)
    assert ids(after) == (["x1"], ["y1"])
    assert after.data is small


def test_nothing_drawn_yet_becomes_a_net_with_a_hidden_layer() -> None:
    after = with_examples(Project(), FOUR, follows=True)
    assert ids(after) == (["a", "b", "c", "d"], ["red", "green", "blue"])
    assert len(after.network.units) == 15
    assert set(after.view.positions) == set(after.network.by_id)
    run = Run(after)
    run.train(5)
    assert run.losses[-1] < run.losses[0]


def test_a_net_that_fits_already_is_the_very_same() -> None:
    project = Project(network=draw("x1 x2 x3 x4 > red green blue", output="softmax"))
    assert fitted(project, FOUR) is project


def test_a_softmax_is_given_up_for_targets_that_are_no_classes() -> None:
    project = with_examples(Project(), FOUR, follows=True)
    measured = Data(inputs=FOUR.inputs, targets=((1.5, 2.5), (0.0, 1.0), (2.0, 0.1)))
    after = with_examples(project, measured, follows=True)
    assert {u.activation for u in after.network.outputs} == {"identity"}
    assert Run(after).refused is None


def test_a_softmax_becomes_logistic_for_yes_and_no() -> None:
    project = with_examples(Project(), FOUR, follows=True)
    answered = Data(inputs=FOUR.inputs, targets=((1.0,), (0.0,), (1.0,)))
    after = with_examples(project, answered, follows=True)
    assert [u.activation for u in after.network.outputs] == ["logistic"]
    assert after.loss.name == "binary_cross_entropy"
    assert Run(after).refused is None


def test_a_column_called_like_a_unit_gets_a_name_of_its_own() -> None:
    data = Data(inputs=((1.0, 2.0),), targets=((1.0,),), columns=("y", "h1", "t"))
    after = with_examples(Project(network=draw("x1 > h1 > y")), data, follows=True)
    assert ids(after) == (["x1", "i1"], ["y"])


def test_outputs_that_fit_are_called_as_their_classes_all_the_same() -> None:
    project = Project(network=draw("x1 x2 x3 x4 > ant bee cat", output="softmax"))
    project = project.move({"bee": (7.0, 8.0)})
    after = with_examples(project, FOUR, follows=True)
    assert ids(after) == (["x1", "x2", "x3", "x4"], ["red", "green", "blue"])
    assert after.view.positions == {"green": (7.0, 8.0)}
