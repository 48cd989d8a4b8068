"""Without a display the window is refused in a sentence; Qt never gets to abort."""

import ctypes
import sys
from pathlib import Path

import pytest

import dev
from chainstep.cli import display

from .conftest import Cli, in_own_process, is_one_sentence

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a display")

VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_without_a_display_it_says_so_and_names_the_remedies(cli: Cli) -> None:
    ended = cli()
    assert (ended.status, ended.out) == (1, "")
    assert is_one_sentence(ended.err)
    assert "xvfb-run chainstep" in ended.err
    assert "chainstep --help" in ended.err


@pytest.mark.parametrize(
    "setting",
    [
        {"DISPLAY": ":7654"},
        {"DISPLAY": "nonsense"},
        {"QT_QPA_PLATFORM": "xcb"},
        {"QT_QPA_PLATFORM": "nonsense"},
        {"WAYLAND_DISPLAY": "wayland-7654"},
    ],
)
def test_a_display_that_does_not_answer_is_a_sentence_and_no_abort(
    setting: dict[str, str],
) -> None:
    variables: dict[str, str | None] = dict.fromkeys(VARIABLES)
    ended = in_own_process(**{**variables, **setting})
    assert ended.status == 1
    assert is_one_sentence(ended.err)


def test_a_platform_without_windows_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display.why_no_window() is None


@pytest.mark.parametrize("library", [*display.ANY_QT, *display.X_WINDOW])
def test_a_missing_library_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    def load(name: str) -> object:
        if name == library:
            raise OSError(f"{name}: cannot open shared object file")
        return object()

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(display, "_x_answers", lambda: True)
    monkeypatch.setenv("DISPLAY", ":0")
    package = {**display.ANY_QT, **display.X_WINDOW}[library]
    sentence = display.why_no_window()
    assert sentence is not None
    assert f"apt-get install --no-install-recommends {package}`" in sentence


def test_a_second_platform_may_do_where_the_first_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland;offscreen")
    assert display.why_no_window() is None


def test_the_libraries_are_those_that_the_development_script_installs() -> None:
    assert dict(display.ANY_QT) == dev.ANY_QT
    assert dict(display.X_WINDOW) == dev.X_WINDOW


def test_a_file_that_is_not_there_is_told_before_anything_opens(cli: Cli, tmp_path: Path) -> None:
    ended = cli(tmp_path / "missing.chainstep")
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert "There is no file" in ended.err


def test_a_command_wins_over_a_file_of_its_name(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("trace").write_text("")
    assert "usage: chainstep trace" in cli("trace").err
    for arguments in (["./trace"], ["--", "trace"]):
        assert "no display" in cli(*arguments).err
