"""Boxes: one node of a formula with its parts in place, after the rules of The TeXbook, app. G.

A box knows its width, how far it reaches above and below the baseline, and its parts. Lines of
boxes, where they break and the finished layout are in `mathlayout`; measures of letters are in
`mathfont`. Nothing here paints.
"""

from typing import Final, NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QTransform

from chainstep.app.mathfont import AXIS, RULE, X_HEIGHT, Extent, Face, drawable, extent, font, runs
from chainstep.stepping.formula import (
    BigSum,
    Frac,
    Hat,
    Node,
    Num,
    Op,
    Paren,
    Space,
    Sqrt,
    Sub,
    SubSup,
    Sup,
    Sym,
    Word,
    printable,
)

_LONGEST_NAME: Final = 24
_GLYPHS: Final = {"Σ": "∑", "Π": "∏"}
_LOWERED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")
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


def shape(node: Node, setting: Setting) -> Box:
    """Return the box of one node that is no row and no sum, whatever its tag."""
    match node:
        case Num(text=text, strong=strong):
            return _number(text, Face.BOLD if strong else Face.UPRIGHT, setting)
        case Sym(text=text):
            return _symbol(text, setting.em)
        case Word(text=text):
            return text_box(Face.UPRIGHT, drawable(_shortened(printable(text))), setting.em)
        case Op(symbol=symbol):
            return text_box(Face.UPRIGHT, printable(symbol), setting.em)
        case Frac():
            return _fraction(node, setting)
        case Sub(base=base, sub=sub):
            return _scripts(base, sub, None, setting)
        case Sup(base=base, sup=sup):
            return _scripts(base, None, sup, setting)
        case SubSup(base=base, sub=sub, sup=sup):
            return _scripts(base, sub, sup, setting)
        case Paren(child=child, kind=kind):
            return _bracketed(_box(child, setting), kind, setting)
        case Sqrt(child=child):
            return _root(_box(child, setting), setting)
        case Hat(child=child):
            return _hat(_box(child, setting), setting)
        case Space(em=em):
            return Box(em * setting.em)
    raise TypeError(f"not a formula: {node!r}")


def text_box(face: Face, text: str, px: int) -> Box:
    """Return a text in one font."""
    if not text:
        return Box()
    size = extent(face, text)
    box = Box(size.advance * px, size.ascent * px, size.descent * px, ink=Glyphs(face, px, text))
    box.letter = True
    return box


def big_operator(node: BigSum, setting: Setting) -> Box:
    """Return the sign of a sum with its limits: under and over it in display, beside it in text."""
    if node.symbol not in _GLYPHS:
        sign = text_box(Face.UPRIGHT, node.symbol, setting.em)
    else:
        face = Face.TALL if setting.level == 0 else Face.UPRIGHT
        sign = _centred(text_box(face, _GLYPHS[node.symbol], setting.em), setting.em)
    if setting.level > 0:
        return _attached(sign, node.under, node.over, setting)
    return _limits(sign, node, setting)


def bracket(mark: str, around: Box, setting: Setting) -> Box:
    """Return a bracket tall enough for a box, centred on the axis where it has grown."""
    em = setting.em
    reach = max(around.ascent / em - AXIS, around.descent / em + AXIS) - _TOLERANCE
    plain = extent(Face.UPRIGHT, mark)
    if reach <= (plain.ascent + plain.descent) / 2 or mark == "|":
        grown = mark == "|" and reach > plain.ascent - AXIS
        return _stretched(mark, Face.UPRIGHT, reach, em) if grown else _upright(mark, em)
    for face in (Face.TALL, Face.TALLER, Face.VERY_TALL, Face.TALLEST):
        size = extent(face, mark)
        if reach <= (size.ascent + size.descent) / 2:
            return _centred(text_box(face, mark, em), em)
    return _stretched(mark, Face.TALLEST, reach, em)


def _box(node: Node, setting: Setting) -> Box:
    from chainstep.app.mathlayout import node_box  # rows hold boxes, and boxes hold rows

    return node_box(node, setting)


def _upright(mark: str, em: int) -> Box:
    return text_box(Face.UPRIGHT, mark, em)


def _shortened(text: str) -> str:
    if len(text) <= _LONGEST_NAME:
        return text
    return f"{text[: _LONGEST_NAME - 8]}…{text[-7:]}"


def _number(text: str, face: Face, setting: Setting) -> Box:
    """Return a number; the face lacks some raised digits, so that a power of ten is raised here."""
    mantissa, times, exponent = text.partition("×10")
    if not times:
        return text_box(face, text, setting.em)
    thin, parts, x = 0.12 * setting.em, [], 0.0
    for piece in (mantissa, "×", "10"):
        parts.append(Part(x, 0.0, text_box(face, piece, setting.em)))
        x += parts[-1].box.width + (thin if piece != "10" else 0.0)
    raised = text_box(face, exponent.translate(_LOWERED), setting.script.em)
    parts.append(Part(x + 0.02 * setting.em, -0.36 * setting.em, raised))
    return _around(x + raised.width + 0.04 * setting.em, parts)


def _symbol(text: str, px: int) -> Box:
    """Return a variable; the last letter's foot decides where its subscript goes."""
    letters = runs(text)
    if len(letters) == 1:
        box = text_box(*letters[0], px)
        box.low = extent(*letters[0]).low * px
        return box
    x, parts = 0.0, []
    for face, letter in letters:
        part = text_box(face, letter, px)
        parts.append(Part(x, 0.0, part))
        x += part.width
    box = _around(x, parts)
    box.letter = True
    return box


def _around(width: float, parts: list[Part]) -> Box:
    """Return the box that just holds its parts."""
    ascent = max((part.box.ascent - part.y for part in parts), default=0.0)
    descent = max((part.box.descent + part.y for part in parts), default=0.0)
    return Box(width, ascent, descent, tuple(parts))


def _centred(glyph: Box, em: int) -> Box:
    """Return a glyph moved so that its middle lies on the axis."""
    shift = (glyph.ascent - glyph.descent) / 2 - AXIS * em
    return _around(glyph.width, [Part(0.0, shift, glyph)])


def _fraction(node: Frac, setting: Setting) -> Box:
    em, part = setting.em, setting.part
    top, bottom = _box(node.num, part), _box(node.den, part)
    up, down, clear = (0.69, 0.70, 0.15) if setting.level == 0 else (0.46, 0.42, 0.09)
    axis, half = AXIS * em, max(RULE * em, 1.0) / 2
    up = max(up * em, axis + half + clear * em + top.descent)
    down = max(down * em, bottom.ascent + half + clear * em - axis)
    bar = max(top.width, bottom.width) + 0.10 * em
    side = 0.08 * em
    width = bar + 2 * side
    parts = [
        Part((width - top.width) / 2, -up, top),
        Part(side, -axis, Box(bar, half, half, ink=Bar(bar, 2 * half))),
        Part((width - bottom.width) / 2, down, bottom),
    ]
    return _around(width, parts)


def _scripts(base: Node, sub: Node | None, sup: Node | None, setting: Setting) -> Box:
    return _attached(_box(base, setting), sub, sup, setting)


def _attached(base: Box, sub: Node | None, sup: Node | None, setting: Setting) -> Box:
    em, script = setting.em, setting.script
    below = _box(sub, script) if sub is not None else None
    above = _box(sup, script) if sup is not None else None
    down, up = _script_shifts(base, below, above, setting)
    parts, width = [Part(0.0, 0.0, base)], base.width
    if below is not None:
        x = base.width - min(base.low, 0.12 * em)
        parts.append(Part(x, down, below))
        width = max(width, x + below.width)
    if above is not None:
        x = base.width + 0.02 * em
        parts.append(Part(x, -up, above))
        width = max(width, x + above.width)
    return _around(width + 0.08 * em, parts)


def _script_shifts(
    base: Box, below: Box | None, above: Box | None, setting: Setting
) -> tuple[float, float]:
    em = setting.em
    down = (0.17 if above is None else 0.25) * em
    up = (0.41 if setting.level == 0 else 0.36) * em
    if not base.letter:
        down = max(down, base.descent + 0.05 * em)
        up = max(up, base.ascent - 0.3 * em)
    if below is not None:
        down = max(down, below.ascent - 0.8 * X_HEIGHT * em)
    if above is not None:
        up = max(up, above.descent + 0.25 * X_HEIGHT * em)
    if below is not None and above is not None:
        down = max(down, 4 * RULE * em - up + above.descent + below.ascent)
    return down, up


def _limits(sign: Box, node: BigSum, setting: Setting) -> Box:
    em, script = setting.em, setting.script
    under = _box(node.under, script) if node.under is not None else Box()
    over = _box(node.over, script) if node.over is not None else Box()
    # Limits that stick out must not run into what is summed.
    width = max(sign.width, max(under.width, over.width) + 0.24 * em)
    parts = [Part((width - sign.width) / 2, 0.0, sign)]
    if node.under is not None:
        drop = sign.descent + max(0.15 * em + under.ascent, 0.55 * em)
        parts.append(Part((width - under.width) / 2, drop, under))
    if node.over is not None:
        rise = sign.ascent + max(0.12 * em + over.descent, 0.2 * em)
        parts.append(Part((width - over.width) / 2, -rise, over))
    return _around(width, parts)


def _bracketed(inner: Box, kind: str, setting: Setting) -> Box:
    left, right = (bracket(mark, inner, setting) for mark in kind)
    parts = [
        Part(0.0, 0.0, left),
        Part(left.width, 0.0, inner),
        Part(left.width + inner.width, 0.0, right),
    ]
    box = _around(left.width + inner.width + right.width, parts)
    box.letter = left.ink is not None
    return box


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


def _root(inner: Box, setting: Setting) -> Box:
    em = setting.em
    gap, thickness = 0.11 * em, max(RULE * em, 1.0)
    faces = (Face.UPRIGHT, Face.TALL, Face.TALLER, Face.VERY_TALL)
    need = inner.ascent + inner.descent + gap
    sizes = [(face, extent(face, "√")) for face in faces]
    face, size = next((s for s in sizes if (s[1].ascent + s[1].descent) * em >= need), sizes[-1])
    sign = text_box(face, "√", em)
    spare = max(0.0, sign.ascent + sign.descent - need) / 2
    top = inner.ascent + gap + spare
    start = size.right * em
    parts = [
        Part(0.0, sign.ascent - top, sign),
        Part(start, 0.0, inner),
        Part(start - 0.03 * em, -top + thickness / 2, _bar(inner.width + 0.08 * em, thickness)),
    ]
    return _around(start + inner.width + 0.08 * em, parts)


def _bar(width: float, thickness: float) -> Box:
    return Box(width, thickness / 2, thickness / 2, ink=Bar(width, thickness))


def _hat(inner: Box, setting: Setting) -> Box:
    em = setting.em
    mark = text_box(Face.UPRIGHT, "ˆ", em)
    rise = max(0.0, inner.ascent - X_HEIGHT * em)
    x = (inner.width - mark.width) / 2 + 0.05 * em
    box = _around(inner.width, [Part(0.0, 0.0, inner), Part(x, -rise, mark)])
    box.letter, box.low = True, inner.low
    return box
