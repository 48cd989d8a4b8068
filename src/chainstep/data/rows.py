"""Edits of single cells and rows of the examples; each returns new data.

A cell is addressed by its row and its column, inputs first, then targets. What an edit of the net
does to the columns is in `project`, tables as text are in `tables`, point clouds and the gates'
own rows in `generators`.
"""

import itertools
from collections.abc import Collection, Sequence
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


def set_block(
    data: Data, row: int, columns: Sequence[int], block: Sequence[Sequence[float]], shape: Widths
) -> Data:
    """Return the data with a block of cells put in, its first row at `row`, its columns at these.

    Rows that are missing are added, 0 elsewhere, up to the last one of the block. Data without
    targets stay so until a target is set. Raises ChainstepError for more rows than can be held.
    """
    count = max(len(data.inputs), row + len(block))
    if count > MOST_ROWS:
        raise ChainstepError(f"A table has at most {MOST_ROWS:,} rows: paste a part of it.")
    inputs = [(n, c) for n, c in enumerate(columns) if c < shape.inputs]
    targets = [(n, c - shape.inputs) for n, c in enumerate(columns) if c >= shape.inputs]
    labelled = bool(data.targets or targets or not data.inputs) and shape.targets > 0
    put = data.targets
    if labelled:
        put = _with(data.targets, row, targets, block, count, shape.targets)
    return msgspec.structs.replace(
        data, inputs=_with(data.inputs, row, inputs, block, count, shape.inputs), targets=put
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
    rows: Rows,
    first: int,
    places: Sequence[tuple[int, int]],
    block: Sequence[Sequence[float]],
    count: int,
    width: int,
) -> tuple[Row, ...]:
    """Return `count` rows with a block put in; untouched rows are the very same.

    places: which column of the block goes to which one of the rows.
    """
    grown = [*rows, *itertools.repeat((0.0,) * width, count - len(rows))]
    at = slice(first, first + len(block))
    if [to for _, to in places] == list(range(width)):
        start = places[0][0] if places else 0
        grown[at] = [tuple(values[start : start + width]) for values in block]
    elif places:
        pairs = zip(grown[at], block, strict=True)
        grown[at] = [_row_with(row, values, places) for row, values in pairs]
    return tuple(grown)


def _row_with(
    row: Sequence[float], values: Sequence[float], places: Sequence[tuple[int, int]]
) -> Row:
    wide = [*row, *(0.0 for _ in range(max(to for _, to in places) + 1 - len(row)))]
    for of, to in places:
        wide[to] = values[of]
    return tuple(wide)
