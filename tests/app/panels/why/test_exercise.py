"""Every number of a pass can be predicted, in any spelling, and the score is kept."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chainstep.app.panels.why.exercise import NUMBERS, ExerciseLens
from chainstep.app.settings import Settings
from chainstep.lessons.derivation import derive
from chainstep.stepping.formula.text import plain
from chainstep.stepping.numbers import format_number
from chainstep.stepping.run import Run
from tests.app.panels.moments import mazur

from .test_lenses import last, shown


def _click(widget: object) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def _type(lens: ExerciseLens, text: str) -> None:
    lens.asking.answer.setText(text)
    QTest.keyClick(lens.asking.answer, Qt.Key.Key_Return)


def test_every_number_of_the_pass_is_asked_for_in_its_order(qtbot: QtBot) -> None:
    lens = ExerciseLens()
    lights = shown(qtbot, lens, mazur())
    _click(lens.chips[NUMBERS])
    items = derive(Run(mazur()).trace).items
    wanted = [i for i in items if i.value is not None and i.step.part != "input"]
    for place, item in enumerate(wanted):
        assert f"{place} of {len(wanted)}" in lens.sentence.text
        assert lens.asking.item is not None
        assert plain(lens.asking.item.left) == plain(item.left)
        assert item.step.unit not in last(lights).values or item.step.part != "delta"
        _type(lens, format_number(item.value or 0.0).replace(".", ","))
        assert lens.asking.said.text.startswith("Right")
        if place + 1 < len(wanted):
            assert lens.next_button.isVisible()
            _click(lens.next_button)
    assert lens.score.text.startswith(f"{len(wanted)} of {len(wanted)} right")
    assert not lens.next_button.isVisible()


def test_a_number_not_known_yet_is_not_on_the_canvas(qtbot: QtBot) -> None:
    lens = ExerciseLens()
    lights = shown(qtbot, lens, mazur())
    _click(lens.chips[NUMBERS])
    assert last(lights).outputs.keys() == {"i1", "i2"}
    for _ in range(2):
        _click(lens.asking.show_button)
        _click(lens.next_button)
    assert last(lights).outputs.keys() == {"i1", "i2", "h1"}


def test_only_what_was_right_at_the_first_try_and_without_a_hint_counts(qtbot: QtBot) -> None:
    lens = ExerciseLens()
    shown(qtbot, lens, mazur())
    before = Settings().answers
    _click(lens.chips[NUMBERS])
    assert "thousandth" in lens.asking.rule.text
    _type(lens, "nonsense")  # is no try
    _type(lens, "151/400")
    _click(lens.next_button)
    _type(lens, "7")
    assert "Not quite" in lens.asking.said.text
    _type(lens, "0.5933")
    _click(lens.next_button)
    _click(lens.asking.hint_button)
    assert lens.asking.hint.isVisible()
    _type(lens, "0.3925")
    assert lens.score.text.startswith("1 of 3 right")
    asked, right = Settings().answers
    assert (asked - before[0], right - before[1]) == (3, 1)
