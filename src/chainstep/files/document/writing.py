"""A project as the canonical text of a document: the same project gives the same bytes.

One unit, connection, row or position to a line; keys in a fixed order; defaults left out; each
float as its shortest decimal that reads back to the same bits. Reading is in `document`.
"""

import json
import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final, get_type_hints

import msgspec

from chainstep.errors import FileError
from chainstep.files.document.text import label, same_bits
from chainstep.network.model import ACTIVATION_PARAMS, SUM, Connection, Network, Unit
from chainstep.project import Data, Debug, Loss, Project, Schedule, Training, View

FORMAT: Final = "chainstep"
VERSION: Final = 1

_encode: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_FLOATS: Final = (float, float | None)
_ONLY_FLOATS: Final = frozenset({float})
_quickly: Final = msgspec.json.Encoder().encode


def dumps(project: Project) -> bytes:
    """Return the document of a project, as UTF-8.

    Raises FileError where it holds what no document can: a number that is not finite, half a
    character, or extras that are not JSON.
    """
    sections = [
        f'"format": "{FORMAT}", "version": {VERSION}',
        f'"network": {_network(project.network)}',
        *_loss(project.loss),
        *_section("data", _data(project.data)),
        *_training(project.training),
        *_section("view", _view(project.view)),
        *_section("debug", _debug(project.debug)),
        *_section("extras", [_pair(key, item, "extras") for key, item in project.extras.items()]),
    ]
    text = "{\n " + ",\n ".join(sections) + "\n}\n"
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        broken = text[max(0, error.start - 20) : error.start]
        raise FileError(
            f"A name holds half a character, after {label(broken)}: rename it, then save."
        ) from None


def _network(network: Network) -> str:
    units = _lines((_unit(unit) for unit in network.units), "  ")
    connections = _lines((_connection(c) for c in network.connections), "  ")
    return f'{{\n  "units": {units},\n  "connections": {connections}\n }}'


def _unit(unit: Unit) -> str:
    row: dict[str, Any] = {"id": unit.id, "kind": unit.kind}
    if not unit.is_input:
        if unit.activation != "identity":
            row["activation"] = unit.activation
        if params := _params(unit):
            row["params"] = params
        if unit.combine != SUM:
            row["combine"] = unit.combine
        elif unit.bias is None or not same_bits(unit.bias, 0.0):
            row["bias"] = None if unit.bias is None else float(unit.bias)
    if not unit.trainable:
        row["trainable"] = False
    return _named(row, "unit", unit.id)


def _params(unit: Unit) -> dict[str, float]:
    """Return the parameters that differ from the default, in the activation's own order."""
    given = dict(unit.params)
    return {
        key: float(given[key])
        for key, default in ACTIVATION_PARAMS[unit.activation].items()
        if key in given and not same_bits(given[key], default)
    }


def _connection(connection: Connection) -> str:
    source, target = connection.ends
    row: dict[str, Any] = {"source": source, "target": target, "weight": float(connection.weight)}
    if connection.name:
        row["name"] = connection.name
    if not connection.trainable:
        row["trainable"] = False
    return _named(row, "connection", source, target)


def _loss(loss: Loss) -> list[str]:
    if loss.name == "huber" and not same_bits(loss.delta, Loss().delta):
        return [_pair("loss", {"name": loss.name, "delta": float(loss.delta)})]
    return [] if loss.name == Loss().name else [_pair("loss", loss.name)]


def _data(data: Data) -> list[str]:
    scaling = {name: [float(mean), float(sd)] for name, (mean, sd) in data.scaling.items()}
    return [
        *_rows("inputs", data.inputs),
        *_rows("targets", data.targets),
        *([_pair("columns", data.columns, "data")] if data.columns else []),
        *([_pair("classes", data.classes, "data")] if data.classes else []),
        *([_pair("scaling", scaling, "data")] if scaling else []),
        *([_pair("validation", data.validation, "data")] if data.validation else []),
    ]


def _rows(key: str, rows: Sequence[Sequence[float]]) -> list[str]:
    lines = (_row(row, key, number) for number, row in enumerate(rows))
    return [f'"{key}": {_lines(lines, "  ")}'] if rows else []


def _row(row: Sequence[float], key: str, number: int) -> str:
    if _ONLY_FLOATS.issuperset(map(type, row)):
        text = _quickly(row).decode()
        # Others are written in another way: 1e-7, 0.00001, null for NaN.
        if not ("e" in text or "0.0000" in text or "n" in text):
            return text.replace(",", ", ")
    numbers = [float(value) for value in row]
    if not all(map(math.isfinite, numbers)):
        raise _not_finite(f"row {number} of data.{key}")
    return f"[{', '.join(map(float.__repr__, numbers))}]"


def _training(training: Training) -> list[str]:
    fields = _changed(training)
    if training.schedule is not None:
        fields["schedule"] = _schedule(training.schedule)
    if training.stop is not None:
        fields["stop"] = _changed(training.stop)
    return [_pair("training", fields)] if fields else []


def _schedule(schedule: Schedule) -> str | dict[str, Any]:
    fields = _changed(schedule)
    return fields if fields.keys() - {"name"} else schedule.name


def _view(view: View) -> list[str]:
    fields = _changed(view)
    positions = fields.pop("positions", {})
    points = (
        _pair(name, [float(x), float(y)], "position of") for name, (x, y) in positions.items()
    )
    placed = [f'"positions": {_lines(points, "  ", "{}")}'] if positions else []
    return [*placed, *(_pair(key, value, "view") for key, value in fields.items())]


def _debug(debug: Debug) -> list[str]:
    return [
        f'"{key}": {_lines((_json(item, f"debug.{key}") for item in items), "  ")}'
        for key, items in (("breakpoints", debug.breakpoints), ("watches", debug.watches))
        if items
    ]


def _section(key: str, fields: list[str]) -> list[str]:
    return [f'"{key}": {_lines(fields, " ", "{}")}'] if fields else []


def _changed(section: msgspec.Struct) -> dict[str, Any]:
    """Return the fields that differ from the default, whole numbers as floats where due."""
    default = type(section)()
    hints = _hints(type(section))
    changed = {}
    for key in section.__struct_fields__:
        value = getattr(section, key)
        if hints[key] in _FLOATS and value is not None:
            value = float(value)
        usual = getattr(default, key)
        if value != usual or (isinstance(value, float) and not same_bits(value, usual)):
            changed[key] = value
    return changed


@cache
def _hints(cls: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(cls)


def _lines(items: Iterable[str], indent: str, brackets: str = "[]") -> str:
    """Return the items in brackets, one to a line."""
    body = f",\n{indent} ".join(items)
    return f"{brackets[0]}\n{indent} {body}\n{indent}{brackets[1]}" if body else brackets


def _pair(key: str, value: object, place: str = "") -> str:
    return f"{_encode(key)}: {_json(value, f'{place} {label(key)}'.strip())}"


def _json(value: object, place: str) -> str:
    try:
        return _encode(value)
    except (ValueError, OverflowError, RecursionError):
        raise _not_finite(place) from None
    except TypeError:
        raise FileError(f"What {place} holds cannot be written to a document.") from None


def _named(row: dict[str, Any], kind: str, *ids: str) -> str:
    """Return a row of many, whose place is put into words only where it cannot be written."""
    try:
        return _encode(row)
    except (ValueError, OverflowError, RecursionError, TypeError):
        return _json(row, f"{kind} {' → '.join(map(label, ids))}")


def _not_finite(place: str) -> FileError:
    return FileError(f"In {place} stands a number that is not finite: mend it, then save again.")
