"""On 300 random nets the step-wise trace, the batch gradient and differences of E agree.

The nets are drawn in `tests/random_nets.py`. Absolute truth (PyTorch, mpmath) is in
`test_oracle.py`, `test_reference_nets.py` and `test_activations.py`.
"""

import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from chainstep.network.model import ACTIVATION_PARAMS, COMBINES, MAX, PRODUCT, SUM
from chainstep.project import LOSSES, Project
from chainstep.stepping.run import Run
from chainstep.stepping.trace import trace
from chainstep.stepping.why.gradient_check import check
from tests.random_nets import random_project
from tests.reference import worst_error

SEEDS = range(300)
#: The nudge of the central differences; an error of order h⁴, and rounding of 1e-16 E / h.
NUDGE = 3e-4
Found = dict[str, Any]
Gradient = dict[Any, float]


@cache
def traces_of(seed: int) -> tuple[Found, ...]:
    project = random_project(seed)
    return tuple(trace(project, n).as_dict() for n in range(len(project.data.inputs)))


def every(seeds: range = SEEDS) -> Iterator[tuple[Project, Found, Found]]:
    """Yield project, trace and unit for every unit of every example."""
    for seed in seeds:
        for found in traces_of(seed):
            for unit in found["units"]:
                yield random_project(seed), found, unit


def step_wise_gradient(seed: int) -> Gradient:
    """Return ∂E/∂w by (source, target) and ∂E/∂b by unit: the traces' terms, reduced."""
    traces, training = traces_of(seed), random_project(seed).training
    share = 1 / len(traces) if training.reduction == "mean" else 1.0
    gradient: Gradient = {}
    for found in traces:
        for c in found["connections"]:
            ends = c["source"], c["target"]
            gradient[ends] = gradient.get(ends, 0.0) + share * c["dE_dw"]
        for b in found["biases"]:
            gradient[b["unit"]] = gradient.get(b["unit"], 0.0) + share * b["dE_db"]
    return gradient


def batch_gradient(project: Project) -> Gradient:
    """Return the gradient that one update of plain descent moved along.

    The learning rate is a power of two so large that the old weights' rounding is lost beside it.
    """
    rate = 2.0**40
    run = Run(project.with_training(optimizer="sgd", learning_rate=rate, batch_size=None))
    run.train(epochs=1)
    before, after = parameters(project), parameters(run.project)
    return {name: (before[name] - after[name]) / rate for name in before}


def parameters(project: Project) -> Gradient:
    found: Gradient = {c.ends: c.weight for c in project.network.connections}
    found |= {u.id: u.bias for u in project.network.units if u.bias is not None}
    return found


def nudged(project: Project, name: Any, by: float) -> Project:
    value = {name: parameters(project)[name] + by}
    return project.with_parameters(*((value, {}) if isinstance(name, tuple) else ({}, value)))


def difference(project: Project, name: Any) -> float:
    """Return dE/dw by the five-point central difference."""

    def error(steps: int) -> float:
        return Run(nudged(project, name, steps * NUDGE)).loss()

    return (8 * (error(1) - error(-1)) - (error(2) - error(-2))) / (12 * NUDGE)


def agree(total: float, terms: list[float]) -> bool:
    size = max([abs(total), *map(abs, terms)])
    return abs(math.fsum(terms) - total) <= 1e-12 * size


def test_the_nets_cover_every_activation_combine_and_loss() -> None:
    projects = [random_project(seed) for seed in SEEDS]
    computed = [u for p in projects for u in p.network.units if not u.is_input]
    assert {unit.activation for unit in computed} == set(ACTIVATION_PARAMS)
    assert {unit.combine for unit in computed} == set(COMBINES)
    assert {project.loss.name for project in projects} == set(LOSSES)
    with_params = {unit.activation for unit in computed if unit.params}
    assert with_params == {name for name, params in ACTIVATION_PARAMS.items() if params}


def test_the_nets_cover_every_shape() -> None:
    shapes: dict[str, int] = {}
    for seed in SEEDS:
        for shape in shapes_of(random_project(seed)):
            shapes[shape] = shapes.get(shape, 0) + 1
    expected = {
        "fan-out of 3", "dead end", "output that feeds on", "unit without inputs", "null bias",
        "softmax", "log_softmax", "group without cross-entropy", "skip", "product of 3", "max of 3",
    }  # fmt: skip
    assert set(shapes) == expected
    assert min(shapes.values()) >= 5


def shapes_of(project: Project) -> Iterator[str]:
    network = project.network
    for unit in network.units:
        incoming, outgoing = network.incoming[unit.id], network.outgoing[unit.id]
        if len(outgoing) >= 3:
            yield "fan-out of 3"
        if not outgoing and not unit.is_output:
            yield "dead end"
        if outgoing and unit.is_output:
            yield "output that feeds on"
        if unit.is_input:
            continue
        if not incoming:
            yield "unit without inputs"
        if unit.bias is None and unit.combine == SUM:
            yield "null bias"
        if unit.activation in ("softmax", "log_softmax"):
            yield unit.activation
            if project.loss.name != "cross_entropy":
                yield "group without cross-entropy"
        if len(incoming) >= 3 and unit.combine != SUM:
            yield f"{unit.combine} of 3"
        if any(network.by_id[c.source].is_input for c in incoming) and unit.is_output:
            yield "skip"


@pytest.mark.parametrize("seed", SEEDS)
def test_step_wise_gradients_are_those_of_the_batch(seed: int) -> None:
    step_wise, batch = step_wise_gradient(seed), batch_gradient(random_project(seed))
    assert step_wise.keys() == batch.keys()
    assert worst_error(list(batch.values()), list(step_wise.values())) <= 1e-12


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_are_differences_of_E(seed: int) -> None:
    project, gradient = random_project(seed), step_wise_gradient(seed)
    rounding = 1e-11 * max(1.0, abs(Run(project).loss()))
    for name, analytic in gradient.items():
        numeric = difference(project, name)
        assert numeric == pytest.approx(analytic, rel=1e-6, abs=rounding), name


@pytest.mark.parametrize("seed", range(0, 300, 6))
def test_the_gradient_check_passes_and_skips_nothing(seed: int) -> None:
    project = random_project(seed)
    rows = check(project).rows
    computed = sum(not unit.is_input for unit in project.network.units)
    assert len(rows) == len(parameters(project)) + computed
    assert not [row for row in rows if row.skipped or row.relative > 1e-6]


def test_the_loss_of_the_batch_is_that_of_the_examples() -> None:
    for seed in SEEDS:
        project = random_project(seed)
        losses = [found["loss"] for found in traces_of(seed)]
        share = 1 / len(losses) if project.training.reduction == "mean" else 1.0
        assert Run(project).loss() == pytest.approx(share * math.fsum(losses), rel=1e-12, abs=1e-14)


def test_incoming_products_build_a() -> None:
    build: dict[str, Callable[[list[float]], float]] = {
        SUM: math.fsum,
        PRODUCT: math.prod,
        MAX: max,
    }
    for project, _, unit in every():
        drawn = project.network.by_id[unit["id"]]
        if drawn.is_input:
            assert unit["a"] is None
            continue
        products = [term["product"] for term in unit["incoming"]]
        bias = [] if drawn.bias is None else [drawn.bias]
        size = max(map(abs, (unit["a"], *products, *bias)))
        assert abs(build[drawn.combine]([*products, *bias]) - unit["a"]) <= 1e-12 * size
        assert all(t["product"] == t["weight"] * t["z"] for t in unit["incoming"])


def test_dE_dz_is_the_direct_share_and_the_sum_over_every_outgoing_connection() -> None:
    for project, _, unit in every():
        terms = [term["dE_dz_term"] for term in unit["outgoing"]]
        assert (unit["direct"] is not None) == project.network.by_id[unit["id"]].is_output
        assert agree(unit["dE_dz"], [unit["direct"] or 0.0, *terms])


def test_delta_is_its_direct_share_and_the_sum_of_its_terms() -> None:
    for project, _, unit in every():
        drawn = project.network.by_id[unit["id"]]
        if drawn.is_input:
            assert unit["delta"] is unit["h_prime"] is None
        elif "jacobian" not in unit:
            terms = [term["delta_term"] for term in unit["outgoing"]]
            assert agree(unit["delta"], [unit["h_prime"] * (unit["direct"] or 0.0), *terms])
            assert agree(unit["delta"], [unit["h_prime"] * unit["dE_dz"]])


def test_delta_of_a_softmax_output_is_the_sum_of_its_jacobian_terms() -> None:
    met = 0
    for project, _, unit in every():
        grouped = project.network.by_id[unit["id"]].activation in ("softmax", "log_softmax")
        assert grouped == ("jacobian" in unit)
        if grouped:
            met += 1
            assert [row["unit"] for row in unit["jacobian"]] == [
                output.id for output in project.network.outputs
            ]
            assert agree(unit["delta"], [row["term"] for row in unit["jacobian"]])
            for row in unit["jacobian"]:
                assert row["term"] == pytest.approx(row["dE_dz"] * row["dz_da"], rel=1e-12)
    assert met > 100


def test_each_term_is_the_delta_beyond_times_the_slope_of_the_connection() -> None:
    for _, found, unit in every():
        delta = {other["id"]: other["delta"] for other in found["units"]}
        for term in unit["outgoing"]:
            assert term["delta"] == delta[term["target"]]
            assert agree(term["dE_dz_term"], [term["delta"] * term["da_dz"]])
            if unit["h_prime"] is None:
                assert term["da_da"] is term["delta_term"] is None
            else:
                assert agree(term["da_da"], [unit["h_prime"] * term["da_dz"]])
                assert agree(term["delta_term"], [term["delta"] * term["da_da"]])


def test_gradients_of_weights_and_biases_follow_from_delta() -> None:
    for seed in SEEDS:
        project = random_project(seed)
        for found in traces_of(seed):
            units = {unit["id"]: unit for unit in found["units"]}
            for c in found["connections"]:
                if project.network.by_id[c["target"]].combine == SUM:
                    z, delta = units[c["source"]]["z"], units[c["target"]]["delta"]
                    assert agree(c["dE_dw"], [delta * z])
            for b in found["biases"]:
                assert b["dE_db"] == units[b["unit"]]["delta"]


def test_units_connections_and_terms_stand_in_document_order() -> None:
    for seed in SEEDS:
        network, found = random_project(seed).network, traces_of(seed)[0]
        assert [u["id"] for u in found["units"]] == [unit.id for unit in network.units]
        ends = [(c["source"], c["target"]) for c in found["connections"]]
        assert ends == [c.ends for c in network.connections]
        for unit in found["units"]:
            into = [(t["source"], unit["id"]) for t in unit["incoming"]]
            onward = [(unit["id"], t["target"]) for t in unit["outgoing"]]
            assert into == [pair for pair in ends if pair[1] == unit["id"]]
            assert onward == [pair for pair in ends if pair[0] == unit["id"]]


@pytest.mark.parametrize("seed", range(0, 300, 10))
@pytest.mark.parametrize("grain", ["term", "unit", "level", "pass", "example", "batch", "epoch"])
def test_stepping_makes_the_very_updates_of_training(seed: int, grain: str) -> None:
    project = random_project(seed).with_training(batch_size=2, learning_rate=0.01)
    trained, stepped = Run(project), Run(project)
    trained.train(epochs=2)
    for _ in range(100_000):
        if stepped.cursor.updates == 4:
            break
        stepped.step(grain)
    assert stepped.cursor.updates == 4
    assert stepped.losses == trained.losses
    assert stepped.project.network.same_as(trained.project.network)


@pytest.mark.parametrize("seed", range(5, 300, 25))
def test_stepping_back_restores_every_bit(seed: int) -> None:
    project = random_project(seed).with_training(
        batch_size=2, learning_rate=0.01, optimizer="adam", order="shuffled"
    )
    run = Run(project)
    path = []
    while run.cursor.updates < 3:
        path.append((run.cursor, run.project, list(run.losses)))
        run.step("unit")
    for cursor, earlier, losses in reversed(path):
        run.back("unit")
        assert run.cursor == cursor
        assert run.losses == losses
        assert run.project.network.same_as(earlier.network)
