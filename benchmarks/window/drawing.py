"""Large nets under the hand: open, select all, delete, undo."""

from typing import Any

from benchmarks import nets
from benchmarks.window.stage import application, desk, frame, open_window, row, settle
from chainstep.app.window import MainWindow
from chainstep.network.layout import tidy
from chainstep.project import Project

NETS = {"300/3k": (300, 10, 6), "1k/10k": (1000, 10, 10)}


def measure(quick: bool) -> list[dict[str, Any]]:
    """Do each a few times; what is asked for is that nothing holds the window for long."""
    application()
    found = []
    for name, shape in NETS.items():
        net = nets.dag(*shape, None)
        net = net.move(tidy(net.network))
        window = open_window(net)
        repeats = 3 if quick else 8
        found += _edits(name, window, repeats)
        opened = [frame(lambda n=net: _opened(n)) for _ in range(repeats)]
        found.append(row("open, first picture", name, opened))
        window.hide()
    return found


def _opened(net: Project) -> None:
    desk().open_project(net, title="benchmark")


def _edits(name: str, window: MainWindow, repeats: int) -> list[dict[str, Any]]:
    scene, stack = window.scene, window.document.undo_stack
    kinds = "select all", "select none", "delete a unit", "undo"
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    for number in range(repeats):
        unit = scene.network.units[40 + number].id
        found["select all"].append(frame(lambda: scene.select(scene.units, scene.network.by_ends)))
        settle(0.4)
        found["select none"].append(frame(scene.select))
        settle(0.4)
        frame(lambda u=unit: scene.select([u]))
        found["delete a unit"].append(frame(scene.deletion_asked.emit))
        settle(0.8)
        found["undo"].append(frame(stack.undo))
        settle(0.8)
    return [row(kind, name, spells, 100, "worst") for kind, spells in found.items()]
