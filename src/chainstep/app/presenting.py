"""What of the window is shown: all of it, or the canvas and the explanation for a room.

Projector mode makes type half as large again and puts away what a room cannot read; each panel
comes back with its key. How large things are drawn is in `look.size`, where they stand in
`window_layout`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QWidget

from chainstep.app.look import size
from chainstep.app.settings import Settings

if TYPE_CHECKING:
    from chainstep.app.window import MainWindow

#: The commands that show and hide a part of the window, and whether a room sees it.
PANELS: Final = {
    "show_side": True,
    "show_inspector": False,
    "show_bottom": False,
    "show_tools": False,
}


class Presenting(QObject):
    """Shows and hides the parts of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._actions = window.actions_by_name
        places = window.parts.places
        self._parts: dict[str, QWidget] = {
            "show_side": places.side,
            "show_inspector": window.parts.tabs,
            "show_bottom": places.bottom,
            "show_tools": window.parts.tools,
        }
        for name in PANELS:
            self._actions[name].setChecked(True)
        size.changed.connect(self._size_changed)
        if size.large():
            self._size_changed()

    @property
    def everything(self) -> bool:
        """Whether no panel is hidden."""
        return all(self._actions[name].isChecked() for name in PANELS)

    @Slot()
    def next_panel(self) -> None:
        """Give the keyboard to the next panel that is shown."""
        self._walk(1)

    @Slot()
    def previous_panel(self) -> None:
        """Give the keyboard to the panel before."""
        self._walk(-1)

    def _walk(self, by: int) -> None:
        parts, places = self._window.parts, self._window.parts.places
        tables = places.bottom.widget(1)
        panels = [parts.view, parts.chain_rule, parts.tabs, parts.plots, *parts.docks.shown, tables,
                  parts.step_bar]  # fmt: skip
        shown = [panel for panel in panels if panel is not None and panel.isVisible()]
        focus = QApplication.focusWidget()
        here = next((n for n, panel in enumerate(shown) if _holds(panel, focus)), -1)
        for step in range(1, len(shown) + 1):
            if _focus_in(shown[(here + by * step) % len(shown)]):
                return

    @Slot(bool)
    def set_projector(self, on: bool) -> None:
        """Make every window fit for a room, or for a desk again."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            Settings().projector = on
            size.apply(app, on)

    @Slot(bool)
    def show_panel(self, shown: bool) -> None:
        """Slot of the commands that show a panel: the sender's name says which."""
        sender = self.sender()
        if sender is not None:
            self._show(sender.objectName(), shown)

    def _show(self, name: str, shown: bool) -> None:
        self._parts[name].setVisible(shown)
        if name == "show_inspector" and shown:
            self._parts["show_side"].setVisible(True)
        for each, part in self._parts.items():
            self._actions[each].setChecked(not part.isHidden())
        if self._parts["show_side"].isHidden():
            self._actions["show_inspector"].setChecked(False)

    def _size_changed(self) -> None:
        big = size.large()
        parts = self._window.parts
        self._actions["projector"].setChecked(big)
        parts.view.held = True  # it comes by many sizes on the way
        for name, in_a_room in PANELS.items():
            self._show(name, in_a_room or not big)
        parts.places.arrange()
        parts.area.place_timeline()
        for _ in range(2):  # a layout that has changed asks the one around it for room
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        parts.view.held = False
        self._window.scene.restyle()
        for _ in range(2):  # the texts beside the units have grown, and are what it looks at
            parts.view.fit()


def _holds(panel: QWidget, focus: QWidget | None) -> bool:
    return focus is not None and (panel is focus or panel.isAncestorOf(focus))


def _focus_in(panel: QWidget) -> bool:
    """Give the keyboard to a panel, or to the first thing in it that takes keys."""
    for widget in (panel, *panel.findChildren(QWidget)):
        takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes and widget.isVisible() and widget.isEnabled():
            widget.activateWindow()  # a plot may have one of its own
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            return True
    return False
