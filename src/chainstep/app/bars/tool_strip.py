"""The strip at the left: what a press on the canvas means, and how the canvas is looked at.

The commands are the window's actions, among them the three exclusive tools; the canvas learns of
a tool through `menus` and `window`. Gestures themselves are in `canvas.gestures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from chainstep.app.look import icons, size, theme
from chainstep.app.look.chips import TOOL_SIZE, Chip, Look

WIDTH: Final = 48
TOOLS: Final = ("tool_select", "tool_add", "tool_connect")
VIEWS: Final = ("tidy", "fit", "zoom_in", "zoom_out")
KINDS: Final = ("input", "hidden", "output")
#: Milliseconds after which a press opens the menu instead.
_HOLD: Final = 400
_CORNER: Final = 12
_MARGIN: Final = 10
_BREAK: Final = 18
_AIR: Final = 6
_TIGHT: Final = 2


class CornerChip(Chip):
    """A tool with a menu: a press on its corner, a long one, the right button or Alt+Down."""

    def __init__(
        self,
        label: str = "",
        key: str = "",
        icon: str = "",
        look: Look = "tool",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(label, key, icon, look, parent)
        self.menu = QMenu(self)
        self._hold = QTimer(self)
        self._hold.setSingleShot(True)
        self._hold.setInterval(_HOLD)
        self._hold.timeout.connect(self.open_menu)

    def open_menu(self) -> None:
        """Open the menu beside the chip."""
        self._hold.stop()
        self.setDown(False)
        icons.dress(self.menu)
        self.menu.popup(self.mapToGlobal(QPoint(self.width() + 6, 0)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the menu at the corner, else begin to wait for a long press."""
        place = event.position()
        corner = min(place.x(), place.y()) >= self.width() - size.px(_CORNER)
        if event.button() == Qt.MouseButton.LeftButton and corner:
            self.open_menu()
            return
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._hold.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A short press is a click."""
        self._hold.stop()
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu for the right button and the menu key."""
        self.open_menu()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the menu with Alt+Down."""
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt and event.key() == Qt.Key.Key_Down:
            self.open_menu()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chip, and a small triangle in the corner."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size.factor(), size.factor())
        painter.setPen(Qt.PenStyle.NoPen)
        worn = theme.current()
        painter.setBrush(worn.muted if self.isEnabled() else worn.disabled)
        far = TOOL_SIZE - 5.0
        corner = [QPointF(far, far - 5), QPointF(far, far), QPointF(far - 5, far)]
        painter.drawPolygon(QPolygonF(corner))


class ToolStrip(QWidget):
    """The tools and views, 48 px wide.

    actions: by name: tool_select, tool_add, tool_connect (made exclusive here), tidy, fit,
    zoom_in and zoom_out.

    Signals: kind_chosen(str): "input", "hidden" or "output" for the units that the add tool will
    make, "" for what fits the place; the tool is already chosen then.
    """

    kind_chosen = Signal(str)

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(size.px(WIDTH))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Tools")
        self.kind = ""
        self._add = actions["tool_add"]
        self._tools = _exclusive([actions[name] for name in TOOLS], self)
        self.chips = {name: _chip(name, actions[name], self) for name in (*TOOLS, *VIEWS)}
        self._kinds = self._make_kinds()
        self._lay_out()
        theme.changed.connect(self._dress)
        size.changed.connect(self._size_changed)

    def minimumSizeHint(self) -> QSize:
        """High enough for every chip, with less air."""
        chips = len(self.chips) * (size.px(TOOL_SIZE) + _TIGHT) + _BREAK
        return QSize(size.px(WIDTH), chips + 2 * _MARGIN)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move together in a low window."""
        super().resizeEvent(event)
        slack = self.height() - self.minimumSizeHint().height()
        roomy = slack >= len(self.chips) * (_AIR - _TIGHT)
        self._column.setSpacing(_AIR if roomy else _TIGHT)

    def choose_kind(self, kind: str) -> None:
        """Choose the add tool for units of a kind, or "" for what fits the place."""
        if kind not in ("", *KINDS):
            raise ValueError(kind)
        self.kind = kind
        for action in self._kinds.actions():
            action.setChecked(action.data() == kind)
        self._add.setChecked(True)
        self.kind_chosen.emit(kind)

    def _make_kinds(self) -> QActionGroup:
        chip = self.chips["tool_add"]
        assert isinstance(chip, CornerChip)
        group = QActionGroup(self)
        for kind in KINDS:
            action = QAction(f"{kind.capitalize()} unit", group)
            action.setData(kind)
            action.setCheckable(True)
            icons.name_icon(action, kind)
        group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        group.triggered.connect(self._choose)
        chip.menu.addActions(group.actions())
        return group

    def _choose(self, action: QAction) -> None:
        self.choose_kind(action.data() if action.isChecked() else "")

    def _lay_out(self) -> None:
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(7, _MARGIN, 7, _MARGIN)
        column.setSpacing(_AIR)
        for name, chip in self.chips.items():
            if name == VIEWS[0]:
                column.addSpacing(_BREAK)
            column.addWidget(chip)
        column.addStretch(1)

    def _size_changed(self) -> None:
        self.setFixedWidth(size.px(WIDTH))

    def _dress(self) -> None:
        icons.retint(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground, a hairline at the right, and a short one between tools and views."""
        painter = QPainter(self)
        worn = theme.current()
        painter.fillRect(self.rect(), worn.surface)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), worn.line)
        last, first = self.chips[TOOLS[-1]].geometry(), self.chips[VIEWS[0]].geometry()
        painter.fillRect(15, (last.bottom() + first.top()) // 2, self.width() - 31, 1, worn.line)


def _exclusive(actions: list[QAction], owner: QWidget) -> QActionGroup:
    """Put the tools into one group; the first is chosen where none is."""
    group = QActionGroup(owner)
    for action in actions:
        action.setCheckable(True)
        group.addAction(action)
    if group.checkedAction() is None:
        actions[0].setChecked(True)
    return group


def _chip(name: str, action: QAction, parent: QWidget) -> Chip:
    kind = CornerChip if name == "tool_add" else Chip
    return kind.for_action(action, "", "", "tool", parent)
