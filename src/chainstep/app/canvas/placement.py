"""Finds room for labels: each takes the cheapest of several places and then blocks it.

Plain geometry; which labels there are and where they would like to be is decided in `decor`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QRectF

from .routes import Point

ON_LABEL: Final = 100.0
ON_DISC: Final = 60.0
#: A place this dear is no place: labels that may be left out are.
NO_ROOM: Final = 55.0


@dataclass
class Room:
    """What is in the way: discs, lines, and the labels placed so far."""

    discs: Sequence[Point]
    lines: Sequence[Sequence[Point]]
    radius: float
    boxes: list[QRectF] = field(default_factory=list)

    def place(
        self, places: Iterable[QRectF], on_line: float, own: Sequence[Point] = ()
    ) -> tuple[QRectF, float]:
        """Return the cheapest place, earlier ones preferred, and its cost; it is not yet taken.

        on_line: cost of covering a line; `own` is the line that may be covered.
        """
        best, lowest = QRectF(), float("inf")
        for rank, rect in enumerate(places):
            cost = 1.5 * rank + self._cost(rect, on_line, own, lowest)
            if cost < lowest:
                best, lowest = rect, cost
        return best, lowest

    def take(self, rect: QRectF) -> None:
        """Block a place."""
        self.boxes.append(rect)

    def _cost(self, rect: QRectF, on_line: float, own: Sequence[Point], enough: float) -> float:
        cost = ON_LABEL * sum(box.intersects(rect) for box in self.boxes)
        sides = rect.left(), rect.top(), rect.right(), rect.bottom()
        cost += ON_DISC * sum(_touches(disc, self.radius, sides) for disc in self.discs)
        if on_line and cost < enough:
            others = (line for line in self.lines if line is not own)
            cost += on_line * sum(_crosses(line, sides) for line in others)
        return cost


Sides = tuple[float, float, float, float]


def _touches(centre: Point, radius: float, sides: Sides) -> bool:
    x, y = centre
    left, top, right, bottom = sides
    dx = max(left - x, 0.0, x - right)
    dy = max(top - y, 0.0, y - bottom)
    return dx * dx + dy * dy < radius * radius


def _crosses(line: Sequence[Point], sides: Sides) -> bool:
    return any(_segment_crosses(a, b, sides) for a, b in itertools.pairwise(line))


def _segment_crosses(a: Point, b: Point, sides: Sides) -> bool:
    """Clip a segment to a rectangle (Liang and Barsky); True when something is left."""
    left, top, right, bottom = sides
    dx, dy = b[0] - a[0], b[1] - a[1]
    enter, leave = 0.0, 1.0
    for step, room in (
        (-dx, a[0] - left),
        (dx, right - a[0]),
        (-dy, a[1] - top),
        (dy, bottom - a[1]),
    ):
        if step == 0:
            if room < 0:
                return False
        elif step < 0:
            enter = max(enter, room / step)
        else:
            leave = min(leave, room / step)
    return enter <= leave
