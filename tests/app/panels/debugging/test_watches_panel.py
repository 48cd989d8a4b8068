"""The watches panel: fields that make a watch, rows that show its values, a curve to point at."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chainstep.app.moment import Moment
from chainstep.app.panels.debugging.sparkline import Sparkline
from chainstep.app.panels.debugging.watches import WatchesPanel
from chainstep.project import Debug, Project
from chainstep.stepping.run import Run
from chainstep.stepping.watching import watches
from chainstep.stepping.watching.watches import Watch
from tests.app.panels import stage


def on_stage(qtbot: QtBot, project: Project) -> tuple[WatchesPanel, stage.Stage]:
    panel = WatchesPanel()
    return panel, stage.on_stage(qtbot, panel, project)


@pytest.mark.parametrize(
    ("quantity", "item"),
    [
        ("weight", {"quantity": "weight", "connection": ["i1", "h1"]}),
        ("bias", {"quantity": "bias", "unit": "h1"}),
        ("delta", {"quantity": "delta", "unit": "h1"}),
        ("z", {"quantity": "z", "unit": "h1"}),
        ("a", {"quantity": "a", "unit": "h1"}),
        ("mean_z", {"quantity": "mean_z", "unit": "h1"}),
        ("gradient_norm", {"quantity": "gradient_norm"}),
    ],
)
def test_every_quantity_can_be_watched(qtbot: QtBot, quantity: str, item: dict[str, Any]) -> None:
    panel, held = on_stage(qtbot, stage.mazur())
    if quantity != "weight":
        stage.choose(panel.quantity, quantity)
    for _ in range(2):
        QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert held.project.debug.watches == (item,)
    assert len(panel.rows) == 1
    QTest.mouseClick(panel.rows[0].remove, Qt.MouseButton.LeftButton)
    assert held.project.debug.watches == ()


def test_an_example_and_a_unit_can_be_chosen(qtbot: QtBot) -> None:
    rows = stage.mazur().data.inputs * 3, stage.mazur().data.targets * 3
    panel, held = on_stage(qtbot, stage.mazur().with_data(inputs=rows[0], targets=rows[1]))
    stage.choose(panel.quantity, "delta")
    stage.choose(panel.unit, "o2")
    stage.type_into(panel.row, "4")
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert panel.row.accessibleDescription() == "Write a number of at most 3."
    assert held.project.debug.watches == ()
    stage.type_into(panel.row, "3")
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert held.project.debug.watches == ({"quantity": "delta", "unit": "o2", "row": 2},)
    assert panel.rows[0].words.whole == "δ of o2, example 3"
    assert panel.rows[0].value.text() == "–"


def test_a_row_shows_the_value_reached_and_the_whole_curve(qtbot: QtBot) -> None:
    watch = Watch(quantity="weight", connection=("i1", "h1"))
    project = stage.mazur().replace(debug=Debug(watches=(watches.written(watch), {"odd": 1})))
    panel, held = on_stage(qtbot, project)
    run = Run(project)
    run.set_watches([watch])
    run.train(20)
    held.present(Moment(project, run))
    reached = run.trainer.theta[run.trainer.plan.weight["i1", "h1"]]
    assert panel.rows[0].value.text() == f"{reached:.4f}"
    assert len(panel.rows[0].curve._points) == 21
    assert panel.rows[1].words.whole == "not known to this version"
    run.go_to(5)
    held.present(Moment(project, run))
    assert [epoch for epoch, _ in panel.rows[0].curve._points] == list(range(6))


def test_a_curve_says_its_value_and_can_be_pointed_at(qtbot: QtBot) -> None:
    curve = Sparkline()
    qtbot.addWidget(curve)
    curve.resize(300, 44)
    curve.show_points([(0, 1.0), (5, -3.0), (10, 2.5)], 10, 4, "w of a → b")
    assert curve.accessibleName() == "w of a → b: 2.5000"
    curve.show()
    before = curve.grab().toImage()
    QTest.mouseMove(curve, QPoint(110, 20))
    qtbot.waitUntil(lambda: curve._pointed is not None)
    assert curve.grab().toImage() != before
    curve.show_points([(0, 1.0)], 0, 4, "w")
    curve.grab()
    curve.show_points([], 0, 4, "w")
    curve.grab()


def test_a_watch_says_why_it_has_no_values(qtbot: QtBot) -> None:
    gone = {"quantity": "bias", "unit": "h9"}, {"quantity": "z", "unit": "h1", "row": 7}
    panel, _ = on_stage(qtbot, stage.mazur().replace(debug=Debug(watches=gone)))
    assert [row.value.text() for row in panel.rows] == ["not in the net", "no such example"]
