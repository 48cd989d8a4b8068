"""Work in a thread: a fault of our own is told where the window may be touched."""

import threading

import pytest
from pytestqt.exceptions import capture_exceptions

from chainstep.app import beside
from chainstep.app.beside import Beside

from .journey import wait_until


def test_a_fault_in_a_thread_is_raised_in_the_windows_thread_and_ends_the_waiting(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise RuntimeError("in a thread")

    threads: list[threading.Thread] = []
    raised = Beside._raise

    def told(self: Beside, fault: Exception) -> None:
        threads.append(threading.current_thread())
        raised(self, fault)

    monkeypatch.setattr(Beside, "_raise", told)
    work, refusals = Beside(fails), list[str]()
    work.refused.connect(refusals.append)
    with capture_exceptions() as faults:
        work.begin()
        wait_until(lambda: not Beside._alive and bool(refusals))
    assert threads == [threading.main_thread()]
    assert [str(error) for _, error, _ in faults] == ["in a thread"]
    assert refusals == [beside.FAULT]
