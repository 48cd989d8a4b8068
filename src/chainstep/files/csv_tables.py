"""A net as two tables, both ways: `net_connections.csv` and `net_units.csv` beside it.

Numbers as their shortest exact decimals; text that a spreadsheet would take for a formula is
written after a `'`. Tables of examples are in `data.tables`.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from chainstep.data.table_guesses import decode, guess_delimiter
from chainstep.data.tables import write_table
from chainstep.errors import FileError
from chainstep.files.bytes_in import read_bytes
from chainstep.files.document.network import read_network
from chainstep.files.document.text import label
from chainstep.files.imported import Imported
from chainstep.files.sizes import LARGEST, Limit, Size, TooLarge
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Network, Unit
from chainstep.project import Project

CONNECTIONS: Final = "_connections.csv"
UNITS: Final = "_units.csv"
_LARGEST: Final = 64 * 2**20

_OF_CONNECTIONS: Final = ("source", "target", "weight", "name", "trainable")
_OF_UNITS: Final = ("id", "kind", "activation", "combine", "bias", "trainable", "params")
#: What the columns are called elsewhere.
_ALSO: Final = {"from": "source", "to": "target", "unit": "id"}
_GUARD: Final = ("'=", "'+", "'-", "'@", "'\t", "'\r")
#: The activation taken where there is no table of units.
_GUESS: Final = "logistic"


def write_connections(project: Project) -> bytes:
    """Return the table of connections."""
    rows = (
        (c.source, c.target, float(c.weight), c.name, None if c.trainable else "false")
        for c in project.network.connections
    )
    return write_table(_OF_CONNECTIONS, rows).encode()


def write_units(project: Project) -> bytes:
    """Return the table of units."""
    return write_table(_OF_UNITS, map(_unit_row, project.network.units)).encode()


def units_beside(project: Project, place: Path) -> dict[Path, bytes]:
    """Return the table of units that belongs to a table of connections."""
    return {_sibling(place, CONNECTIONS, UNITS): write_units(project)}


def connections_beside(project: Project, place: Path) -> dict[Path, bytes]:
    """Return the table of connections that belongs to a table of units."""
    return {_sibling(place, UNITS, CONNECTIONS): write_connections(project)}


def _unit_row(unit: Unit) -> tuple[Any, ...]:
    trainable = None if unit.trainable else "false"
    if unit.is_input:
        return unit.id, unit.kind, None, None, None, trainable, None
    bias = None if unit.bias is None else float(unit.bias)
    params = json.dumps(dict(unit.params)) if unit.params else None
    return unit.id, unit.kind, unit.activation, unit.combine, bias, trainable, params


# --- reading ------------------------------------------------------------------------------------


def read_tables(path: Path, limit: Limit = LARGEST) -> Imported:
    """Return the net of either table, with the other one beside it.

    A table of connections alone is enough: what nothing feeds is an input, what feeds nothing an
    output, both in order of appearance. Raises FileError with every problem.
    """
    if path.name.lower().endswith(UNITS):
        path = _sibling(path, UNITS, CONNECTIONS)
    connections = [_connection(row) for row in _rows(path, _OF_CONNECTIONS[:3])]
    beside = _sibling(path, CONNECTIONS, UNITS)
    if beside.is_file():
        units = [_unit(row) for row in _rows(beside, ("id", "kind"))]
    else:
        units = _guessed(connections)
    size = Size(units=len(units), connections=len(connections))
    if not limit.allows(size):
        raise TooLarge(size, name=path.name)
    problems: list[str] = []
    network = read_network({"units": units, "connections": connections}, problems)
    if problems:
        raise FileError.listing(path.name, problems)
    project = Project(network=network if units else Network())
    told = beside.is_file()
    notes = _notes(told, beside.name)
    return Imported(project=project, notes=notes, guess=None if told else (_GUESS, _GUESS))


def _notes(has_units: bool, beside: str) -> tuple[str, ...]:
    told = "The tables hold no examples, no loss and no settings of the training."
    if has_units:
        return (told,)
    guessed = (
        f"There is no {label(beside)} beside it: what nothing feeds is taken as an input, what "
        "feeds nothing as an output, and every activation as logistic."
    )
    return guessed, told


def _sibling(path: Path, ending: str, other: str) -> Path:
    return path.with_name(path.name[: -len(ending)] + other)


def _rows(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows as {column: cell}, cells that are empty left out. Raises FileError."""
    text, _ = decode(read_bytes(path, _LARGEST, "a table"), path.name)
    if not text.strip():
        raise FileError(f"{path.name} is empty: its first line must be {','.join(needed)}.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=guess_delimiter(text), strict=True)
    try:
        lines = [cells for cells in reader if cells]
    except csv.Error as error:
        raise FileError(
            f"{path.name}, line {reader.line_num} cannot be read as a table: {error}."
        ) from None
    header = [_ALSO.get(cell.strip().lower(), cell.strip().lower()) for cell in lines[0]]
    missing = [name for name in needed if name not in header]
    if missing:
        raise FileError(
            f"{path.name} has no column {missing[0]}: its first line must be {','.join(needed)}."
        )
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != len(header):
            raise FileError(
                f"{path.name}, row {number} has {len(cells)} cells, the header {len(header)}."
            )
    return [
        {key: _unguarded(cell) for key, cell in zip(header, cells, strict=True) if cell != ""}
        for cells in lines[1:]
    ]


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith(_GUARD) else cell


def _connection(row: dict[str, str]) -> dict[str, Any]:
    known: dict[str, Any] = {key: row[key] for key in ("source", "target", "name") if key in row}
    return {**known, **_numbers(row, ("weight",)), **_flag(row)}


def _unit(row: dict[str, str]) -> dict[str, Any]:
    """Return a unit as it would stand in a document, so that the same rules apply."""
    known: dict[str, Any] = {
        key: row[key] for key in ("id", "kind", "activation", "combine") if key in row
    }
    if row.get("kind") != INPUT:
        known["bias"] = None
    if "params" in row:
        try:
            known["params"] = json.loads(row["params"])
        except (ValueError, RecursionError):
            known["params"] = label(row["params"])
    return {**known, **_numbers(row, ("bias",)), **_flag(row)}


def _numbers(row: dict[str, str], keys: Sequence[str]) -> dict[str, Any]:
    return {key: _number(row[key]) for key in keys if key in row}


def _number(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell  # the reader says what is wrong with it


def _flag(row: dict[str, str]) -> dict[str, Any]:
    flags = {"false": False, "0": False, "no": False, "true": True, "1": True, "yes": True}
    if "trainable" not in row:
        return {}
    return {"trainable": flags.get(row["trainable"].strip().lower(), row["trainable"])}


def _guessed(connections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the units that connections name: logistic where something feeds them."""
    sources = {str(c.get("source", "")) for c in connections}
    targets = {str(c.get("target", "")) for c in connections}

    def units(kind: str, names: Iterator[str]) -> list[dict[str, Any]]:
        more = {} if kind == INPUT else {"activation": _GUESS, "bias": 0.0}
        return [{"id": name, "kind": kind, **more} for name in names if name]

    order = dict.fromkeys(str(c.get(end, "")) for c in connections for end in ("source", "target"))
    return [
        *units(INPUT, (name for name in order if name not in targets)),
        *units(HIDDEN, (name for name in order if name in targets and name in sources)),
        *units(OUTPUT, (name for name in order if name not in sources)),
    ]
