"""Where a command's results go: printed, or into a file that appears whole or not at all.

The writing itself is in `files.atomic`; this refuses early what would fail after long work.
"""

import os
import sys
from pathlib import Path

from chainstep.errors import FileError
from chainstep.files import write_atomically


def emit(text: str, out: str | None) -> None:
    """Print a text, or write it to the file `out`. Raises FileError."""
    if out is None:
        if sys.stdout is not None:
            sys.stdout.write(text)
    else:
        write_atomically(out, text.encode())


def refuse_early(out: str | None, *inputs: str) -> None:
    """Refuse, before any work, an output that has no folder or would replace an input.

    inputs: the files that are read. Raises FileError.
    """
    if out is None:
        return
    place = Path(out)
    folder = place.absolute().parent
    for source in inputs:
        if _same(place, Path(source)):
            raise FileError(f"{out} is what is read: give the output another name.")
    try:
        if place.is_dir():
            raise FileError(f"{out} is a folder: give the name of a file in it.")
        there, writable = folder.is_dir(), os.access(folder, os.W_OK)
    except (OSError, ValueError):
        return  # writing will say what is wrong
    if not there:
        raise FileError(f"{place.name} cannot be saved: there is no folder {folder}; make it.")
    if not writable:
        raise FileError(
            f"{place.name} cannot be saved: the folder {folder} is not writable; choose another."
        )


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False
