"""Exported PyTorch modules give the engine's numbers, and their training a run's losses."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from chainstep import Run
from chainstep.errors import NotRunnable
from chainstep.files import load_weights, save
from chainstep.files.examples import load_example
from chainstep.network.model import Network
from chainstep.project import OPTIMIZERS, Data, Project, Schedule, Stop
from tests.files.dags import MANY, rows_of, worst
from tests.files.programs.test_programs import NASTY, of_every_activation
from tests.hand_nets import hidden, net, out, x
from tests.random_nets import random_project


def executed(place: Path) -> dict[str, Any]:
    import torch

    before = torch.get_default_dtype()
    space: dict[str, Any] = {"__name__": "net"}
    try:
        exec(compile(place.read_text("utf-8"), str(place), "exec"), space)
    finally:
        torch.set_default_dtype(before)
    return space


def outputs(place: Path, rows: Any) -> Any:
    import torch

    module = executed(place)["network"]
    with torch.no_grad():
        return module(torch.tensor(rows, dtype=torch.float64)).numpy()


@pytest.mark.long
def test_a_hundred_random_nets_run_as_pytorch_modules(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for seed in MANY:
        project, rows = random_project(seed), rows_of(seed)
        save(project, tmp_path / "net_torch.py")
        assert worst(outputs(tmp_path / "net_torch.py", rows), project, rows) < 1e-12


@pytest.mark.long
@pytest.mark.parametrize("layered", [True, False])
def test_every_activation_is_exact_as_a_pytorch_module(tmp_path: Path, layered: bool) -> None:
    pytest.importorskip("torch")
    for project in of_every_activation(layered):
        save(project, tmp_path / "net_torch.py")
        rows = project.data.inputs
        assert worst(outputs(tmp_path / "net_torch.py", rows), project, rows) < 1e-13


@pytest.mark.long
def test_an_exported_module_takes_an_exported_state_dict_and_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    for project in (load_example("xor"), random_project(3)):
        save(project, tmp_path / "net_torch.py")
        save(project, tmp_path / "net.pt")
        module = executed(tmp_path / "net_torch.py")["network"]
        module.load_state_dict(torch.load(tmp_path / "net.pt", weights_only=True))
        torch.save(module.state_dict(), tmp_path / "again.pt")
        back, _ = load_weights(project, tmp_path / "again.pt")
        assert back.network.same_as(project.network)


@pytest.mark.long
def test_names_of_any_kind_cannot_break_the_module(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    project = net(x(), *(hidden(name) for name in NASTY), out(), wires="")
    for name in NASTY:
        project = project.connect("x", name, 0.5).connect(name, "y", 0.25)
    save(project, tmp_path / "net_torch.py")
    rows = ((0.5,), (-1.0,))
    assert worst(outputs(tmp_path / "net_torch.py", rows), project, rows) < 1e-12


@pytest.mark.long
def test_the_files_check_themselves(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for name in ("net_torch.py", "net_train.py"):
        project = load_example("xor").with_training(epochs=20)
        save(project, tmp_path / name)
        result = subprocess.run([sys.executable, tmp_path / name], capture_output=True, text=True)
        assert result.returncode == 0, result.stderr


def trainable(seed: int) -> Project:
    """Return a random project with settings of all kinds, parts of it frozen."""
    rng = random.Random(seed)
    project = random_project(seed)
    network = project.network
    change = msgspec.structs.replace
    if seed % 3 == 0:
        units = tuple(change(u, trainable=rng.random() < 0.7) for u in network.units)
        wires = tuple(change(c, trainable=rng.random() < 0.7) for c in network.connections)
        project = project.replace(network=Network(units=units, connections=wires))
    kinds = (None, Schedule(name="step", period=3), Schedule(name="cosine", period=9))
    return project.with_training(
        optimizer=OPTIMIZERS[seed % len(OPTIMIZERS)],
        learning_rate=0.01,
        order=rng.choice(("fixed", "shuffled")),
        batch_size=rng.choice((None, 1, 2)),
        weight_decay=rng.choice((0.0, 0.01)),
        l1=rng.choice((0.0, 0.003)),
        train_biases=rng.random() < 0.8,
        schedule=rng.choice((*kinds, Schedule(name="inverse_time", period=4))),
        seed=seed,
        epochs=15,
    )


@pytest.mark.long
def test_an_exported_training_loop_repeats_the_losses_of_the_run(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    compared = 0
    for seed in range(42):
        project = trainable(seed)
        run = Run(project)
        try:
            run.train(epochs=15)
        except Exception:  # this net cannot be trained so far
            continue
        save(project, tmp_path / "net_train.py")
        losses = np.array(executed(tmp_path / "net_train.py")["train"](15))
        wanted = np.array(run.losses)
        assert (np.abs(losses - wanted) <= 1e-9 * np.maximum(1, np.abs(wanted))).all(), seed
        compared += 1
    assert compared >= 35


@pytest.mark.long
def test_the_loop_of_an_example_repeats_a_long_run(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for name, epochs in (("xor", 500), ("iris", 30), ("moons", 50)):
        project = load_example(name)
        run = Run(project)
        run.train(epochs=epochs)
        save(project, tmp_path / "net_train.py")
        losses = executed(tmp_path / "net_train.py")["train"](epochs)
        assert np.abs(np.array(losses) - np.array(run.losses)).max() < 1e-9


def test_the_loop_is_written_as_the_project_says(tmp_path: Path) -> None:
    project = load_example("xor").with_training(
        optimizer="adam", order="shuffled", batch_size=2, l1=0.1, stop=Stop(loss=0.01, patience=5)
    )
    save(project, tmp_path / "net_train.py")
    text = (tmp_path / "net_train.py").read_text("utf-8")
    for line in (
        "torch.optim.Adam(",
        "BATCH = 2",
        "permutation(len(X))",
        "L1 * p",
        "losses[-1] <= ",
    ):
        assert line in text
    compile(text, "net_train.py", "exec")


def test_what_cannot_be_trained_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for project in (net(x(), wires=""), load_example("xor").replace(data=Data())):
        with pytest.raises(NotRunnable, match="Not yet runnable"):
            save(project, tmp_path / "net_train.py")
    assert os.listdir(tmp_path) == []
