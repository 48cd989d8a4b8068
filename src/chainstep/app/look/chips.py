"""The buttons of the bars: an icon, a word, and its key in small type.

A chip wears an action: words, state, icon and tooltip follow it, a click triggers it. Painted by
hand, since a style sheet cannot set two sizes of type in one button.
Not here: buttons in forms and dialogs (`style.py`), and which chips a bar has (`step_bar`,
`tool_strip`, `notice`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from chainstep.app.look import fonts, icons, plain, size, theme

Look = Literal["soft", "plain", "outline", "primary", "tool"]

HEIGHT: Final = 32
TOOL_SIZE: Final = 34
_RADIUS: Final = 8.0
_PADDING: Final = 10
_GAP: Final = 6
_ICON: Final = 18
_SMALL_ICON: Final = 16
_TOOL_ICON: Final = 20
#: No word of ours is as wide; what comes from elsewhere is cut.
_WIDEST_LABEL: Final = 220
_LABEL_PX: Final = 13
_KEY_PX: Final = 11
_KEY_REASONS: Final = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


@dataclass(frozen=True)
class _Colours:
    """What a chip wears in its present state."""

    ground: QColor | None
    edge: QColor | None
    label: QColor
    key: QColor
    icon: QColor


class Chip(QAbstractButton):
    """A button of a bar.

    look: "soft" has a ground of its own, "plain" only under the pointer, "primary" the accent;
    "outline" is for coloured grounds, "tool" a square for one icon. Takes the focus from Tab only,
    so that a click leaves the keys with the canvas.
    """

    def __init__(
        self,
        label: str = "",
        key: str = "",
        icon: str = "",
        look: Look = "plain",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.look: Look = look
        self._label, self._key, self._icon = label, key, icon
        self._shows_key = True
        self._reserved: tuple[str, ...] = ()
        self._action: QAction | None = None
        self._own_label: str | None = label
        self._by_key = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(label)
        self.clicked.connect(self._trigger)

    @classmethod
    def for_action(
        cls,
        action: QAction,
        label: str | None = None,
        key_hint: str | None = None,
        look: Look = "plain",
        parent: QWidget | None = None,
    ) -> Chip:
        """Return a chip that wears an action.

        label: None for the action's own words, "" for none. key_hint: None for its first key.
        """
        chip = cls(look=look, parent=parent)
        chip._own_label = label
        chip._key = plain.key_text(action) if key_hint is None else key_hint
        chip._action = action
        action.changed.connect(chip._follow)
        action.destroyed.connect(chip._forget)
        chip._follow()
        return chip

    @property
    def action(self) -> QAction | None:
        """The action it wears."""
        return self._action

    @property
    def label(self) -> str:
        """The word shown; "" where there is only an icon."""
        return self._label

    @property
    def key(self) -> str:
        """The key hint shown now."""
        return self._key if self._shows_key else ""

    @property
    def icon_name(self) -> str:
        """The icon shown, "" for none."""
        return self._icon

    def show_key(self, shown: bool) -> None:
        """Show the key hint, or save its room."""
        if shown != self._shows_key:
            self._shows_key = shown
            self._resized()

    def set_label(self, label: str) -> None:
        """Show another word, on a chip that wears no action."""
        self._label = label
        self.setAccessibleName(label)
        self._resized()

    def reserve(self, *labels: str) -> None:
        """Be wide enough for any of these words, so that a change of word moves nothing."""
        self._reserved = labels
        self._resized()

    # Size

    def sizeHint(self) -> QSize:
        """As wide as what it shows."""
        if self.look == "tool":
            return QSize(TOOL_SIZE, TOOL_SIZE) * size.factor()
        words = (self._label, *self._reserved)
        widest = max(sum(self._parts(word)) for word in words)
        return QSize(max(HEIGHT, math.ceil(widest) + 2 * _PADDING), HEIGHT) * size.factor()

    def minimumSizeHint(self) -> QSize:
        """The same: a word is never cut to save room."""
        return self.sizeHint()

    def width_with(self, key: bool) -> int:
        """The width it would have with, or without, its key hint."""
        shown, self._shows_key = self._shows_key, key
        width = self.sizeHint().width()
        self._shows_key = shown
        return width

    def _parts(self, word: str) -> list[float]:
        """Widths of icon, label and key, each after the first with the gap before it."""
        label = min(_WIDEST_LABEL, _label_metrics().horizontalAdvance(word))
        key = _key_metrics().horizontalAdvance(self.key)
        widths = [width for width in (self._icon_size() if self._icon else 0, label, key) if width]
        return [width + (_GAP if number else 0) for number, width in enumerate(widths)]

    def _resized(self) -> None:
        self.updateGeometry()
        self.update()

    # The action

    def _follow(self) -> None:
        action = self._action
        if action is None:
            return
        self._label = action.iconText() if self._own_label is None else self._own_label
        self._icon = action.property("chainstep_icon") or "" if self._wants_icon() else ""
        self.setEnabled(action.isEnabled())
        self.setCheckable(action.isCheckable())
        self.setChecked(action.isChecked())
        self.setAccessibleName(self._label or action.iconText())
        self.setAccessibleDescription(_tip(action))
        self.setToolTip(plain.tip(_tip(action)))
        self._resized()

    def _wants_icon(self) -> bool:
        """An icon stands alone, or on the one button that matters most; words need none."""
        return not self._label or self.look in ("primary", "tool")

    def _forget(self) -> None:
        self._action = None
        self.setEnabled(False)

    def _trigger(self) -> None:
        if self._action is not None:
            self._action.trigger()

    def nextCheckState(self) -> None:
        """Leave it to the action: an exclusive one does not go out on a second click."""
        if self._action is None:
            super().nextCheckState()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring for a focus that a key brought, not for the one a new window starts with."""
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._by_key = event.reason() in _KEY_REASONS
        super().focusInEvent(event)

    # Painting

    def changeEvent(self, event: QEvent) -> None:
        """Repaint when it is switched off or on."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, ring, then icon, word and key in a row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size.factor(), size.factor())
        colours = self._colours()
        self._paint_ground(painter, colours)
        x = (self._desk.width() - sum(self._parts(self._label))) / 2
        if self._icon:
            x += self._paint_icon(painter, x, colours.icon)
        self._paint_words(painter, x, colours)

    @property
    def _desk(self) -> QRectF:
        """The chip in the pixels of a desk, which the painter makes larger."""
        return QRectF(QPointF(0, 0), self.size().toSizeF() / size.factor())

    def _paint_ground(self, painter: QPainter, colours: _Colours) -> None:
        box = self._desk
        painter.setPen(Qt.PenStyle.NoPen)
        if colours.ground is not None:
            painter.setBrush(colours.ground)
            painter.drawRoundedRect(box, _RADIUS, _RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if colours.edge is not None:
            _ring(painter, box, colours.edge, 1.0, 0.5)
        if self.hasFocus() and self._by_key:
            worn = theme.current()
            _ring(painter, box, worn.text if self.look == "primary" else worn.accent, 2.0, 1.0)
            if self.look == "primary":
                _ring(painter, box, worn.surface, 1.0, 2.5)

    def _paint_icon(self, painter: QPainter, x: float, colour: QColor) -> float:
        wide = self._icon_size()
        ratio = self.devicePixelRatioF() * size.factor()
        drawn = icons.pixmap(self._icon, wide, colour, ratio)
        x = (self._desk.width() - wide) / 2 if self.look == "tool" else x
        y = (self._desk.height() - wide) / 2
        painter.drawPixmap(QPointF(_snap(x, ratio), _snap(y, ratio)), drawn)
        return wide + _GAP

    def _icon_size(self) -> int:
        if self.look == "tool":
            return _TOOL_ICON
        return _SMALL_ICON if self._label else _ICON

    def _paint_words(self, painter: QPainter, x: float, colours: _Colours) -> None:
        metrics = _label_metrics()
        ratio = self.devicePixelRatioF() * size.factor()
        base = _snap((self._desk.height() + metrics.capHeight()) / 2, ratio)
        if self._label:
            word = metrics.elidedText(self._label, Qt.TextElideMode.ElideRight, _WIDEST_LABEL)
            painter.setFont(_label_font())
            painter.setPen(colours.label)
            painter.drawText(QPointF(_snap(x, ratio), base), word)
            x += metrics.horizontalAdvance(word) + _GAP
        if self.key:
            painter.setFont(_key_font())
            painter.setPen(colours.key)
            painter.drawText(QPointF(_snap(x, ratio), base), self.key)

    def _colours(self) -> _Colours:
        worn = theme.current()
        pressed, hovered = self.isDown(), self.underMouse()
        if not self.isEnabled():
            ground = worn.faint if self.look in ("soft", "primary") else None
            return _Colours(ground, None, worn.disabled, worn.disabled, worn.disabled)
        if self.look == "primary":
            ground = worn.accent_hover if pressed or hovered else worn.accent
            return _Colours(ground, None, worn.on_accent, _faded(worn.on_accent), worn.on_accent)
        ground = worn.faint if self.look == "soft" or self.isChecked() else None
        ground = worn.surface if self.look == "outline" else ground
        if pressed or hovered:
            ground = worn.selection if pressed else worn.hover
        edge = worn.line if self.isChecked() or self.look == "outline" else None
        quiet = self.look == "tool" and not (self.isChecked() or hovered)
        icon = worn.muted if quiet else worn.text
        return _Colours(ground, edge, worn.text, worn.muted, icon)


def _tip(action: QAction) -> str:
    """The tooltip with the key, which one that was set by hand may lack."""
    text, key = action.toolTip(), action.shortcut()
    shown = key.toString(key.SequenceFormat.NativeText)
    return f"{text} ({shown})" if shown and shown not in text else text


def _ring(painter: QPainter, box: QRectF, colour: QColor, width: float, inset: float) -> None:
    painter.setPen(QPen(colour, width))
    inner = box.adjusted(inset, inset, -inset, -inset)
    painter.drawRoundedRect(inner, _RADIUS - inset, _RADIUS - inset)


def _faded(colour: QColor) -> QColor:
    result = QColor(colour)
    result.setAlphaF(0.8)
    return result


def _snap(value: float, ratio: float) -> float:
    """The nearest whole pixel of the device: nothing blurs."""
    return round(value * ratio) / ratio


def _label_font() -> QFont:
    return fonts.ui_font(_LABEL_PX, QFont.Weight.Medium)


def _key_font() -> QFont:
    return fonts.ui_font(_KEY_PX)


def _label_metrics() -> QFontMetricsF:
    return QFontMetricsF(_label_font())


def _key_metrics() -> QFontMetricsF:
    return QFontMetricsF(_key_font())
