"""The trace of one example: a forward and a backward pass with every term.

The pass is computed whole as arrays; the terms of a unit are built when it is looked at. The
numbers are per example, without reduction.
"""

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from chainstep.engine.activations import Array, group_jacobian
from chainstep.engine.columns import columns
from chainstep.engine.finite import what_broke
from chainstep.engine.passes import (
    Backward,
    Forward,
    backward,
    forward,
    gate_slopes,
    shares,
    slopes,
)
from chainstep.engine.plan import Plan, compile_plan
from chainstep.engine.readiness import why_not_backward, why_not_example
from chainstep.errors import ChainstepError, NotRunnable, NumbersBroke
from chainstep.network.model import SUM, Connection, Unit
from chainstep.project import Project
from chainstep.stepping.terms import (
    BiasTrace,
    ConnectionTrace,
    Incoming,
    JacobianTerm,
    Outgoing,
    UnitTrace,
    Value,
)
from chainstep.words import counted


class Trace:
    """One example's pass at given weights, with the values of `chainstep trace --format json`.

    example: the row of the data. loss: E_n, None without targets. backward_refused: the sentence
    that says why there is no backward pass, or None. a, z, delta and the terms of a unit:
    `unit(id)`, or all `units`. The slopes of weights and biases: `connections`, `biases`. All at
    once, as dictionaries: `as_dict()`. Derivatives are of E_n, without reduction (PRML 5.53-5.56).
    """

    def __init__(
        self, project: Project, plan: Plan, theta: Array, example: int, strict: bool = True
    ) -> None:
        """Compute the pass; see `trace` for the checks. Raises NumbersBroke if strict.

        A debugger that shows where the numbers broke is not strict.
        """
        self.project, self.plan, self.theta, self.example = project, plan, theta, example
        inputs, targets = columns(only(project, example))
        self.backward_refused = why_not_backward(project)
        self._slopes: dict[str, list[float]] = {}
        self._state: Forward
        self._back: Backward | None = None
        error: Array | None = None
        with np.errstate(all="ignore"):
            self._state = forward(plan, theta, inputs)
            if self.backward_refused is None:
                self.targets = targets[:, 0].tolist()
                error = shares(plan, project.loss, self._state, targets)
                self.shares = _listed(error)
                self._back = backward(plan, theta, project.loss, self._state, targets)
        if strict:
            self._check_finite(error)

    @property
    def loss(self) -> Value:
        """E_n, None where there is no backward pass."""
        return None if self._back is None else sum(self.shares)

    @cached_property
    def units(self) -> tuple[UnitTrace, ...]:
        """All units in document order."""
        return tuple(self.unit(unit.id) for unit in self.plan.network.units)

    @cached_property
    def connections(self) -> tuple[ConnectionTrace, ...]:
        """All connections in document order."""
        return tuple(self.connection(*c.ends) for c in self.plan.network.connections)

    @cached_property
    def biases(self) -> tuple[BiasTrace, ...]:
        """All biases in document order."""
        return tuple(
            BiasTrace(unit_id, float(self.theta[place]), self.delta(unit_id))
            for unit_id, place in self.plan.bias.items()
        )

    def unit(self, unit_id: str) -> UnitTrace:
        """Return the numbers of one unit with all its terms. Raises ChainstepError without it."""
        unit = self.plan.network.by_id.get(unit_id)
        if unit is None:
            raise ChainstepError(f"There is no unit {unit_id} in the net; `units` lists them.")
        row = self.plan.row[unit_id]
        computed = not unit.is_input
        grouped = self.plan.group is not None and unit.is_output
        return UnitTrace(
            id=unit_id,
            kind=unit.kind,
            a=self._a[row] if computed else None,
            z=self._z[row],
            h_prime=_finite(self._h_prime[row]) if computed and not grouped else None,
            dE_dz=None if self._back is None else _finite(self._dE_dz[row]),
            delta=self._delta[row] if computed and self._back is not None else None,
            direct=self.direct(unit_id) if unit.is_output else None,
            incoming=self.all_incoming(unit_id) if computed else (),
            outgoing=self.all_outgoing(unit_id),
            jacobian=tuple(self.jacobian(unit)) if grouped and self._back else None,
        )

    def a(self, unit_id: str) -> float:
        """Return the weighted input a_j; of an input its value."""
        return self._a[self.plan.row[unit_id]]

    def z(self, unit_id: str) -> float:
        """Return the output z_j."""
        return self._z[self.plan.row[unit_id]]

    def h_prime(self, unit_id: str) -> float:
        """Return h′(a_j); 0 for inputs and softmax outputs, which have none."""
        return self._h_prime[self.plan.row[unit_id]]

    def delta(self, unit_id: str) -> Value:
        """Return δ_j = ∂E/∂a_j, None for inputs and without a backward pass."""
        if self._back is None or self.plan.network.by_id[unit_id].is_input:
            return None
        return self._delta[self.plan.row[unit_id]]

    def dE_dz(self, unit_id: str) -> Value:
        """Return ∂E/∂z_j, None where it cannot be represented or there is no backward pass."""
        return None if self._back is None else _finite(self._dE_dz[self.plan.row[unit_id]])

    def direct(self, unit_id: str) -> Value:
        """Return an output's own share ∂E/∂z_j, None for other units."""
        place = self._output_place.get(unit_id)
        return None if self._back is None or place is None else _finite(self._back.direct[place, 0])

    def target(self, unit_id: str) -> Value:
        """Return the target of an output, None where there is none."""
        place = self._output_place.get(unit_id)
        targets = self.project.data.targets
        if place is None or self.example >= len(targets) or place >= len(targets[self.example]):
            return None
        return targets[self.example][place]

    def share(self, unit_id: str) -> Value:
        """Return an output's own share of E_n."""
        return None if self._back is None else self.shares[self._output_place[unit_id]]

    def weight(self, connection: Connection) -> float:
        """Return w_ji as this pass used it."""
        return self._w[self.plan.weight[connection.ends]]

    def bias(self, unit_id: str) -> Value:
        """Return b_j as this pass used it, None for a unit without one."""
        place = self.plan.bias.get(unit_id)
        return None if place is None else float(self.theta[place])

    def incoming(self, connection: Connection) -> Incoming:
        """Return the term that a connection brings to its target."""
        weight, z = self.weight(connection), self.z(connection.source)
        return Incoming(connection.source, weight, z, weight * z)

    def outgoing(self, connection: Connection) -> Outgoing:
        """Return the term that comes back over a connection to its source."""
        delta = self.delta(connection.target)
        da_dz = self.da_dz(connection)
        source = self.plan.network.by_id[connection.source]
        da_da = None if source.is_input else _finite(da_dz * self.h_prime(source.id))
        return Outgoing(
            target=connection.target,
            delta=delta,
            da_dz=da_dz,
            dE_dz_term=None if delta is None else _finite(delta * da_dz),
            da_da=da_da,
            delta_term=None if delta is None or da_da is None else _finite(delta * da_da),
        )

    def all_incoming(self, unit_id: str) -> tuple[Incoming, ...]:
        """Return the terms of a_j in document order."""
        z, w, ways = self._z, self._w, self.plan.ways
        return tuple(
            [Incoming(i, w[at], z[row], w[at] * z[row]) for i, row, at in ways.into(unit_id)]
        )

    def all_outgoing(self, unit_id: str) -> tuple[Outgoing, ...]:
        """Return the terms that come back to j, in document order."""
        if self.plan.ways.sums_only and self._back is not None:
            into_input = unit_id in self.plan.ways.inputs
            found, check = (self._to_input if into_input else self._to_unit)(unit_id)
            if math.isfinite(check):
                return tuple(found)
        return tuple(map(self.outgoing, self.plan.network.outgoing[unit_id]))  # some may be null

    def _to_unit(self, unit_id: str) -> tuple[list[Outgoing], float]:
        """Return the terms, were all of them finite, and a number that is finite if they are."""
        w, deltas, slope = self._w, self._delta, self._h_prime[self.plan.row[unit_id]]
        found, check = [], 0.0
        for k, row, at in self.plan.ways.out_of(unit_id):
            weight, delta = w[at], deltas[row]
            da_da = weight * slope
            back, own = delta * weight, delta * da_da
            check += back + own + da_da
            found.append(Outgoing(k, delta, weight, back, da_da, own))
        return found, check

    def _to_input(self, unit_id: str) -> tuple[list[Outgoing], float]:
        """The same for an input, which has no a and no δ."""
        w, deltas = self._w, self._delta
        found, check = [], 0.0
        for k, row, at in self.plan.ways.out_of(unit_id):
            back = deltas[row] * w[at]
            check += back
            found.append(Outgoing(k, deltas[row], w[at], back, None, None))
        return found, check

    def da_dz(self, connection: Connection) -> float:
        """Return ∂a_k/∂z_j: w_kj, times the other factors of a product, 0 for a loser of a max."""
        return self.weight(connection) * self.gate_slope(connection)

    def da_dw(self, connection: Connection) -> float:
        """Return ∂a_j/∂w_ji: z_i, times the other factors of a product, 0 for a loser of a max."""
        return self.gate_slope(connection) * self.z(connection.source)

    def connection(self, source: str, target: str) -> ConnectionTrace:
        """Return weight and ∂E/∂w of one connection. Raises ChainstepError without it."""
        connection = self.plan.network.by_ends.get((source, target))
        if connection is None:
            sentence = f"No connection goes from {source} to {target}; `connections` lists them."
            raise ChainstepError(sentence)
        delta = self.delta(target)
        return ConnectionTrace(
            source,
            target,
            self.weight(connection),
            None if delta is None else _finite(delta * self.da_dw(connection)),
        )

    def jacobian(self, unit: Unit) -> Iterator[JacobianTerm]:
        """Yield the terms Σ_k ∂E/∂z_k ∂z_k/∂a_j of a softmax output j."""
        assert self._back is not None
        outputs = self.plan.network.outputs
        column = self._jacobian[:, self._output_place[unit.id]].tolist()
        for place, (output, dz_da) in enumerate(zip(outputs, column, strict=True)):
            direct = _finite(self._back.direct[place, 0])
            if self.project.loss.name == "cross_entropy" and self.plan.group == "softmax":
                # −t/p · p(δ − p) without the division, which fails where p has rounded to 0.
                same = 1.0 if output.id == unit.id else 0.0
                term = self.targets[place] * (self.z(unit.id) - same)
            else:
                term = (direct or 0.0) * dz_da
            yield JacobianTerm(output.id, direct, dz_da, term)

    def as_dict(self) -> dict[str, Any]:
        """Return what `trace --format json` prints."""
        found: dict[str, Any] = {
            "example": self.example,
            "loss": self.loss,
            "units": [unit.as_dict() for unit in self.units],
            "connections": [msgspec.structs.asdict(connection) for connection in self.connections],
            "biases": [msgspec.structs.asdict(bias) for bias in self.biases],
        }
        if self.backward_refused is not None:
            found["backward_refused"] = self.backward_refused
        return found

    @cached_property
    def _a(self) -> list[float]:
        return _listed(self._state.a)

    @cached_property
    def _z(self) -> list[float]:
        return _listed(self._state.z)

    @cached_property
    def _h_prime(self) -> list[float]:
        if self._back is not None:
            return _listed(self._back.h_prime)
        with np.errstate(all="ignore"):
            return _listed(slopes(self.plan, self._state.a))

    @cached_property
    def _dE_dz(self) -> list[float]:
        assert self._back is not None
        return _listed(self._back.dE_dz)

    @cached_property
    def _delta(self) -> list[float]:
        assert self._back is not None
        return _listed(self._back.delta)

    @cached_property
    def _w(self) -> list[float]:
        found: list[float] = self.theta.tolist()
        return found

    @cached_property
    def _output_place(self) -> dict[str, int]:
        return {unit.id: n for n, unit in enumerate(self.plan.network.outputs)}

    @cached_property
    def _jacobian(self) -> Array:
        assert self.plan.group is not None
        return group_jacobian(self.plan.group, self._state.z[self.plan.outputs, 0])

    def gate_slope(self, connection: Connection) -> float:
        """Return ∂a_k/∂(w_kj z_j) of a connection: 1 into a sum unit."""
        target = self.plan.network.by_id[connection.target]
        if target.combine == SUM:
            return 1.0
        incoming = self.plan.network.incoming[target.id]
        return self._gate_slopes(target.id)[incoming.index(connection)]

    def _gate_slopes(self, unit_id: str) -> list[float]:
        if unit_id not in self._slopes:
            gate = self.plan.gates[self.plan.row[unit_id]]
            self._slopes[unit_id] = _listed(gate_slopes(gate, self.theta, self._state.z))
        return self._slopes[unit_id]

    def _check_finite(self, error: Array | None) -> None:
        broken = what_broke(self.plan, self._state, self._back, error)
        if broken:
            raise NumbersBroke(
                f"{broken} is not finite at example {self.example + 1}: "
                "smaller weights or inputs are needed."
            )


def trace(project: Project, example: int = 0) -> Trace:
    """Trace one example (a row of the data, from 0) at the project's weights.

    Raises NotRunnable where the net or the data are not ready, NumbersBroke where a value
    is not finite. A refused backward pass is no error: the forward part stands.

    >>> import chainstep
    >>> trace = chainstep.trace(chainstep.load("mazur.chainstep"), example=0)
    >>> round(trace.loss, 9)
    0.298371109
    >>> h1 = trace.unit("h1")
    >>> for term in h1.outgoing:  # delta is a sum: one term for each unit that h1 feeds
    ...     print(term.target, round(term.delta_term, 6))
    o1 0.013368
    o2 -0.004597
    >>> round(h1.delta, 6)
    0.008771
    >>> round(trace.connection("i1", "h1").dE_dw, 6)
    0.000439
    """
    refuse_example(project, example)
    plan = compile_plan(project.network)
    return Trace(project, plan, plan.theta(), example)


def refuse_example(project: Project, example: int) -> None:
    """Raise NotRunnable where a row of the data cannot be run, or there is none."""
    reason = why_not_example(project)
    rows = len(project.data.inputs)
    if reason is None and not 0 <= example < rows:
        there = counted(rows, "row")
        reason = f"There is no example {example}: the data have {there}, counted from 0."
    if reason is not None:
        raise NotRunnable(reason)


def only(project: Project, example: int) -> Project:
    """Return the project with a single row of data."""
    inputs, targets = project.data.inputs, project.data.targets
    fits = example < len(targets) and len(targets[example]) == len(project.network.outputs)
    return project.with_data(inputs=(inputs[example],), targets=(targets[example],) if fits else ())


def _listed(values: Array) -> list[float]:
    """Return the only column as floats."""
    found: list[float] = values[:, 0].tolist()
    return found


def _finite(value: float) -> Value:
    return float(value) if math.isfinite(value) else None
