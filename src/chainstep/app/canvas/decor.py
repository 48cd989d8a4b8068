"""Puts what a step says onto the scene: lit connections, tags, pills, notes and weights.

Everything wanted is listed under a key with what it depends on, and only what differs from the
list before is made anew: so a step repaints little, and a training run hardly anything. How each
thing looks is in `labels` and `lit`; room for it is found by `placement`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtWidgets import QGraphicsItem

from chainstep.app.look import size

from . import labels, text
from .crowd import FEW_UNITS as CROWD
from .edges import Look
from .items import NAME_ALONE, NAME_WITH_Z
from .lit import BreakDot, CheckMark, LitEdge
from .marks import Ends, Marks, Value, Width
from .placement import Discs, Room, about
from .routes import RADIUS, Point, Route

if TYPE_CHECKING:
    from .scene import CanvasScene

#: Weights are written on every connection while there are so few.
FEW_WEIGHTS: Final = 24
#: Notes beside every unit, without a step to show, while there are so few.
FEW_UNITS: Final = 16
#: Names too long for their disc are written beside it while there are so few units.
MOST_NAMES: Final = 60
MOST_TAGS: Final = 40
#: Notes of a step or a lens are never left out while there are so few …
MOST_MUST: Final = 24
#: … or, among many units seen from afar, so few.
FEW_FAR: Final = 8
#: Where a tag has to be so much larger than its connection, there is room for the current one.
FAR: Final = 2.5
#: So few tags may all stand farther from their connections, rather than be left out.
FEW_TAGS: Final = 6
#: Connections that passed a check are marked while there are so few.
MOST_CHECKS: Final = 120
#: The halo of a lit connection: its colour and strength.
HALOS: Final = {"current": ("current", 0.55), "looked_at": ("accent", 0.3)}
#: Lines are in the way of labels only while there are so few.
MOST_LINES: Final = 80
SHARES: Final = (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72)
#: How far beside its connection a tag may stand; the current one must stand somewhere.
NEAR_GAPS: Final = (6.0, 22.0)
FAR_GAPS: Final = (6.0, 22.0, 30.0, 50.0, 80.0)
WEIGHT_SHARES: Final = (0.26, 0.34, 0.2, 0.42, 0.6, 0.7, 0.78)
#: Texts of a step are never smaller on screen than at this zoom.
LEAST_ZOOM: Final = 0.85
#: The same for weights and notes, which are left out where there is no room.
LEAST_QUIET: Final = 0.75
LEAST_QUIET_IN_A_ROOM: Final = 1.2

Make = Callable[[], QGraphicsItem]


class Decor:
    """The passing things on a scene; `refresh` brings them up to date, `refreshed` times so far."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._shown: dict[Any, tuple[Any, QGraphicsItem]] = {}
        self._wanted: dict[Any, tuple[Any, Make]] = {}
        self._room = Room(Discs(), (), 0.0)
        self.refreshed = 0
        #: Where notes that may be left out were looked for, None for everywhere.
        self._searched: QRectF | None = None

    def sees_to(self, in_sight: QRectF) -> None:
        """Look for notes elsewhere too, where what is in sight has moved there."""
        if self._searched is not None and not self._searched.contains(in_sight):
            self.refresh()

    def refresh(self) -> None:
        """Show what marks, selection and mouse ask for now."""
        self.refreshed += 1
        self._wanted = {}
        self._room = self._empty_room()
        marks = self._scene.marks or Marks()
        self._want_breaks()
        self._want_checks(marks)
        self._want_lit(marks)
        self._want_pills(marks)
        self._want_tags(marks)
        self._want_notes(marks)
        self._want_weights(marks)
        self._reconcile()

    def room_for_delta(self, centre: Point) -> QRectF:
        """Return where the δ of a unit that ends the net will stand, whether or not it does now."""
        longest = ("δ", f"+0.{'0' * self._scene.digits}", 1)
        box = labels.note_size((longest,)) * self.scale
        return QRectF(centre[0], centre[1] - 1, RADIUS + 16 + box.width(), 2)

    def number_at(self, point: QPointF) -> str | Ends | None:
        """Return whose weight or bias is written at a point: a connection's, a unit's, or None."""
        for (kind, whose), (_, item) in self._shown.items():
            written = kind == "weight" or (kind == "note" and self._resting_note(whose))
            if written and item.sceneBoundingRect().adjusted(-6, -3, 6, 3).contains(point):
                found: str | Ends = whose
                return found
        return None

    def number_place(self, target: str | Ends) -> QPointF:
        """Return where the weight of a connection or the bias of a unit is written, or would be."""
        kind = "note" if isinstance(target, str) else "weight"
        if (kind, target) in self._shown:
            return self._shown[kind, target][1].pos()
        if isinstance(target, str):
            return self._scene.units[target].pos() + QPointF(0, RADIUS + 18)
        return QPointF(*self._scene.edges.route(target).at(0.5))

    def pill(self, unit_id: str | None) -> labels.Pill | None:
        """Return the pill at a unit, or None."""
        _, item = self._shown.get(("pill", unit_id), (None, None))
        return item if isinstance(item, labels.Pill) else None

    def items(self, kind: type[QGraphicsItem]) -> list[QGraphicsItem]:
        """Return the items of a kind that are shown."""
        return [item for _, item in self._shown.values() if isinstance(item, kind)]

    def _reconcile(self) -> None:
        for key, (spec, item) in list(self._shown.items()):
            if key not in self._wanted or self._wanted[key][0] != spec:
                del self._shown[key]
                self._scene.removeItem(item)
        for key, (spec, make) in self._wanted.items():
            if key not in self._shown:
                item = make()
                self._scene.addItem(item)
                self._shown[key] = (spec, item)

    def _want(self, key: Any, make: Callable[..., QGraphicsItem], *spec: Any) -> None:
        def build() -> QGraphicsItem:
            return make(*spec)

        self._wanted[key] = (spec, build)

    def _empty_room(self) -> Room:
        scene = self._scene
        routes = list(scene.edges.routes().values())
        lines = [route.points for route in routes] if len(routes) <= MOST_LINES else []
        if scene.discs is None:
            scene.discs = Discs(item.centre for item in scene.units.values())
        return Room(scene.discs, lines, RADIUS + 1, scene.in_sight)

    @property
    def scale(self) -> float:
        """How much larger than the net the texts of a step are."""
        return max(1.0, size.factor() * LEAST_ZOOM / self._scene.zoom)

    @property
    def _quiet_scale(self) -> float:
        """Of what is written without being asked for: as small as can just be read."""
        return max(1.0, (LEAST_QUIET_IN_A_ROOM if size.large() else LEAST_QUIET) / self._scene.zoom)

    # Breakpoints

    def _want_breaks(self) -> None:
        units, connections = self._scene.breaks
        for unit_id, on in units.items():
            if unit_id in self._scene.units:
                x, y = self._scene.units[unit_id].centre
                away = (RADIUS + 3) * 0.7071
                self._want(("break", unit_id), BreakDot, x - away, y - away, on)
        for ends, on in self._present(connections):
            self._want(("break", ends), BreakDot, *self._scene.edges.route(ends).at(0.14), on)

    def _want_checks(self, marks: Marks) -> None:
        """Mark what was checked; of many connections only those that failed."""
        away = (RADIUS + 3) * 0.7071
        few = len(self._scene.network.connections) <= MOST_CHECKS
        for what, passed in marks.checks.items():
            if isinstance(what, str):
                if what in self._scene.units:
                    x, y = self._scene.units[what].centre
                    self._want(("check", what), CheckMark, x + away, y - away, passed)
            elif what in self._scene.network.by_ends and (few or not passed):
                self._want(
                    ("check", what), CheckMark, *self._scene.edges.route(what).at(0.8), passed
                )

    # Connections

    def _want_lit(self, marks: Marks) -> None:
        for ends, share in self._present(marks.widths):
            if ends not in marks.connections:
                self._want_edge(("lit", ends), ends, "", 0.0, 1.0, share)
        for ends, state in self._present(marks.connections):
            halo, strength = HALOS.get(state, ("", 0.0))
            ink, share = 0.5 if state == "coming" else 1.0, marks.widths.get(ends)
            self._want_edge(("lit", ends), ends, halo, strength, ink, share)
        for ends in self._scene.related_connections:
            self._want_edge(("related", ends), ends, "accent", 0.3, 1.0)
        if not self._scene.edges.show_selected(self._scene.selected_connections):
            for ends in self._scene.selected_connections:
                self._want_edge(("selected", ends), ends, "accent", 0.4, 1.0)
        hovered = self._scene.hovered_connection
        if hovered is not None:
            self._want_edge(("hovered", hovered), hovered, "muted", 0.25, 1.0)

    def _want_edge(
        self,
        key: Any,
        ends: Ends,
        halo: str,
        strength: float,
        ink: float,
        share: Width | None = None,
    ) -> None:
        look = Look.of_share(share) if share is not None else Look.of(self._scene.weight(ends))
        self._want(key, LitEdge, self._scene.edges.route(ends), look, halo, strength, ink)

    def _present(self, marked: Mapping[Ends, Any]) -> Iterator[tuple[Ends, Any]]:
        known = self._scene.network.by_ends
        return ((ends, value) for ends, value in marked.items() if ends in known)

    # Tags

    def _want_tags(self, marks: Marks) -> None:
        current = marks.current
        tags = sorted(self._present(marks.tags), key=lambda item: item[0] not in current)
        if self.scale > FAR:
            tags = [item for item in tags if item[0] in current]
        for ends, (content, sign) in tags[:MOST_TAGS]:
            route = self._scene.edges.route(ends)
            box = labels.tag_size(content) * self.scale
            gaps = FAR_GAPS if ends in current or len(tags) <= FEW_TAGS else NEAR_GAPS
            places = _along(route, box, [gap * self.scale for gap in gaps])
            lit = ends in current
            rect = self._room.place(places, 2.0, route.points, must=lit)
            if rect is not None:
                at, scale = rect.center(), self.scale
                leader = (_nearest(route, at) - at) / scale
                self._want(("tag", ends), labels.Tag, content, sign, lit, at, leader, scale)

    def _want_pills(self, marks: Marks) -> None:
        for unit_id, content in marks.pills.items():
            if unit_id not in self._scene.units:
                continue
            x, y = self._scene.units[unit_id].centre
            box = labels.pill_size(content) * self.scale
            up = RADIUS + 26 + box.height() / 2
            heights = (-up, up, -up - 34, up + 34)
            sides = (0.0, -0.3 * box.width(), 0.3 * box.width())
            places = [_rect(QPointF(x + dx, y + dy), box) for dy in heights for dx in sides]
            rect = self._room.place(places, 1.0) or places[0]
            stem = self._stem((x, y), rect)
            self._want(("pill", unit_id), labels.Pill, content, rect.center(), stem, self.scale)

    def _stem(self, unit: Point, pill: QRectF) -> QPointF:
        """Return where the stem of a pill ends, seen from the middle of the pill, in its scale."""
        below = unit[1] > pill.center().y()
        tip = QPointF(unit[0], unit[1] + (RADIUS + 11) * (-1 if below else 1))
        return (tip - pill.center()) / self.scale

    # Notes and weights

    def _want_notes(self, marks: Marks) -> None:
        must = marks.values.keys() if len(marks.values) <= MOST_MUST else frozenset()
        far = self._scene.zoom < 0.4 and len(self._scene.units) > FEW_UNITS
        crowd = len(self._scene.units) > CROWD and not self._scene.in_sight.isEmpty()
        self._searched = about(self._scene.in_sight) if crowd else None
        if far and not must:
            return
        for unit_id, item in self._scene.units.items():
            out = self._searched is not None and not self._searched.contains(item.pos())
            if out and unit_id not in must:
                continue
            values = self._note(unit_id, marks)
            if not values or (far and unit_id not in must):
                continue
            scale = self.scale if unit_id in marks.values else self._quiet_scale
            room = labels.note_size(values) * scale
            places = list(self._beside(unit_id, item.centre, room))
            rects = [_rect(centre, room) for centre, _ in places]
            crowded = far and unit_id != marks.unit and len(must) > FEW_FAR
            rect = self._room.place(rects, 14.0, must=unit_id in must and not crowded)
            if rect is not None:
                at = next(at for near, (_, at) in zip(rects, places, strict=True) if near is rect)
                self._want(("note", unit_id), labels.Note, values, at, rect.center(), scale)

    def _note(self, unit_id: str, marks: Marks) -> tuple[Value, ...]:
        """Return the lines beside a unit, its name first where the disc is too small for it."""
        values = marks.values.get(unit_id) or self._resting_note(unit_id)
        room = NAME_WITH_Z if self._scene.units[unit_id].z else NAME_ALONE
        long = len(self._scene.units) <= MOST_NAMES and not text.fits(unit_id, *room)
        return (("", unit_id, labels.NAME), *values) if long else values

    def _resting_note(self, unit_id: str) -> tuple[tuple[str, str, int], ...]:
        """Return the bias, shown while no step claims the place and the net is small."""
        bias = self._scene.bias(unit_id)
        if self._scene.marks is not None or bias is None or len(self._scene.units) > FEW_UNITS:
            return ()
        if not self._scene.tells(unit_id):
            return ()
        delta = "Δ" if self._scene.differs else ""
        return (("", f"{delta}b = {self._scene.written(bias)}", 0),)

    def _beside(self, unit_id: str, at: Point, size: QSizeF) -> Iterator[tuple[QPointF, int]]:
        """Yield the places of a note with its alignment: right of a unit that ends the net."""
        x, y = at
        wide, high = RADIUS + 14 + size.width() / 2, RADIUS + 9 + size.height() / 2
        right, left = (QPointF(x + wide, y), 1), (QPointF(x - wide, y), -1)
        below, above = (QPointF(x, y + high), 0), (QPointF(x, y - high), 0)
        slanted = (
            (QPointF(x + wide - 12, y + high - 8), 1),
            (QPointF(x + wide - 12, y - high + 8), 1),
        )
        if self._scene.network.outgoing[unit_id]:
            yield from (below, above, *slanted, left, right)
        else:
            yield from (right, below, above, left)

    def _want_weights(self, marks: Marks) -> None:
        network, strength = self._scene.network, 1.0
        if marks.dim and self._scene.marks is not None:
            strength = 0.75
        hovered = self._scene.hovered_connection
        asked = {hovered} if hovered else set()
        if len(self._scene.selected_connections) <= FEW_WEIGHTS:
            asked |= self._scene.selected_connections
        wanted = set(asked)
        if len(network.connections) <= FEW_WEIGHTS:
            wanted |= network.by_ends.keys() - marks.tags.keys()
        for ends in sorted(filter(self._scene.tells, wanted)):
            connection = network.by_ends[ends]
            content = self._weight_text(connection.name, self._scene.weight(ends))
            self._want_weight(ends, content, not connection.trainable, strength, ends in asked)

    def _want_weight(
        self, ends: Ends, content: str, frozen: bool, strength: float, always: bool
    ) -> None:
        scale = self.scale if always else self._quiet_scale
        box = labels.weight_size(content, frozen) * scale
        route = self._scene.edges.route(ends)
        on_line = 12.0 if scale == 1.0 else 60.0  # a large one would seem to be of that line
        rect = self._room.place(_beneath(route, box), on_line, route.points, must=always)
        if rect is not None:
            self._want(
                ("weight", ends),
                labels.WeightLabel,
                content,
                frozen,
                strength,
                rect.center(),
                scale,
            )

    def _weight_text(self, name: str, weight: float) -> str:
        value = self._scene.written(weight)
        if self._scene.differs:
            return f"Δw = {value}"
        if not name:
            return value
        return f"{text.shortened(name, text.ui(labels.SMALL_PX), 70.0)} = {value}"


def _along(route: Route, size: QSizeF, gaps: Sequence[float]) -> Iterator[QRectF]:
    """Yield places on a route, then ever farther beside it."""
    for t in SHARES:
        yield _rect(QPointF(*route.at(t)), size)
    for gap in gaps:
        yield from _beside_route(route, size, SHARES[:5], gap)


def _beneath(route: Route, size: QSizeF) -> Iterator[QRectF]:
    """Yield places close beside a route."""
    return _beside_route(route, size, WEIGHT_SHARES, 5.0)


def _beside_route(
    route: Route, size: QSizeF, shares: Sequence[float], gap: float
) -> Iterator[QRectF]:
    """Yield places so far beside a route, above it first."""
    for t in shares:
        (x, y), (dx, dy) = route.at(t), route.direction(t)
        far = abs(dy) * size.width() / 2 + abs(dx) * size.height() / 2 + gap
        side = 1 if dx >= 0 else -1
        for s in (side, -side):
            yield _rect(QPointF(x + s * dy * far, y - s * dx * far), size)


def _nearest(route: Route, at: QPointF) -> QPointF:
    """Return the point of a route nearest to a label."""
    points = (route.at(n / 40) for n in range(4, 37))
    return min((QPointF(*p) for p in points), key=lambda p: (p - at).manhattanLength())


def _rect(centre: QPointF, size: QSizeF) -> QRectF:
    half = QPointF(size.width() / 2, size.height() / 2)
    return QRectF(centre - half, size)
