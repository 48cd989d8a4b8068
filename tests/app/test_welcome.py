"""The invitation and the empty state: seen, closed, and never in the mouse's way."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app.bars.welcome import EMPTY, INVITATION, Empty, Invitation
from chainstep.app.look import theme
from tests.app.bars import HOSTILE, colours, is_collected, shown

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, "light")
    yield
    theme.apply(qapp, "light")


class Canvas(QWidget):
    """Counts the presses that reach it."""

    def __init__(self) -> None:
        super().__init__()
        self.presses = 0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.presses += 1


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas()
    shown(qtbot, canvas, 848, 506)
    return canvas


def press(qtbot: QtBot, canvas: QWidget, point: QPoint) -> None:
    """Press what the mouse would hit at a point."""
    hit = canvas.childAt(point) or canvas
    qtbot.mouseClick(hit, LEFT, pos=hit.mapFrom(canvas, point))


def test_the_invitation_names_both_keys_and_is_readable_aloud(canvas: Canvas) -> None:
    invitation = Invitation(canvas)
    assert invitation.isVisible()
    assert invitation.accessibleName() == INVITATION
    assert "F11" in INVITATION
    assert "F5" in INVITATION
    assert invitation.close_button.accessibleName() == "Close invitation"


def test_the_cross_closes_it(qtbot: QtBot, canvas: Canvas) -> None:
    invitation = Invitation(canvas)
    press(qtbot, canvas, invitation.close_button.geometry().center())
    assert not invitation.isVisible()
    assert not invitation.close_button.isVisible()
    assert canvas.presses == 0


def test_the_cross_answers_to_the_keyboard(qtbot: QtBot, canvas: Canvas) -> None:
    invitation = Invitation(canvas)
    invitation.close_button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(invitation.close_button, Qt.Key.Key_Space)
    assert not invitation.isVisible()


def test_a_press_on_the_card_reaches_the_canvas(qtbot: QtBot, canvas: Canvas) -> None:
    invitation = Invitation(canvas)
    press(qtbot, canvas, invitation.geometry().center())
    assert canvas.presses == 1


@pytest.mark.parametrize("edge", ["top", "bottom"])
def test_it_keeps_its_edge_and_stays_on_the_canvas(qtbot: QtBot, canvas: Canvas, edge: str) -> None:
    invitation = Invitation(canvas, edge="top" if edge == "top" else "bottom", distance=70)
    for width in (1200, 848, 592, 360):
        canvas.resize(width, 506)
        qtbot.waitUntil(lambda width=width: canvas.width() == width)
        box = invitation.geometry()
        assert canvas.rect().contains(box), width
        assert box.contains(invitation.close_button.geometry()), width
        assert abs(box.center().x() - canvas.rect().center().x()) <= 1
        gap = box.top() if edge == "top" else canvas.height() - box.bottom() - 1
        assert gap == 70


def test_a_narrow_canvas_breaks_the_sentence_into_lines(qtbot: QtBot, canvas: Canvas) -> None:
    invitation = Invitation(canvas)
    one = invitation.height()
    canvas.resize(420, 506)
    qtbot.waitUntil(lambda: invitation.height() > one)


def test_a_hostile_text_is_shown_letter_by_letter(canvas: Canvas) -> None:
    plain = Invitation(canvas, "x")
    width = plain.width()
    plain.dismiss()
    assert Invitation(canvas, HOSTILE).width() > width + 200


def test_an_empty_canvas_says_how_to_begin(qtbot: QtBot, canvas: Canvas) -> None:
    empty = Empty(canvas)
    assert not empty.isVisible()
    empty.set_visible(True)
    assert (empty.text, empty.accessibleName()) == (EMPTY, EMPTY)
    assert theme.LIGHT.muted.name() in colours(empty)
    canvas.resize(500, 400)
    qtbot.waitUntil(lambda: empty.size() == canvas.size())
    empty.set_visible(False)
    assert not empty.isVisible()


def test_an_empty_canvas_can_be_clicked(qtbot: QtBot, canvas: Canvas) -> None:
    Empty(canvas).set_visible(True)
    press(qtbot, canvas, canvas.rect().center())
    assert canvas.presses == 1


def test_both_follow_the_theme(qapp: QApplication, canvas: Canvas) -> None:
    invitation = Invitation(canvas)
    theme.apply(qapp, "dark")
    assert {theme.DARK.surface.name(), theme.DARK.text.name()} <= colours(invitation)


def test_both_are_collected_after_their_window_closes(qtbot: QtBot) -> None:
    def make() -> Canvas:
        canvas = Canvas()
        Invitation(canvas)
        Empty(canvas).set_visible(True)
        return canvas

    assert is_collected(make)
