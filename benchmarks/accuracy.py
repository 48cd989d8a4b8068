"""Accuracy: the gradient of one update, by every engine and kernel, beside PyTorch's.

The error is the largest difference, scaled by the largest number of the gradient. That every
kernel has the numbers of the oracle is a test, `tests/engine/test_oracle_kernels.py`; only here is
the kernel of the extra `fast` a compiled one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import nets, peers
from chainstep.engine import compiled_engine, cost, engines
from chainstep.engine.columns import columns
from chainstep.engine.feed import Feed
from chainstep.engine.plain_engine import PlainEngine
from chainstep.engine.plan import compile_plan
from chainstep.engine.scalar_engine import ScalarEngine
from chainstep.engine.tape_engine import TapeEngine
from chainstep.project import Project

#: So large a η that the old weights are lost beside the gradient, and a power of two.
RATE = 2.0**40
ROWS = 7


def accuracy(quick: bool) -> list[dict[str, Any]]:
    """Errors on random nets, engine by engine."""
    if not peers.there("torch"):
        return []
    projects = [_net(seed) for seed in range(10 if quick else 40)]
    expected = [_torch_gradient(project) for project in projects]
    found = []
    for name, engine in _engines().items():
        pairs = zip(projects, expected, strict=True)
        errors = [_error(_gradient(engine, project), theirs) for project, theirs in pairs]
        found.append(
            {
                "engine": name,
                "nets": len(errors),
                "median scaled error": float(np.median(errors)),
                "target": "≤ 1e-15",
                "largest": max(errors),
            }
        )
    return found


def _engines() -> dict[str, Callable[..., Any]]:
    made: dict[str, Callable[..., Any]] = {"plain": PlainEngine, "scalar program": ScalarEngine}
    for kind in cost.KINDS:
        made[f"tape, {kind}"] = lambda *rest, kind=kind: TapeEngine(*rest, kind)
    if engines.has_fast():
        made["compiled"] = compiled_engine.CompiledEngine
    return made


def _net(seed: int) -> Project:
    project = nets.dag(12 + seed, 4, 3 + seed % 5, None, rows=ROWS)
    return project.with_training(learning_rate=RATE)


def _error(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def _gradient(kind: Callable[..., Any], project: Project) -> np.ndarray:
    plan = compile_plan(project.network)
    feed = Feed(*columns(project), np.arange(ROWS))
    engine = kind(plan, project.loss, project.training, feed, ROWS)
    engine.load(plan.theta(), {}, 0)
    engine.run(0, 1, 1, 0.0, None)
    return (plan.theta() - engine.unload()[0]) / RATE


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
