"""Where the columns of the rows stand: measured once for all rows, so that numbers line up.

The rows come from `term_lines`; `term_rows` paints them. Where one line is too narrow the factors
go below the label.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtCore import Qt

from chainstep.app.canvas import text
from chainstep.app.look.names import lowered
from chainstep.app.panels.chain_rule.term_lines import AFTER, HEADER, MORE, TERM, TOTAL, Line, Lines
from chainstep.stepping.formula.nodes import printable

CHIP: Final = 8
INSET: Final = 6
_GAP: Final = 8
_SIGN: Final = 16
_BAR: Final = (64, 52, 40)
_LABEL: Final = (26, 96)
_LABEL_LEFT: Final = INSET + CHIP + _GAP
_MATH: Final = 17

_ROW: Final = 34
_DENSE_ROW: Final = 28
_TALL_ROW: Final = 48
_HEADER_ROW: Final = 24
_AFTER_ROW: Final = 25
#: The air above the total, with the hairline in it.
TOTAL_GAP: Final = 9
_AIRY: Final = 8


@dataclass(frozen=True)
class Columns:
    """Edges of the columns from the left; two_lines: the factors stand below the label.

    first, second, value: the right edges of three columns of numbers. times, equals: centres of
    the signs; of these only value counts in two lines. bar: left edge and width, or None. px: of
    the numbers.
    """

    px: int
    two_lines: bool
    label: float
    label_room: float
    first: float
    times: float
    second: float
    equals: float
    value: float
    bar: tuple[float, float] | None
    row: int


@dataclass(frozen=True)
class Widths:
    """What the widest text of each column needs."""

    label: float
    first: float
    second: float
    value: float

    @property
    def numbers(self) -> float:
        """All columns of numbers with the signs between them."""
        factors = self.first + _SIGN + self.second + _SIGN if self.second else 0.0
        return factors + self.value


def label_line(line: Line, px: int, room: float) -> text.Line:
    """Return a row's label: a unit's name in italic with lowered digits, all else as it is."""
    if line.kind == TERM and line.term is not None and line.label == line.term.unit:
        return text.name_line(printable(line.label), _MATH, room)
    face = text.ui(px)
    # In the middle: of "from → to" both names should be left to recognise.
    middle = Qt.TextElideMode.ElideMiddle
    return (text.Run(face.metrics.elidedText(lowered(printable(line.label)), middle, room), face),)


@lru_cache(maxsize=64)
def columns(lines: Lines, width: int) -> Columns:
    """Return the columns for a width: one line where it fits, smaller figures, then two lines."""
    dense = sum(line.kind in (TERM, MORE) for line in lines.rows) > _AIRY
    row = _DENSE_ROW if dense else _ROW
    for px in (13, 12):
        widths = _widths(lines.rows, px)
        for bar in _BAR if lines.scale else (0,):
            if _LABEL_LEFT + min(widths.label, _LABEL[1]) + _GAP + _taken(widths, bar) <= width:
                return _one_line(widths, px, width, bar, row)
    return _two_lines(_widths(lines.rows, 12), width, _BAR[-1] if lines.scale else 0)


def heights(lines: Lines, columns: Columns) -> list[int]:
    """Return the height of each row, the total's with the air above it."""
    special = {
        HEADER: _HEADER_ROW,
        TOTAL: _ROW + TOTAL_GAP,
        AFTER: _AFTER_ROW,
        MORE: min(columns.row, _ROW),
    }
    return [special.get(line.kind, columns.row) for line in lines.rows]


def _taken(widths: Widths, bar: int) -> float:
    return widths.numbers + (bar + _GAP if bar else 0) + INSET


def _widths(rows: Iterable[Line], px: int) -> Widths:
    regular, bold = text.ui(px).metrics, text.ui(px, text.SEMIBOLD).metrics
    label = first = second = value = 0.0
    for line in rows:
        if line.kind == TERM:
            label = max(label, text.width(label_line(line, px, 10_000.0)))
        first = max(first, regular.horizontalAdvance(line.cells[0]))
        second = max(second, regular.horizontalAdvance(line.cells[1]))
        if line.number is not None or line.kind == HEADER:
            value = max(value, bold.horizontalAdvance(line.value))
    return Widths(max(label, _LABEL[0]), first, second, value)


def _one_line(widths: Widths, px: int, width: int, bar: int, row: int) -> Columns:
    value = width - INSET - (bar + _GAP if bar else 0)
    equals = value - widths.value - _SIGN / 2
    second = equals - _SIGN / 2
    times = second - widths.second - _SIGN / 2
    first = times - _SIGN / 2
    left = first - widths.first if widths.second else value - widths.value
    where = (width - INSET - bar, bar) if bar else None
    room = left - _GAP - _LABEL_LEFT
    return Columns(
        px, False, _LABEL_LEFT, room, first, times, second, equals, value, where, row
    )  # fmt: skip


def _two_lines(widths: Widths, width: int, bar: int) -> Columns:
    value = width - INSET - (bar + _GAP if bar else 0)
    where = (width - INSET - bar, bar) if bar else None
    room = value - widths.value - _GAP - _LABEL_LEFT
    return Columns(
        12, True, _LABEL_LEFT, max(room, 20.0), 0, 0, 0, 0, value, where,
        _TALL_ROW if widths.second else _ROW,
    )  # fmt: skip
