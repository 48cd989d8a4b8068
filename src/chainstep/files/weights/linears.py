"""Which named arrays are a layer: by the names that PyTorch, Keras, scikit-learn and people give.

Batch norms are folded in. Which way round a matrix lies is told by its name (`kernel`, `coefs_0`:
[in, out]), by its biases, or by its neighbours (`chained`). What comes of layers is in `net`.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np

from chainstep.engine.activations import Array
from chainstep.errors import FileError
from chainstep.files.document.text import label
from chainstep.files.weights.arrays import Arrays

#: Names of a layer's parts without a module before them; the group is the layer's number.
_BARE: Final = (
    (re.compile(r"coefs?_*(\d+)"), "kernel"),
    (re.compile(r"intercepts?_*(\d+)"), "bias"),
    (re.compile(r"(?:[Ww]|[Ww]eights?)_?(\d*)"), "weight"),
    (re.compile(r"(?:[Bb]|[Bb]ias(?:es)?)_?(\d*)"), "bias"),
)
_KERAS: Final = re.compile(r"(.+)[/._](kernel|bias|gamma|beta|moving_mean|moving_variance)(?::0)?")
_RENAMED: Final = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
_POSITION: Final = re.compile(r"arr_(\d+)")
#: What is added to a variance by default: PyTorch, Keras.
_EPSILON, _KERAS_EPSILON = 1e-5, 1e-3
_MOST_ORDERED: Final = 12


class Linear(msgspec.Struct, frozen=True):
    """One weighted sum. weights: (out, in). key: its weights' name in the file.

    place: the number it has in a Sequential, -1 where there is none. turned: whether the file holds
    it as (in, out).
    """

    key: str
    weights: Array
    biases: Array | None
    place: int = -1
    turned: bool = False

    def turn(self) -> "Linear | None":
        """Return the layer taken the other way round, None where its biases forbid that."""
        if self.biases is not None and len(self.biases) != self.weights.shape[1]:
            return None
        return msgspec.structs.replace(self, weights=self.weights.T, turned=not self.turned)


def linears(found: Arrays, name: str) -> tuple[list[Linear], list[str]]:
    """Return the layers of a file in order, and the names of arrays that are no part of one.

    Raises FileError for arrays that are no layer of single units.
    """
    modules, keys, others = _modules(found)
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
        linear = _linear(parts, keys[prefix], place, name)
        if waiting is not None and linear.weights.shape[1] == len(waiting[0]):
            linear, waiting = _before(linear, *waiting), None
        result.append(linear)
        last = place
    if not result:
        raise FileError(f"{name} holds no weights of a layer: save a model's state_dict in it.")
    return result, others


def chained(found: list[Linear]) -> tuple[list[Linear], str] | None:
    """Return layers so that each takes what the one before gives, and what was done for that.

    As they come, else all the other way round, else in the one order that fits; None where there
    is no such order, or more than one.
    """
    if _fit(found):
        return found, ""
    turned = [other for linear in found if (other := linear.turn()) is not None]
    if len(turned) == len(found) and _fit(turned):
        return turned, "The matrices are taken as [in, out]: they fit each other only so."
    orders = _orders(found) if len(found) <= _MOST_ORDERED else []
    if len(orders) != 1:
        return None
    names = ", ".join(label(linear.key) for linear in orders[0])
    return orders[0], f"The layers are put in the one order in which they fit: {names}."


def _fit(found: list[Linear]) -> bool:
    return all(len(one.weights) == two.weights.shape[1] for one, two in pairwise(found))


def _orders(found: list[Linear]) -> list[list[Linear]]:
    """Return the orders in which layers fit, two at most."""
    orders: list[list[Linear]] = []
    waiting = [[linear] for linear in found]
    while waiting and len(orders) < 2:
        begun = waiting.pop()
        if len(begun) == len(found):
            orders.append(begun)
        rest = [linear for linear in found if all(linear is not one for one in begun)]
        waiting += [[*begun, one] for one in rest if one.weights.shape[1] == len(begun[-1].weights)]
    return orders


def _modules(
    found: Arrays,
) -> tuple[dict[str, dict[str, Array]], dict[str, dict[str, str]], list[str]]:
    """Return {module: {part: array}}, {module: {part: name}}, and names that are no such part."""
    arrays = {key: a for key, a in found.arrays.items() if a.dtype.kind in "fiu"}
    modules: dict[str, dict[str, Array]] = {}
    keys: dict[str, dict[str, str]] = {}
    others = []
    for key, (prefix, part) in _places(arrays).items():
        if part not in _PARTS and arrays[key].ndim < 2:
            others.append(key)
            continue
        modules.setdefault(prefix, {})[part] = arrays[key].astype(np.float64)
        if "moving_mean" in key:
            modules[prefix]["epsilon"] = np.float64(_KERAS_EPSILON)  # type: ignore[assignment]
        keys.setdefault(prefix, {})[part] = key
    return modules, keys, others


_PARTS: Final = frozenset(
    {"weight", "kernel", "bias", "running_mean", "running_var", "num_batches_tracked", "epsilon"}
)


def _places(arrays: Mapping[str, Array]) -> dict[str, tuple[str, str]]:
    """Return for each name its module and part; arr_0, arr_1 … are told by their shapes."""
    if not all(_POSITION.fullmatch(key) for key in arrays):
        return {key: _split(key) for key in arrays}
    places, number = {}, 0
    for key, array in arrays.items():
        number += array.ndim == 2
        places[key] = f"layer {number}", "weight" if array.ndim == 2 else "bias"
    return places


def _split(key: str) -> tuple[str, str]:
    """Return module and part: 0.weight, dense/kernel, coefs_0, W1 and b1 all tell both."""
    for pattern, part in _BARE:
        if match := pattern.fullmatch(key):
            return f"layer {match[1]}", part
    if match := _KERAS.fullmatch(key):
        return match[1], _RENAMED.get(match[2], match[2])
    prefix, _, part = key.rpartition(".")
    return prefix, part


def _linear(parts: dict[str, Array], keys: dict[str, str], place: int, name: str) -> Linear:
    turned = "kernel" in parts
    weights = parts.get("kernel" if turned else "weight")
    if weights is None or weights.ndim != 2 or not parts.keys() <= {"weight", "kernel", "bias"}:
        what = ", ".join(f"{label(keys[part])} {list(a.shape)}" for part, a in parts.items())
        raise FileError(f"{name}: {what} is no layer of single units: export the model as ONNX.")
    biases = parts.get("bias")
    size = len(weights) if biases is None else biases.size
    if size not in weights.shape:
        raise FileError(
            f"{name}: the {size} biases {label(keys['bias'])} do not fit the weights "
            f"{label(keys['kernel' if turned else 'weight'])} {list(weights.shape)}."
        )
    turned = turned if size == weights.shape[1 if turned else 0] else not turned
    matrix = weights.T if turned else weights
    key = keys["kernel" if "kernel" in keys else "weight"]
    return Linear(key, matrix, None if biases is None else biases.ravel(), place, turned)


def _batch_norm(parts: dict[str, Array], prefix: str, name: str) -> tuple[Array, Array]:
    """Return factor and shift of a batch norm in evaluation, with the framework's epsilon."""
    mean, var = parts["running_mean"], parts.get("running_var")
    if var is None or var.shape != mean.shape or (var < 0).any():
        raise FileError(f"{name}: the batch norm {label(prefix)} lacks its variance.")
    one, none = np.ones_like(mean), np.zeros_like(mean)
    factor = parts.get("weight", one) / np.sqrt(var + float(parts.get("epsilon", _EPSILON)))
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
