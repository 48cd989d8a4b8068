"""The two classic mistakes are made on purpose, and the right numbers stand beside the wrong."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chainstep.app.panels.why.traps import TrapsLens
from chainstep.files.examples import load_example
from chainstep.stepping.numbers import signed
from chainstep.stepping.why.mistakes import too_early, uncleared

from .test_lenses import shown


def test_mazurs_printed_error_is_named_as_what_the_mistake_makes(qtbot: QtBot) -> None:
    project = load_example("mazur_2_2_2")
    lens = TrapsLens()
    lights = shown(qtbot, lens, project)
    assert "0.291027774" in lens.verdict.text
    assert "0.291027924" in lens.verdict.text
    assert lens.source.text.startswith("The source of this example prints 0.291027924")
    found = too_early(project)
    right, wrong = found.right["i1", "h1"], found.wrong["i1", "h1"]
    assert ["w1", signed(right, 6), signed(wrong, 6), signed(wrong - right, 6)] in lens.table.texts
    assert len(lens.table.texts) == 4
    marks = lights[-1]
    assert marks is not None
    assert set(marks.tags) == {("i1", "h1"), ("i2", "h1"), ("i1", "h2"), ("i2", "h2")}


def test_gradients_not_cleared_are_drawn_beside_those_cleared(qtbot: QtBot) -> None:
    project = load_example("xor")
    lens = TrapsLens()
    shown(qtbot, lens, project)
    QTest.mouseClick(lens.chips["Not cleared"], Qt.MouseButton.LeftButton)
    found = uncleared(project, 40)
    assert f"{found.added[-1]:.4f}" in lens.verdict.text
    assert lens.chart.isVisible()
    assert not lens.table.isVisible()
    assert not lens.grab().isNull()


def test_a_net_too_large_to_train_twice_says_so(qtbot: QtBot) -> None:
    lens = TrapsLens()
    shown(qtbot, lens, load_example("digits"))
    QTest.mouseClick(lens.chips["Not cleared"], Qt.MouseButton.LeftButton)
    assert "too large" in lens.verdict.text


def test_where_no_weight_lies_behind_another_the_mistake_changes_nothing(qtbot: QtBot) -> None:
    lens = TrapsLens()
    shown(qtbot, lens, load_example("and"))
    assert "changes nothing" in lens.verdict.text
