"""How one row of an explanation is drawn: chip, label, factors, value and its piece of the sum.

The rows and their columns are measured in `term_layout`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from chainstep.app.canvas import text
from chainstep.app.formulas.mathlayout import Highlight
from chainstep.app.look import theme
from chainstep.app.panels.chain_rule.term_layout import CHIP, INSET, TOTAL_GAP, Columns, label_line
from chainstep.app.panels.chain_rule.term_lines import (
    AFTER,
    DASH,
    HEADER,
    MISSING,
    MORE,
    TERM,
    TOTAL,
    Line,
    Lines,
)
from chainstep.stepping.explain.explained import COMING, CURRENT, Term

_RADIUS: Final = 8
_CHIP_HEIGHT: Final = 18
_TRACK_HEIGHT: Final = 16
_BAR_HEIGHT: Final = 10
_LEAST_BAR: Final = 2.5


@dataclass(frozen=True)
class Look:
    """How a row stands out: of the lit connection, under the pointer, under the keyboard."""

    lit: bool
    hovered: bool
    marked: bool


def paint(
    painter: QPainter, lines: Lines, number: int, rect: QRect, columns: Columns, look: Look
) -> None:
    """Paint a row into its rectangle."""
    line = lines.rows[number]
    if line.kind == HEADER:
        _header(painter, line, rect, columns)
        return
    if line.kind == TOTAL:
        painter.fillRect(rect.x() + INSET, rect.y() + 3, rect.width() - 2 * INSET, 1, _now().line)
        rect = rect.adjusted(0, TOTAL_GAP, 0, 0)
    if line.kind == TERM:
        _ground(painter, line, rect, look)
        _chip(painter, line, rect, columns)
    _words(painter, line, rect, columns)
    if line.kind != MORE or not line.coming:
        _numbers(painter, lines, line, rect, columns)
    if lines.scale is not None and columns.bar is not None and line.kind != AFTER:
        _bar(painter, line, rect, columns.bar, lines.scale)


def value_colour(number: float | None, now: theme.Theme) -> QColor:
    """Return the colour of a number's text: by its sign, muted where it has none."""
    if number is None or number == 0:
        return now.muted
    return now.positive_text if number > 0 else now.negative_text


def highlight_of(terms: Sequence[Term], now: theme.Theme) -> Highlight:
    """Return how a step's formula is lit: each term in its colour, the current one on amber."""
    return {term.tag: _lit(term, now) for term in terms if term.unit or not term.ends}


def _lit(term: Term, now: theme.Theme) -> tuple[QColor | None, QColor | None]:
    if term.state == COMING:
        return now.disabled, None
    return value_colour(term.value, now), now.current_ground if term.state == CURRENT else None


def bar_colour(number: float | None, now: theme.Theme) -> QColor:
    """Return the colour of a number's chip and bar."""
    if number is None or number == 0:
        return now.disabled
    return now.positive if number > 0 else now.negative


def _now() -> theme.Theme:
    return theme.current()


def _ground(painter: QPainter, line: Line, rect: QRect, look: Look) -> None:
    """Amber for the current term; the ring of a lit or a marked row goes inside it."""
    now, inner = _now(), QRectF(rect).adjusted(1, 1, -1, -1)
    if line.current:
        painter.setPen(QPen(now.current, 1.5))
        painter.setBrush(now.current_ground)
        painter.drawRoundedRect(inner, _RADIUS, _RADIUS)
    elif look.lit or look.hovered:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.selection if look.lit else now.faint)
        painter.drawRoundedRect(inner, _RADIUS, _RADIUS)
    if look.marked or look.lit:
        painter.setPen(QPen(now.accent, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = 2.0 if line.current else 0.0
        inner.adjust(inset, inset, -inset, -inset)
        painter.drawRoundedRect(inner, _RADIUS - inset, _RADIUS - inset)


def _chip(painter: QPainter, line: Line, rect: QRect, columns: Columns) -> None:
    colour = _now().line if line.coming else bar_colour(line.number, _now())
    middle = _middle(rect, columns, line)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    chip = QRectF(rect.x() + INSET, middle - _CHIP_HEIGHT / 2, CHIP, _CHIP_HEIGHT)
    painter.drawRoundedRect(chip, 2.5, 2.5)


def _middle(rect: QRect, columns: Columns, line: Line) -> float:
    """The middle of a row's first line."""
    tall = columns.two_lines and line.kind == TERM and line.cells[0] and not line.coming
    return rect.y() + (rect.height() * 0.34 if tall else rect.height() / 2)


def _words(painter: QPainter, line: Line, rect: QRect, columns: Columns) -> None:
    now, middle, room = _now(), _middle(rect, columns, line), columns.label_room
    painter.setPen(now.muted if line.coming or line.kind != TERM else now.text)
    if line.kind == TERM:
        text.draw(painter, label_line(line, columns.px, room), columns.label, middle + 4.7)
        return
    more = line.kind == MORE
    left = INSET if more else columns.label
    bold = text.ui(columns.px, text.SEMIBOLD).metrics
    room = columns.value - left - bold.horizontalAdvance(line.value) - 8
    text.draw(painter, label_line(line, 12 if more else 13, room), left, middle + 4.7)


def _numbers(painter: QPainter, lines: Lines, line: Line, rect: QRect, columns: Columns) -> None:
    now, middle = _now(), _middle(rect, columns, line)
    baseline = middle + columns.px * 0.36
    if line.coming:
        painter.setPen(now.disabled)
        _right(painter, DASH, text.ui(columns.px), columns.value, baseline)
        return
    if line.number is None:
        painter.setPen(now.muted)
        _right(painter, line.value, text.ui(columns.px), columns.value, baseline)
        if line.value == MISSING:
            return
    if line.cells != ("", ""):
        lower = columns.two_lines
        below = rect.y() + rect.height() * 0.72 + columns.px * 0.36 if lower else baseline
        (_factors_below if lower else _factors)(painter, line, columns, below)
    painter.setPen(now.text if line.kind in (TOTAL, AFTER) else value_colour(line.number, now))
    if line.kind == MORE:
        painter.setPen(now.muted)
    _right(painter, line.value, text.ui(columns.px, text.SEMIBOLD), columns.value, baseline)


def _factors(painter: QPainter, line: Line, columns: Columns, baseline: float) -> None:
    face, now = text.ui(columns.px), _now()
    painter.setPen(now.text)
    _right(painter, line.cells[0], face, columns.first, baseline)
    _right(painter, line.cells[1], face, columns.second, baseline)
    painter.setPen(now.muted)
    for sign, x in ((line.times, columns.times), (line.equals, columns.equals)):
        if sign:
            text.draw_centred(painter, (text.Run(sign, face),), x, baseline)


def _factors_below(painter: QPainter, line: Line, columns: Columns, baseline: float) -> None:
    painter.setPen(_now().muted)
    words = f" {line.times or '·'} ".join(line.cells)
    text.draw(painter, (text.Run(words, text.ui(columns.px)),), columns.label, baseline)


def _header(painter: QPainter, line: Line, rect: QRect, columns: Columns) -> None:
    face = text.ui(11)
    painter.setPen(_now().muted)
    baseline = rect.center().y() + 4.0
    if not columns.two_lines:
        _right(painter, line.cells[0], face, columns.first, baseline)
        _right(painter, line.cells[1], face, columns.second, baseline)
    else:
        painter.setFont(face.font)
        painter.drawText(QPointF(columns.label, baseline), " · ".join(line.cells))
    _right(painter, line.value, face, columns.value, baseline)


def _right(painter: QPainter, words: str, face: text.Face, right: float, baseline: float) -> None:
    painter.setFont(face.font)
    painter.drawText(QPointF(right - face.metrics.horizontalAdvance(words), baseline), words)


def _bar(
    painter: QPainter,
    line: Line,
    rect: QRect,
    place: tuple[float, float],
    scale: tuple[float, float],
) -> None:
    """The track with the zero line, and on it where the row starts and how far it goes."""
    now, middle = _now(), rect.y() + rect.height() / 2
    left, width = place
    track = QRectF(left, middle - _TRACK_HEIGHT / 2, width, _TRACK_HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.surface if line.current else now.faint)
    painter.drawRoundedRect(track, 3, 3)
    low, high = scale
    per_unit = (width - 8) / (high - low)
    zero = left + 4 - low * per_unit
    painter.fillRect(QRectF(zero - 0.5, track.top() - 2, 1, track.height() + 4), now.disabled)
    if line.bar is None:
        return
    start, end = (left + 4 + (value - low) * per_unit for value in line.bar)
    colour = now.muted if line.kind in (TOTAL, MORE) else bar_colour(line.number, now)
    long = max(abs(end - start), _LEAST_BAR) if line.number else 0.0
    painter.setBrush(colour)
    at = start if end >= start else start - long
    painter.drawRoundedRect(QRectF(at, middle - _BAR_HEIGHT / 2, long, _BAR_HEIGHT), 1.5, 1.5)
    # The mark stands beside the bar, or it would hide a small one.
    mark = start - 2 if end >= start else start
    painter.fillRect(QRectF(mark, track.top() - 2, 2, track.height() + 4), now.text)
