"""Columns of text for a terminal, aligned by what one sees: wide, narrow and joining characters.

Only lays out. What stands in the columns is in the modules of the commands.
"""

import unicodedata
from collections.abc import Sequence

from chainstep.cli.endings import one_line
from chainstep.stepping.numbers import format_number

LONGEST_NAME = 24


def grid(rows: Sequence[Sequence[str]], align: str, indent: str = "  ", gap: str = "  ") -> str:
    """Return rows of cells as lines; a row may be shorter than others, an empty one is a gap.

    align: a letter for each column: l left, r right, d at the decimal point.
    """
    columns = [
        _aligned([row[place] if place < len(row) else "" for row in rows], how)
        for place, how in enumerate(align)
    ]
    lines = (indent + gap.join(cells) for cells in zip(*columns, strict=True))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def name(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a user's name for a column: printable and not too long."""
    shown = one_line(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def number(value: float | None, digits: int) -> str:
    """Return a number for people; a dash where there is none."""
    return "–" if value is None else format_number(value, digits)


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_width_of(character) for character in text)


def _width_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _aligned(cells: Sequence[str], how: str) -> list[str]:
    if how == "d":
        whole = max((width(_parts(cell)[0]) for cell in cells), default=0)
        cells = [" " * (whole - width(_parts(cell)[0])) + cell for cell in cells]
    widest = max(map(width, cells), default=0)
    blank = [" " * (widest - width(cell)) for cell in cells]
    pairs = zip(cells, blank, strict=True)
    return [space + cell if how == "r" else cell + space for cell, space in pairs]


def _parts(cell: str) -> tuple[str, str]:
    whole, _, rest = cell.partition(".")
    return whole, rest
