"""The timeline: one example's pass as a line of segments that one can drag along.

How the pass is cut is in `timeline_segments`; moving the cursor is the debugger's.
"""

from __future__ import annotations

import html
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from chainstep.app.canvas import text
from chainstep.app.look import size, theme
from chainstep.app.look.names import shown_name
from chainstep.app.panels import whereabouts
from chainstep.app.panels.timeline_segments import PHASES, Line, Segment, fit
from chainstep.stepping.formula.nodes import printable
from chainstep.stepping.steps import BACKWARD

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.stepping.cursor import Cursor
    from chainstep.stepping.run import Run
    from chainstep.stepping.steps import PassSteps

_SIDE: Final = 14
_TOP: Final = 8
_BAR: Final = 12
_HEIGHT: Final = 48
_BASELINE: Final = 37.5
_RADIUS: Final = 12
_PX: Final = 11
_GAP: Final = 7.0
_LONGEST_NAME: Final = 120.0
_BY_KEYBOARD: Final = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Timeline(QWidget):
    """The steps of the pass: past filled, the current unit amber, the future empty.

    Signals: seek_asked(int): go to where so many steps are done.
    """

    seek_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._cursor: Cursor | None = None
        self._idle = ""
        self._cached: tuple[PassSteps, int, Line] | None = None
        self._asked: int | None = None
        self._hover: float | None = None
        self._by_keyboard = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Steps of this pass"))

    @property
    def _desk_width(self) -> int:
        """The width in the pixels of a desk, which the painter makes larger."""
        return round(self.width() / size.factor())

    @property
    def line(self) -> Line:
        """The segments of the pass and where they stand, from the line's left end."""
        if self._run is None:
            return Line((), ())
        steps, width = self._run.steps, self._desk_width - 2 * _SIDE
        if self._cached is None or self._cached[0] is not steps or self._cached[1] != width:
            self._cached = (steps, width, fit(steps, float(max(width, 40))))
        return self._cached[2]

    def show_moment(self, moment: Moment) -> None:
        """Show a moment."""
        before = self._cursor, self._idle
        self._run = moment.run
        self._cursor = moment.run.cursor if moment.run and not moment.training else None
        self._idle = "Nothing to step through yet" if moment.run is None else "Training"
        if (self._cursor, self._idle) == before == (None, "Training"):
            return  # painting it would paint the canvas below it too
        self.setAccessibleDescription(self._said())
        self.update()

    def index_at(self, x: float) -> int:
        """Return how many steps are done at a place of the widget."""
        count = self._cursor.count if self._cursor is not None else 0
        return min(self.line.index_at(x / size.factor() - _SIDE), count)

    def x_of(self, index: int) -> float:
        """Return the place of the widget where so many steps are done."""
        return (_SIDE + self.line.x_of(index)) * size.factor()

    def tip_at(self, x: float) -> str:
        """Return what is said of the step at a place: "backward · h1 · term 2 of 2"."""
        if self._cursor is None or self._run is None:
            return ""
        index = self.line.index_at(x / size.factor() - _SIDE)
        if index == 0:
            return "start"
        if index > self._cursor.count:
            return "update, after the last example of the batch"
        return whereabouts.of_step(self._cursor, self._run.steps.steps[index - 1])

    def sizeHint(self) -> QSize:
        """A card along the foot of the canvas."""
        return QSize(520, size.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Room enough to hit a phase."""
        return QSize(160, size.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card, the segments and their names."""
        painter, now = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.hasFocus() and self._by_keyboard
        painter.setPen(QPen(now.accent if ring else now.line, 1.5 if ring else 1))
        painter.setBrush(now.surface)
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), _RADIUS, _RADIUS
        )
        painter.scale(size.factor(), size.factor())
        if self._cursor is not None:
            self._paint_segments(painter, self._cursor)
            self._paint_names(painter, self._cursor)
            self._paint_hover(painter)
        else:
            self._paint_idle(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where the line is pressed."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._ask(self.index_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag along the line."""
        self._hover = event.position().x()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._ask(self.index_at(self._hover))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self._asked = None

    def leaveEvent(self, event: QEvent) -> None:
        """Take the mark under the pointer away."""
        self._hover = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right by steps, page up and down by units, home and end."""
        wanted = self._by_key(event.key())
        if wanted is None:
            super().keyPressEvent(event)
        else:
            self._ask(wanted)
            self._asked = None

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Ring the card only for those who came by the keyboard."""
        self._by_keyboard = event.reason() in _BY_KEYBOARD
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Say which step is under the pointer, as plain text."""
        if not (isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip):
            return super().event(event)
        tip = self.tip_at(event.pos().x())
        QToolTip.showText(event.globalPos(), f"<qt>{html.escape(tip)}</qt>" if tip else "", self)
        return True

    def _said(self) -> str:
        if self._cursor is None:
            return self._idle
        done = f"{self._cursor.index} of {self._cursor.count} steps"
        if self._cursor.step is None:
            return done
        return f"{done}: {whereabouts.of_step(self._cursor, self._cursor.step)}"

    def _by_key(self, key: int) -> int | None:
        if self._cursor is None or self._run is None:
            return None
        index, count = self._cursor.index, self._cursor.count
        ends = (0, *self._run.steps.ends("unit"))
        places = {
            Qt.Key.Key_Left: index - 1,
            Qt.Key.Key_Right: index + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: count,
            Qt.Key.Key_PageUp: ends[max(bisect_left(ends, index) - 1, 0)],
            Qt.Key.Key_PageDown: ends[min(bisect_right(ends, index), len(ends) - 1)],
        }
        wanted = places.get(Qt.Key(key))
        return None if wanted is None else max(0, min(wanted, count))

    def _ask(self, index: int) -> None:
        if self._cursor is None or index == self._asked:
            return
        self._asked = index
        if index != self._cursor.index:
            self.seek_asked.emit(index)

    def _paint_segments(self, painter: QPainter, cursor: Cursor) -> None:
        line = self.line
        here = line.place(cursor.index)
        painter.setPen(Qt.PenStyle.NoPen)
        for number, (segment, (left, right)) in enumerate(
            zip(line.segments, line.edges, strict=True)
        ):
            rect = QRectF(_SIDE + left, _TOP, right - left, _BAR)
            if segment.start >= cursor.count:
                self._paint_out_of_reach(painter, rect)
            elif number == here:
                self._paint_current(painter, rect, segment, cursor.index)
            else:
                painter.setBrush(_past(segment) if number < here else theme.current().faint)
                _rounded(painter, rect)

    def _paint_current(self, painter: QPainter, rect: QRectF, segment: Segment, index: int) -> None:
        """The part that is done full, the rest on the amber's ground."""
        now = theme.current()
        painter.setBrush(now.current_ground)
        _rounded(painter, rect)
        done = QRectF(rect)
        done.setWidth(rect.width() * (index - segment.start) / segment.steps)
        painter.setBrush(now.current)
        _rounded(painter, done)
        painter.setPen(QPen(now.current, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if rect.width() > 4:
            _rounded(painter, rect.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(Qt.PenStyle.NoPen)

    def _paint_out_of_reach(self, painter: QPainter, rect: QRectF) -> None:
        """The update of a batch whose other examples come first."""
        painter.setPen(QPen(theme.current().line, 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _rounded(painter, rect.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(Qt.PenStyle.NoPen)

    def _paint_names(self, painter: QPainter, cursor: Cursor) -> None:
        """The phases, and units where there is room; the current one always goes first."""
        line = self.line
        here = line.place(cursor.index)
        taken = _phase_names(line)
        for (left, _), words in taken:
            current = here >= 0 and PHASES[line.segments[here].phase] == words
            self._write(painter, words, left, current and not line.segments[here].unit)
        spans = [span for span, _ in taken]
        order = sorted(range(len(line.segments)), key=lambda number: (number != here, number))
        for number in order:
            unit = line.segments[number].unit
            face = text.ui(_PX, text.SEMIBOLD if number == here else text.REGULAR)
            unit = text.shortened(shown_name(printable(unit)), face, _LONGEST_NAME)
            span = _room_for(unit, line, number, spans, number == here) if unit else None
            if span is not None:
                spans.append(span)
                self._write(painter, unit, span[0], number == here)

    def _write(self, painter: QPainter, words: str, left: float, current: bool) -> None:
        now = theme.current()
        painter.setPen(now.text if current else now.muted)
        face = text.ui(_PX, text.SEMIBOLD if current else text.REGULAR)
        text.draw(painter, (text.Run(words, face),), _SIDE + left, _BASELINE)

    def _paint_hover(self, painter: QPainter) -> None:
        """A thin mark at the step that a click would go to."""
        if self._hover is None:
            return
        x = self.x_of(self.index_at(self._hover)) / size.factor()
        painter.fillRect(QRectF(x - 0.75, _TOP - 2, 1.5, _BAR + 4), theme.current().text)

    def _paint_idle(self, painter: QPainter) -> None:
        now = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.faint)
        _rounded(painter, QRectF(_SIDE, _TOP, self._desk_width - 2 * _SIDE, _BAR))
        painter.setPen(now.muted)
        text.draw(painter, (text.Run(self._idle, text.ui(_PX)),), _SIDE, _BASELINE)


def _past(segment: Segment) -> QColor:
    now = theme.current()
    return now.accent if segment.phase == BACKWARD else now.disabled


def _rounded(painter: QPainter, rect: QRectF) -> None:
    radius = min(2.5, rect.width() / 2)
    painter.drawRoundedRect(rect, radius, radius)


def _phase_names(line: Line) -> list[tuple[tuple[float, float], str]]:
    """Return where each phase's name stands, from its first segment on."""
    found: list[tuple[tuple[float, float], str]] = []
    met: set[str] = set()
    for segment, (left, _) in zip(line.segments, line.edges, strict=True):
        if segment.phase not in met:
            met.add(segment.phase)
            words = PHASES[segment.phase]
            wide = text.width((text.Run(words, text.ui(_PX)),))
            left = max(0.0, min(left, line.edges[-1][1] - wide))
            found.append(((left, left + wide), words))
    return found


def _room_for(
    unit: str, line: Line, number: int, taken: list[tuple[float, float]], must: bool
) -> tuple[float, float] | None:
    """Return where a unit's name stands beneath its segment, beside what is there already.

    must: it may reach beyond its segment, and comes before the names that do not fit then.
    """
    left, right = line.edges[number]
    wide = text.ui(_PX, text.SEMIBOLD).metrics.horizontalAdvance(unit)
    beside = [end for _, end in taken if left - _GAP < end < right]
    left = max([left, *(end + _GAP for end in beside)])
    span = (left, left + wide)
    inside = must or not beside or span[1] <= right
    clear = all(span[1] + _GAP <= one or span[0] >= other for one, other in taken)
    return span if inside and clear and span[1] <= line.edges[-1][1] else None
