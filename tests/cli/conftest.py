"""The command line for tests: run in this process, or in one of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from chainstep import resources
from chainstep.cli import main

SOURCE = Path(__file__).parents[2] / "src"


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


Cli = Callable[..., Ended]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process."""

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Ended(status, *capsys.readouterr())

    return run


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Path]:
    """Put a bundled example into the test's folder."""

    def put(name: str) -> Path:
        place = tmp_path / f"{name}.chainstep"
        shutil.copyfile(resources.path("examples", place.name), place)
        return place

    return put


def in_own_process(*arguments: object, code: str | None = None, **variables: str | None) -> Ended:
    """Run a command, or code that is given the arguments, in a fresh interpreter.

    variables: of the environment; None for one that is not set.
    """
    started = ["-c", code] if code else ["-m", "chainstep"]
    command = [sys.executable, "-W", "error", *started, *map(str, arguments)]
    result = subprocess.run(
        command, env=environment(**variables), capture_output=True, encoding="utf-8", check=False
    )
    return Ended(result.returncode, result.stdout, result.stderr)


def environment(**variables: str | None) -> dict[str, str]:
    """Return this environment with the source in reach and some variables changed."""
    changed = {**os.environ, "PYTHONPATH": str(SOURCE), **variables}
    return {name: value for name, value in changed.items() if value is not None}


def is_one_sentence(text: str) -> bool:
    """Tell whether stderr holds one plain sentence and nothing of Python's."""
    return text.endswith(".\n") and text.count("\n") == 1 and "Traceback" not in text
