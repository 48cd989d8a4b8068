"""From the start of the process to the first picture of the window, and until all is there."""

import json
import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.window.stage import row

#: Runs the application; says when the canvas was first painted, what was imported by then, and
#: when the numbers and plots had come.
PROGRAM = """
import json, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from benchmarks.window import stage
from chainstep.app import main, window_layout
from chainstep.app.canvas.view import CanvasView

class Witness(QObject):
    early = None
    def painted(self):
        if self.early is None:
            self.early = [m for m in ("numpy", "pyqtgraph") if m in sys.modules]
            app.postEvent(self, QEvent(QEvent.Type.User))  # before any timer, so before imports
    def customEvent(self, event):
        self.first = time.time(), time.process_time()
        self.look()
    def look(self):
        windows = [w for w in app.topLevelWidgets() if isinstance(w, main.MainWindow)]
        if windows and windows[0].parts.loss_plot.canvas is not None:
            print(json.dumps([*self.first, time.time(), time.process_time(), self.early]))
            sys.stdout.flush()
            __import__("os")._exit(0)
        QTimer.singleShot(1, self.look)

class Canvas(CanvasView):  # watched alone: who filters the application takes part in every event
    def viewportEvent(self, event):
        if event.type() == QEvent.Type.Paint:
            witness.painted()
        return super().viewportEvent(event)

app = stage.application()
witness = Witness()
window_layout.CanvasView = Canvas
main.run([])
"""


def measure(quick: bool) -> list[dict[str, Any]]:
    """Start the application a few times; the first time is not counted.

    From the second on Python's bytecode is there, as with every program that is installed, even
    where the one who measures keeps it from being written.
    """
    first, ready, early = [], [], set()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for number in range(6 if quick else 16):
        began = time.time()
        command = [sys.executable, "-c", PROGRAM]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=env)
        painted, painted_work, done, done_work, modules = json.loads(result.stdout)
        if number:
            first.append((painted - began, painted_work))
            ready.append((done - began, done_work))
            early.update(modules)
    after = "before: " + ", ".join(sorted(early)) if early else "before NumPy and pyqtgraph"
    return [
        row(f"first picture, {after}", "XOR", first, 300, "median"),
        row("numbers and plots there", "XOR", ready),
    ]
