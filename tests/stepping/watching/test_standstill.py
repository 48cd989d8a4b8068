"""When training dies quietly, that is told once, as measured; a minimum is no such thing."""

from typing import Any

import numpy as np
import pytest

from chainstep.engine.initializers import initialised
from chainstep.engine.trainer import Trainer
from chainstep.files.examples import load_example
from chainstep.network.edits import change_connection
from chainstep.project import Loss, Project, Training
from chainstep.stepping.run import Run
from chainstep.stepping.watching.standstill import Standstill, moved, why
from tests.hand_nets import data, hidden, net, out, x
from tests.random_nets import random_project

XOR = data([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]])


def two_two_one(activation: str, bias: float, weight: float = 0.5, **parts: Any) -> Project:
    units = [hidden(name, activation=activation, bias=bias) for name in ("h1", "h2")]
    wires = f"p>h1:{weight} p>h2:-0.3 q>h1:0.4 q>h2:{weight} h1>y:0.7 h2>y:-0.6"
    training = Training(learning_rate=0.5)
    parts = {"data": XOR, "training": training, **parts}
    return net(x("p"), x("q"), *units, out(), wires=wires, **parts)


def told(project: Project, epochs: int = 200, looks: int = 4) -> tuple[Trainer, list[str]]:
    """Train, looking now and then, and return what was said."""
    trainer, watch = Trainer(project), Standstill()
    said = [watch.observe(trainer)]
    for _ in range(looks):
        trainer.train(epochs)
        said.append(watch.observe(trainer))
    return trainer, [sentence for sentence in said if sentence]


def length_of_gradient(trainer: Trainer) -> float:
    g = trainer.gradient_at(trainer.theta)[: trainer.plan.weights]
    return float(np.linalg.norm(g))


def test_units_that_are_dead_are_named_once_with_what_was_measured() -> None:
    trainer, said = told(two_two_one("relu", -10.0))
    assert length_of_gradient(trainer) == 0.0
    assert said == [
        "No weight learns any more, with E at 0.1250: h1 and h2 are dead, h′(a) = 0 for all 4 "
        "examples. Start anew with a smaller learning rate or other weights, or choose leaky "
        "ReLU, whose slope is never 0."
    ]


def test_a_dead_level_is_found_below_one_that_lives() -> None:
    units = [hidden("a", activation="relu", bias=-9.0), hidden("b", activation="tanh", bias=0.4)]
    project = net(
        x(), *units, out(), wires="x>a:1 a>b:0.5 b>y:0.8",
        data=data([[0], [1], [2]], [[0], [1], [0.5]]), training=Training(learning_rate=0.3),
    )  # fmt: skip
    _, said = told(project, epochs=2000)
    (sentence,) = said
    assert "E at 0.0833: a is dead, h′(a) = 0 for all 3 examples." in sentence


def test_zeros_in_a_tanh_net_never_leave_zero() -> None:
    trainer, said = told(initialised(two_two_one("tanh", 0.0), "zeros"))
    assert length_of_gradient(trainer) == 0.0
    assert said == [
        "No weight learns any more, with E at 0.1250: all 6 weights are 0, and so are z and δ "
        "of every hidden unit for all 4 examples. Start from random weights."
    ]


def test_zeros_in_a_logistic_net_do_leave_zero() -> None:
    trainer, said = told(initialised(two_two_one("logistic", 0.0), "zeros"), epochs=3)
    assert trainer.theta[: trainer.plan.weights].any()
    assert said == []


def test_saturated_units_are_told_by_their_largest_slope() -> None:
    trainer, said = told(two_two_one("logistic", 60.0), epochs=1000)
    assert 0.0 < length_of_gradient(trainer) < 1e-15
    (sentence,) = said
    assert sentence.startswith("No weight learns any more, with E at 0.1250: h1 and h2 are ")
    assert "saturated, h′(a) is at most 1.1" in sentence
    assert sentence.endswith(
        "×10⁻²⁶ for all 4 examples. Start anew with a smaller learning rate, or smaller weights."
    )


def test_a_saturated_output_is_blamed_only_where_its_slope_is_in_the_gradient() -> None:
    units = x(), out(activation="logistic", bias=-50.0)
    rows = data([[0.5], [1.0]], [[1.0], [1.0]])
    project = net(*units, wires="x>y:1", data=rows)
    _, said = told(project)
    assert "E at 0.5000: y is saturated, h′(a) is at most " in said[0]
    crossed = project.replace(loss=Loss(name="binary_cross_entropy"))
    trainer, said = told(crossed)
    assert said == []
    assert trainer.losses[-1] < 0.1 * trainer.losses[0]


def test_inputs_that_reach_far_are_the_remedy_of_what_they_saturate() -> None:
    rows = data([[300, 0], [300, 1], [0, 400]], [[0], [1], [0]])
    _, said = told(two_two_one("tanh", 0.0, data=rows), epochs=2000)
    assert "h1 and h2 are saturated" in said[0]
    assert said[0].endswith("Input q reaches 400.0000: standardise the data.")


def test_a_net_whose_inputs_are_all_0_is_told_by_its_gradient() -> None:
    project = net(
        x(), out(), wires="x>y:1", data=data([[0.0], [0.0]], [[1.0], [3.0]]),
        training=Training(train_biases=False),
    )  # fmt: skip
    assert told(project)[1] == [
        "No weight learns any more, with E at 2.5000: ∂E/∂w is 0 for every weight for both "
        "examples. Step through the backward pass to see where it ends."
    ]


def best_line() -> Project:
    """Four points that no line goes through: at the best one E is far from 0."""
    rows = data([[0.0], [1.0], [2.0], [3.0]], [[0.0], [2.0], [1.0], [3.0]])
    return net(x(), out(), wires="x>y:0.1", data=rows, training=Training(learning_rate=0.2))


def softly() -> Project:
    """A soft target: the output fits it, and E is what the target itself is unsure of."""
    return net(
        x(), out(activation="logistic"), wires="x>y:0.1", data=data([[1.0]], [[0.3]]),
        loss=Loss(name="binary_cross_entropy"), training=Training(learning_rate=1.0),
    )  # fmt: skip


@pytest.mark.parametrize("project", [best_line(), softly()])
def test_nothing_is_said_of_a_net_that_has_converged(project: Project) -> None:
    trainer, said = told(project, epochs=3000)
    before = trainer.theta
    trainer.train(100)
    assert not moved(before[:1], trainer.theta[:1]), "its weights do stand"
    assert trainer.losses[-1] > 0.1, "with E far from 0"
    assert said == []
    assert why(trainer) == ""


def test_nothing_is_said_where_the_loss_is_near_0() -> None:
    trainer, said = told(load_example("xor").with_training(learning_rate=4.0), epochs=20_000)
    assert trainer.losses[-1] < 1e-4
    assert said == []
    exact = net(x(), hidden(activation="relu", bias=-1.0), out(), wires="x>h:1 h>y:1",
                data=data([[0.5], [0.2]], [[0.0], [0.0]]))  # fmt: skip
    trainer, said = told(exact)
    assert length_of_gradient(trainer) == 0.0
    assert said == []


@pytest.mark.parametrize("training", [Training(learning_rate=0.0), Training(learning_rate=1e-30)])
def test_a_learning_rate_of_nothing_is_not_the_nets_fault(training: Training) -> None:
    assert told(load_example("xor").replace(training=training))[1] == []


def test_frozen_weights_stand_as_they_should() -> None:
    project = two_two_one("relu", -10.0)
    network = project.network
    for ends in network.by_ends:
        network = change_connection(network, ends, trainable=False)
    assert told(project.replace(network=network))[1] == []


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_said_while_weights_move(seed: int) -> None:
    project = random_project(seed)
    trainer, watch = Trainer(project.with_training(learning_rate=0.01)), Standstill()
    assert trainer.refused is None
    steps = 0
    for _ in range(5):
        before = trainer.theta[: trainer.plan.weights]
        said = watch.observe(trainer)
        trainer.train(1)
        if moved(before, trainer.theta[: trainer.plan.weights]):
            steps += 1
            assert said == ""
    assert steps


def test_it_is_told_once_and_again_only_after_going_back() -> None:
    run, watch = Run(two_two_one("relu", -10.0)), Standstill()
    said = []
    for _ in range(3):
        watch.observe(run.trainer)
        run.train(200)
        said.append(watch.observe(run.trainer))
    assert [bool(sentence) for sentence in said] == [True, False, False]
    assert watch.sentence == said[0], "it still holds"
    run.restart()
    assert watch.observe(run.trainer) == watch.sentence == ""
    run.train(200)
    assert watch.observe(run.trainer) == said[0]


def test_less_than_an_epoch_is_too_short_to_tell() -> None:
    project = two_two_one("relu", -10.0).with_training(batch_size=1)
    trainer, watch = Trainer(project), Standstill()
    trainer.train(500)
    watch.observe(trainer)
    trainer.advance(3)
    assert watch.observe(trainer) == ""
    trainer.advance(1)
    assert watch.observe(trainer) != ""
