"""The tool strip: one tool at a time, and the menu of the add tool."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from chainstep.app.bars.tool_strip import TOOLS, VIEWS, WIDTH, CornerChip, ToolStrip
from tests.app.bars import Host, is_collected, shown

LEFT = Qt.MouseButton.LeftButton


def make_host() -> tuple[Host, ToolStrip]:
    host = Host()
    strip = ToolStrip(host.commands, host)
    host.column.addWidget(strip)
    return host, strip


@pytest.fixture
def placed(qtbot: QtBot) -> tuple[Host, ToolStrip]:
    host, strip = make_host()
    shown(qtbot, host, 300, 420)
    return host, strip


def chosen(host: Host) -> list[str]:
    return [name for name in TOOLS if host.commands[name].isChecked()]


def add_chip(strip: ToolStrip) -> CornerChip:
    chip = strip.chips["tool_add"]
    assert isinstance(chip, CornerChip)
    return chip


def test_every_chip_triggers_its_command(qtbot: QtBot, placed: tuple[Host, ToolStrip]) -> None:
    host, strip = placed
    for chip in strip.chips.values():
        qtbot.mouseClick(chip, LEFT)
    assert host.said == [*TOOLS, *VIEWS]
    assert strip.width() == WIDTH == 48


def test_one_tool_is_chosen_at_a_time(qtbot: QtBot, placed: tuple[Host, ToolStrip]) -> None:
    host, strip = placed
    assert chosen(host) == ["tool_select"]
    qtbot.mouseClick(strip.chips["tool_connect"], LEFT)
    assert chosen(host) == ["tool_connect"]
    assert [name for name in TOOLS if strip.chips[name].isChecked()] == ["tool_connect"]


def test_a_second_click_keeps_a_tool(qtbot: QtBot, placed: tuple[Host, ToolStrip]) -> None:
    host, strip = placed
    for _ in range(2):
        qtbot.mouseClick(strip.chips["tool_connect"], LEFT)
    assert chosen(host) == ["tool_connect"]
    assert strip.chips["tool_connect"].isChecked()


def test_every_chip_is_named(placed: tuple[Host, ToolStrip]) -> None:
    host, strip = placed
    for name, chip in strip.chips.items():
        assert chip.accessibleName() == host.commands[name].iconText() != ""


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_corner_opens_the_menu_of_kinds(qtbot: QtBot, placed: tuple[Host, ToolStrip]) -> None:
    host, strip = placed
    chip = add_chip(strip)
    qtbot.mousePress(chip, LEFT, pos=QPoint(30, 30))
    assert chip.menu.isVisible()
    assert [action.text() for action in chip.menu.actions()] == [
        "Input unit",
        "Hidden unit",
        "Output unit",
    ]
    chip.menu.close()
    assert host.said == []


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_long_press_and_alt_down_open_the_menu(
    qtbot: QtBot, placed: tuple[Host, ToolStrip]
) -> None:
    _, strip = placed
    chip = add_chip(strip)
    qtbot.mousePress(chip, LEFT, pos=QPoint(10, 10))
    qtbot.waitUntil(chip.menu.isVisible, timeout=2000)
    chip.menu.close()
    chip.setFocus()
    qtbot.keyClick(chip, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert chip.menu.isVisible()
    chip.menu.close()


def test_a_kind_from_the_menu_chooses_the_tool(
    qtbot: QtBot, placed: tuple[Host, ToolStrip]
) -> None:
    host, strip = placed
    action = add_chip(strip).menu.actions()[2]
    with qtbot.waitSignal(strip.kind_chosen) as heard:
        action.trigger()
    assert heard.args == ["output"]
    assert (strip.kind, chosen(host)) == ("output", ["tool_add"])
    with qtbot.waitSignal(strip.kind_chosen) as heard:
        action.trigger()
    assert (heard.args, strip.kind) == ([""], "")


def test_an_unknown_kind_is_a_mistake(placed: tuple[Host, ToolStrip]) -> None:
    with pytest.raises(ValueError, match="bias"):
        placed[1].choose_kind("bias")


def test_a_short_window_still_shows_every_tool(qtbot: QtBot) -> None:
    host, strip = make_host()
    shown(qtbot, host, 300, strip.minimumSizeHint().height())
    lowest = strip.chips["zoom_out"].geometry()
    assert lowest.bottom() < strip.height()
    assert lowest.height() == 34


def test_a_tool_strip_is_collected_after_its_window_closes(qtbot: QtBot) -> None:
    assert is_collected(lambda: make_host()[0])
