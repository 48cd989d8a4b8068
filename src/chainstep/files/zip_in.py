"""Members of a zip file, none of which can be larger than it may: for NPZ and PyTorch files."""

import io
import zipfile
from pathlib import Path
from typing import Final

from chainstep.errors import FileError
from chainstep.files.bytes_in import LARGEST_MODEL, read_bytes

_MOST_MEMBERS: Final = 10_000


def members(path: Path, what: str) -> dict[str, bytes]:
    """Return the content of every member by its name, in the order of the file.

    The sizes are asked before anything is unpacked; nothing is written to disk. Raises FileError.
    """
    content = read_bytes(path, LARGEST_MODEL, "a model")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            total = sum(info.file_size for info in infos)
            if total > LARGEST_MODEL or len(infos) > _MOST_MEMBERS:
                raise FileError(
                    f"{path.name} would unpack to {total / 2**20:,.0f} MB, at most "
                    f"{LARGEST_MODEL // 2**20} MB can be read: save a smaller model."
                )
            return {info.filename: _read(archive, info) for info in infos}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise FileError(f"{path.name} is not {what}, or it is damaged: save it again.") from error
    except Exception as error:  # zlib's own, and whatever else broken bytes provoke
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path.name} is not {what}, or it is damaged: save it again.") from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return a member, reading no more than its header says."""
    with archive.open(info) as member:
        data = member.read(info.file_size + 1)
    if len(data) != info.file_size:
        raise zipfile.BadZipFile
    return data
