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


def test_a_check_that_failed_is_made_anew_at_other_weights_of_as_many_updates(
    open_window: OpenWindow,
) -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]))
    driver = open_window(project.with_training(learning_rate=3.0))
    words, debugger = driver.parts.status.check, driver.window.debugger
    driver.train()
    run = debugger.moment().run
    assert run is not None
    broken, history = run.trainer.batches, debugger.history
    assert history is not None
    driver.window.travel.go_to_epoch(0)
    driver.window.apply("Set η", lambda old: old.with_training(learning_rate=0.01))
    driver.window.travel.go_to_epoch(broken)
    wait_until(lambda: not debugger.training)
    assert history.line == 1
    here = history.events[-1]
    debugger.go_to_event(next(each for each in history.events if each.kind == "broke"))
    wait_until(lambda: not driver.window.checking._timer.isActive())
    driver.key(Key.Key_F7)
    wait_until(lambda: words.text().startswith("Gradient check failed"))
    debugger.go_to_event(here)
    assert debugger.moment().run is run
    assert run.trainer.batches == broken
    wait_until(lambda: words.text().startswith("Gradient check ✓"))


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
