"""Examples drawn with the mouse: a stroke of one class, or points taken away, as one edit.

The plot that hands the mouse on is `boundary`; what becomes of rows is in `data.rows`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from chainstep.app.look.theme import Theme
from chainstep.app.plots import colours
from chainstep.app.plots.axes import Axes
from chainstep.data.rows import remove_rows
from chainstep.project import Project
from chainstep.words import counted

#: A stroke leaves a point every so many pixels.
SPACING: Final = 14.0
#: The right button takes away what lies so near.
REACH: Final = 12.0
_DECIMALS: Final = 4

Row = tuple[float, ...]


class Brush:
    """One stroke. places: on paper, of the points drawn so far."""

    def __init__(self, project: Project, axes: Axes, pen: str, erases: bool) -> None:
        """pen: the number of the class drawn, "" for the first."""
        self._project, self._axes, self._erases = project, axes, erases
        self._pen = int(pen or 0)
        self.places: list[QPointF] = []
        self._gone: set[int] = set()

    def go(self, place: QPointF) -> None:
        """Go on to a place; outside of the map nothing is drawn."""
        if not self._axes.rect.contains(place):
            return
        if self._erases:
            self._gone |= set(self._near(place))
        elif not self.places or _apart(place, self.places[-1]) >= SPACING:
            self.places.append(place)

    @property
    def words(self) -> str:
        """The undo text, "" where nothing was done."""
        count = len(self._gone) if self._erases else len(self.places)
        verb = "Take away" if self._erases else "Draw"
        return f"{verb} {counted(count, 'point')}" if count else ""

    def edit(self) -> Callable[[Project], Project]:
        """Return what the stroke does to a project."""
        if self._erases:
            return partial(_without, rows=frozenset(self._gone))
        points = [self._axes.value(place) for place in self.places]
        return partial(drawn, points=tuple(points), pen=self._pen)

    def colour(self, theme: Theme) -> QColor:
        """Return the colour of what is drawn."""
        count = len(pen_names(self._project))
        if count < 2:
            return theme.accent
        return colours.class_colours(theme, count)[self._pen]

    def _near(self, place: QPointF) -> list[int]:
        found = []
        flat = len(self._project.network.inputs) == 1
        for n, row in enumerate(self._project.data.inputs):
            targets = self._project.data.targets
            height = (targets[n][0] if n < len(targets) and targets[n] else 0.0) if flat else row[1]
            if _apart(self._axes.at(row[0], height), place) <= REACH:
                found.append(n)
        return found


def pen_names(project: Project) -> tuple[str, ...]:
    """Return the classes that can be drawn; one empty name where the height is the target."""
    network, data = project.network, project.data
    outputs = [unit.id for unit in network.outputs]
    if len(network.inputs) == 1:
        return ("",)
    if len(outputs) > 1:
        return data.classes if len(data.classes) == len(outputs) else tuple(outputs)
    return tuple(f"target {value:g}" for value in _ends(project))


def drawn(project: Project, points: tuple[tuple[float, float], ...], pen: int) -> Project:
    """Return the project with points more: (x₁, x₂) of a class, or (x, t) over one input."""
    data, count = project.data, len(project.network.outputs)
    rounded = [tuple(round(value, _DECIMALS) + 0.0 for value in point) for point in points]
    if len(project.network.inputs) == 1:
        inputs: list[Row] = [point[:1] for point in rounded]
        targets: list[Row] = [(point[1],) * count for point in rounded]
    else:
        inputs, targets = [*rounded], [_target(project, pen)] * len(rounded)
    labelled = bool(count) and len(data.targets) == len(data.inputs)
    after = msgspec.structs.replace(
        data,
        inputs=(*data.inputs, *inputs),
        targets=(*data.targets, *targets) if labelled else data.targets,
    )
    return project.replace(data=after)


def _target(project: Project, pen: int) -> Row:
    count = len(project.network.outputs)
    if count > 1:
        return tuple(float(k == pen) for k in range(count))
    return (_ends(project)[pen],)


def _ends(project: Project) -> tuple[float, float]:
    """Return the two targets of a single output that can be drawn."""
    values = {row[0] for row in project.data.targets if row}
    return (min(values), max(values)) if len(values) > 1 else (0.0, 1.0)


def _without(project: Project, rows: frozenset[int]) -> Project:
    return project.replace(data=remove_rows(project.data, rows))


def _apart(one: QPointF, other: QPointF) -> float:
    gap = one - other
    return float((gap.x() ** 2 + gap.y() ** 2) ** 0.5)
