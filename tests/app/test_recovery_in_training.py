"""Recovery copies of a run that trains: a kill takes seconds of it, not hours."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chainstep.app import recovery
from chainstep.files import document as document_format
from chainstep.files.examples import load_example
from chainstep.project import Project

from .journey import Driver, Key, wait_until

OpenWindow = Callable[[Project], Driver]


def test_while_a_run_trains_the_weights_reached_are_copied_now_and_then(
    tmp_path: Path, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "folder", lambda: tmp_path)
    monkeypatch.setattr(recovery, "TRAINING", 50)
    driver = open_window(load_example("xor").with_training(epochs=10**9))
    driver.double_click(driver.at(0, -170))
    driver.window.filing.copy.write()
    start = driver.window.document.project.network.connections
    driver.key(Key.Key_F5)

    def is_trained() -> bool:
        copy = document_format.loads(next(tmp_path.glob("*.chainstep")).read_bytes(), "copy")
        return copy.network.connections != start

    wait_until(is_trained)
    assert driver.window.debugger.training
    driver.window.debugger.pause()
