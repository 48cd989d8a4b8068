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
#: What it costs to be one place further down the list.
RANK: Final = 1.5
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
        self,
        places: Iterable[QRectF],
        on_line: float,
        own: Sequence[Point] = (),
        must: bool = True,
    ) -> QRectF | None:
        """Take and return the cheapest place, earlier ones preferred.

        on_line: cost of covering a line; `own` is the line that may be covered. must: take a
        place where there is no room rather than return None.
        """
        rects = list(places)
        limit = float("inf") if must else NO_ROOM
        discs = self._discs_near(rects)
        best, lowest = None, limit
        for rank, rect in enumerate(rects):
            if RANK * rank >= lowest:
                break
            cost = self._cost(rect, discs, RANK * rank, lowest)
            if on_line and cost < lowest:
                cost += on_line * self._lines_under(rect, own)
            if cost < lowest:
                best, lowest = rect, cost
        if best is not None:
            self.boxes.append(best)
        return best

    def _discs_near(self, rects: Sequence[QRectF]) -> list[Point]:
        """Return the discs that can matter to any of these places."""
        r = self.radius
        left = min((rect.left() for rect in rects), default=0.0) - r
        right = max((rect.right() for rect in rects), default=0.0) + r
        top = min((rect.top() for rect in rects), default=0.0) - r
        bottom = max((rect.bottom() for rect in rects), default=0.0) + r
        return [p for p in self.discs if left < p[0] < right and top < p[1] < bottom]

    def _cost(self, rect: QRectF, discs: Sequence[Point], cost: float, limit: float) -> float:
        """Add up what a place costs, no further than the limit."""
        cost += ON_LABEL * sum(box.intersects(rect) for box in self.boxes)
        sides = rect.left(), rect.top(), rect.right(), rect.bottom()
        for centre in discs:
            if cost >= limit:
                break
            if _touches(centre, self.radius, sides):
                cost += ON_DISC
        return cost

    def _lines_under(self, rect: QRectF, own: Sequence[Point]) -> int:
        sides = rect.left(), rect.top(), rect.right(), rect.bottom()
        return sum(_crosses(line, sides) for line in self.lines if line is not own)


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
