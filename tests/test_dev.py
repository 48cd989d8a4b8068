"""`dev.py` decides rightly what to install; what pip and apt do with it is not tested here."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dev

ROOT = Path(dev.__file__).parent


@pytest.fixture
def bare_debian(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """A machine without one library that Qt needs; returns what dev.py runs on it."""
    ran: list[tuple[str, ...]] = []

    def call(*command: str | Path, **_how: object) -> int:
        ran.append(tuple(map(str, command)))
        return 0

    monkeypatch.setattr(dev, "call", call)
    monkeypatch.setattr(dev, "loads", lambda library: any(ran) and library != "libGL.so.1")
    monkeypatch.setattr(dev, "is_set_up", lambda: True)
    monkeypatch.setattr(dev, "is_root", lambda: False)
    monkeypatch.setattr(dev.shutil, "which", lambda tool: f"/usr/bin/{tool}")
    return ran


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_a_supported_python_is_not_complained_about(version: tuple[int, int]) -> None:
    assert dev.unsupported(*version) == ""


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 15), (4, 0)])
def test_any_other_python_gets_one_sentence_with_its_version(version: tuple[int, int]) -> None:
    sentence = dev.unsupported(*version)
    assert "this is {}.{}:".format(*version) in sentence
    assert "\n" not in sentence


def test_the_supported_pythons_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.15"


def test_everything_asked_for_has_one_exact_version_and_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w-]+==\d+(\.\d+)*", line)] == []
    exact = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {re.split(r"[<>=!~;\[ ]", entry)[0].lower().replace("_", "-") for entry in asked}
    assert names - exact == set()


def test_a_finished_venv_is_left_alone_until_its_requirements_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text("a")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    installs: list[str] = []
    monkeypatch.setattr(dev, "install_with_uv", lambda: False)
    monkeypatch.setattr(dev, "install_with_pip", lambda: not installs.append("pip"))
    dev.look_after_venv()
    dev.look_after_venv()
    assert installs == ["pip"]
    (tmp_path / "constraints.txt").write_text("b")
    dev.look_after_venv()
    assert installs == ["pip", "pip"]


def test_an_install_that_fails_is_tried_again_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(dev, "install_with_uv", lambda: False)
    monkeypatch.setattr(dev, "install_with_pip", lambda: False)
    for _ in range(2):
        with pytest.raises(SystemExit, match="could not be installed"):
            dev.look_after_venv()


def test_a_user_without_root_gets_the_line_that_installs_what_is_missing(
    bare_debian: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="nothing was run"):
        dev.look_after_system("test")
    lines = [line for line in capsys.readouterr().err.splitlines() if "sudo apt-get" in line]
    assert len(lines) == 1
    packages = {*dev.ANY_QT.values(), *dev.X_WINDOW.values()}
    assert packages <= set(lines[0].split())
    assert bare_debian == []


def test_the_command_line_is_not_held_up_by_libraries_of_the_window(
    bare_debian: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    dev.look_after_system("run")
    assert "sudo apt-get" in capsys.readouterr().err


def test_checking_needs_no_library_of_the_window(
    bare_debian: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    dev.look_after_system("check")
    assert capsys.readouterr().err == ""


def test_root_installs_what_is_missing_and_hears_what_is_missing_still(
    bare_debian: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(dev, "is_root", lambda: True)
    with pytest.raises(SystemExit, match="nothing was run"):
        dev.look_after_system("shots")
    update, install = bare_debian
    assert update[-1] == "update"
    assert {"--no-install-recommends", "libegl1", "libxcb-cursor0"} <= set(install)
    assert capsys.readouterr().err.rstrip().endswith("--no-install-recommends libgl1")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process in its own way")
def test_the_status_of_a_program_ended_by_a_signal_is_128_more_than_the_signal() -> None:
    assert dev.call(sys.executable, "-c", "import os; os.kill(os.getpid(), 15)") == 143


def test_a_wrong_command_is_wrong_usage_and_sets_nothing_up() -> None:
    command = [sys.executable, ROOT / "dev.py", "nonsense"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "'nonsense'" in result.stderr
