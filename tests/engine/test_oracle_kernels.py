"""Every kernel and every engine has the gradients of PyTorch on the nets of `data/oracle.json`.

Whatever the cost model would choose, at one example and at all of them. Trajectories, and the
numbers of single units, are in `test_oracle.py`; kernels on random nets in `test_kernels.py`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from chainstep.engine import compiled_engine, cost, scalar
from chainstep.engine.activations import Array
from chainstep.engine.columns import columns
from chainstep.engine.compiled_engine import CompiledEngine
from chainstep.engine.feed import Feed
from chainstep.engine.plain_engine import PlainEngine
from chainstep.engine.plan import compile_plan
from chainstep.engine.scalar_engine import ScalarEngine
from chainstep.engine.tape_engine import TapeEngine
from chainstep.project import Project
from tests import oracle

TOLERANCE = 1e-13
#: So large a η that the old weights are lost beside the gradient, and a power of two.
RATE = 2.0**40
ENGINES: dict[str, tuple[Any, ...]] = {
    "plain": (PlainEngine,),
    "scalar": (ScalarEngine,),
    "compiled": (CompiledEngine,),
    **{kind: (TapeEngine, kind) for kind in cost.KINDS},
}


def served(name: str) -> Iterator[tuple[oracle.Case, Project]]:
    """Yield the cases that an engine can train."""
    for case in oracle.cases().values():
        project = oracle.project_of(case).with_training(
            optimizer="sgd", learning_rate=RATE, batch_size=None, reduction=case["reduction"]
        )
        plan = compile_plan(project.network)
        limits = {"scalar": scalar.can_serve, "compiled": compiled_engine.can_serve}
        if name not in limits or limits[name](plan, project.loss, project.training):
            yield case, project


def gradient(name: str, project: Project, rows: list[int]) -> tuple[Array, Array]:
    """Return ∂E/∂w and ∂E/∂b, reduced over the rows, by one update of an engine."""
    plan, (kind, *force) = compile_plan(project.network), ENGINES[name]
    feed = Feed(*columns(project), np.array(rows))
    engine = kind(plan, project.loss, project.training, feed, len(rows), *force)
    engine.load(plan.theta(), {}, 0)
    with np.errstate(all="ignore"):
        engine.run(0, 1, 1, 0.0, None)
    found = (plan.theta() - engine.unload()[0]) / RATE
    return found[: plan.weights], found[plan.weights :]


@pytest.mark.parametrize("name", ENGINES)
def test_a_kernel_has_the_gradients_of_pytorch_over_all_rows(name: str) -> None:
    cases = list(served(name))
    assert len(cases) >= (9 if name in ("scalar", "compiled") else 20)
    for case, project in cases:
        dE_dw, dE_db = gradient(name, project, list(range(len(case["X"]))))
        by_unit = case["result"]["dE_db"]
        units = [unit.id for unit in project.network.units if unit.bias is not None]
        assert oracle.scaled_error(dE_dw, case["result"]["dE_dw"]) <= TOLERANCE
        assert oracle.scaled_error(dE_db, [by_unit[unit] for unit in units]) <= TOLERANCE


@pytest.mark.parametrize("name", ENGINES)
def test_a_kernel_has_the_gradients_of_pytorch_at_one_example(name: str) -> None:
    for case, project in served(name):
        for row, expected in enumerate(case["result"]["grad_term"]):
            dE_dw, _ = gradient(name, project, [row])
            assert oracle.scaled_error(dE_dw, expected) <= TOLERANCE
