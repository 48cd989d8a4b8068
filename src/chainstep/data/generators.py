"""Examples to learn from that need no file: truth tables and point clouds, seeded.

Every function returns `project.Data` with columns named and targets of 0 and 1 (`sine`: real
numbers). Splitting, scaling and one-hot targets are in `split`, tables from files in `tables`.
"""

from collections.abc import Callable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainstep.project import Data, Rows

Array = NDArray[np.float64]

#: Logic gates of two inputs by name.
GATES: Final[Mapping[str, Callable[[int, int], int]]] = MappingProxyType(
    {
        "and": lambda x, y: x & y,
        "or": lambda x, y: x | y,
        "nand": lambda x, y: 1 - (x & y),
        "nor": lambda x, y: 1 - (x | y),
        "xor": lambda x, y: x ^ y,
        "xnor": lambda x, y: 1 - (x ^ y),
    }
)


def gate(name: str) -> Data:
    """Return the truth table of a gate of two inputs: rows 00, 01, 10, 11."""
    rule = GATES[name]
    bits = [(x, y) for x in (0, 1) for y in (0, 1)]
    return Data(
        inputs=tuple((float(x), float(y)) for x, y in bits),
        targets=tuple((float(rule(x, y)),) for x, y in bits),
    )


def moons(rows: int = 200, noise: float = 0.15, seed: int = 0) -> Data:
    """Return two interleaving half circles of radius 1, the second shifted by (1, 0.5)."""
    upper, lower = (np.linspace(0.0, np.pi, count) for count in _halves(rows))
    first = np.column_stack((np.cos(upper), np.sin(upper)))
    second = np.column_stack((1.0 - np.cos(lower), 0.5 - np.sin(lower)))
    return _cloud((first, second), noise, seed)


def circles(rows: int = 200, noise: float = 0.08, seed: int = 0, inner: float = 0.5) -> Data:
    """Return a circle of radius 1 around one of radius `inner`."""
    outside, inside = (np.linspace(0.0, 2 * np.pi, n, endpoint=False) for n in _halves(rows))
    return _cloud((_polar(1.0, outside), _polar(inner, inside)), noise, seed)


def spiral(rows: int = 200, noise: float = 0.02, seed: int = 0, turns: float = 1.25) -> Data:
    """Return two arms that wind round each other, from radius 0.1 to 1."""
    first, second = (np.linspace(0.1, 1.0, count) for count in _halves(rows))
    arms = (_polar(first, 2 * np.pi * turns * first), -_polar(second, 2 * np.pi * turns * second))
    return _cloud(arms, noise, seed)


def blobs(rows: int = 200, noise: float = 0.5, seed: int = 0, classes: int = 2) -> Data:
    """Return round heaps on a circle of radius 2.

    noise: their standard deviation. Two classes give one target of 0 or 1, more one target each.
    """
    angles = 2 * np.pi * np.arange(classes) / classes
    counts = [rows // classes + (k < rows % classes) for k in range(classes)]
    centres = _polar(2.0, angles)
    return _cloud(
        tuple(np.tile(c, (n, 1)) for c, n in zip(centres, counts, strict=True)), noise, seed
    )


def sine(rows: int = 50, noise: float = 0.05, seed: int = 0) -> Data:
    """Return one period of the sine, x from -π to π; the noise is on the target only."""
    x = np.linspace(-np.pi, np.pi, rows)
    y = np.sin(x) + np.random.default_rng(seed).normal(0.0, noise, rows)
    return Data(inputs=_rows(x[:, None]), targets=_rows(y[:, None]))


#: The point clouds by name, for a menu.
CLOUDS: Final[Mapping[str, Callable[..., Data]]] = MappingProxyType(
    {"moons": moons, "circles": circles, "spiral": spiral, "blobs": blobs, "sine": sine}
)


def rounded(data: Data, decimals: int) -> Data:
    """Return a cloud with numbers that one can read; targets that are classes are whole already."""
    inputs, targets = _rounded(data.inputs, decimals), data.targets
    if len(data.inputs[0]) == 1:
        targets = _rounded(targets, decimals)
    return msgspec.structs.replace(data, inputs=inputs, targets=targets)


def _rounded(rows: Rows, decimals: int) -> Rows:
    """Return what `round` makes of each number, to the bit, without a zero below zero."""
    power = 10.0**decimals
    values = np.fromiter(chain.from_iterable(rows), np.float64)
    scaled = values * power
    found: Array = np.rint(scaled) / power + 0.0
    # Where the product is no telling on which side of a half the number lies, Python tells.
    near = np.abs(scaled - np.floor(scaled) - 0.5) < 1e-6
    found[near] = [round(value, decimals) + 0.0 for value in values[near].tolist()]
    return _rows(found.reshape(len(rows), -1))


def _halves(rows: int) -> tuple[int, int]:
    return rows - rows // 2, rows // 2


def _polar(radius: float | Array, angle: Array) -> Array:
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _cloud(parts: tuple[Array, ...], noise: float, seed: int) -> Data:
    """Put the classes below each other and shake every point by normal noise."""
    points = np.concatenate(parts)
    points = points + np.random.default_rng(seed).normal(0.0, noise, points.shape)
    label = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    targets = label[:, None] if len(parts) == 2 else np.eye(len(parts))[label]
    return Data(inputs=_rows(points), targets=_rows(targets))


def _rows(table: NDArray[np.generic]) -> Rows:
    """Return the rows as plain floats: a project holds no arrays."""
    return tuple(zip(*table.astype(np.float64).T.tolist(), strict=True))
