"""Edits of single cells and rows of the examples; each returns new data.

A cell is addressed by its row and its column, inputs first, then targets. What an edit of the net
does to the columns is in `project`, tables as text are in `tables`, point clouds and the gates'
own rows in `generators`.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from ..errors import ChainstepError
from ..project import Data, Rows
from .tables import MOST_ROWS

MOST_TRUTH_INPUTS: Final = 6

Row = tuple[float, ...]


class Widths(msgspec.Struct, frozen=True):
    """How many columns of inputs and of targets a new row has."""

    inputs: int
    targets: int


def widths(data: Data, inputs: int, outputs: int) -> Widths:
    """Return how wide rows are: as those there are, or as the net where there are none."""
    return Widths(
        max(map(len, data.inputs), default=inputs), max(map(len, data.targets), default=outputs)
    )


def set_cells(data: Data, cells: Mapping[tuple[int, int], float], shape: Widths) -> Data:
    """Return the data with {(row, column): value} put in.

    Rows that are missing are added, 0 elsewhere, up to the last one named. Data without targets
    stay so until a target is set. Raises ChainstepError for more rows than can be held.
    """
    last = max((row for row, _ in cells), default=-1)
    if last >= MOST_ROWS:
        raise ChainstepError(f"A table has at most {MOST_ROWS:,} rows: paste a part of it.")
    inputs = {place: value for place, value in cells.items() if place[1] < shape.inputs}
    targets = {(r, c - shape.inputs): v for (r, c), v in cells.items() if c >= shape.inputs}
    count = max(len(data.inputs), last + 1)
    labelled = bool(data.targets or targets or not data.inputs) and shape.targets > 0
    return msgspec.structs.replace(
        data,
        inputs=_with(data.inputs, inputs, count, shape.inputs),
        targets=_with(data.targets, targets, count, shape.targets) if labelled else data.targets,
    )


def remove_rows(data: Data, rows: Collection[int]) -> Data:
    """Return the data without these rows; the numbers of the validation rows follow."""
    gone = set(rows)
    kept = [n for n in range(len(data.inputs)) if n not in gone]
    place = {old: new for new, old in enumerate(kept)}
    return msgspec.structs.replace(
        data,
        inputs=tuple(data.inputs[n] for n in kept),
        targets=tuple(data.targets[n] for n in kept if n < len(data.targets)),
        validation=tuple(place[n] for n in data.validation if n in place),
    )


def truth_table(data: Data, inputs: int, outputs: int) -> Data:
    """Return all combinations of 0 and 1, targets 0, in place of the rows there are.

    Raises ChainstepError for no inputs or more than six.
    """
    if not 1 <= inputs <= MOST_TRUTH_INPUTS:
        raise ChainstepError(
            f"A truth table needs 1 to {MOST_TRUTH_INPUTS} inputs; this net has {inputs}."
        )
    bits = itertools.product((0.0, 1.0), repeat=inputs)
    rows = tuple(bits)
    return in_place(data, rows, tuple((0.0,) * outputs for _ in rows) if outputs else ())


def in_place(data: Data, inputs: Rows, targets: Rows) -> Data:
    """Return the data with other rows; what was said of the old ones goes, columns' names stay."""
    width = len(inputs[0]) + (len(targets[0]) if targets else 0)
    columns = data.columns if len(data.columns) == width else ()
    return Data(inputs=inputs, targets=targets, columns=columns)


def _with(
    rows: Rows, cells: Mapping[tuple[int, int], float], count: int, width: int
) -> tuple[Row, ...]:
    """Return `count` rows with cells put in; untouched rows are the very same."""
    changed: dict[int, dict[int, float]] = {}
    for (row, column), value in cells.items():
        changed.setdefault(row, {})[column] = value
    grown = [*rows, *((0.0,) * width for _ in range(count - len(rows)))]
    for number, values in changed.items():
        grown[number] = _row_with(grown[number], values)
    return tuple(grown)


def _row_with(row: Sequence[float], values: Mapping[int, float]) -> Row:
    wide = [*row, *(0.0 for _ in range(max(values) + 1 - len(row)))]
    for column, value in values.items():
        wide[column] = value
    return tuple(wide)
