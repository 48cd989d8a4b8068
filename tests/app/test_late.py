"""What stands behind a tab that is not in front is made when it is wanted, and is then as it is."""

from PySide6.QtWidgets import QWidget

from chainstep.app.panels.debugging import edits as debug_edits
from chainstep.app.panels.training.panel import TrainingPanel
from chainstep.app.panels.why.panel import WhyPanel
from chainstep.app.window_layout import WHY
from chainstep.stepping.watching.breakpoints import Breakpoint

from .journey import Driver, Key


def made(driver: Driver, kind: type[QWidget]) -> bool:
    return driver.window.findChild(kind) is not None


def test_a_panel_is_made_when_its_tab_is_first_shown_and_then_kept(driver: Driver) -> None:
    assert not made(driver, TrainingPanel)
    driver.show_tab(1)
    panel = driver.window.findChild(TrainingPanel)
    assert panel.isVisible()
    driver.show_tab(0)
    driver.show_tab(1)
    assert driver.window.findChildren(TrainingPanel) == [panel]
    assert driver.parts.training is panel
    assert not made(driver, WhyPanel)


def test_a_panel_made_late_shows_what_was_reached_before_it_was_there(driver: Driver) -> None:
    driver.window.apply(*debug_edits.add(Breakpoint(kind="unit", unit="h1", phase="backward")))
    driver.train()
    driver.click(driver.unit("h2"))
    assert driver.parts.breakpoints.reason.text() == "Stopped: h1, backward."
    assert len(driver.parts.breakpoints.rows) == 1
    assert driver.parts.history.list.count() > 0
    driver.show_tab(WHY)
    assert "h₂" in driver.parts.why.current.heading.text


def test_a_panel_made_late_follows_from_then_on(driver: Driver) -> None:
    driver.show_tab(1)
    driver.window.apply("Set the rate", lambda p: p.with_training(learning_rate=0.125))
    assert driver.parts.training.rate.text() == "0.125"


def test_tab_goes_from_a_page_into_the_panel_made_late(driver: Driver) -> None:
    driver.show_tab(1)
    driver.parts.late.training.setFocus()
    driver.key(Key.Key_Tab)
    focus = driver.window.focusWidget()
    assert focus is not None
    assert driver.parts.training.isAncestorOf(focus)


def test_tab_goes_from_the_side_into_the_page_of_a_unit(driver: Driver) -> None:
    driver.click(driver.unit("h1"))
    driver.parts.inspector.parentWidget().parentWidget().setFocus()
    driver.key(Key.Key_Tab)
    assert driver.window.focusWidget() is driver.parts.inspector.unit.name
