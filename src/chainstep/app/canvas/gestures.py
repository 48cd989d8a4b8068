"""One class per mouse gesture: each owns the mouse from press to release, or is cancelled.

A gesture previews on the scene and, on release, lets the scene emit what was asked for; after
`cancel` everything is as it was at the press. Which press starts which gesture: `view`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from chainstep.app.look import theme
from chainstep.network.edits import why_not_connect

from .marks import Ends
from .routes import RADIUS, Point, straight

if TYPE_CHECKING:
    from .scene import CanvasScene
    from .view import CanvasView

#: Pixels on screen the mouse may tremble during a click.
TREMBLE: Final = 4.0


class Gesture:
    """What the mouse does between press and release; points are in the scene."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, scene: CanvasScene) -> None:
        self.scene = scene
        self.origin = QPointF()
        self.under_way = False

    def start(self, point: QPointF) -> None:
        """The button went down."""
        self.origin = point

    def move(self, point: QPointF) -> None:
        """The mouse moved; what it did while it trembled does not count."""
        way = point - self.origin
        if math.hypot(way.x(), way.y()) * self.scene.zoom >= TREMBLE:
            self.under_way = True
        if self.under_way:
            self.drag(point)

    def drag(self, point: QPointF) -> None:
        """The mouse moved far enough to mean it."""

    def release(self, point: QPointF) -> None:
        """The button came up: do it."""

    def cancel(self, reason: str) -> None:
        """Put everything back; reason: for whoever reads the log of a test."""


class MoveUnits(Gesture):
    """Drags the selected units; a press without a drag selects the one under the mouse."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, scene: CanvasScene, grasped: str, adding: bool) -> None:
        super().__init__(scene)
        self._grasped = grasped
        self._adding = adding
        self._selection = scene.selected_units, scene.selected_connections
        self._before: dict[str, Point] = {}

    def start(self, point: QPointF) -> None:
        """Select what is grasped, unless it is part of the selection already."""
        super().start(point)
        chosen = self.scene.selected_units
        if self._adding:
            self.scene.select(chosen ^ {self._grasped}, self.scene.selected_connections)
        elif self._grasped not in chosen:
            self.scene.select({self._grasped})
        units = self.scene.units
        self._before = {u: units[u].centre for u in self.scene.selected_units if u in units}

    def drag(self, point: QPointF) -> None:
        """Show the units where they would go."""
        if self._before:
            self.scene.preview_positions(self._moved(point))

    def release(self, point: QPointF) -> None:
        """Ask for the move, together with places that were only chosen by the canvas."""
        if self.under_way and self._before:
            self.scene.units_moved.emit({**self.scene.unplaced, **self._moved(point)})
        elif not self._adding:
            self.scene.select({self._grasped})

    def cancel(self, reason: str) -> None:
        """Put the units back."""
        if self.under_way:
            self.scene.preview_positions(self._before)
        self.scene.select(*self._selection)

    def _moved(self, point: QPointF) -> dict[str, Point]:
        dx, dy = point.x() - self.origin.x(), point.y() - self.origin.y()
        return {u: (round(x + dx, 1), round(y + dy, 1)) for u, (x, y) in self._before.items()}


class RubberBand(Gesture):
    """Selects the units inside a rectangle; a press without a drag selects nothing."""

    def __init__(self, scene: CanvasScene, adding: bool) -> None:
        super().__init__(scene)
        self._before = scene.selected_units, scene.selected_connections
        self._adding = adding
        self._band: _Band | None = None

    def drag(self, point: QPointF) -> None:
        """Stretch the band and select what is in it."""
        rect = QRectF(self.origin, point).normalized()
        if self._band is None:
            self._band = _Band()
            self.scene.addItem(self._band)
        self._band.stretch(rect)
        inside = {u for u, item in self.scene.units.items() if rect.contains(item.pos())}
        units, ends = self._before if self._adding else (frozenset(), frozenset[Ends]())
        self.scene.select(units | inside, ends)

    def release(self, point: QPointF) -> None:
        """Keep what is selected."""
        self._remove_band()
        if not self.under_way and not self._adding:
            self.scene.select()

    def cancel(self, reason: str) -> None:
        """Select again what was selected before."""
        self._remove_band()
        self.scene.select(*self._before)

    def _remove_band(self) -> None:
        if self._band is not None:
            self.scene.removeItem(self._band)
            self._band = None


class DrawConnection(Gesture):
    """Draws a connection from a unit to another, or to empty space, which offers a new unit."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, scene: CanvasScene, source: str) -> None:
        super().__init__(scene)
        self._source = source
        self._line: _Preview | None = None
        self._target: str | None = None

    def drag(self, point: QPointF) -> None:
        """Show the line, green or red, and why it is refused."""
        target = self.scene.unit_at(point)
        if target == self._source and self._near_source(point):
            target = None
        self._mark(target)
        reason = self._reason()
        if self._line is None:
            self._line = _Preview()
            self.scene.addItem(self._line)
        goal = self.scene.units[target].centre if target is not None else None
        state = "" if target is None else "no" if reason else "yes"
        self._line.stretch(self.scene.units[self._source].centre, goal, point, state)
        if reason:
            self.scene.speech.show(reason, point, True)
        else:
            self.scene.speech.hide()

    def release(self, point: QPointF) -> None:
        """Ask for the connection, or for a unit where there is none."""
        target, reason = self._target, self._reason()
        self._clear()
        if not self.under_way:
            self.scene.select({self._source})
        elif reason is not None:
            self.scene.speech.show(reason, point, True, passing=True)
        elif target is not None:
            self.scene.connection_drawn.emit(self._source, target)
        elif not self._near_source(point):
            self.scene.unit_drawn.emit("", point, self._source)

    def cancel(self, reason: str) -> None:
        """Take the line away."""
        self._clear()
        self.scene.speech.hide()

    def _near_source(self, point: QPointF) -> bool:
        x, y = self.scene.units[self._source].centre
        return math.hypot(point.x() - x, point.y() - y) < RADIUS + 14

    def _reason(self) -> str | None:
        if self._target is None:
            return None
        return why_not_connect(self.scene.network, self._source, self._target)

    def _mark(self, target: str | None) -> None:
        if target != self._target and self._target in self.scene.units:
            self.scene.units[self._target].set_state(verdict="")
        self._target = target
        if target is not None:
            self.scene.units[target].set_state(verdict="no" if self._reason() else "yes")

    def _clear(self) -> None:
        self._mark(None)
        if self._line is not None:
            self.scene.removeItem(self._line)
            self._line = None


class Pan(Gesture):
    """Moves the paper under the window; works on points of the screen."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, scene: CanvasScene, view: CanvasView) -> None:
        super().__init__(scene)
        self._view = view
        self._last = QPointF()
        self._way = QPointF()

    def start(self, point: QPointF) -> None:
        """Note where the paper is held."""
        super().start(point)
        self._last = self._view.pointer

    def move(self, point: QPointF) -> None:
        """Follow the mouse on the screen; the scene moves under it."""
        here = self._view.pointer
        self._view.scroll_by(here - self._last)
        self._way += here - self._last
        self._last = here

    def cancel(self, reason: str) -> None:
        """Put the paper back."""
        self._view.scroll_by(-self._way)


class _Band(QGraphicsItem):
    """The rubber band."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(8)
        self._rect = QRectF()

    def stretch(self, rect: QRectF) -> None:
        self.prepareGeometryChange()
        self._rect = rect

    def boundingRect(self) -> QRectF:
        return self._rect.adjusted(-3, -3, 3, 3)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        fill = QColor(theme.current().accent)
        fill.setAlphaF(0.10)
        pen = QPen(theme.current().accent, 1.2)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(fill)
        painter.drawRect(self._rect)


class _Preview(QGraphicsItem):
    """The connection while it is drawn: grey in the air, green where it may land, red where not."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(7)
        self._route = straight((0.0, 0.0), (1.0, 0.0))
        self._state = ""

    def stretch(self, source: Point, goal: Point | None, pointer: QPointF, state: str) -> None:
        """Run from a unit to the centre of another, or to the pointer."""
        self.prepareGeometryChange()
        here = (pointer.x(), pointer.y())
        route = straight(source, goal or here)
        self._route = route if goal else type(route)(route.start, here)
        self._state = state

    def boundingRect(self) -> QRectF:
        return self._route.bounds(20)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        worn = theme.current()
        colour = {"yes": worn.ok, "no": worn.danger}.get(self._state, worn.muted)
        pen = QPen(colour, 3.0)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if self._state == "no":
            pen.setDashPattern([2.0, 2.5])
        painter.setPen(pen)
        painter.drawPath(self._route.path(8.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(self._route.arrow(3.0))
