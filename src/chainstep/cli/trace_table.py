"""The trace as a table: one row a term or value, in the order of the steps, all digits.

The columns are explained in the help of `chainstep trace`; the text for people is in `trace_text`.
"""

import math
from collections.abc import Iterator
from typing import Final

from chainstep.data.tables import write_table
from chainstep.network.order import forward_order
from chainstep.stepping.terms import UnitTrace
from chainstep.stepping.trace import Trace

HEADER: Final = ("phase", "unit", "part", "other", "factor1", "factor2", "value")

Number = float | None
Line = tuple[str, str, str, str, Number, Number, Number]


def table(trace: Trace) -> str:
    """Return the whole trace as CSV; cells without a finite number are empty."""
    order = [trace.unit(unit.id) for unit in forward_order(trace.plan.network)]
    lines = [line for unit in order for line in _forward(trace, unit)]
    if trace.backward_refused is None:
        lines += _loss(trace)
        lines += [line for unit in reversed(order) for line in _backward(unit)]
        lines += _gradient(trace)
    return write_table(HEADER, ((*line[:4], *map(_finite, line[4:])) for line in lines))


def _forward(trace: Trace, unit: UnitTrace) -> Iterator[Line]:
    if unit.kind == "input":
        yield "forward", unit.id, "input", "", None, None, unit.z
        return
    bias = trace.bias(unit.id)
    if bias is not None:
        yield "forward", unit.id, "bias", "", None, None, bias
    for term in unit.incoming:
        yield "forward", unit.id, "term", term.source, term.weight, term.z, term.product
    yield "forward", unit.id, "a", "", None, None, unit.a
    yield "forward", unit.id, "z", "", None, None, unit.z
    if unit.h_prime is not None:
        yield "forward", unit.id, "h_prime", "", None, None, unit.h_prime


def _loss(trace: Trace) -> Iterator[Line]:
    for unit in trace.plan.network.outputs:
        share = trace.share(unit.id)
        yield "loss", unit.id, "share", "", trace.z(unit.id), trace.target(unit.id), share
    yield "loss", "", "E", "", None, None, trace.loss


def _backward(unit: UnitTrace) -> Iterator[Line]:
    here = "backward", unit.id
    if unit.direct is not None:
        yield *here, "direct", "", None, None, unit.direct
    for term in unit.outgoing:
        yield *here, "dE_dz_term", term.target, term.delta, term.da_dz, term.dE_dz_term
    yield *here, "dE_dz", "", None, None, unit.dE_dz
    for share in unit.jacobian or ():
        yield *here, "jacobian", share.unit, share.dE_dz, share.dz_da, share.term
    if unit.kind != "input":
        for term in unit.outgoing:
            yield *here, "delta_term", term.target, term.delta, term.da_da, term.delta_term
        yield *here, "delta", "", unit.h_prime, unit.dE_dz, unit.delta


def _gradient(trace: Trace) -> Iterator[Line]:
    for connection in trace.plan.network.connections:
        delta, value = trace.delta(connection.target), trace.connection(*connection.ends).dE_dw
        factors = delta, trace.da_dw(connection)
        yield "gradient", connection.target, "dE_dw", connection.source, *factors, value
    for bias in trace.biases:
        yield "gradient", bias.unit, "dE_db", "", None, None, bias.dE_db


def _finite(value: Number) -> Number:
    return value if value is not None and math.isfinite(value) else None
