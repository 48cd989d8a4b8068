"""The texts of the canvas as items: tags, pills, notes beside discs, weights, and the bubble.

Each is told where to stand; finding room for them is in `placement`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from chainstep.app.look import theme
from chainstep.app.look.theme import Theme

from . import glyphs, text
from .edges import blend
from .marks import Value

TAG_PX: Final = 13
SMALL_PX: Final = 11
LONGEST_PILL: Final = 460.0
LONGEST_NAME: Final = 130.0
#: In place of a sign: the value is the unit's name, too long for its disc.
NAME: Final = 9
BUBBLE_ROOM: Final = 270.0


class _Label(QGraphicsItem):
    """A text round its own origin; it does not take the mouse."""

    def __init__(self, size: QSizeF, centre: QPointF, scale: float, z: float) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setPos(centre)
        self.setScale(scale)
        self.setZValue(z)
        self._box = QRectF(-size.width() / 2, -size.height() / 2, size.width(), size.height())

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return self._box.adjusted(-3, -3, 3, 3)


def tag_size(content: str) -> QSizeF:
    """Return how large the tag of a text is."""
    return QSizeF(text.width(text.equation_line(content, TAG_PX)) + 15, 28)


class Tag(_Label):
    """A number on a connection, in a box; amber-rimmed when it is its turn."""

    def __init__(
        self,
        content: str,
        sign: int,
        current: bool,
        centre: QPointF,
        leader: QPointF,
        scale: float,
    ) -> None:
        """leader: where the connection is, seen from the middle of the tag."""
        super().__init__(tag_size(content), centre, scale, 5.5 if current else 5)
        self.content = content
        self._sign = sign
        self._current = current
        self._leader = leader

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        reach = QRectF(QPointF(0, 0), self._leader).normalized()
        return self._box.united(reach).adjusted(-3, -3, 3, 3)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        line = text.equation_line(self.content, TAG_PX)
        rim = QPen(worn.current, 2.4) if self._current else QPen(_fill(worn, self._sign), 1.1)
        painter.setPen(rim)
        painter.drawLine(QPointF(0, 0), self._leader)
        painter.setBrush(worn.surface)
        painter.drawRoundedRect(self._box, 9, 9)
        painter.setPen(_ink(worn, self._sign))
        text.draw_centred(painter, line, 0, 4.7)


def pill_size(content: str) -> QSizeF:
    """Return how large the pill of a text is."""
    wide = text.width(text.equation_line(content, TAG_PX))
    return QSizeF(min(wide, LONGEST_PILL) + 28, 30)


class Pill(_Label):
    """A sum that gathers at a unit, on a stem; `stem` is where the stem ends, from the middle.

    It can grow from the width that the sum had one term before.
    """

    def __init__(self, content: str, centre: QPointF, stem: QPointF, scale: float) -> None:
        super().__init__(pill_size(content), centre, scale, 6)
        self.content = content
        self._stem = stem
        self._from, self._share = 0.0, 1.0

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return self._box.united(QRectF(self._stem, QSizeF(1, 1))).adjusted(-3, -3, 3, 3)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        painter.setPen(QPen(worn.current, 2.0))
        painter.drawLine(QPointF(0, 0), self._stem)
        painter.setPen(QPen(worn.current, 1.4))
        painter.setBrush(worn.current_ground)
        box = self._grown_box()
        painter.drawRoundedRect(box, 15, 15)
        painter.setClipRect(box.adjusted(4, 0, -4, 0), Qt.ClipOperation.IntersectClip)
        painter.setPen(worn.text)
        line = text.equation_line(self.content, TAG_PX)
        if text.width(line) > LONGEST_PILL:
            face = text.ui(TAG_PX)
            line = (text.Run(text.shortened(self.content, face, LONGEST_PILL), face),)
        text.draw_centred(painter, line, 0, 4.7)

    @property
    def width(self) -> float:
        """How wide it is when it has grown."""
        return self._box.width()

    @property
    def grown(self) -> float:
        """How far it has grown, from 0 to 1."""
        return self._share

    def grow(self, share: float, start: float) -> None:
        """Be this share of the way from a width to one's own."""
        self._share, self._from = share, start
        self.update()

    def _grown_box(self) -> QRectF:
        start = max(min(self._from, self._box.width()), self._box.height())
        wide = start + (self._box.width() - start) * self._share
        return QRectF(-wide / 2, self._box.top(), wide, self._box.height())


LINE: Final = 17.0


def note_lines(values: Sequence[Value]) -> tuple[text.Line, ...]:
    """Return the lines of a note: "δ = +0.1385" bold where there is a sign, else "target 0.01"."""
    return tuple(_note_line(value) for value in values)


def _note_line(value: Value) -> text.Line:
    name, number, sign = value
    if sign == NAME:
        shown = text.shortened(number, text.ui(TAG_PX, text.MEDIUM), LONGEST_NAME)
        return (text.Run(shown, text.ui(TAG_PX, text.MEDIUM)),)
    if sign:
        return (text.Run(text.literal(f"{name} = {number}"), text.ui(TAG_PX, text.SEMIBOLD)),)
    words = f"{name} {number}" if name else number
    return (text.Run(text.literal(words), text.ui(SMALL_PX + 1)),)


def note_size(values: Sequence[Value]) -> QSizeF:
    """Return how large the note of these values is."""
    wide = max(text.width(line) for line in note_lines(values))
    return QSizeF(wide + 2, LINE * len(values))


class Note(_Label):
    """What belongs to a unit but is not in its disc; at: -1 left, 0 centred, 1 right of it."""

    def __init__(self, values: Sequence[Value], at: int, centre: QPointF, scale: float) -> None:
        super().__init__(note_size(values), centre, scale, 4)
        self.values = tuple(values)
        self._at = at

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        ground = QColor(worn.background)
        ground.setAlphaF(0.7)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self._box.adjusted(-2, 0, 2, 0), 5, 5)
        for n, line in enumerate(note_lines(self.values)):
            painter.setPen(_ink(worn, self.values[n][2]))
            spare = self._box.width() - text.width(line)
            x = self._box.left() + spare * {1: 0.0, 0: 0.5, -1: 1.0}[self._at]
            text.draw(painter, line, x, self._box.top() + LINE * n + 12.5)


class WeightLabel(_Label):
    """The weight of a connection, small and quiet, with a lock where it is frozen."""

    def __init__(
        self, content: str, frozen: bool, strength: float, centre: QPointF, scale: float
    ) -> None:
        super().__init__(weight_size(content, frozen), centre, scale, 3)
        self.content = content
        self._frozen = frozen
        self._strength = strength

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        ink = blend(worn.muted, worn.background, self._strength)
        ground = QColor(worn.background)
        ground.setAlphaF(0.85)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self._box, 5, 5)
        painter.setPen(QPen(ink, 1.2))
        line = (text.Run(self.content, text.ui(SMALL_PX)),)
        text.draw(painter, line, self._box.left() + 3, 4.0)
        if self._frozen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.translate(self._box.right() - 8, -0.5)
            painter.drawPath(glyphs.lock_path())


def weight_size(content: str, frozen: bool) -> QSizeF:
    """Return how large the label of a weight is."""
    wide = text.ui(SMALL_PX).metrics.horizontalAdvance(content)
    return QSizeF(wide + 6 + (14 if frozen else 0), 15)


class Bubble(QGraphicsItem):
    """A sentence next to the pointer, always in the size of the screen."""

    def __init__(self, content: str, refusing: bool) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(9)
        self.content = content
        self._refusing = refusing
        self._face = text.ui(TAG_PX)
        self._wrap = 0
        self._box = self._measure()

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return self._box.adjusted(-2, -2, 2, 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem."""
        worn = theme.current()
        colour = worn.danger if self._refusing else worn.ok
        painter.setPen(QPen(colour, 1.4))
        painter.setBrush(worn.surface)
        painter.drawRoundedRect(self._box, 9, 9)
        painter.setFont(self._face.font)
        painter.setPen(worn.text)
        painter.drawText(self._box.adjusted(11, 8, -10, -7), self._wrap, text.literal(self.content))

    def _measure(self) -> QRectF:
        words = text.literal(self.content).split()
        longest = max((self._face.metrics.horizontalAdvance(word) for word in words), default=0)
        self._wrap = int(Qt.TextFlag.TextWordWrap)
        if longest > BUBBLE_ROOM:
            self._wrap |= int(Qt.TextFlag.TextWrapAnywhere)
        bounds = self._face.metrics.boundingRect(
            QRectF(0, 0, BUBBLE_ROOM, 2_000), self._wrap, text.literal(self.content)
        )
        return QRectF(0, 0, bounds.width() + 23, bounds.height() + 16)


def _ink(worn: Theme, sign: int) -> QColor:
    if sign == NAME:
        return worn.text
    return worn.positive_text if sign > 0 else worn.negative_text if sign < 0 else worn.muted


def _fill(worn: Theme, sign: int) -> QColor:
    return worn.positive if sign > 0 else worn.negative if sign < 0 else worn.line
