"""Files of a window: asking, saving, refusing, and noticing what others do to them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFileOpenEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QSplitter

from chainstep import files
from chainstep.app.bars.notice import NoticeBar
from chainstep.app.main import Application, Desk
from chainstep.app.settings import Settings
from chainstep.files import document as document_format
from chainstep.files.examples import load_example
from chainstep.project import Project

from .journey import ALT, CTRL, SHIFT, Driver, Key, chosen_in_dialogs, settle, wait_until

OpenWindow = Callable[[Project], Driver]
Button = QMessageBox.StandardButton


def stored(folder: Path, name: str = "net.chainstep") -> Path:
    path = folder / name
    files.save(load_example("xor"), path)
    return path


def opened(desk: Desk, path: Path) -> Driver:
    window = desk.open_path(path)
    assert window is not None
    return Driver(window)


def changed(driver: Driver) -> Driver:
    driver.double_click(driver.at(0, -170))
    assert driver.window.isWindowModified()
    return driver


class Answer(QTimer):
    """Presses a button in the next question that is asked; with none, ends it as the system may."""

    def __init__(self, button: Button) -> None:
        super().__init__()
        self.button, self.asked = button, ""
        self.timeout.connect(self.give)
        self.start(5)

    def give(self) -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            self.stop()
            self.asked = box.text()
            box.done(0) if self.button == Button.NoButton else box.button(self.button).click()


@pytest.mark.parametrize("button", [Button.Cancel, Button.NoButton], ids=["cancel", "no answer"])
def test_closing_a_changed_document_asks_and_only_an_answer_lets_it_go(
    desk: Desk, open_window: OpenWindow, button: Button
) -> None:
    driver = changed(open_window(load_example("xor")))
    answer = Answer(button)
    driver.key(Key.Key_W, CTRL)
    assert "Untitled" in answer.asked
    assert desk.windows == [driver.window]
    assert driver.window.isVisible()


def test_discard_closes_without_saving(desk: Desk, tmp_path: Path) -> None:
    path = stored(tmp_path)
    before = path.read_bytes()
    driver = changed(opened(desk, path))
    answer = Answer(Button.Discard)
    driver.key(Key.Key_W, CTRL)
    assert desk.windows == []
    assert path.read_bytes() == before
    assert answer.asked


def test_save_saves_and_closes(desk: Desk, tmp_path: Path) -> None:
    path = stored(tmp_path)
    driver = changed(opened(desk, path))
    after = driver.window.document.project
    answer = Answer(Button.Save)
    driver.key(Key.Key_W, CTRL)
    assert desk.windows == []
    assert path.read_bytes() == document_format.dumps(after)
    assert answer.asked


def test_a_save_that_fails_on_closing_keeps_the_window(desk: Desk, tmp_path: Path) -> None:
    path = stored(tmp_path)
    driver = changed(opened(desk, path))
    path.unlink()
    path.mkdir()
    answer = Answer(Button.Save)
    driver.key(Key.Key_W, CTRL)
    assert desk.windows == [driver.window]
    assert "folder" in driver.parts.notices.text
    assert driver.parts.notices.kind == "error"
    assert driver.window.isWindowModified()
    assert answer.asked


def test_cancel_in_the_file_dialog_keeps_the_window(desk: Desk, driver: Driver) -> None:
    changed(driver)
    answer = Answer(Button.Save)
    with chosen_in_dialogs(None):
        driver.key(Key.Key_W, CTRL)
    assert desk.windows == [driver.window]
    assert answer.asked


def test_an_untouched_example_closes_without_a_question(desk: Desk, driver: Driver) -> None:
    driver.key(Key.Key_F11, times=5)
    driver.train()
    driver.key(Key.Key_W, CTRL)
    assert desk.windows == []


def test_training_of_a_file_of_ones_own_counts_as_a_change(desk: Desk, tmp_path: Path) -> None:
    path = stored(tmp_path)
    driver = opened(desk, path)
    assert not driver.window.isWindowModified()
    driver.train()
    assert driver.window.isWindowModified()
    run = driver.window.debugger.moment().run
    assert run is not None
    driver.key(Key.Key_S, CTRL)
    assert not driver.window.isWindowModified()
    assert files.load(path).network.connections == run.project.network.connections
    assert (tmp_path / "net.chainstep~").exists()


def test_quit_asks_for_every_changed_window_and_stops_at_cancel(
    desk: Desk, open_window: OpenWindow
) -> None:
    first, second = open_window(load_example("xor")), open_window(load_example("diamond"))
    changed(first)
    answer = Answer(Button.Cancel)
    Driver(second.window).key(Key.Key_Q, CTRL)
    assert desk.windows == [first.window]
    assert answer.asked


def test_save_as_appends_the_extension_and_remembers_the_file(
    driver: Driver, tmp_path: Path
) -> None:
    with chosen_in_dialogs(tmp_path / "my net"):
        driver.key(Key.Key_S, CTRL | SHIFT)
    path = tmp_path / "my net.chainstep"
    assert path.exists()
    assert driver.window.windowTitle() == "my net.chainstep[*]"
    assert Settings().recent_files()[0] == path
    assert driver.parts.status.saved.text() == "Saved"


def test_a_dot_in_a_name_is_no_extension(driver: Driver, tmp_path: Path) -> None:
    with chosen_in_dialogs(tmp_path / "lr 0.5"):
        driver.key(Key.Key_S, CTRL | SHIFT)
    assert (tmp_path / "lr 0.5.chainstep").exists()


def test_a_file_the_dialog_did_not_ask_about_is_not_replaced_unasked(
    driver: Driver, tmp_path: Path
) -> None:
    path = stored(tmp_path)
    before = path.read_bytes()
    changed(driver)
    answer = Answer(Button.Cancel)
    with chosen_in_dialogs(tmp_path / "net"):
        driver.key(Key.Key_S, CTRL | SHIFT)
    assert "net.chainstep" in answer.asked
    assert path.read_bytes() == before
    assert driver.window.document.path is None


def test_an_error_goes_when_the_next_save_succeeds(driver: Driver, tmp_path: Path) -> None:
    with chosen_in_dialogs(tmp_path / "nowhere" / "net.chainstep"):
        driver.key(Key.Key_S, CTRL)
    assert driver.parts.notices.kind == "error"
    with chosen_in_dialogs(tmp_path / "net.chainstep"):
        driver.key(Key.Key_S, CTRL)
    assert driver.parts.notices.text == ""


def test_a_folder_that_is_not_writable_gives_one_sentence(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from chainstep.files import atomic

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(atomic, "_write", refuse)
    changed(driver)
    with chosen_in_dialogs(tmp_path / "net.chainstep"):
        driver.key(Key.Key_S, CTRL)
    assert "is not writable; choose another" in driver.parts.notices.text
    assert driver.parts.notices.kind == "error"
    assert driver.window.isWindowModified()
    assert driver.window.document.path is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_changed_on_the_disk_is_told_once_and_can_be_reloaded(
    desk: Desk, tmp_path: Path
) -> None:
    path = stored(tmp_path)
    driver = opened(desk, path)
    before = driver.window.document.project
    notices = driver.parts.notices
    overtake(driver, path)
    settle(300)
    assert notices.waiting == 0
    press(notices, "Reload")
    assert driver.window.document.project.network != before.network
    assert not driver.window.isWindowModified()
    assert notices.text == ""
    driver.key(Key.Key_Z, CTRL)
    assert driver.window.document.project is before
    assert driver.window.isWindowModified()


def test_keeping_ones_own_counts_as_a_change(desk: Desk, tmp_path: Path) -> None:
    path = stored(tmp_path)
    driver = opened(desk, path)
    overtake(driver, path)
    press(driver.parts.notices, "Keep mine")
    assert driver.window.isWindowModified()


def test_undoing_a_reload_brings_the_training_back(desk: Desk, tmp_path: Path) -> None:
    path = stored(tmp_path)
    driver = opened(desk, path)
    overtake(driver, path)
    press(driver.parts.notices, "Keep mine")
    driver.window.debugger.step("batch")
    run = driver.window.debugger.moment().run
    assert run is not None
    assert run.moved
    reached = run.project.network.connections
    path.write_bytes(document_format.dumps(load_example("xor")))
    wait_until(lambda: "changed on the disk" in driver.parts.notices.text)
    press(driver.parts.notices, "Reload")
    assert not driver.window.isWindowModified()
    driver.key(Key.Key_Z, CTRL)
    assert driver.window.document.project.network.connections == reached


def test_a_save_over_a_file_changed_on_the_disk_offers_no_reload_any_more(
    desk: Desk, tmp_path: Path
) -> None:
    path = stored(tmp_path)
    driver = opened(desk, path)
    overtake(driver, path)
    driver.key(Key.Key_S, CTRL)
    assert driver.parts.notices.text == ""
    assert path.read_bytes() == document_format.dumps(driver.window.document.project)


def test_a_reload_of_a_broken_file_says_so_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    path = stored(tmp_path)
    driver = opened(desk, path)
    before = driver.window.document.project
    path.write_bytes(b'{"format": "chainstep"')
    wait_until(lambda: "changed on the disk" in driver.parts.notices.text)
    press(driver.parts.notices, "Reload")
    assert driver.parts.notices.kind == "error"
    assert driver.window.document.project is before


def overtake(driver: Driver, path: Path) -> None:
    """Let another program write the file."""
    path.write_bytes(document_format.dumps(load_example("diamond")))
    wait_until(lambda: "changed on the disk" in driver.parts.notices.text)


def press(notices: NoticeBar, words: str) -> None:
    """Click a button of the bar above the canvas."""
    from PySide6.QtTest import QTest

    from chainstep.app.look.chips import Chip

    buttons = notices.findChildren(Chip)
    button = next(each for each in buttons if each.isVisible() and each.label == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_file_opened_twice_has_one_window(desk: Desk, driver: Driver, tmp_path: Path) -> None:
    path = stored(tmp_path)
    with chosen_in_dialogs(path):
        driver.key(Key.Key_O, CTRL)
        Driver(desk.windows[0]).key(Key.Key_O, CTRL)
    assert len(desk.windows) == 2


def test_several_windows_have_documents_of_their_own(desk: Desk, tmp_path: Path) -> None:
    one = opened(desk, stored(tmp_path, "one.chainstep"))
    two = opened(desk, stored(tmp_path, "two.chainstep"))
    changed(two)
    two.key(Key.Key_F11, times=9)
    assert not one.window.isWindowModified()
    assert one.readout == "epoch 1 · example 1 of 4 · start"
    one = Driver(one.window)
    one.key(Key.Key_F11, times=2)
    assert "forward · i2" in one.readout


def test_a_file_that_the_system_hands_over_is_opened(
    desk: Desk, qapp: QApplication, tmp_path: Path
) -> None:
    path = stored(tmp_path)
    assert isinstance(qapp, Application)
    qapp.handed_over.connect(desk.take)
    assert QApplication.sendEvent(qapp, QFileOpenEvent(str(path)))
    assert [window.document.path for window in desk.windows] == [path]


def test_files_dropped_on_a_window_are_opened(desk: Desk, driver: Driver, tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(stored(tmp_path, f"{n}.chainstep"))) for n in (1, 2)])
    action = Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(400, 300), action, mime, left, none)
    QApplication.sendEvent(driver.window, enter)
    assert enter.isAccepted()
    driver.window.dropEvent(QDropEvent(QPointF(400, 300), action, mime, left, none))
    assert [window.document.title for window in desk.windows[1:]] == ["1.chainstep", "2.chainstep"]


def test_recent_files_are_in_the_menu(desk: Desk, driver: Driver, tmp_path: Path) -> None:
    path = stored(tmp_path, "a & b.chainstep")
    desk.open_path(path)
    driver.window.menus._recent.aboutToShow.emit()
    actions = driver.window.menus._recent.actions()
    assert actions[0].text().replace("&&", "&") == str(path)
    desk.windows[-1].close()
    actions[0].trigger()
    assert desk.windows[-1].document.path == path


def test_examples_open_from_the_menu_by_keys(desk: Desk, driver: Driver) -> None:
    driver.key(Key.Key_X, ALT)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    from PySide6.QtTest import QTest

    QTest.keyClick(menu, Key.Key_Down)
    QTest.keyClick(menu, Key.Key_Right)
    inner = QApplication.activePopupWidget()
    assert inner is not None
    QTest.keyClick(inner, Key.Key_Down)
    QTest.keyClick(inner, Key.Key_Return)
    assert desk.windows[-1].document.title == "A path that splits and joins"


def test_the_window_remembers_its_size(desk: Desk, driver: Driver) -> None:
    driver.window.resize(790, 720)
    settle()
    driver.key(Key.Key_W, CTRL)
    again = Driver(desk.open_example())
    assert (again.window.width(), again.window.height()) == (790, 720)


def side_of(driver: Driver) -> QSplitter:
    """The splitter between the chain-rule panel and the tabs."""
    parent = driver.parts.tabs.parent()
    assert isinstance(parent, QSplitter)
    return parent


def test_the_window_remembers_how_its_parts_share_the_room(desk: Desk, driver: Driver) -> None:
    side = side_of(driver)
    before = side.sizes()
    handle = driver.place(side.handle(1))
    driver.drag(handle, handle + QPoint(0, -60))
    top, bottom = side.sizes()
    assert top < before[0] - 40
    driver.key(Key.Key_W, CTRL)
    again = side_of(Driver(desk.open_example())).sizes()
    assert again[0] / again[1] == pytest.approx(top / bottom, abs=0.05)
