"""A number typed where it stands: a weight on its connection, a bias beside its unit.

Enter takes it, Tab takes it and goes on to the next in the order of the forward pass, Escape gives
the old one back. How a number is read is in `stepping.numbers`, what it changes in `app.editing`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent

from chainstep.app.look import fonts
from chainstep.app.panels.fields import NumberField
from chainstep.network.model import Network
from chainstep.network.order import forward_order

from .marks import Ends

if TYPE_CHECKING:
    from .view import CanvasView

#: A connection, for its weight, or a unit, for its bias.
Target = str | Ends
_SIZE: Final = (92, 30)
_GAP: Final = 6


def targets(network: Network) -> list[Target]:
    """Return everything that has a number to type: unit by unit its weights, then its bias."""
    found: list[Target] = []
    for unit in forward_order(network):
        found += [connection.ends for connection in network.incoming[unit.id]]
        found += [unit.id] if unit.bias is not None else []
    return found


class PlaceField(NumberField):
    """The field that lies over a number.

    Signals: left(int): the user is done here and goes on by so many numbers; 0 for nowhere.
    """

    left = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives the old number back."""
        if event.key() == Qt.Key.Key_Escape:
            self.forget()
            self.left.emit(0)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes on to the next number, not to the next widget."""
        self.finish()
        if not self.invalid:
            self.left.emit(1 if forward else -1)
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A click elsewhere takes the number."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.forget()
            self.hide()

    def _enter(self) -> None:
        super()._enter()
        if not self.invalid:
            self.left.emit(0)


class NumberInPlace(QObject):
    """Lets one number of the canvas at a time be typed."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view, self._scene = view, view.canvas
        self._target: Target | None = None
        view.zoomed.connect(self._place)

    @cached_property
    def field(self) -> PlaceField:
        """The field, made when the first number is typed."""
        field = PlaceField("A number, as 0.5, 0,5 or 1/3", self._view.viewport())
        field.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        field.setFont(fonts.ui_font())
        field.hide()
        field.committed.connect(self._commit)
        field.left.connect(self._go_on)
        return field

    def begin(self, target: Target, text: str = "") -> bool:
        """Open the field over a number; text: what was typed already. False where there is none."""
        if self._scene.differs or target not in targets(self._scene.network):
            return False
        self._target = target
        self._select(target)
        value = self._value(target)
        self.field.setAccessibleName(_name(target))
        self.field.set_value(value, self._scene.digits)
        self._view.reveal(_owner(target))
        self._place()
        self.field.show()
        self.field.setFocus()
        self.field.selectAll()
        if text:
            self.field.setText(text)
            self.field.setModified(True)
        return True

    def begin_somewhere(self, text: str = "") -> bool:
        """Begin at what is selected or has the ring of the keyboard, else at the first number."""
        scene, known = self._scene, targets(self._scene.network)
        near: list[Target] = [*sorted(scene.selected_connections), *sorted(scene.selected_units)]
        near += [scene.focused_unit] if scene.focused_unit else []
        for target in [*near, *known[:1]]:
            first = next((t for t in known if target == t or target == _owner(t)), None)
            if first is not None:
                return self.begin(first, text)
        return False

    def _value(self, target: Target) -> float | None:
        return self._scene.bias(target) if isinstance(target, str) else self._scene.weight(target)

    def _select(self, target: Target) -> None:
        if isinstance(target, str):
            self._scene.select([target])
        else:
            self._scene.select((), [target])

    def _place(self, _zoom: float = 0.0) -> None:
        """Stand over the number, inside what can be seen."""
        if self._target is None or self._target not in targets(self._scene.network):
            return
        at = self._view.mapFromScene(self._scene.number_place(self._target))
        rect = QRect(0, 0, *_SIZE)
        rect.moveCenter(at)
        room = self._view.viewport().rect().adjusted(_GAP, _GAP, -_GAP, -_GAP)
        rect.moveLeft(max(room.left(), min(rect.left(), room.right() - rect.width())))
        rect.moveTop(max(room.top(), min(rect.top(), room.bottom() - rect.height())))
        self.field.setGeometry(rect)

    def _commit(self, value: float) -> None:
        if self._target is not None:
            self._scene.number_typed.emit(self._target, value)

    def _go_on(self, by: int) -> None:
        """Go to another number, or back to the canvas."""
        known = targets(self._scene.network)
        here = known.index(self._target) + by if by and self._target in known else -1
        if 0 <= here < len(known):
            self.begin(known[here])
        else:
            self._view.setFocus()


def _owner(target: Target) -> str:
    """Return the unit that a bias, or a weight leading into it, belongs to."""
    return target if isinstance(target, str) else target[1]


def _name(target: Target) -> str:
    if isinstance(target, str):
        return f"Bias of {target}"
    return f"Weight from {target[0]} to {target[1]}"
