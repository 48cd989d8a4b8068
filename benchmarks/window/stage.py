"""The application and its windows for a measurement, and how a frame is timed.

A frame is one thing done and everything painted that it changed. Its milliseconds are those of the
clock; beside them stands the processor's time, which other programs on the machine do not lengthen.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from chainstep.app.main import Desk, make_application
from chainstep.app.window import MainWindow
from chainstep.project import Project

Row = dict[str, Any]
Spell = tuple[float, float]

_DESKS: list[Desk] = []


def application() -> QApplication:
    """Return the application, with settings of its own and nothing that moves by itself."""
    QStandardPaths.setTestModeEnabled(True)
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    home = tempfile.mkdtemp()
    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, home)
    app = make_application(["chainstep"])
    app.setCursorFlashTime(0)
    return app


def desk() -> Desk:
    """Return the one desk, which keeps the windows alive."""
    if not _DESKS:
        _DESKS.append(Desk())
    return _DESKS[0]


def open_window(project: Project) -> MainWindow:
    """Open a window on a project, and let it come to rest."""
    window = desk().open_project(project, title="benchmark")
    window.scene.reduced_motion, window.debugger.live.paced = True, False
    settle(1.5)
    return window


def settle(seconds: float = 0.5) -> None:
    """Let the event loop run until what was put off is done."""
    QTest.qWait(round(1000 * seconds))


def act(window: MainWindow, name: str) -> None:
    """Do what a menu entry does."""
    window.actions_by_name[name].trigger()


def frame(do: Callable[[], object]) -> Spell:
    """Do something and paint it; return the seconds of the clock and of the processor."""
    clock, work = time.perf_counter(), time.process_time()
    do()
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    return time.perf_counter() - clock, time.process_time() - work


def frames(do: Callable[[], object], times: int, warm: int = 3) -> list[Spell]:
    """Time the same thing often, after a few times that do not count."""
    for _ in range(warm):
        frame(do)
    return [frame(do) for _ in range(times)]


def row(what: str, net: str, spells: list[Spell], limit: float = 0.0, of: str = "p99") -> Row:
    """Return a row of the table; limit: what `of` (median, p99 or worst) has to stay below."""
    clock, work = (sorted(1000 * spell[k] for spell in spells) for k in (0, 1))
    found: Row = {
        "what": what,
        "net": net,
        "median ms": statistics.median(clock),
        "p99": _at(clock, 0.99),
        "worst": clock[-1],
        "CPU median": statistics.median(work),
        "CPU p99": _at(work, 0.99),
    }
    if limit:
        key = {"median": "median", "p99": "p99", "worst": "p99"}[of]
        reached = found[{"median": "median ms"}.get(of, of)] <= limit
        alone = found[f"CPU {key}"] <= limit
        mark = "reached" if reached else "reached by CPU" if alone else "missed"
        found |= {"asked": f"{of} ≤ {limit:g}", "": mark}
    return found


def figure(what: str, net: str, value: str, asked: str = "", reached: bool = True) -> Row:
    """Return a row that holds something else than milliseconds."""
    verdict = {"asked": asked, "": "reached" if reached else "missed"} if asked else {}
    return {"what": what, "net": net, "value": value, **verdict}


def memory_mb() -> float:
    """Return how much memory this process holds now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]
