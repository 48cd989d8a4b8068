"""A sum with new numbers: formula and rows laid out and painted, for 4 to 784 terms."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.window.stage import act, application, frames, open_window, row
from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Data, Project
from chainstep.stepping.explain.step import explain


def measure(quick: bool) -> list[dict[str, Any]]:
    """Show the sum at a unit that feeds so many, time and again with other numbers."""
    application()
    found = []
    for terms, limit, of in ((4, 2, "median"), (16, 2, "median"), (100, 8, "p99"), (784, 8, "p99")):
        window = open_window(_hub(terms))
        run = window.debugger.moment().run
        assert run is not None
        act(window, "step_pass")
        step = next(n for n, s in enumerate(run.steps.steps) if (s.unit, s.part) == ("h", "delta"))
        panel = window.parts.chain_rule
        made = []
        for example in range(len(window.document.project.data.inputs)):
            run.go_to_row(example)
            run.seek(step + 1)
            made.append(replace(window.debugger.moment(), explanation=explain(run, 4)))
        turn = itertools.cycle(made)

        def show(panel: Any = panel, turn: Any = turn) -> None:
            panel.show_moment(next(turn))

        times = 50 if quick else 200
        name = f"{terms} terms"
        found.append(
            row("formula and rows: laid out, painted", name, frames(show, times), limit, of)
        )
        explained = frames(lambda r=run: explain(r, 4), times)
        found.append(row("explanation: made", name, explained))
        window.hide()
    return found


def _hub(terms: int) -> Project:
    """A unit that feeds so many outputs."""
    chance = np.random.default_rng(0)
    outputs = [f"o{n}" for n in range(1, terms + 1)]
    units = [Unit(id="i", kind="input"), Unit(id="h", activation="tanh", bias=0.1)]
    units += [Unit(id=o, kind="output", activation="tanh", bias=0.0) for o in outputs]
    connections = [Connection(source="i", target="h", weight=0.3)]
    connections += [Connection(source="h", target=o, weight=chance.normal()) for o in outputs]
    inputs = tuple((float(x),) for x in chance.normal(size=20))
    targets = tuple(tuple(chance.random(terms).tolist()) for _ in inputs)
    network = Network(units=tuple(units), connections=tuple(connections))
    return Project(network=network, data=Data(inputs=inputs, targets=targets))
