"""Turn the cases of `data/oracle.json` into projects and into plain per-unit numbers.

The oracle was computed by PyTorch in float64; its conventions and tolerances stand at its head.
The comparison itself is in `engine/test_oracle.py`.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Connection, Network, Unit
from chainstep.project import Data, Loss, Project, Training

Case = Mapping[str, Any]

SOURCE: Final = Path(__file__).parent / "data" / "oracle.json"
ACTIVATIONS: Final = {"sigmoid": "logistic", "sin": "sine"}
LOSSES: Final = {
    "half_sse": "half_squared_error",
    "mse": "mean_squared_error",
    "bce": "binary_cross_entropy",
    "softmax_ce": "cross_entropy",
}
#: How each trajectory was trained: optimizer, batch size.
REGIMES: Final[Mapping[str, tuple[str, int | None]]] = {
    "sgd": ("sgd", None),
    "momentum": ("momentum", None),
    "nesterov": ("nesterov", None),
    "rmsprop": ("rmsprop", None),
    "adam": ("adam", None),
    "online": ("sgd", 1),
    "batch2": ("sgd", 2),
}


@lru_cache
def document() -> Mapping[str, Any]:
    """Return the whole file."""
    loaded: Mapping[str, Any] = json.loads(SOURCE.read_text(encoding="utf-8"))
    return loaded


@lru_cache
def cases() -> dict[str, Case]:
    """Return every case by its name, in the file's order."""
    return {case["name"]: case for case in document()["cases"]}


def project_of(case: Case) -> Project:
    """Return the net, loss and data of a case; units keep the oracle's arbitrary order."""
    network = Network(
        units=tuple(_unit_of(case, unit) for unit in _in_column_order(case)),
        connections=tuple(
            Connection(source=str(source), target=str(target), weight=weight)
            for source, target, weight in case["edges"]
        ),
    )
    return Project(
        network=network,
        loss=Loss(name=LOSSES[case["loss"]]),
        data=Data(
            inputs=tuple(tuple(row) for row in case["X"]),
            targets=tuple(tuple(row) for row in case["T"]),
        ),
        training=Training(reduction=case["reduction"]),
    )


def training_of(case: Case, regime: str) -> Training:
    """Return the training of one of the case's trajectories."""
    optimizer, batch_size = REGIMES[regime]
    return Training(
        optimizer=optimizer,
        batch_size=batch_size,
        learning_rate=case["trajectories"][regime]["lr"],
        reduction=case["reduction"],
    )


def tolerance(regime: str) -> float:
    """Return the tolerance the file's head gives for a trajectory."""
    return float(document()["suggested_tol"]["trajectories"][regime])


def weights_and_biases(project: Project, case: Case) -> tuple[list[float], list[float]]:
    """Return the project's weights by edge and its biases in the order of `b_end`."""
    by_ends, by_id = project.network.by_ends, project.network.by_id
    weights = [by_ends[str(source), str(target)].weight for source, target, _ in case["edges"]]
    names = case["trajectories"]["sgd"]["b_end"]
    biases = [by_id[name].bias for name in names]
    return weights, [np.nan if bias is None else bias for bias in biases]


def scaled_error(computed: Any, reference: Any) -> float:
    """Return max |computed - reference| / max |reference|; where the oracle has null, we may."""
    expected = np.array(reference, dtype=float).ravel()
    actual = np.array(computed, dtype=float).ravel()
    given = ~np.isnan(expected)
    assert actual.shape == expected.shape
    if not given.any():
        return 0.0
    scale = np.abs(expected[given]).max() or 1.0
    return float(np.abs(actual[given] - expected[given]).max() / scale)


def _in_column_order(case: Case) -> list[Mapping[str, Any]]:
    """Return the units such that inputs and outputs come in the order of the columns.

    The other units keep their places in the oracle's list, so the order stays arbitrary.
    """
    by_id = {unit["id"]: unit for unit in case["units"]}
    queues = [iter(case["inputs"]), iter(case["outputs"])]
    columns = [set(case["inputs"]), set(case["outputs"])]
    ordered = []
    for unit in case["units"]:
        for queue, members in zip(queues, columns, strict=True):
            if unit["id"] in members:
                ordered.append(by_id[next(queue)])
                break
        else:
            ordered.append(unit)
    return ordered


def _unit_of(case: Case, unit: Mapping[str, Any]) -> Unit:
    name = str(unit["id"])
    if unit["kind"] == "input":
        return Unit(id=name, kind=INPUT)
    return Unit(
        id=name,
        kind=OUTPUT if unit["id"] in case["outputs"] else HIDDEN,
        activation=ACTIVATIONS.get(unit["act"], unit["act"]),
        bias=unit["bias"],
    )
