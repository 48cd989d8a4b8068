"""The chain-rule panel: its words, its signals and how it is drawn."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.panels.chain_rule.panel import ChainRulePanel
from chainstep.app.panels.chain_rule.term_lines import TERM
from chainstep.stepping.explain.explained import Term
from chainstep.stepping.run import Run
from tests.app.panels import moments as m
from tests.app.panels.chain_rule.stage import SIDE_PANEL, click, kinds, shown


def move_to(widget: QWidget, place: QPoint) -> None:
    """Move a pointer there that does not depend on where the machine's own one is."""
    none, at = Qt.MouseButton.NoButton, place.toPointF()
    keys = Qt.KeyboardModifier.NoModifier
    there = widget.mapToGlobal(at)
    QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, at, there, none, none, keys))


# --- signals -------------------------------------------------------------------------------------


def test_a_click_on_a_row_says_which_term_it_is(qtbot: QtBot, panel: ChainRulePanel) -> None:
    shown(panel, m.at(m.mazur(), unit="h1", part="delta"))
    with qtbot.waitSignal(panel.term_clicked) as heard:
        click(qtbot, panel, 1)
    assert heard.args[0].ends == ("h1", "o2")


def test_a_click_on_the_total_is_none(qtbot: QtBot, panel: ChainRulePanel) -> None:
    shown(panel, m.at(m.mazur(), unit="h1", part="delta"))
    with qtbot.assertNotEmitted(panel.term_clicked):
        click(qtbot, panel, 2)


def test_the_number_in_the_formula_is_the_same_term_as_its_row(
    qtbot: QtBot, panel: ChainRulePanel
) -> None:
    shown(panel, m.at(m.mazur(), unit="h1", part="delta"))
    numbers = panel.formulas[1]
    place = next(
        QPoint(x, numbers.height() // 2)
        for x in range(numbers.width())
        if numbers.tag_at(QPoint(x, numbers.height() // 2).toPointF()) == "term:o2"
    )
    with qtbot.waitSignal(panel.term_clicked) as heard:
        qtbot.mouseClick(numbers, Qt.MouseButton.LeftButton, pos=place)
    assert heard.args[0].ends == ("h1", "o2")
    assert panel.rows.lit == 1


def test_the_pointer_on_a_row_says_which_term_and_when_it_has_left(
    panel: ChainRulePanel,
) -> None:
    shown(panel, m.at(m.mazur(), unit="h1", part="delta"))
    heard: list[Term | None] = []
    panel.term_hovered.connect(heard.append)
    for number in (0, 2):
        move_to(panel.rows, panel.rows.row_rect(number).center())
    assert [term.label if term else None for term in heard] == ["o1", None]


def test_the_arrows_go_through_the_rows_and_enter_clicks(
    qtbot: QtBot, panel: ChainRulePanel
) -> None:
    shown(panel, m.at(m.mazur(), unit="h1", part="delta"))
    heard: list[Term] = []
    panel.term_clicked.connect(heard.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(panel.rows, key)
    qtbot.keyClick(panel.rows, Qt.Key.Key_Down)
    qtbot.keyClick(panel.rows, Qt.Key.Key_Return)
    assert [term.label for term in heard] == ["o1", "o2", "o2"]


def test_lighting_scrolls_to_the_row(qtbot: QtBot) -> None:
    area, panel = QScrollArea(), ChainRulePanel()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.setWidget(panel)
    area.resize(SIDE_PANEL, 300)
    area.show()
    panel.show_moment(m.at(m.fan(16), unit="h1", part="delta"))
    panel.light(("h1", "o9"))

    def row_is_in_view() -> None:
        assert panel.rows.lit is not None
        middle = panel.rows.row_rect(panel.rows.lit).center()
        assert area.viewport().rect().contains(panel.rows.mapTo(area.viewport(), middle))

    qtbot.waitUntil(lambda: panel.rows.height() > 400)
    panel.light(None)
    area.verticalScrollBar().setValue(0)
    panel.light(("h1", [row.label for row in kinds(panel, TERM)][-1]))
    qtbot.waitUntil(row_is_in_view)  # type: ignore[arg-type]
    assert area.verticalScrollBar().value() > 0


# --- words ---------------------------------------------------------------------------------------


def test_a_screen_reader_hears_each_step_once(
    monkeypatch: pytest.MonkeyPatch, panel: ChainRulePanel
) -> None:
    said: list[str] = []

    def hear(event: object) -> None:
        assert isinstance(event, QAccessibleAnnouncementEvent)
        said.append(event.message())

    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    first, second = (m.at(m.mazur(), unit="h1", phase="backward", nth=n) for n in (1, 2))
    shown(panel, first)
    said.clear()
    for moment in (second, second, first):
        panel.show_moment(moment)
    assert second.explanation is not None
    assert first.explanation is not None
    assert said == [second.explanation.spoken, first.explanation.spoken]
    assert panel.accessibleName() == first.explanation.spoken


def test_a_net_that_cannot_run_yet_says_why_and_what_to_do(panel: ChainRulePanel) -> None:
    refusal = "Not yet runnable: the net has no output."
    panel.show_moment(Moment(m.mazur(), refusal=refusal))
    title, _, sentence, remedy = panel.words
    assert (title, sentence) == ("Not yet runnable", "The net has no output.")
    assert "canvas" in remedy
    assert panel.rows.lines == ()


def test_a_refusal_that_begins_with_a_units_name_keeps_it_as_it_is(panel: ChainRulePanel) -> None:
    panel.show_moment(Moment(m.mazur(), refusal="h1 is softmax, which only outputs can be."))
    assert panel.words[2] == "h1 is softmax, which only outputs can be."


def test_training_at_full_speed_shows_epoch_and_error(panel: ChainRulePanel) -> None:
    run = Run(m.mazur())
    run.train(1_500)
    panel.show_moment(Moment(m.mazur(), run, training=True))
    title, _, sentence, _ = panel.words
    assert title == "Training"
    assert "1,500" in sentence
    assert "E = " in sentence
    assert panel.rows.lines == ()


def test_without_a_backward_pass_every_step_says_why(panel: ChainRulePanel) -> None:
    panel.show_moment(m.at(m.forward_only(), unit="h1", part="activate"))
    assert "a step has no derivative" in panel.words[3]


def test_a_run_that_broke_down_says_what_happened(panel: ChainRulePanel) -> None:
    panel.show_moment(Moment(m.mazur(), Run(m.mazur()), refusal="h1 overflowed at epoch 3."))
    assert panel.words[2] == "h1 overflowed at epoch 3."


def test_hostile_names_are_text_and_never_widen_the_panel(panel: ChainRulePanel) -> None:
    for moment in m.moments(m.hostile()):
        shown(panel, moment)
        assert panel.minimumSizeHint().width() <= SIDE_PANEL
        for label in panel.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText
    panel.show_moment(m.at(m.hostile(), unit="line\nbreak", part="delta"))
    assert {row.label for row in kinds(panel, TERM)} == set(m.HOSTILE[3:])


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("net", m.NETS)
def test_every_step_of_every_net_is_drawn_without_a_word(
    qapp: QApplication, panel: ChainRulePanel, net: str, mode: theme.Mode
) -> None:
    theme.apply(qapp, mode)
    try:
        for digits in (4, 12):
            for moment in m.moments(m.NETS[net](), digits):
                panel.show_moment(moment)
                assert not panel.grab().isNull()
    finally:
        theme.apply(qapp, "light")


def test_the_same_moment_again_changes_nothing(panel: ChainRulePanel) -> None:
    moment = m.at(m.mazur(), unit="h1", part="delta")
    shown(panel, moment)
    before = panel.grab().toImage()
    panel.show_moment(replace(moment))
    assert panel.grab().toImage() == before
