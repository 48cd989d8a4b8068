"""The models that other tools wrote, with the outputs that are expected of them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from chainstep import predict
from chainstep.project import Project

DATA = Path(__file__).parents[1] / "data"
MODELS = DATA / "models"
HOSTILE = DATA / "hostile"


@cache
def cases() -> dict[str, Any]:
    return json.loads((MODELS / "cases.json").read_text("utf-8"))["cases"]  # type: ignore[no-any-return]


def error_of(project: Project, name: str) -> float:
    """Return how far the outputs for a model's rows are from those expected, at most."""
    case = cases()[name]
    outputs = predict(project, case["rows"])
    wanted = np.array(case["expected_float64"], dtype=float).reshape(len(case["rows"]), -1)
    assert outputs.shape == wanted.shape
    return float(np.abs(outputs - wanted).max())


def tolerance(name: str) -> float:
    return 1e-12 if "float64" in name else 3e-7
