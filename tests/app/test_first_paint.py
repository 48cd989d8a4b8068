"""What one sees first is the window as it will be, before what nobody sees yet has been loaded.

In a process of its own. The modules and the widgets are counted, as what the first paint waits for.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

#: Runs the application and tells what there is at its first paint, and when it has come to rest.
APPLICATION = """
import json, sys
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QLabel
from chainstep.app import main, window_layout
from chainstep.app.canvas.view import CanvasView
from chainstep.app.panels.choice import Choice

def tell():
    window = next(w for w in app.topLevelWidgets() if isinstance(w, main.MainWindow))
    parts, model = window.parts, window.parts.data_table.view.model()
    print(json.dumps({
        "modules": sorted(sys.modules),
        "widgets": len(app.allWidgets()),
        "units": [[round(x) for x in parts.view.mapFromScene(unit.scenePos()).toTuple()]
                  for unit in window.scene.units.values()],
        "rows": [model.rowCount(), model.columnCount()],
        "bounds": [[g.x(), g.y(), g.width(), g.height()] for g in (
            part.geometry() for part in (parts.view, parts.tabs, parts.plots, parts.timeline,
            parts.inspector, parts.notation, parts.data_table.view, *parts.step_bar.chips.values()))
        ],
        "net": [label.text() for label in parts.inspector.findChildren(QLabel)],
        "letters": [choice.value for choice in parts.notation.findChildren(Choice)],
        "back": window.actions_by_name["step_back"].isEnabled(),
    }), flush=True)

def end():
    tell()
    QApplication.closeAllWindows()

class Canvas(CanvasView):
    seen = False
    def viewportEvent(self, event):
        if event.type() == QEvent.Type.Paint and not Canvas.seen:
            Canvas.seen = True
            tell()
            QTimer.singleShot(500, end)
        return super().viewportEvent(event)

app = main.make_application(["chainstep"])
window_layout.CanvasView = Canvas
sys.exit(main.run([]))
"""
#: No more of these than now may come before the first paint; fewer is better: then lower it.
MOST_OWN_MODULES, MOST_WIDGETS = 180, 320
#: Rooms and libraries that the first picture shows nothing of.
LATER = (
    "numpy",
    "pyqtgraph",
    "logging.handlers",
    "chainstep.engine",
    "chainstep.lessons",
    "chainstep.app.gallery",
    "chainstep.app.pictures",
    "chainstep.app.panels.training",
    "chainstep.app.panels.why.lens",
    "chainstep.app.panels.why.panel",
    "chainstep.app.panels.debugging.breakpoints",
    "chainstep.app.panels.debugging.history",
    "chainstep.app.panels.debugging.watches",
    "chainstep.app.panels.inspector.connection",
    "chainstep.app.panels.inspector.unit",
)


@pytest.fixture(scope="module")
def told() -> tuple[dict[str, Any], dict[str, Any]]:
    """What there was at the first paint, and at rest."""
    result = subprocess.run(
        [sys.executable, "-c", APPLICATION], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    first, last = map(json.loads, result.stdout.splitlines())
    return first, last


Told = tuple[dict[str, Any], dict[str, Any]]


def test_numpy_and_pyqtgraph_come_after_the_first_paint(told: Told) -> None:
    first, last = (set(each["modules"]) & {"numpy", "pyqtgraph"} for each in told)
    assert first == set()
    assert last == {"numpy", "pyqtgraph"}


def test_nothing_that_is_not_seen_comes_before_the_first_paint(told: Told) -> None:
    early = told[0]["modules"]
    assert [name for name in early if name.startswith(LATER)] == []


def test_the_first_paint_waits_for_few_modules_and_widgets(told: Told) -> None:
    own = [name for name in told[0]["modules"] if name.startswith("chainstep")]
    assert "chainstep.app.window" in own
    assert len(own) <= MOST_OWN_MODULES, own
    assert told[0]["widgets"] <= MOST_WIDGETS


@pytest.mark.parametrize("what", ["units", "rows", "bounds", "net", "letters", "back"])
def test_what_one_sees_first_stays_where_and_as_it_is(told: Told, what: str) -> None:
    first, last = told
    assert first[what] == last[what]
    assert first[what] or what == "back"
