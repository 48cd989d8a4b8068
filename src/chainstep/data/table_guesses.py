"""How the text of a table was meant: its encoding, delimiter, decimal comma and header.

Each guess is shown to the user in `tables.Table`. Reading the cells is in `tables`.
"""

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from chainstep.errors import FileError

DELIMITERS: Final = (",", ";", "\t", "|")

_SAMPLE_LINES: Final = 50
_LONGEST_SAMPLE: Final = 200_000
#: So many cells tell whether most are numbers.
_MOST_CELLS: Final = 10_000
#: What stands in a cell that holds no number on purpose.
MISSING: Final = frozenset({"nan", "inf", "infinity", "na", "n/a", "null", "none"})


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Return the text of a file and its encoding: utf-8, utf-16 by its mark, else cp1252."""
    if data.startswith(b"PK\x03\x04"):
        raise FileError(f"{name} is a workbook or archive, not a table: save it as CSV first.")
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, "utf-8" if encoding == "utf-8-sig" else encoding
    raise FileError(f"{name} is not a text file: save the table as CSV in UTF-8.")


def guess_delimiter(text: str) -> str:
    """Return the delimiter that makes most cells numbers, in rows of one width."""
    sample = list(itertools.islice(io.StringIO(text[:_LONGEST_SAMPLE], newline=""), _SAMPLE_LINES))
    return max(DELIMITERS, key=lambda delimiter: _score(sample, delimiter))


def guess_decimal(text: str, delimiter: str, has_header: bool) -> str:
    """Return "," where numbers are written with a comma and none with a point, else "."."""
    if delimiter == ",":
        return "."
    start = text.lstrip().find("\n") + len(text) - len(text.lstrip()) if has_header else 0
    body = text[max(start, 0) :]
    # A regular expression takes half a second for ten megabytes; "in" takes none.
    if "," not in body or not re.search(r"\d,\d|(?<![\d,]),\d", body):
        return "."
    return "." if "." in body and re.search(r"\d\.|\.\d", body) else ","


def looks_like_header(cells: Sequence[str]) -> bool:
    """Tell whether a first row holds names: more words than numbers, so a slip is not taken so.

    Numbers may have a decimal comma; where the comma stands between cells, none holds one.
    """
    filled = [cell for cell in cells if cell]
    numbers = sum(
        _is_number(cell) or _is_number(cell, ",") or cell.lower() in MISSING for cell in filled
    )
    return len(filled) - numbers > numbers


def to_number(cell: str, decimal: str) -> float | None:
    """Return the number a cell holds, perhaps not finite; None for what is none."""
    text = cell.strip()
    if decimal == ",":
        if "." in text:
            return None
        text = text.replace(",", ".", 1)
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _score(sample: Sequence[str], delimiter: str) -> tuple[bool, float, float, int]:
    """Rate a delimiter: several columns, share of numbers, share of rows of one width, width."""
    try:
        rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
    except csv.Error:  # a cell too long: the strict reading will say so
        rows = []
    if not rows:
        return False, 0.0, 0.0, 0
    widths = Counter(len(row) for row in rows)
    width, rows_so_wide = max(widths.items(), key=lambda item: (item[1], item[0]))
    widest = max(widths)
    every = itertools.chain.from_iterable(rows[1:] or rows)
    cells = list(itertools.islice(every, _MOST_CELLS))
    decimals = "." if delimiter == "," else ".,"
    numbers = sum(any(_is_number(cell, decimal) for decimal in decimals) for cell in cells)
    return widest > 1, numbers / len(cells), rows_so_wide / len(rows), width


def _is_number(cell: str, decimal: str = ".") -> bool:
    return to_number(cell, decimal) is not None
