"""The rules: which boxes a node of a formula becomes, after The TeXbook, chapter 17 and app. G.

Rows with their spaces, fractions, scripts, limits, roots. Boxes themselves, brackets among them,
are in `mathbox`; where a formula breaks into lines, and painting, in `mathlayout`.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from chainstep.app.formulas.mathbox import (
    Bar,
    Box,
    Glyphs,
    Part,
    Region,
    Setting,
    around,
    bracket,
    centred,
    measured,
    text_box,
)
from chainstep.app.formulas.mathfont import (
    AXIS,
    RULE,
    X_HEIGHT,
    Face,
    drawable,
    extent,
    figures,
    runs,
    shortened,
)
from chainstep.app.formulas.mathpieces import Piece, Span, evenly
from chainstep.app.look.names import name_and_number
from chainstep.stepping.formula import nodes
from chainstep.stepping.formula.nodes import Atom, Node, atom_of, printable, settle

#: Between the words of a phrase, in em.
_WORD_SPACE: Final = 0.25
_GLYPHS: Final = {"Σ": "∑", "Π": "∏"}
_FIGURES: Final = "0123456789.−+"
_LOWERED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")
#: Spaces between neighbours in 1/18 em (The TeXbook, page 170); negative: not in scripts.
_SPACES: Final = (
    (0, 3, -4, -5, 0, 0, 0, -3),
    (3, 3, 0, -5, 0, 0, 0, -3),
    (-4, -4, 0, 0, -4, 0, 0, -4),
    (-5, -5, 0, 0, -5, 0, 0, -5),
    (0, 0, 0, 0, 0, 0, 0, 0),
    (0, 3, -4, -5, 0, 0, 0, -3),
    (-3, -3, 0, -3, -3, -3, -3, -3),
    (-3, 3, -4, -5, -3, 0, -3, -3),
)
#: In scripts those spaces do not vanish but shrink: k ∈ {o1, o2} must stay readable under a Σ.
_SCRIPT_SHARE: Final = 0.75
#: A product breaks only where a sum cannot.
_BINDS_CLOSER: Final = frozenset("·×")


@lru_cache(maxsize=4096)
def shape(node: Node, setting: Setting) -> Box:
    """Return the box of one node that is no row and no sum, whatever its tag.

    Kept: from step to step the symbols stay and only numbers change. Nobody alters a box later.
    """
    match node:
        case nodes.Num(text=text, strong=strong):
            return _number(text, Face.BOLD if strong else Face.UPRIGHT, setting)
        case nodes.Sym(text=text):
            return _symbol(text, setting.em)
        case nodes.Word(text=text):
            return _name(text, setting)
        case nodes.Op(symbol=symbol):
            return text_box(Face.UPRIGHT, printable(symbol), setting.em)
        case nodes.Frac():
            return _fraction(node, setting)
        case nodes.Sub(base=base, sub=sub):
            return _attached(node_box(base, setting), sub, None, setting)
        case nodes.Sup(base=base, sup=sup):
            return _attached(node_box(base, setting), None, sup, setting)
        case nodes.SubSup(base=base, sub=sub, sup=sup):
            return _attached(node_box(base, setting), sub, sup, setting)
        case nodes.Paren(child=child, kind=kind):
            return _bracketed(node_box(child, setting), kind, setting)
        case nodes.Sqrt(child=child):
            return _root(node_box(child, setting), setting)
        case nodes.Hat(child=child):
            return _hat(node_box(child, setting), setting)
        case nodes.Space(em=em):
            return Box(em * setting.em)
    raise TypeError(f"not a formula: {node!r}")


def _name(text: str, setting: Setting) -> Box:
    """Return an upright name, a number at its end lowered: h₁."""
    name, number = name_and_number(drawable(shortened(printable(text))))
    box = text_box(Face.UPRIGHT, name, setting.em)
    return _attached(box, nodes.Word(number), None, setting) if number else box


def big_operator(node: nodes.BigSum, setting: Setting, rows: int = 1) -> Box:
    """Return the sign of a sum with its limits: under and over it in display, beside it in text.

    rows: into so many lines what stands under it is broken, as far as it has commas.
    """
    if node.symbol not in _GLYPHS:
        sign = text_box(Face.UPRIGHT, node.symbol, setting.em)
    else:
        face = Face.TALL if setting.level == 0 else Face.UPRIGHT
        sign = centred(text_box(face, _GLYPHS[node.symbol], setting.em), setting.em)
    if setting.level > 0:
        return _attached(sign, node.under, node.over, setting)
    return _limits(sign, node, setting, rows)


class Line:
    """The boxes of a row with the spaces between them; rows within it are dissolved.

    opened: brackets are dissolved too, so that the line can break inside them. rows: of what
    stands under the sign of a sum.
    """

    def __init__(self, node: Node, setting: Setting, opened: bool = False, rows: int = 1) -> None:
        self.pieces: list[Piece] = []
        self.spans: list[Span] = []
        self._setting = setting
        self._opened, self._rows = opened, rows
        self._before: Atom | None = None
        self._add(node, 0)

    def _add(self, node: Node, depth: int) -> None:
        place, first = len(self.spans), len(self.pieces)
        self._add_content(node, depth)
        if node.tag is not None:
            self.spans.insert(place, Span(node.tag, first, len(self.pieces)))

    def _add_content(self, node: Node, depth: int) -> None:
        if isinstance(node, nodes.Row):
            for child in node.children:
                self._add(child, depth)
        elif isinstance(node, nodes.BigSum):
            self._put(big_operator(node, self._setting, self._rows), Atom.OPERATOR, depth)
            if node.body is not None:
                self._add(node.body, depth)
        elif isinstance(node, nodes.Paren) and self._opened:
            self._add_opened(node, depth)
        elif isinstance(node, nodes.Phrase):
            self._add_words(node, depth)
        elif isinstance(node, nodes.Space):
            self.pieces.append(Piece(shape(node, self._setting), Atom.ORDINARY, 0.0, 2 * depth))
        else:
            closer = isinstance(node, nodes.Op) and node.symbol in _BINDS_CLOSER
            self._put(shape(node, self._setting), atom_of(node), depth, closer)

    def _add_opened(self, node: nodes.Paren, depth: int) -> None:
        inner = node_box(node.child, self._setting)
        left, right = (bracket(mark, inner, self._setting) for mark in node.kind)
        self._put(left, Atom.OPEN, depth + 1)
        self._add(node.child, depth + 1)
        self._put(right, Atom.CLOSE, depth + 1)

    def _add_words(self, phrase: nodes.Phrase, depth: int) -> None:
        space = _WORD_SPACE * self._setting.em
        for word in printable(phrase.text).split():
            box = text_box(Face.UPRIGHT, drawable(shortened(word)), self._setting.em)
            tight = self._before in (None, Atom.OPEN)
            after_sign = self._before in (Atom.BINARY, Atom.RELATION)
            if self._before is not None and after_sign:
                gap = self._space(self._before, Atom.ORDINARY)
            else:
                gap = 0.0 if tight else space
            cost, loose = 2 * depth + 2, not (tight or after_sign)
            self.pieces.append(Piece(box, Atom.ORDINARY, gap, cost, loose))
            self._before = Atom.ORDINARY

    def _put(self, box: Box, atom: Atom, depth: int, closer: bool = False) -> None:
        atom = settle(atom, self._before)
        gap = 0.0 if self._before is None else self._space(self._before, atom)
        self.pieces.append(Piece(box, atom, gap, 2 * depth + closer))
        self._before = atom

    def _space(self, left: Atom, right: Atom) -> float:
        units: float = _SPACES[left][right]
        if units < 0:
            units = -units * (_SCRIPT_SHARE if self._setting.level >= 2 else 1.0)
        return units * self._setting.em / 18

    def box(self, first: int = 0, last: int | None = None) -> Box:
        """Return the pieces first to last - 1 in one box."""
        last = len(self.pieces) if last is None else last
        x, lefts, parts = 0.0, [], []
        for i in range(first, last):
            piece = self.pieces[i]
            x += piece.gap if i > first else 0.0
            lefts.append(x)
            parts.append(Part(x, 0.0, piece.box, self._tags(i)))
            x += piece.box.width
        box = around(x, parts)
        box.regions = tuple(self._regions(first, last, lefts))
        if last - first == 1:  # a script hangs on a lone letter as if there were no row
            box.letter, box.low = parts[0].box.letter, parts[0].box.low
        return box

    def _tags(self, place: int) -> tuple[str, ...]:
        return tuple(span.tag for span in self.spans if span.first <= place < span.last)

    def _regions(self, first: int, last: int, lefts: list[float]) -> Iterator[Region]:
        for span in self.spans:
            start, stop = max(span.first, first), min(span.last, last)
            if start < stop:
                boxes = [piece.box for piece in self.pieces[start:stop]]
                right = lefts[stop - 1 - first] + boxes[-1].width
                ascent = max(box.ascent for box in boxes)
                descent = max(box.descent for box in boxes)
                yield Region(span.tag, lefts[start - first], right, ascent, descent)

    def breaks(self) -> list[int]:
        """Return the places before which the line may break: operations, relations, words."""
        return [
            i
            for i, piece in enumerate(self.pieces)
            if i and (piece.loose or piece.atom in (Atom.BINARY, Atom.RELATION))
        ]

    def width(self, first: int, last: int) -> float:
        """Return the width of the pieces first to last - 1."""
        pieces = self.pieces[first:last]
        return sum(piece.box.width + piece.gap for piece in pieces) - pieces[0].gap


def node_box(node: Node, setting: Setting) -> Box:
    """Return the box of any node, on one line."""
    if isinstance(node, (nodes.Row, nodes.BigSum)) or node.tag is not None:
        return Line(node, setting).box()
    return shape(node, setting)


def _number(text: str, face: Face, setting: Setting) -> Box:
    """Return a number; the face lacks some raised digits, so that a power of ten is raised here."""
    mantissa, times, exponent = text.partition("×10")
    if not times:
        known = text and not text.strip(_FIGURES)
        size = figures(face, text) if known else extent(face, text)
        return measured(size, Glyphs(face, setting.em, text))
    thin, parts, x = 0.12 * setting.em, [], 0.0
    for piece in (mantissa, "×", "10"):
        parts.append(Part(x, 0.0, text_box(face, piece, setting.em)))
        x += parts[-1].box.width + (thin if piece != "10" else 0.0)
    raised = text_box(face, exponent.translate(_LOWERED), setting.script.em)
    parts.append(Part(x + 0.02 * setting.em, -0.36 * setting.em, raised))
    return around(x + raised.width + 0.04 * setting.em, parts)


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
    box = around(x, parts)
    box.letter = True
    return box


def _fraction(node: nodes.Frac, setting: Setting) -> Box:
    em, part = setting.em, setting.part
    top, bottom = node_box(node.num, part), node_box(node.den, part)
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
    return around(width, parts)


def _attached(base: Box, sub: Node | None, sup: Node | None, setting: Setting) -> Box:
    em, script = setting.em, setting.script
    below = node_box(sub, script) if sub is not None else None
    above = node_box(sup, script) if sup is not None else None
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
    return around(width + 0.08 * em, parts)


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


def _limits(sign: Box, node: nodes.BigSum, setting: Setting, rows: int) -> Box:
    em, script = setting.em, setting.script
    under = _stacked(node.under, script, rows) if node.under is not None else Box()
    over = node_box(node.over, script) if node.over is not None else Box()
    # Limits that stick out must not run into what is summed.
    width = max(sign.width, max(under.width, over.width) + 0.24 * em)
    parts = [Part((width - sign.width) / 2, 0.0, sign)]
    if node.under is not None:
        drop = sign.descent + max(0.15 * em + under.ascent, 0.55 * em)
        parts.append(Part((width - under.width) / 2, drop, under))
    if node.over is not None:
        rise = sign.ascent + max(0.12 * em + over.descent, 0.2 * em)
        parts.append(Part((width - over.width) / 2, -rise, over))
    return around(width, parts)


def _stacked(node: Node, setting: Setting, rows: int) -> Box:
    """Return a list broken after commas into lines of much the same width, one below the other."""
    line = Line(node, setting, opened=rows > 1)
    commas = [i + 1 for i, piece in enumerate(line.pieces) if piece.atom is Atom.PUNCTUATION]
    if rows == 1 or not commas:
        return line.box()
    lines = [line.box(*each) for each in evenly(line.width, commas, len(line.pieces), rows)]
    width, y, parts = max(each.width for each in lines), 0.0, []
    for above, each in zip((None, *lines), lines, strict=False):
        if above is not None:
            y += max(1.1 * setting.em, above.descent + each.ascent + 0.1 * setting.em)
        parts.append(Part((width - each.width) / 2, y, each))
    return around(width, parts)


def _bracketed(inner: Box, kind: str, setting: Setting) -> Box:
    left, right = (bracket(mark, inner, setting) for mark in kind)
    parts = [
        Part(0.0, 0.0, left),
        Part(left.width, 0.0, inner),
        Part(left.width + inner.width, 0.0, right),
    ]
    box = around(left.width + inner.width + right.width, parts)
    box.letter = left.ink is not None
    return box


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
    return around(start + inner.width + 0.08 * em, parts)


def _bar(width: float, thickness: float) -> Box:
    return Box(width, thickness / 2, thickness / 2, ink=Bar(width, thickness))


def _hat(inner: Box, setting: Setting) -> Box:
    em = setting.em
    mark = text_box(Face.UPRIGHT, "ˆ", em)
    rise = max(0.0, inner.ascent - X_HEIGHT * em)
    x = (inner.width - mark.width) / 2 + 0.05 * em
    box = around(inner.width, [Part(0.0, 0.0, inner), Part(x, -rise, mark)])
    box.letter, box.low = True, inner.low
    return box
