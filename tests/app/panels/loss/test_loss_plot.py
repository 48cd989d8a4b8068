"""The loss plot: what it says, what it reads, and that it costs nothing before the first paint."""

import os
import subprocess
import sys
from array import array
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.panels.loss.canvas import LossCanvas
from chainstep.app.panels.loss.plot import EMPTY, LossPlot
from chainstep.app.plots.exporting import content
from chainstep.files.examples import load_example
from chainstep.project import Debug, Project
from chainstep.stepping.history import History
from chainstep.stepping.run import Run
from chainstep.stepping.watching.breakpoints import Breakpoint, written
from chainstep.stepping.watching.samples import Samples

SOURCE = Path(__file__).parents[4] / "src"


def moment(losses: "array[float]", epoch: int = 0, training: bool = False) -> Moment:
    """A moment of a run that is nothing but its losses."""
    run = SimpleNamespace(
        trainer=SimpleNamespace(losses=losses), cursor=SimpleNamespace(epoch=epoch), guard=None
    )
    return Moment(Project(), cast(Any, run), training=training)


def falling(count: int) -> "array[float]":
    return array("d", (0.5 / (n + 1) for n in range(count)))


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(530, 240)
    plot.setVisible(True)
    plot.wake()
    return plot


def canvas(plot: LossPlot) -> LossCanvas:
    assert plot.canvas is not None
    return plot.canvas


def marks(plot: LossPlot, side: str) -> list[str]:
    return [text for _, text in canvas(plot).getAxis(side)._tickLevels[0]]


def test_the_first_paint_loads_neither_numpy_nor_pyqtgraph() -> None:
    code = """
import sys
from PySide6.QtWidgets import QApplication
from chainstep.app.panels.loss.plot import LossPlot
from chainstep.app.panels.data.table import DataTable
from chainstep.app.moment import Moment
from chainstep.files.examples import load_example
app = QApplication([])
for part in (LossPlot(), DataTable()):
    part.setVisible(True)
    part.show_moment(Moment(load_example("xor")))
    part.grab()
print("numpy" in sys.modules, "pyqtgraph" in sys.modules)
"""
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]


def test_before_the_first_epoch_there_is_a_sentence(plot: LossPlot) -> None:
    project = load_example("xor")
    plot.show_moment(Moment(project, Run(project)))
    assert plot.hint.isVisible()
    assert plot.hint.text() == EMPTY
    assert not plot.value.isVisible()


def test_the_loss_of_the_last_epoch_is_told_and_the_curve_shown(plot: LossPlot) -> None:
    project = load_example("xor")
    run = Run(project)
    run.train(300)
    plot.show_moment(Moment(project, run))
    assert plot.value.text() == f"E = {run.losses[-1]:.4f}"
    assert canvas(plot).isVisible()
    assert len(canvas(plot).buffer) == 300
    assert marks(plot, "bottom")[0] == "1"
    assert marks(plot, "bottom")[-1] == "300"


def test_a_log_axis_is_marked_in_plain_decimals(plot: LossPlot) -> None:
    plot.show_moment(moment(falling(5_000)))
    assert canvas(plot).log
    assert marks(plot, "left") == ["0.0001", "0.001", "0.01", "0.1"]


@pytest.mark.parametrize("worst", [0.0, -3.0])
def test_losses_that_are_not_above_zero_make_the_axis_linear_and_say_so(
    plot: LossPlot, worst: float
) -> None:
    plot.show_moment(moment(array("d", [1.0, worst, 0.5])))
    assert not canvas(plot).log
    assert "linear, as E is not always above 0" in plot.value.text()
    assert not plot.log_button.isEnabled()
    plot.grab()
    plot.show_moment(moment(falling(3)))
    assert canvas(plot).log, "the log axis comes back"


def test_the_button_turns_the_log_axis_off_and_on(plot: LossPlot) -> None:
    plot.show_moment(moment(falling(100)))
    QTest.mouseClick(plot.log_button, Qt.MouseButton.LeftButton)
    assert not canvas(plot).log
    assert marks(plot, "left")[0] == "0.0"
    plot.show_moment(moment(falling(200)))
    assert not canvas(plot).log
    QTest.mouseClick(plot.log_button, Qt.MouseButton.LeftButton)
    assert canvas(plot).log


def test_going_back_shortens_the_curve(plot: LossPlot) -> None:
    project = load_example("xor")
    run = Run(project)
    run.train(50)
    plot.show_moment(Moment(project, run))
    for _ in range(20):
        run.back("epoch")
    plot.show_moment(Moment(project, run))
    assert len(canvas(plot).buffer) == len(run.losses) == 30
    assert canvas(plot)._values[-1] == run.losses[-1]


def test_another_run_begins_another_curve(plot: LossPlot) -> None:
    plot.show_moment(moment(falling(100)))
    other = array("d", [0.9] * 100)
    plot.show_moment(moment(other))
    assert canvas(plot)._values.tolist() == other.tolist()


class Reads(array):  # type: ignore[type-arg]
    """Losses that count what is read of them."""

    read = 0

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        self.read += len(found) if isinstance(place, slice) else 1
        return found


def test_only_the_new_losses_are_read(plot: LossPlot) -> None:
    losses = Reads("d", falling(100_000))
    now = moment(losses)
    plot.show_moment(now)
    losses.read = 0
    losses.extend(falling(100))
    plot.show_moment(now)
    assert 100 <= losses.read < 110


def test_the_pointer_tells_epoch_and_loss(plot: LossPlot, qtbot: QtBot) -> None:
    losses = falling(300)
    plot.show_moment(moment(losses))
    plot.grab()  # lays pyqtgraph's scene out
    view = canvas(plot)
    place = view.mapFromScene(view._box.mapViewToScene(QPointF(120.0, -1.5)))
    with qtbot.waitSignal(view.pointed, check_params_cb=lambda epoch: epoch == 120):
        QTest.mouseMove(view.viewport(), place)
    assert view.tip.text() == f"epoch 120 · E = {losses[119]:.4f}"
    assert view.tip.isVisible()
    assert view.rect().contains(view.tip.geometry())


def test_the_wheel_zooms_epochs_and_a_double_click_shows_all_again(plot: LossPlot) -> None:
    plot.show_moment(moment(falling(1_000)))
    plot.grab()
    view = canvas(plot)
    whole = view._box.viewRange()[0]
    centre = QPoint(view.width() // 2, view.height() // 2)
    wheel = QWheelEvent(
        QPointF(centre),
        QPointF(view.mapToGlobal(centre)),
        QPoint(),
        QPoint(0, 480),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), wheel)
    near = view._box.viewRange()[0]
    assert near[1] - near[0] < 0.9 * (whole[1] - whole[0])
    plot.show_moment(moment(falling(1_000)))
    QApplication.sendEvent(view.viewport(), wheel)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert view._box.viewRange()[0] == pytest.approx(whole)


def test_the_cursors_epoch_is_marked_but_not_while_training(plot: LossPlot) -> None:
    losses = falling(40)
    plot.show_moment(moment(losses, epoch=9))
    assert canvas(plot)._marker.isVisible()
    assert canvas(plot)._marker.value() == 10
    plot.show_moment(moment(losses, epoch=9, training=True))
    assert not canvas(plot)._marker.isVisible()


def test_what_a_rising_loss_must_not_exceed_next_is_marked(plot: LossPlot) -> None:
    rises = Breakpoint(kind="loss_rises", value=5.0, epochs=10)
    xor = load_example("xor")
    project = xor.replace(debug=Debug(breakpoints=(written(rises),)))
    run = Run(project)
    run.set_breakpoints([rises])
    run.train(9)
    plot.show_moment(Moment(project, run))
    assert canvas(plot)._breaks.lines == []  # nothing is too much before there are ten epochs
    for epochs in (30, 20):
        run.train(epochs)
        plot.show_moment(Moment(project, run))
        (line,) = canvas(plot)._breaks.lines
        assert line.angle == 0
        assert 10 ** line.value() == pytest.approx(1.05 * run.losses[-10])
    plot.show_moment(Moment(xor, run))
    assert canvas(plot)._breaks.lines == []


def test_a_run_kept_before_the_first_epoch_is_shown_after_one_that_came_to_0(
    plot: LossPlot,
) -> None:
    run, history = Run(load_example("xor")), History()
    history.begin(run)
    history.keep(run)
    plot.show_moment(moment(array("d", (1.0, 0.0))))
    assert not canvas(plot).log
    run.train(3)
    plot.show_moment(Moment(run.project, run, history=history))
    assert canvas(plot).log


def test_the_curve_of_another_line_is_that_of_its_own_losses(plot: LossPlot) -> None:
    run, history = Run(load_example("xor")), History()
    history.begin(run)
    training = run.trainer.training
    for rate, epochs in ((0.5, 1500), (0.1, 2000)):  # so many that buckets hold several epochs
        run.retune(msgspec.structs.replace(training, learning_rate=rate))
        history.going_on(run)
        run.train(epochs)
        history.trained(run)
        plot.show_moment(Moment(run.project, run, history=history))
        history.leave(run)
        run.restart()
    history.go_to(run, history.events[1])
    plot.show_moment(Moment(run.project, run, history=history))
    at, values = canvas(plot).buffer.points()
    assert len(run.losses) == 1500
    assert values.tolist() == [run.losses[n] for n in at]


@pytest.mark.parametrize("log", [True, False])
def test_a_kept_run_that_broke_does_not_flatten_the_others(plot: LossPlot, log: bool) -> None:
    run, history = Run(load_example("xor")), History()
    history.begin(run)
    run.train(9)
    kept = history.keep(run)
    broke = array("d", (10.0**n for n in range(0, 290, 10)))
    rising = array("d", (0.2 + 0.01 * n for n in range(9)))
    if not log:
        QTest.mouseClick(plot.log_button, Qt.MouseButton.LeftButton)
    tops = []
    for losses in (rising, broke):
        history.kept = [replace(kept, losses=losses)]
        plot.show_moment(Moment(run.project, run, history=history))
        tops.append(canvas(plot)._box.viewRange()[1][1])
    in_view = [10**top if log else top for top in tops]
    assert in_view[0] > max(rising)
    assert 1.0 < in_view[1] < 1e6


def test_hidden_nothing_is_read_and_shown_again_it_catches_up(plot: LossPlot) -> None:
    losses = falling(10)
    now = moment(losses)
    plot.show_moment(now)
    plot.setVisible(False)
    losses[:] = array("d", [0.7] * 20)
    plot.show_moment(now)
    assert len(canvas(plot).buffer) == 10
    plot.setVisible(True)
    assert canvas(plot)._values.tolist() == [0.7] * 20


def test_a_change_of_theme_recolours_the_curve(plot: LossPlot, qapp: QApplication) -> None:
    plot.show_moment(moment(falling(10)))
    try:
        theme.apply(qapp, "dark")
        assert canvas(plot)._curve.opts["pen"].color() == theme.DARK.accent
        assert canvas(plot).backgroundBrush().color() == theme.DARK.surface
    finally:
        theme.apply(qapp, "light")


def test_pyqtgraph_brings_no_menu_and_no_button(plot: LossPlot) -> None:
    item = canvas(plot).getPlotItem()
    assert not item.menuEnabled()
    assert item.buttonsHidden
    assert not canvas(plot)._box.menuEnabled()


def test_the_validation_loss_is_a_second_curve_and_the_accuracy_a_chart(qtbot: QtBot) -> None:
    held = Samples()
    plot = LossPlot(held)
    qtbot.addWidget(plot)
    plot.resize(530, 240)
    plot.setVisible(True)
    plot.wake()
    for epoch in range(1, 11):
        held.note(epoch, (2.0 / epoch, epoch / 10, 1.0))
    plot.show_moment(moment(falling(10)))
    x, y = canvas(plot)._second.getData()
    assert x.tolist() == list(range(1, 11))
    assert 10.0 ** y[-1] == pytest.approx(0.2)
    assert plot.legend.validation.isVisible()
    low, high = canvas(plot).getPlotItem().getViewBox().viewRange()[1]
    assert low < y.min() < y.max() < high
    plot.accuracy_button.click()
    assert plot.accuracy.isVisible()
    header, first, *rest = content(plot, "csv").decode().splitlines()
    assert header == "epoch,loss,validation_loss,validation_accuracy,training_accuracy"
    assert first == "1,0.5,2.0,0.1,1.0"
    assert len(rest) == 9
    for shown in (True, False):  # the accuracy, then the loss
        plot.accuracy_button.setChecked(shown)
        svg = content(plot, "svg").decode()
        assert ">training<" in svg
        assert ">validation<" in svg


def test_without_rows_held_back_there_is_no_second_curve(plot: LossPlot) -> None:
    plot.show_moment(moment(falling(10)))
    assert not plot.legend.validation.isVisible()
    assert not plot.accuracy_button.isVisible()
    assert content(plot, "csv").decode().splitlines()[1] == "1,0.5,,,"


def test_the_loss_goes_out_as_png_and_svg(plot: LossPlot) -> None:
    plot.show_moment(moment(falling(10)))
    assert content(plot, "png").startswith(b"\x89PNG")
    svg = content(plot, "svg")
    assert b">training<" in svg
    assert b">validation<" not in svg


def test_a_breakpoint_set_while_the_plot_is_hidden_stands_at_its_height_on_a_linear_axis(
    plot: LossPlot,
) -> None:
    losses = array("d", (0.5, -0.5, -1.0))
    plot.show_moment(moment(losses))
    assert not canvas(plot).log
    plot.hide()
    below = Debug(breakpoints=(written(Breakpoint(kind="loss_below", value=0.01)),))
    later = moment(losses)
    plot.show_moment(Moment(Project(debug=below), later.run))
    plot.show()
    (line,) = canvas(plot)._breaks.lines
    assert line.value() == 0.01
