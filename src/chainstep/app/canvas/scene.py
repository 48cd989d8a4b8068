"""The scene: shows a project, a step and a selection, and says what the user asked for.

It never changes a project: it emits, and the window applies and hands the result to `sync`.
Mouse gestures are in `gestures`, keys in `keys`, zoom in `camera`, what a step puts on top in
`decor`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

from chainstep.app.look import theme
from chainstep.network.layout import place_missing
from chainstep.network.model import Network
from chainstep.project import Project
from chainstep.stepping.numbers import as_typed, format_number

from .crowd import Crowd
from .decor import Decor
from .edges import EdgeLayer
from .items import RIM, UnitItem
from .marks import Ends, Marks
from .motion import Motion
from .placement import Discs
from .routes import Point
from .speech import Speech

#: Where units can stand; a file may say anything.
EDGE_OF_THE_WORLD: Final = 50_000.0


class CanvasScene(QGraphicsScene):
    """Units and connections of a project.

    Signals: connection_drawn(source, target); unit_drawn(kind or "", QPointF, source or "");
    units_moved({id: (x, y)}); deletion_asked(); selection_changed(); activated(unit);
    connection_clicked(source, target); unit_hovered(unit or "");
    number_typed(unit or (source, target), number); changing(): another project is about to be
    shown.
    """

    connection_drawn = Signal(str, str)
    unit_drawn = Signal(str, QPointF, str)
    units_moved = Signal(dict)
    deletion_asked = Signal()
    selection_changed = Signal()
    activated = Signal(str)
    connection_clicked = Signal(str, str)
    unit_hovered = Signal(str)
    number_typed = Signal(object, float)
    changing = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        far = 2 * EDGE_OF_THE_WORLD
        self.setSceneRect(QRectF(-far, -far, 2 * far, 2 * far))
        self.network = Network()
        self.digits = 4
        self.zoom = 1.0
        self.in_sight = QRectF()
        self.reduced_motion = False
        self.units: dict[str, UnitItem] = {}
        self.marks: Marks | None = None
        self.differs = False
        self.breaks: tuple[dict[str, bool], dict[Ends, bool]] = {}, {}
        self.selected_units: frozenset[str] = frozenset()
        self.selected_connections: frozenset[Ends] = frozenset()
        self.focused_unit: str | None = None
        self.hovered_unit: str | None = None
        self.hovered_connection: Ends | None = None
        self.related_connections: frozenset[Ends] = frozenset()
        self._project: Project | None = None
        self._unplaced: dict[str, Point] = {}
        #: Every place that was chosen here; for units that come back.
        self._chosen: dict[str, Point] = {}
        self._crowd = Crowd(self)
        #: Where the discs are, for `decor`; None once one has moved.
        self.discs: Discs | None = None
        self._weights: Mapping[Ends, float] = {}
        self._biases: Mapping[str, float] = {}
        self.edges = EdgeLayer()
        self.addItem(self.edges)
        self._decor = Decor(self)
        self.speech = Speech(self)
        self.motion = Motion(self)
        theme.changed.connect(self.restyle)

    # The project

    def sync(self, before: Project | None, after: Project) -> None:
        """Bring the items up to date by comparing the two values; all of them anew if not known."""
        if before is not None and before is self._project and _same_picture(before, after):
            self._project = after
            return
        self.changing.emit()
        self.motion.stop()
        if before is None or before is not self._project:
            before = None
            self._crowd.scatter()
            self._forget_units(list(self.units))
            self._chosen.clear()
        old = before.network if before is not None else Network()
        self._project, self.network = after, after.network
        self.digits = after.view.digits
        renamed = _renamed(old, self.network)
        if old is not self.network:
            self._sync_units(old, renamed)
        moved = self._sync_positions()
        self.discs = None if moved else self.discs
        self._crowd.gather()
        if old is not self.network:
            self._weights, self._biases = {}, {}
            self._sync_connections(old, bool(moved) or bool(renamed))
            self._keep_known(renamed)
        elif moved:
            self.edges.move(moved)
        self._decor.refresh()

    def _sync_units(self, old: Network, renamed: Mapping[str, str]) -> None:
        self._crowd.scatter()
        self.discs = None
        for before_id, after_id in renamed.items():
            self.units[after_id] = self.units.pop(before_id)
        gone = [unit_id for unit_id in self.units if unit_id not in self.network.by_id]
        self._forget_units(gone)
        for unit in self.network.units:
            item = self.units.get(unit.id)
            if item is None:
                self.units[unit.id] = item = UnitItem(unit)
                self.addItem(item)
            elif item.unit is not unit:
                item.set_unit(unit)
        if list(self.units) != [unit.id for unit in self.network.units]:
            self.units = {unit.id: self.units[unit.id] for unit in self.network.units}

    def _forget_units(self, unit_ids: Iterable[str]) -> None:
        for unit_id in unit_ids:
            self.removeItem(self.units.pop(unit_id))

    def _sync_positions(self) -> dict[str, Point]:
        """Move the items to where the project has them; return those that moved."""
        moved = {}
        for unit_id, place in self._places().items():
            item = self.units[unit_id]
            if item.centre != place:
                item.stand_at(place)
                moved[unit_id] = place
        return moved

    def _places(self) -> dict[str, Point]:
        """Return where each unit stands: as the project says, else where it stood, else nearby."""
        stored = self._project.view.positions if self._project is not None else {}
        known = {**self._chosen, **stored}
        known = {u.id: _inside(known[u.id]) for u in self.network.units if u.id in known}
        places = {**known, **place_missing(self.network, known)}
        self._unplaced = {u: place for u, place in places.items() if u not in stored}
        self._chosen.update(self._unplaced)
        return places

    def _sync_connections(self, old: Network, geometry: bool) -> None:
        if (
            geometry
            or old.connections != self.network.connections
            or old.units != self.network.units
        ):
            centres = {unit_id: item.centre for unit_id, item in self.units.items()}
            self.edges.show_net(self.network.connections, centres)

    def _keep_known(self, renamed: Mapping[str, str]) -> None:
        """Drop what is gone from selection, focus and mouse; follow what was renamed."""
        names = {**{unit_id: unit_id for unit_id in self.units}, **renamed}
        units = frozenset(names[u] for u in self.selected_units if u in names)
        moved = ((names.get(s, s), names.get(t, t)) for s, t in self.selected_connections)
        ends = frozenset(e for e in moved if e in self.network.by_ends)
        self.focused_unit = names.get(self.focused_unit or "")
        self.hovered_unit = names.get(self.hovered_unit or "")
        self.hovered_connection = None
        self.related_connections &= self.network.by_ends.keys()
        self.select(units, ends)

    @property
    def project(self) -> Project | None:
        """The project shown."""
        return self._project

    @property
    def unplaced(self) -> Mapping[str, Point]:
        """Where units stand that have no position in the project: chosen here, not stored."""
        return self._unplaced

    def set_parameters(
        self,
        weights: Mapping[Ends, float] | None,
        biases: Mapping[str, float] | None = None,
        differs: bool = False,
    ) -> None:
        """Show the weights and biases of a run instead of the document's; None ends that.

        differs: whether they are differences from another run.
        """
        shown = weights or {}, biases or {}
        if (*shown, differs) == (self._weights, self._biases, self.differs):
            return
        self.differs = differs
        if shown[0] != self._weights:
            level = dict.fromkeys(self.network.by_ends, 0.0)
            self.edges.set_weights({**level, **shown[0]} if differs else shown[0])
        self._weights, self._biases = shown
        self._decor.refresh()

    def set_breaks(self, units: Mapping[str, bool], connections: Mapping[Ends, bool]) -> None:
        """Mark what has a breakpoint; the values say whether it is on."""
        if (units, connections) != self.breaks:
            self.breaks = dict(units), dict(connections)
            self._decor.refresh()

    def written(self, number: float) -> str:
        """Write a weight or bias: of the document as it was typed, of a run to the last digit."""
        return (format_number if self._weights else as_typed)(number, self.digits)

    def weight(self, ends: Ends) -> float:
        """Return the weight shown on a connection."""
        return self._weights.get(ends, self.network.by_ends[ends].weight)

    def tells(self, thing: str | Ends) -> bool:
        """Whether a bias or weight has a number here: a difference only where both runs have it."""
        known = self._biases if isinstance(thing, str) else self._weights
        return not self.differs or thing in known

    def bias(self, unit_id: str) -> float | None:
        """Return the bias shown at a unit."""
        return self._biases.get(unit_id, self.network.by_id[unit_id].bias)

    # The step

    def set_marks(self, marks: Marks | None) -> None:
        """Show a step, or none; what moved for the step before stops at once."""
        before, self.marks = self.marks, marks
        if before is None and marks is None:
            return
        self.motion.travel(None)
        self.motion.grow(None)
        shown = marks or Marks(dim=False)
        smaller = self._decor.pill(shown.unit)
        visited = _visited(shown)
        for unit_id, item in self.units.items():
            seen = visited is None or unit_id in visited
            item.set_step(shown.outputs, unit_id == shown.unit, seen)
        self.edges.set_dim(shown.dim)
        self._decor.refresh()
        if marks is not None and (before is None or before.current != marks.current):
            self.motion.travel(marks, self._decor.scale)
            self.motion.grow(self._decor.pill(marks.unit), smaller.width if smaller else 0.0)

    def flash(self, what: str | Ends) -> None:
        """Draw the eye to a unit, or to a connection by its ends, for a moment."""
        self.motion.flash(what)

    # Selection, focus and mouse

    def select(self, units: Collection[str] = (), connections: Collection[Ends] = ()) -> None:
        """Select exactly these."""
        chosen = frozenset(units) & self.units.keys(), frozenset(connections)
        if chosen == (self.selected_units, self.selected_connections):
            return
        self.selected_units, self.selected_connections = chosen
        for unit_id, item in self.units.items():
            item.set_state(selected=unit_id in self.selected_units)
        before = self._decor.refreshed
        self.selection_changed.emit()
        if self._decor.refreshed == before:  # else for a step that is told otherwise now
            self._decor.refresh()

    def focus_unit(self, unit_id: str | None) -> None:
        """Put the keyboard's ring round a unit, or nowhere."""
        self.focused_unit = unit_id
        for each, item in self.units.items():
            item.set_state(focused=each == unit_id)

    def hover(self, unit_id: str | None, angle: float | None, ends: Ends | None) -> None:
        """Say what is under the mouse; angle: of the rim, where a connection can be drawn from."""
        for each in {self.hovered_unit, unit_id} - {None}:
            if each in self.units:
                inside = each == unit_id
                self.units[each].set_state(hovered=inside, handle=angle if inside else None)
        if unit_id != self.hovered_unit:
            self.hovered_unit = unit_id
            self.unit_hovered.emit(unit_id or "")
        if ends != self.hovered_connection:
            self.hovered_connection = ends
            self._decor.refresh()

    def relate(self, units: Mapping[str, str], connections: Collection[Ends] = ()) -> None:
        """Ring units as "source" or "target" of another one, and light connections."""
        for unit_id, item in self.units.items():
            item.set_state(related=units.get(unit_id, ""))
        if connections != self.related_connections:
            self.related_connections = frozenset(connections)
            self._decor.refresh()

    def unit_at(self, point: QPointF) -> str | None:
        """Return the unit whose centre is nearest to a point, if within reach."""
        best, nearest = None, RIM[1]
        x, y = point.x(), point.y()
        for unit_id, item in self.units.items():
            distance = math.hypot(x - item.centre[0], y - item.centre[1])
            if distance <= nearest:
                best, nearest = unit_id, distance
        return best

    def connection_at(self, point: QPointF) -> Ends | None:
        """Return the connection under a point."""
        return self.edges.nearest(point, 7.0 / min(self.zoom, 1.0))

    def number_at(self, point: QPointF) -> str | Ends | None:
        """Return the connection or unit whose weight or bias is written at a point."""
        return self._decor.number_at(point)

    def number_place(self, target: str | Ends) -> QPointF:
        """Return where the weight of a connection or the bias of a unit is written."""
        return self._decor.number_place(target)

    def preview_positions(self, places: Mapping[str, Point]) -> None:
        """Show units elsewhere while they are dragged; the project knows nothing of it."""
        for unit_id, place in places.items():
            self.units[unit_id].stand_at(place)
        self.edges.move(places)
        self.discs = None
        self._decor.refresh()

    def seen(self, zoom: float, in_sight: QRectF) -> None:
        """Take note of how a view looks: texts of a step keep a legible size, within sight."""
        self.in_sight = in_sight
        if zoom != self.zoom:
            self.zoom = zoom
            self._crowd.gather()
            self._decor.refresh()
        else:
            self._decor.sees_to(in_sight)

    def rearrange(self) -> None:
        """Find room anew for what is written, as other parts of the net are in sight."""
        self._decor.refresh()
        self.motion.grow_on(self._decor.pill(self.marks.unit) if self.marks is not None else None)

    def content_rect(self) -> QRectF:
        """Return what `fit` must show: units, connections and what is written beside them."""
        rect = QRectF()
        for item in (*self.units.values(), *self._decor.items(QGraphicsItem), self.edges):
            rect = rect.united(item.sceneBoundingRect())
        for unit_id, item in self.units.items():
            if not self.network.outgoing[unit_id]:
                rect = rect.united(self._decor.room_for_delta(item.centre))
        return rect

    def restyle(self) -> None:
        """Draw everything anew: the theme or the size of everything has changed."""
        self.edges.restyle()
        self._decor.refresh()
        self.update()


def _same_picture(before: Project, after: Project) -> bool:
    same_view = before.view is after.view or before.view == after.view
    return before.network is after.network and same_view


def _renamed(old: Network, new: Network) -> dict[str, str]:
    """Return {id before: id after}: units in the same place of the document, under another name."""
    if len(old.units) != len(new.units):
        return {}
    pairs = ((a.id, b.id) for a, b in zip(old.units, new.units, strict=True))
    return {a: b for a, b in pairs if a not in new.by_id and b not in old.by_id}


def _visited(marks: Marks) -> set[str] | None:
    """Return the units at full strength, None for all."""
    if not marks.dim or marks.visited is None:
        return None
    lit = (unit_id for ends in marks.connections for unit_id in ends)
    return {*marks.visited, *lit, *([marks.unit] if marks.unit is not None else [])}


def _inside(place: Point) -> Point:
    edge = EDGE_OF_THE_WORLD
    return min(max(place[0], -edge), edge), min(max(place[1], -edge), edge)
