"""Compile time, trace and terms, memory: what must grow with the net no faster, or not at all."""

import gc
import resource
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks import nets
from benchmarks.dags import SHAPES
from benchmarks.timing import GROUP, measure, once
from chainstep.engine import cost
from chainstep.engine.packer import pack
from chainstep.engine.plan import compile_plan
from chainstep.engine.trainer import Trainer
from chainstep.network.model import Network
from chainstep.project import Project
from chainstep.stepping.trace import Trace, trace


def compile_times(quick: bool) -> Iterator[dict[str, Any]]:
    """ms to make a plan and its packing from a net never seen before, and the first update."""
    for name, project in _nets(quick):
        network = project.network
        plan = compile_plan(network)
        yield {
            "net": name,
            "units": len(network.units),
            "connections": len(network.connections),
            "plan ms": 1e3 * once(lambda n=network: compile_plan(_fresh(n))),
            "packing ms": 1e3 * once(lambda p=plan: pack(p, 10)),
            "target": {"10k wide": "≤ 150 in all", "10k deep": "≤ 500 in all"}.get(name, ""),
            "first update ms": 1e3 * once(lambda p=project: Trainer(p).step_batch()),
        }


def _nets(quick: bool) -> Iterator[tuple[str, Project]]:
    """Yield the random nets by name; the peers' objects no longer count as garbage to look at."""
    for name, shape in SHAPES.items():
        if not (quick and shape[0] > 1000):
            project = nets.dag(*shape, 10)
            gc.collect()
            gc.freeze()
            yield name, project


def _fresh(network: Network) -> Network:
    """Return an equal network that has nothing cached."""
    return Network(units=network.units, connections=network.connections)


def traces(quick: bool) -> Iterator[dict[str, Any]]:
    """µs to look at a unit with its terms, ms for a pass, and for all its terms."""
    for name, project in _nets(quick):
        plan = compile_plan(project.network)
        shown = trace(project, 0)
        middle = project.network.units[len(project.network.units) // 2]
        incoming, outgoing = shown.plan.network.incoming, shown.plan.network.outgoing
        result = measure(
            {
                "forward": lambda n, t=shown, m=middle: [t.all_incoming(m.id) for _ in range(n)],
                "backward": lambda n, t=shown, m=middle: [t.all_outgoing(m.id) for _ in range(n)],
            },
            3 * GROUP,
        )
        fresh = [Trace(project, plan, plan.theta(), n) for n in range(5)]
        yield {
            "net": name,
            "terms in": len(incoming[middle.id]),
            "forward of a unit µs (≤ 1.5)": result.typical("forward"),
            "terms out": len(outgoing[middle.id]),
            "backward of a unit µs (≤ 2.5)": result.typical("backward"),
            "whole pass ms (≤ 40)": 1e3 * once(lambda p=project, q=plan: Trace(p, q, q.theta(), 0)),
            "and all terms as objects ms": 1e3 * once(lambda left=fresh: left.pop().units),
        }


def memory(quick: bool) -> list[dict[str, Any]]:
    """MB in the buffers of a full batch (at most 64), which must not grow with the rows."""
    found = []
    shapes = {"10-32-32-3": nets.LAYERED[3], "64-128-64-10": nets.LAYERED[4]}
    cases = [(name, nets.project(net, None)) for name, net in shapes.items()]
    cases += [(name, nets.dag(*SHAPES[name], None)) for name in ("1k wide", "10k wide")]
    for name, project in cases:
        plan = compile_plan(project.network)
        packing = pack(plan, 1000)
        for rows in (100, 10_000, 1_000_000):
            numbers = packing.numbers()
            lanes = cost.lanes(plan, rows)
            at_once = lanes * cost.columns_at_once(rows, numbers, plan.size, lanes)
            found.append(
                {"net": name, "rows": rows, "at once": at_once, "MB": numbers * at_once * 8 / 2**20}
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 2**20 if sys.platform == "darwin" else 2**10
    found.append({"net": "whole process, peak", "rows": "", "at once": "", "MB": peak / unit})
    return found
