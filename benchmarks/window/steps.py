"""From a step's key to its repaint: chain rule, canvas, timeline, inspector and all."""

from typing import Any

from benchmarks import nets
from benchmarks.window.stage import act, application, frames, open_window, row, settle

NETS = {"2-4-2": (), "100/1k": (100, 10, 5), "1k/10k": (1000, 10, 10)}


def measure(quick: bool) -> list[dict[str, Any]]:
    """Step by term, unit and example, forwards and back, in the backward pass of each net."""
    application()
    found = []
    for name, shape in NETS.items():
        net = nets.dag(*shape, None) if shape else nets.project(nets.LAYERED[1], None)
        window = open_window(net)
        act(window, "step_pass")
        settle()
        for grain, times in (("term", 200), ("unit", 200), ("example", 20)):
            if not shape and grain == "unit":
                act(window, "step_example")
            spells = frames(lambda g=grain, w=window: act(w, f"step_{g}"), times // (1 + 3 * quick))
            found.append(row(f"step by {grain}", name, spells, 16))
        spells = frames(lambda w=window: act(w, "back_unit"), 100 // (1 + 3 * quick))
        found.append(row("back by unit", name, spells, 16))
        window.hide()
    return found
