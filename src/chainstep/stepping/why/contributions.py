"""Who contributes how much: the share of each connection in ∂E/∂a_j, and each unit's importance.

Edges are drawn as wide as their share; where shares cancel, that is a number too. The terms
themselves are the trace's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chainstep.errors import NotRunnable
from chainstep.stepping.trace import Trace
from chainstep.stepping.why.paths import own_share

Ends = tuple[str, str]


@dataclass(frozen=True)
class Contribution:
    """A connection's part in the sum at its source.

    value: the term. part: |value| over the sum of all |terms| at the source, 0 to 1. against:
    whether its sign is opposite to that of the whole sum.
    """

    value: float
    part: float
    against: bool


@dataclass(frozen=True)
class Contributions:
    """connections: by (source, target). own: of outputs, by unit. kept: by unit, |sum| over the
    sum of |terms|: 1 where all pull one way, 0 where they cancel. importance: by unit, |z ∂E/∂z|:
    to first order what E would change by were the unit's output taken away.
    """

    connections: Mapping[Ends, Contribution]
    own: Mapping[str, Contribution]
    kept: Mapping[str, float]
    importance: Mapping[str, float]


def contributions(trace: Trace) -> Contributions:
    """Return the shares of a pass. Raises NotRunnable without a backward pass."""
    if trace.backward_refused is not None:
        raise NotRunnable(trace.backward_refused)
    connections: dict[Ends, Contribution] = {}
    own: dict[str, Contribution] = {}
    kept: dict[str, float] = {}
    for unit in trace.plan.network.units:
        terms = _terms(trace, unit.id)
        whole, size = sum(terms.values()), sum(map(abs, terms.values()))
        kept[unit.id] = abs(whole) / size if size else 1.0
        for ends, value in terms.items():
            made = Contribution(value, abs(value) / size if size else 0.0, value * whole < 0)
            if ends[1]:
                connections[ends] = made
            else:
                own[unit.id] = made
    return Contributions(connections, own, kept, importance(trace))


def importance(trace: Trace) -> dict[str, float]:
    """Return |z_j ∂E/∂z_j| of every unit."""
    units = (unit.id for unit in trace.plan.network.units)
    return {unit: abs(trace.z(unit) * (trace.dE_dz(unit) or 0.0)) for unit in units}


def _terms(trace: Trace, unit: str) -> dict[Ends, float]:
    """Return the terms at a unit by connection; an output's own share under (unit, "")."""
    drawn = trace.plan.network.by_id[unit]
    found: dict[Ends, float] = {}
    if drawn.is_output:
        found[unit, ""] = own_share(trace, unit)
    for connection in trace.plan.network.outgoing[unit]:
        term = trace.outgoing(connection)
        found[connection.ends] = (term.dE_dz_term if drawn.is_input else term.delta_term) or 0.0
    return found
