"""From plain dicts to typed records, listing every wrong type and unknown key in words.

msgspec checks a whole record at once; only where it refuses is the record looked at key by key.
Which values make sense together is in `network` and `sections`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from chainstep.files.document.text import quoted, shown

R = TypeVar("R", bound=msgspec.Struct)

_WORDS: Final = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_EXPECTED: Final = re.compile(r"Expected `([^`]+)`(?: of length (\d+))?(?:, got `?([^` ]+)`?)?")
_PLACE: Final = re.compile(r"at `\$(.*)`$")


def read_record(cls: type[R], raw: object, where: str, problems: list[str]) -> R:
    """Return a record of type `cls`, from the keys that are right where some are wrong.

    where: what the record is called, such as "unit h1". Every field of `cls` has a default.
    """
    try:
        return msgspec.convert(raw, cls)
    except msgspec.ValidationError as error:
        before = len(problems)
        record = cls(**_good_fields(cls, raw, where, problems))
        if len(problems) == before:
            problems.append(f"{where}: {error}")
        return record


def why_not_type(value: object, wanted: Any) -> str | None:
    """Say what a value must be where it cannot be of the type wanted, or None."""
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        return _in_words(str(error), value)
    return None


def missing(raw: object, keys: Iterable[str], where: str) -> list[str]:
    """Return a problem for each key that must be there and is not."""
    if not isinstance(raw, dict):
        return []
    return [f"{where} has no {key}" for key in keys if key not in raw]


def unknown_keys(raw: Mapping[str, object], known: Collection[str], where: str) -> list[str]:
    """Return the problem that names all keys that a record does not have."""
    unknown = [quoted(key) for key in raw if key not in known]
    if not unknown:
        return []
    keys = "the unknown key" if len(unknown) == 1 else "the unknown keys"
    return [f"{where} has {keys} {', '.join(unknown)} (known are {', '.join(known)})"]


def unknown_name(word: str, value: str, known: Iterable[str]) -> str:
    """Say that a name is not among the known ones, which follow."""
    return f"unknown {word} {quoted(value)} (known are {', '.join(known)})"


@cache
def _types(cls: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(cls)


def _good_fields(
    cls: type[msgspec.Struct], raw: object, where: str, problems: list[str]
) -> dict[str, Any]:
    if not isinstance(raw, dict):
        problems.append(f"{where} must be an object, not {shown(raw)}")
        return {}
    types = _types(cls)
    problems.extend(unknown_keys(raw, types, where))
    good = {}
    for key in (key for key in types if key in raw):
        if fault := why_not_type(raw[key], types[key]):
            problems.append(f"{where}: {key}{fault}")
        else:
            good[key] = msgspec.convert(raw[key], types[key])
    return good


def _in_words(message: str, value: object) -> str:
    """Turn msgspec's message into "[3][1] must be a number, not a text"."""
    place = _PLACE.search(message)
    path = place.group(1) if place else ""
    told = _EXPECTED.match(message)
    if told is None:
        return f"{path} is {shown(value)}, which is out of range"
    names, length, got = told.groups()
    wanted = " or ".join(_WORDS.get(name, name) for name in names.split(" | "))
    if length:
        return f"{path} must be a list of {length}, not of {got}"
    found = shown(value) if not path else _WORDS.get(got, got)
    return f"{path} must be {wanted}, not {found}"
