"""The update of one parameter, followed by hand, is the update that the trainer makes."""

import math
from itertools import product as pairs
from typing import Any

import numpy as np
import pytest

from chainstep.network.model import MAX, PRODUCT
from chainstep.project import Project, Training
from chainstep.stepping.accumulation import Parameter, accumulate
from chainstep.stepping.explain.step import explain
from chainstep.stepping.run import Run
from tests.hand_nets import data, hidden, net, out, x
from tests.nets import draw

PROJECT = Project(
    network=draw("x > h g > y, x > y", hidden="tanh"),
    data=data([[0.5], [-1.0], [2.0], [0.2], [0.7]], [[1.0], [0.0], [0.5], [0.3], [0.1]]),
)
GATES = net(
    x(),
    x("w"),
    hidden("p", combine=PRODUCT, bias=None),
    hidden("m", combine=MAX, bias=None),
    out(),
    wires="x>p:0.5 w>p:-1 x>m:2 w>m:0.3 p>y:1 m>y:0.7",
    data=data([[0.5, 1.0], [2.0, -0.4], [0.1, 3.0]], [[1.0], [0.0], [0.5]]),
)
OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw")


def parameters(run: Run) -> list[Parameter]:
    return [*run.trainer.plan.weight, *run.trainer.plan.bias]


@pytest.mark.parametrize(
    ("optimizer", "reduction", "project"),
    list(pairs(OPTIMIZERS, ("mean", "sum"), (PROJECT, GATES))),
)
def test_the_terms_lead_to_the_very_parameter(
    optimizer: str, reduction: Any, project: Project
) -> None:
    run = Run(
        project.with_training(
            optimizer=optimizer, reduction=reduction, batch_size=2, order="shuffled",
            learning_rate=0.05, weight_decay=0.01, l1=0.003,
        )
    )  # fmt: skip
    for _ in range(5):
        run.step("batch")
        theta = run.trainer.theta.tolist()
        for place, parameter in enumerate(parameters(run)):
            found = accumulate(run, parameter)
            assert found.reduced == pytest.approx(run.gradient[place], rel=1e-9, abs=1e-15)
            assert found.after == pytest.approx(theta[place], rel=1e-12)
            assert found.before == run.before[place]


def test_adam_shows_its_averages_and_their_corrections_by_hand() -> None:
    # One weight, y = w x with x = 1, t = 0 and w = 2: g = 2. First update: m̂ = g, v̂ = g².
    project = net(
        x(), out(activation="identity", bias=None), wires="x>y:2", data=data([[1.0]], [[0.0]]),
        training=Training(optimizer="adam", learning_rate=0.1),
    )  # fmt: skip
    run = Run(project)
    run.step("batch")
    terms = dict(accumulate(run, ("x", "y")).memory)
    assert terms["m"] == pytest.approx(0.2)
    assert terms["v"] == pytest.approx(0.004)
    assert terms["m̂"] == pytest.approx(2.0)
    assert terms["v̂"] == pytest.approx(4.0)
    assert terms["step"] == pytest.approx(0.1)
    run.step("batch")  # w = 1.9 is the slope now
    terms = dict(accumulate(run, ("x", "y")).memory)
    assert terms["m"] == pytest.approx(0.9 * 0.2 + 0.1 * 1.9)
    assert terms["m̂"] == pytest.approx((0.9 * 0.2 + 0.19) / (1 - 0.81))


def test_a_frozen_weight_takes_no_step() -> None:
    project = PROJECT.change_connection(("x", "h"), trainable=False)
    run = Run(project.with_training(optimizer="adam"))
    run.step("batch")
    found = accumulate(run, ("x", "h"))
    assert found.memory == (("step", 0.0),)
    assert found.after == found.before == run.trainer.theta[0]
    assert "frozen" in explain(run, of=("x", "h")).sentence


# --- the explanation -----------------------------------------------------------------------------


def at_gradient(run: Run, unit: str, example: int) -> None:
    run.go_to_row(run.trainer.batch_rows(0, 0)[example])
    steps = run.steps.steps
    run.seek(1 + next(n for n, s in enumerate(steps) if (s.part, s.unit) == ("gradient", unit)))


def test_the_slope_of_a_weight_grows_example_by_example() -> None:
    run = Run(PROJECT)
    slopes = []
    for example in range(5):
        at_gradient(run, "h", example)
        found = explain(run, of=("x", "h"))
        assert [term.state for term in found.terms] == (
            ["done"] * example + ["current"] + ["coming"] * (4 - example)
        )
        slope = run.trace.connection("x", "h").dE_dw
        assert found.terms[example].value == pytest.approx(slope)
        slopes.append(slope or 0.0)
        assert found.total == pytest.approx(sum(slopes))
        assert found.total_label == ("sum of 5" if example == 4 else "sum so far")
        assert found.after == ()
    assert found.aside == "example 5 of 5"


def test_the_update_tells_the_sum_the_mean_and_the_optimisers_terms() -> None:
    run = Run(PROJECT.with_training(optimizer="momentum", weight_decay=0.1))
    run.step("batch")
    found = explain(run, of=("h", "y"))
    assert [term.label for term in found.terms] == [f"example {n}" for n in range(1, 6)]
    assert [term.label for term in found.after] == [
        "mean", "λ w", "g = mean + λ w", "v before", "v ← μ v + g", "step = η v",
        "w before", "w after",
    ]  # fmt: skip
    values = {term.label: term.value for term in found.after}
    assert values["mean"] == pytest.approx((found.total or math.nan) / 5)
    assert values["w after"] == pytest.approx(
        run.trainer.theta[run.trainer.plan.weight["h", "y"]], rel=1e-12
    )
    bias = explain(run, of="h")
    assert bias.title == "The update of the bias of h"
    assert bias.after[0].label == "mean g"
    assert "λ w" not in [term.label for term in bias.after]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_rows_of_an_update_can_be_computed_one_from_the_other(
    optimizer: str, reduction: str
) -> None:
    run = Run(PROJECT.with_training(optimizer=optimizer, reduction=reduction))
    for _ in range(3):
        run.step("batch")
    told = {term.label: term.value or 0.0 for term in explain(run, of=("h", "y")).after}
    training, g = run.trainer.training, told[f"{reduction} g"]
    names = {
        label.partition(" ")[0]: value for label, value in told.items() if "before" not in label
    }
    old = {label.partition(" ")[0]: value for label, value in told.items() if "before" in label}
    beta1, beta2 = training.beta1, training.beta2
    expected = {
        "momentum": {"v": training.momentum * old.get("v", 0) + g},
        "nesterov": {"v": training.momentum * old.get("v", 0) + g},
        "rmsprop": {"s": training.rho * old.get("s", 0) + (1 - training.rho) * g * g},
        "adagrad": {"s": old.get("s", 0) + g * g},
        "adam": {
            "m": beta1 * old.get("m", 0) + (1 - beta1) * g,
            "v": beta2 * old.get("v", 0) + (1 - beta2) * g * g,
            "m̂": names.get("m", 0) / (1 - beta1**3),
            "v̂": names.get("v", 0) / (1 - beta2**3),
        },
    }
    expected["adamw"] = expected["adam"]
    for name, value in expected.get(optimizer, {}).items():
        assert names[name] == pytest.approx(value, rel=1e-12)
    assert told["w after"] == pytest.approx(told["w before"] - names["step"], rel=1e-12)
    reached = run.trainer.theta[run.trainer.plan.weight["h", "y"]]
    assert told["w after"] == pytest.approx(reached, rel=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser_has_a_formula_that_can_be_read(optimizer: str) -> None:
    run = Run(PROJECT.with_training(optimizer=optimizer))
    run.step("batch")
    assert explain(run, of=("x", "h")).text.startswith("w ← w − ")
    assert explain(run, of="h").text.startswith("b ← b − ")
    assert "w" not in explain(run, of="h").text.splitlines()[0]


def test_elsewhere_and_for_what_is_not_there_the_step_is_told_as_ever() -> None:
    run = Run(PROJECT)
    run.step("unit")
    assert explain(run, of=("x", "h")) == explain(run)
    run.step("batch")
    assert explain(run, of=("x", "gone")) == explain(run)
    assert explain(run, of="x") == explain(run)
    alone = Run(PROJECT.with_training(batch_size=1))
    at_gradient(alone, "h", 0)
    assert explain(alone, of=("x", "h")) == explain(alone)


def test_the_sum_of_a_large_batch_is_that_of_its_parts() -> None:
    rows = 3000
    values = np.sin(np.arange(rows)).tolist()
    big = Run(Project(network=PROJECT.network, data=data([[v] for v in values], [[0.1]] * rows)))
    found = accumulate(big, ("x", "h"))
    assert len(found.shares) == rows
    assert found.reduced == pytest.approx(big.gradient[0])


@pytest.mark.parametrize(
    ("settings", "formula"),
    [
        ({"optimizer": "sgd", "weight_decay": 0.1}, "w ← w − ηg"),
        ({"optimizer": "momentum", "l1": 0.1}, "w ← w − ηv , v ← μv + g"),
        ({"optimizer": "rmsprop", "weight_decay": 0.1}, "g"),
        ({"optimizer": "adamw", "weight_decay": 0.1}, "w ← (1 − ηλ)w − η"),
    ],
)
def test_the_formula_of_a_weight_has_its_penalties_and_that_of_a_bias_has_none(
    settings: dict[str, Any], formula: str
) -> None:
    run, bare = Run(PROJECT.with_training(**settings)), {"optimizer": settings["optimizer"]}
    plainly = Run(PROJECT.with_training(**bare))
    run.step("batch")
    plainly.step("batch")
    text = explain(run, of=("x", "h")).text.splitlines()[0]
    assert formula.replace(" ", "") in text.replace(" ", "")
    assert explain(run, of="h").formula == explain(plainly, of="h").formula


def test_an_update_from_a_single_row_is_of_one_example() -> None:
    run = Run(PROJECT.with_training(batch_size=2))
    for _ in range(3):
        run.step("batch")
    assert explain(run, of=("x", "h")).aside == "1 example"
