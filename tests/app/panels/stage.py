"""A small window for the panels: it does with their edits what the real one does."""

from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app.look import fonts
from chainstep.app.moment import Moment
from chainstep.app.panels.choice import Choice
from chainstep.app.panels.fields import Field
from chainstep.app.panels.inspector.panel import Inspector
from chainstep.app.panels.training.panel import TrainingPanel
from chainstep.errors import ChainstepError
from chainstep.project import Data, Project, Training
from chainstep.stepping.run import Run
from tests.nets import draw


def mazur() -> Project:
    """Return Mazur's published example."""
    weights = {
        ("i1", "h1"): 0.15,
        ("i2", "h1"): 0.2,
        ("i1", "h2"): 0.25,
        ("i2", "h2"): 0.3,
        ("h1", "o1"): 0.4,
        ("h2", "o1"): 0.45,
        ("h1", "o2"): 0.5,
        ("h2", "o2"): 0.55,
    }
    project = Project(
        network=draw("i1 i2 > h1 h2 > o1 o2", output="logistic"),
        data=Data(inputs=((0.05, 0.1),), targets=((0.01, 0.99),)),
        training=Training(learning_rate=0.5),
    )
    return project.with_parameters(weights, {"h1": 0.35, "h2": 0.35, "o1": 0.6, "o2": 0.6})


class Stage(QWidget):
    """Holds a panel and another field to click on; applies each edit, or keeps its refusal."""

    def __init__(self, panel: Inspector | TrainingPanel, project: Project, run: bool) -> None:
        super().__init__()
        self.panel, self.project, self.runs = panel, project, run
        self.texts: list[str] = []
        self.before: list[Project] = []
        self.sentence = ""
        self.elsewhere = QLineEdit()
        self.setFont(fonts.ui_font(13))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(panel)
        area.setFixedWidth(384)
        layout = QVBoxLayout(self)
        layout.addWidget(area)
        layout.addWidget(self.elsewhere)
        panel.edited.connect(self.apply)
        if isinstance(panel, TrainingPanel):
            panel.randomise_asked.connect(self.randomise)
        self.draws: list[tuple[str, int]] = []
        self.present()

    def moment(self) -> Moment:
        """Return what there is to see now."""
        return Moment(self.project, Run(self.project) if self.runs else None)

    def present(self, moment: Moment | None = None) -> None:
        """Show a moment, the project's own where none is given."""
        self.panel.show_moment(moment or self.moment())

    def apply(self, text: str, edit: Any) -> None:
        """Do what was asked for."""
        self.texts.append(text)
        self.before.append(self.project)
        try:
            self.project = edit(self.project)
        except ChainstepError as error:
            self.sentence = str(error)
        self.present()

    def randomise(self, name: str, seed: int) -> None:
        """Note what to draw by, and keep the seed in the document."""
        self.draws.append((name, seed))
        self.project = self.project.with_training(seed=seed, initializer=name)
        self.present()

    def click_elsewhere(self) -> None:
        """Click on another field."""
        QTest.mouseClick(self.elsewhere, Qt.MouseButton.LeftButton)


def on_stage(
    qtbot: QtBot, panel: Inspector | TrainingPanel, project: Project | None = None, run: bool = True
) -> Stage:
    """Return a stage that has the keyboard."""
    stage = Stage(panel, project or mazur(), run)
    qtbot.addWidget(stage)
    stage.resize(420, 900)
    with qtbot.waitExposed(stage):
        stage.show()
    stage.activateWindow()
    qtbot.waitUntil(stage.isActiveWindow)
    stage.elsewhere.setFocus()
    return stage


def type_into(field: Field, text: str) -> None:
    """Click a field and type over what is there; a first click has selected it already."""
    new = not field.hasFocus()
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    assert field.hasFocus()
    assert not new or field.typing or field.selectedText() == field.text()
    if not new:
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for letter in text:  # QTest's own keys are of ASCII only
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            no_key, plain = Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier
            QApplication.sendEvent(field, QKeyEvent(kind, no_key, plain, letter))


def enter(field: QWidget) -> None:
    QTest.keyClick(field, Qt.Key.Key_Return)


def choose(choice: Choice, key: str) -> None:
    """Choose with the keyboard, as far down or up the list as it takes."""
    QComboBox.setFocus(choice)
    wanted = choice.findData(key)
    way = Qt.Key.Key_Down if wanted > choice.currentIndex() else Qt.Key.Key_Up
    choice.blockSignals(True)
    while choice.itemData(choice.currentIndex()) != key:
        before = choice.currentIndex()
        QTest.keyClick(choice, way)
        assert choice.currentIndex() != before, f"{key} cannot be reached"
    choice.blockSignals(False)
    choice.activated.emit(wanted)
