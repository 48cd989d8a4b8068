"""A canvas on an offscreen window, driven by real mouse and key events."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chainstep.app.canvas.scene import CanvasScene
from chainstep.app.canvas.view import CanvasView
from chainstep.project import Project
from tests.nets import draw

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Hand:
    """A canvas, a mouse over it, and a record of everything the scene emitted."""

    def __init__(self, project: Project) -> None:
        self.scene = CanvasScene()
        self.scene.reduced_motion = True
        self.view = CanvasView(self.scene)
        self.view.resize(800, 600)
        self.project = project
        self.scene.sync(None, project)
        self.emitted: list[tuple[object, ...]] = []
        self.scene.connection_drawn.connect(self._connection_drawn)
        self.scene.unit_drawn.connect(self._unit_drawn)
        self.scene.units_moved.connect(self._units_moved)
        self.scene.deletion_asked.connect(self._deletion_asked)
        self.scene.activated.connect(self._activated)
        self.scene.connection_clicked.connect(self._connection_clicked)

    def show(self, project: Project) -> None:
        self.scene.sync(self.project, project)
        self.project = project

    def at(self, unit: str, dx: float = 0.0, dy: float = 0.0) -> QPoint:
        """A point of the viewport, so far in the scene from the middle of a unit."""
        return self.view.mapFromScene(self.scene.units[unit].pos() + QPointF(dx, dy))

    def press(
        self,
        point: QPoint,
        button: Qt.MouseButton = LEFT,
        modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:
        QTest.mousePress(self.view.viewport(), button, modifiers, point)

    def move(self, start: QPoint, end: QPoint) -> None:
        for n in range(1, 7):
            QTest.mouseMove(self.view.viewport(), start + (end - start) * n / 6)

    def release(self, point: QPoint, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseRelease(self.view.viewport(), button, NONE, point)

    def drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
        self.press(start, button)
        self.move(start, end)
        self.release(end, button)

    def click(self, point: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.view.viewport(), LEFT, modifiers, point)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def places(self) -> dict[str, tuple[float, float]]:
        return {unit: item.centre for unit, item in self.scene.units.items()}

    def _connection_drawn(self, source: str, target: str) -> None:
        self.emitted.append(("connection", source, target))

    def _unit_drawn(self, kind: str, point: QPointF, source: str) -> None:
        self.emitted.append(("unit", kind, (round(point.x()), round(point.y())), source))

    def _units_moved(self, places: dict[str, tuple[float, float]]) -> None:
        self.emitted.append(("moved", places))

    def _deletion_asked(self) -> None:
        self.emitted.append(("delete",))

    def _activated(self, unit: str) -> None:
        self.emitted.append(("activated", unit))

    def _connection_clicked(self, source: str, target: str) -> None:
        self.emitted.append(("clicked", source, target))


MakeHand = Callable[[Project], Hand]


def placed(text: str) -> Project:
    """The project of a net drawn in text, with every position stored."""
    from chainstep.network.layout import tidy

    network = draw(text)
    return Project(network=network).move(tidy(network))


@pytest.fixture
def make_hand(qtbot: QtBot) -> MakeHand:
    hands: list[Hand] = []

    def make(project: Project) -> Hand:
        hand = Hand(project)
        qtbot.addWidget(hand.view)
        hand.view.show()
        qtbot.waitExposed(hand.view)
        hand.view.setFocus()
        hand.view.fit()
        hands.append(hand)
        return hand

    return make


@pytest.fixture
def hand(make_hand: MakeHand) -> Hand:
    return make_hand(placed("i1 i2 > h1 h2 > o1"))
