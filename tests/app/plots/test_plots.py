"""The plots beside the loss: what they count and paint, what a click does, and how they go out."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.plots import boundary_paint
from chainstep.app.plots.boundary import BoundaryPlot
from chainstep.app.plots.exporting import content
from chainstep.app.plots.panel import PlotPanel
from chainstep.app.plots.tabs import PlotTabs
from chainstep.files.examples import load_example
from chainstep.project import Data, Project
from chainstep.stepping.run import Run
from tests.nets import draw

SOURCE = Path(__file__).parents[3] / "src"
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CORNERS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def half_plane() -> Project:
    """o = logistic(20 (x1 − x2)): the boundary is the diagonal."""
    network = draw("x1 x2 > o", output="logistic")
    data = Data(inputs=CORNERS, targets=((0.0,), (0.0,), (1.0,), (1.0,)))
    weights = {("x1", "o"): 20.0, ("x2", "o"): -20.0}
    return Project(network=network, data=data).with_parameters(weights, {"o": 0.0})


def moment(project: Project, epochs: int = 0) -> Moment:
    run = Run(project)
    if epochs:
        run.train(epochs)
    return Moment(project, run, run.refused)


@pytest.fixture
def tabs(qtbot: QtBot) -> PlotTabs:
    tabs = PlotTabs()
    qtbot.addWidget(tabs)
    tabs.resize(560, 300)
    tabs.setVisible(True)
    tabs.wake()
    return tabs


def bring(tabs: PlotTabs, panel: PlotPanel, of: Moment) -> None:
    tabs.setCurrentWidget(panel)
    tabs.show_moment(of)


def on_map(panel: BoundaryPlot, x: float, y: float) -> QPoint:
    assert panel.shown is not None
    axes = boundary_paint.axes_of(panel.shown, QRectF(panel.canvas.rect()))
    return axes.at(x, y).toPoint()


def test_the_first_paint_of_the_plots_loads_neither_numpy_nor_pyqtgraph() -> None:
    code = """
import sys
from PySide6.QtWidgets import QApplication
from chainstep.app.moment import Moment
from chainstep.app.plots.tabs import PlotTabs
from chainstep.files.examples import load_example
app = QApplication([])
tabs = PlotTabs()
tabs.setVisible(True)
for place in range(tabs.count()):
    tabs.setCurrentIndex(place)
    tabs.show_moment(Moment(load_example("xor")))
    tabs.grab()
print("numpy" in sys.modules, "pyqtgraph" in sys.modules)
"""
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]


def test_a_hidden_plot_measures_nothing(tabs: PlotTabs) -> None:
    tabs.setCurrentWidget(tabs.loss)
    tabs.show_moment(moment(half_plane()))
    assert tabs.boundary.shown is None
    tabs.setCurrentWidget(tabs.boundary)
    assert tabs.boundary.shown is not None


def test_the_same_parameters_are_measured_once(
    tabs: PlotTabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = moment(half_plane())
    bring(tabs, tabs.confusion, here)
    counted: list[int] = []
    real = type(tabs.confusion).measure

    def counting(self: Any, *given: Any) -> None:
        counted.append(1)
        real(self, *given)

    monkeypatch.setattr(type(tabs.confusion), "measure", counting)
    tabs.show_moment(Moment(here.project, here.run))
    assert not counted
    assert here.run is not None
    here.run.train(1)
    tabs.show_moment(Moment(here.project, here.run))
    assert len(counted) == 1


def test_the_boundary_lies_where_the_output_is_in_the_middle(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    shown = tabs.boundary.shown
    assert shown is not None
    (_, lines), plane = shown.lines[0], shown.plane
    height, width = shown.z.shape
    x = plane.left + (lines[:, 0] + 0.5) / width * (plane.right - plane.left)
    y = plane.bottom + (lines[:, 1] + 0.5) / height * (plane.top - plane.bottom)
    assert len(x) > 20
    assert np.abs(x - y).max() < 1e-3


def test_a_map_shows_a_circle_as_a_circle(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    origin, right, up = (on_map(tabs.boundary, *p) for p in ((0, 0), (1, 0), (0, 1)))
    assert right.x() - origin.x() == pytest.approx(origin.y() - up.y(), abs=1)


def test_the_map_is_blue_above_the_middle_and_orange_below(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    image = tabs.boundary.canvas.grab().toImage()
    high = image.pixelColor(on_map(tabs.boundary, 1.2, 0.4))
    low = image.pixelColor(on_map(tabs.boundary, -0.2, 0.6))
    assert high.blue() > high.red() + 20
    assert low.red() > low.blue() + 20


def test_at_rest_the_map_becomes_finer_and_while_training_it_does_not(
    qtbot: QtBot, tabs: PlotTabs
) -> None:
    here = moment(half_plane())
    bring(tabs, tabs.boundary, Moment(here.project, here.run, training=True))
    assert tabs.boundary.shown is not None
    coarse = tabs.boundary.shown.z.size
    assert 8_000 < coarse < 12_000
    QTest.qWait(300)
    assert tabs.boundary.shown.z.size == coarse
    tabs.show_moment(here)
    qtbot.waitUntil(lambda: tabs.boundary.shown.z.size > 80_000)
    tabs.show_moment(here)
    assert tabs.boundary.shown.z.size > 80_000


@pytest.mark.parametrize("panel", ["boundary", "units"])
def test_a_net_with_four_inputs_has_no_map_and_the_reason_is_said(
    tabs: PlotTabs, panel: str
) -> None:
    plot: PlotPanel = getattr(tabs, panel)
    bring(tabs, plot, moment(load_example("iris")))
    assert plot.hint.isVisible()
    assert "this one has 4" in plot.hint.text()
    assert not plot.out.isVisible()  # there is nothing that could be exported
    bring(tabs, plot, moment(load_example("xor")))
    assert plot.out.isVisible()


def test_a_net_of_one_input_is_shown_as_a_curve(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(load_example("sine")))
    assert tabs.boundary.shown is not None
    assert tabs.boundary.shown.z.shape == (1, 240)
    assert not tabs.boundary.canvas.grab().isNull()


def test_several_outputs_make_a_map_of_classes(tabs: PlotTabs) -> None:
    network = draw("x1 x2 > a b c", output="softmax")
    data = Data(inputs=CORNERS[:3], targets=((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)))
    bring(tabs, tabs.boundary, moment(Project(network=network, data=data)))
    assert tabs.boundary.shown is not None
    assert tabs.boundary.shown.winners is not None
    assert tabs.boundary.output.isVisible()
    tabs.boundary.output.set_value("b")
    tabs.boundary.output.chosen.emit("b")
    assert tabs.boundary.shown.winners is None
    assert (tabs.boundary.shown.low, tabs.boundary.shown.high) == (0.0, 1.0)


def test_drawing_adds_examples_of_the_chosen_class_as_one_step(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    plot, edits = tabs.boundary, []
    tabs.edited.connect(lambda text, edit: edits.append((text, edit)))
    plot.draw.click()
    plot.pen.set_value("1")
    start, end = on_map(plot, 0.5, 0.5), on_map(plot, 0.5, 0.5) + QPoint(40, 0)
    QTest.mousePress(plot.canvas, LEFT, pos=start)
    for x in range(start.x(), end.x() + 1, 2):
        QTest.mouseMove(plot.canvas, QPoint(x, start.y()))
    plot.dragged(end)
    QTest.mouseRelease(plot.canvas, LEFT, pos=end)
    ((text, edit),) = edits
    after = edit(half_plane()).data
    new = len(after.inputs) - 4
    assert new >= 2
    assert text == f"Draw {new} points"
    assert after.inputs[4] == pytest.approx((0.5, 0.5), abs=0.02)
    assert after.targets[4:] == ((1.0,),) * new
    assert after.inputs[:4] == CORNERS


def test_the_right_button_takes_an_example_away(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    plot, edits = tabs.boundary, []
    tabs.edited.connect(lambda text, edit: edits.append((text, edit)))
    plot.draw.click()
    QTest.mouseClick(plot.canvas, RIGHT, pos=on_map(plot, 1.0, 0.0))
    ((text, edit),) = edits
    assert text == "Take away 1 point"
    assert edit(half_plane()).data.inputs == (CORNERS[0], CORNERS[1], CORNERS[3])


def test_without_the_pen_a_click_goes_to_the_example(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    rows: list[int] = []
    tabs.row_activated.connect(rows.append)
    QTest.mouseClick(tabs.boundary.canvas, LEFT, pos=on_map(tabs.boundary, 1.0, 0.0))
    assert rows == [2]


def test_a_click_on_a_units_map_names_the_unit(tabs: PlotTabs) -> None:
    bring(tabs, tabs.units, moment(load_example("xor")))
    chosen: list[str] = []
    tabs.unit_chosen.connect(chosen.append)
    assert tabs.units.units == ("h1", "h2", "o1")
    box = tabs.units._boxes(QRectF(tabs.units.canvas.rect()))[1][1]
    QTest.mouseClick(tabs.units.canvas, LEFT, pos=box.center().toPoint())
    assert chosen == ["h2"]


def test_the_confusion_matrix_counts_the_rows_chosen(tabs: PlotTabs) -> None:
    here = moment(load_example("iris"), epochs=150)
    bring(tabs, tabs.confusion, here)
    assert sum(map(sum, tabs.confusion.counts)) == 100
    assert tabs.confusion.names == ("setosa", "versicolor", "virginica")
    tabs.confusion.part.set_value("validation")
    tabs.confusion.part.chosen.emit("validation")
    counts = tabs.confusion.counts
    assert sum(map(sum, counts)) == 50
    assert here.run is not None
    held = here.run.trainer.held()
    assert held is not None
    right = sum(counts[k][k] for k in range(3))
    assert right / 50 == pytest.approx(held.accuracy)


def test_a_click_on_a_cell_goes_to_its_first_example(tabs: PlotTabs) -> None:
    bring(tabs, tabs.confusion, moment(half_plane()))
    rows: list[int] = []
    tabs.row_activated.connect(rows.append)
    # (1, 1) lies on the boundary: logistic(0) = 0.5 counts as the upper class, as does (0, 0).
    assert tabs.confusion.counts == [[1, 1], [0, 2]]
    rect = QRectF(tabs.confusion.canvas.rect())
    cell = tabs.confusion._cell(rect, 1, 1).center().toPoint()
    QTest.mouseClick(tabs.confusion.canvas, LEFT, pos=cell)
    QTest.mouseClick(
        tabs.confusion.canvas, LEFT, pos=tabs.confusion._cell(rect, 1, 0).center().toPoint()
    )
    assert rows == [2]


def test_targets_that_are_no_classes_have_no_confusion_matrix(tabs: PlotTabs) -> None:
    bring(tabs, tabs.confusion, moment(load_example("sine")))
    assert "not classes" in tabs.confusion.hint.text()


def test_the_spread_counts_every_weight_and_every_delta(tabs: PlotTabs) -> None:
    project = load_example("spiral")
    bring(tabs, tabs.spreads, moment(project))
    weights = sum(sum(spread.counts) for spread in tabs.spreads.weights)
    assert weights == len(project.network.connections)
    units = len(project.network.units) - 2
    deltas = sum(sum(spread.counts) for spread in tabs.spreads.deltas)
    assert deltas == units * len(project.data.training_rows)


def test_a_deep_net_shows_its_first_and_last_levels(tabs: PlotTabs) -> None:
    bring(tabs, tabs.spreads, moment(load_example("deep_chain")))
    assert [spread.level for spread in tabs.spreads.weights] == [0, 1, 2, 3, 6, 7, 8, 9]
    assert "2 left out" in tabs.spreads.value.text()


@pytest.mark.parametrize("name", ["xor", "moons", "sine", "iris", "mazur_2_2_2", "cs231n_xyz"])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_plot_paints_every_sort_of_net(
    qapp: Any, tabs: PlotTabs, name: str, mode: theme.Mode
) -> None:
    theme.apply(qapp, mode)
    here = moment(load_example(name), epochs=2 if name != "cs231n_xyz" else 0)
    for panel in tabs.panels:
        bring(tabs, panel, here)
        image = panel.grab().toImage()
        colours = {image.pixel(x, y) for x in range(0, 560, 7) for y in range(0, 240, 3)}
        assert len(colours) > 2, f"{panel.name} is blank"
    theme.apply(qapp, "light")


@pytest.mark.parametrize("place", range(5))
def test_every_plot_goes_out_as_png_svg_and_csv(tabs: PlotTabs, place: int) -> None:
    panel = tabs.panels[place]
    bring(tabs, panel, moment(load_example("xor"), epochs=3))
    image = QImage.fromData(content(panel, "png"), "PNG")
    assert image.width() >= 840
    root = ET.fromstring(content(panel, "svg"))
    assert root.tag.endswith("svg")
    assert root.findall(".//{http://www.w3.org/2000/svg}text")
    header, *lines = content(panel, "csv").decode().splitlines()
    assert lines
    assert all(line.count(",") == header.count(",") for line in lines)


def test_the_csv_of_a_boundary_holds_the_outputs_at_its_points(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    header, first, *_ = content(tabs.boundary, "csv").decode().splitlines()
    assert header == "x1,x2,o"
    x, y, o = map(float, first.split(","))
    assert o == pytest.approx(1 / (1 + np.exp(-20 * (x - y))))


def test_an_export_that_cannot_be_written_is_told_in_a_sentence(
    tabs: PlotTabs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bring(tabs, tabs.confusion, moment(half_plane()))
    said: list[str] = []
    tabs.failed.connect(said.append)
    answers = iter([str(tmp_path / "no" / "such.png"), "", str(tmp_path / "plot")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (next(answers), ""))
    for action in [tabs.confusion.menu.actions()[0]] * 3:
        action.trigger()
    assert len(said) == 1
    assert "no folder" in said[0]
    assert [path.name for path in tmp_path.iterdir()] == ["plot.png"]


def test_dragging_outside_of_the_map_draws_nothing(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    edits: list[str] = []
    tabs.edited.connect(lambda text, _edit: edits.append(text))
    tabs.boundary.draw.click()
    QTest.mouseClick(tabs.boundary.canvas, LEFT, pos=QPoint(2, 2))
    assert not edits
    assert tabs.boundary._axes().value(QPointF(0, 0))[0] < 0


def test_the_curve_of_an_output_is_called_as_the_unit_is(tabs: PlotTabs) -> None:
    bring(tabs, tabs.boundary, moment(load_example("sine")))
    assert ">o₁<" in content(tabs.boundary, "svg").decode()


@pytest.mark.parametrize("draws", [False, True])
def test_the_right_button_offers_the_export_only_where_it_takes_no_points_away(
    tabs: PlotTabs, draws: bool
) -> None:
    bring(tabs, tabs.boundary, moment(half_plane()))
    tabs.boundary.draw.setChecked(draws)
    canvas = tabs.boundary.canvas
    place = on_map(tabs.boundary, 0.5, 0.5)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(canvas, QContextMenuEvent(reason, place, canvas.mapToGlobal(place)))
    assert tabs.boundary.menu.isVisible() is not draws
    tabs.boundary.menu.close()


@pytest.mark.parametrize(
    ("typed", "written", "begins"),
    [
        ("trained v1.2", "trained v1.2.png", b"\x89PNG"),
        ("curve.svg", "curve.svg", b"<?xml"),
        ("flow.PNG", "flow.PNG", b"\x89PNG"),
    ],
)
def test_an_export_is_what_its_name_says(
    tabs: PlotTabs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    typed: str, written: str, begins: bytes,
) -> None:  # fmt: skip
    bring(tabs, tabs.flow, moment(load_example("xor"), epochs=3))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), ""))
    tabs.flow.menu.actions()[0].trigger()
    assert [path.name for path in tmp_path.iterdir()] == [written]
    assert (tmp_path / written).read_bytes().startswith(begins)
