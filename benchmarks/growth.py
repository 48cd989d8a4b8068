"""Compile time, trace and terms, accuracy and memory: what must grow with the net, or must not."""

import resource
import sys
from typing import Any

import numpy as np

from benchmarks import nets, peers
from benchmarks.dags import SHAPES
from benchmarks.timing import measure, once
from chainstep.engine import cost
from chainstep.engine.packing import pack
from chainstep.engine.plan import compile_plan
from chainstep.engine.trainer import Trainer
from chainstep.network.model import Network
from chainstep.project import Project
from chainstep.stepping.trace import Trace, trace


def compile_times(quick: bool) -> list[dict[str, Any]]:
    """Seconds to make a plan, a packing, and the first update, from a net never seen before."""
    found = []
    for name, (units, fan_in, levels) in SHAPES.items():
        if quick and units > 1000:
            continue
        project = nets.dag(units, fan_in, levels, 10)
        network = project.network
        plan = compile_plan(network)
        found.append(
            {
                "net": name,
                "plan s": once(lambda n=network: compile_plan(_fresh(n)), 3),
                "packing s": once(lambda p=plan: pack(p, 10), 3),
                "first update s": once(lambda p=project: Trainer(p).step_batch(), 3),
            }
        )
    return found


def _fresh(network: Network) -> Network:
    """Return an equal network that has nothing cached."""
    return Network(units=network.units, connections=network.connections)


def traces(quick: bool) -> list[dict[str, Any]]:
    """µs to look at a unit with its terms, ms for the whole trace."""
    found = []
    for name, (units, fan_in, levels) in SHAPES.items():
        if quick and units > 1000:
            continue
        project = nets.dag(units, fan_in, levels, 10)
        plan = compile_plan(project.network)
        shown = trace(project, 0)
        middle = project.network.units[len(project.network.units) // 2]
        incoming, outgoing = shown.plan.network.incoming, shown.plan.network.outgoing
        result = measure(
            {
                "forward": lambda n, t=shown, m=middle: [t.all_incoming(m.id) for _ in range(n)],
                "backward": lambda n, t=shown, m=middle: [t.all_outgoing(m.id) for _ in range(n)],
            },
            5,
            0.002,
        )
        found.append(
            {
                "net": name,
                "terms in": len(incoming[middle.id]),
                "terms out": len(outgoing[middle.id]),
                "forward unit µs": result.typical("forward"),
                "backward unit µs": result.typical("backward"),
                "pass ms": 1e3 * once(lambda p=project, q=plan: Trace(p, q, q.theta(), 0), 3),
                "all terms ms": 1e3
                * once(lambda p=project, q=plan: Trace(p, q, q.theta(), 0).units, 3),
            }
        )
    return found


def accuracy(quick: bool) -> list[dict[str, Any]]:
    """The gradient of one update against PyTorch's, scaled by the largest."""
    if not peers.there("torch"):
        return []
    errors = []
    for seed in range(10 if quick else 40):
        project = nets.dag(12 + seed, 4, 3 + seed % 5, 7, rows=7)
        ours, theirs = _our_gradient(project), _torch_gradient(project)
        errors.append(float(np.abs(ours - theirs).max() / np.abs(theirs).max()))
    return [
        {
            "nets": len(errors),
            "median scaled error": float(np.median(errors)),
            "largest": max(errors),
        }
    ]


def _our_gradient(project: Project) -> np.ndarray:
    """Return what one update with η = 2^40 moves along: the old weights are lost beside it."""
    rate = 2.0**40
    trainer = Trainer(project.with_training(learning_rate=rate))
    before = trainer.theta
    trainer.step_batch()
    return (before - trainer.theta) / rate


def _torch_gradient(project: Project) -> np.ndarray:
    import torch

    network = project.network
    weights = {c.ends: torch.tensor(c.weight, dtype=torch.float64) for c in network.connections}
    biases = {
        u.id: torch.tensor(u.bias, dtype=torch.float64) for u in network.units if u.bias is not None
    }
    for one in (*weights.values(), *biases.values()):
        one.requires_grad_()
    x = torch.tensor(project.data.inputs, dtype=torch.float64)
    t = torch.tensor(project.data.targets, dtype=torch.float64)
    z = {unit.id: x[:, n] for n, unit in enumerate(network.inputs)}
    functions = {
        "tanh": torch.tanh,
        "logistic": torch.sigmoid,
        "relu": torch.relu,
        "sine": torch.sin,
        "identity": lambda a: a,
    }
    for unit in network.units:  # `nets.dag` lists them in an order of computation
        if not unit.is_input:
            a = sum(
                (weights[c.ends] * z[c.source] for c in network.incoming[unit.id]), biases[unit.id]
            )
            z[unit.id] = functions[unit.activation](a)
    outputs = torch.stack([z[unit.id] for unit in network.outputs], 1)
    (0.5 * ((outputs - t) ** 2).sum() / len(x)).backward()
    slopes = [0.0 if w.grad is None else float(w.grad) for w in weights.values()]
    return np.array(slopes + [0.0 if b.grad is None else float(b.grad) for b in biases.values()])


def memory(quick: bool) -> list[dict[str, Any]]:
    """MB in the buffers of a full batch, which must not grow with the rows."""
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
