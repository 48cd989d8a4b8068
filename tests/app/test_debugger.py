"""The run behind the window: training, edits meanwhile, and what undo takes back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

import chainstep
from chainstep import files
from chainstep.app.debugger import ENDED_BY_EDIT, Debugger
from chainstep.app.document import Document
from chainstep.app.moment import Moment
from chainstep.files.document import dumps
from chainstep.files.examples import load_example
from chainstep.network.model import HIDDEN, INPUT, Network, Unit
from chainstep.project import Project, Stop
from chainstep.stepping.formula.text import plain
from chainstep.stepping.run import Run

from .journey import CTRL, SHIFT, Driver, Key, chosen_in_dialogs, settle, wait_until

OpenWindow = Callable[[Project], Driver]


@pytest.fixture
def document(qapp: object) -> Document:
    return Document(load_example("xor"), title="XOR")


@pytest.fixture
def debugger(document: Document) -> Debugger:
    return Debugger(document)


def run_of(driver: Driver) -> Run:
    run = driver.window.debugger.moment().run
    assert run is not None
    return run


def start_weights(project: Project) -> list[float]:
    return [connection.weight for connection in project.network.connections]


def test_each_move_is_told_once(debugger: Debugger) -> None:
    told: list[Moment] = []

    def tell(moment: Moment) -> Iterator[None]:
        told.append(moment)
        yield

    debugger.shown_in_parts = tell
    for grain in ("term", "unit", "pass", "example"):
        debugger.step(grain)
    debugger.back("term")
    debugger.seek(3)
    debugger.restart()
    assert len(told) == 7
    assert all(moment.run is not None for moment in told)


def test_what_cannot_run_says_why_instead_of_stepping(qapp: object) -> None:
    debugger = Debugger(Document(Project()))
    said: list[str] = []
    debugger.said.connect(said.append)
    for act in (debugger.start, debugger.restart):
        act()
    debugger.step("term")
    assert said
    assert all("no input" in sentence for sentence in said)
    assert not debugger.training


def test_training_in_slices_gives_the_weights_of_training_at_once(driver: Driver) -> None:
    at_once = chainstep.Run(load_example("xor"))
    at_once.train(1000)
    driver.train()
    assert dumps(run_of(driver).project) == dumps(at_once.project)
    assert run_of(driver).losses == at_once.losses


def test_training_stops_at_the_loss_that_was_asked_for(open_window: OpenWindow) -> None:
    driver = open_window(load_example("xor").with_training(stop=Stop(loss=0.02), epochs=100_000))
    driver.train()
    assert run_of(driver).losses[-1] <= 0.02 < run_of(driver).losses[-2]
    assert "0.02" in driver.parts.notices.text


def test_training_that_overflows_stops_with_a_sentence(open_window: OpenWindow) -> None:
    from tests.nets import draw

    xor = load_example("xor")
    network = draw("i1 i2 > h1 h2 > o1", hidden="identity")
    driver = open_window(Project(network=network, data=xor.data).with_training(learning_rate=1e6))
    driver.train()
    assert driver.parts.notices.text
    assert "epoch" in driver.parts.notices.text
    weights = start_weights(run_of(driver).project)
    assert all(abs(weight) < float("inf") for weight in weights)
    driver.key(Key.Key_F11)


def test_an_edit_after_training_keeps_the_weights_as_a_step_of_its_own(driver: Driver) -> None:
    start = driver.window.document.project
    driver.train()
    reached = start_weights(run_of(driver).project)
    driver.double_click(driver.at(0, -170))
    stack = driver.window.document.undo_stack
    assert [stack.text(n) for n in range(stack.count())] == ["Train to epoch 1000", "Add h3"]
    driver.key(Key.Key_Z, CTRL)
    assert start_weights(driver.window.document.project) == reached
    driver.key(Key.Key_Z, CTRL)
    assert driver.window.document.project is start


def test_undo_after_training_restores_the_start_weights_and_redo_brings_them_back(
    driver: Driver,
) -> None:
    start = driver.window.document.project
    driver.train()
    reached = start_weights(run_of(driver).project)
    undo = driver.window.undoing.undo
    assert undo.text() == "Undo Train to epoch 1000"
    driver.key(Key.Key_Z, CTRL)
    assert driver.window.document.project is start
    assert start_weights(run_of(driver).project) == start_weights(start)
    assert driver.readout == "epoch 1 · example 1 of 4 · start"
    driver.key(Key.Key_Z, CTRL | SHIFT)
    assert start_weights(driver.window.document.project) == reached


def test_undo_never_loses_training_that_came_after_an_edit(driver: Driver) -> None:
    driver.click(driver.unit("h1"))
    driver.fill(driver.parts.inspector.unit.bias, "0,5")
    edited = driver.window.document.project
    driver.train()
    reached = start_weights(run_of(driver).project)
    driver.key(Key.Key_Z, CTRL)
    assert driver.window.document.project is edited
    driver.key(Key.Key_Z, CTRL)
    assert driver.window.document.project.network.by_id["h1"].bias == 0.1
    driver.key(Key.Key_Z, CTRL | SHIFT, times=2)
    assert start_weights(driver.window.document.project) == reached


def test_as_many_updates_with_another_rate_are_other_weights_than_those_saved(
    driver: Driver, tmp_path: Path
) -> None:
    window, file = driver.window, tmp_path / "net.chainstep"
    driver.set_epochs("20")
    driver.train()
    with chosen_in_dialogs(file):
        driver.key(Key.Key_S, CTRL)
    window.travel.go_to_epoch(10)
    driver.show_in_panel(driver.parts.training.rate)
    driver.fill(driver.parts.training.rate, "3")
    driver.train()
    run = run_of(driver)
    reached = start_weights(run.project)
    assert run.trainer.batches == 20 * run.trainer.batches_an_epoch()
    assert reached != start_weights(window.document.project)
    assert [driver.scene.weight(c.ends) for c in run.project.network.connections] == reached
    driver.key(Key.Key_S, CTRL)
    assert start_weights(files.load(file)) == reached


def test_undoing_a_move_after_training_moves_the_unit_and_keeps_the_training(
    driver: Driver,
) -> None:
    driver.train()
    run, place = run_of(driver), driver.scene.units["h1"].centre
    driver.drag(driver.unit("h1", 4, 4), driver.unit("h1", 44, 34))
    assert driver.scene.units["h1"].centre != place
    driver.key(Key.Key_Z, CTRL)
    assert driver.scene.units["h1"].centre == place
    assert run_of(driver) is run
    assert run.trainer.epoch == 1000


def test_moving_a_unit_does_not_disturb_the_run(driver: Driver) -> None:
    driver.key(Key.Key_F11, times=14)
    run, before = run_of(driver), driver.readout
    driver.drag(driver.unit("h1", 4, 4), driver.unit("h1", 44, 34))
    assert run_of(driver) is run
    assert driver.readout == before


def test_another_learning_rate_goes_on_with_the_same_run(driver: Driver) -> None:
    driver.train()
    run, weights = run_of(driver), start_weights(run_of(driver).project)
    driver.show_tab(1)
    driver.fill(driver.parts.training.rate, "1/3")
    assert run_of(driver) is run
    assert run.trainer.epoch == 1000
    assert start_weights(run.project) == weights
    assert run.trainer.project.training.learning_rate == pytest.approx(1 / 3)
    driver.train()
    assert run.trainer.epoch == 2000


def test_an_edit_during_training_ends_it_and_keeps_what_was_reached(driver: Driver) -> None:
    driver.set_epochs("1000000")
    driver.key(Key.Key_F5)
    reached = run_of(driver)
    wait_until(lambda: reached.trainer.epoch > 0)
    assert driver.window.debugger.training
    driver.double_click(driver.at(0, -170))
    assert not driver.window.debugger.training
    document = driver.window.document
    assert "h3" in document.project.network.by_id
    assert driver.parts.notices.text == ENDED_BY_EDIT
    assert reached.trainer.epoch > 0
    document.undo_stack.undo()
    assert start_weights(document.project) == start_weights(reached.project)


def test_another_learning_rate_during_training_does_not_stop_it(driver: Driver) -> None:
    driver.set_epochs("1000000")
    driver.key(Key.Key_F5)
    settle(60)
    run = run_of(driver)
    driver.show_in_panel(driver.parts.training.rate)
    driver.fill(driver.parts.training.rate, "0.25")
    settle(60)
    assert driver.window.debugger.training
    assert run_of(driver) is run
    assert run.trainer.project.training.learning_rate == 0.25
    driver.key(Key.Key_F5)


def test_another_end_given_during_training_is_the_one_that_counts(driver: Driver) -> None:
    training = driver.parts.training
    driver.set_epochs("1000000")
    driver.key(Key.Key_F5)
    settle(60)
    assert driver.window.debugger.training
    driver.show_in_panel(training.course.loss)
    driver.fill(training.course.loss, "100")
    wait_until(lambda: not driver.window.debugger.training)
    assert "the loss reached 100" in driver.parts.notices.text


def test_moving_a_unit_during_training_does_not_stop_it(driver: Driver) -> None:
    driver.set_epochs("1000000")
    driver.key(Key.Key_F5)
    settle(30)
    driver.drag(driver.unit("h1", 4, 4), driver.unit("h1", 44, 34))
    settle(30)
    assert driver.window.debugger.training
    assert driver.window.document.undo_stack.undoText() == "Move h1"
    driver.key(Key.Key_F5)


def test_the_dice_after_training_can_be_undone_in_two_steps(driver: Driver) -> None:
    start = driver.window.document.project
    driver.train()
    reached = start_weights(run_of(driver).project)
    driver.key(Key.Key_R, CTRL)
    drawn = start_weights(driver.window.document.project)
    assert drawn not in (reached, start_weights(start))
    assert driver.window.document.project.training.seed == start.training.seed + 1
    driver.key(Key.Key_Z, CTRL)
    assert start_weights(driver.window.document.project) == reached
    driver.key(Key.Key_Z, CTRL)
    assert driver.window.document.project is start


def test_the_same_seed_draws_the_same_weights(driver: Driver) -> None:
    driver.set_training(rate="2", seed="7")
    first = start_weights(driver.window.document.project)
    driver.set_training(rate="2", seed="8")
    second = start_weights(driver.window.document.project)
    driver.set_training(rate="2", seed="7")
    assert start_weights(driver.window.document.project) == first != second


def test_restart_goes_back_to_the_start_weights(driver: Driver) -> None:
    driver.train()
    driver.key(Key.Key_F5, CTRL | SHIFT)
    run = run_of(driver)
    assert start_weights(run.project) == start_weights(load_example("xor"))
    assert run.losses == []
    assert not driver.window.debugger.unkept


def test_a_click_on_the_number_of_a_row_goes_to_that_example(driver: Driver) -> None:
    view = driver.parts.data_table.view
    cell = view.visualRect(view.model().index(2, 0)).center()
    driver.double_click(driver.place(view.viewport(), cell))
    assert driver.readout == "epoch 1 · example 3 of 4 · start"


def test_a_net_that_becomes_runnable_can_be_stepped_at_once(open_window: OpenWindow) -> None:
    unit = Unit(id="x", kind=INPUT)
    driver = open_window(Project(network=Network(units=(unit,))))
    assert driver.readout == "not yet runnable"
    assert "no output" in driver.parts.chain_rule.words[2]
    driver.choose(driver.at(160, 0), "Add an output unit here")
    driver.connect("x", "o1")
    driver.type_table(("11",))
    assert driver.readout == "epoch 1 · example 1 of 1 · start"


def test_a_forward_only_net_says_why_there_is_no_way_back(open_window: OpenWindow) -> None:
    xor = load_example("xor")
    stepping = xor.change_unit("h1", activation="step")
    driver = open_window(stepping)
    driver.key(Key.Key_F11, times=5)
    assert "Forward only" in driver.parts.chain_rule.words[3]
    driver.key(Key.Key_F5)
    assert "h1" in driver.parts.notices.text


def test_steps_that_add_a_hidden_unit_keep_the_selection_on_it(driver: Driver) -> None:
    driver.double_click(driver.at(0, -170))
    unit = driver.window.document.project.network.by_id["h3"]
    assert unit.kind == HIDDEN
    assert driver.scene.selected_units == {"h3"}
    driver.key(Key.Key_Delete)
    assert "h3" not in driver.window.document.project.network.by_id


def test_epoch_by_epoch_the_loss_curve_grows(driver: Driver) -> None:
    for count in (1, 2, 3):
        driver.key(Key.Key_F11, CTRL)
        wait_until(lambda: not driver.window.debugger.training)
        assert len(run_of(driver).losses) == count
        assert driver.readout == f"epoch {count} · update"
    driver.key(Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    assert driver.readout == "epoch 2 · update"
    assert len(run_of(driver).losses) == 2


def test_letters_chosen_in_the_middle_of_a_pass_are_used_at_once(driver: Driver) -> None:
    driver.step_until(lambda s: s.phase == "backward" and s.unit == "h1")
    symbols = driver.parts.chain_rule.formulas[0]
    assert symbols.formula is not None
    assert "net" not in plain(symbols.formula)
    driver.window.apply("Letters", lambda project: project.with_view(notation="mazur"))
    assert "net" in plain(symbols.formula)
