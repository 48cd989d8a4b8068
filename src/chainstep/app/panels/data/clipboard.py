"""Blocks of cells in and out of the data table: as tabs and lines, as spreadsheets have them.

How the text of a table is read is in `chainstep.data.tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chainstep.app.panels.data.columns import Column, typed_text
from chainstep.app.panels.data.model import Block, DataModel
from chainstep.data.tables import read_text
from chainstep.errors import ChainstepError
from chainstep.stepping.numbers import parse_number


def copied(model: DataModel, cells: Iterable[tuple[int, int]]) -> str:
    """Return the rectangle round these cells, (row, column), as text with tabs.

    Row numbers are left out; so are outputs beside inputs or targets, so that what was copied can
    be pasted back.
    """
    chosen = [(row, column) for row, column in cells if row < model.rows]
    columns = _copied_columns(model.columns, {column for _, column in chosen})
    if not columns:
        return ""
    rows = range(min(row for row, _ in chosen), max(row for row, _ in chosen) + 1)
    return "\n".join("\t".join(_text(model, row, column) for column in columns) for row in rows)


def pasted(model: DataModel, text: str, row: int, column: int) -> Block:
    """Return the cells of the data that a text fills, from a cell of the table on.

    Raises ChainstepError for what is no number and for a block that is too wide.
    """
    places = [c for c in model.columns[max(column, 0) :] if c.editable]
    rows = _rows(text)
    wide = len(rows[0])
    if wide > len(places):
        fits = ", ".join(c.name for c in places) or "none"
        raise ChainstepError(
            f"The pasted table has {_count(wide)}, but from here there is room for "
            f"{len(places)} ({fits}): paste further left, or copy fewer columns."
        )
    return Block(row, [model.place_in_data(place) for place in places[:wide]], rows)


def _rows(text: str) -> Sequence[Sequence[float]]:
    """Return the rows of numbers, all as wide; a single cell is read as if it were typed."""
    if not text.strip():
        raise ChainstepError("There is nothing to paste: copy a table of numbers first.")
    if not any(mark in text.strip() for mark in "\t\n\r;|"):
        try:
            return [[parse_number(text)]]
        except ChainstepError:
            if "," not in text:
                raise
    return read_text(text, "The pasted table").rows


def _copied_columns(columns: Sequence[Column], chosen: set[int]) -> list[Column]:
    if not chosen:
        return []
    span = [columns[n] for n in range(min(chosen), max(chosen) + 1)]
    return [c for c in span if c.editable] or [c for c in span if c.kind == "output"]


def _text(model: DataModel, row: int, column: Column) -> str:
    output = column.kind == "output"
    value = model.output(row, column.place) if output else model.value(row, column)
    return "" if value is None else typed_text(value)


def _count(columns: int) -> str:
    return "1 column" if columns == 1 else f"{columns} columns"
