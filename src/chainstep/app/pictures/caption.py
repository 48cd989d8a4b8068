"""What stands below the canvas in a frame of a film: where, what happens, and the formula.

The words and formulas are `stepping.explain`'s, set as in the chain-rule panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter

from chainstep.app.formulas.mathlayout import Highlight, Layout, lay_out
from chainstep.app.look.fonts import ui_font
from chainstep.app.look.theme import Theme
from chainstep.app.panels import whereabouts
from chainstep.app.panels.chain_rule.term_paint import highlight_of
from chainstep.stepping.formula.nodes import printable

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.stepping.formula.nodes import Node

#: Of the caption, in pixels of a frame.
HEIGHT: Final = 204.0
_WIDTH: Final = 1280.0
_TOP: Final = 720.0 - HEIGHT
_SIDE: Final = 40.0
#: Where the formulas begin.
_MIDDLE: Final = 520.0
_SYMBOLS: Final = range(25, 12, -1)
_WORDS: Final = range(19, 11, -1)


def paint_caption(painter: QPainter, moment: Moment, worn: Theme, share: float) -> None:
    """Paint the caption of a moment. share: how much of the pass is done."""
    sheet = QRectF(0, _TOP, _WIDTH, HEIGHT)
    painter.fillRect(sheet, worn.surface)
    _paint_progress(painter, worn, share)
    explanation = moment.explanation
    if explanation is None:
        _write(painter, moment.refusal or "", QRectF(_SIDE, _TOP + 40, 1200, 160), worn, _WORDS)
        return
    _paint_heading(painter, moment, worn)
    words = QRectF(_SIDE, _TOP + 66, _MIDDLE - _SIDE - 50, HEIGHT - 80)
    _write(painter, explanation.sentence, words, worn, _WORDS)
    room = QRectF(_MIDDLE, _TOP + 60, _WIDTH - _SIDE - _MIDDLE, HEIGHT - 74)
    nodes = [node for node in (explanation.formula, explanation.numbers) if node is not None]
    _paint_formulas(painter, nodes, room, worn, highlight_of(explanation.terms, worn))


def _paint_progress(painter: QPainter, worn: Theme, share: float) -> None:
    """Paint how far the pass is, as a line at the top edge."""
    painter.fillRect(QRectF(0, _TOP, _WIDTH, 3), worn.line)
    painter.fillRect(QRectF(0, _TOP, _WIDTH * share, 3), worn.current)


def _paint_heading(painter: QPainter, moment: Moment, worn: Theme) -> None:
    assert moment.explanation is not None
    assert moment.run is not None
    line = QRectF(_SIDE, _TOP + 20, _WIDTH - 2 * _SIDE, 34)
    cursor = moment.run.cursor
    where = whereabouts.of_step(cursor, cursor.step) if cursor.step is not None else ""
    painter.setPen(worn.muted)
    painter.setFont(ui_font(16))
    painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), where)
    painter.setPen(worn.text)
    painter.setFont(ui_font(23, QFont.Weight.DemiBold))
    title = printable(moment.explanation.title)
    painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), title)


def _write(painter: QPainter, words: str, room: QRectF, worn: Theme, sizes: range) -> None:
    """Write words that wrap, in the largest size in which they fit."""
    flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)
    for px in sizes:
        painter.setFont(ui_font(px))
        if painter.boundingRect(room, flags, printable(words)).height() <= room.height():
            break
    painter.setPen(worn.text)
    painter.drawText(room, flags, printable(words))


def _paint_formulas(
    painter: QPainter, nodes: list[Node], room: QRectF, worn: Theme, lit: Highlight
) -> None:
    """Set the formulas below each other, in the largest size in which they fit."""
    layouts: list[Layout] = []
    for px in _SYMBOLS:
        layouts = [lay_out(node, px - 3 * n, room.width()) for n, node in enumerate(nodes)]
        if sum(layout.height + px * 0.8 for layout in layouts) <= room.height():
            break
    y = room.top()
    for layout in layouts:
        layout.paint(painter, QPointF(room.left(), y), worn.text, lit)
        y += layout.height + layout.px * 0.9
