"""NPZ, in and out: NumPy arrays in a zip, never a pickle.

Written as W1 (out, in), b1, …; scikit-learn's coefs_0 (in, out), intercepts_0 are read too. What
the arrays mean is in `arrays`.
"""

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainstep.errors import FileError
from chainstep.files import embedded
from chainstep.files.document.text import label
from chainstep.files.layers import layers
from chainstep.files.weights.arrays import Arrays, refuse_not_finite, state_dict
from chainstep.files.zip_in import members
from chainstep.project import Project


def read_arrays(path: Path) -> Arrays:
    """Return the arrays of an NPZ file, and its texts apart. Raises FileError."""
    arrays: dict[str, NDArray[Any]] = {}
    texts: dict[str, str] = {}
    for member, data in members(path, "an NPZ file").items():
        key = member.removesuffix(".npy")
        array = _array(data, key, path.name)
        if array.dtype.kind == "U":
            texts[key] = str(array) if array.ndim == 0 else ""
        else:
            arrays[key] = array
    refuse_not_finite(arrays, path.name)
    return Arrays(arrays, texts)


def _array(data: bytes, key: str, name: str) -> NDArray[Any]:
    """Return one array whose header does not claim more than there is."""
    broken = FileError(f"{name}: {label(key)} is no NumPy array, or damaged: save it again.")
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_2_0
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else read
        shape, fortran, dtype = read(file)
    except Exception as error:  # the header is evaluated as a literal: any error can come
        raise broken from error
    if dtype.hasobject or dtype.kind not in "fiubU":
        raise FileError(f"{name}: {label(key)} holds objects, not numbers: save arrays of floats.")
    rest = data[file.tell() :]
    if min(shape, default=0) < 0 or len(rest) != math.prod(shape) * dtype.itemsize:
        raise broken
    array = np.frombuffer(rest, dtype)
    return array.reshape(shape, order="F" if fortran else "C")


def write_npz(project: Project) -> bytes:
    """Return the weights of a project as float64: W1, b1, … for layers, else unit by unit."""
    found = layers(project.network)
    if found:
        arrays: dict[str, Any] = {}
        for number, layer in enumerate(found, 1):
            arrays[f"W{number}"] = np.array(layer.weights)
            if layer.biases is not None:
                arrays[f"b{number}"] = np.array(layer.biases)
    else:
        arrays = dict(state_dict(project.network))
    meta = {
        "made_by": "Chainstep",
        "orientation": "W[out, in]: a = W z + b" if found else "weights in order of connections",
        "activations": [layer.activation for layer in found or ()],
    }
    texts = {"meta": json.dumps(meta), **embedded.properties(project, arrays)}
    return _zipped({**arrays, **{key: np.array(text) for key, text in texts.items()}})


def _zipped(arrays: dict[str, Any]) -> bytes:
    """Return an NPZ whose bytes depend on nothing but the arrays."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member.getvalue())
    return out.getvalue()
