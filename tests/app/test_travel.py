"""Going to places by keys and mouse: a unit, an epoch, a breakpoint back, the worst example."""

import itertools
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QInputDialog

from chainstep.app import travel
from chainstep.app.live import SLICE
from chainstep.app.panels.debugging import edits as debug_edits
from chainstep.files.examples import load_example
from chainstep.project import Project
from chainstep.stepping.run import Run
from chainstep.stepping.watching.breakpoints import Breakpoint

from .journey import ALT, CTRL, SHIFT, Driver, Key, settle, wait_until

OpenWindow = Callable[[Project], Driver]


def run_of(driver: Driver) -> Run:
    run = driver.window.debugger.moment().run
    assert run is not None
    return run


def test_f8_runs_to_the_selected_unit_and_shift_f8_back_again(driver: Driver) -> None:
    driver.click(driver.unit("h2"))
    driver.key(Key.Key_F8)
    assert "example 1 of 4 · forward · h2 · term 1" in driver.readout
    driver.key(Key.Key_F8, times=2)
    assert "example 2 of 4 · forward · h2" in driver.readout
    driver.key(Key.Key_F8, SHIFT)
    assert "example 1 of 4 · backward · h2" in driver.readout
    driver.key(Key.Key_F8, SHIFT, times=2)
    assert driver.readout.endswith("start")


def test_the_menu_of_a_unit_runs_to_it(driver: Driver) -> None:
    driver.choose(driver.unit("o1"), "Run to Unit")
    assert driver.scene.selected_units == {"o1"}
    assert "forward · o1" in driver.readout
    driver.choose(driver.unit("h1"), "Run Back to Unit")
    assert "forward · h1" in driver.readout


@pytest.mark.parametrize(
    ("key", "modifiers", "told"),
    [
        (Key.Key_F11, CTRL | SHIFT, "example 1 of 4 · forward · i2"),
        (Key.Key_F10, CTRL | SHIFT, "epoch 1 · update"),
    ],
)
def test_level_and_batch_have_keys_of_their_own_and_ways_back(
    driver: Driver, key: Key, modifiers: object, told: str
) -> None:
    driver.key(key, modifiers)  # type: ignore[arg-type]
    assert told in driver.readout
    driver.key(Key.Key_PageUp if "update" in told else Key.Key_Up, ALT | SHIFT)
    assert driver.readout.endswith("start")


def test_ctrl_g_goes_to_any_epoch_on_and_back(driver: Driver) -> None:
    for epoch in (30, 12, 0):
        driver.window.activateWindow()
        wait_until(driver.window.isActiveWindow)
        driver.key(Key.Key_G, CTRL)
        dialog = driver.window.findChild(QInputDialog)
        assert dialog is not None
        dialog.setIntValue(epoch)
        dialog.accept()
        settle()
        wait_until(lambda: not driver.window.debugger.training)
        assert len(run_of(driver).losses) == epoch


def test_shift_f5_goes_back_to_where_a_breakpoint_held_last(driver: Driver) -> None:
    window = driver.window
    window.apply(*debug_edits.add(Breakpoint(kind="unit", unit="h1", phase="backward")))
    driver.train()
    there = run_of(driver).cursor
    driver.train()
    assert run_of(driver).cursor != there
    driver.key(Key.Key_F5, SHIFT)
    assert run_of(driver).cursor == there
    assert driver.parts.breakpoints.reason.text() == "Stopped: h1, backward."
    driver.key(Key.Key_F5, SHIFT)
    assert driver.readout.endswith("start")
    assert "No breakpoint held before" in driver.parts.notices.text


def train_past_all_breakpoints(driver: Driver, epochs: str) -> None:
    """Train, and set a breakpoint that has never held: the way back is the whole way."""
    driver.set_epochs(epochs)
    driver.window.debugger.live.paced = False
    driver.train()
    never = Breakpoint(kind="small_delta", unit="h1", value=1e-300)
    driver.window.apply(*debug_edits.add(never))


def test_a_long_way_back_is_gone_in_slices_and_given_up_by_any_other_move(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = driver.window
    train_past_all_breakpoints(driver, "3000")
    here, weights = run_of(driver).cursor, run_of(driver).trainer.theta.tobytes()
    clock = itertools.count(0.0, SLICE / 4)
    monkeypatch.setattr(travel, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    window.travel.search_back()
    assert window.travel.searching
    assert next(clock) < 3 * SLICE
    plot = driver.parts.loss_plot.canvas
    assert plot is not None
    assert len(plot._losses) < 3000, "the way back is made again"
    for _ in ("over the end of the curve", "in other colours"):
        plot._moved(plot._box.sceneBoundingRect().topRight() + QPointF(-2, 20))
        plot.dress()
    assert plot.tip.isVisible()
    driver.key(Key.Key_F11)
    assert not window.travel.searching
    driver.key(Key.Key_Left, ALT)
    assert run_of(driver).cursor == here
    assert run_of(driver).trainer.theta.tobytes() == weights


def test_escape_ends_a_search_and_leaves_the_selection(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = driver.window
    train_past_all_breakpoints(driver, "300")
    driver.click(driver.unit("h2"))
    here = run_of(driver).cursor
    monkeypatch.setattr(travel, "SLICE", 0.0)
    window.travel.search_back()
    assert driver.parts.notices.text == travel.SEARCHING
    driver.key(Key.Key_Escape)
    assert not window.travel.searching
    assert driver.parts.notices.text == ""
    assert run_of(driver).cursor == here
    assert driver.scene.selected_units == {"h2"}
    driver.key(Key.Key_Escape)
    assert not driver.scene.selected_units


def test_the_worst_example_is_looked_at_aside_and_left_again(open_window: OpenWindow) -> None:
    driver = open_window(load_example("iris").with_training(epochs=5, batch_size=10))
    driver.train()
    bar = {action.text(): action.menu() for action in driver.window.menuBar().actions()}
    debug = {action.text(): action.menu() for action in bar["&Debug"].actions()}
    assert debug["Worst Examples"] is driver.parts.data_table.worst_menu
    debug["Worst Examples"].aboutToShow.emit()
    actions = debug["Worst Examples"].actions()
    heads = [action.text() for action in actions if not action.isEnabled() and action.text()]
    assert heads == ["Training rows", "Held-back rows"]
    worst = actions[-6]
    assert " taken for " in worst.text()
    here = run_of(driver).cursor
    worst.trigger()
    cursor = run_of(driver).cursor
    assert worst.text().startswith(f"example {cursor.row + 1:,}")
    assert f"example {cursor.row + 1} aside" in driver.readout
    told = f"E = {run_of(driver).trace.loss:.4f}"
    assert told in worst.text()
    driver.key(Key.Key_F10)
    assert run_of(driver).cursor.aside
    driver.key(Key.Key_F10, CTRL, times=2)
    assert run_of(driver).cursor == here


def test_a_click_on_the_plus_opens_the_first_cell_of_a_new_row(driver: Driver) -> None:
    view = driver.parts.data_table.view
    cell = view.visualRect(view.model().index(4, 0)).center()
    driver.click(driver.place(view.viewport(), cell))
    settle()
    driver.type("7")
    driver.key(Key.Key_Return)
    assert driver.window.document.project.data.inputs[4] == (7.0, 0.0)


def test_many_digits_of_outputs_give_way_before_a_column_is_cut(open_window: OpenWindow) -> None:
    mazur = load_example("mazur_2_2_2").with_view(digits=12)
    table = open_window(mazur).parts.data_table
    view, model = table.view, table.model
    assert sum(view._wanted_widths()) > view.viewport().width(), "twelve digits have no room"
    count = len(model.columns)
    assert sum(view.columnWidth(n) for n in range(count)) <= view.viewport().width()
    told = model.short_text(model.index(0, count - 1), lambda text: len(text) <= 8)
    assert told == "0.772928"


def test_an_output_next_to_zero_is_told_by_its_size_and_never_cut(open_window: OpenWindow) -> None:
    project = load_example("mazur_2_2_2")
    model = open_window(project.with_parameters({}, {"o1": -15.0})).parts.data_table.model
    place = next(n for n, c in enumerate(model.columns) if c.kind == "output")
    told = model.short_text(model.index(0, place), lambda text: len(text) <= 6)
    assert told == "5·10⁻⁷"  # logistic(0.4 · 0.593 + 0.45 · 0.597 − 15)


@pytest.mark.parametrize("name", ["xor", "iris", "moons"])
def test_paused_and_walked_on_by_terms_it_comes_to_the_losses_of_an_uninterrupted_run(
    open_window: OpenWindow, name: str
) -> None:
    project = load_example(name).with_training(epochs=1_000_000, batch_size=16)
    driver = open_window(project)
    driver.window.debugger.live.paced = False
    for keys in (((Key.Key_F11, 30),), ((Key.Key_F10, 9), (Key.Key_F11, 5)), ((Key.Key_F8, 3),)):
        driver.key(Key.Key_F5)
        settle(25)
        driver.key(Key.Key_F5)
        for key, times in keys:
            driver.key(key, times=times)
        driver.key(Key.Key_Left, ALT, times=4)
    driver.key(Key.Key_F11, CTRL)
    wait_until(lambda: not driver.window.debugger.training)
    run, straight = run_of(driver), Run(project)
    straight.train(run.trainer.epoch)
    assert run.losses == straight.losses
    assert run.trainer.theta.tobytes() == straight.trainer.theta.tobytes()


@pytest.mark.parametrize("command", ["ask_epoch", "search_back"])
def test_a_command_that_ends_training_shows_where_it_ended_even_if_it_goes_nowhere(
    driver: Driver, command: str
) -> None:
    window = driver.window
    driver.key(Key.Key_F5)
    wait_until(lambda: window.debugger.epoch > 0)
    wait_until(lambda: window.shown().training)
    getattr(window.travel, command)()
    if dialog := window.findChild(QInputDialog):
        dialog.reject()
    assert not window.debugger.training
    assert not window.shown().training
    assert f"epoch {window.debugger.epoch:,}" in driver.readout


def test_a_long_way_to_an_epoch_can_be_paused_as_training_can(driver: Driver) -> None:
    train = driver.window.actions_by_name["train"]
    driver.window.travel.go_to_epoch(10**8)
    wait_until(lambda: driver.window.debugger.epoch > 0)
    assert train.text() == "Pause"
    driver.key(Key.Key_F5)
    assert train.text() == "Train"
    assert not driver.window.debugger.training


@pytest.mark.parametrize("what", ["kept", "edited", "copied", "looked at"])
def test_while_looking_back_the_weights_reached_are_those_where_the_run_stands(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    window, debugger = driver.window, driver.window.debugger
    driver.set_epochs("3000")
    debugger.live.paced = False
    driver.train()
    window.apply(*debug_edits.add(Breakpoint(kind="small_delta", unit="h1", value=1e-300)))
    there, reached = run_of(driver).cursor, debugger.reached()
    monkeypatch.setattr(travel, "SLICE", 0.0)
    window.travel.search_back()
    assert window.travel.searching
    if what == "kept":
        window.keep_reached()
    elif what == "edited":
        window.randomise_again()
        window.undoing.undo.trigger()
    elif what == "looked at":
        driver.click(driver.unit("h2"))
    now = window.document.project if what == "kept" else debugger.reached()
    assert now.network.same_as(reached.network)
    assert window.travel.searching is (what in ("copied", "looked at"))
    if what == "looked at":
        assert window.shown().explanation is not None
        debugger.pause()
        assert run_of(driver).cursor == there
    debugger.pause()
