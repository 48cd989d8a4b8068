"""Weights by name, as safetensors, NPZ and state dicts hold them.

Each format's own module reads and writes the bytes; which arrays are a layer is in `linears`, how
layers become a net or are put into a drawing in `net`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainstep.errors import FileError
from chainstep.files.document.text import label
from chainstep.files.layers import Layer, identifiers, layers
from chainstep.network.model import Network

_DIGITS: Final = re.compile(r"(\d+)")


class Arrays(msgspec.Struct, frozen=True):
    """Named arrays, in the order of the file, and the texts beside them."""

    arrays: dict[str, NDArray[Any]]
    texts: dict[str, str] = {}


def natural(key: str) -> tuple[tuple[int, int, str], ...]:
    """Return what to sort names by, so that layer 10 comes after layer 2."""
    parts = _DIGITS.split(key)
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in parts if p)


def refuse_not_finite(arrays: Mapping[str, NDArray[Any]], name: str) -> None:
    """Refuse NaN and infinity by name. Raises FileError."""
    for key, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise FileError(
                f"{name}: the weights {label(key)} hold a number that is not finite (NaN or "
                "infinity): train or export the model again."
            )


# --- writing ------------------------------------------------------------------------------------


def state_dict(network: Network, float64: bool = True) -> dict[str, NDArray[Any]]:
    """Return a net's weights by the names PyTorch gives them.

    A layered net: 0.weight (out, in), 0.bias, 2.weight …, as in a Sequential that counts its
    activations. Any other: unit.weight (fan-in) and unit.bias (1) for each unit that has some.
    """
    kind = np.float64 if float64 else np.float32
    found = layers(network)
    arrays = _sequential(found) if found else _by_unit(network)
    return {key: np.array(values, dtype=kind) for key, values in arrays.items()}


def places(found: tuple[Layer, ...]) -> list[int]:
    """Return the number of each layer's Linear in a Sequential; identities are no module."""
    numbers, here = [], 0
    for layer in found:
        numbers.append(here)
        here += 1 if layer.activation == "identity" else 2
    return numbers


def _sequential(found: tuple[Layer, ...]) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for place, layer in zip(places(found), found, strict=True):
        arrays[f"{place}.weight"] = layer.weights
        if layer.biases is not None:
            arrays[f"{place}.bias"] = layer.biases
    return arrays


def _by_unit(network: Network) -> dict[str, Any]:
    names = identifiers(unit.id for unit in network.units)
    arrays: dict[str, Any] = {}
    for unit in network.units:
        incoming = network.incoming[unit.id]
        if incoming:
            arrays[f"{names[unit.id]}.weight"] = [c.weight for c in incoming]
        if unit.bias is not None:
            arrays[f"{names[unit.id]}.bias"] = [unit.bias]
    return arrays
