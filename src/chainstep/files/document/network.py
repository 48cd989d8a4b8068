"""The units and connections of a document: every rule of the net, every breach by name.

The same rules for one edit at a time are in `network.edits`. Not here: whether the net can run,
which `engine` says when asked.
"""

import math
from collections import Counter
from itertools import pairwise
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from chainstep.files.document.records import missing, read_record, unknown_keys, unknown_name
from chainstep.files.document.text import label, same_bits, shown
from chainstep.network.model import (
    ACTIVATION_PARAMS,
    COMBINES,
    INPUT,
    KINDS,
    LONGEST_ID,
    MAX,
    PRODUCT,
    SUM,
    Connection,
    Network,
    Unit,
)
from chainstep.network.order import find_cycle

MOST_UNITS: Final = 20_000
MOST_CONNECTIONS: Final = 500_000
#: More cycles are not looked for once so many are found.
MOST_CYCLES: Final = 5


class _UnitRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A unit as it stands in the file."""

    id: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    activation: str = "identity"
    params: dict[str, float] = {}
    combine: str = SUM
    bias: float | UnsetType | None = UNSET
    trainable: bool = True


class _ConnectionRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connection as it stands in the file."""

    source: str | UnsetType = UNSET
    target: str | UnsetType = UNSET
    weight: float | UnsetType = UNSET
    name: str = ""
    trainable: bool = True


def read_network(raw: object, problems: list[str]) -> Network:
    """Return the network of a document; what is wrong is added to `problems`.

    The network holds only what was right, and is of no use where anything was wrong.
    """
    if not isinstance(raw, dict):
        problems.append(f"network must be an object, not {shown(raw)}")
        return Network()
    problems.extend(unknown_keys(raw, ("units", "connections"), "network"))
    units = _rows(raw, "units", MOST_UNITS, problems)
    connections = _rows(raw, "connections", MOST_CONNECTIONS, problems)
    return Network(
        units=_read_units(units, problems),
        connections=_read_connections(connections, _kinds(units), problems),
    )


def _rows(raw: dict[str, Any], key: str, most: int, problems: list[str]) -> list[Any]:
    rows = raw.get(key, [])
    if not isinstance(rows, list):
        problems.append(f"network.{key} must be a list, not {shown(rows)}")
        return []
    if len(rows) > most:
        problems.append(f"network has {len(rows):,} {key}, at most {most:,} can be read")
        return []
    return rows


def _kinds(units: list[Any]) -> dict[str, object]:
    """Return the kind of every unit that has a name, whatever else is wrong with it."""
    return {
        raw["id"]: raw.get("kind")
        for raw in units
        if isinstance(raw, dict) and isinstance(raw.get("id"), str)
    }


def _read_units(rows: list[Any], problems: list[str]) -> tuple[Unit, ...]:
    units = [_read_unit(raw, number, problems) for number, raw in enumerate(rows, 1)]
    counts = Counter(unit.id for unit in units if unit.id)
    if len(counts) < len(units):
        problems.extend(
            f"{count} units are called {label(unit_id)}"
            for unit_id, count in counts.items()
            if count > 1
        )
    return tuple(units)


def _read_unit(raw: object, number: int, problems: list[str]) -> Unit:
    named = raw.get("id") if isinstance(raw, dict) else None
    where = f"unit {label(named)}" if isinstance(named, str) and named else f"unit number {number}"
    row = read_record(_UnitRow, raw, where, problems)
    problems.extend(missing(raw, ("id", "kind"), where))
    problems.extend(_faults_of_id(row, where))
    problems.extend(_faults_of_names(row, where))
    problems.extend(_faults_of_numbers(row, where))
    return _unit(row)


def _faults_of_id(row: _UnitRow, where: str) -> list[str]:
    if row.id is UNSET or 0 < len(row.id) <= LONGEST_ID:
        return []
    if not row.id:
        return [f"{where} has an empty id"]
    return [f"{where} has an id of {len(row.id)} characters, at most {LONGEST_ID} are allowed"]


def _faults_of_names(row: _UnitRow, where: str) -> list[str]:
    faults = []
    if row.kind is not UNSET and row.kind not in KINDS:
        faults.append(unknown_name("kind", row.kind, KINDS))
    if row.combine not in COMBINES:
        faults.append(unknown_name("combine", row.combine, COMBINES))
    if row.activation not in ACTIVATION_PARAMS:
        faults.append(unknown_name("activation", row.activation, ACTIVATION_PARAMS))
    else:
        faults.extend(_unknown_params(row))
    if row.kind == INPUT and (row.activation != "identity" or row.combine != SUM):
        faults.append("an input has no activation and combines nothing")
    return [f"{where}: {fault}" for fault in faults]


def _unknown_params(row: _UnitRow) -> list[str]:
    known = ACTIVATION_PARAMS[row.activation]
    named = ", ".join(known) or "none"
    return [
        f"{row.activation} has no parameter {label(param)} (known are {named})"
        for param in row.params
        if param not in known
    ]


def _faults_of_numbers(row: _UnitRow, where: str) -> list[str]:
    values = {f"parameter {label(key)}": value for key, value in row.params.items()}
    if isinstance(row.bias, float):
        values["bias"] = row.bias
    faults = [
        f"{where}: {key} is {shown(value)}, but every number must be finite"
        for key, value in values.items()
        if not math.isfinite(value)
    ]
    if "bias" in values and row.kind == INPUT:
        faults.append(f"{where}: an input has no bias")
    elif "bias" in values and row.combine in (PRODUCT, MAX):
        faults.append(f"{where}: a {row.combine} unit has no bias")
    return faults


def _unit(row: _UnitRow) -> Unit:
    """Return the unit, an absent bias as 0 and params at their default left out."""
    takes_bias = row.kind != INPUT and row.combine == SUM
    bias = (0.0 if row.bias is UNSET else row.bias) if takes_bias else None
    defaults = ACTIVATION_PARAMS.get(row.activation, {})
    params = tuple(
        (key, row.params[key])
        for key, default in defaults.items()
        if key in row.params and not same_bits(row.params[key], default)
    )
    return Unit(
        id=row.id or "",
        kind=row.kind or "",
        activation=row.activation,
        params=params,
        combine=row.combine,
        bias=bias,
        trainable=row.trainable,
    )


def _read_connections(
    rows: list[Any], kinds: dict[str, object], problems: list[str]
) -> tuple[Connection, ...]:
    connections: dict[tuple[str, str], Connection] = {}
    for number, raw in enumerate(rows, 1):
        row = _read_connection(raw, number, problems)
        if row.source is UNSET or row.target is UNSET:
            continue
        ends = row.source, row.target
        if ends in connections:
            problems.append(f"a second connection {_arrow(*ends)}")
        elif fault := _why_not_ends(*ends, kinds):
            problems.append(f"connection {_arrow(*ends)}: {fault}")
        weight = 0.0 if row.weight is UNSET else row.weight
        connections[ends] = Connection(
            source=row.source,
            target=row.target,
            weight=weight,
            name=row.name,
            trainable=row.trainable,
        )
    problems.extend(_cycles(list(connections), list(kinds)))
    return tuple(connections.values())


def _read_connection(raw: object, number: int, problems: list[str]) -> _ConnectionRow:
    where = _connection_place(raw, number)
    row = read_record(_ConnectionRow, raw, where, problems)
    problems.extend(missing(raw, ("source", "target", "weight"), where))
    if row.weight is not UNSET and not math.isfinite(row.weight):
        problems.append(f"{where}: weight is {shown(row.weight)}, but every number must be finite")
    return row


def _connection_place(raw: object, number: int) -> str:
    if isinstance(raw, dict):
        source, target = raw.get("source"), raw.get("target")
        if isinstance(source, str) and isinstance(target, str):
            return f"connection {_arrow(source, target)}"
    return f"connection number {number}"


def _why_not_ends(source: str, target: str, kinds: dict[str, object]) -> str | None:
    absent = [label(end) for end in dict.fromkeys((source, target)) if end not in kinds]
    if absent:
        return f"there is no unit called {' and none called '.join(absent)}"
    if kinds[target] == INPUT:
        return f"{label(target)} is an input, which nothing can feed"
    return None


def _cycles(ends: list[tuple[str, str]], ids: list[str]) -> list[str]:
    """Return a problem for each loop that is found, each with its path."""
    found: list[str] = []
    while len(found) < MOST_CYCLES and (loop := find_cycle(ends)):
        told = _arrow(*_from_first(loop, ids))
        found.append(f"the connections {told} form a loop; remove one of them")
        on_loop = set(pairwise(loop))
        ends = [pair for pair in ends if pair not in on_loop]
    return found


def _from_first(loop: tuple[str, ...], ids: list[str]) -> tuple[str, ...]:
    """Return the loop from the unit that stands first in the document, round to it again."""
    place = {unit_id: number for number, unit_id in enumerate(ids)}
    once = loop[:-1]
    start = min(range(len(once)), key=lambda n: place.get(once[n], len(ids)))
    return (*once[start:], *once[: start + 1])


def _arrow(*ids: str) -> str:
    shown_ids = ids if len(ids) <= 20 else (*ids[:10], "…", *ids[-9:])
    return " → ".join(label(unit_id) for unit_id in shown_ids)
