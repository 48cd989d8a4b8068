"""How large letters are: the measures a formula is laid out with, and which face a letter takes.

All measures are in em, taken once per text at a large size and valid for every size, since the
faces are unhinted. Loading the fonts is in `look.fonts`; what is done with the measures in
`mathbox`.
"""

from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath

from chainstep.app.look.fonts import math_font, tall_font

#: Letters of a name in a formula.
_LONGEST_NAME: Final = 24
#: Of STIX, in em: the height of minus and fraction bar, the bar's thickness, the height of an x.
AXIS: Final = 0.253
RULE: Final = 0.052
X_HEIGHT: Final = 0.45

_REFERENCE: Final = 1000
_LOW: Final = 0.32


class Face(IntEnum):
    """Which font a text is set in; TALL to TALLEST are larger cuts of Σ and brackets."""

    UPRIGHT = 0
    ITALIC = 1
    BOLD = 2
    TALL = 3
    TALLER = 4
    VERY_TALL = 5
    TALLEST = 6


class Extent(NamedTuple):
    """The measures of a text in em: its advance, and the ink from the pen's place on.

    descent: below the baseline; of large signs that float above it, negative.
    low: how much further left its ink ends at the foot than at its widest, where a subscript can
    move in (as under a V or a w).
    """

    advance: float
    left: float
    right: float
    ascent: float
    descent: float
    low: float


@lru_cache(maxsize=512)
def font(face: Face, px: int) -> QFont:
    """Return the font of a face at a size in pixels."""
    if face >= Face.TALL:
        return tall_font(px, face - Face.TALL)
    return math_font(px, face is Face.ITALIC, face is Face.BOLD)


@lru_cache(maxsize=16)
def _reference(face: Face) -> tuple[QFont, QFontMetricsF]:
    large = font(face, _REFERENCE)
    return large, QFontMetricsF(large)


@lru_cache(maxsize=20_000)
def extent(face: Face, text: str) -> Extent:
    """Return the measures of a text in em."""
    large, metrics = _reference(face)
    # Qt draws the tight rectangle down to the baseline; large signs float above it.
    ink = (
        metrics.tightBoundingRect(text)
        if face < Face.TALL
        else _outline(large, text).boundingRect()
    )
    return Extent(
        metrics.horizontalAdvance(text) / _REFERENCE,
        ink.left() / _REFERENCE,
        ink.right() / _REFERENCE,
        -ink.top() / _REFERENCE,
        ink.bottom() / _REFERENCE,
        _room_at_the_foot(large, text, ink.right()) if face is Face.ITALIC else 0.0,
    )


def figures(face: Face, text: str) -> Extent:
    """Return the measures of a number from those of its figures, which have no kerning.

    Numbers are new at every step: measuring each as a text would be most of a layout's cost.
    """
    sizes = [extent(face, letter) for letter in text]
    before_last = sum(size.advance for size in sizes[:-1])
    return Extent(
        before_last + sizes[-1].advance,
        sizes[0].left,
        before_last + sizes[-1].right,
        max(size.ascent for size in sizes),
        max(size.descent for size in sizes),
        0.0,
    )


@lru_cache(maxsize=4096)
def shortened(text: str) -> str:
    """Return a name of reasonable length, its middle left out if need be."""
    if len(text) <= _LONGEST_NAME:
        return text
    return f"{text[: _LONGEST_NAME - 8]}…{text[-7:]}"


def drawable(text: str) -> str:
    """Return text with a hollow square for each letter that no font here has.

    Otherwise it would leave a gap, and a name of such letters nothing at all.
    """
    metrics = _reference(Face.UPRIGHT)[1]
    return "".join(letter if metrics.inFontUcs4(ord(letter)) else "□" for letter in text)


def _outline(large: QFont, text: str) -> QPainterPath:
    path = QPainterPath()
    path.addText(QPointF(0, 0), large, text)
    return path


def _room_at_the_foot(large: QFont, text: str, right: float) -> float:
    foot = [
        point.x()
        for outline in _outline(large, text).toSubpathPolygons()
        for point in outline.toList()
        if point.y() > -_LOW * _REFERENCE
    ]
    return max(0.0, right - max(foot)) / _REFERENCE if foot else 0.0


def runs(text: str) -> list[tuple[Face, str]]:
    """Return a variable's letters, each with its face: Latin and Greek ones in italics.

    They take the alphabet made for mathematics, whose side bearings leave room for scripts.
    """
    found = []
    for letter in text:
        slanted = _SLANTED.get(letter)
        found.append((Face.ITALIC, slanted) if slanted else (Face.UPRIGHT, letter))
    return found


_SLANTED: Final = {
    **{chr(ord("A") + i): chr(0x1D434 + i) for i in range(26)},
    **{chr(ord("a") + i): chr(0x1D44E + i) for i in range(26)},
    **{chr(0x3B1 + i): chr(0x1D6FC + i) for i in range(25)},
    "h": "ℎ",
    "∂": "\U0001d715",
}
