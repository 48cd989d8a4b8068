"""PyTorch's state dicts, in and out: `torch.save(model.state_dict(), "m.pt")`.

Such a file is a pickle in a zip. It is read without PyTorch by an unpickler that knows nothing but
tensors and dictionaries, so that no file can run anything; whole modules are refused. It is written
without PyTorch too.
"""

import io
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from chainstep.errors import FileError
from chainstep.files.document.text import label
from chainstep.files.weights.arrays import Arrays, refuse_not_finite, state_dict
from chainstep.files.zip_in import members
from chainstep.project import Project

_STORAGES: Final = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
    "BFloat16Storage": "<u2",
}
#: What the weights are called in a checkpoint.
_MODEL: Final = ("model_state_dict", "state_dict", "model", "net", "weights")
_LONGEST_PICKLE: Final = 4 * 2**20


class _Strange(Exception):
    """The pickle asks for something that is no tensor."""


def read_arrays(path: Path) -> Arrays:
    """Return the tensors of a state dict in the model's order. Raises FileError."""
    files = members(path, "a PyTorch file of today (torch.save makes a zip)")
    place = next((name for name in files if name.endswith("/data.pkl")), None)
    if place is None:
        raise FileError(f"{path.name} is not a PyTorch file: save model.state_dict() in it.")
    if len(files[place]) > _LONGEST_PICKLE:
        raise FileError(f"{path.name} holds too many tensors to be drawn.")
    folder = place.removesuffix("data.pkl")
    order = files.get(f"{folder}byteorder", b"little")
    try:
        found = _Unpickler(files, folder, order.strip() == b"big").load()
    except _Strange as error:
        raise FileError(
            f"{path.name} holds more than weights ({label(str(error))}), which is not run here: "
            "save model.state_dict() instead of the model."
        ) from None
    except Exception as error:  # a broken pickle can raise anything
        raise FileError(f"{path.name} is a damaged PyTorch file: save it again.") from error
    return Arrays(_tensors(found, path.name))


def _tensors(found: Any, name: str) -> dict[str, NDArray[Any]]:
    if isinstance(found, dict):  # a checkpoint holds more than the model
        found = next((found[key] for key in _MODEL if isinstance(found.get(key), dict)), found)
    arrays = (
        {key: item for key, item in found.items() if isinstance(item, np.ndarray)}
        if isinstance(found, dict) and all(isinstance(key, str) for key in found)
        else {}
    )
    if not arrays:
        raise FileError(f"{name} holds no state_dict: save model.state_dict() in it.")
    refuse_not_finite(arrays, name)
    return arrays


class _Unpickler(pickle.Unpickler):
    """Knows OrderedDict, tensors and their storages; refuses every other name."""

    def __init__(self, files: dict[str, bytes], folder: str, big: bool) -> None:
        super().__init__(io.BytesIO(files[f"{folder}data.pkl"]))
        self._files, self._folder, self._big = files, folder, big

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name stands for, if it is one of the few."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuilt
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _parameter
        if module == "torch" and name in _STORAGES:
            return _Storage(name)
        raise _Strange(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        """Return the numbers of a storage."""
        kind, storage, key, _, count = pid
        if kind != "storage" or not isinstance(storage, _Storage):
            raise _Strange(str(kind))
        dtype = np.dtype(_STORAGES[storage.name])
        raw = self._files[f"{self._folder}data/{key}"]
        numbers = np.frombuffer(raw, dtype.newbyteorder(">") if self._big else dtype)
        if storage.name == "BFloat16Storage":  # the upper half of a float32
            numbers = (numbers.astype("<u4") << 16).view("<f4")
        return numbers[: int(count)]


class _Storage:
    """A storage's type by its name; not callable, so that a pickle can do nothing with it."""

    def __init__(self, name: str) -> None:
        self.name = name


def _rebuilt(
    storage: NDArray[Any], offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any
) -> NDArray[Any]:
    """Return a tensor as an array; its elements must lie within the storage."""
    reach = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if min((*size, *stride, offset), default=0) < 0 or (0 not in size and reach >= len(storage)):
        raise ValueError("a tensor reaches beyond its storage")
    if 0 in size:
        return np.zeros(size, storage.dtype)
    count = int(np.prod(size, dtype=object))
    if count > len(storage):
        raise ValueError("a tensor is larger than its storage")
    places = np.full(size, offset)
    for axis, (n, step) in enumerate(zip(size, stride, strict=True)):
        places += (np.arange(n) * step).reshape([-1 if a == axis else 1 for a in range(len(size))])
    return np.asarray(storage[places])


def _parameter(data: NDArray[Any], *_: Any) -> NDArray[Any]:
    return data


# --- writing ------------------------------------------------------------------------------------

_ROOT: Final = "weights"


def write_state_dict(project: Project) -> bytes:
    """Return the weights of a project as a float64 state dict, as torch.save would write it."""
    arrays = state_dict(project.network)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, "data.pkl", _pickled(arrays))
        _add(archive, "byteorder", b"little")
        for number, array in enumerate(arrays.values()):
            _add(archive, f"data/{number}", np.ascontiguousarray(array, "<f8").tobytes())
        _add(archive, "version", b"3\n")
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(f"{_ROOT}/{name}", date_time=(1980, 1, 1, 0, 0, 0)), data)


def _pickled(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return an OrderedDict of tensors in pickle's second protocol, written by hand.

    A pickler would have to import torch for the names in it.
    """
    items = b"".join(
        _plain(key) + _tensor(number, array) for number, (key, array) in enumerate(arrays.items())
    )
    return pickle.PROTO + b"\x02" + _EMPTY + pickle.MARK + items + pickle.SETITEMS + pickle.STOP


def _tensor(number: int, array: NDArray[Any]) -> bytes:
    """Return a tensor: its storage by number, where it starts, its shape and its strides."""
    storage = _tuple(
        _plain("storage"), _name("torch", "DoubleStorage"), _plain(str(number)), _plain("cpu"),
        _plain(array.size),
    )  # fmt: skip
    strides = tuple(step // array.itemsize for step in np.ascontiguousarray(array).strides)
    parts = _tuple(
        storage + pickle.BINPERSID, _plain(0), _plain(array.shape), _plain(strides),
        _plain(False), _EMPTY,
    )  # fmt: skip
    return _name("torch._utils", "_rebuild_tensor_v2") + parts + pickle.REDUCE


def _plain(value: object) -> bytes:
    """Return what puts a plain value on the pickle's stack."""
    return pickle.dumps(value, 2)[2:-1]


def _name(module: str, name: str) -> bytes:
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()


def _tuple(*parts: bytes) -> bytes:
    return pickle.MARK + b"".join(parts) + pickle.TUPLE


_EMPTY: Final = _name("collections", "OrderedDict") + pickle.EMPTY_TUPLE + pickle.REDUCE
