"""Documents and weights, in and out: one file per format, each written whole or not at all.

`load` and `save` choose the format by the extension. What a document holds is in `project`;
tables of numbers are in `data.tables`; dialogs, recent files and recovery copies are in `app`.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from chainstep.errors import FileError
from chainstep.files import document
from chainstep.files.atomic import write_atomically
from chainstep.files.document_text import LARGEST_FILE
from chainstep.project import Project

__all__ = [
    "FORMATS",
    "Format",
    "document",
    "format_of",
    "load",
    "read_bytes",
    "refuse_newer",
    "save",
    "write_atomically",
]


class Format(msgspec.Struct, frozen=True):
    """One kind of file. read: from a path; write: to bytes; None for what cannot be done."""

    extension: str
    name: str
    read: Callable[[Path], Project] | None
    write: Callable[[Project], bytes] | None


def load(path: str | os.PathLike[str]) -> Project:
    """Return the project that a file holds, in the format of its extension.

    Raises FileError: no such file, an unknown extension, or every problem of the content.
    """
    place = Path(path)
    if os.path.isdir(place):
        raise FileError(f"{place} is a folder: give the name of a file in it.")
    read = format_of(place, "read").read
    assert read is not None
    return read(place)


def save(project: Project, path: str | os.PathLike[str], keep_backup: bool = False) -> None:
    """Write a project to a file, whole or not at all, in the format of its extension.

    keep_backup: the previous content stays beside it as `name~`. Raises FileError; a document of a
    newer version is never overwritten.
    """
    place = Path(path)
    write = format_of(place, "write").write
    assert write is not None
    content = write(project)
    refuse_newer(place)
    write_atomically(place, content, keep_backup)


def format_of(path: Path, verb: str = "read") -> Format:
    """Return the format of a path's extension. verb: "read" or "write"; Raises FileError."""
    able = [kind for kind in FORMATS if getattr(kind, verb) is not None]
    for kind in able:
        if path.suffix.lower() == kind.extension:
            return kind
    known = ", ".join(kind.extension for kind in able)
    given = f"{path.suffix} is not" if path.suffix else "a name without extension is not"
    raise FileError(f"{path.name}: {given} a format that Chainstep can {verb} (known are {known}).")


def read_bytes(path: str | os.PathLike[str], most: int, what: str = "a document") -> bytes:
    """Return the content of a file of at most `most` bytes.

    what: which kind of file has that limit, for the sentence. Raises FileError.
    """
    try:
        place = Path(path)
        if place.is_dir():
            raise FileError(f"{place} is a folder: give the name of a file in it.")
        if place.exists() and not place.is_file():
            raise FileError(f"{place} is not a file that can be read.")
        with open(place, "rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise FileError(_reading_sentence(error, place)) from error
    except ValueError as error:  # a null character
        raise FileError(f"{str(path)!r} cannot be the name of a file.") from error
    if len(content) > most:
        raise FileError(f"{place.name} is too large: {what} has at most {most // 2**20} MB.")
    return content


def _reading_sentence(error: OSError, place: Path) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"There is no file {place}."
    if isinstance(error, PermissionError):
        return f"{place} may not be read by you: change its permissions."
    return f"{place} cannot be read ({error.strerror or error})."


def _read_document(path: Path) -> Project:
    return document.loads(read_bytes(path, LARGEST_FILE), path.name)


def refuse_newer(path: Path) -> None:
    """Refuse to replace a document that a newer Chainstep has written. Raises FileError."""
    try:
        if not path.is_file():
            return
        with open(path, "rb") as file:
            version = document.version_of(file.read(LARGEST_FILE))
    except (OSError, ValueError):
        return  # writing will say what is wrong
    if version is not None and version > document.VERSION:
        raise FileError(
            f"{path.name} was made by a newer Chainstep (version {version} of the document) and is "
            "not overwritten: save under another name."
        )


#: Every format, in the order in which they are listed.
FORMATS: Final[tuple[Format, ...]] = (
    Format(".chainstep", "Chainstep document", _read_document, document.dumps),
)
