"""What lies over the canvas when there is little to see: an invitation, and the empty state.

Neither takes the mouse from the canvas, but for the × of the invitation. `main` invites where no
file was asked for; the first step ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHideEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from chainstep.app.look import fonts, size, theme
from chainstep.app.look.chips import Chip

INVITATION: Final = (
    "XOR, ready to run: F11 walks through the sum term by term, F5 trains, "
    "Ctrl+Shift+E shows more examples."
)
INVITED_KEYS: Final = ("F11", "F5", "Ctrl+Shift+E")
EMPTY: Final = (
    "Double-click to add a unit; drag from its rim to connect\n"
    "or press I, H and O for inputs, hidden units and outputs"
)

Edge = Literal["top", "bottom"]

_RADIUS: Final = 10.0
_LINE: Final = 22
_PADDING: Final = 16
_CLOSE: Final = 32
_WIDEST: Final = 760
_MARGIN: Final = 20


class _Overlay(QWidget):
    """Lies over another widget, follows its size, and lets the mouse through."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        canvas.installEventFilter(self)
        size.changed.connect(self._size_changed)

    def place(self) -> None:
        """Take the place that the canvas leaves."""
        self.setGeometry(self._canvas.rect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the canvas."""
        if watched is self._canvas and event.type() == QEvent.Type.Resize:
            self.place()
        return False

    def _size_changed(self) -> None:
        self.place()


@dataclass(frozen=True)
class _Word:
    """A word in its place; x, y: of its baseline."""

    text: str
    x: float
    line: int
    is_key: bool


class Invitation(_Overlay):
    """A card with one sentence on what to do first, and a × that closes it.

    canvas: the widget it lies over (of a scroll area, the area itself). edge, distance: where
    it is, and how far from there.
    """

    def __init__(
        self,
        canvas: QWidget,
        text: str = INVITATION,
        edge: Edge = "top",
        distance: int = _MARGIN,
    ) -> None:
        super().__init__(canvas)
        self._text, self._keys = text, frozenset(INVITED_KEYS)
        self._edge, self._distance = edge, distance
        self._words: list[_Word] = []
        self.setAccessibleName(text)
        # A child of the card would be as deaf to the mouse as the card itself.
        self.close_button = Chip(icon="close", parent=canvas)
        self.close_button.setAccessibleName("Close invitation")
        self.close_button.setToolTip("Close")
        self.close_button.clicked.connect(self.dismiss)
        self.place()
        self.show()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def dismiss(self) -> None:
        """Close it."""
        self.hide()

    def place(self) -> None:
        """At its edge, in the middle, on as many lines as the width asks for."""
        room = min(_WIDEST, round(self._canvas.width() / size.factor()) - 2 * _MARGIN)
        self._words, width = _broken(self._text, self._keys, room - 2 * _PADDING - _CLOSE)
        lines = 1 + max((word.line for word in self._words), default=0)
        box = QSize(round(width) + 2 * _PADDING + _CLOSE, lines * _LINE + 20) * size.factor()
        x = (self._canvas.width() - box.width()) // 2
        below = self._canvas.height() - self._distance - box.height()
        y = self._distance if self._edge == "top" else below
        self.setGeometry(QRect(max(x, 0), max(y, 0), box.width(), box.height()))

    def _place_close(self) -> None:
        close = size.px(_CLOSE)
        inset = (self.height() - close) // 2 if self.height() < size.px(50) else 5
        self.close_button.setGeometry(
            self.geometry().right() - close - 4, self.y() + inset, close, close
        )
        self.raise_()
        self.close_button.raise_()

    def moveEvent(self, event: QMoveEvent) -> None:
        """Take the × along."""
        self._place_close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the × along."""
        self._place_close()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the ×."""
        self.close_button.show()
        self._place_close()

    def hideEvent(self, event: QHideEvent) -> None:
        """Hide the ×, unless the whole window is going."""
        if not event.spontaneous() and self.isHidden():
            self.close_button.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with a hairline, the words, and a small cap around each key."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worn = theme.current()
        painter.setPen(QPen(worn.line, 1))
        painter.setBrush(worn.surface)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, _RADIUS, _RADIUS)
        painter.scale(size.factor(), size.factor())
        for word in self._words:
            self._paint_word(painter, word)

    def _paint_word(self, painter: QPainter, word: _Word) -> None:
        worn = theme.current()
        font = _font(word.is_key)
        metrics = QFontMetricsF(font)
        x, middle = _PADDING + word.x, 10 + _LINE * (word.line + 0.5)
        base = round(middle + QFontMetricsF(_font(False)).capHeight() / 2)
        if word.is_key:
            cap = QRectF(x + 0.5, middle - 9.5, metrics.horizontalAdvance(word.text) + 9, 19)
            painter.setPen(QPen(worn.line, 1))
            painter.setBrush(worn.faint)
            painter.drawRoundedRect(cap, 5, 5)
            x += 5
        painter.setFont(font)
        painter.setPen(worn.text)
        painter.drawText(QPointF(x, base), word.text)


class Empty(_Overlay):
    """The empty canvas says how to begin."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.text = EMPTY
        self.setAccessibleName(EMPTY)
        self.hide()

    def set_visible(self, visible: bool) -> None:
        """Show it for a net without units."""
        self.place()
        self.setVisible(visible)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed unit, and the sentence below it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        worn = theme.current()
        middle = QPointF(self.rect().center())
        _paint_ghost(painter, middle - QPointF(0, 40), worn.disabled)
        painter.setFont(size.font(14))
        painter.setPen(worn.muted)
        room = QRectF(self.rect()).adjusted(_MARGIN, middle.y() + 12, -_MARGIN, 0)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(room, flags | Qt.TextFlag.TextWordWrap, self.text)


def _paint_ghost(painter: QPainter, middle: QPointF, colour: QColor) -> None:
    """A unit that is not there yet."""
    pen = QPen(colour, 1.5, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([4, 3])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(middle, 32, 32)
    painter.setPen(QPen(colour, 1.5))
    painter.drawLine(middle - QPointF(7, 0), middle + QPointF(7, 0))
    painter.drawLine(middle - QPointF(0, 7), middle + QPointF(0, 7))


def _font(is_key: bool) -> QFont:
    return fonts.ui_font(11, QFont.Weight.Medium) if is_key else fonts.ui_font(13)


def _broken(text: str, keys: frozenset[str], room: float) -> tuple[list[_Word], float]:
    """The words in their places on lines no wider than the room, and the widest line."""
    space = QFontMetricsF(_font(False)).horizontalAdvance(" ")
    words: list[_Word] = []
    x, line, widest = 0.0, 0, 0.0
    for text_of_word in text.split():
        is_key = text_of_word in keys
        width = QFontMetricsF(_font(is_key)).horizontalAdvance(text_of_word) + 10 * is_key
        if x and x + width > room:
            x, line = 0.0, line + 1
        words.append(_Word(text_of_word, x, line, is_key))
        widest = max(widest, x + width)
        x += width + space
    return words, widest
