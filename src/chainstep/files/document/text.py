"""From the bytes of a document to plain lists and dicts, every fault told in one sentence.

What the values mean is in `network` and `sections`; how they are typed in
`records`. NaN, Infinity and numbers too large come through as floats that are not
finite, so that the later reading can name the unit they belong to.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from chainstep.errors import FileError

LARGEST_FILE: Final = 64 * 2**20
DEEPEST_NESTING: Final = 50

#: A whole number of more digits is beyond every float.
_LONGEST_WHOLE: Final = 310
_LONE_SURROGATE: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_MEANT: Final = {
    "Expecting property name": 'a key in "double quotes" should stand here',
    "Illegal trailing comma": "a comma should not stand before a closing bracket",
    "Expecting value": "a value should stand here",
    "Expecting ','": "a comma or a closing bracket should stand here",
    "Expecting ':'": "a colon should stand here",
    "Extra data": "the document should end here",
    "Unterminated string": "a text begins here that never ends",
    "Invalid control": "a line break or control character stands inside a text",
    "Invalid \\escape": "a backslash stands here that means nothing in JSON",
    "Invalid \\u": "a \\u stands here without its four hexadecimal digits",
}


def parse(data: bytes, name: str) -> tuple[Any, list[str]]:
    """Return the JSON value of a file, and a problem for each key that stands twice.

    Raises FileError for a file that is too large, not UTF-8, or not JSON.
    """
    if len(data) > LARGEST_FILE:
        raise FileError(
            f"{name} has {len(data) / 2**20:,.0f} MB; a document has at most "
            f"{LARGEST_FILE // 2**20} MB."
        )
    text = _decoded(data, name)
    doubles: list[str] = []

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        kept = dict(pairs)
        if len(kept) != len(pairs):
            doubles.extend(_doubled(pairs, kept))
        return kept

    try:
        value = json.loads(text, object_pairs_hook=keep, parse_int=_whole, parse_constant=float)
    except json.JSONDecodeError as error:
        raise FileError(_syntax_sentence(error, name)) from None
    except RecursionError:
        raise FileError(
            f"{name} is nested too deeply; a document has at most {DEEPEST_NESTING} levels."
        ) from None
    _refuse_half_characters(text, value, name)
    return value, doubles


def shown(value: object) -> str:
    """Return a value as a sentence can hold it: short, on one line."""
    match value:
        case None | True | False:
            return json.dumps(value)
        case str():
            return f"the text {quoted(value)}"
        case list():
            return "a list"
        case dict():
            return "an object"
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "a number too large"
    return f"the number {_cut(str(value))}"


def quoted(text: str) -> str:
    """Return a text in quotes, cut to a length that a sentence can hold."""
    return f'"{label(text)}"'


def label(text: str) -> str:
    """Return a name as it is, or escaped and cut where it would spoil a line."""
    plain = text if text.isprintable() else json.dumps(text)[1:-1]
    return _cut(plain)


def same_bits(one: float, other: float) -> bool:
    """Tell whether two numbers are equal to the bit: 0.0 and -0.0 are not."""
    return one == other and math.copysign(1, one) == math.copysign(1, other)


def faults_of_numbers(value: object, path: str, depth: int = 0) -> Iterator[str]:
    """Yield a problem for each number below `value` that is not finite, and for deep nesting."""
    if isinstance(value, float):
        if not math.isfinite(value):
            yield f"{path} is {shown(value)}, but every number must be finite"
    elif depth > DEEPEST_NESTING:
        yield f"{path[:80]}… is nested deeper than {DEEPEST_NESTING} levels"
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, (float, list, dict)):
                yield from faults_of_numbers(item, f"{path}.{label(key)}", depth + 1)
    elif isinstance(value, list) and not _all_finite(value):
        for number, item in enumerate(value):
            if isinstance(item, (float, list, dict)):
                yield from faults_of_numbers(item, f"{path}[{number}]", depth + 1)


def _all_finite(values: list[Any]) -> bool:
    """Tell in one go that a list holds nothing but finite numbers; False may be a false alarm."""
    try:
        return math.isfinite(sum(values))
    except (TypeError, OverflowError):
        return False


def _cut(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _decoded(data: bytes, name: str) -> str:
    if not data.strip():
        raise FileError(f"{name} is empty.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileError(f"{name} is UTF-16 text; save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"{name} is not a Chainstep document: what stands in line {line} is not UTF-8 text."
        ) from None


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else float(digits)


def _doubled(pairs: list[tuple[str, Any]], kept: dict[str, Any]) -> list[str]:
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for key, _ in pairs:
        if key in seen:
            twice[key] = None
        seen.add(key)
    place = _owner(kept)
    return [f"the key {quoted(key)} stands twice{place}" for key in twice]


def _owner(kept: dict[str, Any]) -> str:
    """Say in which unit or connection a key stands, by the other keys beside it."""
    if isinstance(kept.get("id"), str):
        return f" in unit {label(kept['id'])}"
    source, target = kept.get("source"), kept.get("target")
    if isinstance(source, str) and isinstance(target, str):
        return f" in connection {label(source)} → {label(target)}"
    return ""


def _syntax_sentence(error: json.JSONDecodeError, name: str) -> str:
    rest = error.doc[error.pos :].strip().split("\n", 1)[0]
    meant = next((said for start, said in _MEANT.items() if error.msg.startswith(start)), error.msg)
    found = f"but there stands {quoted(rest[:30])}" if rest else "but the file ends there"
    if not meant.endswith("should stand here"):
        found = f"at {quoted(rest[:30])}"
    return (
        f"{name} is not valid JSON in line {error.lineno}, column {error.colno}: {meant}, {found}."
    )


def _refuse_half_characters(text: str, value: object, name: str) -> None:
    """Refuse strings that hold half of a surrogate pair: UTF-8 cannot carry them."""
    if "\\u" not in text or not (half := _LONE_SURROGATE.search(text)):
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        line = text.count("\n", 0, half.start()) + 1
        raise FileError(
            f"{name} holds half a character, {half.group()}, in line {line}: write both halves."
        ) from None
    except (RecursionError, ValueError):
        raise FileError(f"{name} holds half a character, {half.group()}.") from None
