"""The plots in the real window: drawn points become examples, clicks lead to unit and example."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chainstep.app.plots import boundary_paint
from chainstep.app.window import MainWindow
from chainstep.files.examples import load_example
from chainstep.project import Data

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow(load_example("moons"))
    qtbot.addWidget(window, before_close_func=forgive)
    window.show()
    qtbot.waitUntil(lambda: window.parts.loss_plot.canvas is not None)
    return window


def forgive(window: MainWindow) -> None:
    window.filing.may_close = lambda _modified: True  # type: ignore[method-assign]


def test_a_drawn_point_is_an_example_and_one_undo_step(window: MainWindow) -> None:
    plots = window.parts.plots
    plots.setCurrentWidget(plots.boundary)
    shown = plots.boundary.shown
    assert shown is not None
    before = window.document.project.data
    plots.boundary.draw.click()
    axes = boundary_paint.axes_of(shown, QRectF(plots.boundary.canvas.rect()))
    QTest.mouseClick(plots.boundary.canvas, LEFT, pos=axes.at(0.5, 0.25).toPoint())
    after = window.document.project.data
    assert len(after.inputs) == len(before.inputs) + 1
    assert after.inputs[-1] == pytest.approx((0.5, 0.25), abs=0.03)
    assert after.validation == before.validation
    window.document.undo_stack.undo()
    assert window.document.project.data is before


def test_a_short_training_leaves_its_validation_loss_and_flow(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.apply("Set epochs", lambda project: project.with_training(epochs=30))
    window.run_command("train")
    qtbot.waitUntil(lambda: not window.debugger.training)
    recorder = window.parts.plots.recorder
    assert recorder.flow.epochs[-1] == recorder.held.epochs[-1] == 30
    run = window.debugger.moment().run
    assert run is not None
    held = run.trainer.held()
    assert held is not None
    assert recorder.held.rows[-1][0] == held.loss
    window.run_command("restart")
    assert recorder.held.epochs == [0]


def test_the_very_first_examples_can_be_drawn(qtbot: QtBot, window: MainWindow) -> None:
    window.apply("Remove all rows", lambda project: project.replace(data=Data()))
    boundary = window.parts.plots.boundary
    window.parts.plots.setCurrentWidget(boundary)
    assert window.debugger.moment().run is None
    qtbot.waitUntil(boundary.canvas.isVisible)
    boundary.draw.setChecked(True)
    place = boundary.canvas.rect().center()
    QTest.mouseClick(boundary.canvas, LEFT, pos=place)
    data = window.document.project.data
    assert (len(data.inputs), data.targets) == (1, ((0.0,),))
    assert window.debugger.moment().run is not None
    assert not boundary.grab().isNull()


def test_a_click_on_a_units_map_selects_it_on_the_canvas(window: MainWindow) -> None:
    plots = window.parts.plots
    plots.setCurrentWidget(plots.units)
    box = dict(plots.units._boxes(QRectF(plots.units.canvas.rect())))["h3"]
    QTest.mouseClick(plots.units.canvas, LEFT, pos=box.center().toPoint())
    assert list(window.scene.selected_units) == ["h3"]


def test_deleting_the_unit_that_a_step_is_about_shows_nothing_of_the_old_net(
    window: MainWindow,
) -> None:
    """The selection changes while the edit is still on its way to the run."""
    plots = window.parts.plots
    plots.setCurrentWidget(plots.units)
    window.editing.add_unit("input")
    window.run_command("step_unit")
    window.scene.select(["i3"])
    window.editing.delete()
    assert plots.units.moment is not None
    assert plots.units.moment.project is window.document.project
    window.document.undo_stack.undo()
    assert plots.units.moment.project is window.document.project
