"""Text on the canvas: runs of one font each, drawn as they are, never read as rich text.

The faces come from `app.look.fonts`; where a text stands is decided in `placement` and the items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath
from PySide6.QtSvg import QSvgGenerator

from chainstep.app.look import fonts
from chainstep.stepping.numbers import format_number, parse_number

REGULAR: Final = 400
MEDIUM: Final = 500
SEMIBOLD: Final = 600

_NUMBERED: Final = re.compile(r"(.*\D)(\d{1,4})", re.DOTALL)
_DECIMAL: Final = re.compile(r"−?[0-9]+\.[0-9]+")
_POWER: Final = re.compile(r"−?[0-9]\.([0-9]+)×10.+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True)
class Face:
    """A font with its metrics."""

    font: QFont
    metrics: QFontMetricsF


@dataclass(frozen=True)
class Run:
    """A piece of a line in one face, `drop` below the baseline."""

    text: str
    face: Face
    drop: float = 0.0

    @cached_property
    def width(self) -> float:
        """How far the next run starts to the right."""
        return self.face.metrics.horizontalAdvance(self.text)


Line = tuple[Run, ...]


@lru_cache(maxsize=64)
def ui(px: int, weight: int = REGULAR) -> Face:
    """Return the face for words and numbers."""
    font = fonts.ui_font(px, QFont.Weight(weight))
    return Face(font, QFontMetricsF(font))


@lru_cache(maxsize=64)
def maths(px: int, italic: bool = True) -> Face:
    """Return the face for symbols."""
    font = fonts.math_font(px, italic)
    return Face(font, QFontMetricsF(font))


def width(line: Sequence[Run]) -> float:
    """Return how wide a line is."""
    return sum(run.width for run in line)


def draw(painter: QPainter, line: Sequence[Run], x: float, baseline: float) -> None:
    """Draw a line from its left end; the pen is the painter's.

    In an SVG letters become outlines: whoever opens it need not have the fonts.
    """
    outlined = isinstance(painter.device(), QSvgGenerator)
    for run in line:
        at = QPointF(x, baseline + run.drop)
        if outlined:
            _outline(painter, run, at)
        else:
            painter.setFont(run.face.font)
            painter.drawText(at, run.text)
        x += run.width


def _outline(painter: QPainter, run: Run, at: QPointF) -> None:
    path = QPainterPath()
    path.addText(at, run.face.font, run.text)
    painter.fillPath(path, painter.pen().color())


def draw_centred(painter: QPainter, line: Sequence[Run], x: float, baseline: float) -> None:
    """Draw a line with its middle at x."""
    draw(painter, line, x - width(line) / 2, baseline)


@lru_cache(maxsize=4_000)
def name_line(name: str, px: int, room: float) -> Line:
    """Return a unit's name: italic, a trailing number lowered, cut to the room with an ellipsis.

    The number is not cut: it is what tells "digit 3" from "digit 8".
    """
    plain = literal(name)
    found = _NUMBERED.fullmatch(plain)
    number = found and Run(found[2], maths(round(px * 0.7), False), px * 0.22)
    if found and number:
        line = (Run(found[1], maths(px)), number)
        if width(line) <= room:
            return line
    for size in (px, px - 1, px - 2):
        whole = (Run(plain, maths(size)),)
        if width(whole) <= room:
            return whole
    face = maths(px - 2)
    if found and number:
        return Run(shortened(found[1], face, room - number.width), face), number
    return (Run(shortened(plain, face, room), face),)


def fits(name: str, px: int, room: float) -> bool:
    """Tell whether `name_line` shows the whole name."""
    shown = "".join(run.text for run in name_line(name, px, room))
    return shown == literal(name)


@lru_cache(maxsize=4_000)
def equation_line(text: str, px: int) -> Line:
    """Return a line in which what follows the last "=" is bold."""
    head, equals, result = literal(text).rpartition("= ")
    if not equals:
        return (Run(result, ui(px)),)
    return Run(head + equals, ui(px)), Run(result, ui(px, SEMIBOLD))


@lru_cache(maxsize=4_000)
def fitted(text: str, px: int, weight: int, room: float) -> Run:
    """Return a run that fits the room: smaller by up to 3 px, a number with fewer decimals, cut."""
    plain = literal(text)
    for size in range(px, px - 4, -1):
        run = Run(plain, ui(size, weight))
        if run.width <= room:
            return run
    for rounder in _rounder(plain):
        run = Run(rounder, ui(px - 2, weight))
        if run.width <= room:
            return run
    face = ui(px - 3, weight)
    return Run(shortened(plain, face, room), face)


def _rounder(plain: str) -> Iterator[str]:
    """Yield a number with fewer and fewer decimals, a power of ten to none; else nothing."""
    if power := _POWER.fullmatch(plain):
        for digits in range(len(power[1]), 0, -1):
            yield format_number(parse_number(plain), digits)
    if _DECIMAL.fullmatch(plain):
        value = float(plain.replace("−", "-"))
        for decimals in range(len(plain.partition(".")[2]) - 1, 2, -1):
            yield f"{value:.{decimals}f}".replace("-", "−")


def shortened(text: str, face: Face, room: float) -> str:
    """Return a text cut to the room with an ellipsis."""
    return face.metrics.elidedText(literal(text), Qt.TextElideMode.ElideRight, room)


def literal(text: str) -> str:
    """Return a text on one line: control characters become spaces, all else stays."""
    return _CONTROL.sub(" ", text)
