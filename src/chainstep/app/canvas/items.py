"""One unit as a disc: its name, z, the shape of its activation, and the rings of its states.

An input has an arrow that leads in, an output a double ring, so that colour is never needed.
What is written beside a disc is in `labels`; what the mouse does with it is in `gestures`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from chainstep.app.look import theme
from chainstep.app.look.theme import Theme
from chainstep.network.model import SUM, Unit

from . import glyphs, text
from .edges import blend
from .routes import RADIUS, Point

if TYPE_CHECKING:
    from .sprites import UnitSprites

#: From this distance to that one a unit is grasped by its rim, which draws a connection.
RIM: Final = (25.0, 43.0)
UNVISITED: Final = 0.35
#: Below this zoom texts would be dust and are left out.
LEGIBLE: Final = 0.33
#: Below this one only the name has room, at so many pixels of the screen.
ROOMY: Final = 0.62
NAME_SEEN: Final = 12.5
#: Size and room of the name inside a disc.
NAME_WITH_Z: Final = (17, 46.0)
NAME_ALONE: Final = (20, 52.0)
#: How far a disc with its rings reaches from its middle.
ROOM: Final = 54.0


class UnitItem(QGraphicsItem):
    """A unit of the net at a place of the scene; every `set_…` repaints only what changed."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self.setZValue(2)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.unit = unit
        self._outputs: Mapping[str, str] = {}
        self.current = False
        self.visited = True
        self.selected = False
        self.hovered = False
        self.focused = False
        self.handle: float | None = None
        self.verdict = ""
        self.related = ""
        self.centre: Point = 0.0, 0.0
        #: What paints the disc while nothing about it is special, where there are many.
        self.sprites: UnitSprites | None = None

    def stand_at(self, place: Point) -> None:
        """Stand somewhere else."""
        self.centre = place
        self.setPos(*place)
        if self.sprites is not None:
            self.sprites.note(self)

    @property
    def plain(self) -> bool:
        """Whether there is nothing to see but its kind and whether it is visited or selected."""
        marked = self.current or self.hovered or self.focused or self.handle is not None
        return not (marked or self.verdict or self.related)

    def set_unit(self, unit: Unit) -> None:
        """Show another state of the unit, or the unit under another name."""
        self.unit = unit
        self._repaint()

    @property
    def z(self) -> str:
        """The output as a step writes it, "" without one."""
        return self._outputs.get(self.unit.id, "")

    def set_step(self, outputs: Mapping[str, str], current: bool, visited: bool) -> None:
        """Set what a step says of the unit; as `set_state`, for many units at once.

        outputs: z of every unit.
        """
        seen = (current, visited) != (self.current, self.visited)
        if self.sprites is None:  # else it is too small for a text
            seen = seen or outputs.get(self.unit.id, "") != self.z
        self._outputs, self.current, self.visited = outputs, current, visited
        if seen:
            self._repaint()

    def set_state(self, **state: object) -> None:
        """Set some of current, visited, selected, hovered, focused, handle, verdict, related.

        handle: the angle at which the rim offers to draw a connection, or None. verdict: "yes" or
        "no" while a connection hovers over the unit. related: "source" or "target" of the unit
        under the mouse.
        """
        changed = {name: value for name, value in state.items() if getattr(self, name) != value}
        for name, value in changed.items():
            setattr(self, name, value)
        if changed:
            self._repaint()

    def _repaint(self) -> None:
        if self.sprites is not None:
            self.sprites.note(self)
        self.update()

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return QRectF(-ROOM, -ROOM, 2 * ROOM, 2 * ROOM)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        self.paint_shape(painter, worn)
        zoom = painter.worldTransform().m11()
        if zoom >= ROOMY:
            self._paint_texts(painter, worn)
        elif zoom >= LEGIBLE:
            self._paint_name(painter, worn, round(NAME_SEEN / zoom))
        self._paint_handle(painter, worn)

    def paint_shape(self, painter: QPainter, worn: Theme) -> None:
        """Paint all but the texts."""
        self._paint_rings(painter, worn)
        self._paint_disc(painter, worn)

    def _ink(self, colour: QColor, worn: Theme) -> QColor:
        return colour if self.visited else blend(colour, worn.surface, UNVISITED)

    def _paint_rings(self, painter: QPainter, worn: Theme) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.current:
            glow = QColor(worn.current)
            glow.setAlphaF(0.32)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(glow)
            _circle(painter, RADIUS + 10)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.selected:
            painter.setPen(QPen(worn.accent, max(2.4, 1.6 / painter.worldTransform().m11())))
            _circle(painter, RADIUS + 5.5)
        if self.focused:
            pen = QPen(worn.text, 1.6)
            pen.setDashPattern([2.5, 2.5])
            painter.setPen(pen)
            _circle(painter, RADIUS + 10)
        if self.verdict:
            painter.setPen(QPen(worn.ok if self.verdict == "yes" else worn.danger, 4.0))
            _circle(painter, RADIUS + 4)

    def _paint_disc(self, painter: QPainter, worn: Theme) -> None:
        ring, thick = self._ink(worn.muted, worn), 1.7
        if self.current:
            ring, thick = worn.current, 3.2
        elif self.hovered:
            ring, thick = worn.text, 2.0
        elif self.related:
            ring, thick = worn.accent, 2.2
        painter.setPen(QPen(ring, max(thick, 1.0 / painter.worldTransform().m11())))
        painter.setBrush(worn.surface)
        _circle(painter, RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.unit.is_output:
            painter.setPen(QPen(self._ink(worn.muted, worn), 1.0))
            _circle(painter, RADIUS - 4)
        elif self.unit.is_input:
            painter.setPen(QPen(self._ink(worn.muted, worn), 1.7))
            painter.translate(-RADIUS, 0)
            painter.drawPath(glyphs.entry_path())
            painter.translate(RADIUS, 0)

    def _paint_texts(self, painter: QPainter, worn: Theme) -> None:
        glyph = not self.unit.is_input
        painter.setPen(self._ink(worn.text, worn))
        if self.z:
            text.draw_centred(painter, text.name_line(self.unit.id, *NAME_WITH_Z), 0, -10)
            value = (text.fitted(self.z, 13, text.SEMIBOLD, 53.0),)
            text.draw_centred(painter, value, 0, 8 if glyph else 12)
        else:
            name = text.name_line(self.unit.id, *NAME_ALONE)
            text.draw_centred(painter, name, 0, 3 if glyph else 6)
        if glyph:
            self._paint_activation(painter, worn)
        if self.unit.bias is not None and not self.unit.trainable:
            paint_lock(painter, QPointF(-24, 24), worn)

    def _paint_name(self, painter: QPainter, worn: Theme, px: int) -> None:
        """Paint the name alone, as large as the disc has room for."""
        painter.setPen(self._ink(worn.text, worn))
        line = text.name_line(self.unit.id, min(px, 28), 54.0)
        text.draw_centred(painter, line, 0, min(px, 28) * 0.32)

    def _paint_activation(self, painter: QPainter, worn: Theme) -> None:
        painter.setPen(QPen(self._ink(worn.muted, worn), 1.4))
        sign = glyphs.COMBINE_SIGN.get(self.unit.combine, "")
        shift = 0.0
        if self.unit.combine != SUM:
            line = (text.Run(sign, text.ui(10, text.SEMIBOLD)),)
            shift = text.width(line) / 2 + 1
            text.draw(painter, line, -shift - glyphs.WIDTH / 2 - 1, 23)
        painter.translate(shift, 20)
        painter.drawPath(glyphs.activation_path(self.unit.activation))
        painter.translate(-shift, -20)

    def _paint_handle(self, painter: QPainter, worn: Theme) -> None:
        """Paint the knob by which a connection is drawn from the rim."""
        if self.handle is None and not self.hovered:
            return
        ready = self.handle is not None
        angle = self.handle if self.handle is not None else 0.0
        at = QPointF(RADIUS * math.cos(angle), RADIUS * math.sin(angle))
        painter.setPen(QPen(worn.accent, 1.8))
        painter.setBrush(worn.accent if ready else worn.surface)
        painter.drawEllipse(at, 7.0 if ready else 5.0, 7.0 if ready else 5.0)
        if ready:
            painter.setPen(QPen(worn.on_accent, 1.6))
            painter.drawLine(at - QPointF(3.2, 0), at + QPointF(3.2, 0))
            painter.drawLine(at - QPointF(0, 3.2), at + QPointF(0, 3.2))


def paint_lock(painter: QPainter, at: QPointF, worn: Theme) -> None:
    """Paint the mark of what is frozen."""
    painter.save()
    painter.translate(at)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(worn.background)
    painter.drawEllipse(QPointF(0, 0), 9.0, 9.0)
    painter.setPen(QPen(worn.muted, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(glyphs.lock_path())
    painter.restore()


def _circle(painter: QPainter, radius: float) -> None:
    painter.drawEllipse(QPointF(0, 0), radius, radius)
