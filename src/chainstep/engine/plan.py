"""The plan: a network compiled to rows and parameters, level by level.

Units become rows of unit-major buffers [unit, example], ordered level → way of combining →
activation, so that a level is one contiguous block and its functions run on slices. Parameters
become one flat theta: the weights in document order, then the biases. Here the swap from
(source, target) to w_ji happens, once. The arithmetic over a plan is in `passes`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, groupby
from operator import attrgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.ways import Ways
from chainstep.network.model import GROUP_ACTIVATIONS, SUM, Network, Unit
from chainstep.network.order import levels
from chainstep.project import Project

Indices = NDArray[np.intp]
Params = tuple[tuple[str, float], ...]

#: A level is computed densely while its block has at most this many times its connections …
DENSE_FACTOR: Final = 5
#: … or is so small that a dense product costs less than gathering.
DENSE_SIZE: Final = 4096


@dataclass(frozen=True, slots=True)
class ActivationRun:
    """Rows start:stop of one level that share activation and parameters."""

    start: int
    stop: int
    name: str
    params: Params

    @property
    def rows(self) -> slice:
        """The rows as a slice."""
        return slice(self.start, self.stop)


@dataclass(frozen=True, slots=True)
class SumBlock:
    """The sum units of one level: a_j = b_j + Σ_i w_ji z_i.

    start:stop: rows of the units; edges: positions in theta of their weights; targets, sources:
    rows of both ends, one an edge, ordered by target; low:high: the range of source rows;
    biased: rows with a bias, bias: its place in theta. dense: whether W is worth building.
    """

    start: int
    stop: int
    edges: Indices
    targets: Indices
    sources: Indices
    low: int
    high: int
    biased: Indices
    bias: Indices
    dense: bool

    @property
    def single(self) -> bool:
        """Whether it is a single unit, whose connections are all there is to multiply with."""
        return self.stop - self.start == 1


@dataclass(frozen=True, slots=True)
class GateUnit:
    """A product or max unit: its row, the rows of its sources and its weights in theta."""

    row: int
    combine: str
    sources: Indices
    edges: Indices


@dataclass(frozen=True, slots=True)
class Level:
    """Everything of one level, in the order in which it is computed."""

    start: int
    stop: int
    runs: tuple[ActivationRun, ...]
    sums: SumBlock | None
    gates: tuple[GateUnit, ...]


@dataclass(frozen=True)
class Plan:
    """A network made ready for arrays; it belongs to exactly that network.

    row: unit id → row; inputs, outputs: rows in column order; weight, bias: places in theta by
    (source, target) and by unit; group: softmax or log_softmax of the outputs, or None.
    """

    network: Network
    row: dict[str, int]
    inputs: Indices
    outputs: Indices
    levels: tuple[Level, ...]
    bias: dict[str, int]
    group: str | None

    @property
    def weights(self) -> int:
        """Number of weights, the first of the parameters."""
        return len(self.network.connections)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.weights + len(self.bias)

    @cached_property
    def weight(self) -> dict[tuple[str, str], int]:
        """The place of each weight in theta, by (source, target)."""
        ends = map(attrgetter("source", "target"), self.network.connections)
        return {pair: place for place, pair in enumerate(ends)}

    @cached_property
    def biases(self) -> tuple[Indices, Indices]:
        """The rows of the sum units that have a bias, and its place in theta."""
        blocks = [level.sums for level in self.levels if level.sums is not None]
        none = np.zeros(0, dtype=np.intp)
        return (
            np.concatenate([none, *(block.biased for block in blocks)]),
            np.concatenate([none, *(block.bias for block in blocks)]),
        )

    @cached_property
    def gates(self) -> dict[int, GateUnit]:
        """The product and max units by their rows."""
        return {gate.row: gate for level in self.levels for gate in level.gates}

    @cached_property
    def alike(self) -> tuple[tuple[str, Params, Indices], ...]:
        """The rows of each activation with the same parameters, of all levels."""
        found: dict[tuple[str, Params], list[range]] = {}
        for level in self.levels:
            for run in level.runs:
                found.setdefault((run.name, run.params), []).append(range(run.start, run.stop))
        return tuple(
            (name, params, _indices(chain.from_iterable(rows)))
            for (name, params), rows in found.items()
        )

    @cached_property
    def ways(self) -> Ways:
        """The connections unit by unit, as they are walked for a unit's terms."""
        return Ways(self.network, self.row, self.weight)

    def theta(self) -> NDArray[np.float64]:
        """Return the parameters of the network as one flat vector."""
        weights = [connection.weight for connection in self.network.connections]
        biases = [unit.bias for unit in self.network.units if unit.bias is not None]
        return np.array([*weights, *biases], dtype=np.float64)

    def trainable(self, train_biases: bool) -> NDArray[np.bool_]:
        """Tell for each parameter whether training may change it."""
        weights = [connection.trainable for connection in self.network.connections]
        biased = (unit for unit in self.network.units if unit.bias is not None)
        biases = [unit.trainable and train_biases for unit in biased]
        return np.array([*weights, *biases], dtype=np.bool_)

    def adopt(self, network: Network) -> "Plan":
        """Return this plan for a network that differs in the values of its parameters only."""
        return replace(self, network=network)

    def project_with(self, project: Project, theta: NDArray[np.float64]) -> Project:
        """Return the project with these parameters."""
        values = theta.tolist()
        return project.with_parameters(
            {ends: values[place] for ends, place in self.weight.items()},
            {unit_id: values[place] for unit_id, place in self.bias.items()},
        )


def compile_plan(network: Network) -> Plan:
    """Compile a network that is ready to run (`readiness.why_not_forward`)."""
    level_of = levels(network)
    ordered = sorted(network.units, key=lambda unit: (level_of[unit.id], *_kind_of_row(unit)))
    row = {unit.id: number for number, unit in enumerate(ordered)}
    biased = [unit.id for unit in network.units if unit.bias is not None]
    bias = {unit_id: n for n, unit_id in enumerate(biased, start=len(network.connections))}
    blocks = [list(units) for _, units in groupby(ordered, key=lambda unit: level_of[unit.id])]
    output_kinds = {unit.activation for unit in network.outputs} & GROUP_ACTIVATIONS
    return Plan(
        network=network,
        row=row,
        inputs=_indices(row[unit.id] for unit in network.inputs),
        outputs=_indices(row[unit.id] for unit in network.outputs),
        levels=tuple(_Rows(network, row, bias).levels(blocks)),
        bias=bias,
        group=next(iter(output_kinds), None),
    )


class _Rows:
    """Builds the levels once rows and places in theta are known.

    All connections are ordered by target at once; what a block needs is then a slice.
    """

    def __init__(self, network: Network, row: dict[str, int], bias: dict[str, int]) -> None:
        targets, sources = (
            np.fromiter(map(row.__getitem__, map(attrgetter(end), network.connections)), np.intp)
            for end in ("target", "source")
        )
        self.edges = np.argsort(targets, kind="stable")
        self.targets, self.sources = targets[self.edges], sources[self.edges]
        pairs = sorted((row[unit_id], place) for unit_id, place in bias.items())
        self.biased, self.bias = _indices(r for r, _ in pairs), _indices(p for _, p in pairs)
        rows = np.arange(len(row) + 1)
        self.heads = np.searchsorted(self.targets, rows).tolist()
        self.bias_heads = np.searchsorted(self.biased, rows).tolist()

    def levels(self, blocks: list[list[Unit]]) -> Iterator[Level]:
        """Yield the level of each block of units: inputs, sums, gates."""
        bounds, start = [], 0
        for units in blocks:
            first = start + sum(unit.is_input for unit in units)
            gated = first + sum(unit.combine == SUM for unit in units[first - start :])
            bounds.append((start, first, gated, start + len(units)))
            start += len(units)
        spans = self.spans([(first, gated) for _, first, gated, _ in bounds])
        for units, (start, first, gated, stop), span in zip(blocks, bounds, spans, strict=True):
            gates = zip(range(gated, stop), units[gated - start :], strict=True)
            yield Level(
                start=start,
                stop=stop,
                runs=tuple(_runs(first, units[first - start :])),
                sums=self.sum_block(first, gated, *span) if first < gated else None,
                gates=tuple(self.gate(row, unit) for row, unit in gates),
            )

    def spans(self, blocks: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        """Yield for rows start:stop each the range low:high of the rows that feed them."""
        bounds = [self.heads[row] for block in blocks for row in block]
        padded = np.append(self.sources, 0)  # a bound may be the end
        lows = np.minimum.reduceat(padded, bounds)[::2].tolist()
        highs = np.maximum.reduceat(padded, bounds)[::2].tolist()
        for low, high, start, stop in zip(lows, highs, bounds[::2], bounds[1::2], strict=True):
            yield (low, high + 1) if start < stop else (0, 0)

    def sum_block(self, start: int, stop: int, low: int, high: int) -> SumBlock:
        part = slice(self.heads[start], self.heads[stop])
        biased = slice(self.bias_heads[start], self.bias_heads[stop])
        size, connections = (stop - start) * (high - low), part.stop - part.start
        return SumBlock(
            start=start,
            stop=stop,
            edges=self.edges[part],
            targets=self.targets[part],
            sources=self.sources[part],
            low=low,
            high=high,
            biased=self.biased[biased],
            bias=self.bias[biased],
            dense=size <= max(DENSE_FACTOR * connections, DENSE_SIZE),
        )

    def gate(self, row: int, unit: Unit) -> GateUnit:
        part = slice(self.heads[row], self.heads[row + 1])
        return GateUnit(row, unit.combine, self.sources[part], self.edges[part])


def _runs(row: int, units: list[Unit]) -> Iterator[ActivationRun]:
    for (name, params), group in groupby(units, key=lambda unit: (unit.activation, unit.params)):
        stop = row + sum(1 for _ in group)
        if name not in GROUP_ACTIVATIONS:
            yield ActivationRun(row, stop, name, params)
        row = stop


def _kind_of_row(unit: Unit) -> tuple[int, bool, str, tuple[tuple[str, float], ...]]:
    return (0 if unit.is_input else 1, unit.combine != SUM, unit.activation, unit.params)


def _indices(numbers: Iterator[int]) -> Indices:
    return np.fromiter(numbers, dtype=np.intp)
