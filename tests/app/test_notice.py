"""The notice bar: one calm line, a queue, buttons, Esc, and what a screen reader hears."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from chainstep.app.bars.notice import Kind, NoticeBar
from chainstep.app.look import theme
from chainstep.app.look.chips import Chip
from tests.app.bars import HOSTILE, Host, is_collected, shown
from tests.app.journey import Driver

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, "light")
    yield
    theme.apply(qapp, "light")


class Listener:
    """Notes in which state the bar was when a button called."""

    def __init__(self, bar: NoticeBar) -> None:
        self.bar = bar
        self.heard: list[tuple[str, str]] = []

    def restore(self) -> None:
        self.heard.append(("restore", self.bar.text))

    def discard(self) -> None:
        self.heard.append(("discard", self.bar.text))

    def ask_again(self) -> None:
        self.bar.say("Really?", buttons=[("Yes", self.restore)])


def make_host() -> tuple[Host, NoticeBar]:
    host = Host()
    bar = NoticeBar(host)
    host.column.addWidget(bar)
    host.column.addWidget(QLineEdit(host))
    host.column.addStretch(1)
    return host, bar


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[NoticeBar]:
    host, bar = make_host()
    shown(qtbot, host, 900, 300)
    yield bar
    host.close()


def buttons(bar: NoticeBar) -> dict[str, Chip]:
    chips = bar.findChildren(Chip)
    return {chip.accessibleName(): chip for chip in chips if chip.isVisible()}


def test_there_is_no_bar_without_a_notice(bar: NoticeBar) -> None:
    assert not bar.isVisible()
    assert (bar.text, bar.kind) == ("", None)


def test_a_notice_is_shown_and_closed_with_its_cross(qtbot: QtBot, bar: NoticeBar) -> None:
    bar.say("The file changed on disk.", "warning")
    assert bar.isVisible()
    assert (bar.text, bar.kind) == ("The file changed on disk.", "warning")
    qtbot.mouseClick(buttons(bar)["Close notice"], LEFT)
    assert not bar.isVisible()
    assert (bar.text, bar.kind) == ("", None)


def test_a_button_closes_the_notice_and_calls_once(qtbot: QtBot, bar: NoticeBar) -> None:
    listener = Listener(bar)
    bar.say("A copy", buttons=[("Restore", listener.restore), ("Discard", listener.discard)])
    assert list(buttons(bar)) == ["Restore", "Discard", "Close notice"]
    discard = buttons(bar)["Discard"]
    qtbot.mouseClick(discard, LEFT)
    discard.click()
    assert listener.heard == [("discard", "")]


def test_a_button_may_say_the_next_notice(qtbot: QtBot, bar: NoticeBar) -> None:
    listener = Listener(bar)
    bar.say("Delete it?", buttons=[("Delete", listener.ask_again)])
    qtbot.mouseClick(buttons(bar)["Delete"], LEFT)
    assert bar.text == "Really?"
    qtbot.mouseClick(buttons(bar)["Yes"], LEFT)
    assert listener.heard == [("restore", "")]


def test_notices_wait_their_turn(bar: NoticeBar) -> None:
    for text in ("one", "two", "three"):
        bar.say(text)
    assert (bar.text, bar.waiting) == ("one", 2)
    bar.dismiss()
    assert (bar.text, bar.waiting) == ("two", 1)
    bar.clear()
    assert (bar.text, bar.waiting, bar.isVisible()) == ("", 0, False)


def test_the_same_notice_is_not_said_twice(bar: NoticeBar) -> None:
    for text in ("one", "two", "one", "two"):
        bar.say(text)
    assert bar.waiting == 1
    bar.clear()
    bar.say("one")
    assert bar.text == "one"


def test_a_notice_with_a_time_goes_by_itself_and_one_without_stays(
    qtbot: QtBot, bar: NoticeBar
) -> None:
    bar.say("brief", timeout_ms=20)
    bar.say("lasting")
    qtbot.waitUntil(lambda: bar.text == "lasting", timeout=2000)
    qtbot.wait(60)
    assert bar.text == "lasting"


def test_esc_closes_from_anywhere_unless_someone_else_takes_it(
    qtbot: QtBot, bar: NoticeBar
) -> None:
    field = bar.window().findChild(QLineEdit)
    bar.say("one")
    bar.say("two")
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert bar.text == "two"
    close = buttons(bar)["Close notice"]
    close.setFocus()
    qtbot.keyClick(close, Qt.Key.Key_Escape)
    assert bar.text == ""


def test_a_notice_takes_no_focus(bar: NoticeBar) -> None:
    field = bar.window().findChild(QLineEdit)
    field.setFocus()
    bar.say("one", "error", [("Again", bar.clear)])
    assert field.hasFocus()


def test_a_hostile_text_is_shown_letter_by_letter(bar: NoticeBar) -> None:
    bar.say(HOSTILE, buttons=[(HOSTILE, bar.clear)])
    label = next(found for found in bar.findChildren(QLabel) if found.text())
    assert (label.text(), label.textFormat()) == (HOSTILE, Qt.TextFormat.PlainText)
    assert HOSTILE in buttons(bar)


def test_a_long_text_wraps_and_nothing_is_cut_or_overlaps(bar: NoticeBar) -> None:
    bar.say("one")
    low = bar.height()
    bar.say("word " * 80, "error", [("Again", bar.clear), ("Leave it", bar.clear)])
    bar.dismiss()
    label = next(found for found in bar.findChildren(QLabel) if found.text())
    assert bar.height() > low == 44
    assert label.heightForWidth(label.width()) <= label.height() < bar.height()
    assert label.geometry().right() < buttons(bar)["Again"].x()
    assert bar.rect().contains(label.geometry())


def test_a_word_without_end_does_not_push_the_buttons_out(bar: NoticeBar) -> None:
    bar.say("x" * 2000, buttons=[("Again", bar.clear)])
    for chip in buttons(bar).values():
        assert bar.rect().contains(chip.geometry())


def test_each_kind_has_its_own_colour(qapp: QApplication, bar: NoticeBar) -> None:
    seen = set()
    kinds: tuple[Kind, ...] = ("info", "warning", "error")
    for mode in theme.MODES[:2]:
        theme.apply(qapp, mode)
        for kind in kinds:
            bar.say(kind, kind)
            seen.add(bar.grab().toImage().pixelColor(2, 2).name())
            bar.clear()
    assert len(seen) == 6


def test_a_screen_reader_hears_it_and_an_error_at_once(
    bar: NoticeBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, QAccessible.AnnouncementPoliteness]] = []

    def hear(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            heard.append((event.message(), event.politeness()))

    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    bar.say("The file changed.")
    bar.say("The folder cannot be written.", "error")
    bar.dismiss()
    politeness = QAccessible.AnnouncementPoliteness
    assert heard == [
        ("The file changed.", politeness.Polite),
        ("Error: The folder cannot be written.", politeness.Assertive),
    ]


def test_three_buttons_are_a_mistake(bar: NoticeBar) -> None:
    with pytest.raises(ValueError, match="two"):
        bar.say("x", buttons=[("a", bar.clear)] * 3)


def test_a_notice_bar_is_collected_after_its_window_closes(qtbot: QtBot) -> None:
    def make() -> Host:
        host, bar = make_host()
        bar.say("one", buttons=[("Go", bar.clear)])
        QPushButton("x", host)
        return host

    assert is_collected(make)


def test_a_notice_leaves_the_canvas_where_it_is(driver: Driver) -> None:
    view, notices = driver.parts.view, driver.window.notices
    before = view.geometry()
    notices.say("The file has changed on disk.", "warning")
    QApplication.processEvents()
    assert view.geometry() == before
    area = driver.parts.area
    assert notices.width() == area.width()
    assert area.childAt(area.width() // 2, 10) in (notices, *notices.children())
