"""The rows of an explanation on screen: one widget that paints them all.

What the rows say is in `term_lines`, where their columns stand in `term_layout`, how one is drawn
in `term_paint`; the card around them and the rest of the panel are in `panel`.
"""

from __future__ import annotations

import html
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from chainstep.app.look import size
from chainstep.app.panels.chain_rule import term_layout, term_paint
from chainstep.app.panels.chain_rule.term_lines import TERM, Line, Lines, lines_of
from chainstep.stepping.explain.explained import Explanation, Term
from chainstep.stepping.formula.nodes import printable

_WAYS: Final = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Home: -(10**6),
    Qt.Key.Key_End: 10**6,
}
_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class TermRows(QWidget):
    """One row per term, with a waterfall that adds up to the total in the last row.

    Signals: clicked(Term). hovered(Term or None): the row the pointer has come to or left.
    """

    clicked = Signal(object)
    hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._explanation: Explanation | None = None
        self._digits = 4
        self._lit: tuple[str, str] | None = None
        self._lines = Lines()
        self._hover = self._at = -1
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Terms"))

    @property
    def lines(self) -> tuple[Line, ...]:
        """The rows shown, from the top."""
        return self._lines.rows

    @property
    def lit(self) -> int | None:
        """The row of the connection that is lit, None where it has none."""
        if self._lit is None:
            return None
        ends = self._lit
        return next(
            (n for n, row in enumerate(self.lines) if row.term and row.term.ends == ends), None
        )

    def set_explanation(self, explanation: Explanation | None, digits: int) -> None:
        """Show the terms of a step, or no rows."""
        self._explanation, self._digits = explanation, digits
        self._rebuild()

    def light(self, ends: tuple[str, str] | None) -> None:
        """Light the row of a connection, unfolding it where it was folded away; None: no row."""
        if ends != self._lit:
            self._lit = ends
            self._rebuild()

    def row_rect(self, number: int) -> QRect:
        """Return where a row is, counted from 0."""
        heights, factor = self._heights(), size.factor()
        top, height = sum(heights[:number]) * factor, heights[number] * factor
        return QRect(0, round(top), self.width(), round(height))

    def row_at(self, y: float) -> int:
        """Return which row is at a height, −1 where none is."""
        y /= size.factor()
        for number, height in enumerate(self._heights()):
            y -= height
            if y < 0:
                return number
        return -1

    def sizeHint(self) -> QSize:
        """Wide enough for one line a row in the side panel."""
        return QSize(320, self.heightForWidth(max(self.width(), 200)))

    def minimumSizeHint(self) -> QSize:
        """A column in which factors stand below their labels."""
        return QSize(180, self.heightForWidth(max(self.width(), 180)))

    def hasHeightForWidth(self) -> bool:
        """Rows take two lines where there is no room for one."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all rows at a width."""
        desk = round(width / size.factor())
        columns = term_layout.columns(self._lines, desk)
        return size.px(sum(term_layout.heights(self._lines, columns)))

    @property
    def _desk_width(self) -> int:
        """The width in the pixels of a desk, which the painter makes larger."""
        return round(self.width() / size.factor())

    def _heights(self) -> list[int]:
        return term_layout.heights(self._lines, term_layout.columns(self._lines, self._desk_width))

    def _rebuild(self) -> None:
        before, self._lines = self._lines, Lines()
        if self._explanation is not None:
            self._lines = lines_of(self._explanation, self._digits, self._lit)
        if len(before.rows) != len(self.lines) or before.tabular != self._lines.tabular:
            self._at = -1
        if before != self._lines:
            self._hover = -1
            self.updateGeometry()
        self.setAccessibleDescription(". ".join(row.spoken for row in self.lines))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows that need it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size.factor(), size.factor())
        seen = painter.transform().inverted()[0].mapRect(event.rect())
        columns = term_layout.columns(self._lines, self._desk_width)
        lit, marked = self.lit, self._at if self.hasFocus() else -1
        top = 0
        for number, height in enumerate(self._heights()):
            rect = QRect(0, top, self._desk_width, height)
            top += height
            if rect.intersects(seen):
                look = term_paint.Look(number == lit, number == self._hover, number == marked)
                term_paint.paint(painter, self._lines, number, rect, columns, look)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which term the pointer is on."""
        self._hover_over(self.row_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        """Say that the pointer is on no term any more."""
        self._hover_over(-1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say which term was clicked."""
        inside = self.rect().toRectF().contains(QPointF(event.position()))
        if event.button() is Qt.MouseButton.LeftButton and inside:
            self._click(self.row_at(event.position().y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the rows with the arrows; Enter clicks."""
        key = Qt.Key(event.key())
        if key in _WAYS:
            self._go(_WAYS[key])
        elif key in _ENTER and self._at >= 0:
            self._click(self._at)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin at the current term."""
        if self._at < 0 and event.reason() is not Qt.FocusReason.MouseFocusReason:
            current = (n for n, row in enumerate(self.lines) if row.current)
            self._at = next(current, self._terms()[0] if self._terms() else -1)
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Show what was cut from a row, as plain text."""
        if not (isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip):
            return super().event(event)
        number = self.row_at(event.pos().y())
        if number >= 0 and self.lines[number].kind == TERM:
            told = html.escape(printable(self.lines[number].told))
            QToolTip.showText(event.globalPos(), f"<qt>{told}</qt>", self)
        else:
            QToolTip.hideText()
        return True

    def _terms(self) -> list[int]:
        return [number for number, row in enumerate(self.lines) if row.kind == TERM]

    def _go(self, by: int) -> None:
        terms = self._terms()
        if not terms:
            return
        here = terms.index(self._at) + by if self._at in terms else 0
        self._at = terms[max(0, min(here, len(terms) - 1))]
        announcement = QAccessibleAnnouncementEvent(self, self.lines[self._at].spoken)
        QAccessible.updateAccessibility(announcement)
        self.update()

    def _click(self, number: int) -> None:
        term = self._term(number)
        if term is not None:
            self._at = number
            self.clicked.emit(term)
            self.update()

    def _term(self, number: int) -> Term | None:
        return self.lines[number].term if 0 <= number < len(self.lines) else None

    def _hover_over(self, number: int) -> None:
        if number == self._hover:
            return
        before, self._hover = self._term(self._hover), number
        term = self._term(number)
        if term is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()
        if term is not before:
            self.hovered.emit(term)
        self.update()
