"""The document inside an exported file, so that a drawing comes back exactly as it was drawn.

It is trusted only while the hash beside it fits the weights: a file whose weights were changed
elsewhere is read as what it then is. Used by the formats that can carry text beside weights.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from chainstep.errors import FileError
from chainstep.files import document
from chainstep.project import Project

DOCUMENT: Final = "io.chainstep.document"
HASH: Final = "io.chainstep.weights_sha256"
#: What to tell of a file that came back whole.
AS_DRAWN: Final = "Chainstep wrote this file: the drawing comes back as it was, with its examples."
NAMES: Final = "io.chainstep.units"


def properties(
    project: Project,
    weights: Mapping[str, Any],
    names: Mapping[str, list[str]] | None = None,
    structure: bytes = b"",
) -> dict[str, str]:
    """Return the texts to put beside the weights.

    names: {tensor: ids of the units it holds}, for when the hash no longer fits. structure: what
    else must not have changed.
    """
    texts = {DOCUMENT: document.dumps(project).decode(), HASH: weights_hash(weights, structure)}
    if names is not None:
        texts[NAMES] = json.dumps(names, ensure_ascii=False)
    return texts


def restored(
    texts: Mapping[str, str], weights: Mapping[str, Any], structure: bytes = b""
) -> Project | None:
    """Return the project that a file carries; None where there is none or the weights changed."""
    if DOCUMENT not in texts or texts.get(HASH) != weights_hash(weights, structure):
        return None
    try:
        return document.loads(texts[DOCUMENT].encode(), "the document inside")
    except (FileError, UnicodeEncodeError):
        return None


def names(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the units' ids by tensor, as `properties` wrote them; empty where there are none."""
    try:
        found = json.loads(texts.get(NAMES, "{}"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: ids for key, ids in found.items() if isinstance(ids, list)}


def weights_hash(weights: Mapping[str, Any], structure: bytes = b"") -> str:
    """Return the SHA-256 of named arrays: names, shapes and numbers as float64, sorted by name."""
    digest = hashlib.sha256(structure)
    for name in sorted(weights):
        array = np.asarray(weights[name])
        if array.dtype.kind not in "fiub":
            continue
        array = np.ascontiguousarray(array, dtype="<f8")
        digest.update(f"{name}\0{array.shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
