"""Recovery copies: what was edited survives a kill, and is offered once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLockFile, QTimer

from chainstep import files
from chainstep.app import recovery
from chainstep.app.main import Desk
from chainstep.app.recovery import RecoveryCopy, take_orphans
from chainstep.files import document as document_format
from chainstep.files.examples import load_example
from chainstep.project import Project

from .journey import CTRL, Driver, Key, settle, wait_until

OpenWindow = Callable[[Project], Driver]

#: A whole application that does one thing and says on its standard output what it sees.
APPLICATION = """
import json, sys
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from chainstep.app import main, recovery
from chainstep.app.window import MainWindow
from chainstep.files import document

class Robot(QObject):
    def windows(self):
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
    def act(self):
        window = self.windows()[0]
        text = window.notices.text
        if todo == "edit":
            window.apply("Tidy up", lambda p: p.move({p.network.units[0].id: (-321.0, 7.0)}))
        elif todo == "train":
            window.debugger.step("epoch")
        elif todo == "recover" and text:
            window.notices._press_first()
        self.say(text)
    def say(self, text):
        windows = self.windows()
        told = {"notice": text, "folder": str(recovery.folder()), "titles":
            sorted(w.document.title for w in windows), "unsaved":
            [w.isWindowModified() for w in windows], "documents":
            [document.dumps(w.document.project).decode() for w in windows]}
        print(json.dumps(told), flush=True)
        if todo in ("look", "recover"):
            for window in windows:
                window.filing.copy.discard()
                window.filing.may_close = lambda _unsaved: True
            QTimer.singleShot(0, QApplication.closeAllWindows)

todo = sys.argv[1]
robot = Robot()
app = main.make_application(["chainstep"])
QTimer.singleShot(400, robot.act)
sys.exit(main.run(sys.argv[2:]))
"""


class Program:
    """One run of the application in a process of its own."""

    def __init__(self, home: Path, todo: str, *paths: Path) -> None:
        env = {**os.environ, "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
        for kind in ("CONFIG", "DATA", "CACHE", "STATE"):
            env[f"XDG_{kind}_HOME"] = str(home / kind.lower())
        env["PYTHONPATH"] = str(Path(files.__file__).parents[2])
        self.process = subprocess.Popen(
            [sys.executable, "-c", APPLICATION, todo, *map(str, paths)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        found: dict[str, Any] = json.loads(line)
        return found

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        self.end()

    def end(self) -> int:
        _, complaints = self.process.communicate(timeout=20)
        assert "Traceback" not in complaints, complaints
        return self.process.returncode


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    started: list[Program] = []

    def begin(todo: str, *paths: Path) -> Program:
        started.append(Program(tmp_path, todo, *paths))
        return started[-1]

    yield begin
    for program in started:
        with program.process as process:  # closes its pipes, whoever failed
            process.kill()


def copies_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.chainstep"))


def wait_for_copy(folder: Path) -> None:
    while not copies_in(folder):
        time.sleep(0.01)


def test_work_survives_a_kill_and_is_offered_once(start: Callable[..., Program]) -> None:
    first = start("edit")
    before = first.told()
    folder = Path(before["folder"])
    assert before["notice"] == ""
    wait_for_copy(folder)
    first.kill()

    second = start("recover")
    told = second.told()
    assert "ended unexpectedly" in told["notice"]
    assert any(told["unsaved"])
    assert any("-321.0" in text for text in told["documents"])
    assert second.end() == 0

    third = start("look")
    assert third.told()["notice"] == ""
    assert third.end() == 0


def test_an_offer_that_nobody_answered_is_made_again(start: Callable[..., Program]) -> None:
    first = start("edit")
    folder = Path(first.told()["folder"])
    wait_for_copy(folder)
    first.kill()
    second = start("wait")
    assert "ended unexpectedly" in second.told()["notice"]
    second.kill()
    third = start("look")
    assert "ended unexpectedly" in third.told()["notice"]
    assert third.end() == 0
    told = start("recover").told()
    assert any("-321.0" in text for text in told["documents"])
    assert start("look").told()["notice"] == ""


def test_a_copy_belongs_to_its_file_and_the_file_is_not_touched(
    start: Callable[..., Program], tmp_path: Path
) -> None:
    path = tmp_path / "net.chainstep"
    files.save(load_example("xor"), path)
    content = path.read_bytes()
    first = start("edit", path)
    wait_for_copy(Path(first.told()["folder"]))
    first.kill()
    told = start("recover").told()
    assert "net.chainstep" in told["notice"]
    assert "net.chainstep" in told["titles"]
    assert path.read_bytes() == content


def test_a_second_running_program_is_not_taken_for_a_crash(
    start: Callable[..., Program],
) -> None:
    first = start("edit")
    folder = Path(first.told()["folder"])
    wait_for_copy(folder)
    second = start("look")
    assert second.told()["notice"] == ""
    assert second.end() == 0
    assert len(copies_in(folder)) == 1
    first.kill()
    assert "ended unexpectedly" in start("look").told()["notice"]


def test_a_program_that_ends_as_it_should_leaves_no_copy(start: Callable[..., Program]) -> None:
    program = start("look")
    folder = Path(program.told()["folder"])
    assert program.end() == 0
    assert list(folder.glob("*")) == [] or not folder.exists()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "recovery"
    monkeypatch.setattr(recovery, "folder", lambda: folder)
    return folder


def timer_of(driver: Driver) -> QTimer:
    """What the copy waits for; Qt may be early or late by a twentieth of its interval."""
    (timer,) = driver.window.filing.copy.findChildren(QTimer)
    return timer


def test_a_change_in_the_window_is_copied_after_a_second(
    place: Path, open_window: OpenWindow
) -> None:
    driver = open_window(load_example("xor"))
    driver.double_click(driver.at(0, -170))
    assert timer_of(driver).isActive() or copies_in(place)
    assert timer_of(driver).interval() == 1000
    wait_until(lambda: bool(copies_in(place)))
    content = copies_in(place)[0].read_bytes()
    assert content == document_format.dumps(driver.window.document.project)


def test_a_copy_that_is_due_is_made_beside_the_event_loop(place: Path, qapp: object) -> None:
    made_by: list[threading.Thread] = []

    def content() -> bytes:
        made_by.append(threading.current_thread())
        return b"{}"

    copy = RecoveryCopy(lambda: content)
    copy.schedule(None, "XOR")
    wait_until(lambda: bool(copies_in(place)))
    assert made_by != [threading.main_thread()]
    copy.discard()
    assert list(place.glob("*")) == []


def test_a_copy_on_its_way_is_gone_after_a_save_and_keeps_the_next_one_waiting(
    place: Path, qapp: object
) -> None:
    go_on, begun = threading.Event(), list[int]()

    def content() -> bytes:
        begun.append(len(begun))
        assert go_on.wait(10)
        return b"{}"

    copy = RecoveryCopy(lambda: content)
    copy.schedule(None, "XOR")
    wait_until(lambda: bool(begun))
    copy.schedule(None, "XOR")
    settle(1300)  # the second is due while the first is being written: the loop does not wait
    assert begun == [0]
    go_on.set()
    wait_until(lambda: begun == [0, 1])
    copy.discard()
    settle(50)
    assert list(place.glob("*")) == []


def test_changes_without_a_pause_are_copied_all_the_same(
    place: Path, open_window: OpenWindow
) -> None:
    driver = open_window(load_example("xor"))
    driver.click(driver.unit("h1"))
    driver.key(Key.Key_Right)
    settle(150)  # more than Qt may be early and late by: a timer begun anew has longer to go
    left = timer_of(driver).remainingTime()
    driver.key(Key.Key_Right)
    assert copies_in(place) or timer_of(driver).remainingTime() <= left
    wait_until(lambda: bool(copies_in(place)))


def test_weights_that_a_run_has_reached_are_in_the_copy(
    place: Path, open_window: OpenWindow
) -> None:
    driver = open_window(load_example("xor"))
    driver.double_click(driver.at(0, -170))
    driver.train()
    run = driver.window.debugger.moment().run
    assert run is not None
    driver.window.filing.copy.write()
    copied = document_format.loads(copies_in(place)[0].read_bytes(), "copy")
    assert copied.network.connections == run.project.network.connections


def test_a_save_takes_the_copy_away(place: Path, open_window: OpenWindow, tmp_path: Path) -> None:
    from .journey import chosen_in_dialogs

    driver = open_window(load_example("xor"))
    driver.double_click(driver.at(0, -170))
    wait_until(lambda: bool(copies_in(place)))
    with chosen_in_dialogs(tmp_path / "net.chainstep"):
        driver.key(Key.Key_S, CTRL)
    assert copies_in(place) == []
    settle(1200)
    assert copies_in(place) == []


def test_opening_and_stepping_write_no_copy(place: Path, driver: Driver) -> None:
    driver.key(Key.Key_F11, times=5)
    settle(1300)
    assert not place.exists()


def orphan(content: bytes, origin: str) -> None:
    """Leave a copy behind as a process does that is gone."""
    folder = recovery.folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "left.chainstep").write_bytes(content)
    (folder / "left.origin").write_text(origin)


def test_an_orphan_is_taken_once(place: Path) -> None:
    orphan(b"{}", '{"path": null, "title": "XOR"}')
    (found,) = take_orphans()
    assert (found.content, found.path, found.title) == (b"{}", None, "XOR")
    assert take_orphans() == ()
    assert len(copies_in(place)) == 1
    found.forget()
    assert list(place.glob("*")) == []


def test_a_copy_whose_process_lives_is_no_orphan(place: Path) -> None:
    copy = RecoveryCopy(lambda: lambda: b"{}")
    copy.schedule(None, "XOR")
    copy.write()
    assert len(copies_in(place)) == 1
    assert take_orphans() == ()
    assert len(copies_in(place)) == 1
    copy.discard()
    assert list(place.glob("*")) == []


@pytest.mark.parametrize(
    "origin", ["", "{", "[]", '{"path": 3}', '{"title": "x"}', '{"path": null, "title": null}']
)
def test_a_damaged_origin_is_no_reason_to_fail(place: Path, origin: str) -> None:
    orphan(b"{}", origin)
    (found,) = take_orphans()
    assert found.content == b"{}"
    assert isinstance(found.title, str)
    assert found.title
    assert take_orphans() == ()


def test_a_recovered_copy_of_a_file_that_is_open_is_an_undo_step_of_its_window(
    place: Path, tmp_path: Path, desk: Desk
) -> None:
    path = tmp_path / "net.chainstep"
    files.save(load_example("xor"), path)
    window = desk.open_path(path)
    assert window is not None
    before = window.document.project
    left = document_format.dumps(load_example("diamond"))
    orphan(left, json.dumps({"path": str(path), "title": path.name}))
    desk.recover(take_orphans()[0])
    assert desk.windows == [window]
    assert document_format.dumps(window.document.project) == left
    assert window.isWindowModified()
    window.document.undo_stack.undo()
    assert window.document.project is before


def test_a_damaged_copy_is_told_in_one_sentence(place: Path, driver: Driver) -> None:
    from chainstep.app.main import Offer

    orphan(b"{", '{"path": null, "title": "XOR"}')
    desk = driver.window.desk
    assert desk is not None
    Offer(desk, take_orphans()[0], driver.window)
    assert "XOR" in driver.parts.notices.text
    driver.parts.notices._press_first()
    assert driver.parts.notices.kind == "error"
    assert len(desk.windows) == 1


def test_a_folder_that_cannot_be_written_does_not_disturb_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_window: OpenWindow
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(recovery, "folder", lambda: tmp_path / "file" / "recovery")
    driver = open_window(load_example("xor"))
    driver.double_click(driver.at(0, -170))
    driver.window.filing.copy.write()
    assert driver.parts.notices.text == ""


def test_the_lock_of_a_copy_is_held_while_there_is_one(place: Path) -> None:
    copy = RecoveryCopy(lambda: lambda: b"{}")
    copy.write()
    lock = QLockFile(str(copies_in(place)[0].with_suffix(".lock")))
    lock.setStaleLockTime(0)
    assert not lock.tryLock(0)
    copy.discard()
