"""The context menu of the canvas: what can be done with the thing under the mouse.

The menu bar is in `menus`; what a command does is in `editing`, `aids` and `panels.changes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from chainstep.app.look import icons
from chainstep.app.panels import changes
from chainstep.network.model import HIDDEN, INPUT, OUTPUT

if TYPE_CHECKING:
    from chainstep.app.window import MainWindow

_KINDS: Final = {INPUT: "an Input", HIDDEN: "a Hidden Unit", OUTPUT: "an Output"}
_EVERYWHERE: Final = ("", "select_all", "tidy", "fit")
_ON_THINGS: Final = ("breakpoint", "", "cut", "copy", "duplicate", "delete")


class CanvasMenu(QMenu):
    """What can be done at a point of the canvas; it goes when it is closed."""

    def __init__(self, window: MainWindow, point: QPoint) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._window = window
        view = window.parts.view
        self._place: QPointF = view.mapToScene(view.viewport().mapFromGlobal(point))
        self._thing = view.thing_at(point)
        if isinstance(self._thing, str):
            self._for_unit(self._thing)
        elif self._thing is not None:
            self._for_connection(self._thing)
        else:
            self._for_paper()
        self._put(*_EVERYWHERE)
        icons.dress(self)

    def _for_unit(self, unit_id: str) -> None:
        unit = self._window.scene.network.by_id[unit_id]
        for kind, words in _KINDS.items():
            action = self.addAction(f"Make It {words}")
            action.setData(kind)
            action.setCheckable(True)
            action.setChecked(unit.kind == kind)
            action.triggered.connect(self._set_kind)
        self.addSeparator()
        if unit.bias is not None:
            self._put("type_number")
            self._tick("Freeze Its Bias", not unit.trainable, self._freeze_bias)
        self._put("run_to_unit", "run_back_to_unit", *_ON_THINGS)

    def _for_connection(self, ends: tuple[str, str]) -> None:
        connection = self._window.scene.network.by_ends[ends]
        self._put("type_number")
        self._tick("Freeze Its Weight", not connection.trainable, self._freeze_weight)
        self._put("breakpoint", "", "delete")

    def _for_paper(self) -> None:
        for kind in _KINDS:
            action = self.addAction(f"Add {'a' if kind == HIDDEN else 'an'} {kind} unit here")
            action.setData(kind)
            action.triggered.connect(self._add_unit)
        self._put("", "paste")

    def _put(self, *names: str) -> None:
        for name in names:
            if name:
                self.addAction(self._window.actions_by_name[name])
            else:
                self.addSeparator()

    def _tick(self, words: str, on: bool, slot: Callable[[bool], None]) -> None:
        action = self.addAction(words)
        action.setCheckable(True)
        action.setChecked(on)
        action.triggered.connect(slot)

    @Slot()
    def _add_unit(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._window.editing.draw_unit(action.data(), self._place, "")

    @Slot()
    def _set_kind(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and self._thing in self._window.scene.units:
            self._window.apply(*changes.set_kind(str(self._thing), action.data()))

    @Slot(bool)
    def _freeze_bias(self, frozen: bool) -> None:
        if isinstance(self._thing, str):
            self._window.apply(*changes.freeze_biases([self._thing], frozen))

    @Slot(bool)
    def _freeze_weight(self, frozen: bool) -> None:
        if isinstance(self._thing, tuple):
            self._window.apply(*changes.freeze_weights([self._thing], frozen))
