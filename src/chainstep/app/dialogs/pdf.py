"""Derivations as PDF, set with the window's own formulas: vectors, on A4, with page numbers.

The first page can also be painted as a picture, to look at before anything is written. What is
derived is decided in `lessons.derivation`; the other formats are in `lessons.writing`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMarginsF,
    QPointF,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgRenderer

from chainstep.app.formulas.mathlayout import lay_out
from chainstep.app.look.fonts import ui_font
from chainstep.stepping.formula.builder import row
from chainstep.stepping.formula.nodes import Node, Op, members, printable

if TYPE_CHECKING:
    from chainstep.lessons.derivation import Derivation
    from chainstep.lessons.worked import Item

#: The page is drawn in units of 1/96 inch and scaled, so that sizes are those of the window.
_UNITS: Final = 96
_A4: Final = (794.0, 1123.0)
_ACROSS, _DOWN = 20.0, 18.0
_FORMULA: Final = 15
_INDENT: Final = 18.0
_FOOT: Final = 24.0
_PICTURE_SCALE, _PICTURE_HIGH = 0.8, 250.0
_BLACK, _GREY = QColor("#1A1E23"), QColor("#5A6470")


def as_pdf(*derivations: Derivation, beat: Callable[[], None] | None = None) -> bytes:
    """Return derivations as one PDF file; each begins a page, numbered from 1.

    beat: called after each page, so that a window lives on meanwhile.
    """
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(_ACROSS, _DOWN, _ACROSS, _DOWN), QPageLayout.Unit.Millimeter)
    writer.setResolution(600)
    writer.setTitle(printable(derivations[0].title))
    writer.setCreator("Chainstep")
    painter = QPainter(writer)
    scale = writer.resolution() / _UNITS
    painter.scale(scale, scale)
    room = (writer.width() / scale, writer.height() / scale)
    for place, derivation in enumerate(derivations):
        if place:
            _turn(writer, beat)
        _Page(painter, room, partial(_turn, writer, beat)).write(derivation)
    painter.end()
    buffer.close()
    return bytes(data.data())


def _turn(writer: QPdfWriter, beat: Callable[[], None] | None) -> None:
    writer.newPage()
    if beat is not None:
        beat()


def _font(px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the interface's face, with digits that can be copied out of a PDF again.

    Digits of equal width are other glyphs, which Qt does not map back to text.
    """
    font = QFont(ui_font(px, weight))
    font.unsetFeature(QFont.Tag("tnum"))
    return font


def first_page(derivation: Derivation, width: int, ratio: float = 1.0) -> QImage:
    """Return a picture of the first page, so wide in pixels. ratio: of a fine screen."""
    scale = width * ratio / _A4[0]
    picture = QImage(round(_A4[0] * scale), round(_A4[1] * scale), QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    left, top = (millimetres / 25.4 * _UNITS for millimetres in (_ACROSS, _DOWN))
    painter.translate(left, top)
    _Page(painter, (_A4[0] - 2 * left, _A4[1] - 2 * top), None).write(derivation)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


class _Full(Exception):
    """The only page there is has no room left."""


class _Page:
    """Fills page after page from the top; without a way to turn the page, only the first one."""

    def __init__(
        self,
        painter: QPainter,
        room: tuple[float, float],
        turn: Callable[[], object] | None,
    ) -> None:
        self._painter, self._turn = painter, turn
        self._width, self._height = room[0], room[1] - _FOOT
        self._y, self._number = 0.0, 1

    def write(self, derivation: Derivation) -> None:
        try:
            self._write(derivation)
        except _Full:
            pass
        else:
            self._foot()

    def _write(self, derivation: Derivation) -> None:
        self._text(derivation.title, 20, QFont.Weight.DemiBold, _BLACK, 8)
        for note in derivation.notes:
            self._text(note, 11, QFont.Weight.Normal, _GREY, 3)
        self._picture(derivation.picture)
        for title, items in derivation.sections():
            self._y += 14
            self._text(title, 15, QFont.Weight.DemiBold, _BLACK, 6, keep=90)
            for item in items:
                self._item(item)

    def _picture(self, svg: str) -> None:
        if not svg:
            return
        renderer = QSvgRenderer(QByteArray(svg.encode()))
        size = renderer.defaultSize()
        most = min(self._width / size.width(), _PICTURE_HIGH / size.height(), _PICTURE_SCALE)
        wide, high = size.width() * most, size.height() * most
        self._y += 8
        self._room_for(high)
        renderer.render(self._painter, QRectF((self._width - wide) / 2, self._y, wide, high))
        self._y += high + 4

    def _item(self, item: Item) -> None:
        if item.title:
            self._y += 9
            self._text(item.title, 12, QFont.Weight.DemiBold, _BLACK, 3, keep=60)
        if item.sentence:
            self._text(item.sentence, 11, QFont.Weight.Normal, _GREY, 4, keep=40)
        if item.symbols is not None:
            self._formula(item.symbols)
        self._formula(_whole(item), in_line=not item.title and item.symbols is None)

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
        self._painter.setFont(_font(px, weight))
        flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)
        room = QRectF(0, 0, self._width, self._height)
        height = self._painter.boundingRect(room, flags, printable(text)).height()
        self._room_for(height + keep)
        self._painter.setFont(_font(px, weight))
        self._painter.setPen(colour)
        self._painter.drawText(QRectF(0, self._y, self._width, height), flags, printable(text))
        self._y += height + after

    def _formula(self, node: Node, in_line: bool = False) -> None:
        px = _FORMULA - 2 * in_line
        layout = lay_out(node, px, self._width - _INDENT, display=not in_line)
        self._room_for(layout.height)
        layout.paint(self._painter, QPointF(_INDENT, self._y), _BLACK, {})
        self._y += layout.height + (3 if in_line else 6)

    def _room_for(self, height: float) -> None:
        if self._y + height <= self._height or self._y == 0:
            return
        self._foot()
        if self._turn is None:
            raise _Full
        self._turn()
        self._number += 1
        self._y = 0.0

    def _foot(self) -> None:
        self._painter.setFont(_font(10))
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
