"""What the boundary plot shows as numbers: the plane fitted to the paper, shares, classes, lines.

Imported when there is a run, because of NumPy. The arithmetic is in `stepping.maps`, painting in
`boundary_paint`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.engine.metrics import classifies, middle
from chainstep.engine.plan import Plan
from chainstep.project import Project
from chainstep.stepping import maps
from chainstep.stepping.maps import Plane

#: Cells of a map: while training, and at rest.
COARSE: Final = 100 * 100
FINE: Final = 300 * 300
#: Points of a curve over one input.
CURVE: Final = 240
#: A plane this much wider than high, by its numbers, is not shown in true proportions.
_TRUE: Final = 4.0
#: Lines of a surface that has no boundary.
_LINES: Final = 7
#: Outputs of these stay between so much.
RANGES: Final = {
    "logistic": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0), "softmax": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0), "step": (0.0, 1.0), "sine": (-1.0, 1.0), "gaussian": (0.0, 1.0),
}  # fmt: skip
CLASSES: Final = ""


@dataclass(frozen=True)
class Mapped:
    """One picture. z: (rows, columns) of one output, or of the winner; (outputs, N) of a curve.

    winners: the class of each cell where classes are shown. low, high: what the colours span.
    lines: [(width, segments in cells)].
    """

    plane: Plane
    z: Array
    low: float
    high: float
    winners: NDArray[np.intp] | None = None
    lines: tuple[tuple[float, Array], ...] = ()

    @property
    def shares(self) -> Array:
        """z from −1 at `low` to 1 at `high`."""
        half = (self.high - self.low) / 2 or 1.0
        return (self.z - (self.low + half)) / half


def mapped(
    project: Project, plan: Plan, theta: Array, chosen: str, size: tuple[float, float], cells: int
) -> Mapped:
    """Return the map of an output (CLASSES: of all), on paper of this width and height."""
    plane = fitted(maps.plane_of(project), size)
    if len(plan.inputs) == 1:
        return _curve(project, plan, theta, plane)
    across = max(8, round((cells * size[0] / size[1]) ** 0.5))
    upwards = max(8, round(cells / across))
    points = maps.grid(plane, across, upwards)
    rows = plan.outputs.tolist() if chosen == CLASSES else [plan.row[chosen]]
    z = maps.unit_maps(plan, theta, points, rows).reshape(len(rows), upwards, across)
    if len(rows) > 1:
        return _of_classes(plane, z)
    return _of_one(project, chosen or project.network.outputs[0].id, plane, z[0])


def fitted(plane: Plane, size: tuple[float, float]) -> Plane:
    """Return the plane wide or high enough for the paper, so that a circle looks like one.

    Where its numbers differ too much across and upwards, each fills its own axis.
    """
    width, height = plane.right - plane.left, plane.top - plane.bottom
    if not 1 / _TRUE <= width / height <= _TRUE:
        return plane
    paper = size[0] / size[1]
    more = (height * paper - width) / 2, (width / paper - height) / 2
    if more[0] > 0:
        return Plane(plane.left - more[0], plane.right + more[0], plane.bottom, plane.top)
    return Plane(plane.left, plane.right, plane.bottom - more[1], plane.top + more[1])


def _of_one(project: Project, unit_id: str, plane: Plane, z: Array) -> Mapped:
    low, high = span(project, unit_id, z)
    single = len(project.network.outputs) == 1 and project.network.outputs[0].id == unit_id
    if single and project.data.targets and classifies(project):
        border = middle(project)
        half = max(high - border, border - low)
        lines = ((1.8, maps.contour(z, border)),)
        return Mapped(plane, z, border - half, border + half, None, lines)
    steps = low + (high - low) * (np.arange(_LINES) + 1) / (_LINES + 1)
    levels = tuple((0.7, maps.contour(z, float(step))) for step in steps)
    return Mapped(plane, z, low, high, None, levels)


def _of_classes(plane: Plane, z: Array) -> Mapped:
    winners = np.asarray(z.argmax(axis=0))
    best = np.take_along_axis(z, winners[None], axis=0)[0]
    rest = np.where(np.arange(len(z))[:, None, None] == winners, -np.inf, z)
    lead = best - rest.max(axis=0)
    lines = tuple((1.2, maps.contour(z[k] - rest_of(z, k), 0.0)) for k in range(len(z)))
    return Mapped(plane, np.clip(lead, 0.0, 1.0), 0.0, 1.0, winners, lines)


def rest_of(z: Array, k: int) -> Array:
    """Return the largest of all but one."""
    return np.asarray(np.delete(z, k, axis=0).max(axis=0))


def span(project: Project, unit_id: str, z: Array) -> tuple[float, float]:
    """Return what the colours of an output's map span."""
    activation = project.network.by_id[unit_id].activation
    if activation in RANGES:
        return RANGES[activation]
    outputs, rows = project.network.outputs, project.data.targets
    columns = zip(outputs, zip(*rows, strict=False), strict=False)  # none where rows are too short
    targets = next((column for unit, column in columns if unit.id == unit_id), ())
    if targets and max(targets) > min(targets):
        return min(targets), max(targets)
    sound = z[np.isfinite(z)]
    most = float(np.abs(sound).max()) if len(sound) else 1.0
    return -most or -1.0, most or 1.0


def _curve(project: Project, plan: Plan, theta: Array, plane: Plane) -> Mapped:
    x = np.linspace(plane.left, plane.right, CURVE)
    z = maps.unit_maps(plan, theta, x[None], plan.outputs.tolist())
    sound = z[np.isfinite(z)].tolist()
    values = [*sound, *(value for row in project.data.targets for value in row)] or [0.0]
    air = 0.1 * (max(values) - min(values)) or 1.0
    low, high = min(values) - air, max(values) + air
    return Mapped(Plane(plane.left, plane.right, low, high), z, low, high)
