"""Plots on their own: out of the tabs by mouse and menu, back when closed, kept for next time."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from chainstep.app.main import Application, Desk
from chainstep.app.plots.docks import PlotDock
from chainstep.app.plots.tabs import PlotTabs
from chainstep.app.settings import Settings
from tests.app.journey import Driver, Key, close_all, settle

LEFT = Qt.MouseButton.LeftButton
NAMES = ["Loss", "Boundary", "Units", "Spread", "δ flow", "Confusion"]


def tabs_of(driver: Driver) -> list[str]:
    plots = driver.parts.plots
    return [plots.tabText(index) for index in range(plots.count())]


def choose(driver: Driver, name: str) -> None:
    """Choose a plot in the View menu."""
    next(action for action in driver.parts.docks.actions if action.text() == name).trigger()
    settle()


def dock_of(driver: Driver, name: str) -> PlotDock:
    found = driver.window.findChild(PlotDock, f"plot {name}")
    assert isinstance(found, PlotDock)
    return found


def test_a_double_click_takes_a_plot_out_and_closing_puts_it_back(driver: Driver) -> None:
    bar = driver.parts.plots.tabBar()
    assert tabs_of(driver) == NAMES
    QTest.mouseDClick(bar, LEFT, pos=bar.tabRect(1).center())
    settle()
    dock = dock_of(driver, "Boundary")
    assert dock.isFloating()
    assert driver.parts.plots.boundary.isVisible()
    assert tabs_of(driver) == ["Loss", "Units", "Spread", "δ flow", "Confusion"]
    dock.close()
    settle()
    assert tabs_of(driver) == NAMES
    assert driver.parts.plots.currentWidget() is driver.parts.plots.boundary
    assert driver.window.findChildren(PlotDock) == []


def test_a_tab_that_is_dragged_away_comes_off_but_not_by_a_click(driver: Driver) -> None:
    bar = driver.parts.plots.tabBar()
    place = bar.tabRect(2).center()
    QTest.mousePress(bar, LEFT, pos=place)
    QTest.mouseMove(bar, place + QPoint(3, 3))
    assert tabs_of(driver) == NAMES
    for far in (80, 120, 160):
        QTest.mouseMove(bar, place - QPoint(0, far))
    QTest.mouseRelease(bar, LEFT, pos=place - QPoint(0, 160))
    settle()
    assert tabs_of(driver) == ["Loss", "Boundary", "Spread", "δ flow", "Confusion"]
    assert dock_of(driver, "Units").isVisible()


def test_two_plots_are_seen_at_once_and_both_follow_the_training(driver: Driver) -> None:
    choose(driver, "Boundary")
    choose(driver, "Confusion")
    plots = driver.parts.plots
    assert plots.loss.isVisible()
    driver.set_epochs("3")
    driver.train()
    run = driver.window.debugger.moment().run
    assert run is not None
    for plot in (plots.boundary, plots.confusion):
        assert plot.isVisible()
        assert plot._measured[0] is run.trainer.theta
    assert not plots.units.isVisible()


def test_with_every_plot_out_the_table_has_the_room(driver: Driver) -> None:
    for name in NAMES:
        choose(driver, name)
    assert not driver.parts.plots.isVisible()
    assert driver.parts.data_table.isVisible()
    for name in reversed(NAMES):
        choose(driver, name)
    assert tabs_of(driver) == NAMES
    assert driver.parts.plots.isVisible()


def test_f6_and_the_debuggers_keys_work_in_a_plot_of_its_own(driver: Driver) -> None:
    choose(driver, "Spread")
    met = set()
    for _ in range(7):
        driver.key(Key.Key_F6)
        focus = QApplication.focusWidget()
        assert focus is not None
        met.add(type(focus.window()))
    assert PlotDock in met


@pytest.mark.parametrize("floating", [True, False])
def test_what_was_out_is_out_in_the_next_window_and_stands_as_it_stood(floating: bool) -> None:
    desk = Desk()
    driver = Driver(desk.open_example())
    choose(driver, "Units")
    dock = dock_of(driver, "Units")
    dock.setFloating(floating)
    settle()
    driver.window.close()
    close_all(desk)
    again = Desk()
    driver = Driver(again.open_example())
    assert "Units" not in tabs_of(driver)
    assert dock_of(driver, "Units").isFloating() is floating
    assert dock_of(driver, "Units").isVisible()
    close_all(again)


def test_no_plot_is_a_window_for_a_moment_while_the_window_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Settings().plots_out = ["Units"]
    alone: list[bool] = []
    monkeypatch.setattr(
        PlotTabs, "showEvent", lambda tabs, _event: alone.append(tabs.isWindow()), raising=False
    )
    desk = Desk()
    Driver(desk.open_example())
    close_all(desk)
    assert alone == [False]


def test_the_end_of_a_session_leaves_plots_out_and_asks_once(
    desk: Desk, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(qapp, Application)
    qapp.quit_asked.connect(desk.quit)
    driver = Driver(desk.open_example())
    choose(driver, "Units")
    answers = [True, False]
    monkeypatch.setattr(driver.window.filing, "may_close", lambda _unsaved: answers.pop())
    for left in (1, 0):
        QApplication.sendEvent(qapp, QEvent(QEvent.Type.Quit))
        assert (len(answers), len(desk.windows)) == (left, left)
    assert Settings().plots_out == ["Units"]
    settle()
    again = Driver(desk.open_example())
    assert dock_of(again, "Units").isVisible()
