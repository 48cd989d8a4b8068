"""A monkey at the window: thousands of random events, and neither an exception nor a warning."""

import random
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from chainstep.app.main import Desk
from chainstep.app.window import MainWindow
from chainstep.files.document import dumps, loads

from .journey import Driver, settle

Key, Button, Modifier = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier
LETTERS = [getattr(Key, f"Key_{letter}") for letter in "ACDFLNPRSUVXYZ0123456789"]
SPECIAL = [
    Key.Key_Tab, Key.Key_Backtab, Key.Key_Return, Key.Key_Escape, Key.Key_Space, Key.Key_Delete,
    Key.Key_Backspace, Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Home,
    Key.Key_End, Key.Key_PageUp, Key.Key_PageDown, Key.Key_Plus, Key.Key_Minus, Key.Key_Comma,
    Key.Key_Period, Key.Key_Slash,
]  # fmt: skip
STEPS = [Key.Key_F5, Key.Key_F7, Key.Key_F10, Key.Key_F11]
MODIFIERS = [
    Modifier.NoModifier,
    Modifier.NoModifier,
    Modifier.NoModifier,
    Modifier.ShiftModifier,
    Modifier.ControlModifier,
    Modifier.AltModifier,
    Modifier.ControlModifier | Modifier.ShiftModifier,
]
#: Closing, quitting, new windows and full screen are for tests of their own.
TABOO = {
    (Key.Key_W, Modifier.ControlModifier),
    (Key.Key_Q, Modifier.ControlModifier),
    (Key.Key_N, Modifier.ControlModifier),
    (Key.Key_Return, Modifier.AltModifier),
}


class Monkey:
    """Presses, drags and types at random; the same seed does the same."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window = window
        self.chance = random.Random(seed)
        self.last = ""

    @property
    def handle(self) -> Any:
        return self.window.windowHandle()

    def act(self) -> None:
        popup = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if popup is not None:
            self._in_popup(popup)
            return
        choices = [self._key] * 5 + [self._click] * 3 + [self._drag] * 3
        choices += [self._double, self._wheel, self._menu, self._step]
        self.chance.choice(choices)()

    def _in_popup(self, popup: QWidget) -> None:
        self.last = f"in {type(popup).__name__}"
        key = self.chance.choice([Key.Key_Down, Key.Key_Up, Key.Key_Return, Key.Key_Escape])
        QTest.keyClick(popup, key)

    def _point(self) -> QPoint:
        """A point of the window, on a unit or its rim rather often."""
        scene, view = self.window.scene, self.window.parts.view
        if scene.units and self.chance.random() < 0.5:
            x, y = self.chance.choice(list(scene.units.values())).centre
            reach = self.chance.choice([0, 10, 33])
            at = QPointF(x + reach, y) if self.chance.random() < 0.5 else QPointF(x, y + reach)
            point = view.viewport().mapTo(self.window, view.mapFromScene(at))
            if QRect(QPoint(), self.handle.size()).contains(point):
                return point
        # On a screen that is too small for it, the window is cut.
        size = self.window.size().boundedTo(self.handle.size())
        return QPoint(self.chance.randrange(size.width()), self.chance.randrange(size.height()))

    def _key(self) -> None:
        key = self.chance.choice(self.chance.choice([LETTERS, SPECIAL]))
        modifiers = self.chance.choice(MODIFIERS)
        if (key, modifiers) not in TABOO:
            self.last = f"{key} {modifiers}"
            QTest.keyClick(self.handle, key, modifiers)

    def _step(self) -> None:
        key, modifiers = self.chance.choice(STEPS), self.chance.choice(MODIFIERS)
        self.last = f"{key} {modifiers}"
        QTest.keyClick(self.handle, key, modifiers)

    def _click(self) -> None:
        point = self._point()
        if point.y() < self.window.menuBar().height():
            return
        self.last = f"click {point}"
        QTest.mouseClick(self.handle, Button.LeftButton, self.chance.choice(MODIFIERS), point)

    def _double(self) -> None:
        point = self._point()
        if point.y() < self.window.menuBar().height():
            return
        self.last = f"double click {point}"
        QTest.mouseDClick(self.handle, Button.LeftButton, Modifier.NoModifier, point)

    def _drag(self) -> None:
        start, end = self._point(), self._point()
        button = self.chance.choice([Button.LeftButton, Button.LeftButton, Button.MiddleButton])
        self.last = f"drag {start} {end} {button}"
        QTest.mousePress(self.handle, button, self.chance.choice(MODIFIERS), start)
        for n in (1, 2, 3):
            QTest.mouseMove(self.handle, start + (end - start) * n / 3)
            if self.chance.random() < 0.05:
                QTest.keyClick(self.handle, self.chance.choice([Key.Key_Escape, Key.Key_Delete]))
        QTest.mouseRelease(self.handle, button, Modifier.NoModifier, end)

    def _wheel(self) -> None:
        viewport = self.window.parts.view.viewport()
        at = QPointF(viewport.rect().center())
        turn = QPoint(0, self.chance.choice([120, -120]))
        event = QWheelEvent(
            at, viewport.mapToGlobal(at), QPoint(), turn, Button.NoButton,
            self.chance.choice(MODIFIERS), Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        self.last = "wheel"
        QApplication.sendEvent(viewport, event)

    def _menu(self) -> None:
        viewport = self.window.parts.view.viewport()
        point = viewport.mapFrom(self.window, self._point())
        self.last = f"menu {point}"
        mouse = QContextMenuEvent.Reason.Mouse
        event = QContextMenuEvent(mouse, point, viewport.mapToGlobal(point))
        QApplication.sendEvent(viewport, event)


class Waiter(QTimer):
    """Ends a dialog or menu that waits for an answer in an event loop of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.timeout.connect(self.look)
        self.start(20)

    def look(self) -> None:
        box = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        if box is not None:
            self.seen += 1
            if self.seen % 2:
                QTest.keyClick(box, Key.Key_Down)
            elif self.seen % 3:
                QTest.keyClick(box, Key.Key_Return)
            if shiboken6.isValid(box):
                box.close()


def play(desk: Desk, window: MainWindow, seed: int, events: int) -> None:
    driver = Driver(window)
    monkey, waiter = Monkey(window, seed), Waiter()
    for number in range(events):
        if window.scene.selected_units and len(window.scene.units) > 60:
            window.editing.delete()
        monkey.act()
        if number % 50 == 0:
            settle(2)
            assert driver.scene.project is window.document.project, monkey.last
            assert list(window.scene.units) == [
                unit.id for unit in window.document.project.network.units
            ], monkey.last
    waiter.stop()
    window.debugger.pause()
    content = dumps(window.document.project)
    assert dumps(loads(content, "net")) == content
    while window.undoing.undo.isEnabled():
        window.undoing.undo.trigger()
    for other in desk.windows:
        assert other.isVisible()


@pytest.fixture
def no_dialogs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_: ("", "")))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", staticmethod(lambda *_: ([], "")))


def test_a_few_hundred_random_events_do_no_harm(
    desk: Desk, driver: Driver, no_dialogs: None
) -> None:
    play(desk, driver.window, seed=1, events=400)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2, 6))
def test_thousands_of_random_events_do_no_harm(
    desk: Desk, driver: Driver, no_dialogs: None, seed: int
) -> None:
    play(desk, driver.window, seed, events=5_000)
