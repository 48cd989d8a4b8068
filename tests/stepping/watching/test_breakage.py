"""When numbers break: the run stands where it happened, can show it, and says what was measured."""

import math
from typing import Any

import msgspec
import pytest

from chainstep.errors import NumbersBroke
from chainstep.project import Project, Training
from chainstep.stepping.explain.step import explain
from chainstep.stepping.run import Run
from chainstep.stepping.watching import breakage
from tests.hand_nets import data, hidden, net, out, x


def wild(activation: str, value: float, rows: int = 50, at: int = 33, **fields: Any) -> Project:
    inputs = [[1.5]] * rows
    inputs[at] = [value]
    return net(
        x(),
        hidden("wild", activation=activation, **fields),
        out(),
        wires="x>wild:1 wild>y:1",
        data=data(inputs, [[0.0]] * rows),
    )


def broken(project: Project, epochs: int = 200) -> tuple[Run, str]:
    run = Run(project)
    with pytest.raises(NumbersBroke) as error:
        run.train(epochs)
    return run, str(error.value)


def test_the_cursor_stands_on_the_unit_example_and_pass_that_broke() -> None:
    run, sentence = broken(wild("exp", 800.0))
    cursor = run.cursor
    assert cursor.step is not None
    assert (cursor.row, cursor.step.phase, cursor.step.unit) == (33, "forward", "wild")
    assert sentence == (
        "The value of wild is no longer finite at example 34 in epoch 1; "
        "training stopped at the last good weights."
    )


def test_the_batch_and_the_weights_are_those_before_the_failure() -> None:
    project = wild("exp", 800.0).with_training(batch_size=10, learning_rate=1e-9)
    run, _ = broken(project)
    good = Run(project)
    for _ in range(3):
        good.train_batch()
    assert (run.cursor.updates, run.cursor.batch) == (3, 3)
    assert run.trainer.theta.tobytes() == good.trainer.theta.tobytes()
    run.back("batch")
    assert run.cursor.updates == 3
    assert run.trainer.theta.tobytes() == good.trainer.theta.tobytes()


def test_an_update_that_goes_too_far_leaves_the_cursor_before_it() -> None:
    project = net(
        x(), out(), wires="x>y:1", data=data([[3.0], [3.0]], [[1.0], [1.0]]),
        training=Training(learning_rate=1.7e308),
    )  # fmt: skip
    run, sentence = broken(project)
    cursor = run.cursor
    assert (cursor.example, cursor.index) == (1, cursor.count - 1)
    assert "smaller learning rate" in sentence


@pytest.mark.parametrize(
    "project",
    [
        wild("exp", 800.0),
        wild("reciprocal", 0.0),
        wild("power", -1.0, params=(("exponent", 0.5),)),
        wild("identity", 1e200),
        wild("identity", 1.7e308, bias=1.7e308),
    ],
)
def test_every_step_of_a_broken_example_can_be_looked_at(project: Project) -> None:
    run, _ = broken(project)
    there = run.cursor.index
    for index in range(run.cursor.count):
        run.seek(index)
        assert explain(run).sentence
    run.seek(there)
    found = explain(run)
    assert found.step == run.cursor.step
    values = [found.total, *(term.value for term in found.terms), run.trace.z("wild")]
    assert any(v is None or not math.isfinite(v) for v in values) or "∞" in found.sentence


def test_a_rising_loss_is_given_as_evidence_against_the_learning_rate() -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]))
    run, _ = broken(project.with_training(learning_rate=3.0))
    said = breakage.causes(run.trainer)
    lowest = min(run.losses[-50:])
    assert said[0].startswith("E rose from ")
    assert said[0].endswith("the learning rate η = 3.0000 is too large.")
    assert f"in epoch {run.losses.index(lowest) + 1:,} to " in said[0]
    assert said[1].startswith("The weight of x → y has grown to ")


def test_wide_inputs_are_named_with_their_reach() -> None:
    run, _ = broken(wild("exp", 800.0))
    said = breakage.causes(run.trainer, "wild")
    assert said == (
        "Input x reaches 800.0000: standardise the data.",
        "The function of wild, exp, has no bound: tanh or softplus has.",
    )


def test_saturated_units_are_counted() -> None:
    project = net(
        x(), hidden("h", activation="logistic"), out(), wires="x>h:9 h>y:1",
        data=data([[9.0], [9.0], [9.0], [0.0]], [[1e200]] * 4),
    )  # fmt: skip
    run, _ = broken(project)
    assert breakage.causes(run.trainer)[-1].startswith("75% of the slopes h′(a) are below 0.001")


def test_without_any_evidence_the_learning_rate_is_suspected() -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]))
    run, _ = broken(project.with_training(learning_rate=1.7e308))
    assert breakage.causes(run.trainer) == (
        "The update is too large: try a learning rate below η = 1.700×10³⁰⁸.",
    )


def test_the_rate_that_made_the_loss_rise_is_blamed_and_not_the_one_set_since() -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]))
    run, _ = broken(project.with_training(learning_rate=3.0))
    made = run.trainer.training
    run.retune(msgspec.structs.replace(made, learning_rate=0.001))
    said = breakage.causes(run.trainer, made=made)[0]
    assert said.endswith("η = 3.0000 was too large; go back to before that, or restart.")
