"""The stepping toolbar: the commands in order, Train and Pause, and narrow windows."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from chainstep.app.bars.step_bar import HEIGHT, StepBar
from tests.app.bars import Host, is_collected, shown

GRAINS = ("term", "unit", "pass", "example", "epoch")
NAMES = ["restart", "step_back", *(f"step_{grain}" for grain in GRAINS), "train"]


def make_host() -> tuple[Host, StepBar]:
    host = Host()
    bar = StepBar(host.commands, host)
    bar.set_readout(QLabel("epoch 1 · example 1 of 1 · backward"))
    host.column.addWidget(bar)
    return host, bar


def overlapping(bar: StepBar) -> list[str]:
    """The chips that stick out or lie over another."""
    row = [chip for chip in [*bar.chips.values(), bar.more] if chip.isVisible()]
    row.sort(key=lambda chip: chip.x())
    ends = [0, *(chip.geometry().right() for chip in row)]
    return [
        chip.accessibleName()
        for chip, end in zip(row, ends, strict=False)
        if chip.x() < end or chip.width() < chip.sizeHint().width()
    ]


def visible(bar: StepBar) -> list[str]:
    return [name for name, chip in bar.chips.items() if chip.isVisible()]


def test_every_chip_triggers_its_command(qtbot: QtBot) -> None:
    host, bar = make_host()
    shown(qtbot, host)
    for chip in bar.chips.values():
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert host.said == NAMES
    assert bar.height() == HEIGHT == 52


def test_the_keys_that_matter_are_written_on_the_chips(qtbot: QtBot) -> None:
    host, bar = make_host()
    shown(qtbot, host)
    keys = {name: chip.key for name, chip in bar.chips.items() if chip.key}
    assert keys == {"step_back": "Alt ←", "step_term": "F11", "step_unit": "F10", "train": "F5"}


def test_every_chip_is_named_and_tells_its_key(qtbot: QtBot) -> None:
    host, bar = make_host()
    shown(qtbot, host)
    for name, chip in bar.chips.items():
        assert chip.accessibleName() == host.commands[name].iconText()
        assert chip.toolTip().endswith(")"), name


def test_train_turns_into_pause_and_back_without_moving(qtbot: QtBot) -> None:
    host, bar = make_host()
    shown(qtbot, host)
    train = bar.chips["train"]
    before = train.geometry()
    bar.set_training(True)
    assert (train.label, train.icon_name, train.accessibleName()) == ("Pause", "pause", "Pause")
    assert host.commands["train"].text() == "Pause"
    assert train.geometry() == before
    bar.set_training(False)
    assert (train.label, train.icon_name) == ("Train", "play")


@pytest.mark.parametrize("width", [1280, 1024])
def test_a_usual_window_shows_every_label_and_key(qtbot: QtBot, width: int) -> None:
    host, bar = make_host()
    shown(qtbot, host, width)
    assert visible(bar) == NAMES
    assert bar.chips["step_term"].key == "F11"
    assert not bar.more.isVisible()
    assert overlapping(bar) == []


def test_a_narrower_window_gives_up_the_keys_and_keeps_the_labels(qtbot: QtBot) -> None:
    host, bar = make_host()
    shown(qtbot, host, 860)
    assert visible(bar) == NAMES
    assert bar.chips["step_term"].key == ""
    assert bar.chips["step_back"].key == "Alt ←"
    assert overlapping(bar) == []


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_narrow_window_moves_the_coarsest_steps_into_a_menu(qtbot: QtBot) -> None:
    host, bar = make_host()
    shown(qtbot, host, 700)
    assert visible(bar)[:4] == NAMES[:4]
    assert "train" in visible(bar)
    assert bar.chips["step_epoch"].isHidden()
    missing = [name for name in NAMES if name not in visible(bar)]
    assert [action.objectName() for action in bar.menu.actions()] == missing
    qtbot.mouseClick(bar.more, Qt.MouseButton.LeftButton)
    assert bar.menu.isVisible()
    bar.menu.close()
    assert bar.more.accessibleName() == "More steps"


def test_no_width_makes_chips_overlap_and_a_wide_window_brings_all_back(qtbot: QtBot) -> None:
    host, bar = make_host()
    shown(qtbot, host, 480)
    for width in range(480, 1300, 20):
        host.resize(width, 200)
        assert overlapping(bar) == [], width
        assert bar.more.isVisible() == bool(bar.menu.actions()), width
    assert visible(bar) == NAMES
    assert bar.minimumSizeHint().width() <= 480


def test_the_readout_has_the_room_at_the_right(qtbot: QtBot) -> None:
    host, bar = make_host()
    shown(qtbot, host)
    assert bar.readout is not None
    assert bar.readout.geometry().right() == bar.width() - 13
    assert bar.readout.x() > bar.chips["train"].geometry().right()


def test_a_step_bar_is_collected_after_its_window_closes(qtbot: QtBot) -> None:
    assert is_collected(lambda: make_host()[0])
