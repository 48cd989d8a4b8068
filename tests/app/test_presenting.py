"""Projector mode: large type, fewer panels, and everything as it was afterwards."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from chainstep.app.canvas.camera import Camera
from chainstep.app.canvas.labels import WeightLabel
from chainstep.app.look import size
from chainstep.app.main import Desk
from chainstep.app.settings import Settings

from .journey import ALT, CTRL, SHIFT, Driver, Key, settle


@pytest.fixture(autouse=True)
def at_a_desk(qapp: QApplication) -> Iterator[None]:
    before = qapp.font()
    qapp.setFont(size.font())
    yield
    size.apply(qapp, False)
    qapp.setFont(before)


def measures(driver: Driver) -> list[tuple[str, int, int]]:
    """Type and height of everything shown in the window."""
    parts = driver.parts
    seen = [
        parts.step_bar, parts.timeline, parts.readout, parts.tools, parts.status, parts.status.net,
        parts.notation, driver.window.menuBar(),
    ]  # fmt: skip
    return [
        (type(widget).__name__, widget.font().pixelSize(), widget.sizeHint().height())
        for widget in seen
    ]


def shown(driver: Driver) -> list[bool]:
    parts = driver.parts
    return [
        widget.isVisible()
        for widget in (parts.chain_rule, parts.tabs, parts.plots, parts.data_table, parts.tools)
    ]


def test_a_room_sees_large_type_and_only_what_it_can_read(driver: Driver) -> None:
    before = measures(driver)
    driver.key(Key.Key_F12)
    settle()
    assert shown(driver) == [True, False, False, False, False]
    for (name, px, _), (_, large, _) in zip(before, measures(driver), strict=True):
        assert large == round(px * size.ROOM), name
    for label in driver.scene._decor.items(WeightLabel):
        assert label.scale() * driver.parts.view.zoom > 1.15
    assert Settings().projector


def test_after_the_lesson_everything_is_as_it_was(driver: Driver) -> None:
    before = measures(driver)
    for _ in range(4):
        driver.key(Key.Key_F12)
        settle()
    assert measures(driver) == before
    assert all(shown(driver))
    assert not Settings().projector


def test_each_panel_comes_back_with_its_key(driver: Driver) -> None:
    driver.key(Key.Key_F12)
    driver.key(Key.Key_J, CTRL)
    assert shown(driver) == [True, False, True, True, False]
    driver.key(Key.Key_B, CTRL | SHIFT)
    assert shown(driver) == [True, True, True, True, False]
    driver.key(Key.Key_B, CTRL)
    assert shown(driver)[:2] == [False, False]
    driver.key(Key.Key_B, CTRL | SHIFT)
    assert shown(driver)[:2] == [True, True]


def test_a_window_opened_for_a_room_is_large_from_the_start(driver: Driver, desk: Desk) -> None:
    driver.key(Key.Key_F12)
    other = Driver(desk.open_example("mazur_2_2_2"))
    assert measures(other) == measures(driver)
    assert shown(other) == shown(driver)


def test_stepping_goes_on_in_a_room(driver: Driver) -> None:
    driver.key(Key.Key_F12)
    driver.step_until(lambda s: s.phase == "backward" and s.unit == "h1")
    rows = driver.parts.chain_rule.rows
    assert rows.height() == rows.heightForWidth(rows.width())
    timeline = driver.parts.timeline
    run = driver.window.debugger.moment().run
    assert run is not None
    here = run.cursor.index
    assert timeline.index_at(timeline.x_of(here)) == here
    driver.key(Key.Key_Left, ALT)
    assert run.cursor.index == here - 1


def test_f6_takes_the_keyboard_through_every_panel_and_back(driver: Driver) -> None:
    parts = driver.parts
    parts.view.setFocus()
    driver.key(Key.Key_F11, times=8)
    met = []
    for _ in range(6):
        driver.key(Key.Key_F6)
        focus = QApplication.focusWidget()
        assert focus is not None
        panels = [parts.view, parts.chain_rule, parts.tabs, parts.plots, parts.step_bar]
        met += [n for n, panel in enumerate(panels) if panel is focus or panel.isAncestorOf(focus)]
    assert met == [1, 2, 3, 4, 0]
    driver.key(Key.Key_F6, SHIFT)
    assert parts.step_bar.isAncestorOf(QApplication.focusWidget())


def test_on_the_way_to_a_room_and_back_the_net_is_fitted_for_the_last_size_alone(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[tuple[int, int]] = []
    view, fit = driver.parts.view, Camera.fit

    def counting(self: Camera) -> None:
        fitted.append((self.width(), self.height()))
        fit(self)

    monkeypatch.setattr(Camera, "fit", counting)
    for _ in range(2):
        fitted.clear()
        driver.key(Key.Key_F12)
        settle(50)
        assert fitted[-1] == (view.width(), view.height())
        assert len(fitted) <= 3  # twice in the end; each splitter that moved once made it six


def test_after_the_lesson_what_is_scrolled_is_where_it_was(driver: Driver) -> None:
    driver.show_tab(1)
    bar = driver.parts.late.training.verticalScrollBar()
    bar.setValue(bar.maximum())
    before = bar.value()
    assert before > 300
    for _ in range(2):
        driver.key(Key.Key_F12)
        settle(50)
    assert bar.value() == before
