"""Chips: they wear an action, answer to mouse and keys, and follow the theme."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAction, QEnterEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.look import plain, theme
from chainstep.app.look.chips import Chip
from chainstep.app.look.theme import DARK, LIGHT
from tests.app.bars import HOSTILE, Host, colours, is_collected, shown

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, "light")
    yield
    theme.apply(qapp, "light")


@pytest.fixture
def host(qtbot: QtBot) -> Host:
    host = Host()
    qtbot.addWidget(host)
    return host


def place(qtbot: QtBot, host: Host, *chips: Chip) -> None:
    for chip in chips:
        host.column.addWidget(chip)
    shown(qtbot, host, 300, 120)


def test_a_chip_wears_the_words_the_key_and_the_tip_of_its_action(host: Host) -> None:
    chip = Chip.for_action(host.commands["step_term"], parent=host)
    assert (chip.label, chip.key, chip.accessibleName()) == ("Term", "F11", "Term")
    assert chip.toolTip() == chip.accessibleDescription() == "One term of the sum (F11)"


def test_a_chip_without_a_word_is_still_named(host: Host) -> None:
    chip = Chip.for_action(host.commands["step_back"], "", parent=host)
    assert (chip.label, chip.key, chip.accessibleName()) == ("", "Alt ←", "Back")
    assert chip.icon_name == "step-back"


def test_a_tip_that_lacks_the_key_gets_it(host: Host) -> None:
    action = host.commands["step_term"]
    action.setToolTip("One term")
    assert Chip.for_action(action, parent=host).toolTip() == "One term (F11)"


def test_a_chip_follows_its_action(host: Host) -> None:
    action = host.commands["tool_add"]
    chip = Chip.for_action(action, parent=host)
    action.setEnabled(False)
    action.setText("Other")
    action.setChecked(True)
    assert not chip.isEnabled()
    assert chip.isChecked()
    assert (chip.label, chip.accessibleName()) == ("Other", "Other")


def test_a_click_triggers_the_action_once(qtbot: QtBot, host: Host) -> None:
    chip = Chip.for_action(host.commands["step_unit"], parent=host)
    place(qtbot, host, chip)
    qtbot.mouseClick(chip, LEFT)
    assert host.said == ["step_unit"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_a_chip_is_pressed_by_keys(qtbot: QtBot, host: Host, key: Qt.Key) -> None:
    chip = Chip.for_action(host.commands["step_unit"], parent=host)
    place(qtbot, host, chip)
    chip.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(chip, key)
    assert host.said == ["step_unit"]


def test_a_disabled_action_is_not_triggered(qtbot: QtBot, host: Host) -> None:
    chip = Chip.for_action(host.commands["step_unit"], parent=host)
    place(qtbot, host, chip)
    host.commands["step_unit"].setEnabled(False)
    qtbot.mouseClick(chip, LEFT)
    assert host.said == []


def test_a_click_leaves_the_focus_where_it_was_and_tab_brings_it(qtbot: QtBot, host: Host) -> None:
    first, second = Chip("One", parent=host), Chip("Two", parent=host)
    place(qtbot, host, first, second)
    first.setFocus()
    qtbot.mouseClick(second, LEFT)
    assert first.hasFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()


def test_a_ring_shows_for_a_focus_that_a_key_brought(qtbot: QtBot, host: Host) -> None:
    chip = Chip("One", parent=host)
    place(qtbot, host, chip, Chip("Two", parent=host))
    chip.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
    assert LIGHT.accent.name() not in colours(chip)
    chip.clearFocus()
    chip.setFocus(Qt.FocusReason.TabFocusReason)
    assert LIGHT.accent.name() in colours(chip)


def test_a_deleted_action_leaves_a_chip_that_does_nothing(qtbot: QtBot, host: Host) -> None:
    action = QAction("Gone", host)
    chip = Chip.for_action(action, parent=host)
    place(qtbot, host, chip)
    action.deleteLater()
    qtbot.waitUntil(lambda: chip.action is None)
    chip.click()
    assert not chip.isEnabled()


def test_a_hostile_text_is_shown_letter_by_letter(host: Host) -> None:
    action = QAction(host)
    action.setIconText(HOSTILE)
    action.setToolTip(HOSTILE)
    chip = Chip.for_action(action, parent=host)
    assert chip.label == HOSTILE
    assert chip.text() == ""
    assert chip.toolTip().startswith("<qt>&lt;b&gt;x&lt;/b&gt; &amp;amp;")


def test_a_tip_without_markup_is_left_alone() -> None:
    assert plain.tip("a > b") == "a > b"


def test_a_very_long_word_is_cut(host: Host) -> None:
    assert Chip("x" * 500, parent=host).sizeHint().width() < 260


def test_a_chip_gives_its_key_away_for_room(host: Host) -> None:
    chip = Chip.for_action(host.commands["step_term"], parent=host)
    full = chip.sizeHint().width()
    chip.show_key(False)
    assert chip.key == ""
    assert chip.sizeHint().width() < full == chip.width_with(True)


def test_a_reserved_word_keeps_the_width(host: Host) -> None:
    chip = Chip("Train", parent=host)
    chip.reserve("Train", "Pause")
    width = chip.sizeHint().width()
    chip.set_label("Pause")
    assert chip.sizeHint().width() == width


@pytest.mark.parametrize("worn", [LIGHT, DARK], ids=lambda worn: worn.name)
def test_each_look_has_its_ground(qapp: QApplication, qtbot: QtBot, worn: theme.Theme) -> None:
    host = Host()
    theme.apply(qapp, worn.name)
    soft, primary = Chip("One", look="soft", parent=host), Chip("Two", look="primary", parent=host)
    place(qtbot, host, soft, primary)
    assert worn.faint.name() in colours(soft)
    assert worn.accent.name() in colours(primary)
    primary.setEnabled(False)
    assert worn.accent.name() not in colours(primary)
    assert worn.disabled.name() in colours(primary)


def test_a_change_of_theme_repaints(qapp: QApplication, qtbot: QtBot, host: Host) -> None:
    chip = Chip("One", look="primary", parent=host)
    place(qtbot, host, chip)
    theme.apply(qapp, "dark")
    assert DARK.accent.name() in colours(chip)


def test_pressing_and_hovering_change_the_ground(qtbot: QtBot, host: Host) -> None:
    chip = Chip("One", parent=host)
    place(qtbot, host, chip)
    assert LIGHT.hover.name() not in colours(chip)
    middle = QPointF(chip.rect().center())
    QApplication.sendEvent(chip, QEnterEvent(middle, middle, middle))
    assert LIGHT.hover.name() in colours(chip)
    chip.setDown(True)
    assert LIGHT.selection.name() in colours(chip)


def test_a_chip_is_crisp_on_a_fine_screen(qtbot: QtBot, host: Host) -> None:
    chip = Chip(icon="play", look="tool", parent=host)
    place(qtbot, host, chip)
    image = QImage(chip.size() * 2, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(2)
    image.fill(LIGHT.surface)
    painter = QPainter(image)
    chip.render(painter, QPoint())
    painter.end()
    assert image.deviceIndependentSize().toSize() == QSize(34, 34)
    assert image.pixelColor(33, 34) == LIGHT.muted


def test_a_chip_is_collected_after_its_window_closes(qtbot: QtBot) -> None:
    def make() -> Host:
        host = Host()
        host.column.addWidget(Chip.for_action(host.commands["step_term"], parent=host))
        return host

    assert is_collected(make)
