"""The notebook among the examples: well formed, and every cell of it runs and is true."""

import json
from pathlib import Path
from typing import Any

import pytest

from chainstep import resources


def cells(kind: str) -> list[str]:
    place = resources.path("examples", "debug_pytorch.ipynb")
    notebook = json.loads(place.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == kind]


def test_the_notebook_explains_every_step_and_its_cells_are_python() -> None:
    assert len(cells("markdown")) >= 7
    for n, source in enumerate(cells("code")):
        compile(source, f"cell {n}", "exec")
    assert "chainstep.debug(model" in cells("code")[-1]


@pytest.mark.long
def test_every_cell_runs_and_agrees_with_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    started: list[Any] = []
    monkeypatch.setattr("subprocess.Popen", lambda command, **_: started.append(command))
    space: dict[str, Any] = {}
    for source in cells("code"):
        exec(source.replace("from IPython.display import SVG", "SVG = str"), space)
    assert max(abs(a - b) for a, b in zip(space["mine"], space["theirs"], strict=True)) < 1e-15
    differences = zip(space["run"].losses, space["losses"], strict=True)
    assert max(abs(a - b) for a, b in differences) < 1e-12
    assert started[0][1:3] == ["-m", "chainstep"]
