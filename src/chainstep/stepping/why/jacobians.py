"""The backward pass as matrices: for each level the block of ∂a_k/∂a_j below it, row times column.

The units of a level are the columns; the rows are all units that they feed, by level. Where only
neighbouring levels are connected there is one block, ∂a^(l+1)/∂a^(l); a skip connection makes
another, ∂a^(l+2)/∂a^(l) and so on. ∂E/∂a of the columns is Jᵀ times ∂E/∂a of the rows, and what E
owes to an output among the columns itself; the sum over k in PRML (5.55) is one column of it.
Inputs stand with their value in the place of a. Forward mode, at the end, pushes a change through
the same numbers.
"""

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
    """∂(a of what a level feeds) / ∂(a of the level).

    rows, columns: unit ids; levels: of the rows, rising: each is a block. values: (rows, columns);
    kinds: for each cell step (a connection to the next level), skip (to one further on) or "".
    above: ∂E/∂a at the rows. own: what E owes to each column itself, 0 but for outputs.
    """

    level: int
    rows: tuple[str, ...]
    levels: tuple[int, ...]
    columns: tuple[str, ...]
    values: Array
    kinds: tuple[tuple[str, ...], ...]
    above: Array
    own: Array

    @cached_property
    def below(self) -> Array:
        """∂E/∂a at the columns: Jᵀ times what is above, and what E owes to them itself."""
        return np.asarray(self.values.T @ self.above + self.own)

    def column(self, unit: str) -> tuple[Product, ...]:
        """Return the products whose sum is the gradient of one column, but for its own share."""
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


def jacobian_at(trace: Trace, unit: str) -> LevelJacobian:
    """Return the blocks in which a unit is a column. Raises NotRunnable."""
    _check(trace)
    level_of = levels(trace.plan.network)
    return _level(trace, level_of, level_of[unit])


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


def _level(trace: Trace, level_of: dict[str, int], level: int) -> LevelJacobian:
    network = trace.plan.network
    order = [unit.id for unit in forward_order(network)]
    columns = tuple(unit for unit in order if level_of[unit] == level)
    fed = {connection.target for unit in columns for connection in network.outgoing[unit]}
    rows = tuple(sorted((unit for unit in order if unit in fed), key=lambda unit: level_of[unit]))
    values = np.zeros((len(rows), len(columns)))
    kinds = [[ZERO] * len(columns) for _ in rows]
    row_of = {unit: n for n, unit in enumerate(rows)}
    for place, unit in enumerate(columns):
        for connection in network.outgoing[unit]:
            at = row_of[connection.target]
            values[at, place] = slope(trace, connection)
            kinds[at][place] = STEP if level_of[connection.target] == level + 1 else SKIP
    return LevelJacobian(
        level,
        rows,
        tuple(level_of[unit] for unit in rows),
        columns,
        values,
        tuple(map(tuple, kinds)),
        np.array([trace.delta(unit) or 0.0 for unit in rows]),
        np.array([own_share(trace, unit) for unit in columns]),
    )
