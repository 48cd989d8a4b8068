"""Fields: what is taken, when, and what is said; real keys and clicks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.fields import NumberField, TextField, Tick, nudged
from tests.app.panels.stage import choose, enter, type_into


class Box(QWidget):
    """A field with another one beside it, and what it said."""

    def __init__(self, field: NumberField | TextField | Choice | Tick) -> None:
        super().__init__()
        self.field, self.other = field, QLineEdit()
        self.said: list[object] = []
        layout = QVBoxLayout(self)
        layout.addWidget(field)
        layout.addWidget(self.other)
        for name in ("committed", "chosen", "ticked"):
            if hasattr(field, name):
                getattr(field, name).connect(self.said.append)


@pytest.fixture
def boxed(qtbot: QtBot):
    def make(field: NumberField | TextField | Choice | Tick) -> Box:
        box = Box(field)
        qtbot.addWidget(box)
        with qtbot.waitExposed(box):
            box.show()
        box.activateWindow()
        qtbot.waitUntil(box.isActiveWindow)
        box.other.setFocus()
        return box

    return make


def number(value: float | None = 0.35, **kinds: object) -> NumberField:
    field = NumberField("A number.", **kinds)
    field.set_value(value)
    return field


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1/3", 1 / 3), ("0.5", 0.5), ("0,5", 0.5), ("-2", -2.0), ("−2", -2.0), ("1e-3", 0.001)],
)
def test_enter_commits_fractions_and_both_decimal_marks(boxed, typed: str, value: float) -> None:
    box = boxed(number())
    type_into(box.field, typed)
    assert box.said == []
    enter(box.field)
    assert box.said == [value]


def test_a_click_elsewhere_commits(boxed) -> None:
    box = boxed(number())
    type_into(box.field, "0,5")
    QTest.mouseClick(box.other, Qt.MouseButton.LeftButton)
    assert box.said == [0.5]
    assert box.field.text() == "0.5000"


def test_tab_commits_once(boxed) -> None:
    box = boxed(number())
    type_into(box.field, "2")
    enter(box.field)
    QTest.keyClick(box.field, Qt.Key.Key_Tab)
    assert box.said == [2.0]


def test_the_same_number_typed_again_says_nothing(boxed) -> None:
    box = boxed(number())
    type_into(box.field, "0.350")
    enter(box.field)
    QTest.mouseClick(box.other, Qt.MouseButton.LeftButton)
    assert box.said == []
    assert box.field.text() == "0.3500"


@pytest.mark.parametrize("typed", ["1/0", "word", "1/", "1e999", "nan", "inf", "1,000.5"])
def test_what_is_no_number_is_marked_with_its_sentence_and_never_committed(boxed, typed) -> None:
    box = boxed(number())
    type_into(box.field, typed)
    QTest.mouseClick(box.other, Qt.MouseButton.LeftButton)
    assert box.said == []
    assert box.field.invalid
    assert box.field.accessibleDescription() in box.field.toolTip().replace("&#x27;", "'")
    assert box.field.accessibleDescription().endswith(".")
    assert box.field.text() == typed


def test_a_mark_goes_when_the_text_is_mended(boxed) -> None:
    box = boxed(number())
    type_into(box.field, "1/")
    enter(box.field)
    assert box.field.invalid
    QTest.keyClicks(box.field, "4")
    assert not box.field.invalid
    assert box.field.toolTip() == "<span>A number.</span>"
    enter(box.field)
    assert box.said == [0.25]


def test_escape_restores_the_value_and_takes_the_mark_away(boxed) -> None:
    box = boxed(number())
    type_into(box.field, "x")
    enter(box.field)
    QTest.keyClick(box.field, Qt.Key.Key_Escape)
    assert (box.field.text(), box.field.invalid, box.said) == ("0.35", False, [])


def test_a_number_is_shown_at_its_digits_and_edited_in_full(boxed) -> None:
    box = boxed(number(0.1497807161327628))
    assert box.field.text() == "0.1498"
    box.field.setFocus()
    assert box.field.text() == "0.1497807161327628"
    assert box.field.selectedText() == box.field.text()
    box.other.setFocus()
    assert (box.field.text(), box.said) == ("0.1498", [])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_stands_in_a_field_reads_back_as_the_very_same_number(value: float) -> None:
    field = NumberField()
    field.set_value(value)
    assert field._read(field._full()) == value


def test_programmatic_values_say_nothing_and_leave_typing_alone(boxed) -> None:
    box = boxed(number())
    type_into(box.field, "0.7")
    box.field.set_value(0.1)
    assert (box.field.text(), box.said) == ("0.7", [])
    enter(box.field)
    box.field.set_value(0.2)
    assert (box.field.text(), box.said) == ("0.2", [0.7])


@pytest.mark.parametrize(
    ("value", "key", "result"),
    [
        (0.15, Qt.Key.Key_Up, 0.16),
        (0.15, Qt.Key.Key_Down, 0.14),
        (0.1497807161327628, Qt.Key.Key_Up, 0.1498807161327628),
        (0.0, Qt.Key.Key_Up, 0.1),
        (1.0, Qt.Key.Key_Down, 0.9),
        (1e-8, Qt.Key.Key_Up, 2e-8),
    ],
)
def test_arrows_nudge_the_last_digit_shown(boxed, value, key, result) -> None:
    box = boxed(number(value))
    box.field.setFocus()
    QTest.keyClick(box.field, key)
    assert box.said == [result]


@given(st.floats(-1e3, 1e3, allow_subnormal=False), st.integers(1, 10))
def test_a_nudge_up_is_more_and_a_nudge_down_is_less(value: float, digits: int) -> None:
    up = nudged(value, 1, digits)
    assert up > value
    assert nudged(value, -1, digits) < value


def test_whole_numbers_refuse_fractions_and_what_is_too_small(boxed) -> None:
    box = boxed(number(1, whole=True, least=1))
    for typed in ("2.5", "0", "-3", "1e300"):
        type_into(box.field, typed)
        enter(box.field)
        assert box.field.accessibleDescription() == "Write a whole number of at least 1."
        QTest.keyClick(box.field, Qt.Key.Key_Escape)
    QTest.keyClick(box.field, Qt.Key.Key_Down)
    assert box.said == []
    QTest.keyClick(box.field, Qt.Key.Key_Up)
    assert box.said == [2.0]


def test_a_trimmed_number_shows_no_needless_zeros(boxed) -> None:
    shown = {0.5: "0.5", 0.999: "0.999", 1.0: "1", 1e-8: "1×10⁻⁸", 1 / 6: "0.1667", 100.0: "100"}
    for value, text in shown.items():
        assert number(value, trimmed=True).text() == text


def test_an_empty_field_without_a_number_is_no_edit(boxed) -> None:
    box = boxed(number(None))
    type_into(box.field, "4")
    QTest.keyClick(box.field, Qt.Key.Key_Backspace)
    enter(box.field)
    assert (box.said, box.field.invalid) == ([], False)


def test_a_context_menu_does_not_commit(boxed) -> None:
    box = boxed(number())
    type_into(box.field, "0.7")
    box.field.clearFocus()
    assert box.said == [0.7]
    type_into(box.field, "0.8")
    leaves = QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.PopupFocusReason)
    QApplication.sendEvent(box.field, leaves)
    assert box.said == [0.7]
    assert box.field.text() == "0.8"


def test_a_name_is_taken_as_it_was_typed(boxed) -> None:
    field = TextField("A name.")
    field.set_value("h1")
    box = boxed(field)
    type_into(field, "<b>x</b> & y")
    enter(field)
    assert box.said == ["<b>x</b> & y"]


def wheel(widget: QWidget) -> bool:
    """Turn the wheel over a widget; tell whether it kept the event."""
    centre = QPointF(widget.rect().center())
    none = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase)
    turn = QPoint(0, -120)
    event = QWheelEvent(centre, widget.mapToGlobal(centre), QPoint(), turn, *none, False)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("focused", [False, True])
def test_the_wheel_never_changes_a_choice(boxed, focused: bool) -> None:
    choice = Choice([Option("a", "A"), Option("b", "B")])
    choice.set_value("a")
    box = boxed(choice)
    if focused:
        choice.setFocus()
    assert not wheel(choice)
    assert (choice.value, box.said) == ("a", [])


def test_a_choice_says_what_the_user_chose_and_only_that(boxed) -> None:
    choice = Choice(["Letters", Option("a", "A"), Option("b", "B", "The second.")])
    choice.set_value("b")
    assert choice.toolTip() == "<span>The second.</span>"
    choice.set_value("a")
    box = boxed(choice)
    choose(choice, "b")
    choose(choice, "b")
    assert box.said == ["b"]


def test_a_choice_of_differing_values_shows_several() -> None:
    choice = Choice([Option("a", "A")])
    choice.set_value(None)
    assert (choice.currentIndex(), choice.placeholderText()) == (-1, "several")


def test_the_keyboard_cannot_reach_a_heading_or_what_is_not_allowed(boxed) -> None:
    choice = Choice([Option("a", "A"), "More", Option("b", "B"), Option("c", "C")])
    choice.set_allowed("b", False, "Not now.")
    choice.set_value("a")
    box = boxed(choice)
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    assert box.said == ["c"]


def test_a_tick_over_differing_values_sets_them_all(boxed) -> None:
    tick = Tick("frozen")
    tick.set_value(None)
    assert tick.checkState() is Qt.CheckState.PartiallyChecked
    box = boxed(tick)
    QTest.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(8, tick.height() // 2))
    QTest.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(8, tick.height() // 2))
    assert box.said == [True, False]


def test_where_nothing_was_typed_undo_leaves_the_number_alone(boxed) -> None:
    box = boxed(number(0.5))
    type_into(box.field, "0.25")
    enter(box.field)
    for key in (Qt.Key.Key_Z, Qt.Key.Key_Y):
        QTest.keyClick(box.field, key, Qt.KeyboardModifier.ControlModifier)
    assert (box.field.text(), box.field.typing) == ("0.25", False)
    box.other.setFocus()
    assert box.said == [0.25]
