"""What a drawing lacks before it can run: each sentence, and nothing where nothing is lacking."""

from typing import Any

import pytest

from chainstep.engine.readiness import (
    why_not_backward,
    why_not_example,
    why_not_forward,
    why_not_train,
)
from chainstep.project import LOSSES, Loss, Project, Training
from tests.hand_nets import data, hidden, net, out, x

READY = net(x(), hidden("h"), out(), wires="x>h:1 h>y:1", data=data([[1.0], [2.0]], [[0.0], [1.0]]))
ASKED = (why_not_forward, why_not_example, why_not_backward, why_not_train)


def group(*names: str, **parts: Any) -> Project:
    outs = [out(f"y{n}", activation=name) for n, name in enumerate(names)]
    wires = " ".join(f"x>y{n}:1" for n in range(len(names)))
    ready = {"data": data([[1.0]], [[1.0] + [0.0] * (len(names) - 1)]), **parts}
    return net(x(), *outs, wires=wires, **ready)


def test_a_net_that_lacks_nothing_gets_no_sentence() -> None:
    for project in (READY, group("softmax", "softmax", loss=Loss(name="cross_entropy"))):
        assert [why(project) for why in ASKED] == [None] * 4


FORWARD = {
    "Not yet runnable: the net has no input.": net(out(), wires="", data=data([[]], [[1.0]])),
    "Not yet runnable: the net has no output.": net(x(), wires="", data=data([[1.0]])),
    "h is softmax, which only outputs can be.": net(
        x(), hidden("h", activation="softmax"), out(), wires="x>h:1 h>y:1"
    ),
    "softmax couples all outputs, but y1 is logistic: give all outputs the same of the two.": group(
        "softmax", "logistic"
    ),
    "log_softmax couples all outputs, but y1 is softmax: give all outputs the same of the two.": (
        group("log_softmax", "softmax")
    ),
    "y is softmax and feeds z: such an output feeds nothing.": net(
        x(), out("y", activation="softmax"), out("z", activation="softmax"), wires="x>y:1 y>z:1"
    ),
}


@pytest.mark.parametrize(("sentence", "project"), FORWARD.items())
def test_what_keeps_a_net_from_computing(sentence: str, project: Project) -> None:
    assert why_not_forward(project) == sentence
    assert why_not_example(project) == sentence
    assert why_not_train(project) == sentence


EXAMPLE = {
    "Not yet runnable: the data have no rows.": READY.with_data(inputs=(), targets=()),
    "Not yet runnable: row 2 of the data has 2 inputs, but the net has 1 input.": READY.with_data(
        inputs=((1.0,), (1.0, 2.0))
    ),
    "Not yet runnable: row 1 of the data has 0 inputs, but the net has 1 input.": READY.with_data(
        inputs=((), (1.0,))
    ),
    "Not yet runnable: row 1 of the data has 1 input, but the net has 2 inputs.": READY.replace(
        network=net(x("a"), x("b"), out(), wires="a>y:1").network
    ),
}


@pytest.mark.parametrize(("sentence", "project"), EXAMPLE.items())
def test_what_keeps_a_net_from_its_data(sentence: str, project: Project) -> None:
    assert why_not_forward(project) is None
    assert why_not_example(project) == sentence
    assert why_not_train(project) == sentence


BACKWARD = {
    "There are no targets, so there is no error to carry back.": READY.with_data(targets=()),
    "The data have 2 rows of inputs but 1 row of targets; each row takes both.": READY.with_data(
        targets=((0.0,),)
    ),
    "Not yet runnable: row 1 of the data has 2 targets, but the net has 1 output.": READY.with_data(
        targets=((0.0, 1.0), (0.0, 1.0))
    ),
    "binary_cross_entropy needs logistic outputs, but y is identity.": READY.replace(
        loss=Loss(name="binary_cross_entropy")
    ),
    "cross_entropy needs softmax or log_softmax outputs, but y is identity.": READY.replace(
        loss=Loss(name="cross_entropy")
    ),
    "binary_cross_entropy needs logistic outputs, but y1 is tanh.": group(
        "logistic", "tanh", loss=Loss(name="binary_cross_entropy")
    ),
    "The backward pass stops at h: a step has no derivative that could carry an error; "
    "choose logistic or another activation.": READY.change_unit("h", activation="step"),
    "The backward pass stops at y: a step has no derivative that could carry an error; "
    "choose logistic or another activation.": READY.change_unit("y", activation="step"),
}


@pytest.mark.parametrize(("sentence", "project"), BACKWARD.items())
def test_what_keeps_an_error_from_being_carried_back(sentence: str, project: Project) -> None:
    assert why_not_example(project) is None
    assert why_not_backward(project) == sentence
    assert why_not_train(project) == sentence


TRAIN = {
    "A batch of 0 rows is none; it takes at least 1.": READY.with_training(batch_size=0),
    "The seed -1 is negative; choose 0 or more.": READY.replace(training=Training(seed=-1)),
    "Not yet runnable: every row is held back for validation, none is left to train on.": (
        READY.with_data(validation=(0, 1))
    ),
}


@pytest.mark.parametrize(("sentence", "project"), TRAIN.items())
def test_what_keeps_a_net_from_training_though_it_has_its_passes(
    sentence: str, project: Project
) -> None:
    assert why_not_backward(project) is None
    assert why_not_train(project) == sentence


def test_a_step_unit_that_feeds_nothing_stops_nothing() -> None:
    dead_end = READY.change_unit("h", activation="step").remove([], [("h", "y")])
    assert why_not_train(dead_end) is None


@pytest.mark.parametrize("loss", LOSSES)
def test_only_the_output_itself_needs_no_targets(loss: str) -> None:
    activation = {"binary_cross_entropy": "logistic", "cross_entropy": "softmax"}.get(loss)
    project = group(activation or "tanh", loss=Loss(name=loss)).with_data(targets=())
    assert (why_not_backward(project) is None) == (loss == "output")
