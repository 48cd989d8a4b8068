"""Drives the real window with mouse and keys, as a person would, and reads what it shows.

Used by `test_journey`, by the other tests of the window and by `tests/shots.py`. Events go to the
window and from there to whatever is under the mouse or has the keys; nothing calls a slot.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from chainstep.app.canvas.labels import Note, Pill, Tag, WeightLabel
from chainstep.app.main import Desk
from chainstep.app.panels.fields import Field
from chainstep.app.window import MainWindow

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
Key = Qt.Key

XOR = ("000", "011", "101", "110")
RATE, SEED = "4", "3"
RIM = 33.0


class Driver:
    """A pair of hands and eyes for one window."""

    F10, CTRL = Key.Key_F10, CTRL

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.parts = window.parts
        self.scene = window.scene
        window.activateWindow()
        wait_until(self._is_ready)

    def _is_ready(self) -> bool:
        return self.window.isActiveWindow() and self.parts.loss_plot.canvas is not None

    @property
    def handle(self) -> QWindow:
        return self.window.windowHandle()

    # Keys

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        for _ in range(times):
            QTest.keyClick(self.handle, key, modifiers)

    def type(self, text: str) -> None:
        for character in text:
            QTest.keyClick(self.handle, ord(character))

    def fill(self, field: Field, text: str) -> None:
        """Click on a field, type over what it says, and press Enter."""
        self.click(field)
        self.type(text)
        self.key(Key.Key_Return)

    # Mouse

    def place(self, widget: QWidget, point: QPoint | None = None) -> QPoint:
        """A point of a widget, its middle if none is given, in the window."""
        return widget.mapTo(self.window, widget.rect().center() if point is None else point)

    def at(self, x: float, y: float) -> QPoint:
        """A place of the scene in the window."""
        view = self.parts.view
        return self.place(view.viewport(), view.mapFromScene(QPointF(x, y)))

    def unit(self, name: str, dx: float = 0.0, dy: float = 0.0) -> QPoint:
        """A place so far from the middle of a unit."""
        x, y = self.scene.units[name].centre
        return self.at(x + dx, y + dy)

    def click(self, where: QWidget | QPoint, button: Qt.MouseButton = LEFT) -> None:
        point = self.place(where) if isinstance(where, QWidget) else where
        QTest.mouseClick(self.handle, button, NONE, point)

    def double_click(self, point: QPoint) -> None:
        QTest.mouseDClick(self.handle, LEFT, NONE, point)

    def press(self, start: QPoint, *through: QPoint) -> None:
        """Press and drag without letting go."""
        QTest.mouseMove(self.handle, start)
        QTest.mousePress(self.handle, LEFT, NONE, start)
        for end in through:
            for n in range(1, 7):
                QTest.mouseMove(self.handle, start + (end - start) * n / 6)
            start = end

    def release(self, point: QPoint) -> None:
        QTest.mouseRelease(self.handle, LEFT, NONE, point)

    def drag(self, start: QPoint, end: QPoint) -> None:
        self.press(start, end)
        self.release(end)

    def choose(self, menu_at: QPoint, words: str) -> None:
        """Open the context menu at a place and click on an entry."""
        view = self.parts.view.viewport()
        event_at = view.mapFrom(self.window, menu_at)
        QTest.mouseClick(self.handle, RIGHT, NONE, menu_at)
        if QApplication.activePopupWidget() is None:  # offscreen has no context menu events
            from PySide6.QtGui import QContextMenuEvent

            mouse = QContextMenuEvent.Reason.Mouse
            event = QContextMenuEvent(mouse, event_at, view.mapToGlobal(event_at))
            QApplication.sendEvent(view, event)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        action = next(action for action in menu.actions() if action.text() == words)
        QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(action).center())

    def press_escape(self) -> None:
        """Give up what the mouse is doing, then let go of it."""
        self.key(Key.Key_Escape)
        self.release(self.at(0, 0))

    def park(self) -> None:
        """Put the mouse where it lights nothing."""
        QTest.mouseMove(self.handle, QPoint(700, 20))

    def leave_table(self) -> None:
        """Give up the empty cell that is being typed into, and go to the canvas."""
        self.key(Key.Key_Escape)
        self.click(self.at(0, -160))

    def dismiss_notice(self) -> None:
        """Close what the bar above the canvas says."""
        self.parts.notices.dismiss()

    # What is to be seen

    @property
    def tags(self) -> list[str]:
        """The texts on connections."""
        return [item.content for item in self.scene._decor.items(Tag)]

    @property
    def pills(self) -> list[str]:
        """The texts above units."""
        return [item.content for item in self.scene._decor.items(Pill)]

    @property
    def notes(self) -> list[str]:
        """The lines beside units: "δ = +0.1", "target 0"."""
        notes = self.scene._decor.items(Note)
        return [f"{name} {text}".strip() for note in notes for name, text, _ in note.values]

    @property
    def weights(self) -> list[str]:
        """The weights written on connections."""
        return [item.content for item in self.scene._decor.items(WeightLabel)]

    @property
    def discs(self) -> dict[str, str]:
        """What is written inside each unit."""
        return {name: item.z for name, item in self.scene.units.items()}

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The rows of the chain-rule panel: label, factors, value."""
        lines = self.parts.chain_rule.rows.lines
        return [(line.label, *line.cells, line.value) for line in lines if not line.coming]

    @property
    def readout(self) -> str:
        return self.parts.readout.text

    def picture(self) -> tuple[object, ...]:
        """Everything that is written about a step, to be compared."""
        words = self.parts.chain_rule.words
        seen = sorted(self.tags), sorted(self.pills), sorted(self.notes)
        return self.readout, words, self.rows, *seen, sorted(self.discs.items())

    # The journey

    def draw(self) -> None:
        """Draw 2-2-1 on an empty canvas: units by double click, connections from rims."""
        for x, y in ((-240, -90), (-240, 90), (0, -90), (0, 90), (240, 0)):
            self.double_click(self.at(x, y))
        for source in ("i1", "i2"):
            for target in ("h1", "h2"):
                self.connect(source, target)
        for source in ("h1", "h2"):
            self.connect(source, "o1")

    def connect(self, source: str, target: str) -> None:
        self.drag(self.towards(source, target), self.unit(target))

    def towards(self, source: str, target: str) -> QPoint:
        """The point of a unit's rim that faces another unit."""
        way = QPointF(*self.scene.units[target].centre) - QPointF(*self.scene.units[source].centre)
        way *= RIM / (way.x() ** 2 + way.y() ** 2) ** 0.5
        return self.unit(source, way.x(), way.y())

    def type_table(self, rows: tuple[str, ...] = XOR) -> None:
        """Type the examples into the table, cell by cell."""
        view = self.parts.data_table.view
        first = view.visualRect(view.model().index(0, 1)).center()
        self.click(self.place(view.viewport(), first))
        for row in rows:
            for digit in row:
                self.type(digit)
                self.key(Key.Key_Tab)

    def show_tab(self, number: int) -> None:
        bar = self.parts.tabs.tabBar()
        self.click(self.place(bar, bar.tabRect(number).center()))

    def set_epochs(self, epochs: str) -> None:
        """Type into the training panel after how many epochs to stop."""
        self.show_tab(1)
        self.show_in_panel(self.parts.training.epochs)
        self.fill(self.parts.training.epochs, epochs)

    def set_training(self, rate: str = RATE, seed: str = SEED) -> None:
        """Type η and a seed into the training panel, and throw the dice."""
        training = self.parts.training
        self.show_tab(1)
        self.fill(training.rate, rate)
        self.show_in_panel(training.seed)
        self.fill(training.seed, seed)
        self.show_in_panel(training.dice)
        self.click(training.dice)

    def show_in_panel(self, widget: QWidget) -> None:
        """Turn the wheel until a widget of the side panel can be seen."""
        area = widget.parentWidget()
        while not hasattr(area, "ensureWidgetVisible"):
            area = area.parentWidget()
        area.ensureWidgetVisible(widget)
        settle()

    def train(self, seconds: float = 20.0) -> None:
        """Press F5 and wait until training ends by itself."""
        self.key(Key.Key_F5)
        wait_until(lambda: not self.window.debugger.training, seconds)

    def step_until(self, is_there: Callable[[Any], bool], most: int = 400) -> None:
        """Press F11 until the step is the one that is wanted."""
        for _ in range(most):
            run = self.window.debugger.moment().run
            assert run is not None
            if run.cursor.step is not None and is_there(run.cursor.step):
                return
            self.key(Key.Key_F11)
        raise AssertionError("no such step")


def open_desk() -> tuple[Desk, Driver]:
    """Start as on a first launch: the first example, with its invitation."""
    desk = Desk()
    window = desk.open_example()
    window.parts.area.invite()
    return desk, Driver(window)


def new_window(desk: Desk, driver: Driver) -> Driver:
    """Press Ctrl+N."""
    driver.key(Key.Key_N, CTRL)
    return Driver(desk.windows[-1])


def close_all(desk: Desk) -> None:
    """Close every window, whatever is unsaved."""
    for window in list(desk.windows):
        window.filing.may_close = _let_go  # type: ignore[method-assign]
        window.close()
    settle()


def _let_go(_modified: bool) -> bool:
    return True


@contextlib.contextmanager
def chosen_in_dialogs(path: Path | None) -> Iterator[None]:
    """Let the file dialogs be answered with a path; None cancels them."""
    save, load = QFileDialog.getSaveFileName, QFileDialog.getOpenFileNames
    QFileDialog.getSaveFileName = staticmethod(lambda *_: (str(path or ""), ""))  # type: ignore
    several = [] if path is None else [str(path)]
    QFileDialog.getOpenFileNames = staticmethod(lambda *_: (several, ""))  # type: ignore
    try:
        yield
    finally:
        QFileDialog.getSaveFileName, QFileDialog.getOpenFileNames = save, load


def wait_until(is_so: Callable[[], bool], seconds: float = 5.0) -> None:
    """Let the application live until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        QTest.qWait(5)


def settle(milliseconds: int = 0) -> None:
    """Let everything that is due happen, deletions too."""
    QTest.qWait(milliseconds)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def crop(widget: QWidget, rect: QRect) -> QRect:
    """A part of a widget in its window."""
    return QRect(widget.mapTo(widget.window(), rect.topLeft()), rect.size())
