"""The nudge: move one quantity by h and watch what every unit, and E, do.

This is the directional derivative behind the sum. A unit j feeds the units k; if a_j moves by h,
every a_k moves by about p_k h with p_k = ∂a_k/∂a_j, so E moves by about h Σ_k ∂E/∂a_k p_k = h ∇E·p
(PRML 5.55). Here the true changes, by whole forward passes, stand beside that. The derivatives
are the trace's; the check of all of them at once is in `gradient_check`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.columns import columns
from chainstep.engine.passes import Forward, forward, shares
from chainstep.errors import ChainstepError, NotRunnable
from chainstep.stepping.trace import Trace, only
from chainstep.stepping.why.paths import own_share

UNIT: Final = "unit"
INPUT: Final = "input"
WEIGHT: Final = "weight"
BIAS: Final = "bias"
#: From a tenth to where rounding takes over.
SIZES: Final = tuple(10.0**-power for power in range(1, 13))
#: Slopes of the remainder are taken where truncation rules: above this.
_RULED_BY_TRUNCATION: Final = 1e-4
_HELD: Final = 1e-6


@dataclass(frozen=True)
class Nudged:
    """What is moved. kind: unit (its a), input (its value), weight or bias.

    unit: the unit that moves first; source: the other end of a weight.
    """

    kind: str
    unit: str
    source: str = ""


@dataclass(frozen=True)
class Share:
    """One unit k in the sum: ∂E/∂a_k, p_k = ∂a_k/∂(what is moved), and their product.

    change: the true Δa_k / h, with all other units k at their old values.
    """

    unit: str
    delta: float
    p: float
    change: float

    @property
    def product(self) -> float:
        """The term of ∇E·p."""
        return self.delta * self.p


@dataclass(frozen=True)
class Line:
    """One row of the table, for one h.

    true: ΔE/h. by_changes: Σ_k ∂E/∂a_k Δa_k/h. derivative: ∂E/∂(what is moved). remainder:
    ΔE − h · derivative, of which the first term falls with h².
    """

    h: float
    true: float
    by_changes: float
    derivative: float
    remainder: float


class Nudge:
    """Moves one quantity in one example's pass, at the weights of its trace."""

    def __init__(self, trace: Trace, nudged: Nudged) -> None:
        """Raises ChainstepError for what is not in the net, NotRunnable without a backward pass."""
        if trace.backward_refused is not None:
            raise NotRunnable(trace.backward_refused)
        self.trace, self.nudged = trace, nudged
        self._check()
        inputs, targets = columns(only(trace.project, trace.example))
        self._inputs, self._targets = inputs, targets
        self._still = self._forward(0.0)

    @property
    def derivative(self) -> float:
        """∂E/∂(what is moved), by backpropagation."""
        trace, moved = self.trace, self.nudged
        if moved.kind == INPUT:
            found = trace.dE_dz(moved.unit)
        elif moved.kind == WEIGHT:
            found = trace.connection(moved.source, moved.unit).dE_dw
        else:
            found = trace.delta(moved.unit)
        return 0.0 if found is None else found

    @cached_property
    def shares(self) -> tuple[Share, ...]:
        """The units k of the sum with their terms; of a weight or bias the one unit it enters.

        The own share of an output, where E looks at it directly, is in `own_share`.
        """
        there = self._forward(_HELD)
        if self.nudged.kind in (WEIGHT, BIAS):
            unit = self.nudged.unit
            return (self._share(there, unit, self._entering()),)
        outgoing = self.trace.plan.network.outgoing[self.nudged.unit]
        found = (self.trace.outgoing(connection) for connection in outgoing)
        slopes = ((o.target, o.da_dz if self.nudged.kind == INPUT else o.da_da) for o in found)
        return tuple(self._share(there, target, slope or 0.0) for target, slope in slopes)

    @cached_property
    def own_share(self) -> float:
        """What E owes to the unit itself being an output, by ∂a_j; 0 elsewhere."""
        unit = self.trace.plan.network.by_id[self.nudged.unit]
        if self.nudged.kind != UNIT or not unit.is_output:
            return 0.0
        return own_share(self.trace, unit.id)

    @property
    def product(self) -> float:
        """∇E·p, written out by `shares`, with the own share of an output."""
        return self.own_share + sum(share.product for share in self.shares)

    def error(self, h: float = 0.0) -> float:
        """Return E_n when the quantity has moved by h."""
        return self._error(self._forward(h))

    def changes(self, h: float) -> dict[str, float]:
        """Return Δa of every unit that the nudge reaches; of an input moved, Δz."""
        row, there = self.trace.plan.row, self._forward(h)
        reached = reached_from(self.trace, self.nudged.unit)
        return {u: float(there.a[row[u], 0] - self._still.a[row[u], 0]) for u in reached}

    def line(self, h: float) -> Line:
        """Return one row of the table. h: not 0."""
        there = self._forward(h)
        change = self._error(there) - self._error(self._still)
        sums = sum(share.delta * self._moved(there, share.unit) / h for share in self.shares)
        own = self._own_change(there) / h
        slope = self.derivative
        return Line(h, change / h, sums + own, slope, change - h * slope)

    def table(self, sizes: Sequence[float] = SIZES) -> tuple[Line, ...]:
        """Return the table as h → 0."""
        return tuple(self.line(h) for h in sizes)

    def slope_of_remainder(self) -> float | None:
        """Return the slope of log |remainder| over log h while truncation rules: about 2.

        None where the remainder vanishes, as it does where E is linear in what is moved.
        """
        lines = [line for line in self.table() if abs(line.h) > _RULED_BY_TRUNCATION]
        rounding = 1e-14 * max(abs(self.error()), 1e-3)
        points = [(abs(n.h), abs(n.remainder)) for n in lines if abs(n.remainder) > rounding]
        if len(points) < 2:
            return None
        x, y = np.log(np.array(points)).T
        return float(((x - x.mean()) * (y - y.mean())).sum() / np.square(x - x.mean()).sum())

    def held(self, h: float, units: Collection[str] | None = None) -> dict[str, float]:
        """Return ΔE when only one unit k at a time is let move, by what the nudge gives it.

        units: these k, all where none are named; each takes a forward pass.

        All the others among the units that j feeds, and j's own way to E, are held fixed. The
        sum of these single changes is the whole change but for terms that fall with h².
        """
        there = self._forward(h)
        still = self._error(self._still)
        chosen = [s.unit for s in self.shares if units is None or s.unit in units]
        return {unit: self._error(self._only(there, unit)) - still for unit in chosen}

    def own_held(self, h: float) -> float:
        """Return ΔE by an output's own way to E, with every unit that it feeds held fixed."""
        return self._own_change(self._forward(h))

    def direct(self, h: float) -> dict[str, float]:
        """Return Δa of each unit of the sum by the nudge alone, not through another of them."""
        there = self._forward(h)
        return {share.unit: self._moved(there, share.unit) for share in self.shares}

    def changes_by(self, h: float, unit: str) -> dict[str, float]:
        """Return Δa of what is reached when only this unit of the sum is let move."""
        row, there = self.trace.plan.row, self._only(self._forward(h), unit)
        reached = reached_from(self.trace, unit)
        return {u: float(there.a[row[u], 0] - self._still.a[row[u], 0]) for u in reached}

    # --- how it is done -----------------------------------------------------------------------

    def _check(self) -> None:
        network, moved = self.trace.plan.network, self.nudged
        known = {
            UNIT: moved.unit in network.by_id and not network.by_id[moved.unit].is_input,
            INPUT: moved.unit in network.by_id and network.by_id[moved.unit].is_input,
            WEIGHT: (moved.source, moved.unit) in network.by_ends,
            BIAS: moved.unit in self.trace.plan.bias,
        }
        if not known.get(moved.kind, False):
            what = f"{moved.source} → {moved.unit}" if moved.source else moved.unit
            raise ChainstepError(
                f"There is no {moved.kind} {what} to move: choose one that the net has."
            )

    def _forward(self, h: float) -> Forward:
        plan, theta, inputs = self.trace.plan, self.trace.theta, self._inputs
        shift: Array | None = None
        if self.nudged.kind == UNIT:
            shift = np.zeros(len(plan.row))
            shift[plan.row[self.nudged.unit]] = h
        elif self.nudged.kind == INPUT:
            inputs = inputs.copy()
            inputs[[unit.id for unit in plan.network.inputs].index(self.nudged.unit)] += h
        else:
            theta = theta.copy()
            theta[self._place()] += h
        with np.errstate(all="ignore"):
            return forward(plan, theta, inputs, shift)

    def _only(self, there: Forward, unit: str) -> Forward:
        """Return the pass in which one unit of the sum moves as in another pass, others do not."""
        shift = np.zeros(len(self.trace.plan.row))
        shift[self.trace.plan.row[unit]] = self._moved(there, unit)
        with np.errstate(all="ignore"):
            return forward(self.trace.plan, self.trace.theta, self._inputs, shift)

    def _place(self) -> int:
        if self.nudged.kind == BIAS:
            return self.trace.plan.bias[self.nudged.unit]
        return self.trace.plan.weight[self.nudged.source, self.nudged.unit]

    def _error(self, state: Forward) -> float:
        with np.errstate(all="ignore"):
            share = shares(self.trace.plan, self.trace.project.loss, state, self._targets)
        return float(share.sum())

    def _moved(self, there: Forward, unit: str) -> float:
        """Return Δa of a unit with all other units but the one moved at their old values."""
        row = self.trace.plan.row[unit]
        if self.nudged.kind in (WEIGHT, BIAS):
            return float(there.a[row, 0] - self._still.a[row, 0])
        return self._alone(there, unit)

    def _alone(self, there: Forward, unit: str) -> float:
        """Return Δa_k through the connection j → k alone, not through other units on the way."""
        plan, mover = self.trace.plan, self.nudged.unit
        connection = plan.network.by_ends[mover, unit]
        change = float(there.z[plan.row[mover], 0] - self._still.z[plan.row[mover], 0])
        if plan.network.by_id[unit].combine == "sum":
            return self.trace.weight(connection) * change
        incoming = plan.network.incoming[unit]
        before = [self.trace.weight(c) * self.trace.z(c.source) for c in incoming]
        after = list(before)
        after[incoming.index(connection)] += self.trace.weight(connection) * change
        join = np.prod if plan.network.by_id[unit].combine == "product" else np.max
        return float(join(after) - join(before))

    def _own_change(self, there: Forward) -> float:
        """Return the change of E by the unit being an output itself, all others held."""
        unit = self.trace.plan.network.by_id[self.nudged.unit]
        if self.nudged.kind in (BIAS, WEIGHT) or not unit.is_output:
            return 0.0
        plan = self.trace.plan
        a, z = self._still.a.copy(), self._still.z.copy()
        if plan.group is not None:
            return self._error(there) - self._error(self._still)
        row = plan.row[unit.id]
        a[row], z[row] = there.a[row], there.z[row]
        return self._error(Forward(a, z)) - self._error(self._still)

    def _share(self, there: Forward, unit: str, p: float) -> Share:
        delta = self.trace.delta(unit) or 0.0
        return Share(unit, delta, p, self._moved(there, unit) / _HELD)

    def _entering(self) -> float:
        """Return ∂a_j of the weight or bias: z_i, or 1."""
        if self.nudged.kind == BIAS:
            return 1.0
        ends = self.nudged.source, self.nudged.unit
        return self.trace.da_dw(self.trace.plan.network.by_ends[ends])


def reached_from(trace: Trace, unit: str) -> tuple[str, ...]:
    """Return the unit and all that it feeds, directly or not, in document order."""
    network, found, waiting = trace.plan.network, {unit}, [unit]
    while waiting:
        for connection in network.outgoing[waiting.pop()]:
            if connection.target not in found:
                found.add(connection.target)
                waiting.append(connection.target)
    return tuple(u.id for u in network.units if u.id in found)
