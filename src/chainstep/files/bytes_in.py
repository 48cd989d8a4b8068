"""Reading the bytes of a file with a limit, and packages that only some formats need.

Which reader takes them is in `files` itself; writing is in `atomic`.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from chainstep.errors import FileError

LARGEST_MODEL: Final = 100 * 2**20

_EXTRA: Final = {"onnx": "chainstep[onnx]", "pillow": "chainstep[pictures]", "torch": "torch"}


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


def needed(module: str, package: str, name: str) -> Any:
    """Return an optional package. Raises FileError with the remedy where it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        raise FileError(
            f"{name} needs the Python package {package}, which is not installed: run "
            f"`pip install {_EXTRA.get(package, package)}`, then try again."
        ) from error


def _reading_sentence(error: OSError, place: Path) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"There is no file {place}."
    if isinstance(error, PermissionError):
        return f"{place} may not be read by you: change its permissions."
    return f"{place} cannot be read ({error.strerror or error})."
