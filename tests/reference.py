"""Read `fixtures/*.json` and turn their nets into projects.

How the numbers were computed is in `fixtures/generate.py`.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Data, Loss, Project, Training

FOLDER: Final = Path(__file__).parent / "fixtures"


@lru_cache
def fixture(name: str) -> Mapping[str, Any]:
    """Return one file of reference numbers."""
    loaded: Mapping[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return loaded


def project_of(case: Mapping[str, Any], **training: Any) -> Project:
    """Return the project of a case: its net, loss and data, trained as given."""
    return Project(
        network=Network(
            units=tuple(_unit_of(unit) for unit in case["units"]),
            connections=tuple(Connection(**connection) for connection in case["connections"]),
        ),
        loss=Loss(**case["loss"]),
        data=Data(
            inputs=tuple(tuple(row) for row in case["inputs"]),
            targets=tuple(tuple(row) for row in case["targets"]),
        ),
        training=Training(**training),
    )


def single_unit(activation: str, params: Mapping[str, float], points: list[float]) -> Project:
    """Return x → y with weight 1 and no bias, where y has the activation: z = h(x)."""
    output = Unit(id="y", kind="output", activation=activation).with_params(**params)
    return Project(
        network=Network(
            units=(Unit(id="x", kind="input"), output),
            connections=(Connection(source="x", target="y", weight=1.0),),
        ),
        loss=Loss(name="output"),
        data=Data(inputs=tuple((point,) for point in points)),
    )


def worst_error(computed: Any, reference: Any) -> float:
    """Return max |computed - reference| / max |reference|, 0 for nothing to compare."""
    expected = np.array(reference, dtype=float).ravel()
    actual = np.array(computed, dtype=float).ravel()
    assert actual.shape == expected.shape
    if not expected.size:
        return 0.0
    return float(np.abs(actual - expected).max() / (np.abs(expected).max() or 1.0))


def _unit_of(unit: Mapping[str, Any]) -> Unit:
    params = unit.get("params", {})
    made = Unit(**{key: value for key, value in unit.items() if key != "params"})
    return made.with_params(**params) if params else made
