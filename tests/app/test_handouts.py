"""Derivations and worksheets are written where and as one asks, whole or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from chainstep.app.dialogs.handout_form import CLASS, PART, WHOLE, HandoutForm
from chainstep.app.dialogs.handouts import FORMATS, write
from chainstep.app.dialogs.pdf import as_pdf, first_page
from chainstep.files.examples import load_example
from chainstep.lessons.derivation import derive
from chainstep.project import Project
from chainstep.stepping.trace import trace

from .journey import Driver, wait_until

OpenWindow = Callable[[Project], Driver]
BEGINS = {".pdf": b"%PDF-", ".html": b"<!DOCTYPE", ".tex": b"\\documentclass", ".md": b"# "}
PAGE = b"/Type /Page\n"
DERIVED = [suffix for suffix in FORMATS if suffix != ".gift"]


@pytest.fixture
def mazur(open_window: OpenWindow) -> Driver:
    driver = open_window(load_example("mazur_2_2_2"))
    driver.window.debugger.step("pass")
    return driver


def choose(
    monkeypatch: pytest.MonkeyPatch, path: Path | None, names: str = "", **fields: str
) -> list[HandoutForm]:
    """Let the form be filled in and agreed to, and the file dialog answer with a path."""
    forms: list[HandoutForm] = []

    def fill(form: HandoutForm) -> int:
        for name, key in fields.items():
            field = getattr(form, name)
            field.set_value(key)
            field.chosen.emit(key)
        form.names.setPlainText(names)
        forms.append(form)
        if path is not None:
            form.accept()
        return 0

    monkeypatch.setattr(HandoutForm, "exec", fill)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path or ""), ""))
    return forms


@pytest.mark.parametrize("suffix", DERIVED)
def test_a_derivation_is_written_in_the_format_asked_for(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suffix: str
) -> None:
    choose(monkeypatch, tmp_path / "out", format=suffix[1:])
    mazur.window.handouts.export_derivation()
    path = tmp_path / f"out{suffix}"
    assert path.read_bytes().startswith(BEGINS.get(suffix, b"Backpropagation"))
    assert path.name in mazur.window.notices.text


def test_what_is_selected_is_derived_alone_unless_the_whole_is_asked_for(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mazur.scene.select(["h1"])
    path = tmp_path / "h1.txt"
    forms = choose(monkeypatch, path, format="txt", notation="hinton")
    mazur.window.handouts.export_derivation()
    assert forms[0].what.value == PART
    text = path.read_text(encoding="utf-8")
    assert "Backpropagation at h1" in text
    assert "∂E/∂z_h1" in text
    assert "δ" not in text
    choose(monkeypatch, path, format="txt", what=WHOLE)
    mazur.window.handouts.export_derivation()
    assert "o2" in path.read_text(encoding="utf-8")


def test_a_connection_stands_for_the_unit_it_leads_to(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mazur.scene.select([], [("h1", "o2")])
    choose(monkeypatch, tmp_path / "o2.txt", format="txt")
    mazur.window.handouts.export_derivation()
    assert "Backpropagation at o2" in (tmp_path / "o2.txt").read_text(encoding="utf-8")


def test_a_worksheet_comes_with_its_key_and_replaces_no_other_key(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, key = tmp_path / "week 1.txt", tmp_path / "week 1 answers.txt"
    key.write_text("mine")
    choose(monkeypatch, path, format="txt", key="key")
    mazur.window.handouts.export_worksheet()
    assert "(1) ___" in path.read_text(encoding="utf-8")
    assert key.read_text() == "mine"
    assert "Answers" in (tmp_path / "week 1 answers 2.txt").read_text(encoding="utf-8")


def test_a_class_gets_a_sheet_each_with_names_and_a_key_apart(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "class.txt"
    choose(monkeypatch, path, names="Ada\nGrace\n", format="txt", numbers=CLASS)
    mazur.window.handouts.export_worksheet()
    sheets = path.read_text(encoding="utf-8")
    key = (tmp_path / "class answers.txt").read_text(encoding="utf-8")
    assert sheets.count("Name: ") == sheets.count("Worksheet: ") == 2
    assert sheets.index("variant 1") < sheets.index("Name: Ada") < sheets.index("variant 2")
    assert key.count("Answers: ") == 2
    assert "variant 2, Grace" in key
    assert "2 worksheets" in mazur.window.notices.text


def test_thirty_sheets_are_one_pdf_in_which_each_begins_a_page(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "class.pdf"
    mazur.scene.select(["h1"])
    forms = choose(monkeypatch, path, what=PART, numbers=CLASS)
    mazur.window.handouts.export_worksheet()
    assert "30 sheets" in forms[0].message.text()
    sheets, key = path.read_bytes(), (tmp_path / "class answers.pdf").read_bytes()
    alone = as_pdf(forms[0].asked.pages[0]) if forms[0].asked else b""
    assert sheets.count(PAGE) == 30 * alone.count(PAGE)
    assert key.count(PAGE) == 30


def test_questions_go_to_moodle(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    choose(monkeypatch, tmp_path / "quiz.gift", format="gift", names="A\nB", numbers=CLASS)
    mazur.window.handouts.export_worksheet()
    text = (tmp_path / "quiz.gift").read_text(encoding="utf-8")
    assert text.startswith("$CATEGORY: Backpropagation/variant 1\n")
    assert "$CATEGORY: Backpropagation/variant 2\n" in text


def test_the_form_shows_the_page_it_will_write(qapp: object) -> None:
    project = load_example("mazur_2_2_2")
    form = HandoutForm(trace(project), project, ["h1"], worksheet=True)
    form.show()
    before = form.page.grab().toImage()
    form.numbers.set_value(CLASS)
    form.numbers.chosen.emit(CLASS)
    assert form.rows["names"].isVisible()
    assert form.page.grab().toImage() != before
    page = first_page(derive(trace(load_example("iris"))), 300)
    assert page.width() == 300
    form.close()


def test_a_form_that_is_closed_writes_nothing(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    choose(monkeypatch, None)
    mazur.window.handouts.export_derivation()
    mazur.window.handouts.export_worksheet()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_in_a_sentence(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    choose(monkeypatch, tmp_path / "nowhere" / "out.md", format="md")
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
    assert small.count(PAGE) <= 2
    assert large.count(PAGE) > 3
    write(tmp_path / "iris.pdf", derive(trace(load_example("iris"))))
    assert (tmp_path / "iris.pdf").stat().st_size > 10_000


def test_a_worksheet_has_the_weights_that_training_has_reached(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mazur.window.debugger.step("epoch")
    wait_until(lambda: not mazur.window.debugger.training)
    reached = mazur.window.debugger.reached().network.by_ends["h1", "o1"].weight
    assert reached != 0.4
    choose(monkeypatch, tmp_path / "sheet.txt", format="txt")
    mazur.window.handouts.export_worksheet()
    assert f"w5 (h1 → o1) = {reached!r}" in (tmp_path / "sheet.txt").read_text("utf-8")


def test_the_form_of_a_large_net_derives_no_more_than_it_shows(qapp: object) -> None:
    project = load_example("digits")
    form = HandoutForm(trace(project), project, [], worksheet=False)
    assert len(form._make([""], 60).pages[0].items) == 60
    form.close()


def test_a_step_is_copied_as_text_as_latex_and_as_a_picture(mazur: Driver) -> None:
    clipboard = QApplication.clipboard()
    mazur.step_until(lambda step: step.phase == "backward" and step.unit == "h1" and step.nth == 2)
    mazur.window.actions_by_name["copied_text"].trigger()
    assert clipboard.text().startswith("Why a sum at h1. h1 feeds o1 and o2.")
    assert "Σ_{o ∈ {o1, o2}}" in clipboard.text()
    mazur.window.actions_by_name["copied_latex"].trigger()
    assert clipboard.text().startswith(r"\[ \frac{\partial E_{\mathrm{total}}}")
    mazur.window.actions_by_name["copied_picture"].trigger()
    assert clipboard.image().width() > 200
    assert mazur.window.notices.text.startswith("The step is on the clipboard")
