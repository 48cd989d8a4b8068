"""What stands beside the canvas in a frame of a film: where, what happens, and the formula.

The words and formulas are `stepping.explain`'s, set as in the chain-rule panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from chainstep.app.formulas.mathlayout import Layout, lay_out
from chainstep.app.look.fonts import ui_font
from chainstep.app.look.theme import Theme
from chainstep.app.panels import whereabouts
from chainstep.app.panels.chain_rule.term_paint import highlight_of
from chainstep.stepping.formula.nodes import printable

if TYPE_CHECKING:
    from chainstep.app.moment import Moment

#: Below the canvas, or at its right where the net is tall; in pixels of a frame.
HEIGHT: Final = 204.0
WIDTH: Final = 460.0
_EDGE: Final = 40.0
_GAP: Final = 14.0
#: The share of a wide caption that the words take.
_WORDS_SHARE: Final = 0.4
_TITLES: Final = range(23, 14, -1)
_WORDS: Final = range(19, 11, -1)
_SYMBOLS: Final = range(25, 11, -1)
_BAR: Final = 3.0


def paint_caption(
    painter: QPainter, moment: Moment, worn: Theme, share: float, sheet: QRectF
) -> None:
    """Paint the caption of a moment into its part of a frame. share: of the pass that is done."""
    painter.fillRect(sheet, worn.surface)
    wide = sheet.width() > sheet.height()
    _paint_progress(painter, worn, share, sheet, wide)
    room = sheet.adjusted(_EDGE, 20, -_EDGE, -12) if wide else sheet.adjusted(34, 40, -34, -30)
    if moment.explanation is None:
        _write(painter, moment.refusal or "", room, worn.text, _WORDS)
    elif wide:
        _paint_wide(painter, moment, worn, room)
    else:
        _paint_tall(painter, moment, worn, room)


def _paint_wide(painter: QPainter, moment: Moment, worn: Theme, room: QRectF) -> None:
    """Title and place in one line; below it the words at the left, the formulas at the right."""
    explanation = moment.explanation
    assert explanation is not None
    line = QRectF(room.left(), room.top(), room.width(), 34)
    place = _where(moment)
    painter.setPen(worn.muted)
    painter.setFont(ui_font(16))
    painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), place)
    taken = painter.fontMetrics().horizontalAdvance(place) + 24
    painter.setPen(worn.text)
    painter.setFont(ui_font(23, QFont.Weight.DemiBold))
    title = painter.fontMetrics().elidedText(
        printable(explanation.title), Qt.TextElideMode.ElideMiddle, int(line.width() - taken)
    )
    painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), title)
    below = room.adjusted(0, 42, 0, 0)
    words = QRectF(below)
    words.setWidth(below.width() * _WORDS_SHARE - 50)
    _write(painter, explanation.sentence, words.adjusted(0, 4, 0, 0), worn.text, _WORDS)
    below.setLeft(below.left() + below.width() * _WORDS_SHARE)
    _paint_formulas(painter, moment, below, worn)


def _paint_tall(painter: QPainter, moment: Moment, worn: Theme, room: QRectF) -> None:
    """One below the other: place, title, words, formulas."""
    explanation = moment.explanation
    assert explanation is not None
    y = room.top()
    for words, height, colour, sizes, bold in (
        (_where(moment), 24.0, worn.muted, range(16, 9, -1), False),
        (explanation.title, 64.0, worn.text, _TITLES, True),
        (explanation.sentence, 220.0, worn.text, _WORDS, False),
    ):
        part = QRectF(room.left(), y, room.width(), height)
        y += _write(painter, words, part, colour, sizes, bold) + _GAP
    _paint_formulas(painter, moment, QRectF(room.left(), y + 10, room.width(),
                                            room.bottom() - y - 10), worn)  # fmt: skip


def _where(moment: Moment) -> str:
    assert moment.run is not None
    cursor = moment.run.cursor
    return whereabouts.of_step(cursor, cursor.step) if cursor.step is not None else ""


def _paint_progress(
    painter: QPainter, worn: Theme, share: float, sheet: QRectF, wide: bool
) -> None:
    """Paint how far the pass is, as a line along the edge to the canvas."""
    line = QRectF(sheet)
    if wide:
        line.setHeight(_BAR)
    else:
        line.setWidth(_BAR)
    painter.fillRect(line, worn.line)
    if wide:
        line.setWidth(sheet.width() * share)
    else:
        line.setHeight(sheet.height() * share)
    painter.fillRect(line, worn.current)


def _write(
    painter: QPainter, words: str, room: QRectF, colour: QColor, sizes: range, bold: bool = False
) -> float:
    """Write words that wrap, in the largest size in which they fit; return how high they are."""
    flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)
    weight = QFont.Weight.DemiBold if bold else QFont.Weight.Normal
    needed = QRectF()
    for px in sizes:
        painter.setFont(ui_font(px, weight))
        needed = painter.boundingRect(room, flags, printable(words))
        if needed.height() <= room.height() and needed.width() <= room.width():
            break
    painter.setPen(colour)
    painter.drawText(room, flags, printable(words))
    return min(needed.height(), room.height())


def _paint_formulas(painter: QPainter, moment: Moment, room: QRectF, worn: Theme) -> None:
    """Set symbols and numbers below each other, in the largest size in which they fit."""
    explanation = moment.explanation
    assert explanation is not None
    nodes = [node for node in (explanation.formula, explanation.numbers) if node is not None]
    layouts: list[Layout] = []
    for px in _SYMBOLS:
        layouts = [lay_out(node, px - 3 * n, room.width()) for n, node in enumerate(nodes)]
        high = sum(layout.height + px * 0.8 for layout in layouts)
        if high <= room.height() and all(layout.width <= room.width() for layout in layouts):
            break
    y, lit = room.top(), highlight_of(explanation.terms, worn)
    for layout in layouts:
        layout.paint(painter, QPointF(room.left(), y), worn.text, lit)
        y += layout.height + layout.px * 0.9
