"""Every kernel and every engine equals the plain path, whatever the cost model would choose.

The plain path itself is proven against PyTorch and mpmath elsewhere (`test_oracle.py`,
`test_training.py`); nets with everything a document allows come from `tests/random_nets.py`.
"""

import random
from functools import cache
from typing import Any

import numpy as np
import pytest

from chainstep.engine import compiled_engine, cost
from chainstep.engine.columns import columns
from chainstep.engine.engines import Engine
from chainstep.engine.feed import Feed
from chainstep.engine.packer import pack
from chainstep.engine.plain_engine import PlainEngine
from chainstep.engine.plan import compile_plan
from chainstep.engine.scalar import can_serve
from chainstep.engine.scalar_engine import ScalarEngine
from chainstep.engine.tape_batches import Chunked, Whole
from chainstep.engine.tape_engine import TapeEngine
from chainstep.engine.trainer import Trainer
from chainstep.network.model import ACTIVATION_PARAMS, Connection, Network, Unit
from chainstep.project import LOSSES, OPTIMIZERS, Data, Loss, Project
from tests.random_nets import random_project
from tests.reference import worst_error

TOLERANCE = 1e-14
SEEDS = range(0, 300, 4)
ACTIVATIONS = ("tanh", "logistic", "relu", "identity", "sine")


@cache
def large_dag(seed: int, fan_in: int = 6, units: int = 90, rows: int = 24) -> Project:
    """Draw a net of sums with several levels, long connections and outputs that feed on."""
    rng = random.Random(seed)
    order = [Unit(id=f"i{n}", kind="input") for n in range(5)]
    connections = []
    for n in range(units):
        kind = "output" if n % 30 == 29 else "hidden"
        bias = None if rng.random() < 0.2 else rng.uniform(-0.5, 0.5)
        unit = Unit(id=f"h{n}", kind=kind, activation=rng.choice(ACTIVATIONS), bias=bias)
        reach = order[-rng.choice((12, 40, len(order))) :]
        for source in rng.sample(reach, min(fan_in, len(reach))):
            weight = rng.uniform(-0.6, 0.6)
            connections.append(Connection(source=source.id, target=unit.id, weight=weight))
        order.append(unit)
    outputs = sum(unit.is_output for unit in order)

    def table(width: int) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(rng.uniform(-1, 1) for _ in range(width)) for _ in range(rows))

    return Project(
        network=Network(units=tuple(order), connections=tuple(connections)),
        data=Data(inputs=table(5), targets=table(outputs)),
    ).with_training(learning_rate=0.01)


def feed_of(project: Project) -> Feed:
    return Feed(*columns(project), np.arange(len(project.data.inputs)))


def made(kind: Any, project: Project, size: int, *rest: Any) -> Engine:
    """Return an engine at the project's weights."""
    plan = compile_plan(project.network)
    engine: Engine = kind(plan, project.loss, project.training, feed_of(project), size, *rest)
    engine.load(plan.theta(), {}, 0)
    return engine


def assert_same(engine: Engine, project: Project, size: int, epochs: int = 2) -> None:
    """Hold errors, parameters and the optimiser's memory against the plain path."""
    plain = made(PlainEngine, project, size)
    batches = -(-len(project.data.inputs) // size)
    with np.errstate(all="ignore"):
        expected = plain.run(0, batches, epochs, 0.0, None)
        found = [engine.factor * met for met in engine.run(0, batches, epochs, 0.0, None)]
    assert worst_error(found, expected) <= TOLERANCE
    theta, vectors, _ = engine.unload()
    assert worst_error(theta, plain.unload()[0]) <= TOLERANCE
    for name, vector in plain.unload()[1].items():
        assert worst_error(vectors[name], vector) <= 1e-13


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("force", [None, *cost.KINDS])
def test_a_tape_of_any_kernel_equals_the_plain_path(force: str | None, size: int) -> None:
    for seed in SEEDS:
        project = random_project(seed).with_training(learning_rate=1e-3, batch_size=size)
        assert_same(made(TapeEngine, project, size, force), project, size)


@pytest.mark.parametrize("size", [1, 5, 24])
@pytest.mark.parametrize("force", [None, *cost.KINDS])
@pytest.mark.parametrize("fan_in", [1, 2, 6])
def test_kernels_equal_the_plain_path_on_larger_nets(
    fan_in: int, force: str | None, size: int
) -> None:
    for seed in range(4):
        project = large_dag(seed, fan_in)
        assert_same(made(TapeEngine, project, size, force), project, size)


@pytest.mark.parametrize("force", cost.KINDS)
def test_a_forced_kernel_is_the_one_of_every_block(force: str) -> None:
    packing = pack(compile_plan(large_dag(0).network), 8, force)
    kinds = {level.sums.kind for level in packing.levels if level.sums is not None}
    kinds |= {level.pull.kind for level in packing.levels if level.pull is not None}
    assert kinds == {force}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_scalar_program_equals_the_plain_path(size: int) -> None:
    served = set()
    for seed in SEEDS:
        project = simplified(random_project(seed)).with_training(learning_rate=1e-3)
        if can_serve(compile_plan(project.network), project.loss, project.training):
            served.add(project.loss.name)
            assert_same(made(ScalarEngine, project, size), project, size)
    assert served >= {"half_squared_error", "binary_cross_entropy", "cross_entropy"}


def simplified(project: Project) -> Project:
    """Return the project with sums and common activations only."""
    common = ("tanh", "logistic", "relu", "identity", "sine", "leaky_relu", "elu", "softplus")
    for n, unit in enumerate(project.network.units):
        if unit.is_input:
            continue
        kept = project.loss.name == "binary_cross_entropy" and unit.is_output
        kept = kept or unit.activation in ("softmax", "log_softmax")
        activation = unit.activation if kept else common[n % len(common)]
        bias = 0.1 if unit.bias is None else unit.bias
        project = project.change_unit(
            unit.id, activation=activation, combine="sum", bias=bias, params=()
        )
    return project


@pytest.mark.parametrize("size", [1, 5])
@pytest.mark.parametrize("loss", ["half_squared_error", "squared_error", "mean_squared_error"])
def test_the_scalar_program_equals_the_plain_path_on_larger_nets(loss: str, size: int) -> None:
    for fan_in in (1, 6, 60):
        project = large_dag(1, fan_in).replace(loss=Loss(name=loss))
        assert_same(made(ScalarEngine, project, size), project, size)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_compiled_kernel_equals_the_plain_path(size: int) -> None:
    served = set()
    for seed in SEEDS:
        project = frozen(simplified(random_project(seed))).with_training(learning_rate=1e-3)
        plan = compile_plan(project.network)
        if compiled_engine.can_serve(plan, project.loss, project.training):
            served.add(project.loss.name)
            assert_same(made(compiled_engine.CompiledEngine, project, size), project, size)
    assert served >= {"half_squared_error", "binary_cross_entropy", "cross_entropy"}


def test_the_compiled_kernel_equals_the_plain_path_on_larger_nets() -> None:
    for project in (layers(), large_dag(1, 6), large_dag(2, 60)):
        for size in (1, 5):
            assert_same(made(compiled_engine.CompiledEngine, project, size), project, size)


def test_without_what_is_optional_the_engines_are_those_of_numpy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chainstep.engine.engines.has_fast", lambda: False)
    assert isinstance(Trainer(layers().with_training(batch_size=1)).engine, ScalarEngine)
    assert isinstance(Trainer(layers()).engine, TapeEngine)


@pytest.mark.parametrize("activation", sorted(ACTIVATION_PARAMS))
def test_every_activation_equals_the_plain_path_in_every_engine(activation: str) -> None:
    for size in (1, 3):
        project = chain(activation)
        assert_same(made(TapeEngine, project, size), project, size)
        if can_serve(compile_plan(project.network), project.loss, project.training):
            assert_same(made(ScalarEngine, project, size), project, size)


def chain(activation: str) -> Project:
    """Return two chains that end in outputs of this activation, or pass through one of it."""
    group = activation in ("softmax", "log_softmax")
    hidden = "tanh" if group or activation == "step" else activation
    units = [Unit(id="x", kind="input")]
    connections = []
    for n, weight in enumerate((0.7, 0.9)):
        units.append(Unit(id=f"h{n}", activation=hidden, bias=1.1))
        units.append(Unit(id=f"y{n}", kind="output", activation=activation if group else "tanh"))
        connections.append(Connection(source="x", target=f"h{n}", weight=weight))
        connections.append(Connection(source=f"h{n}", target=f"y{n}", weight=0.4 - n))
    data = Data(inputs=((0.3,), (0.8,), (-0.6,)), targets=((0.2, 0.8), (1.0, 0.0), (0.0, 1.0)))
    return Project(
        network=Network(units=tuple(units), connections=tuple(connections)), data=data
    ).with_training(learning_rate=0.05)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_every_optimiser_equals_the_plain_path(optimizer: str, reduction: str) -> None:
    for penalty in ({}, {"weight_decay": 0.02}, {"l1": 0.01}):
        for project in (chain("tanh"), frozen(chain("tanh")), large_dag(2)):
            tuned = project.with_training(optimizer=optimizer, reduction=reduction, **penalty)
            for size in (1, 3):
                assert_same(made(TapeEngine, tuned, size), tuned, size)


def frozen(project: Project) -> Project:
    """Return the project with its first weight and last bias frozen."""
    first, last = project.network.connections[0], project.network.units[-2]
    return project.change_connection(first.ends, trainable=False).change_unit(
        last.id, trainable=False
    )


@pytest.mark.parametrize("optimizer", ["rmsprop", "adagrad", "adam"])
def test_an_epsilon_of_zero_leaves_structural_zeros_alone(optimizer: str) -> None:
    project = frozen(chain("tanh")).with_training(optimizer=optimizer, epsilon=0.0)
    engine = made(TapeEngine, project, 1)
    with np.errstate(all="ignore"):
        engine.run(0, 3, 2, 0.0, None)
    assert engine.finite


@pytest.mark.parametrize("lanes", [1, 2, 3])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_batch_in_chunks_equals_the_plain_path(optimizer: str, lanes: int) -> None:
    for project in (large_dag(0), frozen(large_dag(1)), chain("tanh"), layers(), frozen(layers())):
        tuned = project.with_training(optimizer=optimizer)
        rows = len(tuned.data.inputs)
        engine = made(TapeEngine, tuned, rows)
        assert isinstance(engine, TapeEngine)
        engine.columns, engine.lanes = (5 if rows > 5 else 1), lanes
        assert_same(engine, tuned, rows, epochs=4)
        assert isinstance(engine._batches[rows], Chunked)


def test_threads_share_a_batch_only_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "MOST_LANES", 2)
    small, large = compile_plan(layers().network), compile_plan(large_dag(1, 60).network)
    assert cost.lanes(small, 12) == cost.lanes(small, 1000) == 1
    assert cost.lanes(large, 1) == cost.lanes(large, 24) == 1
    assert cost.lanes(large, 100_000) == 2


def test_threads_that_share_a_batch_make_the_same_bits_every_time() -> None:
    ends = set()
    for _ in range(5):
        engine = made(TapeEngine, large_dag(0), 24)
        assert isinstance(engine, TapeEngine)
        engine.columns, engine.lanes = 5, 3
        engine.run(0, 1, 20, 0.0, None)
        ends.add(engine.unload()[0].tobytes())
    assert len(ends) == 1


def test_a_number_that_breaks_in_a_thread_is_no_warning() -> None:
    engine = made(TapeEngine, large_dag(0).with_training(learning_rate=1e300), 24)
    assert isinstance(engine, TapeEngine)
    engine.columns, engine.lanes = 5, 3
    with np.errstate(all="ignore"):
        engine.run(0, 1, 9, 0.0, None)
    assert not engine.finite


def test_blocks_that_are_changed_at_once_equal_the_plain_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chainstep.engine.kernels.range.IN_PLACE", False)
    for large in (1, 30):
        monkeypatch.setattr("chainstep.engine.tape_batches.LARGE", large)
        for project in (layers(), large_dag(1)):
            assert_same(made(TapeEngine, project, 4), project, 4)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_equals_the_plain_path_where_outputs_are_scattered(loss: str) -> None:
    project = large_dag(2)
    if loss.endswith("entropy"):
        project = chain("softmax") if loss == "cross_entropy" else outputs_are_logistic(project)
    for size in (1, 5):
        replaced = project.replace(loss=Loss(name=loss, delta=0.3))
        assert_same(made(TapeEngine, replaced, size), replaced, size)


def outputs_are_logistic(project: Project) -> Project:
    for unit in project.network.outputs:
        project = project.change_unit(unit.id, activation="logistic")
    return project.with_data(
        targets=tuple(tuple(abs(value) for value in row) for row in project.data.targets)
    )


@pytest.mark.parametrize("size", [1, 4])
def test_dense_layers_are_updated_in_place_where_scipy_is_there(size: int) -> None:
    project = layers()
    engine = made(TapeEngine, project, size)
    assert isinstance(engine, TapeEngine)
    assert_same(engine, project, size)
    assert engine.in_place


def test_dense_layers_need_no_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainstep.engine.kernels.range.IN_PLACE", False)
    for size in (1, 4, 12):
        engine = made(TapeEngine, layers(), size)
        assert isinstance(engine, TapeEngine)
        assert_same(engine, layers(), size)
        assert not engine.in_place


@pytest.mark.parametrize("size", [4, 5, 12])
def test_inputs_read_in_place_equal_the_plain_path(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainstep.engine.tape.STREAM", 1)
    for project in (layers(), frozen(layers())):
        for in_place in (True, False):
            monkeypatch.setattr("chainstep.engine.kernels.range.IN_PLACE", in_place)
            engine = made(TapeEngine, project, size)
            assert isinstance(engine, TapeEngine)
            engine.columns = min(size, 5)
            assert_same(engine, project, size)
            batches = engine._batches[size]
            lanes = batches.lanes if isinstance(batches, Chunked) else ()
            tapes = [tape for lane in lanes for tape in lane.tapes.values()]
            tapes += [batches.tape] if isinstance(batches, Whole) else []
            assert all(tape.streamed for tape in tapes)


@cache
def layers() -> Project:
    rng = random.Random(0)
    units, connections = [Unit(id=f"0/{n}", kind="input") for n in range(3)], []
    for level, width in enumerate((6, 5, 2), start=1):
        before = [unit for unit in units if unit.id.startswith(f"{level - 1}/")]
        for n in range(width):
            kind = "output" if level == 3 else "hidden"
            units.append(Unit(id=f"{level}/{n}", kind=kind, activation="tanh", bias=0.1))
            connections += [
                Connection(source=u.id, target=f"{level}/{n}", weight=rng.uniform(-1, 1))
                for u in before
            ]
    rows = [[rng.uniform(-1, 1) for _ in range(5)] for _ in range(12)]
    data = Data(
        inputs=tuple(tuple(row[:3]) for row in rows), targets=tuple(tuple(row[3:]) for row in rows)
    )
    return Project(network=Network(units=tuple(units), connections=tuple(connections)), data=data)


def test_layers_become_exactly_dense_blocks() -> None:
    packing = pack(compile_plan(layers().network), 10)
    blocks = [level.sums for level in packing.levels if level.sums is not None]
    assert [block.kind for block in blocks] == [cost.RANGE] * 3
    assert packing.whole
    assert packing.size == 4 * 6 + 7 * 5 + 6 * 2 + 1
    assert all(level.pull is None for level in packing.levels)


def test_the_places_of_all_parameters_are_different() -> None:
    for seed in SEEDS:
        packing = pack(compile_plan(random_project(seed).network), 4)
        assert len(set(packing.place.tolist())) == packing.plan.size
        assert packing.place.size == 0 or packing.place.max() < packing.size - 1


@pytest.mark.parametrize("order", ["fixed", "shuffled"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_many_updates_at_once_end_at_the_bits_of_one_by_one(order: str, optimizer: str) -> None:
    for size in (1, 5, None):
        for project in (layers(), large_dag(0)):
            tuned = project.with_training(batch_size=size, order=order, optimizer=optimizer)
            at_once, singly = Trainer(tuned), Trainer(tuned)
            at_once.advance(37)
            for _ in range(37):
                singly.step_batch()
            assert at_once.theta.tobytes() == singly.theta.tobytes()
            assert at_once.losses == singly.losses
            assert (at_once.epoch, at_once.batch) == (singly.epoch, singly.batch)


def test_memory_does_not_grow_with_the_rows() -> None:
    assert cost.columns_at_once(60_000, 5_000, 109_386, 1) <= 512
    for lanes in (1, 2, 4):
        numbers = cost.columns_at_once(1_000_000, 100_000, 110_000, lanes) * lanes * 100_000
        assert numbers * 8 <= 64 * 2**20
    assert cost.columns_at_once(24, 100, 50, 1) == 24
    assert cost.columns_at_once(24, 100, 50, 2) == 12
