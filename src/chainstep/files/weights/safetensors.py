"""safetensors, in and out: a length, a JSON header, then the numbers as they lie in memory.

Our own reader and writer: the format is 40 lines, and every length is checked before it is
believed. What the arrays mean is in `arrays`.
"""

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from chainstep.errors import FileError
from chainstep.files import embedded
from chainstep.files.bytes_in import LARGEST_MODEL, read_bytes
from chainstep.files.document.text import label
from chainstep.files.weights.arrays import Arrays, natural, refuse_not_finite, state_dict
from chainstep.project import Project

_KINDS: Final = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
_LONGEST_HEADER: Final = 10_000_000


def read_arrays(path: Path) -> Arrays:
    """Return the arrays of a safetensors file. Raises FileError."""
    content = read_bytes(path, LARGEST_MODEL, "a model")
    header, start = _header(content, path.name)
    texts = header.pop("__metadata__", {})
    arrays = {}
    for key in sorted(header, key=natural):
        arrays[key] = _array(key, header[key], content, start, path.name)
    refuse_not_finite(arrays, path.name)
    plain = isinstance(texts, dict) and all(isinstance(text, str) for text in texts.values())
    return Arrays(arrays, texts if plain else {})


def _header(content: bytes, name: str) -> tuple[dict[str, Any], int]:
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(len(content) - 8, _LONGEST_HEADER):
        raise FileError(f"{name} is not a safetensors file, or it is cut off: save it again.")
    try:
        header = json.loads(content[8 : 8 + length].decode())
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise FileError(f"{name} is not a safetensors file: its header is no JSON; save it again.")
    return header, 8 + length


def _array(key: str, entry: Any, content: bytes, start: int, name: str) -> NDArray[Any]:
    broken = FileError(
        f"{name}: the header says of {label(key)} what the file does not hold: save it again."
    )
    try:
        shape, (first, last) = [int(n) for n in entry["shape"]], map(int, entry["data_offsets"])
        kind = str(entry["dtype"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise broken from None
    if kind == "BF16":
        raw = _bytes(content, start, first, last, math.prod(shape) * 2, shape, broken)
        wide = np.frombuffer(raw, "<u2").astype("<u4") << 16
        return wide.view("<f4").reshape(shape)
    if kind not in _KINDS:
        raise FileError(f"{name}: {label(key)} has the number type {label(kind)}: use float32.")
    dtype = np.dtype(_KINDS[kind])
    size = math.prod(shape) * dtype.itemsize
    raw = _bytes(content, start, first, last, size, shape, broken)
    return np.frombuffer(raw, dtype).reshape(shape)


def _bytes(
    content: bytes,
    start: int,
    first: int,
    last: int,
    size: int,
    shape: list[int],
    broken: FileError,
) -> bytes:
    inside = 0 <= first <= last <= len(content) - start
    if not inside or last - first != size or min(shape, default=0) < 0 or len(shape) > 8:
        raise broken
    return content[start + first : start + last]


def write_safetensors(project: Project, float64: bool = False) -> bytes:
    """Return the weights of a project, in float32 unless float64 is wanted, and the document.

    Raises FileError for weights too large for float32.
    """
    with np.errstate(over="ignore"):
        arrays = state_dict(project.network, float64)
    refuse_not_finite(arrays, "As float32")
    header: dict[str, Any] = {
        "__metadata__": {"format": "pt", **embedded.properties(project, arrays)}
    }
    parts, offset = [], 0
    for key, array in arrays.items():
        data = np.ascontiguousarray(array, "<f8" if float64 else "<f4").tobytes()
        header[key] = {
            "dtype": "F64" if float64 else "F32",
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        parts.append(data)
        offset += len(data)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])
