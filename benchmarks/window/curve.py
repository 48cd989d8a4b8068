"""A frame of the loss plot after 10^3 to 10^7 epochs, beside a plain pyqtgraph curve."""

import math
import random
from array import array
from typing import Any

import numpy as np

from benchmarks.window.naive import PlainCurve
from benchmarks.window.stage import application, frames, row, settle
from chainstep.app.panels.loss.canvas import LossCanvas

SIZE = 480, 250
#: Epochs between two pictures.
STRETCH = 3000


def measure(quick: bool) -> list[dict[str, Any]]:
    """Let the losses grow by what is trained between two pictures; calm and restless ones."""
    application()
    counts = (10**3, 10**4, 10**5, 10**6, 10**7)[: 4 if quick else 5]
    times = 30 if quick else 100
    return [_grown(count, kind, times) for count in counts for kind in ("calm", "restless")]


def _grown(count: int, kind: str, times: int) -> dict[str, Any]:
    losses = _losses(count + (times + 3) * STRETCH, kind)
    shown = array("d", losses[:count])
    canvas = LossCanvas()
    canvas.resize(*SIZE)
    canvas.show()
    settle(0.3)

    def grow() -> None:
        shown.extend(losses[len(shown) : len(shown) + STRETCH])
        canvas.show_losses(shown, 0, 4)

    grow()
    spells = frames(grow, times)
    canvas.hide()
    found = row(f"loss plot, {kind}", f"10^{round(math.log10(count))} epochs", spells, 5, "median")
    if kind == "calm" and count <= 10**6:
        plain = PlainCurve()
        theirs = frames(lambda: plain.draw(np.frombuffer(shown)), 8, 1)
        plain.hide()
        ratio = row("", "", theirs)["median ms"] / found["median ms"]
        found["beside"] = f"plain curve ×{ratio:.1f}"
    return found


def _losses(count: int, kind: str) -> "array[float]":
    chance = random.Random(0)
    noise = 0.5 if kind == "restless" else 0.0
    fall = np.exp(-np.linspace(0, 6, count))
    shake = np.random.default_rng(chance.randrange(99)).random(count)
    return array("d", (fall * (1 + noise * shake)).tolist())
