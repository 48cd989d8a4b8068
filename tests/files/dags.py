"""Random nets for the exporters, each with twelve rows of inputs and what the engine answers."""

import random
from functools import cache

import numpy as np
from numpy.typing import NDArray

from chainstep import predict
from chainstep.project import Project
from tests.random_nets import random_project

Array = NDArray[np.float64]
#: The nets of the quick tests; the long ones use a hundred.
QUICK = range(10)
MANY = range(100)
ROWS = 12


@cache
def rows_of(seed: int) -> tuple[tuple[float, ...], ...]:
    """Return the net's own three examples and nine near them, where it behaves as well."""
    data = random_project(seed).data.inputs
    rng = random.Random(seed)
    near = (
        tuple(value + rng.uniform(-0.004, 0.004) for value in data[n % len(data)])
        for n in range(ROWS - len(data))
    )
    return (*data, *near)


def answers(project: Project, rows: tuple[tuple[float, ...], ...]) -> Array:
    return predict(project, rows)


def worst(found: object, project: Project, rows: tuple[tuple[float, ...], ...]) -> float:
    """Return the largest difference from the engine, relative above 1."""
    wanted = answers(project, rows)
    got = np.asarray(found, dtype=np.float64).reshape(wanted.shape)
    return float((np.abs(got - wanted) / np.maximum(1.0, np.abs(wanted))).max())
