"""Boxes: what a laid-out formula is made of, and those that hold a text, a bar or a bracket.

A box knows its width, how far it reaches above and below the baseline, and its parts. Which node
becomes which boxes is in `mathrules`, the finished layout in `mathlayout`, the measures of letters
in `mathfont`. Nothing here paints.
"""

from typing import Final, NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QTransform

from chainstep.app.formulas.mathfont import AXIS, Extent, Face, extent, font

#: Brackets may be a little shorter than what they hold.
_TOLERANCE: Final = 0.18


class Setting(NamedTuple):
    """Where a node stands: px of the formula, and the level that size and spaces follow.

    level: 0 display, 1 text, 2 script, 3 script of a script.
    """

    px: int
    level: int = 0

    @property
    def em(self) -> int:
        """The size of letters in pixels."""
        if self.level < 2:
            return self.px
        share, least = (0.72, 9) if self.level == 2 else (0.6, 8)
        return max(round(self.px * share), min(self.px, least))

    @property
    def script(self) -> "Setting":
        """The setting of a sub- or superscript here."""
        return Setting(self.px, 3 if self.level >= 2 else 2)

    @property
    def part(self) -> "Setting":
        """The setting of a fraction's numerator and denominator here."""
        return Setting(self.px, min(self.level + 1, 3))


class Glyphs(NamedTuple):
    """A text in one font, from the box's origin on."""

    face: Face
    px: int
    text: str


class Bar(NamedTuple):
    """A horizontal rule; its box's origin is at its left end, halfway up."""

    width: float
    thickness: float


Ink = Glyphs | Bar | QPainterPath


class Part(NamedTuple):
    """A box within a box: its origin, y downwards, and the tags it stands under, outer first."""

    x: float
    y: float
    box: "Box"
    tags: tuple[str, ...] = ()


class Region(NamedTuple):
    """Where a tag's nodes are, relative to the box's origin."""

    tag: str
    left: float
    right: float
    ascent: float
    descent: float


class Box:
    """A piece of a formula, measured in pixels from its origin on the baseline.

    low: how far a subscript may move in. letter: True for what scripts hang on as on a letter.
    """

    __slots__ = ("ascent", "descent", "ink", "letter", "low", "parts", "regions", "width")

    def __init__(
        self,
        width: float = 0.0,
        ascent: float = 0.0,
        descent: float = 0.0,
        parts: tuple[Part, ...] = (),
        ink: Ink | None = None,
    ) -> None:
        self.width = width
        self.ascent = ascent
        self.descent = descent
        self.parts = parts
        self.ink = ink
        self.regions: tuple[Region, ...] = ()
        self.low = 0.0
        self.letter = False


def text_box(face: Face, text: str, px: int) -> Box:
    """Return a text in one font."""
    return measured(extent(face, text), Glyphs(face, px, text)) if text else Box()


def measured(size: Extent, ink: Glyphs) -> Box:
    """Return a text whose measures are known."""
    px = ink.px
    box = Box(size.advance * px, size.ascent * px, size.descent * px, ink=ink)
    box.letter = True
    return box


def around(width: float, parts: list[Part]) -> Box:
    """Return the box that just holds its parts."""
    ascent = max((part.box.ascent - part.y for part in parts), default=0.0)
    descent = max((part.box.descent + part.y for part in parts), default=0.0)
    return Box(width, ascent, descent, tuple(parts))


def centred(glyph: Box, em: int) -> Box:
    """Return a glyph moved so that its middle lies on the axis."""
    shift = (glyph.ascent - glyph.descent) / 2 - AXIS * em
    return around(glyph.width, [Part(0.0, shift, glyph)])


def bracket(mark: str, held: Box, setting: Setting) -> Box:
    """Return a bracket tall enough for a box, centred on the axis where it has grown."""
    em = setting.em
    reach = max(held.ascent / em - AXIS, held.descent / em + AXIS) - _TOLERANCE
    plain = extent(Face.UPRIGHT, mark)
    if reach <= (plain.ascent + plain.descent) / 2 or mark == "|":
        grown = mark == "|" and reach > plain.ascent - AXIS
        return _stretched(mark, Face.UPRIGHT, reach, em) if grown else _upright(mark, em)
    for face in (Face.TALL, Face.TALLER, Face.VERY_TALL, Face.TALLEST):
        size = extent(face, mark)
        if reach <= (size.ascent + size.descent) / 2:
            return centred(text_box(face, mark, em), em)
    return _stretched(mark, Face.TALLEST, reach, em)


def _upright(mark: str, em: int) -> Box:
    return text_box(Face.UPRIGHT, mark, em)


def _stretched(mark: str, face: Face, reach: float, em: int) -> Box:
    """Return a bracket drawn out to any height; its strokes keep their thickness."""
    size: Extent = extent(face, mark)
    path = QPainterPath()
    path.addText(QPointF(0, 0), font(face, em), mark)
    middle = (size.ascent - size.descent) / 2
    factor = 2 * reach / (size.ascent + size.descent)
    move = QTransform.fromTranslate(0, -AXIS * em).scale(1, factor).translate(0, middle * em)
    half = reach * em
    return Box(size.advance * em, half + AXIS * em, half - AXIS * em, ink=move.map(path))
