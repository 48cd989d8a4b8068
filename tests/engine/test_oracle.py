"""The engine and the trace agree with PyTorch on the 20 nets of `data/oracle.json`.

What the oracle lacks is in `test_fixtures.py`; random nets against themselves are in
`test_random_dags.py`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pytest

from chainstep.engine.predict import predict
from chainstep.stepping.run import Run
from chainstep.stepping.trace import trace
from tests import oracle

Traces = list[dict[str, Any]]
NAMES = tuple(oracle.cases())


@lru_cache(maxsize=4)
def traces_of(name: str) -> Traces:
    project = oracle.project_of(oracle.cases()[name])
    return [trace(project, n).as_dict() for n in range(len(project.data.inputs))]


def by_unit(traces: Traces, field: str, names: Any) -> list[list[float | None]]:
    """Return one row a unit, one number an example."""
    units = [{unit["id"]: unit for unit in one["units"]} for one in traces]
    return [[row[name][field] for row in units] for name in names]


def by_edge(case: oracle.Case, traces: Traces, pick: Callable[..., float]) -> list[list[float]]:
    """Return one row an example, one number an edge: pick(units by id, source, target)."""
    rows = []
    for one in traces:
        units = {unit["id"]: unit for unit in one["units"]}
        ends = ((str(source), str(target)) for source, target, _ in case["edges"])
        rows.append([pick(units, source, target) for source, target in ends])
    return rows


def incoming(units: Mapping[str, Any], source: str, target: str) -> dict[str, Any]:
    return next(term for term in units[target]["incoming"] if term["source"] == source)


def outgoing(units: Mapping[str, Any], source: str, target: str) -> dict[str, Any]:
    return next(term for term in units[source]["outgoing"] if term["target"] == target)


def gradient_sums(traces: Traces, part: str, field: str, names: tuple[str, ...]) -> dict[Any, Any]:
    sums: dict[Any, float] = {}
    for one in traces:
        for item in one[part]:
            key = tuple(item[name] for name in names)
            sums[key] = sums.get(key, 0.0) + item[field]
    return sums


def test_there_are_twenty_nets() -> None:
    assert len(NAMES) == 20


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("reference", "field"),
    [
        ("a", "a"),
        ("z", "z"),
        ("hprime", "h_prime"),
        ("delta", "delta"),
        ("dEn_dz", "dE_dz"),
    ],
)
def test_units_have_the_numbers_of_pytorch(name: str, reference: str, field: str) -> None:
    given = oracle.cases()[name]["result"][reference]
    expected = {unit: values for unit, values in given.items() if values is not None}
    computed = by_unit(traces_of(name), field, expected)
    assert oracle.scaled_error(computed, list(expected.values())) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_losses_of_the_examples_are_those_of_pytorch(name: str) -> None:
    expected = oracle.cases()[name]["result"]["En"]
    computed = [one["loss"] for one in traces_of(name)]
    assert oracle.scaled_error(computed, expected) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_the_loss_over_all_rows_is_that_of_pytorch(name: str) -> None:
    case = oracle.cases()[name]
    assert Run(oracle.project_of(case)).loss() == pytest.approx(case["result"]["E"], rel=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_incoming_products_are_the_summands_of_a(name: str) -> None:
    case = oracle.cases()[name]
    computed = by_edge(case, traces_of(name), lambda u, i, j: incoming(u, i, j)["product"])
    assert oracle.scaled_error(computed, case["result"]["fwd_term"]) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_outgoing_terms_are_the_summands_of_dE_dz(name: str) -> None:
    case = oracle.cases()[name]
    computed = by_edge(case, traces_of(name), lambda u, i, j: outgoing(u, i, j)["dE_dz_term"])
    assert oracle.scaled_error(computed, case["result"]["bwd_term"]) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_delta_terms_are_the_slope_times_the_terms_of_dE_dz(name: str) -> None:
    case = oracle.cases()[name]
    traces, slopes = traces_of(name), case["result"]["hprime"]
    computed = by_edge(case, traces, lambda u, i, j: outgoing(u, i, j)["delta_term"])
    expected = [
        [
            slopes[str(source)][n] * term if slopes.get(str(source)) else None
            for (source, _, _), term in zip(case["edges"], row, strict=True)
        ]
        for n, row in enumerate(case["result"]["bwd_term"])
    ]
    assert oracle.scaled_error(computed, expected) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_an_example_are_the_terms_of_pytorch(name: str) -> None:
    case = oracle.cases()[name]
    rows = []
    for one in traces_of(name):
        found = {(c["source"], c["target"]): c["dE_dw"] for c in one["connections"]}
        rows.append([found[str(source), str(target)] for source, target, _ in case["edges"]])
    assert oracle.scaled_error(rows, case["result"]["grad_term"]) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_gradients_over_all_rows_are_those_of_pytorch(name: str) -> None:
    case = oracle.cases()[name]
    traces = traces_of(name)
    share = 1 / len(traces) if case["reduction"] == "mean" else 1.0
    weights = gradient_sums(traces, "connections", "dE_dw", ("source", "target"))
    biases = gradient_sums(traces, "biases", "dE_db", ("unit",))
    expected = {unit: value for unit, value in case["result"]["dE_db"].items() if value is not None}
    dE_dw = [share * weights[str(source), str(target)] for source, target, _ in case["edges"]]
    dE_db = [share * biases[unit,] for unit in expected]
    assert {unit for (unit,) in biases} == set(expected)
    assert oracle.scaled_error(dE_dw, case["result"]["dE_dw"]) <= 1e-13
    assert oracle.scaled_error(dE_db, list(expected.values())) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
def test_predictions_are_the_outputs_of_pytorch(name: str) -> None:
    case = oracle.cases()[name]
    expected = [case["result"]["z"][str(unit)] for unit in case["outputs"]]
    computed = predict(oracle.project_of(case), case["X"])
    assert oracle.scaled_error(computed.T, expected) <= 1e-13


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("regime", oracle.REGIMES)
def test_training_follows_the_trajectory_of_pytorch(name: str, regime: str) -> None:
    case = oracle.cases()[name]
    expected = case["trajectories"][regime]
    epochs = len(expected["loss"]) - 1
    run = Run(oracle.project_of(case).replace(training=oracle.training_of(case, regime)))
    losses = [run.loss()]
    for _ in range(epochs):
        run.train(epochs=1)
        losses.append(run.loss())
    weights, biases = oracle.weights_and_biases(run.project, case)
    tolerance = oracle.tolerance(regime)
    assert epochs == (10 if regime in ("online", "batch2") else 50)
    assert oracle.scaled_error(losses, expected["loss"]) <= tolerance
    assert oracle.scaled_error(weights, expected["w_end"]) <= tolerance
    assert oracle.scaled_error(biases, list(expected["b_end"].values())) <= tolerance


@pytest.mark.parametrize("name", NAMES)
def test_recorded_losses_are_those_met_before_each_full_batch_update(name: str) -> None:
    case = oracle.cases()[name]
    run = Run(oracle.project_of(case).replace(training=oracle.training_of(case, "sgd")))
    run.train(epochs=50)
    assert oracle.scaled_error(run.losses, case["trajectories"]["sgd"]["loss"][:50]) <= 1e-12
