"""Replacing a file as a whole or not at all, whatever fails or is killed meanwhile.

The new bytes go to a temporary file in the same folder, reach the disk, and only then take the
file's name. What the bytes mean is in the formats; the window's recovery copies are in `app`.
"""

import contextlib
import errno
import os
import secrets
import shutil
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from chainstep.errors import FileError

#: Left-over temporary files of a killed save are removed by the next save when this old (s).
STALE: Final = 60.0

_NOT_WRITABLE: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


def write_atomically(path: str | os.PathLike[str], data: bytes, keep_backup: bool = False) -> None:
    """Make `path` hold exactly `data`; after any failure it holds what it held before.

    A symbolic link is followed, the mode of an existing file kept. keep_backup: the previous
    content stays beside the file as `name~`. Raises FileError naming the folder and the remedy.
    """
    try:
        target = Path(os.path.realpath(path))
        _refuse(target)
        _replace(target, data, keep_backup)
    except OSError as error:
        raise FileError(_sentence(error, Path(path))) from error
    except ValueError as error:  # a null character
        raise FileError(f"{str(path)!r} cannot be the name of a file: choose another.") from error


def refuse_existing(place: Path) -> None:
    """Raise FileError where there is something of that name already."""
    if place.exists():
        raise FileError(f"There is a {place.name} already: choose another name, or remove it.")


def write_folder_atomically(path: str | os.PathLike[str], files: Mapping[str, bytes]) -> None:
    """Make a new folder that holds these files, {name: bytes}, or none at all.

    Raises FileError, also where there is something of that name already.
    """
    place = Path(path)
    refuse_existing(place)
    temporary = place.with_name(f"{_prefix(place)}{secrets.token_hex(4)}.tmp")
    try:
        temporary.mkdir()
        for name, data in files.items():
            _write(temporary / name, data)
        os.rename(temporary, place)
    except OSError as error:
        raise FileError(_sentence(error, place)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refuse(target: Path) -> None:
    """Refuse what replacing would get past, but must not: a folder, a read-only file."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder")
    if target.exists() and not os.access(target, os.W_OK):
        raise FileError(f"{target.name} is read-only: make it writable or save elsewhere.")


def _replace(target: Path, data: bytes, keep_backup: bool) -> None:
    temporary = target.with_name(f"{_prefix(target)}{secrets.token_hex(4)}.tmp")
    try:
        _write(temporary, data)
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            if keep_backup:
                _back_up(target)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    # The file is safe by now: what follows may fail without harm.
    with contextlib.suppress(OSError):
        _sync_folder(target.parent)
    with contextlib.suppress(OSError):
        _sweep(target)


def _prefix(target: Path) -> str:
    """Return how the names of a file's temporary files begin; never too long for a name."""
    return f".{target.name[:40]}."


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:
        if file.write(data) != len(data):
            raise OSError(errno.ENOSPC, "only a part was written")
        file.flush()
        os.fsync(file.fileno())


def _back_up(target: Path) -> None:
    """Keep the present content as `name~`; where that fails, saving matters more."""
    link = target.with_name(f"{_prefix(target)}{secrets.token_hex(4)}.tmp")
    with contextlib.suppress(OSError):
        try:
            _link_or_copy(target, link)
            os.replace(link, target.with_name(f"{target.name}~"))
        finally:
            # Replacing one name of a file by another name of the same file leaves both.
            link.unlink(missing_ok=True)


def _link_or_copy(source: Path, copy: Path) -> None:
    try:
        os.link(source, copy)
    except OSError:
        shutil.copy2(source, copy)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(target: Path) -> None:
    """Remove the temporary files that killed saves of this file have left."""
    beginning = _prefix(target)
    for name in os.listdir(target.parent):
        if (
            name.startswith(beginning)
            and name.endswith(".tmp")
            and len(name) == len(beginning) + 12
        ):
            left = target.with_name(name)
            if time.time() - left.stat().st_mtime > STALE:
                left.unlink()


def _sentence(error: OSError, path: Path) -> str:
    folder = path.absolute().parent
    if error.errno == errno.EISDIR:
        return f"{path} is a folder: give the name of a file in it."
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return (
            f"{path.name} cannot be saved: there is no folder {folder}; make it or choose another."
        )
    if error.errno in _NOT_WRITABLE:
        return f"{path.name} cannot be saved: the folder {folder} is not writable; choose another."
    if error.errno in _FULL:
        return f"{path.name} cannot be saved: the disk of {folder} is full; free some space."
    if error.errno == errno.ENAMETOOLONG:
        return f"{path.name[:40]}… cannot be saved in {folder}: the name is too long; shorten it."
    reason = error.strerror or str(error)
    return (
        f"{path.name} cannot be saved in {folder} ({reason}): try again or choose another folder."
    )
