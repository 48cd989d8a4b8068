"""The document, `*.chainstep`: read with every fault listed at once, written canonically.

How the text is laid out is in `writing`, what the net and the sections may hold in
`network` and `sections`. Opening and replacing the file is in `files` itself.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from chainstep.errors import FileError
from chainstep.files.bytes_in import read_bytes
from chainstep.files.document.network import read_network
from chainstep.files.document.records import unknown_keys
from chainstep.files.document.sections import read_sections
from chainstep.files.document.text import LARGEST_FILE, label, parse, shown
from chainstep.files.document.writing import FORMAT, VERSION, dumps
from chainstep.files.imported import Imported
from chainstep.files.sizes import Limit
from chainstep.project import Project

__all__ = ["VERSION", "dumps", "loads", "read_document", "version_of"]

_KEYS: Final = (
    "format",
    "version",
    "network",
    "loss",
    "data",
    "training",
    "view",
    "debug",
    "extras",
)
_HEAD: Final = re.compile(rb'\s*\{\s*"format"\s*:\s*"chainstep"\s*,\s*"version"\s*:\s*(\d{1,9})')


def loads(data: bytes, name: str) -> Project:
    """Return the project that a document holds.

    name: what the file is called in a sentence. Raises FileError with every problem of the file.
    """
    root, problems = parse(data, name)
    _check_head(root, name)
    problems.extend(unknown_keys(root, _KEYS, "the document"))
    if "network" not in root:
        problems.append("the document has no network")
    network = read_network(root.get("network", {}), problems)
    project = read_sections(root, problems)
    if problems:
        raise FileError.listing(name, problems)
    return project.replace(network=network)


def read_document(path: Path, _limit: Limit) -> Imported:
    """Return the project of a document's file; its own nets may be of any size."""
    return Imported(project=loads(read_bytes(path, LARGEST_FILE), path.name))


def version_of(data: bytes) -> int | None:
    """Return the version that a document states, or None for what is no document.

    data: the whole file, or its beginning.
    """
    if head := _HEAD.match(data):
        return int(head.group(1))
    try:
        root = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    version = root.get("version") if isinstance(root, dict) and _is_ours(root) else None
    return version if type(version) is int else None


def _is_ours(root: dict[str, Any]) -> bool:
    return root.get("format") == FORMAT


def _check_head(root: object, name: str) -> None:
    """Refuse what is not a Chainstep document of a version that can be read here."""
    if not isinstance(root, dict) or not _is_ours(root):
        raise FileError(
            f"{name} is not a Chainstep document: it does not begin with "
            f'{{"format": "{FORMAT}", "version": {VERSION}, …}}.'
        )
    version = root.get("version")
    if type(version) is not int or version < 1:
        told = f"not {shown(version)}" if "version" in root else "and there is none"
        raise FileError(f"{name}: version must be a whole number from 1, {told}.")
    if version > VERSION:
        raise FileError(
            f"{name} was made by a newer Chainstep (version {label(str(version))} of the document, "
            f"this one reads version {VERSION}): update Chainstep to open it."
        )
