"""A table from elsewhere made into examples: how it is read, what each column is, and what is odd.

The reading is strict like that of `tables`, but columns may hold words, and cells may be missing.
What becomes of the net is in `fitting`; asking a person is in `app.dialogs.data_import`.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, Literal

import msgspec

from chainstep.data.split import hold_back, one_hot, standardise
from chainstep.data.table_guesses import (
    MISSING,
    decode,
    guess_decimal,
    guess_delimiter,
    looks_like_header,
    to_number,
)
from chainstep.data.tables import (
    LARGEST_TABLE,
    MOST_COLUMNS,
    MOST_PROBLEMS,
    MOST_ROWS,
    first_lines,
    lines_of,
)
from chainstep.errors import ChainstepError, FileError
from chainstep.project import Data, Rows

Role = Literal["input", "target", "class", "ignore"]
Blanks = Literal["refuse", "drop", "mean"]
ENCODINGS: Final = ("utf-8", "utf-16", "cp1252", "latin-1")
#: Rows that decide what a column is.
SAMPLE: Final = 200
#: So many different values of a last column of whole numbers still look like classes.
_CLASSES: Final = 20
#: Rows between two reports of progress.
_REPORT: Final = 2000
MOST_CLASSES: Final = 200

Progress = Callable[[float], bool]


class Stopped(Exception):
    """The user stopped the reading."""


@dataclass(frozen=True)
class Form:
    """How a text is meant to be read."""

    delimiter: str = ","
    decimal: str = "."
    header: bool = True


@dataclass(frozen=True)
class Sample:
    """The beginning of a table. names: of the columns; numeric: which of them hold numbers."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


@dataclass(frozen=True)
class Plan:
    """What is to be made of a table. share: of the rows held back for validation."""

    roles: tuple[Role, ...]
    blanks: Blanks = "refuse"
    standardised: bool = True
    share: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Imported:
    """Examples made of a table. dropped: rows left out; filled: cells that took the mean."""

    data: Data
    dropped: int = 0
    filled: int = 0


@dataclass
class _Cells:
    """What is read: numbers with NaN where they are missing, and the words of the class."""

    numbers: list[tuple[float, ...]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    dropped: int = 0
    problems: list[str] = field(default_factory=list)
    bad: int = 0


def text_of(data: bytes, name: str, encoding: str = "") -> tuple[str, str]:
    """Return the text of a file and its encoding. encoding: as the user says, "" to guess."""
    if len(data) > LARGEST_TABLE:
        raise FileError(
            f"{name} is too large: a table has at most {LARGEST_TABLE // 2**20} MB; give a part."
        )
    if not encoding:
        return decode(data, name)
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding), encoding
    except UnicodeDecodeError:
        raise FileError(f"{name} is not in {encoding.upper()}: choose another encoding.") from None


def guess_form(text: str, delimiter: str = "") -> Form:
    """Return how a text seems to be meant. delimiter: as the user says, "" to guess."""
    mark = delimiter or guess_delimiter(text)
    first = next(iter(first_lines(text, mark, "The table", 1)), [])
    header = looks_like_header([cell.strip() for cell in first[:MOST_COLUMNS]])
    return Form(mark, guess_decimal(text, mark, header), header)


def sample_of(text: str, form: Form, name: str = "The table") -> Sample:
    """Return the columns' names and the first rows. Raises FileError for what is no table."""
    if not text.strip():
        raise FileError(f"{name} is empty: give a row on each line.")
    lines = first_lines(text, form.delimiter, name, SAMPLE + 1)
    width = len(lines[0])
    if width > MOST_COLUMNS:
        raise FileError(f"{name} has {width:,} columns, at most {MOST_COLUMNS:,} can be read.")
    names = _names(lines[0] if form.header else [""] * width)
    body = [tuple(cells) for cells in (lines[1:] if form.header else lines)]
    if not body:
        raise FileError(f"{name} has a first row of names but no rows below it: give examples.")
    columns = ([row[place] for row in body if place < len(row)] for place in range(width))
    return Sample(names, tuple(body), tuple(_numeric(column, form.decimal) for column in columns))


def guess_roles(sample: Sample) -> tuple[Role, ...]:
    """Return what the columns seem to be: the last one the class or target, the others inputs.

    A column of words is the class wherever it stands, unless no word comes twice: such are names
    or dates. Columns without a single cell are ignored.
    """
    roles: list[Role] = ["input" if numeric else "ignore" for numeric in sample.numeric]
    told = [n for n, numeric in enumerate(sample.numeric) if numeric or _filled_cells(sample, n)]
    words = [n for n in told if not sample.numeric[n] and (n == told[-1] or _recurs(sample, n))]
    if len(told) > 1:
        last = words[-1] if words else told[-1]
        roles[last] = "class" if _like_classes(sample, last) else "target"
    return tuple(roles)


def read(
    text: str, form: Form, plan: Plan, name: str = "The table", progress: Progress | None = None
) -> Imported:
    """Return the examples. progress: told the share done, and asked whether to go on.

    Raises FileError with line and column of each bad cell, `Stopped` where progress says no.
    """
    lines = lines_of(text, form.delimiter, name)
    names = _names([""] * len(plan.roles))
    if form.header:
        names = _names(next(lines)[1])
    _check_roles(plan.roles, names)
    total = text.count("\n") + 1
    odd = "_" in text[text.find("\n") if form.header else 0 :]
    cells = _Reader(form, plan, names, odd).read(_watched(lines, total, progress))
    if cells.problems:
        raise _listed(name, cells)
    if not cells.numbers:
        raise FileError(f"{name} has no rows left: nothing can be learnt from it.")
    return _assembled(cells, plan, names)


class _Reader:
    """Turns lines of cells into numbers and words, collecting what is wrong.

    odd: whether a cell may hold a "_", which `float` reads over.
    """

    def __init__(self, form: Form, plan: Plan, names: Sequence[str], odd: bool = True) -> None:
        roles = plan.roles
        self.odd = odd
        self.form, self.names, self.blanks = form, names, plan.blanks
        self.places = [n for n, r in enumerate(roles) if r == "input"]
        self.places += [n for n, r in enumerate(roles) if r == "target"]
        several = len(self.places) > 1
        self.pick = itemgetter(*self.places) if several else self._pick_one
        self.label = roles.index("class") if "class" in roles else None
        self.width = len(roles)
        self.cells = _Cells()

    def read(self, lines: Iterable[tuple[int, list[str]]]) -> _Cells:
        """Return everything that could be read, and the problems."""
        found = self.cells
        for number, cells in lines:
            if len(cells) != self.width:
                noun = "cell" if len(cells) == 1 else "cells"
                self._add(f"line {number} has {len(cells)} {noun}, but there are {self.width}")
                continue
            row = self._quickly(cells)
            if row is None:
                row = self._slowly(number, cells)
            if row is not None and self._labelled(number, cells):
                found.numbers.append(row)
            if len(found.numbers) > MOST_ROWS:
                raise FileError(f"The table has more than {MOST_ROWS:,} rows: give a part of it.")
        return found

    def _quickly(self, cells: list[str]) -> tuple[float, ...] | None:
        picked: Sequence[str] = self.pick(cells)
        if self.form.decimal == ",":
            if any("." in cell for cell in picked):
                return None
            picked = [cell.replace(",", ".", 1) for cell in picked]
        try:
            row = tuple(map(float, picked))
        except ValueError:
            return None
        sound = math.isfinite(sum(row)) and not (self.odd and "_" in "".join(picked))
        return row if sound else None

    def _pick_one(self, cells: list[str]) -> Sequence[str]:
        return (cells[self.places[0]],)

    def _slowly(self, number: int, cells: list[str]) -> tuple[float, ...] | None:
        """Return the row with NaN where a cell is missing; None where it is bad or left out."""
        row, bad, missing = [], False, False
        for place in self.places:
            value = to_number(cells[place], self.form.decimal)
            if _is_missing(cells[place]):
                missing, value = True, math.nan
                if self.blanks == "refuse":
                    self._add(f"{self._where(number, place)} {_blank(cells[place])}")
            elif value is None or not math.isfinite(value):
                bad = True
                fault = "is not a number" if value is None else "is too large"
                self._add(f"{self._where(number, place)}: {_shown(cells[place])} {fault}")
            row.append(math.nan if value is None else value)
        if missing and self.blanks == "drop" and not bad:
            self.cells.dropped += 1
        return None if bad or (missing and self.blanks != "mean") else tuple(row)

    def _labelled(self, number: int, cells: list[str]) -> bool:
        if self.label is None:
            return True
        label = cells[self.label].strip()
        if label and label.lower() not in MISSING:
            self.cells.labels.append(label)
            return True
        if self.blanks == "drop":
            self.cells.dropped += 1
        else:
            remedy = "; a class has no mean, so drop such rows" * (self.blanks == "mean")
            self._add(f"{self._where(number, self.label)} {_blank(label)}{remedy}")
        return False

    def _where(self, number: int, place: int) -> str:
        return f"line {number}, column {self.names[place]!r}"

    def _add(self, problem: str) -> None:
        self.cells.bad += 1
        if len(self.cells.problems) < MOST_PROBLEMS:
            self.cells.problems.append(problem)


def _assembled(cells: _Cells, plan: Plan, names: Sequence[str]) -> Imported:
    """Split, fill, standardise, in this order: nothing is learnt from validation rows."""
    wide = plan.roles.count("input")
    heads = [names[n] for n, role in enumerate(plan.roles) if role == "input"]
    tails = [names[n] for n, role in enumerate(plan.roles) if role == "target"]
    targets: Rows = tuple(row[wide:] for row in cells.numbers) if tails else ()
    classes: tuple[str, ...] = ()
    if "class" in plan.roles:
        targets, classes = one_hot(cells.labels)
        if not 2 <= len(classes) <= MOST_CLASSES:
            noun = "value" if len(classes) == 1 else "different values"
            raise FileError(
                f"The class has {len(classes):,} {noun}; 2 to {MOST_CLASSES} can be "
                "learnt: choose another column, or make it a target."
            )
    inputs = tuple(row[:wide] for row in cells.numbers)
    columns = (*heads, *(classes or tails))
    data = Data(inputs=inputs, targets=targets, columns=columns, classes=classes)
    if plan.share:
        data = hold_back(data, plan.share, plan.seed)
    data, filled = _filled(data) if plan.blanks == "mean" else (data, 0)
    if plan.standardised:
        data = standardise(data, heads)
    return Imported(data, cells.dropped, filled)


def _filled(data: Data) -> tuple[Data, int]:
    """Return the data with the training rows' mean in place of what is missing, and how many."""
    count = 0
    parts: dict[str, Rows] = {}
    for name in ("inputs", "targets"):
        rows: Rows = getattr(data, name)
        missing = sum(value != value for row in rows for value in row)
        if missing:
            means = _means([rows[n] for n in data.training_rows], len(rows[0]))
            parts[name] = tuple(
                tuple(m if v != v else v for v, m in zip(row, means, strict=True)) for row in rows
            )
            count += missing
    return msgspec.structs.replace(data, **parts), count


def _means(rows: Sequence[Sequence[float]], width: int) -> list[float]:
    means = []
    for place in range(width):
        known = [row[place] for row in rows if row[place] == row[place]]
        means.append(math.fsum(known) / len(known) if known else 0.0)
    return means


def _watched(
    lines: Iterator[tuple[int, list[str]]], total: int, progress: Progress | None
) -> Iterator[tuple[int, list[str]]]:
    """Hand lines on, and tell now and then how far they are."""
    for count, line in enumerate(lines):
        if progress is not None and count % _REPORT == 0 and not progress(min(1.0, count / total)):
            raise Stopped
        yield line


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column; empty and repeated ones get a number."""
    names: list[str] = []
    taken: set[str] = set()
    for place, cell in enumerate(cells, 1):
        name = stem = cell.strip()[:100] or f"column {place}"
        copy = 2
        while name in taken:
            name, copy = f"{stem} {copy}", copy + 1
        taken.add(name)
        names.append(name)
    return tuple(names)


def _numeric(column: Sequence[str], decimal: str) -> bool:
    known = [cell for cell in column if not _is_missing(cell)]
    numbers = sum(to_number(cell, decimal) is not None for cell in known)
    return bool(known) and numbers >= 0.9 * len(known)


def _like_classes(sample: Sample, place: int) -> bool:
    values = [row[place].strip() for row in sample.rows if place < len(row)]
    if not sample.numeric[place]:
        return True
    whole = all(value.lstrip("+-").isdigit() for value in values)
    return whole and 2 <= len(set(values)) <= min(_CLASSES, max(2, len(values) // 3))


def _filled_cells(sample: Sample, place: int) -> list[str]:
    cells = (row[place].strip() for row in sample.rows if place < len(row))
    return [cell for cell in cells if not _is_missing(cell)]


def _recurs(sample: Sample, place: int) -> bool:
    cells = _filled_cells(sample, place)
    return len(set(cells)) < len(cells)


def _check_roles(roles: Sequence[Role], names: Sequence[str]) -> None:
    if len(roles) != len(names):
        raise FileError(f"The table has {len(names)} columns, but {len(roles)} were described.")
    if "input" not in roles:
        raise ChainstepError("No column is an input: make at least one.")
    if roles.count("class") > 1:
        raise ChainstepError("Only one column can be the class: make the others inputs or ignored.")
    if "class" in roles and "target" in roles:
        raise ChainstepError("A class and other targets cannot be learnt at once: choose one.")


def _is_missing(cell: str) -> bool:
    text = cell.strip().lower()
    return not text or text in MISSING


def _blank(cell: str) -> str:
    text = cell.strip()
    return f"is {_shown(text)}" if text else "is empty"


def _shown(cell: str) -> str:
    text = cell.strip()
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def _listed(name: str, cells: _Cells) -> FileError:
    more = cells.bad - len(cells.problems)
    problems = [*cells.problems, f"and {more:,} more"] if more else cells.problems
    return FileError.listing(name, problems)
