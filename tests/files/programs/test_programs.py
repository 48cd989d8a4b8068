"""Exported programs are run by the real thing and give the engine's numbers."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chainstep.errors import NotRunnable
from chainstep.files import save
from chainstep.files.examples import load_example, names
from chainstep.network.model import ACTIVATION_PARAMS, GROUP_ACTIVATIONS
from chainstep.project import Project
from tests.files.dags import MANY, QUICK, rows_of, worst
from tests.hand_nets import data, net, out, x
from tests.random_nets import random_project

Rows = tuple[tuple[float, ...], ...]


def called(command: list[Any], folder: Path, said: str = "") -> str:
    result = subprocess.run(
        command, input=said, capture_output=True, text=True, cwd=folder, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def by_numpy(project: Project, rows: Rows, folder: Path) -> Any:
    """Run the script's own check in a fresh Python, then its function here."""
    save(project, folder / "net.py")
    called([sys.executable, "-I", "-W", "error", folder / "net.py"], folder)
    space: dict[str, Any] = {"__name__": "net"}
    exec((folder / "net.py").read_text("utf-8"), space)
    import numpy as np

    return space["network"](np.array(rows))


def by_python(project: Project, rows: Rows, folder: Path) -> Any:
    """Run without site-packages: there is no NumPy to be found."""
    save(project, folder / "net_pure.py")
    called([sys.executable, "-I", "-S", folder / "net_pure.py"], folder)
    code = (
        "import json, sys; sys.path.insert(0, '.'); import net_pure\n"
        "assert 'numpy' not in sys.modules\n"
        "print(json.dumps([net_pure.network(row) for row in json.load(sys.stdin)]))"
    )
    return json.loads(called([sys.executable, "-S", "-c", code], folder, json.dumps(rows)))


def by_gcc(project: Project, rows: Rows, folder: Path) -> Any:
    """Compile as strictly as promised; run the header's own test, then all rows."""
    save(project, folder / "net.h")
    strict = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    called([*strict, "-DNETWORK_TEST", "-x", "c", "net.h", "-o", "check", "-lm"], folder)
    called([folder / "check"], folder)
    numbers = ",".join(f"{{{','.join(map(repr, row))}}}" for row in rows)
    main = f"""#include <stdio.h>
#include "net.h"
static const double rows[{len(rows)}][NETWORK_INPUTS] = {{{numbers}}};
int main(void) {{ double y[NETWORK_OUTPUTS];
for (int n = 0; n < {len(rows)}; n++) {{ network(rows[n], y);
for (int k = 0; k < NETWORK_OUTPUTS; k++) printf("%.17g ", y[k]); }} return 0; }}
"""
    (folder / "main.c").write_text(main)
    called([*strict, "main.c", "-o", "main", "-lm"], folder)
    return [float(word) for word in called([folder / "main"], folder).split()]


def by_node(project: Project, rows: Rows, folder: Path) -> Any:
    """Run the module's own check, then all rows."""
    save(project, folder / "net.mjs")
    assert "largest difference" in called(["node", "net.mjs"], folder)
    main = f"""import {{ network }} from "./net.mjs";
console.log(JSON.stringify({json.dumps(rows)}.map((row) => network(row))));"""
    (folder / "main.mjs").write_text(main)
    return json.loads(called(["node", "main.mjs"], folder))


RUNNERS = {"numpy": by_numpy, "python": by_python, "gcc": by_gcc, "node": by_node}


def runner(language: str) -> Any:
    if language in ("gcc", "node") and shutil.which(language) is None:
        pytest.skip(f"{language} is not installed")
    return RUNNERS[language]


@pytest.mark.parametrize("language", RUNNERS)
@pytest.mark.parametrize("seed", QUICK)
def test_a_random_net_runs_in_every_language(tmp_path: Path, seed: int, language: str) -> None:
    project, rows = random_project(seed), rows_of(seed)
    assert worst(runner(language)(project, rows, tmp_path), project, rows) < 1e-12


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", RUNNERS)
def test_a_hundred_random_nets_run_in_every_language(tmp_path: Path, language: str) -> None:
    for seed in MANY:
        project, rows = random_project(seed), rows_of(seed)
        assert worst(runner(language)(project, rows, tmp_path), project, rows) < 1e-12


def of_every_activation(layered: bool) -> list[Project]:
    """Return nets that between them have every activation, outputs far into both tails."""
    projects = []
    for name in ACTIVATION_PARAMS:
        y = out("y", activation=name, bias=2.5 if name == "power" else 0.25)
        z = out("z", activation=name, bias=2.5 if name == "power" else -0.125)
        wires = "x>y:1 x>z:-1.5" if layered else "x>y:1"
        rows = (
            [[0.5], [-0.7], [1.1]] if name in ("power", "exp") else [[0.5], [-0.7], [-9.0], [30.0]]
        )
        projects.append(net(x(), y, z, wires=wires, data=data(rows)))
    return projects


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", RUNNERS)
@pytest.mark.parametrize("layered", [True, False])
def test_every_activation_is_exact_in_every_language(
    tmp_path: Path, layered: bool, language: str
) -> None:
    for project in of_every_activation(layered):
        found = runner(language)(project, project.data.inputs, tmp_path)
        assert worst(found, project, project.data.inputs) < 1e-13


@pytest.mark.parametrize("language", RUNNERS)
def test_all_activations_at_once_are_exact_in_every_language(tmp_path: Path, language: str) -> None:
    names = [name for name in ACTIVATION_PARAMS if name not in GROUP_ACTIVATIONS]
    units = [out(name, activation=name, bias=2.5) for name in names]
    project = net(x("x"), *units, wires="", data=data([[0.5], [-1.25], [-2.0], [3.0]]))
    for name in names:
        project = project.connect("x", name, 1.0)
    found = runner(language)(project, project.data.inputs, tmp_path)
    assert worst(found, project, project.data.inputs) < 1e-13


@pytest.mark.long
@pytest.mark.parametrize("language", ["numpy", "python"])
def test_every_example_is_a_program_that_checks_itself(tmp_path: Path, language: str) -> None:
    for name in names():
        project = load_example(name)
        found = runner(language)(project, project.data.inputs, tmp_path)
        assert worst(found, project, project.data.inputs) < 1e-12


NASTY = (
    '"""',
    "*/ int main",
    "a\\",
    "</script>",
    "x\ny",
    "import",
    "2nd",
    "σ",
    "a b",
    "a_b",
    "X",
    "max",
    "fmax",
    "train",
    "self",
)


@pytest.mark.parametrize("language", RUNNERS)
def test_names_of_any_kind_cannot_break_the_program(tmp_path: Path, language: str) -> None:
    units = [x(name) for name in NASTY] + [out("π*/"), out('π"""')]
    project = net(*units, wires="")
    for place, name in enumerate(NASTY):
        project = project.connect(name, "π*/", 0.5 + place)
    rows: Rows = (tuple(float(n) for n in range(len(NASTY))),)
    assert worst(runner(language)(project, rows, tmp_path), project, rows) < 1e-12


def test_a_program_is_short_and_says_what_a_student_would_write(tmp_path: Path) -> None:
    save(load_example("xor"), tmp_path / "xor.py")
    text = (tmp_path / "xor.py").read_text("utf-8")
    assert "A1 = X @ W1.T + b1\n    Z1 = logistic(A1)\n" in text
    assert "chainstep" not in text.replace("Chainstep", "")
    assert max(map(len, text.split("\n"))) <= 100
    save(load_example("xor_shortcut"), tmp_path / "shortcut.py")
    assert re.search(r"= \w+\(-?[\d.]+ [+-] [\d.]+ \* \w+", (tmp_path / "shortcut.py").read_text())


def test_what_cannot_run_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for ending in (".py", "_pure.py", ".h", ".mjs", ".js"):
        with pytest.raises(NotRunnable, match="has no output"):
            save(net(x(), wires=""), tmp_path / f"net{ending}")
    assert os.listdir(tmp_path) == []
