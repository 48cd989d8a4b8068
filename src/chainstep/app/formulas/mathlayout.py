"""A whole formula laid out: lines of boxes, where they break, what is painted and what is hit.

Boxes are in `mathbox`, the rules that make them of nodes in `mathrules`, the widget that shows a
formula in `formula_widget`. A `Layout` holds no colours: highlights are given when it is painted,
so that moving one costs no new layout.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from chainstep.app.formulas import mathfont
from chainstep.app.formulas.mathbox import Bar, Box, Glyphs, Ink, Setting
from chainstep.app.formulas.mathrules import Line
from chainstep.stepping.formula import nodes
from chainstep.stepping.formula.nodes import Node

#: Colour of the text and, unless None, of the ground, of everything under a tag.
Highlight = Mapping[str, tuple[QColor | None, QColor | None]]

_INDENT: Final = 1.6
_LEADING: Final = 0.45
_LEAST_ASCENT: Final = 0.70
_LEAST_DESCENT: Final = 0.22


class Mark(NamedTuple):
    """Something to paint at a place of the layout. tags: inner first."""

    x: float
    y: float
    ink: Ink
    tags: tuple[str, ...]


class Layout:
    """A formula ready to be painted. Coordinates run from the top left corner, in pixels.

    ascent: the distance from the top to the first baseline. regions: where each tag is, outer
    ones first; a tag that runs over two lines has two.
    """

    def __init__(self, lines: list[Box], px: int) -> None:
        self.px = px
        self.marks: list[Mark] = []
        self.regions: list[tuple[str, QRectF]] = []
        self.ascent = max(lines[0].ascent, _LEAST_ASCENT * px)
        self.lines = len(lines)
        indent = _INDENT * px
        self.width = max(box.width + (indent if i else 0.0) for i, box in enumerate(lines))
        y, reached = 0.0, 0.0
        for i, box in enumerate(lines):
            y = reached + max(box.ascent, _LEAST_ASCENT * px) + (_LEADING * px if i else 0.0)
            self._collect(box, indent if i else 0.0, y, ())
            reached = y + max(box.descent, _LEAST_DESCENT * px)
        self.height = reached

    def _collect(self, box: Box, x: float, y: float, tags: tuple[str, ...]) -> None:
        for region in box.regions:
            top = y - region.ascent
            height = region.ascent + region.descent
            rect = QRectF(x + region.left, top, region.right - region.left, height)
            self.regions.append((region.tag, rect))
        if box.ink is not None:
            self.marks.append(Mark(x, y, box.ink, tags))
        for part in box.parts:
            inner = (*reversed(part.tags), *tags) if part.tags else tags
            self._collect(part.box, x + part.x, y + part.y, inner)

    def tag_at(self, point: QPointF) -> str | None:
        """Return the innermost tag under a point, with a little room around it, or None."""
        room = 0.12 * self.px
        for tag, rect in reversed(self.regions):
            if rect.adjusted(-room, -room, room, room).contains(point):
                return tag
        return None

    def rects(self, tag: str) -> list[QRectF]:
        """Return where a tag is: one rectangle per line."""
        return [rect for name, rect in self.regions if name == tag]

    def paint(
        self,
        painter: QPainter,
        origin: QPointF,
        colour: QColor,
        highlight: Highlight | None = None,
    ) -> None:
        """Paint the formula with its top left corner at `origin`."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(_on_pixels(painter, origin))
        lit = highlight or {}
        self._paint_grounds(painter, lit)
        self._paint_marks(painter, colour, lit)
        painter.restore()

    def _paint_grounds(self, painter: QPainter, lit: Highlight) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        across, along, radius = 0.14 * self.px, 0.15 * self.px, 0.25 * self.px
        for tag, rect in self.regions:
            ground = lit[tag][1] if tag in lit else None
            if ground is not None:
                painter.setBrush(ground)
                grown = rect.adjusted(-along, -across, along, across)
                painter.drawRoundedRect(grown, radius, radius)

    def _paint_marks(self, painter: QPainter, colour: QColor, lit: Highlight) -> None:
        pen, face, px = colour, None, 0
        painter.setPen(colour)
        for x, y, ink, tags in self.marks:
            wanted = _colour_of(tags, lit, colour) if lit else colour
            if wanted is not pen:
                pen = wanted
                painter.setPen(pen)
            if isinstance(ink, Glyphs):
                if ink.face != face or ink.px != px:
                    face, px = ink.face, ink.px
                    painter.setFont(mathfont.font(face, px))
                painter.drawText(QPointF(x, y), ink.text)
            elif isinstance(ink, Bar):
                painter.fillRect(_crisp(painter, x, y, ink), pen)
            else:
                painter.fillPath(ink.translated(x, y), pen)


def _colour_of(tags: tuple[str, ...], lit: Highlight, colour: QColor) -> QColor:
    for tag in tags:
        own = lit[tag][0] if tag in lit else None
        if own is not None:
            return own
    return colour


def _scale(painter: QPainter) -> float:
    return painter.deviceTransform().m22() or 1.0


def _on_pixels(painter: QPainter, origin: QPointF) -> QPointF:
    """Return `origin` moved down to the next row of device pixels, where baselines belong."""
    scale = _scale(painter)
    return QPointF(origin.x(), round(origin.y() * scale) / scale)


def _crisp(painter: QPainter, x: float, y: float, bar: Bar) -> QRectF:
    """Return a rule that fills whole rows of device pixels: never grey, never thinner than one."""
    scale = _scale(painter)
    thickness = max(1, round(bar.thickness * scale)) / scale
    top = round((y - thickness / 2) * scale) / scale
    return QRectF(x, top, bar.width, thickness)


@lru_cache(maxsize=512)
def lay_out(node: Node, px: int, width: float | None = None, display: bool = True) -> Layout:
    """Return a formula laid out at `px` pixels, broken into lines where wider than `width`.

    display: fractions and sums at full size; else as small as in running text. Kept per formula,
    so asking again is free.
    """
    setting = Setting(px, 0 if display else 1)
    line = Line(node, setting)
    if not line.pieces:
        return Layout([Box()], px)
    if width is None or line.width(0, len(line.pieces)) <= width:
        return Layout([line.box()], px)
    return _folded(node, setting, width)


def _folded(node: Node, setting: Setting, width: float) -> Layout:
    """Break what stands under the sums of a formula; where it is still too wide, the formula."""
    listed, px = _listed(node), setting.px
    for rows in range(2, listed + 1):
        line = Line(node, setting, rows=rows)
        if line.width(0, len(line.pieces)) <= width:
            return Layout([line.box()], px)
    lines: list[Box] = []
    for rows in range(1, listed + 1):
        line = Line(node, setting, opened=True, rows=rows)
        parts = list(_broken(line, width, px))
        lines = [line.box(*part) for part in parts]
        if _fits(line, parts, width, px):
            break
    return Layout(lines, px)


def _listed(node: Node) -> int:
    """Return into how many lines what stands under a sum can be broken: one more than commas."""
    if isinstance(node, nodes.BigSum):
        own = 1 if node.under is None else 1 + _commas(node.under)
        return own if node.body is None else max(own, _listed(node.body))
    if isinstance(node, nodes.Row):
        return max(map(_listed, node.children), default=1)
    return _listed(node.child) if isinstance(node, nodes.Paren) else 1


def _commas(node: Node) -> int:
    return sum(
        _commas(each.child) if isinstance(each, nodes.Paren) else each == nodes.Op(",")
        for each in nodes.members(node)
    )


def _fits(line: Line, parts: list[tuple[int, int]], width: float, px: int) -> bool:
    """Whether lines, the later ones set in, are within a width."""
    return all(line.width(*part) <= width - (_INDENT * px if part[0] else 0) for part in parts)


def _broken(line: Line, width: float, px: int) -> Iterator[tuple[int, int]]:
    """Yield the lines as (first, last + 1): as full as they get, broken far out of brackets."""
    candidates = [*line.breaks(), len(line.pieces)]
    first, room = 0, width
    while first < len(line.pieces):
        ahead = [i for i in candidates if i > first]
        last = _best(line, first, ahead, room)
        yield first, last
        first, room = last, width - _INDENT * px


def _best(line: Line, first: int, ahead: list[int], room: float) -> int:
    fitting = [i for i in ahead if line.width(first, i) <= room]
    if not fitting:
        return ahead[0]
    if fitting[-1] == len(line.pieces):
        return fitting[-1]
    full = [i for i in fitting if line.width(first, i) >= 0.5 * room] or fitting[-1:]
    return min(full, key=lambda i: (line.pieces[i].cost, -i))
