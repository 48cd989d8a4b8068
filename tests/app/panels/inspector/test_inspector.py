"""The inspector: what it shows of a selection, and what it asks for."""

import gc
import math
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app.moment import Moment
from chainstep.app.panels.inspector.panel import Inspector
from chainstep.app.panels.rows import ValueRow
from chainstep.network.model import ACTIVATION_PARAMS, GROUP_ACTIVATIONS
from chainstep.project import Project
from chainstep.stepping.run import Run
from tests.app.panels.stage import Stage, choose, enter, mazur, on_stage, type_into

HOSTILE = '<b>bold</b> & <img src="x"> &amp; %s'


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return on_stage(qtbot, Inspector())


def units(*names: str) -> frozenset[str]:
    return frozenset(names)


def ends(*pairs: tuple[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(pairs)


def select(stage: Stage, *names: str, pairs: tuple[tuple[str, str], ...] = ()) -> Inspector:
    assert isinstance(stage.panel, Inspector)
    stage.panel.select(units(*names), ends(*pairs))
    return stage.panel


def tick(box: QWidget) -> None:
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def shown(row: ValueRow) -> str:
    assert row.isVisible()
    return row.value.text()


def test_a_unit_shows_the_published_numbers_of_its_pass(stage: Stage) -> None:
    page = select(stage, "h1").unit
    assert page.heading.title.whole == "Unit h1"
    assert page.heading.aside.text() == "hidden"
    rows = (page.a, page.z, page.h_prime, page.dE_dz, page.delta)
    assert [shown(row) for row in rows] == ["0.3775", "0.5933", "0.2413", "+0.0364", "+0.0088"]
    assert page.plot.point == pytest.approx((0.3775, 0.5932699921))
    assert page.bias.text() == "0.35"


def test_an_input_shows_its_value_and_nothing_it_has_not(stage: Stage) -> None:
    page = select(stage, "i2").unit
    assert shown(page.z) == "0.1000"
    assert shown(page.dE_dz) == "+0.0047"
    hidden = (page.a, page.delta, page.plot, page.rows["bias"], page.rows["activation"])
    assert not any(row.isVisible() for row in hidden)


def test_a_connection_shows_its_product_gradient_and_share(stage: Stage) -> None:
    page = select(stage, pairs=(("h1", "o2"),)).connection
    assert page.heading.title.whole == "h1 → o2"
    rows = (page.z, page.product, page.gradient, page.share)
    assert [shown(row) for row in rows] == ["0.5933", "0.2966", "−0.0226", "−0.0046"]
    assert not page.used.isVisible()


def test_the_share_of_an_input_is_one_of_dE_dz(stage: Stage) -> None:
    page = select(stage, pairs=(("i1", "h1"),)).connection
    assert page.share.label.text() == "share of ∂E/∂z"
    assert shown(page.share) == "+0.0013"


def test_the_weights_shown_are_those_the_run_has_reached(stage: Stage) -> None:
    run = Run(stage.project)
    run.train(3)
    panel = select(stage, pairs=(("h1", "o2"),))
    stage.present(Moment(stage.project, run, digits=6))
    weight = run.project.network.by_ends["h1", "o2"].weight
    assert weight != 0.5
    assert panel.connection.weight.value == weight
    used = run.trace.weight(stage.project.network.by_ends["h1", "o2"])
    assert float(shown(panel.connection.used)) == pytest.approx(used, abs=1e-6)
    select(stage, "h1")
    assert panel.unit.bias.value == run.project.network.by_id["h1"].bias


def test_a_net_without_a_run_shows_fields_and_no_values(qtbot: QtBot) -> None:
    stage = on_stage(qtbot, Inspector(), run=False)
    page = select(stage, "h1").unit
    assert not page.values.isVisible()
    assert page.plot.isVisible()
    assert page.plot.point is None
    select(stage, pairs=(("h1", "o2"),))
    assert not stage.panel.connection.values.isVisible()


def test_without_a_backward_pass_the_forward_numbers_stand(qtbot: QtBot) -> None:
    project = mazur().with_data(targets=())
    stage = on_stage(qtbot, Inspector(), project)
    page = select(stage, "h1").unit
    assert (shown(page.z), shown(page.delta)) == ("0.5933", "–")
    assert "no targets" in page.delta.value.toolTip()


def test_typing_a_bias_and_clicking_elsewhere_changes_it(stage: Stage) -> None:
    page = select(stage, "h1").unit
    type_into(page.bias, "1/3")
    stage.click_elsewhere()
    assert stage.texts == ["Set bias of h1"]
    assert stage.project.network.by_id["h1"].bias == 1 / 3
    assert page.bias.text() == "0.3333"
    assert shown(page.a) == "0.3608"


def test_selecting_something_else_takes_what_was_typed_for_the_first(stage: Stage) -> None:
    page = select(stage, "h1").unit
    type_into(page.bias, "0.25")
    select(stage, "h2")
    assert stage.project.network.by_id["h1"].bias == 0.25
    assert stage.project.network.by_id["h2"].bias == 0.35
    assert page.bias.value == 0.35


def test_a_refused_text_is_not_carried_to_another_unit(stage: Stage) -> None:
    page = select(stage, "h1").unit
    type_into(page.bias, "x")
    select(stage, "o1")
    assert (page.bias.invalid, page.bias.value, stage.texts) == (False, 0.6, [])


def test_what_is_being_typed_survives_new_moments(stage: Stage) -> None:
    page = select(stage, "h1").unit
    type_into(page.bias, "0.2")
    stage.present()
    QTest.keyClicks(page.bias, "5")
    enter(page.bias)
    assert stage.project.network.by_id["h1"].bias == 0.25


def test_a_renamed_unit_stays_selected(stage: Stage) -> None:
    page = select(stage, "h1").unit
    type_into(page.name, "hub")
    enter(page.name)
    assert stage.project.network.by_id["hub"].bias == 0.35
    assert (page.isVisible(), page.heading.title.whole) == (True, "Unit hub")


def test_a_taken_name_is_refused_and_the_old_one_comes_back(stage: Stage) -> None:
    page = select(stage, "h1").unit
    type_into(page.name, "o1")
    enter(page.name)
    assert stage.sentence == "There is already a unit called o1."
    assert "h1" in stage.project.network.by_id
    assert page.name.text() == "h1"


def test_hostile_names_are_shown_literally_everywhere(stage: Stage) -> None:
    stage.project = stage.project.change_unit("h1", id=HOSTILE)
    stage.project = stage.project.change_connection((HOSTILE, "o1"), name="<i>w</i>")
    stage.present()
    panel = select(stage, HOSTILE)
    assert panel.unit.name.text() == HOSTILE
    assert panel.unit.heading.title.whole == f"Unit {HOSTILE}"
    select(stage, pairs=((HOSTILE, "o1"),))
    assert panel.connection.name.text() == "<i>w</i>"
    for label in panel.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText
        assert "<b>" not in label.toolTip()


@pytest.mark.parametrize("name", [n for n in ACTIVATION_PARAMS if n not in GROUP_ACTIVATIONS])
def test_each_activation_shows_its_parameters_its_formula_and_its_curve(qtbot: QtBot, name) -> None:
    stage = on_stage(qtbot, Inspector(), mazur().change_unit("h1", activation=name))
    page = select(stage, "h1").unit
    visible = {key for key in page.params if page.rows[key].isVisible()}
    assert visible == set(ACTIVATION_PARAMS[name])
    assert page.activation.value == name
    assert page.formula.formula is not None
    assert page.plot.isVisible()


def test_a_parameter_is_edited_where_it_appears(stage: Stage) -> None:
    page = select(stage, "h1").unit
    choose(page.activation, "leaky_relu")
    type_into(page.params["alpha"], "1/5")
    enter(page.params["alpha"])
    assert stage.project.network.by_id["h1"].params == (("alpha", 0.2),)
    assert stage.texts == ["Set activation of h1 to leaky relu", "Set alpha of h1"]


def test_softmax_is_for_outputs_and_has_no_curve(stage: Stage) -> None:
    page = select(stage, "h1").unit
    item = page.activation.model().item(page.activation.findData("softmax"))
    assert not item.isEnabled()
    select(stage, "o1")
    assert item.isEnabled()
    choose(page.activation, "softmax")
    assert {u.activation for u in stage.project.network.outputs} == {"softmax"}
    assert not page.plot.isVisible()
    assert not page.h_prime.isVisible()


def test_a_step_says_that_it_has_no_derivative(qtbot: QtBot) -> None:
    stage = on_stage(qtbot, Inspector(), mazur().change_unit("h1", activation="step"))
    page = select(stage, "h1").unit
    assert "no derivative" in page.note.text()
    assert page.plot.curves is not None
    assert page.plot.curves.h_prime == ()


def test_a_bias_is_taken_away_given_back_and_frozen(stage: Stage) -> None:
    page = select(stage, "h1").unit
    tick(page.frozen)
    assert not stage.project.network.by_id["h1"].trainable
    tick(page.no_bias)
    assert stage.project.network.by_id["h1"].bias is None
    assert (page.bias.isEnabled(), page.bias.placeholderText()) == (False, "none")
    tick(page.no_bias)
    assert stage.project.network.by_id["h1"].bias == 0.0
    assert len(stage.texts) == 3


def test_combine_product_hides_the_bias(stage: Stage) -> None:
    page = select(stage, "h1").unit
    choose(page.combine, "product")
    assert stage.project.network.by_id["h1"].combine == "product"
    assert not page.rows["bias"].isVisible()


def test_a_refused_kind_comes_back(stage: Stage) -> None:
    page = select(stage, "h1").unit
    choose(page.kind, "input")
    assert "fed by i1" in stage.sentence
    assert page.kind.currentText() == "hidden"


def test_the_arrows_move_an_input_in_the_order_of_the_columns(stage: Stage) -> None:
    page = select(stage, "i2").unit
    assert page.position.text() == "2 of 2 inputs"
    assert not page.down.isEnabled()
    QTest.mouseClick(page.up, Qt.MouseButton.LeftButton)
    assert [u.id for u in stage.project.network.inputs] == ["i2", "i1"]
    assert (page.position.text(), page.up.isEnabled()) == ("1 of 2 inputs", False)


def test_weight_name_and_freezing_of_a_connection(stage: Stage) -> None:
    page = select(stage, pairs=(("h1", "o2"),)).connection
    type_into(page.weight, "0,75")
    enter(page.weight)
    type_into(page.name, "w7")
    stage.click_elsewhere()
    tick(page.frozen)
    connection = stage.project.network.by_ends["h1", "o2"]
    assert (connection.weight, connection.name, connection.trainable) == (0.75, "w7", False)
    assert len(stage.texts) == 3


def test_several_share_a_field_and_are_changed_in_one_edit(stage: Stage) -> None:
    page = select(stage, "i1", "h1", "o1", pairs=(("h1", "o1"), ("h1", "o2"))).several
    assert page.heading.title.whole == "3 units, 2 connections"
    assert page.activation.value == "logistic"
    assert (page.bias.value, page.bias.placeholderText()) == (None, "several")
    type_into(page.bias, "0.1")
    enter(page.bias)
    tick(page.freeze_weights)
    choose(page.activation, "tanh")
    known = stage.project.network.by_id
    assert (known["h1"].bias, known["o1"].bias, known["h2"].bias) == (0.1, 0.1, 0.35)
    assert {known["h1"].activation, known["o1"].activation} == {"tanh"}
    assert known["h2"].activation == "logistic"
    assert sum(not c.trainable for c in stage.project.network.connections) == 2
    assert len(stage.texts) == 3


def test_nothing_selected_shows_the_net(stage: Stage) -> None:
    panel = select(stage)
    rows = (panel.summary.units, panel.summary.connections, panel.summary.parameters)
    assert [shown(row) for row in rows] == [
        "6: 2 inputs, 2 hidden, 2 outputs",
        "8",
        "12: 8 weights, 4 biases",
    ]
    assert shown(panel.summary.loss) == "half squared error"
    assert "Select a unit" in panel.summary.hint.text()


def test_an_empty_document_says_how_to_begin(qtbot: QtBot) -> None:
    stage = on_stage(qtbot, Inspector(), Project(), run=False)
    stage.present(Moment(Project(), refusal="Not yet runnable: the net has no input."))
    assert isinstance(stage.panel, Inspector)
    assert "Double-click" in stage.panel.summary.hint.text()


def test_a_unit_that_was_deleted_gives_way_to_the_net(stage: Stage) -> None:
    panel = select(stage, "h1")
    stage.project = stage.project.remove({"h1"})
    stage.present()
    assert panel.summary.isVisible()


def test_showing_says_nothing(stage: Stage) -> None:
    select(stage, "h1")
    select(stage, pairs=(("h1", "o2"),))
    select(stage, "h1", "h2", pairs=(("h1", "o2"),))
    for project in (mazur().change_unit("h1", activation="elu"), Project(), mazur()):
        stage.project, stage.runs = project, bool(project.network.units)
        stage.present()
    assert stage.texts == []


@pytest.mark.parametrize("name", sorted(ACTIVATION_PARAMS))
def test_nothing_is_cut_in_the_side_panel(qtbot: QtBot, name: str) -> None:
    project = mazur()
    for unit_id in ("o1", "o2"):
        project = project.change_unit(unit_id, activation=name)
    stage = on_stage(qtbot, Inspector(), project, run=False)
    panel = select(stage, "o1")
    assert panel.minimumSizeHint().width() <= 360
    for label in panel.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            needed = label.fontMetrics().horizontalAdvance(label.text())
            assert needed <= label.width() + 1, label.text()


def test_a_closed_inspector_is_collected(qtbot: QtBot) -> None:
    panel = Inspector()
    panel.show_moment(Moment(mazur(), Run(mazur())))
    panel.select(units("h1"), frozenset())
    gone = weakref.ref(panel)
    panel.close()
    panel.deleteLater()
    del panel
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert gone() is None


def test_delta_shown_is_h_prime_times_dE_dz(stage: Stage) -> None:
    page = select(stage, "h2").unit
    stage.present(Moment(stage.project, Run(stage.project), digits=12))
    h_prime, dE_dz, delta = (float(shown(row)) for row in (page.h_prime, page.dE_dz, page.delta))
    assert math.isclose(h_prime * dE_dz, delta, abs_tol=1e-11)
