"""The exported notebook runs from top to bottom and its derivatives are the engine's."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from chainstep.errors import ChainstepError, NotRunnable
from chainstep.files import save
from chainstep.files.examples import load_example, names
from chainstep.project import Project
from tests.files.dags import MANY, QUICK
from tests.files.programs.test_programs import NASTY
from tests.hand_nets import data, net, out, x
from tests.nets import draw
from tests.random_nets import random_project


def executed(project: Project, folder: Path) -> dict[str, Any]:
    """Run every code cell; the last one compares each derivative with the engine's."""
    save(project, folder / "net.ipynb")
    notebook = json.loads((folder / "net.ipynb").read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    space: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), space)
    return space


@pytest.mark.parametrize("seed", QUICK)
def test_the_notebook_of_a_random_net_finds_the_same_gradient(tmp_path: Path, seed: int) -> None:
    space = executed(random_project(seed), tmp_path)
    assert space["dE_dw"] or space["dE_db"]


@pytest.mark.long
def test_a_hundred_notebooks_find_the_same_gradient(tmp_path: Path) -> None:
    for seed in MANY:
        executed(random_project(seed), tmp_path)


def test_the_notebook_of_every_example_finds_the_same_gradient(tmp_path: Path) -> None:
    walked = 0
    for name in names():
        try:
            space = executed(load_example(name), tmp_path)
        except NotRunnable:
            continue
        walked += 1
        assert "E" in space
    assert walked >= 25


def test_a_large_layered_net_is_walked_in_matrices(tmp_path: Path) -> None:
    drawn = draw("a b c d e > " + " ".join(f"h{n}" for n in range(12)) + " > y z")
    rows = [[0.1 * n, 0.2, -0.3 * n, 1.0, 0.5] for n in range(4)]
    project = Project(network=drawn, data=data(rows, [[0.5, 0.1 * n] for n in range(4)]))
    assert "dW2" in executed(project, tmp_path)


def test_names_of_any_kind_cannot_break_the_notebook(tmp_path: Path) -> None:
    units = [x(name) for name in (*NASTY, "a_y", "delta_y", "E", "w_E_y")] + [out("y")]
    project = net(*units, wires="", data=data([[0.1] * (len(NASTY) + 4)], [[0.5]]))
    for unit in units[:-1]:
        project = project.connect(unit.id, "y", 0.5, name="E" if unit.id == "E" else "")
    executed(project, tmp_path)


def test_what_has_no_backward_pass_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChainstepError, match="step has no derivative"):
        save(
            net(x(), out(activation="step"), wires="x>y:1", data=data([[1]], [[1]])),
            tmp_path / "net.ipynb",
        )
    assert list(tmp_path.iterdir()) == []
