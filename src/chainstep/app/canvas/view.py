"""The window onto the canvas: which press starts which gesture, wheel and pinch.

What a gesture does is in `gestures`, what a key does in `keys`, what is shown in `scene`, zoom and
place in `camera`.
"""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip, QWidget

from chainstep.app.look import plain, theme
from chainstep.app.look.names import lowered

from .camera import Camera
from .describe import describe
from .gestures import DrawConnection, Gesture, MoveUnits, Pan, RubberBand
from .inline import NumberInPlace, Target
from .items import RIM
from .keys import Keys
from .paper import Paper
from .scene import CanvasScene

STEP: Final = 1.2

_NO_BUTTON: Final = Qt.MouseButton.NoButton
_LEFT: Final = Qt.MouseButton.LeftButton
_ADDING: Final = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class CanvasView(Camera):
    """Shows a `CanvasScene` and turns mouse and keys into gestures.

    Signals: tool_changed(tool); menu_asked(QPoint): at a point of the screen.
    """

    tool_changed = Signal(str)
    menu_asked = Signal(QPoint)

    def __init__(self, scene: CanvasScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.tool = "select"
        self.kind = ""
        self.pointer = QPointF()
        self.gesture: Gesture | None = None
        self.panning = False
        self._on_number = False
        self.numbers = NumberInPlace(self)
        self._keys = Keys(self)
        self._paper = Paper()
        self._set_up()
        scene.changing.connect(self._give_up)
        theme.changed.connect(self._restyle)

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Network canvas")
        self.setAccessibleDescription(
            "Tab moves from unit to unit, the arrow keys follow connections, Return selects."
        )
        self.centerOn(0, 0)

    # Tools

    def set_tool(self, tool: str, kind: str = "") -> None:
        """Choose what a press means: "select", "add" (a unit of a kind) or "connect"."""
        if tool not in ("select", "add", "connect"):
            raise ValueError(tool)
        self.cancel_gesture("another tool")
        self.tool, self.kind = tool, kind
        self._show_cursor()
        self.tool_changed.emit(tool)

    def cancel_gesture(self, reason: str) -> bool:
        """Undo a gesture under way; False when there is none."""
        gesture, self.gesture = self.gesture, None
        if gesture is None:
            return False
        gesture.cancel(reason)
        self._show_cursor()
        return True

    def _give_up(self) -> None:
        self.cancel_gesture("another project")

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start the gesture that a press means; a second button cancels."""
        self.pointer = event.position()
        if self.gesture is not None:
            self.cancel_gesture("another button")
            return
        self.canvas.speech.hide()
        gesture = self._gesture_for(event)
        if gesture is not None:
            self.canvas.focus_unit(None)
            self.gesture = gesture
            gesture.start(self.to_scene(self.pointer))
            self._show_cursor()

    def _gesture_for(self, event: QMouseEvent) -> Gesture | None:
        scene, point = self.canvas, self.to_scene(event.position())
        pans = event.button() == _LEFT and self.panning
        if event.button() == Qt.MouseButton.MiddleButton or pans:
            return Pan(scene, self)
        if event.button() != _LEFT:
            return None
        adding = bool(event.modifiers() & _ADDING)
        unit = scene.unit_at(point)
        if unit is not None:
            if self.tool == "connect" or self._rim_angle(unit, point) is not None:
                return DrawConnection(scene, unit)
            return MoveUnits(scene, unit, adding)
        target = self._number_or_connection(point)
        if isinstance(target, str):
            return MoveUnits(scene, target, adding)
        ends = target
        if self.tool == "add" and ends is None:
            scene.unit_drawn.emit(self.kind, point, "")
            return None
        if ends is not None:
            chosen = scene.selected_connections ^ {ends} if adding else {ends}
            scene.select(scene.selected_units if adding else (), chosen)
            scene.connection_clicked.emit(*ends)
            return None
        return RubberBand(scene, adding)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the gesture, or show what is under the mouse."""
        self.pointer = event.position()
        point = self.to_scene(self.pointer)
        if self.gesture is not None:
            self.gesture.move(point)
        elif event.buttons() == _NO_BUTTON:
            self._hover(point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish the gesture."""
        self.pointer = event.position()
        gesture, self.gesture = self.gesture, None
        if gesture is not None:
            gesture.release(self.to_scene(self.pointer))
            self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a unit, type a number where it stands, or draw a unit on empty space."""
        point = self.to_scene(event.position())
        if event.button() != _LEFT or self.tool == "add":
            return
        unit = self.canvas.unit_at(point)
        if unit is not None:
            self.canvas.activated.emit(unit)
        elif (target := self._number_or_connection(point)) is not None:
            self.numbers.begin(target)
        else:
            self.canvas.unit_drawn.emit("", point, "")

    def leaveEvent(self, event: QEvent) -> None:
        """Forget what was under the mouse."""
        self.canvas.hover(None, None, None)
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Select what the menu is about, then ask for it."""
        self.cancel_gesture("context menu")
        thing = self.thing_at(event.globalPos())
        if isinstance(thing, str) and thing not in self.canvas.selected_units:
            self.canvas.select({thing})
        elif isinstance(thing, tuple) and thing not in self.canvas.selected_connections:
            self.canvas.select((), {thing})
        self.menu_asked.emit(event.globalPos())

    def thing_at(self, point: QPoint) -> Target | None:
        """Return the unit or the connection at a point of the screen, by itself or its number."""
        there = self.to_scene(QPointF(self.viewport().mapFromGlobal(point)))
        return self.canvas.unit_at(there) or self._number_or_connection(there)

    def _number_or_connection(self, point: QPointF) -> Target | None:
        return self.canvas.number_at(point) or self.canvas.connection_at(point)

    def _hover(self, point: QPointF) -> None:
        unit = self.canvas.unit_at(point)
        angle = self._rim_angle(unit, point) if unit is not None else None
        under = self._number_or_connection(point) if unit is None else None
        self._on_number = unit is None and self.canvas.number_at(point) is not None
        self.canvas.hover(unit, angle, under if isinstance(under, tuple) else None)
        self._show_cursor()

    def _rim_angle(self, unit: str, point: QPointF) -> float | None:
        """Return at which angle a point is on the rim of a unit, None inside it."""
        x, y = self.canvas.units[unit].centre
        dx, dy = point.x() - x, point.y() - y
        inside = math.hypot(dx, dy) < RIM[0]
        return None if inside else math.atan2(dy, dx)

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.ArrowCursor
        unit = self.canvas.units.get(self.canvas.hovered_unit or "")
        if self.gesture is not None:
            shape = self.gesture.cursor
        elif self.panning:
            shape = Qt.CursorShape.OpenHandCursor
        elif unit is not None:
            rim = unit.handle is not None or self.tool == "connect"
            shape = Qt.CursorShape.CrossCursor if rim else Qt.CursorShape.OpenHandCursor
        elif self._on_number:
            shape = Qt.CursorShape.IBeamCursor
        elif self.canvas.hovered_connection is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif self.tool != "select":
            shape = Qt.CursorShape.CrossCursor
        self.viewport().setCursor(shape)

    # Wheel, pinch, keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl, zoom at the pointer."""
        self.pointer = event.position()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(STEP ** (event.angleDelta().y() / 120), self.pointer)
        else:
            way = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not way.x():
                way = QPoint(way.y(), 0)
            self.scroll_by(QPointF(way))
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Zoom with a pinch; show tooltips."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1.0 + event.value(), event.position())
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event)
            return True
        return super().viewportEvent(event)

    def _show_tip(self, event: QHelpEvent) -> None:
        scene, thing = self.canvas, self.thing_at(event.globalPos())
        if thing is not None:
            seen = plain.tip(lowered(describe(scene, thing), scene.units))
            QToolTip.showText(event.globalPos(), seen, self)
        else:
            QToolTip.hideText()

    def event(self, event: QEvent) -> bool:
        """Keep a key that connects two units from being the shortcut of the tool."""
        before = event.type() == QEvent.Type.ShortcutOverride
        if before and isinstance(event, QKeyEvent) and self._keys.wants(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand the key to `keys`; what it does not know goes on."""
        if not self._keys.press(event):
            event.ignore()
        self._show_cursor()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End panning."""
        if not self._keys.release(event):
            event.ignore()
        self._show_cursor()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab from unit to unit, and out of the canvas after the last."""
        return self._keys.tab(forward) or super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A gesture does not outlive the focus, nor does panning."""
        self.panning = False
        self.cancel_gesture("focus lost")
        self.canvas.focus_unit(None)
        super().focusOutEvent(event)

    # Paper

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint the dotted paper."""
        origin = self.to_view(QPointF(0, 0))
        area = self.viewportTransform().mapRect(QRectF(rect)).toAlignedRect()
        self._paper.paint(painter, area, origin, self.zoom, self.devicePixelRatioF())

    def _restyle(self) -> None:
        self._paper.forget()
        self.viewport().update()
