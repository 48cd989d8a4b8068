"""Which rows are held back, columns brought to a common scale, words made into targets.

A split is row numbers and a scale is two numbers a column; both live in `project.Data`, so the
engine needs nothing from here. Reading tables is in `tables`, made-up data in `generators`.
"""

import math
import re
from collections.abc import Hashable, Sequence
from itertools import chain
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from chainstep.project import Data, Rows

Scale = tuple[float, float]
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,15}")


def stratified(labels: Sequence[Hashable], share: float, seed: int) -> tuple[int, ...]:
    """Return the numbers of the rows to hold back, ascending: `share` of each class.

    round(share · N) rows in all; where classes do not divide evenly, those with the largest
    remainder give one row more. The same seed draws the same rows.
    """
    places: dict[Hashable, list[int]] = {}
    for row, label in enumerate(labels):
        places.setdefault(label, []).append(row)
    counts = _apportioned([len(rows) for rows in places.values()], share)
    random = np.random.default_rng(seed)
    drawn = (
        random.permutation(rows)[:count]
        for rows, count in zip(places.values(), counts, strict=True)
    )
    return tuple(sorted(row for rows in drawn for row in rows.tolist()))


def hold_back(data: Data, share: float, seed: int) -> Data:
    """Return the data with `share` of its rows as validation, stratified where it has classes.

    The class of a row is its row of targets; targets that are not all 0 or 1 make one class.
    """
    is_class = set(chain.from_iterable(data.targets)) <= {0.0, 1.0}
    labels = data.targets if data.targets and is_class else ((),) * len(data.inputs)
    return msgspec.structs.replace(data, validation=stratified(labels, share, seed))


def standardise(data: Data, names: Sequence[str] = ()) -> Data:
    """Return the data with inputs of mean 0 and standard deviation 1 over the training rows.

    names: what the scaling calls the input columns (default: `data.columns`). The deviation is
    the population's (divided by N). A column that does not vary becomes 0 and gets sd 0. Data that
    are scaled already are scaled further, and the scaling still leads from the raw numbers. Data
    without training rows stay as they are.
    """
    rows = data.training_rows
    if not rows:
        return data
    count, wide = len(data.inputs), len(data.inputs[0])
    values = np.fromiter(chain.from_iterable(data.inputs), np.float64, count * wide)
    columns = np.ascontiguousarray(values.reshape(count, wide).T)
    scales = [_scale(column) for column in columns[:, list(rows)]]
    brought = (
        ((column - mean) / sd if sd else np.zeros(count)).tolist()
        for column, (mean, sd) in zip(columns, scales, strict=True)
    )
    inputs = tuple(zip(*brought, strict=True)) if wide else data.inputs
    heads = names or data.columns[: len(scales)]
    scaling = dict(data.scaling)
    for name, scale in zip(heads, scales, strict=True):
        scaling[name] = _composed(scaling.get(name, (0.0, 1.0)), scale)
    return msgspec.structs.replace(data, inputs=inputs, scaling=scaling)


def scaled(value: float, scale: Scale) -> float:
    """Return (value - mean) / sd; 0 for a column that does not vary."""
    mean, sd = scale
    return (value - mean) / sd if sd else 0.0


def one_hot(labels: Sequence[str]) -> tuple[Rows, tuple[str, ...]]:
    """Return a row of targets a label, 1 in its class's column, and the classes in sorted order.

    Classes that all are whole numbers are sorted as such: 2 before 10.
    """
    classes = tuple(sorted(set(labels)))
    if all(_WHOLE.fullmatch(label) for label in classes):
        classes = tuple(sorted(classes, key=int))
    rows = {name: tuple(float(name == other) for other in classes) for name in classes}
    return tuple(rows[label] for label in labels), classes


def _apportioned(sizes: Sequence[int], share: float) -> list[int]:
    """Split round(share · total) over the classes by largest remainder, earlier first on a tie."""
    shares = [share * size for size in sizes]
    counts = [math.floor(part) for part in shares]
    missing = round(share * sum(sizes)) - sum(counts)
    by_remainder = sorted(range(len(sizes)), key=lambda k: counts[k] - shares[k])
    for k in by_remainder[:missing]:
        counts[k] += 1
    return counts


def _scale(column: NDArray[np.float64]) -> Scale:
    """Return mean and standard deviation; exact sums, so that every platform agrees."""
    if (column == column[0]).all():
        return float(column[0]), 0.0
    mean = math.fsum(column.tolist()) / len(column)
    sd = math.sqrt(math.fsum(((column - mean) ** 2).tolist()) / len(column))
    return mean, sd


def _composed(first: Scale, second: Scale) -> Scale:
    """Return the scale that does `first`, then `second`."""
    return first[0] + first[1] * second[0], first[1] * second[1]
