"""How a connection runs from rim to rim: straight, or bent round a disc that stands in the way.

Plain geometry on floats; painting is in `edges`, thousands of straight lines in `edge_arrays`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

Point = tuple[float, float]

RADIUS: Final = 32.0
CLEARANCE: Final = RADIUS + 9.0
#: How far the control point of a bent connection may lie beside the straight line.
BENDS: Final = (100.0, 140.0, 190.0, 250.0, 330.0)
SAMPLES: Final = 16


@dataclass(frozen=True)
class Route:
    """A line, or a quadratic curve with a control point, from one rim to another."""

    start: Point
    end: Point
    control: Point | None = None

    def at(self, t: float) -> Point:
        """Return the point at t, 0 at the source and 1 at the target."""
        (x0, y0), (x1, y1), s = self.start, self.end, 1 - t
        if self.control is None:
            return s * x0 + t * x1, s * y0 + t * y1
        cx, cy = self.control
        return (
            s * s * x0 + 2 * s * t * cx + t * t * x1,
            s * s * y0 + 2 * s * t * cy + t * t * y1,
        )

    def direction(self, t: float) -> Point:
        """Return the unit vector along the route at t."""
        (ax, ay), (bx, by) = self.at(max(0.0, t - 0.02)), self.at(min(1.0, t + 0.02))
        length = math.hypot(bx - ax, by - ay) or 1.0
        return (bx - ax) / length, (by - ay) / length

    @cached_property
    def heading(self) -> Point:
        """The unit vector along the route at its end."""
        return self.direction(1.0)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The route as a polyline."""
        if self.control is None:
            return self.start, self.end
        return tuple(self.at(n / SAMPLES) for n in range(SAMPLES + 1))

    @cached_property
    def length(self) -> float:
        """The length of the polyline."""
        return sum(math.dist(a, b) for a, b in zip(self.points, self.points[1:], strict=False))

    def distance(self, point: Point) -> float:
        """Return how far a point is from the route."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return min(_segment_distance(point, a, b) for a, b in pairs)

    def path(self, cut: float = 0.0) -> QPainterPath:
        """Return the path to stroke, `cut` short of the end to leave room for an arrow head."""
        path = QPainterPath(QPointF(*self.start))
        dx, dy = self.heading
        end = QPointF(self.end[0] - cut * dx, self.end[1] - cut * dy)
        if self.control is None:
            path.lineTo(end)
        else:
            path.quadTo(QPointF(*self.control), end)
        return path

    def arrow(self, width: float) -> QPolygonF:
        """Return the head of the arrow for a line of this width."""
        (x, y), (dx, dy) = self.end, self.heading
        long, half = arrow_length(width), 3.2 + 0.85 * width
        back = QPointF(x - long * dx, y - long * dy)
        side = QPointF(-dy * half, dx * half)
        return QPolygonF([QPointF(x, y), back + side, back - side])

    def bounds(self, margin: float) -> QRectF:
        """Return a rectangle that holds the route with its width."""
        xs, ys = [p[0] for p in self.points], [p[1] for p in self.points]
        rect = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys)))
        return rect.adjusted(-margin, -margin, margin, margin)


def arrow_length(width: float) -> float:
    """Return how long the head of an arrow is for a line of this width."""
    return 6.5 + 1.2 * width


def straight(source: Point, target: Point) -> Route:
    """Return the route between two centres, from rim to rim."""
    return _rim_to_rim(source, target, None)


def route(source: Point, target: Point, others: Sequence[Point]) -> Route:
    """Return the route between two centres that keeps clear of the other discs if it can."""
    if not _blocked(source, target, others):
        return straight(source, target)
    dx, dy = target[0] - source[0], target[1] - source[1]
    length = math.hypot(dx, dy) or 1.0
    near = _within_reach(source, target, others)
    best, best_room = straight(source, target), -math.inf
    for bend in (side * size for size in BENDS for side in (-1, 1)):
        control = (
            (source[0] + target[0]) / 2 - bend * dy / length,
            (source[1] + target[1]) / 2 + bend * dx / length,
        )
        candidate = _rim_to_rim(source, target, control)
        room = _room(candidate, near, min(best_room, CLEARANCE - 3))
        if room > CLEARANCE - 3:
            return candidate
        if room > best_room:
            best, best_room = candidate, room
    return best


def _room(candidate: Route, near: Sequence[Point], enough: float) -> float:
    """Return how far the nearest disc is, or of one that is as near as `enough`."""
    room = math.inf
    for point in near:
        room = min(room, candidate.distance(point))
        if room <= enough:
            break
    return room


def _rim_to_rim(source: Point, target: Point, control: Point | None) -> Route:
    start = _towards(source, control or target, RADIUS)
    end = _towards(target, control or source, RADIUS + 2.0)
    return Route(start, end, control)


def _towards(centre: Point, goal: Point, distance: float) -> Point:
    dx, dy = goal[0] - centre[0], goal[1] - centre[1]
    length = math.hypot(dx, dy)
    if length < 1e-9:
        return centre[0] + distance, centre[1]
    step = min(distance, length / 2)
    return centre[0] + step * dx / length, centre[1] + step * dy / length


def _blocked(source: Point, target: Point, others: Sequence[Point]) -> bool:
    (ax, ay), (bx, by) = source, target
    left, right = min(ax, bx) - CLEARANCE, max(ax, bx) + CLEARANCE
    top, bottom = min(ay, by) - CLEARANCE, max(ay, by) + CLEARANCE
    return any(
        left < p[0] < right
        and top < p[1] < bottom
        and p not in (source, target)
        and _segment_distance(p, source, target) < CLEARANCE
        for p in others
    )


def _within_reach(source: Point, target: Point, others: Sequence[Point]) -> list[Point]:
    reach = BENDS[-1] / 2 + CLEARANCE
    return [
        p
        for p in others
        if p not in (source, target) and _segment_distance(p, source, target) < reach
    ]


def _segment_distance(point: Point, a: Point, b: Point) -> float:
    (px, py), (ax, ay) = point, a
    dx, dy = b[0] - ax, b[1] - ay
    square = dx * dx + dy * dy
    t = ((px - ax) * dx + (py - ay) * dy) / square if square else 0.0
    t = min(1.0, max(0.0, t))
    return math.hypot(px - ax - t * dx, py - ay - t * dy)
