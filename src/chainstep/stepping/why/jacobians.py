"""The backward pass as matrices: one Jacobian a level, row times column.

Between level l and l + 1 a cut goes through the net. What crosses it are the units whose a is
still needed: those of level l, those below it that feed past it (skip connections), and outputs,
which E looks at in the end. The Jacobian of a cut by the one before has a block of ∂a_k/∂a_j for
the units of the new level and an identity for those carried past it, so ∂E/∂a of every cut is
Jᵀ times that of the next. The sum over k in PRML (5.55) is one column of it. Inputs stand with
their value in the place of a. Forward mode, at the end, pushes a change through the same matrices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.activations import group_jacobian as jacobian_of
from chainstep.errors import NotRunnable
from chainstep.network.model import Connection, Network
from chainstep.network.order import forward_order, levels
from chainstep.stepping.trace import Trace
from chainstep.stepping.why.paths import own_share

STEP: Final = "step"
SKIP: Final = "skip"
CARRIED: Final = "carried"
ZERO: Final = ""


@dataclass(frozen=True)
class Product:
    """One product of row times column: ∂E/∂a_k of the row, ∂a_k/∂a_j, and both multiplied."""

    row: str
    gradient: float
    slope: float

    @property
    def value(self) -> float:
        """The term."""
        return self.gradient * self.slope


@dataclass(frozen=True)
class LevelJacobian:
    """∂(cut after level + 1) / ∂(cut after level).

    rows, columns: unit ids; values: (rows, columns). kinds: for each cell step (a connection
    between neighbouring levels), skip (one that comes from further below), carried (the identity
    of a unit that only passes) or "". above, below: ∂E/∂a at the rows and at the columns, by what
    lies beyond the cut.
    """

    level: int
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array
    kinds: tuple[tuple[str, ...], ...]
    above: Array

    @cached_property
    def below(self) -> Array:
        """Jᵀ times what is above."""
        return np.asarray(self.values.T @ self.above)

    def column(self, unit: str) -> tuple[Product, ...]:
        """Return the products whose sum is the gradient of one column, without empty cells."""
        place = self.columns.index(unit)
        return tuple(
            Product(row, float(gradient), float(slope))
            for row, gradient, slope, kinds in zip(
                self.rows, self.above, self.values[:, place], self.kinds, strict=True
            )
            if kinds[place] != ZERO
        )


@dataclass(frozen=True)
class Table:
    """A matrix with names: of the softmax ∂z_k/∂a_j, rows k, columns j."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array


@dataclass(frozen=True)
class Push:
    """Forward mode from one unit: ∂a_k/∂a_j of every unit k reached (of an input, by z_j).

    derivative: Σ over outputs of ∂E/∂a_k ∂a_k/∂a_j. multiplications: one a connection.
    """

    unit: str
    tangents: dict[str, float]
    derivative: float
    multiplications: int


@dataclass(frozen=True)
class Costs:
    """Multiplications for the gradient of E by every weight and bias.

    forward: one push a parameter, sweeps of them; reverse: one pull, then one product a weight.
    """

    sweeps: int
    forward: int
    reverse: int


def level_jacobians(trace: Trace) -> tuple[LevelJacobian, ...]:
    """Return the Jacobian of every level, from the inputs up. Raises NotRunnable."""
    _check(trace)
    network = trace.plan.network
    level_of = levels(network)
    top = max(level_of.values(), default=0)
    cuts = [_cut(network, level_of, level) for level in range(top + 1)]
    found: list[LevelJacobian] = []
    above = np.array([own_share(trace, unit) for unit in cuts[-1]] if cuts else [])
    for level in range(top - 1, -1, -1):
        made = _Cells(trace, level_of, level).jacobian(cuts[level + 1], cuts[level], above)
        found.append(made)
        above = made.below
    return tuple(reversed(found))


def softmax_jacobian(trace: Trace) -> Table | None:
    """Return ∂z_k/∂a_j of the outputs where softmax or log-softmax couples them, else None."""
    group = trace.plan.group
    if group is None:
        return None
    names = tuple(unit.id for unit in trace.plan.network.outputs)
    z = np.array([trace.z(name) for name in names])
    return Table(names, names, jacobian_of(group, z))


def push(trace: Trace, unit: str) -> Push:
    """Push a change of one unit forward to E: the same number as pulling δ back."""
    _check(trace)
    network = trace.plan.network
    tangents = {unit: 1.0}
    multiplications = 0
    for other in forward_order(network):
        for connection in network.incoming[other.id]:
            if connection.source in tangents and other.id != unit:
                step = slope(trace, connection) * tangents[connection.source]
                tangents[other.id] = tangents.get(other.id, 0.0) + step
                multiplications += 1
    reached = [output.id for output in network.outputs if output.id in tangents]
    derivative = sum(own_share(trace, output) * tangents[output] for output in reached)
    return Push(unit, tangents, derivative, multiplications + len(reached))


def costs(trace: Trace) -> Costs:
    """Return what the whole gradient costs by forward and by reverse mode. Raises NotRunnable."""
    _check(trace)
    network = trace.plan.network
    by_unit = _multiplications(network)
    weights = [by_unit[target] + 1 for _, target in trace.plan.weight]
    biases = [by_unit[unit] for unit in trace.plan.bias]
    pulled = sum(not network.by_id[c.source].is_input for c in network.connections)
    reverse = pulled + len(network.connections)
    return Costs(len(weights) + len(biases), sum(weights) + sum(biases), reverse)


def _multiplications(network: Network) -> dict[str, int]:
    """Return for each unit what one push takes: a product a connection, and one an output."""
    # What is reached is kept as bits of a whole number: counting them needs no walk from each.
    bit = {connection.ends: 1 << n for n, connection in enumerate(network.connections)}
    outputs = {unit.id: 1 << (len(bit) + n) for n, unit in enumerate(network.outputs)}
    reached: dict[str, int] = {}
    for unit in reversed(forward_order(network)):
        found = outputs.get(unit.id, 0)
        for connection in network.outgoing[unit.id]:
            found |= bit[connection.ends] | reached[connection.target]
        reached[unit.id] = found
    return {unit: found.bit_count() for unit, found in reached.items()}


def slope(trace: Trace, connection: Connection) -> float:
    """Return ∂a_k/∂a_j of a connection j → k; of an input j ∂a_k/∂z_j."""
    found = trace.da_dz(connection)
    source = trace.plan.network.by_id[connection.source]
    return found if source.is_input else found * trace.h_prime(source.id)


def _check(trace: Trace) -> None:
    if trace.backward_refused is not None:
        raise NotRunnable(trace.backward_refused)


def _cut(network: Network, level_of: dict[str, int], level: int) -> tuple[str, ...]:
    """Return what crosses the cut after a level: its units, and what is needed further on."""
    return tuple(
        unit.id
        for unit in forward_order(network)
        if level_of[unit.id] == level
        or (
            level_of[unit.id] < level
            and (unit.is_output or any(level_of[k] > level for k in _targets(network, unit.id)))
        )
    )


def _targets(network: Network, unit: str) -> Iterator[str]:
    return (connection.target for connection in network.outgoing[unit])


@dataclass(frozen=True)
class _Cells:
    trace: Trace
    level_of: dict[str, int]
    level: int

    def jacobian(
        self, rows: tuple[str, ...], columns: tuple[str, ...], above: Array
    ) -> LevelJacobian:
        cells = [[self._cell(row, column) for column in columns] for row in rows]
        values = np.array([[value for value, _ in line] for line in cells], dtype=np.float64)
        kinds = tuple(tuple(kind for _, kind in line) for line in cells)
        shaped = values.reshape(len(rows), len(columns))
        return LevelJacobian(self.level, rows, columns, shaped, kinds, above)

    def _cell(self, row: str, column: str) -> tuple[float, str]:
        if row == column:
            return 1.0, CARRIED
        connection = self.trace.plan.network.by_ends.get((column, row))
        if connection is None or self.level_of[row] != self.level + 1:
            return 0.0, ZERO
        kind = STEP if self.level_of[column] == self.level else SKIP
        return slope(self.trace, connection), kind
