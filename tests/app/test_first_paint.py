"""The window is painted before NumPy and pyqtgraph are loaded, in a process of its own."""

import json
import subprocess
import sys

#: Runs the application and says at its first paint, and when it has come to rest, what is loaded.
APPLICATION = """
import json, sys
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from chainstep.app import main
from chainstep.app.canvas.view import CanvasView

class Witness(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and isinstance(watched.parent(), CanvasView):
            QApplication.instance().removeEventFilter(self)
            self.tell()
            QTimer.singleShot(500, self.end)
        return False
    def tell(self):
        print(json.dumps([m for m in ("numpy", "pyqtgraph") if m in sys.modules]), flush=True)
    def end(self):
        self.tell()
        QApplication.closeAllWindows()

app = main.make_application(["chainstep"])
witness = Witness()
app.installEventFilter(witness)
sys.exit(main.run([]))
"""


def test_numpy_and_pyqtgraph_come_after_the_first_paint() -> None:
    result = subprocess.run(
        [sys.executable, "-c", APPLICATION], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    first, last = map(json.loads, result.stdout.splitlines())
    assert first == []
    assert last == ["numpy", "pyqtgraph"]
