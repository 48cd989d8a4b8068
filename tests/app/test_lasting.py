"""What lasts is kept from the garbage collector, and only as long as it lasts."""

import gc
import weakref

import pytest

from chainstep.app import lasting
from chainstep.app.main import Desk

from .journey import Driver, settle


def looked_at(thing: object) -> bool:
    """Whether a collection goes through a thing."""
    return any(each is thing for each in gc.get_objects())


def test_a_collection_leaves_an_open_window_alone_and_takes_a_closed_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lasting, "SETTLED", 50)
    desk = Desk()
    driver = Driver(desk.open_example())
    settle(100)
    window, item = driver.window, next(iter(driver.window.scene.units.values()))
    assert not looked_at(window)
    assert not looked_at(item)
    gone = weakref.ref(window)
    del driver, window, item
    desk.quit()
    settle(100)
    gc.collect()
    assert gone() is None


def test_a_second_window_is_set_aside_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "SETTLED", 50)
    desk = Desk()
    first, second = (Driver(desk.open_example()).window for _ in range(2))
    settle(100)
    assert not looked_at(first)
    assert not looked_at(second)
    second.close()
    settle(100)
    assert looked_at(first)
    desk.quit()
    settle()
