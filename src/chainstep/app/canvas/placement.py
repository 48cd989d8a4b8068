"""Finds room for labels: each takes the cheapest of several places and then blocks it.

Plain geometry; which labels there are and where they would like to be is decided in `decor`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QRectF

from .routes import Point

Sides = tuple[float, float, float, float]

ON_LABEL: Final = 100.0
ON_DISC: Final = 60.0
#: What it costs to be cut off by the edge of what one sees.
OUT_OF_SIGHT: Final = 1000.0
#: What it costs to be one place further down the list.
RANK: Final = 1.5
#: A place this dear is no place: labels that may be left out are.
NO_ROOM: Final = 55.0
#: Side of the squares by which discs and labels are found.
SQUARE: Final = 256.0


class Discs:
    """The middles of all discs, found by where they are."""

    def __init__(self, centres: Iterable[Point] = ()) -> None:
        self._squares: dict[tuple[int, int], list[Point]] = defaultdict(list)
        for x, y in centres:
            self._squares[int(x // SQUARE), int(y // SQUARE)].append((x, y))

    def within(self, sides: Sides) -> Iterator[Point]:
        """Yield the discs in a rectangle."""
        left, top, right, bottom = sides
        columns = range(int(left // SQUARE), int(right // SQUARE) + 1)
        rows = range(int(top // SQUARE), int(bottom // SQUARE) + 1)
        if len(columns) * len(rows) > len(self._squares):
            places: Iterable[tuple[int, int]] = self._squares
        else:
            places = itertools.product(columns, rows)
        for place in places:
            for p in self._squares.get(place, ()):
                if left < p[0] < right and top < p[1] < bottom:
                    yield p


class Boxes:
    """The labels placed so far, found by where they are."""

    def __init__(self) -> None:
        self._squares: dict[tuple[int, int], list[QRectF]] = defaultdict(list)

    def add(self, box: QRectF) -> None:
        """Let a box be in the way."""
        for square in _squares_under(box):
            self._squares[square].append(box)

    def under(self, rect: QRectF) -> int:
        """Return how many a rectangle would cover."""
        squares = self._squares
        near = {id(box): box for at in _squares_under(rect) for box in squares.get(at, ())}
        return sum(box.intersects(rect) for box in near.values())


@dataclass
class Room:
    """What is in the way: discs, lines, the labels placed so far; in_sight: what one sees of it."""

    discs: Discs
    lines: Sequence[Sequence[Point]]
    radius: float
    in_sight: QRectF = field(default_factory=QRectF)
    boxes: Boxes = field(default_factory=Boxes)

    def __post_init__(self) -> None:
        self._bounded = [(line, _bounds(line)) for line in self.lines]

    def place(
        self,
        places: Iterable[QRectF],
        on_line: float,
        own: Sequence[Point] = (),
        must: bool = True,
    ) -> QRectF | None:
        """Take and return the cheapest place, earlier ones preferred.

        on_line: cost of covering a line; `own` is the line that may be covered. must: take a
        place where there is no room rather than return None; one in sight is better.
        """
        limit = float("inf") if must else NO_ROOM
        best, lowest = None, limit
        for rank, rect in enumerate(places):
            if RANK * rank >= lowest:
                break
            hidden = must and not self.in_sight.isEmpty() and not self.in_sight.contains(rect)
            cost = self._cost(rect, RANK * rank + OUT_OF_SIGHT * hidden, lowest)
            if on_line and cost < lowest:
                cost += on_line * self._lines_under(rect, own)
            if cost < lowest:
                best, lowest = rect, cost
        if best is not None:
            self.boxes.add(best)
        return best

    def _cost(self, rect: QRectF, cost: float, limit: float) -> float:
        """Add up what a place costs, no further than the limit."""
        cost += ON_LABEL * self.boxes.under(rect)
        if cost >= limit:
            return cost
        sides, r = (rect.left(), rect.top(), rect.right(), rect.bottom()), self.radius
        near = self.discs.within((sides[0] - r, sides[1] - r, sides[2] + r, sides[3] + r))
        for centre in near:
            if cost >= limit:
                break
            if _touches(centre, r, sides):
                cost += ON_DISC
        return cost

    def _lines_under(self, rect: QRectF, own: Sequence[Point]) -> int:
        left, top, right, bottom = sides = rect.left(), rect.top(), rect.right(), rect.bottom()
        return sum(
            _crosses(line, sides)
            for line, (least_x, least_y, most_x, most_y) in self._bounded
            if least_x <= right and left <= most_x and least_y <= bottom and top <= most_y
            if line is not own
        )


def about(sight: QRectF) -> QRectF:
    """Return what is in sight, and half as much again on every side."""
    wide, high = sight.width() / 2, sight.height() / 2
    return sight.adjusted(-wide, -high, wide, high)


def _squares_under(rect: QRectF) -> Iterator[tuple[int, int]]:
    columns = range(int(rect.left() // SQUARE), int(rect.right() // SQUARE) + 1)
    rows = range(int(rect.top() // SQUARE), int(rect.bottom() // SQUARE) + 1)
    return itertools.product(columns, rows)


def _bounds(line: Sequence[Point]) -> Sides:
    xs, ys = [x for x, _ in line], [y for _, y in line]
    return min(xs), min(ys), max(xs), max(ys)


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
