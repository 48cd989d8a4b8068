"""The plan: a network compiled to rows and parameters, level by level.

Units become rows of unit-major buffers [unit, example], ordered level → way of combining →
activation, so that a level is one contiguous block and its functions run on slices. Parameters
become one flat theta: the weights in document order, then the biases. Here the swap from
(source, target) to w_ji happens, once. The arithmetic over a plan is in `passes`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.ways import Ways
from chainstep.network.model import GROUP_ACTIVATIONS, SUM, Network, Unit
from chainstep.network.order import levels
from chainstep.project import Project

Indices = NDArray[np.intp]

#: A level is computed densely while its block has at most this many times its connections …
DENSE_FACTOR: Final = 5
#: … or is so small that a dense product costs less than gathering.
DENSE_SIZE: Final = 4096


@dataclass(frozen=True)
class ActivationRun:
    """Rows start:stop of one level that share activation and parameters."""

    start: int
    stop: int
    name: str
    params: tuple[tuple[str, float], ...]

    @property
    def rows(self) -> slice:
        """The rows as a slice."""
        return slice(self.start, self.stop)


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class GateUnit:
    """A product or max unit: its row, the rows of its sources and its weights in theta."""

    row: int
    combine: str
    sources: Indices
    edges: Indices


@dataclass(frozen=True)
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
    weight: dict[tuple[str, str], int]
    bias: dict[str, int]
    group: str | None

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.weight) + len(self.bias)

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
    weight = {connection.ends: n for n, connection in enumerate(network.connections)}
    biased = [unit.id for unit in network.units if unit.bias is not None]
    bias = {unit_id: len(weight) + n for n, unit_id in enumerate(biased)}
    rows = _Rows(network, row, weight, bias)
    blocks = groupby(ordered, key=lambda unit: level_of[unit.id])
    output_kinds = {unit.activation for unit in network.outputs} & GROUP_ACTIVATIONS
    return Plan(
        network=network,
        row=row,
        inputs=_indices(row[unit.id] for unit in network.inputs),
        outputs=_indices(row[unit.id] for unit in network.outputs),
        levels=tuple(rows.level(list(units)) for _, units in blocks),
        weight=weight,
        bias=bias,
        group=next(iter(output_kinds), None),
    )


@dataclass(frozen=True)
class _Rows:
    """Builds the levels once rows and places in theta are known."""

    network: Network
    row: dict[str, int]
    weight: dict[tuple[str, str], int]
    bias: dict[str, int]

    def level(self, units: list[Unit]) -> Level:
        start = self.row[units[0].id]
        computed = [unit for unit in units if not unit.is_input]
        sums = [unit for unit in computed if unit.combine == SUM]
        gates = [unit for unit in computed if unit.combine != SUM]
        return Level(
            start=start,
            stop=start + len(units),
            runs=tuple(self.runs(computed)),
            sums=self.sum_block(sums) if sums else None,
            gates=tuple(self.gate(unit) for unit in gates),
        )

    def runs(self, units: list[Unit]) -> Iterator[ActivationRun]:
        for (name, params), group in groupby(units, key=lambda u: (u.activation, u.params)):
            rows = [self.row[unit.id] for unit in group]
            if name not in GROUP_ACTIVATIONS:
                yield ActivationRun(rows[0], rows[-1] + 1, name, params)

    def sum_block(self, units: list[Unit]) -> SumBlock:
        incoming = [c for unit in units for c in self.network.incoming[unit.id]]
        sources = _indices(self.row[c.source] for c in incoming)
        low, high = (int(sources.min()), int(sources.max()) + 1) if incoming else (0, 0)
        size = len(units) * (high - low)
        biased = [unit.id for unit in units if unit.id in self.bias]
        return SumBlock(
            start=self.row[units[0].id],
            stop=self.row[units[-1].id] + 1,
            edges=_indices(self.weight[c.ends] for c in incoming),
            targets=_indices(self.row[c.target] for c in incoming),
            sources=sources,
            low=low,
            high=high,
            biased=_indices(self.row[unit_id] for unit_id in biased),
            bias=_indices(self.bias[unit_id] for unit_id in biased),
            dense=size <= max(DENSE_FACTOR * len(incoming), DENSE_SIZE),
        )

    def gate(self, unit: Unit) -> GateUnit:
        incoming = self.network.incoming[unit.id]
        return GateUnit(
            row=self.row[unit.id],
            combine=unit.combine,
            sources=_indices(self.row[c.source] for c in incoming),
            edges=_indices(self.weight[c.ends] for c in incoming),
        )


def _kind_of_row(unit: Unit) -> tuple[int, bool, str, tuple[tuple[str, float], ...]]:
    return (0 if unit.is_input else 1, unit.combine != SUM, unit.activation, unit.params)


def _indices(numbers: Iterator[int]) -> Indices:
    return np.fromiter(numbers, dtype=np.intp)
