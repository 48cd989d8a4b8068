"""What the keyboard does on the canvas, so that nothing needs a mouse.

Tab goes from unit to unit, arrows follow connections or nudge the selection, Return selects,
C connects what is selected to the unit in focus, a digit begins the weight of the connection that
is selected. Keys with a menu entry belong to the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from chainstep.network.edits import why_not_connect
from chainstep.network.order import forward_order

from .describe import describe

if TYPE_CHECKING:
    from .view import CanvasView

ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
FAR: Final = 10
#: What a number begins with.
_BEGINS: Final = "0123456789.,-+−"
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
_CONTROL: Final = Qt.KeyboardModifier.ControlModifier
_ALT: Final = Qt.KeyboardModifier.AltModifier


class Keys:
    """Turns key presses of a view into what its scene can do."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._scene = view.canvas

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key means here; False when it means nothing."""
        key = Qt.Key(event.key())
        if event.modifiers() & _ALT:
            return False
        if key in ARROWS:
            self._arrow(ARROWS[key], event.modifiers())
        elif key == Qt.Key.Key_Escape:
            return self._escape()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self._delete()
        elif key == Qt.Key.Key_Space:
            self._view.panning = True
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._choose(bool(event.modifiers() & _SHIFT))
        elif key == Qt.Key.Key_C and not event.modifiers() & _CONTROL:
            return self._connect()
        elif event.text() and event.text() in _BEGINS and not event.modifiers() & _CONTROL:
            return self._type(event.text())
        else:
            return False
        return True

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key that is also a shortcut means something else here and now."""
        bare = event.modifiers() == Qt.KeyboardModifier.NoModifier
        scene = self._scene
        ready = scene.focused_unit is not None and bool(scene.selected_units)
        return bool(event.key() == Qt.Key.Key_C and bare and ready)

    def release(self, event: QKeyEvent) -> bool:
        """End panning when Space comes up."""
        if event.key() != Qt.Key.Key_Space:
            return False
        if not event.isAutoRepeat():
            self._view.panning = False
        return True

    def tab(self, forward: bool) -> bool:
        """Move the focus to the next unit; False at the end, where Tab leaves the canvas."""
        order = [unit.id for unit in forward_order(self._scene.network)]
        if not forward:
            order.reverse()
        here = self._scene.focused_unit
        if here == (order[-1] if order else None):
            self._scene.focus_unit(None)
            return False
        self._focus(order[order.index(here) + 1 if here in order else 0])
        return True

    def _arrow(self, way: tuple[int, int], modifiers: Qt.KeyboardModifier) -> None:
        nudges = self._scene.selected_units and not modifiers & _CONTROL
        if nudges:
            self._nudge(way, FAR if modifiers & _SHIFT else 1)
        else:
            self._follow(way)

    def _nudge(self, way: tuple[int, int], far: int) -> None:
        places = {u: self._scene.units[u].centre for u in self._scene.selected_units}
        moved = {u: (x + far * way[0], y + far * way[1]) for u, (x, y) in places.items()}
        self._scene.units_moved.emit({**self._scene.unplaced, **moved})

    def _follow(self, way: tuple[int, int]) -> None:
        """Move the focus along a connection, or to the next unit above or below."""
        here, network = self._scene.focused_unit, self._scene.network
        if here is None:
            self.tab(True)
        elif way[0]:
            group = network.outgoing[here] if way[0] > 0 else network.incoming[here]
            ends = [c.target if way[0] > 0 else c.source for c in group]
            self._focus(self._level_with(here, ends))
        else:
            self._focus(self._beside(here, way[1]))

    def _level_with(self, here: str, others: list[str]) -> str:
        """Return the unit most nearly on one height with this one; itself where there is none."""
        units = self._scene.units
        y = units[here].pos().y()
        return min(others, key=lambda other: abs(units[other].pos().y() - y), default=here)

    def _beside(self, here: str, down: int) -> str:
        at = self._scene.units[here].pos()
        best, nearest = here, float("inf")
        for unit_id, item in self._scene.units.items():
            dx, dy = item.pos().x() - at.x(), (item.pos().y() - at.y()) * down
            if dy > 1 and dy + 3 * abs(dx) < nearest:
                best, nearest = unit_id, dy + 3 * abs(dx)
        return best

    def _focus(self, unit_id: str) -> None:
        self._scene.focus_unit(unit_id)
        self._view.reveal(unit_id)
        self._view.setAccessibleDescription(self._words(unit_id))

    def _words(self, unit_id: str) -> str:
        return describe(self._scene, unit_id)

    def _escape(self) -> bool:
        """Give up the gesture, else the tool, else the selection."""
        scene = self._scene
        if self._view.cancel_gesture("Esc"):
            return True
        scene.speech.hide()
        if self._view.tool != "select":
            self._view.set_tool("select")
        elif scene.selected_units or scene.selected_connections:
            scene.select()
        else:
            return False
        return True

    def _delete(self) -> bool:
        if not (self._scene.selected_units or self._scene.selected_connections):
            return False
        self._scene.deletion_asked.emit()
        return True

    def _choose(self, adding: bool) -> bool:
        """Select the unit in focus; open it when it is selected already."""
        here = self._scene.focused_unit
        if here is None:
            return False
        if here in self._scene.selected_units and not adding:
            self._scene.activated.emit(here)
        else:
            others = self._scene.selected_units if adding else frozenset[str]()
            self._scene.select(others ^ {here})
        return True

    def _connect(self) -> bool:
        """Ask for a connection from each selected unit to the unit in focus."""
        here, chosen = self._scene.focused_unit, self._scene.selected_units
        if here is None or not chosen:
            return False
        for source in [unit.id for unit in self._scene.network.units if unit.id in chosen]:
            reason = why_not_connect(self._scene.network, source, here)
            if reason is None:
                self._scene.connection_drawn.emit(source, here)
            else:
                at = QPointF(self._scene.units[here].pos())
                self._scene.speech.show(reason, at, True, passing=True)
        return True

    def _type(self, text: str) -> bool:
        """Begin to type the weight of the one connection that is selected."""
        scene = self._scene
        one = len(scene.selected_connections) == 1 and not scene.selected_units
        return one and self._view.numbers.begin_somewhere(text)
