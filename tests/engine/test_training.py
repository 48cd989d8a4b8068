"""Training under every rule the oracle lacks ends where `torch.optim` ends.

Penalties, freezes, shuffled and short batches, held-back rows, adagrad, adamw; all on one net
with skips, a product, a maximum and frozen parameters. Plain trajectories: `test_oracle.py`.
"""

from typing import Any

import numpy as np
import pytest

from chainstep.engine.activations import Array
from chainstep.engine.engines import Engine
from chainstep.engine.trainer import Trainer
from chainstep.errors import NumbersBroke
from chainstep.project import OPTIMIZERS, ORDERS, REDUCTIONS, Project
from chainstep.stepping.run import Run
from tests.nets import draw
from tests.reference import fixture, project_of, worst_error

FIXTURE = fixture("training.json")
RUNS = FIXTURE["runs"]
#: rmsprop divides by the root of nearly nothing, see the head of `data/oracle.json`.
TOLERANCE = 1e-12


def described(run: dict[str, Any]) -> str:
    words = [f"{key}={value}" for key, value in run["training"].items()]
    return " ".join(words + (["held_back"] if run["validation"] else []))


def start_of(run: dict[str, Any]) -> Project:
    project = project_of(FIXTURE["net"], **run["training"])
    return project.with_data(validation=tuple(run["validation"]))


def reached(project: Project) -> tuple[list[float], dict[str, float]]:
    weights = [connection.weight for connection in project.network.connections]
    biases = {unit.id: unit.bias for unit in project.network.units if unit.bias is not None}
    return weights, biases


def test_the_fixtures_cover_every_rule_of_training() -> None:
    rules = [run["training"] for run in RUNS]
    assert {rule["optimizer"] for rule in rules} == set(OPTIMIZERS)
    assert {rule.get("order", "fixed") for rule in rules} == set(ORDERS)
    assert {rule.get("reduction", "mean") for rule in rules} == set(REDUCTIONS)
    assert {rule.get("train_biases", True) for rule in rules} == {True, False}
    assert all(any(key in rule for rule in rules) for key in ("weight_decay", "l1", "epsilon"))
    rows = len(FIXTURE["net"]["inputs"])
    assert any(rows % rule["batch_size"] for rule in rules if rule.get("batch_size"))


@pytest.mark.parametrize("run", RUNS, ids=described)
def test_training_ends_where_pytorch_ends(run: dict[str, Any]) -> None:
    training = Run(start_of(run))
    training.train(epochs=FIXTURE["epochs"])
    weights, biases = reached(training.project)
    assert worst_error(training.losses, run["losses"]) <= TOLERANCE
    assert training.loss() == pytest.approx(run["loss"], rel=TOLERANCE)
    assert worst_error(weights, run["weights"]) <= TOLERANCE
    assert list(biases) == list(run["biases"])
    assert worst_error(list(biases.values()), list(run["biases"].values())) <= TOLERANCE


@pytest.mark.parametrize("run", RUNS, ids=described)
def test_frozen_parameters_keep_every_bit(run: dict[str, Any]) -> None:
    start = start_of(run)
    training = Run(start)
    training.train(epochs=3)
    end = training.project.network
    for connection in start.network.connections:
        if not connection.trainable:
            assert end.by_ends[connection.ends].weight == connection.weight
    for unit in start.network.units:
        if not unit.trainable or not start.training.train_biases:
            assert end.by_id[unit.id].bias == unit.bias
    assert not end.same_as(start.network)


@pytest.mark.parametrize("run", RUNS, ids=described)
def test_training_is_the_same_to_the_bit_in_one_go_and_epoch_by_epoch(run: dict[str, Any]) -> None:
    at_once, by_epochs = Run(start_of(run)), Run(start_of(run))
    at_once.train(epochs=6)
    for _ in range(6):
        by_epochs.train(epochs=1)
    assert at_once.losses == by_epochs.losses
    assert at_once.project.network.same_as(by_epochs.project.network)


@pytest.mark.parametrize("run", RUNS, ids=described)
def test_an_engine_made_aside_makes_the_same_bits(run: dict[str, Any]) -> None:
    at_once, aside = Trainer(start_of(run)), Trainer(start_of(run))
    engine = aside.made_engine()
    assert not aside.ready
    aside.take(engine)
    assert aside.engine is engine
    for trainer in (at_once, aside):
        trainer.train(6)
    assert aside.theta.tolist() == at_once.theta.tolist()


def test_losses_hold_one_number_an_epoch() -> None:
    training = Run(start_of(RUNS[2]))
    assert len(training.losses) == 0
    training.train(epochs=4)
    training.train(epochs=3)
    assert len(training.losses) == 7
    assert np.isfinite(list(training.losses)).all()


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_with_a_full_batch_the_loss_of_an_epoch_is_E_before_its_update(reduction: str) -> None:
    training = Run(start_of(RUNS[0]).with_training(reduction=reduction))
    for _ in range(5):
        before = training.loss()
        training.train(epochs=1)
        assert training.losses[-1] == pytest.approx(before, rel=1e-15)


def test_a_sum_over_rows_is_the_mean_times_the_rows() -> None:
    project = start_of(RUNS[0])
    total = Run(project.with_training(reduction="sum")).loss()
    assert total == pytest.approx(7 * Run(project.with_training(reduction="mean")).loss())


def test_held_back_rows_leave_no_mark_on_the_weights() -> None:
    project = start_of(RUNS[0]).with_data(validation=(1, 5))
    kept = [n for n in range(7) if n not in (1, 5)]
    without = project.with_data(
        inputs=tuple(project.data.inputs[n] for n in kept),
        targets=tuple(project.data.targets[n] for n in kept),
        validation=(),
    )
    ends = []
    for one in (project, without):
        training = Run(one)
        training.train(epochs=5)
        ends.append(training.project.network)
    assert ends[0].same_as(ends[1])


def test_training_leaves_the_document_it_started_from_alone() -> None:
    project = start_of(RUNS[0])
    before = project.network
    training = Run(project)
    training.train(epochs=2)
    assert project.network is before
    assert not training.project.network.same_as(before)


def test_an_engine_made_aside_takes_nothing_from_updates_made_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_once, aside = Trainer(start_of(RUNS[0])), Trainer(start_of(RUNS[0]))
    chosen = Trainer._chosen

    def meanwhile(trainer: Trainer) -> Engine:
        monkeypatch.setattr(Trainer, "_chosen", chosen)
        engine = chosen(trainer)
        trainer.advance(3)
        unload = trainer.engine.unload

        def late() -> tuple[Array, dict[str, Array], int]:
            known = unload()
            trainer.advance(2)
            return known

        monkeypatch.setattr(trainer.engine, "unload", late)
        return engine

    monkeypatch.setattr(Trainer, "_chosen", meanwhile)
    aside.made_engine()
    monkeypatch.undo()
    at_once.advance(aside.batches)
    assert aside.theta.tolist() == at_once.theta.tolist()


@pytest.mark.parametrize("optimizer", ["rmsprop", "adagrad", "adam", "adamw"])
def test_a_division_by_an_epsilon_of_zero_is_blamed_on_it(optimizer: str) -> None:
    project = Project(network=draw("x > h > y")).with_training(optimizer=optimizer, epsilon=0.0)
    project = project.with_data(inputs=((0.0,),), targets=((1.0,),))
    with pytest.raises(NumbersBroke, match="make ε larger than 0"):
        Run(project).train(3)
