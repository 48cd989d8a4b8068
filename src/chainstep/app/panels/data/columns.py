"""Which columns the data table has, what stands above them and how their numbers are written.

The rows themselves are served by `model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from chainstep.app.look.names import shown_name
from chainstep.data.rows import Widths, widths
from chainstep.project import Project, Rows
from chainstep.stepping.numbers import MINUS, format_number

Kind = Literal["number", "input", "target", "output"]

#: So many rows decide how many decimals a column is written with.
_LOOKED_AT: Final = 200


@dataclass(frozen=True)
class Column:
    """One column. place: within its kind; head: above it; name: of its unit, for sentences."""

    kind: Kind
    place: int
    head: str
    name: str
    tip: str = ""

    @property
    def editable(self) -> bool:
        """Whether one can type into it."""
        return self.kind in ("input", "target")


def columns_of(project: Project) -> tuple[tuple[Column, ...], Widths]:
    """Return the columns, and how wide the rows are; as the data where they do not fit the net."""
    network, data = project.network, project.data
    shape = widths(data, len(network.inputs), len(network.outputs))
    ids, outputs = [u.id for u in network.inputs], [u.id for u in network.outputs]
    fits = len(data.columns) == shape.inputs + shape.targets
    names = data.columns if fits else ()
    columns = [Column("number", 0, "#", "#", "Double-click to make a row the current example")]
    columns += [_input(n, ids, names) for n in range(shape.inputs)]
    for n in range(max(shape.targets, len(outputs))):
        if n < shape.targets:
            columns.append(_target(n, shape, outputs, names))
        if n < len(outputs):
            tip = f"Output {outputs[n]} at the weights reached"
            columns.append(Column("output", n, shown_name(outputs[n]), outputs[n], tip))
    return tuple(columns), shape


def mismatch(project: Project, shape: Widths) -> str:
    """Say in short how the rows do not fit the net; empty where they do."""
    data, network = project.data, project.network
    if not data.inputs:
        return ""
    wrong = []
    if shape.inputs != len(network.inputs):
        wrong.append((_count(shape.inputs, "input"), f"{len(network.inputs)}"))
    if data.targets and shape.targets != len(network.outputs):
        wrong.append((_count(shape.targets, "target"), _count(len(network.outputs), "output")))
    if not wrong:
        return ""
    rows, net = (" and ".join(each) for each in zip(*wrong, strict=True))
    return f"The rows have {rows}, the net {net}."


def count_text(project: Project) -> str:
    """Say how many examples there are, and how many of them are held back."""
    rows, held = len(project.data.inputs), len(project.data.validation)
    text = "1 example" if rows == 1 else f"{rows:,} examples" if rows else "no examples yet"
    return f"{text} · {held:,} held back" if held else text


def decimals_of(rows: Rows, place: int, most: int) -> int:
    """Return with how many decimals, at most `most`, a column is told without loss."""
    values = [row[place] for row in islice(rows, _LOOKED_AT) if place < len(row)]
    return next((n for n in range(most) if all(round(v, n) == v for v in values)), most)


def cell_text(value: float, decimals: int, digits: int) -> str:
    """Return a number of the data: with its column's decimals where these tell it."""
    if abs(value) < 1e6 and (round(value, decimals) == value or decimals == digits):
        text = f"{abs(value):.{decimals}f}"
        if float(text) or not value:
            return MINUS + text if value < 0 else text
    return format_number(value, digits)


def typed_text(value: float) -> str:
    """Return a number as one would type it, with nothing lost."""
    return repr(value).removesuffix(".0")


def _input(place: int, ids: Sequence[str], names: Sequence[str]) -> Column:
    label = names[place] if names else ""
    if place >= len(ids):
        return Column(
            "input", place, "?", label or f"input {place + 1}", "The net has no such input"
        )
    name = ids[place]
    tip = f"Input {name}" + (f": {label}" if label not in ("", name) else "")
    return Column("input", place, shown_name(name), name, tip)


def _target(place: int, shape: Widths, outputs: Sequence[str], names: Sequence[str]) -> Column:
    head = "t" if shape.targets == 1 else shown_name(f"t{place + 1}")
    label = names[shape.inputs + place] if names else ""
    if place >= len(outputs):
        return Column(
            "target", place, "?", label or f"target {place + 1}", "The net has no such output"
        )
    tip = f"Target of {outputs[place]}" + (
        f": {label}" if label not in ("", outputs[place]) else ""
    )
    return Column("target", place, head, f"target of {outputs[place]}", tip)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
