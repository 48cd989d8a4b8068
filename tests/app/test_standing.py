"""Training that goes nowhere says so, once and quietly, and why; it is not stopped for it."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from chainstep.files.examples import load_example
from chainstep.project import Data, Project, Training
from tests.hand_nets import hidden, net, out, x

from .journey import Driver, Key, settle, wait_until

OpenWindow = Callable[[Project], Driver]
DEAD = (
    "h is dead, h′(a) = 0 for both examples. Start anew with a smaller learning rate or other "
    "weights, or choose leaky ReLU, whose slope is never 0."
)


def dead(epochs: int) -> Project:
    rows = Data(inputs=((0.0,), (1.0,)), targets=((0.0,), (1.0,)))
    return net(
        x(), hidden(activation="relu", bias=-3.0), out(), wires="x>h:1 h>y:1", data=rows,
        training=Training(learning_rate=0.5, epochs=epochs),
    )  # fmt: skip


def test_where_it_ends_both_are_told_in_one_notice(open_window: OpenWindow) -> None:
    driver = open_window(dead(400))
    driver.train()
    notices = driver.parts.notices
    assert notices.text == (
        f"Training stopped after 400 epochs. No weight learns any more, with E at 0.1250: {DEAD}"
    )
    assert (notices.kind, notices.waiting) == ("warning", 0)
    driver.key(Key.Key_F11)
    assert notices.text == "", "it goes when the run goes elsewhere"


def test_it_is_told_once_while_training_goes_on(open_window: OpenWindow, qtbot: QtBot) -> None:
    driver = open_window(dead(10**9))
    said: list[str] = []
    driver.window.debugger.stands.connect(said.append)
    driver.key(Key.Key_F5)
    wait_until(lambda: bool(said), 20)
    assert said == [driver.parts.notices.text]
    told_at = driver.window.debugger.epoch
    wait_until(lambda: driver.window.debugger.epoch > told_at + 200, 20)
    assert driver.window.debugger.training, "it is not stopped"
    driver.dismiss_notice()
    driver.key(Key.Key_F5)
    settle()
    assert not driver.window.debugger.training
    assert len(said) == 1
    assert driver.parts.notices.text == ""


def test_epochs_that_are_stepped_through_tell_it_too(open_window: OpenWindow) -> None:
    driver = open_window(dead(1000))
    for _ in range(40):
        driver.window.debugger.step("epoch")
        wait_until(lambda: not driver.window.debugger.training)
        if driver.parts.notices.text:
            break
    assert driver.parts.notices.text == f"No weight learns any more, with E at 0.1250: {DEAD}"


@pytest.mark.parametrize("name", ["xor", "iris"])
def test_a_net_that_learns_is_told_nothing(open_window: OpenWindow, name: str) -> None:
    driver = open_window(load_example(name).with_training(epochs=300))
    driver.train()
    assert driver.parts.notices.text == (
        "Training stopped after 300 epochs; press Train (F5) to go on."
    )
