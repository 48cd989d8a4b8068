"""Derivations and worksheets are written where and as one asks, whole or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog

from chainstep.app.dialogs.handouts import FORMATS, write
from chainstep.app.dialogs.pdf import as_pdf
from chainstep.files.examples import load_example
from chainstep.lessons.derivation import derive
from chainstep.project import Project
from chainstep.stepping.trace import trace

from .journey import Driver

OpenWindow = Callable[[Project], Driver]
BEGINS = {".pdf": b"%PDF-", ".html": b"<!DOCTYPE", ".tex": b"\\documentclass", ".md": b"# "}


@pytest.fixture
def mazur(open_window: OpenWindow) -> Driver:
    driver = open_window(load_example("mazur_2_2_2"))
    driver.window.debugger.step("pass")
    return driver


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | None, kind: str = "") -> None:
    """Let the dialog answer with a path, or be closed."""
    answer = ("" if path is None else str(path), kind)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_derivation_is_written_in_the_format_of_its_extension(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"out{suffix}"
    choose(monkeypatch, path)
    mazur.window.handouts.export_derivation()
    assert path.read_bytes().startswith(BEGINS.get(suffix, b"Backpropagation"))
    assert path.name in mazur.window.notices.text


def test_what_is_selected_is_derived_alone_in_the_documents_notation(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mazur.parts.notation.notation.chosen.emit("hinton")
    mazur.scene.select(["h1"])
    path = tmp_path / "h1"
    choose(monkeypatch, path, "Plain text (*.txt)")
    mazur.window.handouts.export_derivation()
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert "Backpropagation at h1" in text
    assert "∂E/∂z_h1" in text
    assert "δ" not in text


def test_a_worksheet_comes_with_its_key_and_replaces_no_other_key(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_: (3, True))
    path, key = tmp_path / "week 1.txt", tmp_path / "week 1 answers.txt"
    key.write_text("mine")
    choose(monkeypatch, path)
    mazur.window.handouts.export_worksheet()
    assert "variant 3" in path.read_text(encoding="utf-8")
    assert key.read_text() == "mine"
    assert "Answers" in (tmp_path / "week 1 answers 2.txt").read_text(encoding="utf-8")


def test_questions_go_to_moodle(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_: (0, True))
    choose(monkeypatch, tmp_path / "quiz.gift")
    mazur.window.handouts.export_worksheet()
    assert (tmp_path / "quiz.gift").read_text(encoding="utf-8").startswith("$CATEGORY")


def test_a_dialog_that_is_closed_writes_nothing(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_: (0, False))
    choose(monkeypatch, None)
    mazur.window.handouts.export_derivation()
    mazur.window.handouts.export_worksheet()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_in_a_sentence(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    choose(monkeypatch, tmp_path / "nowhere" / "out.md")
    mazur.window.handouts.export_derivation()
    assert mazur.window.notices.kind == "error"
    assert "nowhere" in mazur.window.notices.text


def test_a_net_that_cannot_run_has_nothing_to_write_out(
    open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    driver = open_window(Project())
    choose(monkeypatch, tmp_path / "out.md")
    driver.window.handouts.export_derivation()
    assert driver.window.notices.kind == "error"
    assert list(tmp_path.iterdir()) == []


def test_a_pdf_of_a_large_net_has_many_pages(qtbot: object, tmp_path: Path) -> None:
    small = as_pdf(derive(trace(load_example("mazur_2_2_2")), units=["h1"]))
    large = as_pdf(derive(trace(load_example("iris"))))
    assert small.count(b"/Type /Page\n") == 1
    assert large.count(b"/Type /Page\n") > 3
    write(derive(trace(load_example("iris"))), tmp_path / "iris.pdf")
    assert (tmp_path / "iris.pdf").stat().st_size > 10_000
