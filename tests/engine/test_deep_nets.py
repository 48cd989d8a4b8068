"""Nets of very many narrow levels: what the tape does for them alone equals the plain path."""

import itertools
import random
from functools import cache

import pytest

from chainstep.engine import cost
from chainstep.engine.packer import MANY_LEVELS, ONES_APART, pack
from chainstep.engine.plan import compile_plan
from chainstep.engine.tape_engine import TapeEngine
from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Data, Loss, Project
from tests.engine.test_kernels import assert_same, made

ACTIVATIONS = ("tanh", "logistic", "relu", "identity", "sine", "gaussian")


@cache
def deep(seed: int, levels: int = 150, rows: int = 13) -> Project:
    """Draw a net with one or two units a level, of few and of many sources, also none."""
    rng = random.Random(seed)
    order = [Unit(id=f"i{n}", kind="input") for n in range(4)]
    connections, before = [], order[-1]
    for level in range(levels):
        here = [f"{level}a"] if rng.random() < 0.8 else [f"{level}a", f"{level}b"]
        for name in here:
            last = level == levels - 1 or rng.random() < 0.03
            combine = "product" if rng.random() < 0.03 else "sum"
            biased = combine == "sum" and rng.random() < 0.8
            unit = Unit(
                id=name,
                kind="output" if last else "hidden",
                activation="logistic" if last else rng.choice(ACTIVATIONS),
                bias=rng.uniform(-0.5, 0.5) if biased else None,
                combine=combine,
            )
            others = [u for u in order[-60:] if u is not before and u.id[:-1] != str(level)]
            for source in (before, *rng.sample(others, min(len(others), rng.choice((0, 3, 9))))):
                weight = rng.uniform(-0.6, 0.6)
                connections.append(Connection(source=source.id, target=name, weight=weight))
            order.append(unit)
        before = order[-1]
    outputs = sum(unit.is_output for unit in order)

    def table(width: int) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(rng.uniform(-1, 1) for _ in range(width)) for _ in range(rows))

    return Project(
        network=Network(units=tuple(order), connections=tuple(connections)),
        data=Data(inputs=table(4), targets=table(outputs)),
    ).with_training(learning_rate=0.01)


@pytest.mark.parametrize("force", [None, *cost.KINDS])
@pytest.mark.parametrize("size", [1, 5, 13])
def test_a_deep_net_equals_the_plain_path(force: str | None, size: int) -> None:
    for seed in range(3):
        assert_same(made(TapeEngine, deep(seed), size, force), deep(seed), size)


@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_outputs_in_the_middle_of_a_deep_net_equal_the_plain_path(loss: str) -> None:
    project = deep(1).replace(loss=Loss(name=loss))
    assert_same(made(TapeEngine, project, 5), project, 5)


def test_a_deep_net_in_chunks_equals_the_plain_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "columns_at_once", lambda *_: 5)
    assert_same(made(TapeEngine, deep(2), 13), deep(2), 13)


def test_single_units_of_one_width_lie_side_by_side() -> None:
    packing = pack(compile_plan(deep(0).network), 5, cost.GATHER)
    lones = packing.lones()
    assert len(lones) > MANY_LEVELS
    assert [block.width for block in lones] == sorted(block.width for block in lones)
    assert all(a.end == b.offset for a, b in itertools.pairwise(lones))
    assert len(set(packing.place.tolist())) == packing.plan.size


def test_a_deep_net_has_few_rows_of_ones() -> None:
    packing = pack(compile_plan(deep(0).network), 5)
    assert len(packing.ones) <= packing.rows / ONES_APART + 1
    shallow = pack(compile_plan(deep(0, levels=MANY_LEVELS - 1).network), 5)
    assert len(shallow.ones) == len(shallow.levels)


def test_what_is_gathered_for_a_deep_net_is_not_kept() -> None:
    packing = pack(compile_plan(deep(0).network), 5, cost.GATHER)
    connections = len(packing.plan.network.connections)
    narrow = sum(len(b.index) for level in packing.levels if (b := level.sums) and b.lone)
    assert narrow > connections / 2
    assert packing.numbers() < 5 * packing.rows + connections - narrow / 2
