"""Training in the window: how long an event waits, and the share of the speed without a window."""

import time
from typing import Any

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks import nets
from benchmarks.window.stage import act, application, figure, open_window, row, settle
from chainstep.app.window import MainWindow
from chainstep.project import Project
from chainstep.stepping.run import Run

#: By the layers of `nets.LAYERED`: name, batch size.
CASES = ((0, None), (0, 1), (1, None), (2, 10), (3, 10), (3, None), (4, 10), (4, None))
#: Weights and biases from and up to which a share of the speed is asked for.
SIZES = range(9, 1001)
SECONDS = 1.0


class Probe(QObject):
    """A timer that notes how much too late it fires: as long as a key or a click would wait."""

    EVERY = 0.007

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[tuple[float, float]] = []
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fired)
        self._ask()

    def stop(self) -> list[tuple[float, float]]:
        """End, and return the waits."""
        self._timer.stop()
        return self.waits

    def _ask(self) -> None:
        self._due, self._work = time.perf_counter() + self.EVERY, time.process_time()
        self._timer.start(round(1000 * self.EVERY))

    def _fired(self) -> None:
        wait = max(0.0, time.perf_counter() - self._due)
        work = max(0.0, time.process_time() - self._work - self.EVERY)
        self.waits.append((wait, min(wait, work)))
        self._ask()


def measure(quick: bool) -> list[dict[str, Any]]:
    """Train each net in the window, with a probe in the event loop, and then without a window."""
    application()
    found = []
    for place, batch in CASES:
        net = nets.LAYERED[place]
        name = f"{net.name}, batch {batch or 'full'}"
        project = nets.project(net, batch)
        project = project.with_training(epochs=10**9, learning_rate=1e-4)
        window = open_window(project)
        waits, shares = [], []
        for _ in range(3 if quick else 7):  # short turns, as the machine's pace drifts
            here, there = _in_window(window, SECONDS)
            waits += here
            shares.append(there / _without(project, SECONDS))
        found.append(row("event waits while training", name, waits, 16))
        size = len(project.network.connections) + sum(
            unit.bias is not None for unit in project.network.units
        )
        share = sorted(shares)[len(shares) // 2]
        asked = "≥ 85 %" if size in SIZES else ""
        value = f"{share:.0%} of headless"
        found.append(figure("speed in the window", name, value, asked, share >= 0.85))
        window.hide()
        window.deleteLater()
    return found


def _in_window(window: MainWindow, seconds: float) -> tuple[list[tuple[float, float]], float]:
    """Train from the press on Train to that on Pause; return waits, and updates a second of work.

    The work is counted from where training is under way.
    """
    probe = Probe()
    act(window, "train")
    run = window.debugger.moment().run
    assert run is not None
    begun = run.trainer.batches
    while run.trainer.batches == begun:  # what it needs is made in a thread, which `settle` halts
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    settle(0.3)
    before, work = run.trainer.batches, time.process_time()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QApplication.processEvents()
    speed = (run.trainer.batches - before) / (time.process_time() - work)
    waits = probe.stop()
    act(window, "train")
    settle(0.1)
    return waits, speed


def _without(project: Project, seconds: float) -> float:
    run = Run(project)
    run.train_for(0.3, 10**9)
    before, work = run.trainer.batches, time.process_time()
    run.train_for(seconds, 10**9)
    return (run.trainer.batches - before) / (time.process_time() - work)
