"""Documents and weights, in and out: one file per format, each written whole or not at all.

`load` and `save` choose the format by the file's name; the table is in `formats`. What a document
holds is in `project`; tables of examples are in `data.tables`; dialogs, recent files and recovery
copies are in `app`.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainstep.errors import FileError
from chainstep.files import document
from chainstep.files.atomic import (
    refuse_existing,
    write_atomically,
    write_folder_atomically,
)
from chainstep.files.bytes_in import read_bytes
from chainstep.files.document.text import LARGEST_FILE
from chainstep.files.formats import FORMATS, Format, format_of
from chainstep.files.imported import Imported
from chainstep.files.sizes import COMFORTABLE, LARGEST, Limit, Size, TooLarge
from chainstep.project import Project

if TYPE_CHECKING:
    from chainstep.files.weights.net import Match

__all__ = [
    "COMFORTABLE",
    "FORMATS",
    "LARGEST",
    "Format",
    "Imported",
    "Limit",
    "Size",
    "TooLarge",
    "bring_in",
    "document",
    "format_of",
    "load",
    "load_weights",
    "made",
    "put",
    "read_bytes",
    "refuse_existing",
    "refuse_newer",
    "save",
    "write_atomically",
]


def load(path: str | os.PathLike[str], limit: Limit = LARGEST) -> Project:
    """Return the project that a file holds, in the format of its extension.

    limit: the most that is drawn from another program's file. Raises FileError: no such file, an
    unknown extension, or every problem of the content; TooLarge, which knows the size.

    >>> import chainstep
    >>> project = chainstep.load("mazur.chainstep")
    >>> [unit.id for unit in project.network.units]
    ['i1', 'i2', 'h1', 'h2', 'o1', 'o2']
    """
    return bring_in(path, limit).project


def bring_in(path: str | os.PathLike[str], limit: Limit = LARGEST) -> Imported:
    """Return what `load` does, with what there is to tell of it. Raises FileError, TooLarge."""
    place = Path(path)
    if os.path.isdir(place):
        raise FileError(f"{place} is a folder: give the name of a file in it.")
    read = format_of(place, "read").read
    assert read is not None
    return read(place, limit)


def load_weights(
    project: Project, path: str | os.PathLike[str], transpose: bool = False
) -> tuple[Project, "list[Match]"]:
    """Return the project with the weights of a file in its drawing, and what went where.

    For files without a graph: safetensors, NPZ, state dicts. transpose: take matrices as (in, out).
    Raises FileError where nothing fits.

    >>> import chainstep
    >>> project = chainstep.load("mazur.chainstep")
    >>> chainstep.save(project, "weights.npz")
    >>> loaded, matches = chainstep.load_weights(project, "weights.npz")
    >>> [match.place for match in matches]
    ['i1…i2 → h1…h2', 'h1…h2 → o1…o2']
    """
    from chainstep.files.weights.net import weights_into

    return weights_into(project, Path(path), transpose)


def save(
    project: Project,
    path: str | os.PathLike[str],
    keep_backup: bool = False,
    **options: Any,
) -> None:
    """Write a project to a file, whole or not at all, in the format of its extension.

    keep_backup: the previous content stays beside it as `name~`. options: what the format takes
    of `float64=True` (weights with all their digits, where it usually has float32) and
    `example=0` (of a picture: the row of the data whose values are shown). Raises FileError; a
    document of a newer version is never overwritten.

    >>> import chainstep
    >>> project = chainstep.load("mazur.chainstep")
    >>> chainstep.save(project, "mazur.py")            # a NumPy script that checks itself
    >>> chainstep.save(project, "mazur.png", example=0)  # the net with the values of a row
    """
    place = Path(path)
    kind = format_of(place, "write")
    if kind.folder:
        refuse_existing(place)
    put(kind, project, place, made(kind, project, **options), keep_backup)


def made(kind: Format, project: Project, **options: Any) -> Any:
    """Return what a format makes of a project, before it is written. Raises ChainstepError.

    options: those that the format does not take are left out.
    """
    assert kind.write is not None
    return kind.write(project, **{k: v for k, v in options.items() if k in kind.options})


def put(
    kind: Format, project: Project, place: Path, content: Any, keep_backup: bool = False
) -> None:
    """Write what a format has made of a project, with all that belongs beside it."""
    if kind.folder:
        write_folder_atomically(place, content)
        return
    beside = kind.others(project, place)
    refuse_newer(place)
    for other, data in beside.items():
        write_atomically(other, data, keep_backup)
    write_atomically(place, content, keep_backup)


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
