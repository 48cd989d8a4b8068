"""A derivation as PDF, set with the window's own formulas: vectors, on A4, with page numbers.

What is derived is decided in `lessons.derivation`; the other formats are in `lessons.writing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPageLayout, QPageSize, QPainter, QPdfWriter

from chainstep.app.formulas.mathlayout import lay_out
from chainstep.app.look.fonts import ui_font
from chainstep.stepping.formula.builder import Node, printable, row
from chainstep.stepping.formula.nodes import Op, members

if TYPE_CHECKING:
    from chainstep.lessons.derivation import Derivation
    from chainstep.lessons.worked import Item

#: The page is drawn in units of 1/96 inch and scaled, so that sizes are those of the window.
_UNITS: Final = 96
_FORMULA: Final = 15
_INDENT: Final = 18.0
_BLACK, _GREY = QColor("#1A1E23"), QColor("#5A6470")


def as_pdf(derivation: Derivation) -> bytes:
    """Return a derivation as a PDF file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(20, 18, 20, 18), QPageLayout.Unit.Millimeter)
    writer.setResolution(600)
    writer.setTitle(printable(derivation.title))
    writer.setCreator("Chainstep")
    page = _Page(writer)
    page.write(derivation)
    page.end()
    buffer.close()
    return bytes(data.data())


class _Page:
    """Fills page after page from the top."""

    def __init__(self, writer: QPdfWriter) -> None:
        self._writer, self._painter = writer, QPainter(writer)
        self._scale = writer.resolution() / _UNITS
        self._painter.scale(self._scale, self._scale)
        self._width = writer.width() / self._scale
        self._height = writer.height() / self._scale - 24
        self._y, self._number = 0.0, 1

    def write(self, derivation: Derivation) -> None:
        self._text(derivation.title, 20, QFont.Weight.DemiBold, _BLACK, 8)
        for note in derivation.notes:
            self._text(note, 11, QFont.Weight.Normal, _GREY, 3)
        for title, items in derivation.sections():
            self._y += 14
            self._text(title, 15, QFont.Weight.DemiBold, _BLACK, 6, keep=90)
            for item in items:
                self._item(item)

    def end(self) -> None:
        self._foot()
        self._painter.end()

    def _item(self, item: Item) -> None:
        if item.title:
            self._y += 8
            self._text(item.title, 12, QFont.Weight.DemiBold, _BLACK, 2, keep=60)
        if item.sentence:
            self._text(item.sentence, 11, QFont.Weight.Normal, _GREY, 3, keep=40)
        if item.symbols is not None:
            self._formula(item.symbols)
        self._formula(_whole(item))

    def _text(
        self,
        text: str,
        px: int,
        weight: QFont.Weight,
        colour: QColor,
        after: float,
        keep: float = 0.0,
    ) -> None:
        """Write words that wrap. keep: so much room must be left below them on the page."""
        self._painter.setFont(ui_font(px, weight))
        flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)
        room = QRectF(0, 0, self._width, self._height)
        height = self._painter.boundingRect(room, flags, printable(text)).height()
        self._room_for(height + keep)
        self._painter.setFont(ui_font(px, weight))
        self._painter.setPen(colour)
        self._painter.drawText(QRectF(0, self._y, self._width, height), flags, printable(text))
        self._y += height + after

    def _formula(self, node: Node) -> None:
        layout = lay_out(node, _FORMULA, self._width - _INDENT)
        self._room_for(layout.height)
        layout.paint(self._painter, QPointF(_INDENT, self._y), _BLACK, {})
        self._y += layout.height + 5

    def _room_for(self, height: float) -> None:
        if self._y + height <= self._height or self._y == 0:
            return
        self._foot()
        self._writer.newPage()
        self._number += 1
        self._y = 0.0

    def _foot(self) -> None:
        self._painter.setFont(ui_font(10))
        self._painter.setPen(_GREY)
        box = QRectF(0, self._height + 8, self._width, 16)
        self._painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), str(self._number))


def _whole(item: Item) -> Node:
    """Return left = worked = result in one formula, which the layout breaks where it must."""
    parts: list[Node] = [item.left]
    for place, node in enumerate(item.worked):
        first = next(members(node), None)
        if place == 0 and not (isinstance(first, Op) and first.symbol == "="):
            parts.append(Op("="))
        parts.append(node)
    return row(*parts)
