"""The gradient check of the window: at once on a small net, in slices on a large one."""

from collections.abc import Callable

from chainstep.files.examples import load_example
from chainstep.project import Project
from tests.hand_nets import data, net, out, x

from .journey import Driver, Key, settle, wait_until

OpenWindow = Callable[[Project], Driver]


def test_a_small_net_is_checked_at_once(driver: Driver) -> None:
    driver.key(Key.Key_F7)
    assert driver.parts.status.check.text().startswith("Gradient check ✓")


def test_a_long_check_leaves_the_window_alive_and_ends_with_the_next_change(
    open_window: OpenWindow,
) -> None:
    driver = open_window(load_example("digits"))
    words = driver.parts.status.check
    driver.key(Key.Key_F7)
    wait_until(lambda: words.text().startswith("Checking gradients"))
    driver.key(Key.Key_F11)
    assert "forward" in driver.readout
    assert words.text().startswith("Checking gradients")
    driver.window.apply("Tidy up", lambda p: p.move({p.network.units[0].id: (-50.0, 0.0)}))
    settle(500)
    assert words.text() == ""


def test_a_check_that_failed_at_broken_numbers_is_made_anew_elsewhere(
    open_window: OpenWindow,
) -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]))
    driver = open_window(project.with_training(learning_rate=3.0))
    words = driver.parts.status.check
    driver.train()
    driver.key(Key.Key_F7)
    wait_until(lambda: words.text().startswith("Gradient check failed"))
    driver.window.debugger.restart()
    wait_until(lambda: words.text().startswith("Gradient check ✓"))
