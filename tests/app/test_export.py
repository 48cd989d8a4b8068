"""Export from the window: chosen from a list, looked at, written whole; refusals in place."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.exceptions import capture_exceptions

from chainstep.app.beside import FAULT
from chainstep.app.dialogs.export import dialog as dialogs
from chainstep.app.dialogs.export.dialog import ExportDialog
from chainstep.app.main import Desk
from chainstep.app.pictures.still import StillMaking
from chainstep.app.settings import Settings
from chainstep.errors import FileError
from chainstep.files import FORMATS, load
from chainstep.files.examples import load_example
from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Project

from .journey import CTRL, Driver, Key, settle, wait_until

OpenWindow = Callable[[Project], Driver]
RGB = QImage.Format.Format_RGB32
LISTED = [
    kind.extension
    for kind in FORMATS
    if kind.group != "document" and kind.extension not in (".pth", ".js", "_units.csv")
]


@pytest.fixture
def mazur(open_window: OpenWindow) -> Driver:
    return open_window(load_example("mazur_2_2_2"))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What the file dialog answers, one after the other; nothing when there is no more."""
    paths: list[Path] = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(paths.pop(0)) if paths else "", "")
    )
    return paths


def come_back(driver: Driver) -> None:
    """Be in the window again after a dialog."""
    settle()
    driver.window.activateWindow()
    wait_until(driver.window.isActiveWindow)


def opened(driver: Driver) -> ExportDialog:
    """Press Ctrl+E, when the last dialog is gone."""
    come_back(driver)
    driver.key(Key.Key_E, CTRL)
    found = driver.window.findChild(ExportDialog)
    assert found is not None
    wait_until(found.isVisible)
    return found


def ready(dialog: ExportDialog, extension: str) -> None:
    """Choose a format and wait until it could be written."""
    dialog.choose(extension)
    wait_until(dialog.export_button.isEnabled, 20)


def click(dialog: ExportDialog) -> None:
    QTest.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)


def test_the_list_is_walked_with_the_keyboard_and_everything_can_be_seen(mazur: Driver) -> None:
    dialog = opened(mazur)
    assert dialog.kind.extension == ".png"
    seen = []
    dialog.chooser.setFocus()
    for _ in LISTED:
        seen.append(dialog.kind.extension)
        wait_until(dialog.export_button.isEnabled, 20)
        assert dialog.gives.text()
        QTest.keyClick(dialog.chooser, Key.Key_Down)
    assert sorted(seen) == sorted(LISTED)
    assert "<" not in dialog.loses.text()
    dialog.reject()


def test_the_preview_shows_what_is_written(
    mazur: Driver, answers: list[Path], tmp_path: Path
) -> None:
    answers.append(tmp_path / "net_train.py")
    dialog = opened(mazur)
    ready(dialog, "_train.py")
    shown = dialog.preview.text.toPlainText()
    assert "6 units · 8 connections" in dialog.facts.text()
    assert "held back" in dialog.loses.text()
    click(dialog)
    written = (tmp_path / "net_train.py").read_text("utf-8")
    assert shown.rstrip() == written.rstrip()
    assert f"{len(written.encode()):,} bytes" in dialog.facts.text()
    assert "net_train.py" in mazur.window.notices.text


def test_float64_is_a_tick_and_without_it_the_rounding_is_told(
    mazur: Driver, answers: list[Path], tmp_path: Path
) -> None:
    pytest.importorskip("onnx")
    answers += [tmp_path / "small.onnx", tmp_path / "large.onnx"]
    dialog = opened(mazur)
    ready(dialog, ".onnx")
    assert "Rounded to float32: a weight changes by at most 2.4e-08" in dialog.loses.text()
    assert "Gemm" in dialog.preview.text.toPlainText()
    click(dialog)
    dialog = opened(mazur)
    assert dialog.kind.extension == ".onnx"  # as the last time
    QTest.mouseClick(dialog.options.float64, Qt.MouseButton.LeftButton)
    wait_until(lambda: "Rounded" not in dialog.loses.text(), 20)
    wait_until(lambda: dialog.export_button.isEnabled() and bool(dialog.loses.text()), 20)
    click(dialog)
    sizes = [(tmp_path / name).stat().st_size for name in ("small.onnx", "large.onnx")]
    assert sizes[0] < sizes[1]


def test_the_weights_reached_go_out(mazur: Driver, answers: list[Path], tmp_path: Path) -> None:
    answers.append(tmp_path / "net")
    mazur.window.debugger.step("epoch")
    wait_until(lambda: not mazur.window.debugger.training)
    dialog = opened(mazur)
    ready(dialog, ".npz")
    click(dialog)
    reached = mazur.window.debugger.reached()
    assert load(tmp_path / "net.npz").network.same_as(reached.network)
    assert not reached.network.same_as(mazur.window.document.project.network)


def test_a_picture_shows_the_net_the_values_or_the_step(mazur: Driver) -> None:
    dialog = opened(mazur)
    allowed = dialog.options.shows.model().item(2).isEnabled()  # type: ignore[attr-defined]
    assert not allowed  # no step is lit
    dialog.reject()
    come_back(mazur)
    mazur.key(Key.Key_F11)
    mazur.key(Key.Key_F11)
    dialog = opened(mazur)
    pictures = []
    for shows in ("net", "values", "step"):
        dialog.options.shows.set_value(shows)
        dialog.options.changed.emit()
        pictures.append(bytes(dialog.preview.sheet._image.constBits()))
    assert len(set(pictures)) == 3
    dialog.reject()


@pytest.mark.parametrize("extension", [".gif", "_frames"])
def test_a_film_is_made_with_progress(
    mazur: Driver, answers: list[Path], tmp_path: Path, extension: str
) -> None:
    if extension == ".gif":
        pytest.importorskip("PIL")
    answers.append(tmp_path / f"pass{extension}")
    dialog = opened(mazur)
    ready(dialog, extension)
    assert "37 frames" in dialog.facts.text()
    dialog.options.grain.set_value("level")
    dialog.options.grain.chosen.emit("level")
    dialog.options.sharpness.set_value("1")
    dialog.options.changed.emit()
    click(dialog)
    assert dialog.progress.isVisible()
    wait_until((tmp_path / f"pass{extension}").exists, 30)
    wait_until(lambda: f"pass{extension}" in mazur.window.notices.text)


@pytest.mark.parametrize("extension", ["_frames", ".png", ".svg"])
def test_escape_stops_what_is_painted_and_nothing_is_written(
    mazur: Driver, answers: list[Path], tmp_path: Path, extension: str
) -> None:
    answers.append(tmp_path / f"pass{extension}")
    dialog = opened(mazur)
    ready(dialog, extension)
    click(dialog)
    assert dialog.progress.isVisible()
    QTest.keyClick(dialog, Key.Key_Escape)
    assert "Stopped" in dialog.loses.text()
    assert dialog.export_button.isEnabled()
    assert list(tmp_path.iterdir()) == []
    dialog.reject()


def test_what_cannot_go_out_is_refused_in_place(open_window: OpenWindow) -> None:
    driver = open_window(Project())
    dialog = opened(driver)
    dialog.choose(".h")
    assert not dialog.export_button.isEnabled()
    assert "no input" in dialog.loses.text()
    ready(dialog, "_connections.csv")
    dialog.reject()


def test_a_folder_one_may_not_write_to_is_told_in_the_dialog(
    mazur: Driver, answers: list[Path], tmp_path: Path
) -> None:
    answers.append(tmp_path / "nowhere" / "net.py")
    dialog = opened(mazur)
    ready(dialog, ".py")
    click(dialog)
    assert "nowhere" in dialog.loses.text()
    assert dialog.isVisible()
    dialog.reject()


def test_closing_the_file_dialog_comes_back(mazur: Driver, answers: list[Path]) -> None:
    assert answers == []
    dialog = opened(mazur)
    click(dialog)
    assert dialog.isVisible()
    dialog.reject()


def test_a_file_is_replaced_only_after_asking(
    mazur: Driver, answers: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net.py").write_text("mine")
    answers.append(tmp_path / "net")  # without ending: the file dialog has not asked
    monkeypatch.setattr(mazur.window.filing, "may_replace", lambda _path: False)
    dialog = opened(mazur)
    ready(dialog, ".py")
    click(dialog)
    assert (tmp_path / "net.py").read_text() == "mine"
    dialog.reject()


def test_a_dialog_closed_at_work_leaves_no_thread(mazur: Driver) -> None:
    dialog = opened(mazur)
    for extension in (".onnx", ".py", ".h", ".npz"):
        dialog.choose(extension)
    dialog.reject()
    settle()
    assert QApplication.activeModalWidget() is None


def test_a_preview_of_very_many_connections_shows_the_strongest() -> None:
    units = (Unit(id="x", kind="input"), Unit(id="y", kind="input"), Unit(id="z", kind="output"))
    wires = (
        Connection(source="x", target="z", weight=0.1),
        Connection(source="y", target="z", weight=-2.0),
    )
    project = Project(network=Network(units=units, connections=wires))
    before, dialogs._MOST_WIRES = dialogs._MOST_WIRES, 1
    try:
        thinned = dialogs._thinned(project)
    finally:
        dialogs._MOST_WIRES = before
    assert [c.weight for c in thinned.network.connections] == [-2.0]


def test_the_last_format_is_remembered_over_windows(mazur: Driver) -> None:
    assert Settings().export_format == ".png"
    Settings().export_format = ".h"
    dialog = opened(mazur)
    assert dialog.kind.extension == ".h"
    dialog.reject()


@pytest.mark.parametrize(
    ("extension", "name"),
    [(".png", "Mazur two by two by two.png"), ("_torch.py", "mazur_two_by_two_by_two_torch.py")],
)
def test_the_name_suggested_is_one_that_any_system_takes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, extension: str, name: str
) -> None:
    asked: list[str] = []

    def ask(_parent: object, _title: str, start: str, _filter: str) -> tuple[str, str]:
        asked.append(Path(start).name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    dialog = opened(Driver(desk.open_example("mazur_2_2_2")))
    ready(dialog, extension)
    click(dialog)
    assert asked == [name]
    dialog.reject()


def test_what_is_lit_is_what_a_picture_shows_at_first(mazur: Driver) -> None:
    dialog = opened(mazur)
    assert dialog.options.shows.value == "net"
    dialog.reject()
    come_back(mazur)
    mazur.key(Key.Key_F10)
    dialog = opened(mazur)
    assert dialog.options.shows.value == "step"
    dialog.reject()


def test_the_preview_of_a_film_plays_unless_nothing_is_to_move(mazur: Driver) -> None:
    dialog = opened(mazur)
    dialog.options.pace.set_value("600")
    ready(dialog, ".gif")
    first = bytes(dialog.preview.sheet._image.constBits())
    wait_until(lambda: bytes(dialog.preview.sheet._image.constBits()) != first)
    Settings().reduced_motion = True
    dialog.choose("_frames")
    assert not dialog._play.isActive()
    dialog.reject()


def test_a_folder_that_is_there_already_is_refused_before_any_work(
    mazur: Driver, answers: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "pass_frames").mkdir()
    answers += [tmp_path / "pass_frames", tmp_path / "other_frames"]
    dialog = opened(mazur)
    ready(dialog, "_frames")
    click(dialog)
    assert "There is a pass_frames already" in dialog.loses.text()
    assert dialog.export_button.isEnabled()
    dialog.reject()


@pytest.mark.parametrize("error", [FileError("No room."), RuntimeError("a fault")])
@pytest.mark.parametrize("step", ["add", "finish"])
def test_what_fails_on_the_way_is_told_in_the_dialog_which_can_be_used_again(
    mazur: Driver,
    answers: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    error: Exception,
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(StillMaking, step, fails)
    monkeypatch.setattr(dialogs.ExportDialog, "_painted", lambda _dialog: QImage(9, 9, RGB))
    answers.append(tmp_path / "net.png")
    dialog = opened(mazur)
    ready(dialog, ".png")
    with capture_exceptions() as faults:
        click(dialog)
        wait_until(lambda: not dialog.progress.isVisible())
    assert dialog.loses.text() == (FAULT if isinstance(error, RuntimeError) else "No room.")
    assert dialog.chooser.isEnabled()
    assert dialog.export_button.isEnabled()
    assert [fault for _, fault, _ in faults] == ([error] if dialog.loses.text() == FAULT else [])
    dialog.reject()
    assert not dialog.isVisible()
