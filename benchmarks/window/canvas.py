"""All connections restyled and repainted, beside one item a connection; zoom, pan and drag."""

import itertools
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QGraphicsItem

from benchmarks import nets
from benchmarks.window.naive import LinePerEdge
from benchmarks.window.stage import application, frames, open_window, row, settle
from chainstep.app.canvas.run_weights import RunWeights
from chainstep.app.window import MainWindow

NETS = {"100/1k": (100, 10, 5), "1k/10k": (1000, 10, 10), "5k/50k": (5000, 10, 25)}
LIMITS = {"100/1k": 16, "1k/10k": 16, "5k/50k": 26}


def measure(quick: bool) -> list[dict[str, Any]]:
    """Give every connection a new weight, as a picture of a training run does; then move about."""
    application()
    found = []
    for name in list(NETS)[: 2 if quick else 3]:
        window = open_window(nets.dag(*NETS[name], None))
        times = 30 if quick else 100
        found.append(_restyled(name, window, times))
        found += _moved(name, window, times)
        window.hide()
    return found


def _restyled(name: str, window: MainWindow, times: int) -> dict[str, Any]:
    network, scene = window.scene.network, window.scene
    places = {connection.ends: n for n, connection in enumerate(network.connections)}
    chance = np.random.default_rng(0)
    thetas = itertools.cycle([chance.normal(0, 0.3, len(places)) for _ in range(8)])
    spells = frames(lambda: scene.set_parameters(RunWeights(places, next(thetas))), times)
    restyled = row("all restyled and repainted", name, spells, LIMITS[name], "median")
    if len(places) <= 10_000:
        rival = LinePerEdge(window)
        theirs = frames(lambda: rival.restyle(next(thetas)), min(times, 8), 1)
        rival.close()
        median = row("", name, theirs)["median ms"]
        restyled["beside"] = f"one item each ×{median / restyled['median ms']:.1f}"
    return restyled


def _moved(name: str, window: MainWindow, times: int) -> list[dict[str, Any]]:
    view, scene = window.parts.view, window.scene
    limit = 16 if name == "100/1k" else 50 if name == "1k/10k" else 0
    settle()
    factors = itertools.cycle([1.1, 1 / 1.1])
    zooms = frames(lambda: view.zoom_by(next(factors)), times)
    view.zoom_by(3.0)
    settle()
    ways = itertools.cycle([(9.0, 4.0), (-9.0, -4.0)])
    pans = frames(lambda: view.scroll_by(QPointF(*next(ways))), times)
    view.fit()
    settle()
    item: QGraphicsItem = scene.units[list(scene.units)[60]]
    x, y = item.pos().toTuple()
    shifts = itertools.count()
    drags = frames(
        lambda: scene.preview_positions({item.unit.id: (x + next(shifts) % 40, y)}), times
    )
    return [
        row("zoom", name, zooms, limit, "median"),
        row("pan, three times as near", name, pans, limit, "median"),
        row("drag a unit", name, drags, limit, "median"),
    ]
