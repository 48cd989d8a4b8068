"""The sections beside the network: loss, data, training, view and debug, each checked whole.

Units and connections are in `network`. Column counts that do not fit the net are no
fault of a file: `engine` names them when the net is run.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from chainstep.files.document.records import read_record, unknown_name, why_not_type
from chainstep.files.document.text import faults_of_numbers, label, shown
from chainstep.project import (
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    ORDERS,
    REDUCTIONS,
    SCHEDULES,
    Data,
    Debug,
    Loss,
    Project,
    Rows,
    Schedule,
    Stop,
    Training,
    View,
)

S = TypeVar("S", bound=msgspec.Struct)
Row = tuple[float, ...]

_CHOICES: Final[Mapping[type, Mapping[str, tuple[str, ...]]]] = {
    Loss: {"name": LOSSES},
    Training: {
        "optimizer": OPTIMIZERS,
        "order": ORDERS,
        "reduction": REDUCTIONS,
        "initializer": INITIALIZERS,
    },
    Schedule: {"name": SCHEDULES},
}
_AT_LEAST: Final[Mapping[type, Mapping[str, int]]] = {
    Training: {"batch_size": 1, "epochs": 0, "seed": 0},
    Schedule: {"period": 1},
    Stop: {"patience": 1},
    View: {"digits": 0},
}


def read_sections(root: Mapping[str, Any], problems: list[str]) -> Project:
    """Return a project with every section but the network; faults are added to `problems`."""
    extras = root.get("extras", {})
    if not isinstance(extras, dict):
        problems.append(f"extras must be an object, not {shown(extras)}")
    project = Project(
        loss=_named(Loss, root.get("loss", {}), "loss", problems),
        data=_read_data(root.get("data", {}), problems),
        training=_read_training(root.get("training", {}), problems),
        view=_read(View, root.get("view", {}), "view", problems),
        debug=_read(Debug, root.get("debug", {}), "debug", problems),
        extras=extras,
    )
    for key in ("loss", "data", "training", "view", "debug", "extras"):
        problems.extend(faults_of_numbers(root.get(key), key))
    return project


def _read(cls: type[S], raw: object, where: str, problems: list[str]) -> S:
    """Return one section, its types, its names and its least values checked."""
    section = read_record(cls, raw, where, problems)
    for key, known in _CHOICES.get(cls, {}).items():
        value = getattr(section, key)
        if value is not None and value not in known:
            problems.append(f"{where}: {unknown_name(key, value, known)}")
    for key, least in _AT_LEAST.get(cls, {}).items():
        value = getattr(section, key)
        if value is not None and value < least:
            problems.append(f"{where}: {key} must be at least {least}, not {value}")
    return section


def _named(cls: type[S], raw: object, where: str, problems: list[str]) -> S:
    """Return a section that may be written as its name alone."""
    section = _read(cls, {"name": raw} if isinstance(raw, str) else raw, where, problems)
    if isinstance(section, Loss) and section.name != "huber" and _has(raw, "delta"):
        problems.append(f"{where}: {section.name} has no delta, only huber has one")
    return section


def _read_training(raw: object, problems: list[str]) -> Training:
    if not isinstance(raw, dict):
        return _read(Training, raw, "training", problems)
    nested = {key: raw[key] for key in ("schedule", "stop") if raw.get(key) is not None}
    flat = {key: value for key, value in raw.items() if key not in nested}
    training = _read(Training, flat, "training", problems)
    if "schedule" in nested:
        schedule = _named(Schedule, nested["schedule"], "training.schedule", problems)
        training = msgspec.structs.replace(training, schedule=schedule)
    if "stop" in nested:
        stop = _read(Stop, nested["stop"], "training.stop", problems)
        training = msgspec.structs.replace(training, stop=stop)
    return training


def _read_data(raw: object, problems: list[str]) -> Data:
    if not isinstance(raw, dict):
        return _read(Data, raw, "data", problems)
    sound = dict(raw)
    for key in ("inputs", "targets"):
        faults = list(_faults_of_rows(raw.get(key, []), f"data.{key}"))
        if faults:
            problems.extend(faults)
            del sound[key]
    data = _read(Data, sound, "data", problems)
    rows = raw.get("inputs", [])
    problems.extend(_faults_of_split(data, len(rows) if isinstance(rows, list) else 0))
    return data


def _faults_of_rows(rows: object, where: str) -> Iterable[str]:
    """Yield a problem for each row that is not a list of numbers."""
    if why_not_type(rows, Rows) is None:
        return
    if not isinstance(rows, list):
        yield f"{where} must be a list of rows, not {shown(rows)}"
        return
    for number, row in enumerate(rows):
        if fault := why_not_type(row, Row):
            yield f"{where}[{number}]{fault}"


def _faults_of_split(data: Data, rows: int) -> Iterable[str]:
    for number, count in Counter(data.validation).items():
        if not 0 <= number < rows:
            there = f"there are the rows 0 to {rows - 1}" if rows else "there are no rows"
            yield f"data: validation names row {label(str(number))}, but {there}"
        elif count > 1:
            yield f"data: validation names row {number} {count} times"


def _has(raw: object, key: str) -> bool:
    return isinstance(raw, dict) and key in raw
