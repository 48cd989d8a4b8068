"""The numbers behind the plots: units over the input plane, spreads of w and δ, flow, confusion.

Everything is computed from a plan, parameters and rows of the data, at once and without a cursor.
What is kept from epoch to epoch is in `watching.samples`; painting is in `app.plots`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.engine.metrics import decisions
from chainstep.engine.passes import backward, forward
from chainstep.engine.plan import Indices, Plan
from chainstep.network.order import levels
from chainstep.project import Loss, Project

#: Points computed at once, so that a fine map of a large net stays within a few megabytes.
CHUNK: Final = 4096
#: Examples that δ is measured on while training; more would not change the picture.
MOST_ROWS: Final = 256
#: The part of the data's own width that a plane has beside it, at each side.
_AIR: Final = 0.15


@dataclass(frozen=True)
class Plane:
    """The part of the input plane that is mapped: the first input across, the second upwards."""

    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True)
class Spread:
    """How the values of one level are spread. counts: one a bin between the edges, low to high.

    outside: how many were not finite.
    """

    level: int
    low: float
    high: float
    counts: tuple[int, ...]
    outside: int = 0


def plane_of(project: Project) -> Plane:
    """Return the plane round the data of a net with one or two inputs; ±1 where there is none."""
    rows = project.data.inputs
    across = [row[0] for row in rows if row] or [-1.0, 1.0]
    upwards = [row[1] for row in rows if len(row) > 1] or [-1.0, 1.0]
    return Plane(*_widened(across), *_widened(upwards))


def grid(plane: Plane, columns: int, rows: int) -> Array:
    """Return the middles of cells, (2, columns · rows), row by row from the bottom."""
    across = plane.left + (np.arange(columns) + 0.5) / columns * (plane.right - plane.left)
    upwards = plane.bottom + (np.arange(rows) + 0.5) / rows * (plane.top - plane.bottom)
    x, y = np.meshgrid(across, upwards)
    return np.stack((x.ravel(), y.ravel()))


def unit_maps(plan: Plan, theta: Array, points: Array, rows: Sequence[int]) -> Array:
    """Return z of units over points, (units, N).

    points: (inputs, N), as the net sees them. rows: of the plan.
    """
    picked = list(rows)
    z = np.empty((len(picked), points.shape[1]))
    with np.errstate(all="ignore"):
        for start in range(0, points.shape[1], CHUNK):
            part = slice(start, start + CHUNK)
            z[:, part] = forward(plan, theta, points[:, part]).z[picked]
    return z


def contour(values: Array, level: float) -> Array:
    """Return the line where a map crosses a level, as segments (S, 4): x0, y0, x1, y1.

    values: (height, width) at the middles of cells. Lengths are in cells from the left bottom
    middle. Marching over triangles: each square is cut along its rising diagonal, so no case is
    ambiguous. Values that are not finite cross nothing.
    """
    above = values - level
    corner = [above[:-1, :-1], above[:-1, 1:], above[1:, 1:], above[1:, :-1]]
    y, x = np.mgrid[0 : values.shape[0] - 1, 0 : values.shape[1] - 1].astype(np.float64)
    place = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
    with np.errstate(all="ignore"):
        parts = [
            _crossings([corner[k] for k in way], [place[k] for k in way])
            for way in ((0, 1, 2), (0, 2, 3))
        ]
    return np.concatenate(parts)


def level_rows(plan: Plan) -> list[Indices]:
    """Return the rows of the plan's units, level by level, without the inputs."""
    of = levels(plan.network)
    computed = [unit.id for unit in plan.network.units if not unit.is_input]
    deepest = max((of[unit_id] for unit_id in computed), default=0)
    rows: list[list[int]] = [[] for _ in range(deepest + 1)]
    for unit_id in computed:
        rows[of[unit_id]].append(plan.row[unit_id])
    return [np.array(part, dtype=np.intp) for part in rows if part]


def level_weights(plan: Plan, theta: Array) -> list[Array]:
    """Return the weights into the units of each level, as `level_rows`."""
    at = {row: n for n, rows in enumerate(level_rows(plan)) for row in rows.tolist()}
    places: list[list[int]] = [[] for _ in range(len(set(at.values())))]
    for (_, target), place in plan.weight.items():
        places[at[plan.row[target]]].append(place)
    return [theta[np.array(part, dtype=np.intp)] for part in places]


def deltas(loss: Loss, plan: Plan, theta: Array, inputs: Array, targets: Array) -> Array:
    """Return δ_j = ∂E_n/∂a_j of every unit, (units, N), per example, without reduction.

    inputs: (inputs, N); targets: (K, N).
    """
    with np.errstate(all="ignore"):
        state = forward(plan, theta, inputs)
        return backward(plan, theta, loss, state, targets).delta


def flow(plan: Plan, delta: Array) -> list[float]:
    """Return mean |δ| of each level, over its units and the examples; delta: (units, N)."""
    with np.errstate(all="ignore"):
        return [float(np.abs(delta[rows]).mean()) for rows in level_rows(plan)]


def spread(level: int, values: Array, bins: int) -> Spread:
    """Return a histogram between the smallest and the largest value; one value makes one bar."""
    flat = values.ravel()
    sound = flat[np.isfinite(flat)]
    outside = len(flat) - len(sound)
    if not len(sound):
        return Spread(level, 0.0, 0.0, (0,) * bins, outside)
    low, high = float(sound.min()), float(sound.max())
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        return Spread(level, low, high, (len(sound),), outside)
    counts, _ = np.histogram(sound, bins, (low, high))
    return Spread(level, low, high, tuple(counts.tolist()), outside)


def confusion(
    project: Project, plan: Plan, theta: Array, inputs: Array, targets: Array
) -> NDArray[np.intp]:
    """Count examples by their class and by the class the net gives them: [true, given].

    inputs: (inputs, N); targets: (K, N). A single output makes two classes.
    """
    z = unit_maps(plan, theta, inputs, plan.outputs.tolist())
    true, given = decisions(project, z, targets)
    size = max(2, len(plan.outputs))
    counts = np.zeros((size, size), dtype=np.intp)
    np.add.at(counts, (true, given), 1)
    return counts


def class_names(project: Project) -> tuple[str, ...]:
    """Return what the classes are called: as the data say, else as the outputs."""
    outputs = [unit.id for unit in project.network.outputs]
    if len(project.data.classes) == max(2, len(outputs)):
        return project.data.classes
    if len(outputs) > 1:
        return tuple(outputs)
    values = sorted({row[0] for row in project.data.targets if row})
    ends = (values[0], values[-1]) if len(values) > 1 else (0.0, 1.0)
    return tuple(f"{value:g}" for value in ends)


def thinned(rows: Indices, most: int) -> Indices:
    """Return at most so many of the rows, evenly over them."""
    return rows if len(rows) <= most else rows[np.arange(most) * len(rows) // most]


def _widened(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    air = _AIR * (high - low) or 1.0
    return low - air, high + air


def _crossings(corner: list[Array], place: list[tuple[Array, Array]]) -> Array:
    """Return the segments across triangles whose three corners are given as arrays."""
    a, b, c = corner
    odd = [(a > 0) != (b > 0), (b > 0) != (c > 0), (c > 0) != (a > 0)]
    finite = np.isfinite(a) & np.isfinite(b) & np.isfinite(c)
    found = []
    for first, second in ((0, 1), (1, 2), (2, 0)):
        cut = odd[first] & odd[second] & finite
        ends = [_between(corner, place, side, cut) for side in (first, second)]
        found.append(np.column_stack([*ends[0], *ends[1]]))
    return np.concatenate(found)


def _between(
    corner: list[Array], place: list[tuple[Array, Array]], side: int, cut: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Return where a side of each cut triangle is crossed."""
    start, end = side, (side + 1) % 3
    low, high = corner[start][cut], corner[end][cut]
    share = low / (low - high)
    (x0, y0), (x1, y1) = place[start], place[end]
    return x0[cut] + share * (x1[cut] - x0[cut]), y0[cut] + share * (y1[cut] - y0[cut])
