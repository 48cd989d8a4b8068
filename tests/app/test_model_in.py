"""Models on their way into a window: shown first, then opened, or put into the drawing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget

from chainstep import files
from chainstep.app.dialogs.models.preview import ModelPreview
from chainstep.app.main import Desk
from chainstep.files.examples import load_example
from chainstep.project import Project
from tests.files.models import MODELS, error_of
from tests.nets import draw

from .journey import CTRL, SHIFT, Driver, Key, chosen_in_dialogs, settle, wait_until

OpenWindow = Callable[[Project], Driver]
LEFT = Qt.MouseButton.LeftButton


def previewed(driver: Driver) -> ModelPreview:
    """Return the preview that is open, once the file is read."""
    wait_until(lambda: any(d.isVisible() for d in driver.window.findChildren(ModelPreview)))
    dialog = next(d for d in driver.window.findChildren(ModelPreview) if d.isVisible())
    wait_until(lambda: not dialog.progress.isVisible())
    settle(50)
    return dialog


def words(dialog: ModelPreview) -> str:
    return " | ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def cells_of(table: QTableWidget) -> list[list[str]]:
    items = [[table.item(r, c) for c in range(4)] for r in range(table.rowCount())]
    return [[item.text() for item in row if item is not None] for row in items]


def press(button: QPushButton) -> None:
    QTest.mouseClick(button, LEFT)
    settle(50)


def drop(driver: Driver, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    driver.window.dropEvent(QDropEvent(QPointF(400, 300), action, mime, LEFT, none))


def test_a_model_is_shown_before_it_opens_and_opens_as_a_new_net(
    desk: Desk, driver: Driver
) -> None:
    pytest.importorskip("onnx")
    with chosen_in_dialogs(MODELS / "sk_iris_mlpclassifier.onnx"):
        driver.key(Key.Key_I, CTRL | SHIFT)
    dialog = previewed(driver)
    told = words(dialog)
    assert "14: 4 inputs, 7 hidden, 3 outputs" in told
    assert "4 → 7 → 3" in told
    assert "ONNX model, 1.4 kB" in told
    assert "skl2onnx" in told
    assert "output_label is left out: it names classes" in told
    assert len(desk.windows) == 1
    press(dialog.accept_button)
    assert len(desk.windows) == 2
    opened = desk.windows[1].document
    assert opened.title == "sk_iris_mlpclassifier"
    assert opened.path is None
    assert len(opened.project.network.units) == 14


def test_a_model_that_is_dropped_is_shown_too_and_can_be_left(desk: Desk, driver: Driver) -> None:
    pytest.importorskip("onnx")
    drop(driver, MODELS / "torch_iris_sigmoid.onnx")
    dialog = previewed(driver)
    QTest.keyClick(dialog, Key.Key_Escape)
    settle(50)
    assert len(desk.windows) == 1
    assert driver.parts.notices.text == ""


def test_a_file_that_cannot_be_drawn_is_one_sentence_and_no_dialog(
    desk: Desk, driver: Driver, tmp_path: Path
) -> None:
    pytest.importorskip("onnx")
    drop(driver, MODELS / "refuse" / "conv.onnx")
    wait_until(lambda: "Conv) cannot be drawn" in driver.parts.notices.text)
    assert driver.parts.notices.kind == "error"
    assert not any(d.isVisible() for d in driver.window.findChildren(ModelPreview))
    driver.parts.notices.dismiss()
    (tmp_path / "net.xyz").write_bytes(b"?")
    drop(driver, tmp_path / "net.xyz")
    wait_until(lambda: ".xyz is not a format" in driver.parts.notices.text)
    assert len(desk.windows) == 1


def test_weights_go_into_the_drawing_in_one_step_that_can_be_undone(
    open_window: OpenWindow,
) -> None:
    driver = open_window(Project(network=draw("x1 x2 x3 x4 > h1 h2 h3 h4 h5 h6 h7 > y1 y2 y3")))
    before = driver.window.document.project
    drop(driver, MODELS / "sk_iris_mlpclassifier.npz")
    dialog = previewed(driver)
    assert "hidden units are taken as ReLU" in words(dialog)
    dialog._into_drawing.click()
    table = dialog.matches
    assert cells_of(table) == [
        ["coefs_0", "4 × 7", "x1…x4 → h1…h7", "read as [in, out]"],
        ["coefs_1", "7 × 3", "h1…h7 → y1…y3", "read as [in, out]"],
    ]
    press(dialog.accept_button)
    weights = np.load(MODELS / "sk_iris_mlpclassifier.npz")
    after = driver.window.document.project
    assert [c.weight for c in after.network.incoming["h1"]] == weights["coefs_0"][:, 0].tolist()
    driver.window.undoing.undo.trigger()
    assert driver.window.document.project is before


def test_weights_get_the_activations_that_are_chosen(
    desk: Desk, driver: Driver, tmp_path: Path
) -> None:
    drop(driver, MODELS / "sk_iris_mlpclassifier.npz")
    dialog = previewed(driver)
    row = dialog.activations
    assert (row.hidden.value, row.outputs.value) == ("relu", "identity")
    row.hidden.set_value("logistic")
    row.outputs.set_value("softmax")
    press(dialog.accept_button)
    project = desk.windows[-1].document.project
    assert error_of(project, "sk_iris_mlpclassifier") < 3e-7
    assert project.loss.name == "cross_entropy"


def test_weights_that_fit_only_one_way_round_can_be_turned(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    driver = open_window(Project(network=draw("x1 x2 x3 > y1 y2")))
    np.savez(tmp_path / "w.npz", W1=np.arange(6.0).reshape(3, 2))
    drop(driver, tmp_path / "w.npz")
    dialog = previewed(driver)
    dialog._into_drawing.click()
    assert not dialog.accept_button.isEnabled()
    assert "none of its layers" in dialog.message.text()
    dialog.turned.click()
    assert cells_of(dialog.matches) == [["W1", "3 × 2", "x1…x3 → y1…y2", "read as [in, out]"]]
    press(dialog.accept_button)
    incoming = driver.window.document.project.network.incoming["y1"]
    assert [c.weight for c in incoming] == [0.0, 2.0, 4.0]


def test_weights_that_tell_no_net_are_offered_to_the_drawing_alone(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    driver = open_window(Project(network=draw("x1 x2 x3 > y1 y2")))
    np.savez(tmp_path / "w.npz", W1=np.ones((2, 3)), W2=np.ones((5, 9)))
    drop(driver, tmp_path / "w.npz")
    dialog = previewed(driver)
    assert dialog._into_drawing.isChecked()
    assert not dialog._as_net.isEnabled()
    assert dialog.message.text() == "1 of 2 layers fit nowhere: they are left out."
    press(dialog.accept_button)
    assert {c.weight for c in driver.window.document.project.network.connections} == {1.0}


def test_a_window_may_close_while_a_file_is_read(desk: Desk, driver: Driver) -> None:
    pytest.importorskip("onnx")
    drop(driver, MODELS / "torch_digits_flatten.onnx")
    other = desk.open_example()
    driver.window.close()
    settle(400)
    assert desk.windows == [other]


def test_a_model_named_on_the_command_line_opens_at_once_and_tells_what_was_done(
    desk: Desk,
) -> None:
    window = desk.open_path(MODELS / "torch_iris_sigmoid.safetensors")
    assert window is not None
    assert "hidden units are taken as ReLU" in window.notices.text


def test_a_large_model_is_asked_about_before_it_is_drawn(
    desk: Desk, driver: Driver, tmp_path: Path
) -> None:
    np.savez(tmp_path / "wide.npz", W1=np.zeros((30, 784)), W2=np.zeros((10, 30)))
    drop(driver, tmp_path / "wide.npz")
    dialog = previewed(driver)
    assert "824 units and 23,820 connections are many" in dialog.message.text()
    assert "784 → 30 → 10" in words(dialog)
    assert len(desk.windows) == 1


def test_a_file_of_chainstep_itself_opens_without_a_question(
    desk: Desk, driver: Driver, tmp_path: Path
) -> None:
    files.save(load_example("xor"), tmp_path / "xor.chainstep")
    drop(driver, tmp_path / "xor.chainstep")
    assert desk.windows[-1].document.title == "xor.chainstep"
