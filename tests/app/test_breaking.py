"""Breakpoints in the window: F9, the dots on the canvas, and a training that stops on the step."""

from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chainstep.app.canvas.describe import describe
from chainstep.app.canvas.lit import BreakDot
from chainstep.app.panels.debugging import edits as debug_edits
from chainstep.stepping.watching.breakpoints import Breakpoint
from chainstep.stepping.watching.watches import Watch
from tests.hand_nets import data, net, out, x


def dots(window: Any) -> int:
    return sum(isinstance(item, BreakDot) for item in window.scene.items())


def trained(qtbot: QtBot, window: Any) -> None:
    window.run_command("train")
    qtbot.waitUntil(lambda: not window.debugger.training, timeout=20_000)


def test_f9_sets_a_breakpoint_at_what_is_selected_and_takes_it_away(driver: Any) -> None:
    window = driver.window
    window.scene.select(["h1"], [("i1", "h1")])
    QTest.keyClick(window.parts.view, Qt.Key.Key_F9)
    assert len(window.document.project.debug.breakpoints) == 2
    assert dots(window) == 2
    QTest.keyClick(window.parts.view, Qt.Key.Key_F9)
    assert window.document.project.debug.breakpoints == ()
    assert dots(window) == 0
    window.document.undo_stack.undo()
    assert dots(window) == 2


def test_training_stops_on_the_step_and_goes_on_to_the_next(qtbot: QtBot, driver: Any) -> None:
    window = driver.window
    window.apply(*debug_edits.add(Breakpoint(kind="unit", unit="h1", phase="backward")))
    for example in range(2):
        trained(qtbot, window)
        cursor = window.shown().run.cursor
        assert (cursor.epoch, cursor.example, cursor.step.unit) == (0, example, "h1")
        assert window.shown().explanation is not None


def test_a_step_over_an_example_stops_at_a_breakpoint_within_it(driver: Any) -> None:
    window = driver.window
    window.apply(*debug_edits.add(Breakpoint(kind="unit", unit="h1", phase="backward")))
    window.run_command("step_example")
    cursor = window.shown().run.cursor
    assert (cursor.example, cursor.step.unit, cursor.step.phase) == (0, "h1", "backward")
    assert window.notices.text == "Stopped at a breakpoint: h1, backward."
    window.run_command("step_example")
    assert window.shown().run.cursor.step.unit == "i1"


def test_a_breakpoint_set_while_the_run_is_under_way_does_not_begin_it_anew(
    qtbot: QtBot, driver: Any
) -> None:
    window = driver.window
    window.run_command("step_example")
    here = window.shown().run.cursor
    window.apply(*debug_edits.add(Breakpoint(kind="epoch", value=5.0)))
    assert window.shown().run.cursor == here
    trained(qtbot, window)
    assert window.shown().run.cursor.epoch == 4
    assert window.shown().run.cursor.index == 0


def test_where_numbers_break_the_step_can_be_looked_at(qtbot: QtBot, open_window: Any) -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]))
    window = open_window(project.with_training(learning_rate=3.0)).window
    said: list[str] = []
    window.debugger.broke.connect(said.append)
    trained(qtbot, window)
    cursor = window.shown().run.cursor
    assert cursor.step is not None
    assert window.shown().explanation.step == cursor.step
    assert "no longer finite" in said[0]
    assert "the learning rate η = 3.0000 is too large." in said[0]
    assert (window.notices.text, window.notices.kind) == (said[0], "error")
    window.run_command("step_term")
    window.apply("Set η", lambda project: project.with_training(learning_rate=0.1))
    window.run_command("restart")
    window.run_command("train")
    assert window.notices.text == "", "what was said of an earlier run goes when it goes on"
    window.run_command("train")


# --- history and accumulation --------------------------------------------------------------------


def test_a_click_on_what_happened_goes_there_and_another_rate_branches(
    qtbot: QtBot, driver: Any
) -> None:
    window = driver.window
    window.apply("Set epochs", lambda project: project.with_training(epochs=40))
    trained(qtbot, window)
    run, history = window.shown().run, window.shown().history
    far = run.losses
    assert [event.words for event in history.events] == ["Start", "Trained to epoch 40"]
    for _ in range(20):
        window.run_command("back_epoch")
    assert history.events[-1].words == "Went back to epoch 20"
    window.apply("Set η", lambda project: project.with_training(learning_rate=0.25))
    trained(qtbot, window)
    assert window.shown().run is run
    assert [kept.name for kept in history.kept] == ["Run 1"]
    assert history.kept[0].losses.tolist() == far
    window.parts.history.go_asked.emit(history.events[1])
    assert window.shown().run.losses == far


def test_the_canvas_shows_how_the_weights_differ_until_that_is_ended(driver: Any) -> None:
    window = driver.window
    window.aids.keep_run()
    window.run_command("step_example")
    window.debugger.move("step", "batch")
    run = window.shown().run
    ends = next(iter(run.trainer.plan.weight))
    window.aids.compare_with(0)
    start = window.document.project.network.by_ends[ends].weight
    assert window.scene.weight(ends) == run.trainer.theta[0] - start
    assert window.scene.differs
    window.aids.compare_with(-1)
    assert window.scene.weight(ends) == run.trainer.theta[0]
    assert not window.scene.differs


def test_what_a_kept_run_has_not_is_shown_without_a_difference(driver: Any) -> None:
    window, scene = driver.window, driver.window.scene
    window.aids.keep_run()
    window.aids.compare_with(0)
    scene.unit_drawn.emit("hidden", QPointF(0, -170), "i1")
    scene.connection_drawn.emit("h3", "o1")
    assert window._moment.run is not None
    assert sorted(driver.weights) == ["Δw = 0"] * 6
    assert sorted(driver.notes) == ["Δb = 0"] * 3
    assert describe(scene, ("h3", "o1")) == "from h3 to o1"
    assert "bias" not in describe(scene, "h3")
    assert describe(scene, ("i1", "h1")) == "Δ weight 0 from i1 to h1"
    window.aids.compare_with(-1)
    assert len(driver.weights) > 6
    assert describe(scene, ("i1", "h1")).startswith("weight ")


def test_a_selected_connection_has_its_update_told_example_by_example(driver: Any) -> None:
    window = driver.window
    window.debugger.move("step", "batch")
    assert window.shown().explanation.title == "The update"
    window.scene.select([], [("i1", "h1")])
    assert window.shown().explanation.title == "The update of i1 → h1"
    assert len(window.parts.chain_rule.rows.lines) > 4
    window.scene.select()
    assert window.shown().explanation.title == "The update"


def test_a_watch_is_noted_while_training(qtbot: QtBot, driver: Any) -> None:
    window = driver.window
    window.apply(*debug_edits.watch(Watch(quantity="gradient_norm")))
    window.apply("Set epochs", lambda project: project.with_training(epochs=30))
    trained(qtbot, window)
    series = window.shown().run.recorder.series[Watch(quantity="gradient_norm")]
    assert [epoch for epoch, _ in series.points()] == list(range(31))


def test_what_was_said_of_a_stop_goes_when_the_run_goes_elsewhere(
    qtbot: QtBot, driver: Any
) -> None:
    window = driver.window
    window.apply(*debug_edits.add(Breakpoint(kind="unit", unit="h1", phase="backward")))
    for leave in (
        lambda: window.run_command("step_term"),
        lambda: window.run_command("restart"),
        lambda: window.debugger.go_to_event(window.shown().history.events[0]),
        lambda: window.apply("Delete 1 unit", lambda project: project.remove(["h2"])),
    ):
        trained(qtbot, window)
        assert window.notices.text == "Stopped at a breakpoint: h1, backward."
        leave()
        assert window.notices.text == ""


def test_a_click_on_where_it_stopped_leads_to_the_step(qtbot: QtBot, driver: Any) -> None:
    window = driver.window
    window.apply(*debug_edits.add(Breakpoint(kind="unit", unit="h1", phase="backward")))
    trained(qtbot, window)
    there = window.shown().run.cursor
    window.run_command("restart")
    stop = next(event for event in window.shown().history.events if event.kind == "stop")
    window.parts.history.go_asked.emit(stop)
    assert window.shown().run.cursor == there
    assert window.shown().explanation.step == there.step


def test_after_a_lower_rate_the_one_that_broke_the_numbers_is_still_blamed(
    qtbot: QtBot, open_window: Any
) -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]))
    window = open_window(project.with_training(learning_rate=3.0)).window
    said: list[str] = []
    window.debugger.broke.connect(said.append)
    trained(qtbot, window)
    window.apply("Set η", lambda project: project.with_training(learning_rate=0.1))
    trained(qtbot, window)
    assert "the learning rate η = 3.0000 was too large" in said[1]
    broke = [event for event in window.shown().history.events if event.kind == "broke"]
    trained(qtbot, window)
    assert [e for e in window.shown().history.events if e.kind == "broke"] == broke


def test_units_related_to_one_that_is_deleted_are_ringed_no_longer(driver: Any) -> None:
    scene = driver.scene
    driver.click(driver.unit("h1"))
    assert any(item.related for item in scene.units.values())
    driver.key(Qt.Key.Key_Delete)
    assert not any(item.related for item in scene.units.values())
