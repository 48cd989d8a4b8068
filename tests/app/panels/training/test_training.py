"""The training panel: every field shows the document and changes exactly its own part."""

import gc
import weakref

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app.moment import Moment
from chainstep.app.panels.training import words
from chainstep.app.panels.training.panel import TrainingPanel
from chainstep.project import (
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    ORDERS,
    REDUCTIONS,
    SCHEDULES,
    Loss,
    Schedule,
    Stop,
    Training,
)
from tests.app.panels.stage import Stage, choose, enter, mazur, on_stage, type_into


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return on_stage(qtbot, TrainingPanel(), run=False)


def panel_of(stage: Stage) -> TrainingPanel:
    assert isinstance(stage.panel, TrainingPanel)
    return stage.panel


def changed(stage: Stage) -> dict[str, object]:
    """Return the fields of the training that differ from the first project's."""
    first, now = mazur().training, stage.project.training
    names = msgspec.structs.asdict(first)
    return {n: getattr(now, n) for n in names if getattr(now, n) != getattr(first, n)}


def tick(box: QWidget) -> None:
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def test_the_choices_are_exactly_those_a_document_may_name() -> None:
    for options, names in (
        (words.LOSSES, LOSSES),
        (words.OPTIMIZERS, OPTIMIZERS),
        (words.ORDERS, ORDERS),
        (words.REDUCTIONS, REDUCTIONS),
        (words.SCHEDULES, SCHEDULES),
    ):
        assert tuple(option.key for option in options) == names
    assert {option.key for option in words.INITIALIZERS} == set(INITIALIZERS)
    assert set(words.FIELDS) == set(OPTIMIZERS)
    assert set(words.INITIALIZER_NOTES) == set(INITIALIZERS)


def test_everything_to_choose_is_explained_in_one_sentence() -> None:
    tables = (words.LOSSES, words.OPTIMIZERS, words.ORDERS, words.REDUCTIONS, words.INITIALIZERS)
    for option in (option for table in tables for option in table):
        assert option.tip.endswith(".")
    assert all(tip.endswith(".") for _, tip in words.NUMBERS.values())
    assert "never part" in words.INITIALIZERS[-1].tip


def test_the_learning_rate_is_taken_on_a_click_elsewhere(stage: Stage) -> None:
    panel = panel_of(stage)
    assert panel.rate.text() == "0.5"
    type_into(panel.rate, "1/4")
    stage.click_elsewhere()
    assert (stage.texts, changed(stage)) == (["Set learning rate"], {"learning_rate": 0.25})


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimiser_shows_only_its_own_fields(stage: Stage, optimizer: str) -> None:
    panel = panel_of(stage)
    stage.project = mazur().with_training(optimizer=optimizer)
    stage.present()
    visible = {name for name in panel.numbers if panel.rows[name].isVisible()}
    assert visible == set(words.FIELDS[optimizer])
    assert panel.rate.isVisible()


@pytest.mark.parametrize("name", list(words.NUMBERS))
def test_each_number_changes_its_own_field_alone(stage: Stage, name: str) -> None:
    optimizer = next(key for key, names in words.FIELDS.items() if name in names)
    stage.project = mazur().with_training(optimizer=optimizer)
    stage.present()
    field = panel_of(stage).numbers[name]
    type_into(field, "0,125")
    enter(field)
    assert {**changed(stage), "optimizer": optimizer} == {name: 0.125, "optimizer": optimizer}
    assert len(stage.texts) == 1


def test_choosing_an_optimiser_is_one_edit(stage: Stage) -> None:
    choose(panel_of(stage).optimizer, "adam")
    assert (stage.texts, changed(stage)) == (["Set optimiser to adam"], {"optimizer": "adam"})
    assert panel_of(stage).rows["beta1"].isVisible()


def test_huber_brings_its_delta(stage: Stage) -> None:
    panel = panel_of(stage)
    assert not panel.rows["delta"].isVisible()
    choose(panel.loss, "huber")
    type_into(panel.delta, "0.5")
    enter(panel.delta)
    assert stage.project.loss == Loss(name="huber", delta=0.5)
    choose(panel.loss, "squared_error")
    assert stage.project.loss == Loss(name="squared_error")


def test_a_batch_size_is_a_number_or_all_rows(stage: Stage) -> None:
    panel = panel_of(stage)
    assert (panel.all_rows.isChecked(), panel.batch.text()) == (True, "")
    assert panel.batch.placeholderText() == "1"
    type_into(panel.batch, "4")
    enter(panel.batch)
    assert stage.project.training.batch_size == 4
    assert isinstance(stage.project.training.batch_size, int)
    assert not panel.all_rows.isChecked()
    tick(panel.all_rows)
    assert stage.project.training.batch_size is None
    tick(panel.all_rows)
    assert stage.project.training.batch_size == 1


@pytest.mark.parametrize("typed", ["0", "1.5", "-2", "ten"])
def test_no_batch_size_that_cannot_be(stage: Stage, typed: str) -> None:
    panel = panel_of(stage)
    type_into(panel.batch, typed)
    stage.click_elsewhere()
    assert panel.batch.invalid
    assert panel.batch.accessibleDescription()
    assert (stage.texts, changed(stage)) == ([], {})


def test_order_seed_reduction_epochs_and_biases(stage: Stage) -> None:
    panel = panel_of(stage)
    choose(panel.order, "shuffled")
    type_into(panel.seed, "7")
    enter(panel.seed)
    choose(panel.reduction, "sum")
    type_into(panel.epochs, "250")
    enter(panel.epochs)
    tick(panel.biases)
    choose(panel.start, "zeros")
    assert changed(stage) == {
        "order": "shuffled",
        "seed": 7,
        "reduction": "sum",
        "epochs": 250,
        "train_biases": False,
        "initializer": "zeros",
    }
    assert len(stage.texts) == 6
    assert isinstance(stage.project.training.seed, int)


def test_the_dice_draw_with_the_next_seed_and_show_it(stage: Stage) -> None:
    panel = panel_of(stage)
    QTest.mouseClick(panel.dice, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.dice, Qt.MouseButton.LeftButton)
    assert stage.draws == [("xavier", 1), ("xavier", 2)]
    assert panel.seed.text() == "2"
    assert stage.texts == []


def test_a_typed_seed_is_the_one_drawn_with(stage: Stage) -> None:
    panel = panel_of(stage)
    choose(panel.start, "he")
    type_into(panel.seed, "41")
    QTest.mouseClick(panel.dice, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.dice, Qt.MouseButton.LeftButton)
    assert stage.draws == [("he", 41), ("he", 42)]


def test_a_typed_seed_throws_no_weights_away(stage: Stage) -> None:
    panel = panel_of(stage)
    type_into(panel.seed, "41")
    stage.click_elsewhere()
    assert (stage.draws, changed(stage)) == ([], {"seed": 41})


def test_an_impossible_seed_draws_nothing(stage: Stage, qtbot: QtBot) -> None:
    panel = panel_of(stage)
    type_into(panel.seed, "-1")
    with qtbot.assertNotEmitted(panel.randomise_asked):
        QTest.mouseClick(panel.dice, Qt.MouseButton.LeftButton)
    assert panel.seed.invalid


def test_reset_asks_for_the_start_weights(stage: Stage, qtbot: QtBot) -> None:
    panel = panel_of(stage)
    with qtbot.waitSignal(panel.reset_asked):
        QTest.mouseClick(panel.reset, Qt.MouseButton.LeftButton)
    assert stage.texts == []


def test_showing_says_nothing(stage: Stage, qtbot: QtBot) -> None:
    panel = panel_of(stage)
    other = Training(optimizer="adam", batch_size=3, order="shuffled", seed=5, epochs=9)
    with qtbot.assertNotEmitted(panel.randomise_asked):
        for training in (other, Training(), other):
            stage.project = mazur().replace(training=training, loss=Loss(name="huber", delta=2.0))
            stage.present()
    assert stage.texts == []
    assert panel.seed.text() == "5"


def test_a_refusal_is_shown_as_its_sentence(stage: Stage) -> None:
    panel = panel_of(stage)
    assert not panel.refusal.isVisible()
    stage.present(Moment(stage.project, refusal="There are <b>no</b> targets."))
    assert panel.refusal.isVisible()
    assert panel.refusal.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_nothing_is_cut_at_360_pixels(stage: Stage, optimizer: str) -> None:
    panel = panel_of(stage)
    stage.project = mazur().with_training(optimizer=optimizer, order="shuffled")
    stage.present()
    assert panel.minimumSizeHint().width() <= 360
    for text in panel.findChildren(QLabel) + panel.findChildren(QPushButton):
        if text.isVisible() and text.text() and not getattr(text, "wordWrap", bool)():
            assert text.fontMetrics().horizontalAdvance(text.text()) <= text.width() + 1


def test_a_closed_panel_is_collected(qtbot: QtBot) -> None:
    panel = TrainingPanel()
    panel.show_moment(Moment(mazur()))
    gone = weakref.ref(panel)
    panel.close()
    panel.deleteLater()
    del panel
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert gone() is None


def test_the_schedule_shows_the_fields_it_has_and_each_sets_its_own(stage: Stage) -> None:
    course = panel_of(stage).course
    assert course.schedule.value == "constant"
    assert not course.period_row.isVisible()
    choose(course.schedule, "step")
    assert course.period_row.isVisible()
    assert course.factor_row.isVisible()
    type_into(course.period, "40")
    enter(course.period)
    type_into(course.factor, "0.1")
    enter(course.factor)
    wanted = Schedule(name="step", period=40, factor=0.1)
    assert changed(stage) == {"schedule": wanted}
    choose(course.schedule, "cosine")
    assert not course.factor_row.isVisible()


def test_a_schedule_like_the_default_leaves_the_document_as_it_was(stage: Stage) -> None:
    course = panel_of(stage).course
    choose(course.schedule, "step")
    choose(course.schedule, "constant")
    assert changed(stage) == {}


def test_stop_conditions_are_set_and_taken_away_by_emptying_the_field(stage: Stage) -> None:
    course = panel_of(stage).course
    assert course.loss.placeholderText() == "never"
    type_into(course.loss, "0.01")
    enter(course.loss)
    type_into(course.patience, "20")
    enter(course.patience)
    assert changed(stage) == {"stop": Stop(loss=0.01, patience=20)}
    QTest.mouseClick(course.loss, Qt.MouseButton.LeftButton)
    course.loss.selectAll()
    QTest.keyClick(course.loss, Qt.Key.Key_Delete)
    enter(course.loss)
    assert changed(stage) == {"stop": Stop(patience=20)}
    assert not course.loss.invalid


def test_a_patience_that_is_no_whole_number_is_refused(stage: Stage) -> None:
    course = panel_of(stage).course
    type_into(course.patience, "2.5")
    enter(course.patience)
    assert course.patience.invalid
    assert changed(stage) == {}


def test_what_fails_about_zeros_is_written_below_the_choice(stage: Stage) -> None:
    panel = panel_of(stage)
    choose(panel.start, "zeros")
    assert "never part" in panel.start_note.text()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("beta1", "1", "Write a number below 1."),
        ("beta2", "1.5", "Write a number below 1."),
        ("beta2", "-0.1", "Write a number of at least 0."),
        ("rho", "1", "Write a number below 1."),
        ("epsilon", "-1e-8", "Write a number of at least 0."),
    ],
)
def test_numbers_that_no_optimiser_can_use_are_refused(
    stage: Stage, name: str, text: str, words: str
) -> None:
    field = panel_of(stage).numbers[name]
    type_into(field, text)
    enter(field)
    assert not stage.texts
    assert field.accessibleDescription() == words


def test_the_arrow_keys_stop_before_a_memory_of_one(stage: Stage) -> None:
    field = panel_of(stage).numbers["beta1"]
    field.setFocus()
    for _ in range(3):
        QTest.keyClick(field, Qt.Key.Key_Up)
    assert field.value == 0.9
