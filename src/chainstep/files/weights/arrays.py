"""Weights by name, as safetensors, NPZ and state dicts hold them: what they say of a net.

Each format's own module reads and writes the bytes; how named arrays become a net is in
`net`, how they are put into a drawing in `weights_into`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.errors import FileError
from chainstep.files.document.text import label
from chainstep.files.layers import Layer, identifiers, layers
from chainstep.network.model import Network

_DIGITS: Final = re.compile(r"(\d+)")
_SKLEARN: Final = re.compile(r"(coefs|intercepts)_+(\d+)")
_PLAIN: Final = re.compile(r"([Ww]|[Bb])_?(\d+)")


class Arrays(msgspec.Struct, frozen=True):
    """Named arrays, in the order of the file, and the texts beside them."""

    arrays: dict[str, NDArray[Any]]
    texts: dict[str, str] = {}


class Linear(msgspec.Struct, frozen=True):
    """One weighted sum. weights: (out, in). key: its weights' name in the file.

    place: the number it has in a Sequential, -1 where there is none. as_sklearn: whether the file
    holds it as (in, out).
    """

    key: str
    weights: Array
    biases: Array | None
    place: int = -1
    as_sklearn: bool = False


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


def linears(found: Arrays, name: str) -> list[Linear]:
    """Return the layers of a file in order, batch norms folded in.

    Raises FileError for arrays that are no layer of single units.
    """
    arrays = {key: a.astype(np.float64) for key, a in found.arrays.items() if a.dtype.kind in "fiu"}
    modules: dict[str, dict[str, Array]] = {}
    keys: dict[str, str] = {}
    for key, array in arrays.items():
        prefix, part = _split(key)
        modules.setdefault(prefix, {})[part] = array
        if part in ("weight", "coefs"):
            keys[prefix] = key
    result: list[Linear] = []
    waiting: tuple[Array, Array] | None = None  # a batch norm that acts on the next layer
    last = -1
    for prefix, parts in modules.items():
        place = int(prefix) if prefix.isdigit() else -1
        if "running_mean" in parts:
            factor, shift = _batch_norm(parts, prefix, name)
            direct = bool(result) and (place < 0 or place == last + 1)
            if direct and len(result[-1].weights) == len(factor):
                result[-1] = _after(result[-1], factor, shift)
            else:
                waiting = factor, shift
            last = place
            continue
        linear = _linear(prefix, parts, place, name)
        linear = msgspec.structs.replace(linear, key=keys[prefix])
        if waiting is not None and linear.weights.shape[1] == len(waiting[0]):
            linear, waiting = _before(linear, *waiting), None
        result.append(linear)
        last = place
    if not result:
        raise FileError(f"{name} holds no weights of a layer: save a model's state_dict in it.")
    return result


def _split(key: str) -> tuple[str, str]:
    """Return module and part: 0.weight, coefs_0, W1 and b1 all tell both."""
    if match := _SKLEARN.fullmatch(key):
        return match[2], "coefs" if match[1] == "coefs" else "bias"
    if match := _PLAIN.fullmatch(key):
        return f"layer {match[2]}", "weight" if match[1] in "Ww" else "bias"
    prefix, _, part = key.rpartition(".")
    return prefix, part


def _linear(prefix: str, parts: dict[str, Array], place: int, name: str) -> Linear:
    shown = label(prefix) if prefix else "the weights"
    as_sklearn = "coefs" in parts
    weights = parts.get("coefs") if as_sklearn else parts.get("weight")
    known = parts.keys() <= {"weight", "bias", "coefs"}
    if weights is None or weights.ndim != 2 or not known:
        what = ", ".join(f"{label(key)} {list(array.shape)}" for key, array in parts.items())
        raise FileError(
            f"{name}: {shown} ({what}) is no layer of single units: export the model as ONNX."
        )
    matrix = weights.T if as_sklearn else weights
    biases = parts.get("bias")
    if biases is not None and biases.size != len(matrix):
        raise FileError(
            f"{name}: the {biases.size} biases of {shown} do not fit its {len(matrix)} units."
        )
    return Linear(prefix, matrix, None if biases is None else biases.ravel(), place, as_sklearn)


def _batch_norm(parts: dict[str, Array], prefix: str, name: str) -> tuple[Array, Array]:
    """Return factor and shift of a batch norm in evaluation, with PyTorch's epsilon."""
    mean, var = parts["running_mean"], parts.get("running_var")
    if var is None or var.shape != mean.shape or (var < 0).any():
        raise FileError(f"{name}: the batch norm {label(prefix)} lacks its variance.")
    one, none = np.ones_like(mean), np.zeros_like(mean)
    factor = parts.get("weight", one) / np.sqrt(var + 1e-5)
    return factor, parts.get("bias", none) - mean * factor


def _after(linear: Linear, factor: Array, shift: Array) -> Linear:
    biases = 0.0 if linear.biases is None else linear.biases
    return msgspec.structs.replace(
        linear, weights=linear.weights * factor[:, None], biases=biases * factor + shift
    )


def _before(linear: Linear, factor: Array, shift: Array) -> Linear:
    biases = 0.0 if linear.biases is None else linear.biases
    return msgspec.structs.replace(
        linear, weights=linear.weights * factor, biases=biases + linear.weights @ shift
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
