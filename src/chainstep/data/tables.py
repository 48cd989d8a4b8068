"""Tables of numbers as text, CSV and the like: read strictly, every bad cell named, and written.

How the text was meant (encoding, delimiter, decimal comma, header) is guessed in `table_guesses`.
Opening the file is in `files`, putting the rows into a project in `app` and `cli`.
"""

import csv
import io
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from chainstep.data.table_guesses import (
    decode,
    guess_decimal,
    guess_delimiter,
    looks_like_header,
    to_number,
)
from chainstep.errors import FileError
from chainstep.words import counted

LARGEST_TABLE: Final = 100 * 2**20
MOST_ROWS: Final = 1_000_000
MOST_COLUMNS: Final = 2_000
#: So many problems are told one by one; the rest is counted.
MOST_PROBLEMS: Final = 20

#: A guess looks at so much of a text first, at all of it only where that holds too few rows.
_HEAD: Final = 2**20
#: Text that a spreadsheet would take for a formula begins so.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")

#: Joins the cells of a row; a cell that holds it is no number anyway.
_UNIT: Final = "\x1f"

Row = tuple[float, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of numbers, all of one width. header: the columns' names, None where there are none.

    delimiter, decimal and encoding tell how the text was read, for the user to see.
    """

    header: tuple[str, ...] | None
    rows: tuple[Row, ...]
    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return len(self.rows[0]) if self.rows else len(self.header or ())


def read_table(data: bytes, name: str, only: Sequence[str] = ()) -> Table:
    """Return the table that the bytes of a file hold.

    name: what the file is called in a sentence. only: where the header has all these names, just
    these columns are read, in this order; what stands in others does not matter. Raises FileError
    with the line and column of each cell that is no finite number.
    """
    if len(data) > LARGEST_TABLE:
        raise FileError(
            f"{name} is too large: a table has at most {LARGEST_TABLE // 2**20} MB; give a part."
        )
    text, encoding = decode(data, name)
    return msgspec.structs.replace(read_text(text, name, only), encoding=encoding)


def read_text(text: str, name: str = "The table", only: Sequence[str] = ()) -> Table:
    """Return the table that a text holds, such as one pasted from a spreadsheet.

    As `read_table`.
    """
    if not text.strip():
        raise FileError(f"{name} is empty: give a row of numbers on each line.")
    delimiter = guess_delimiter(text)
    lines = lines_of(text, delimiter, name)
    number, first = next(lines)
    if len(first) > MOST_COLUMNS:
        raise FileError(f"{name} has {len(first):,} columns, at most {MOST_COLUMNS:,} can be read.")
    header = _header(first, only)
    body = lines if header else _again(number, first, lines)
    reader = _Reader(name, header, only, len(first), guess_decimal(text, delimiter, bool(header)))
    rows = reader.read(body)
    return Table(header=reader.header, rows=rows, delimiter=delimiter, decimal=reader.decimal)


def select_columns(table: Table, names: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows with the columns of these names, or all columns where they are as many.

    A header that has all the names selects by name; otherwise the table has exactly the columns
    wanted, in order. Raises FileError where it has not.
    """
    if table.header and set(names) <= set(table.header):
        return _by_name(table, names)
    if table.width == len(names):
        return table.rows
    there = f" ({', '.join(table.header)})" if table.header else ""
    raise FileError(
        f"The table has {table.width} columns{there}, but the net has {len(names)} inputs "
        f"({', '.join(names)}): name the columns after the inputs, or give exactly these."
    )


def write_table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table as CSV: numbers as their shortest exact decimals, None as an empty cell.

    Text that a spreadsheet would take for a formula is written after a `'`.
    """
    # An empty cell alone would be a blank line, which readers pass over.
    lines = (",".join(map(_cell, row)) or '""' for row in itertools.chain([header], rows))
    return "".join(f"{line}\n" for line in lines)


class _Reader:
    """Turns lines of cells into rows of numbers, collecting what is wrong."""

    def __init__(
        self,
        name: str,
        header: tuple[str, ...] | None,
        only: Sequence[str],
        width: int,
        decimal: str,
    ) -> None:
        self.name, self.width, self.decimal = name, width, decimal
        self.names = header
        self.picks = _picks(header, only, name)
        self.header = tuple(only) if self.picks is not None else header
        self.problems: list[str] = []
        self.bad = 0

    def read(self, lines: Iterable[tuple[int, list[str]]]) -> tuple[Row, ...]:
        """Return the rows. Raises FileError with the first problems and the count of the rest."""
        rows: list[Row] = []
        for number, cells in lines:
            row = self._row(number, cells)
            if row is not None:
                rows.append(row)
            if len(rows) > MOST_ROWS:
                raise FileError(f"{self.name} has more than {MOST_ROWS:,} rows: give a part of it.")
        if self.problems:
            raise self._error()
        if not rows:
            raise FileError(f"{self.name} has a header but no rows of numbers below it.")
        return tuple(rows)

    def _row(self, number: int, cells: list[str]) -> Row | None:
        if len(cells) != self.width:
            self._add(f"line {number} has {counted(len(cells), 'cell')}, but {self._wanted()}")
            return None
        if self.picks is not None:
            cells = [cells[pick] for pick in self.picks]
        return self._quickly(cells) or self._slowly(number, cells)

    def _quickly(self, cells: list[str]) -> Row | None:
        """Return the row where nothing at all is odd about it, in one go."""
        count, joined = len(cells), _UNIT.join(cells)
        if self.decimal == "," and "." not in joined:
            cells = joined.replace(",", ".").split(_UNIT)
        elif self.decimal == ",":
            return None
        try:
            row = tuple(map(float, cells))
        except ValueError:
            return None
        # float() reads "1_000" and "nan" too: neither is a number in a table.
        sound = math.isfinite(sum(row)) and "_" not in joined and len(row) == count
        return row if sound else None

    def _slowly(self, number: int, cells: list[str]) -> Row | None:
        row = []
        for place, cell in enumerate(cells):
            value = to_number(cell, self.decimal)
            if value is not None and math.isfinite(value):
                row.append(value)
            else:
                self._add(f"line {number}, column {self._column(place)}{_fault(cell, value)}")
        return tuple(row) if len(row) == len(cells) else None

    def _column(self, place: int) -> str:
        name = self.header[place] if self.header else ""
        return repr(name) if name else str(place + 1)

    def _wanted(self) -> str:
        return f"the {'header' if self.names else 'first row'} has {self.width}"

    def _add(self, problem: str) -> None:
        self.bad += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def _error(self) -> FileError:
        more = self.bad - len(self.problems)
        if not more:
            return FileError.listing(self.name, self.problems)
        told = "; ".join(self.problems)
        problems = (*self.problems, f"and {more:,} more")
        return FileError(
            f"{self.name} has {self.bad:,} problems: {told}; and {more:,} more.", problems
        )


def lines_of(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that is not blank, as cells, with its number from 1."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begun = 1
    try:
        for cells in reader:
            if cells:
                yield begun, cells
            begun = reader.line_num + 1
    except csv.Error as error:
        raise FileError(_csv_sentence(str(error), begun, name)) from None


def first_lines(text: str, delimiter: str, name: str, count: int) -> list[list[str]]:
    """Return the cells of the first lines; one more is read, as the last may be cut short."""
    for size in (_HEAD, len(text)):
        lines: list[list[str]] = []
        try:
            for _, cells in itertools.islice(lines_of(text[:size], delimiter, name), count + 1):
                lines.append(cells)
        except FileError:  # perhaps only because a quoted cell is cut
            if size >= len(text) and len(lines) < count:
                raise
        if len(lines) > count or size >= len(text):
            break
    return lines[:count]


def _csv_sentence(fault: str, line: int, name: str) -> str:
    if "unexpected end" in fault:
        return f'{name}, line {line}: a quote (") is opened and never closed: add or remove one.'
    if "expected after" in fault:
        return (
            f'{name}, line {line}: after a closing quote (") the cell must end: remove the quotes.'
        )
    if "limit" in fault:
        return (
            f"{name}, line {line}: a cell is too long for a number: this is not a table of numbers."
        )
    return f"{name}, line {line} cannot be read as a table: {fault}."


def _header(first: list[str], only: Sequence[str]) -> tuple[str, ...] | None:
    names = tuple(cell.strip() for cell in first)
    named = bool(only) and set(only) <= set(names)
    return names if named or looks_like_header(names) else None


def _again(
    number: int, first: list[str], rest: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield number, first
    yield from rest


def _picks(header: tuple[str, ...] | None, only: Sequence[str], name: str) -> list[int] | None:
    """Return the places of the columns to read, or None for all of them."""
    if not header or not only or not set(only) <= set(header):
        return None
    for column in only:
        if header.count(column) > 1:
            raise FileError(
                f"{name} has {header.count(column)} columns called {column}: rename one."
            )
    return [header.index(column) for column in only]


def _by_name(table: Table, names: Sequence[str]) -> tuple[Row, ...]:
    picks = _picks(table.header, names, "The table")
    if picks is None or picks == list(range(table.width)):
        return table.rows
    return tuple(tuple(row[pick] for pick in picks) for row in table.rows)


def _fault(cell: str, value: float | None) -> str:
    text = cell.strip()
    if not text:
        return " is empty"
    shown = repr(text if len(text) <= 40 else f"{text[:39]}…")
    return f": {shown} is not a {'finite ' if value is not None else ''}number"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _quoted(f"'{value}" if value.startswith(_FORMULA_STARTS) else value)
    if isinstance(value, int):
        return str(int(value))
    return repr(float(value))  # type: ignore[arg-type]


def _quoted(text: str) -> str:
    """Return a cell in quotes where it needs them (csv.writer leaves a lone \\r bare)."""
    if not any(mark in text for mark in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'
