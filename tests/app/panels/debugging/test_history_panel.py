"""The history panel: what happened is listed, a click asks to go there, kept runs have rows."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chainstep.app.moment import Moment
from chainstep.app.panels.debugging.history import HistoryPanel
from chainstep.stepping.history import History
from chainstep.stepping.run import Run
from tests.app.panels import stage


def shown(qtbot: QtBot) -> tuple[HistoryPanel, Run, History]:
    panel, run, history = HistoryPanel(), Run(stage.mazur()), History()
    qtbot.addWidget(panel)
    panel.resize(384, 500)
    history.begin(run)
    for _ in range(2):
        run.train(3)
        history.trained(run)
        history.note(run, "stop", "<b>Stopped</b>")
    show(panel, run, history)
    panel.show()
    return panel, run, history


def show(panel: HistoryPanel, run: Run, history: History, training: bool = False) -> None:
    panel.show_moment(Moment(run.project, run, training=training, history=history))


def lines(panel: HistoryPanel) -> list[str]:
    return [panel.list.item(n).text() for n in range(panel.list.count())]


def test_what_happened_is_listed_and_where_the_run_is_stands_out(qtbot: QtBot) -> None:
    panel, run, history = shown(qtbot)
    assert lines(panel) == [
        "Start", "Trained to epoch 3", "<b>Stopped</b>", "Trained to epoch 6", "<b>Stopped</b>",
    ]  # fmt: skip
    bold = [panel.list.item(n).font().bold() for n in range(5)]
    assert bold == [False, False, False, True, True]
    history.go_to(run, history.events[1])
    show(panel, run, history)
    assert [panel.list.item(n).font().bold() for n in range(5)] == [False, True, True, False, False]


def test_a_click_asks_to_go_there(qtbot: QtBot) -> None:
    panel, _, history = shown(qtbot)
    asked: list[Any] = []
    panel.go_asked.connect(asked.append)
    place = panel.list.visualItemRect(panel.list.item(1)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [history.events[1]]


def test_nothing_is_done_while_training_rushes_by(qtbot: QtBot) -> None:
    panel, run, history = shown(qtbot)
    run.train(1)
    history.trained(run)
    show(panel, run, history, training=True)
    assert panel.list.count() == 5
    show(panel, run, history)
    assert panel.list.count() == 6


def test_a_kept_run_can_be_compared_and_dropped(qtbot: QtBot) -> None:
    panel, run, history = shown(qtbot)
    kept, compared, dropped = [], [], []
    panel.keep_asked.connect(lambda: kept.append(history.keep(run)))
    panel.compare_asked.connect(compared.append)
    panel.drop_asked.connect(dropped.append)
    for _ in range(2):
        QTest.mouseClick(panel.keep, Qt.MouseButton.LeftButton)
    show(panel, run, history)
    told = "η 0.5 · 6 epochs"
    assert [row.name.text() for row in panel.rows] == [f"Run 1 · {told}", f"Run 2 · {told}"]
    assert panel.rows[0].words.whole.startswith("E 0.")
    QTest.mouseClick(panel.rows[1].compare, Qt.MouseButton.LeftButton)
    history.compared = history.kept[1]
    show(panel, run, history)
    assert [row.compare.isChecked() for row in panel.rows] == [False, True]
    QTest.mouseClick(panel.rows[1].compare, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.rows[0].remove, Qt.MouseButton.LeftButton)
    assert (compared, dropped) == ([1, -1], [0])
    history.drop(0)
    show(panel, run, history)
    assert [row.name.text() for row in panel.rows] == [f"Run 2 · {told}"]


def test_without_a_run_there_is_nothing_to_keep(qtbot: QtBot) -> None:
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.show_moment(Moment(stage.mazur(), refusal="No."))
    assert not panel.keep.isEnabled()
    assert panel.list.count() == 0
