"""The numbers of a derivation, worked: products, squares, slopes, each with its result.

Which quantities a derivation has, and in what order, is in `derivation`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chainstep.network.model import SUM
from chainstep.stepping.explain.explained import Explanation, Term
from chainstep.stepping.formula.builder import Part, factor, frac, paren, row, sup
from chainstep.stepping.formula.nodes import MINUS, Node
from chainstep.stepping.formula.notation import Notation
from chainstep.stepping.steps import Step
from chainstep.stepping.trace import Trace

#: So many terms of a sum stand in one line.
TERMS_IN_A_LINE: Final = 4


@dataclass(frozen=True)
class Item:
    """One quantity, derived.

    symbols: the formula; left: what is derived; worked: what stands behind each = sign, in lines,
    the last one the result. value: the result, None where there is none to write.
    """

    step: Step
    title: str
    sentence: str
    symbols: Node | None
    left: Node
    worked: tuple[Node, ...]
    value: float | None


def multiplied(term: Term, n: Notation) -> Node:
    """Return a term as the product of its factors; as its value where there are none."""
    if term.value is None:
        return row("not representable")
    factors = [f for f in term.factors if f is not None]
    if len(factors) < 2 or len(factors) < len(term.factors):
        return factor(term.value, n.digits)
    return n.times(*(factor(f, n.digits) for f in factors))


def in_lines(terms: Sequence[Node]) -> Iterator[Node]:
    """Yield a sum in lines of a few terms each."""
    for begin in range(0, len(terms), TERMS_IN_A_LINE):
        parts: list[Part] = ["+"] if begin else []
        for place, term in enumerate(terms[begin : begin + TERMS_IN_A_LINE]):
            parts += ["+", term] if place else [term]
        yield row(*parts)


def loss_terms(trace: Trace, explanation: Explanation, n: Notation) -> list[Node]:
    """Return each output's share of E with its numbers; of a cross-entropy the share alone."""
    lead = _before_the_square(trace, len(explanation.terms))
    found: list[Node] = []
    for term in explanation.terms:
        if lead is None:
            found.append(factor(term.value or 0.0, n.digits))
            continue
        z, t = (value or 0.0 for value in term.factors)
        error = paren(n.num(z), MINUS, factor(t, n.digits))
        found.append(row(*lead, sup(error, "2")))
    return found


def pieces(trace: Trace, step: Step, n: Notation) -> Iterator[Item]:
    """Yield what the sum at a unit is made of: ∂E/∂z, h′(a) and each ∂a_k/∂a_j."""
    unit = trace.plan.network.by_id[step.unit]
    if unit.is_input or (trace.plan.group is not None and unit.is_output):
        return
    direct = trace.direct(unit.id)
    if direct is not None:
        yield _direct(trace, step, direct, n)
    elif unit.is_output:
        return
    h_prime = trace.h_prime(unit.id)
    yield _plain_item(step, n.h_prime(unit.id), (), h_prime, n)
    for connection in trace.plan.network.outgoing[unit.id]:
        left = n.partial(n.a(connection.target), n.a(unit.id))
        summed = trace.plan.network.by_id[connection.target].combine == SUM
        da_dz = trace.da_dz(connection)
        if summed:
            symbols = row(left, "=", n.beside(n.w(connection.ends), n.h_prime(unit.id)))
        else:
            slope = n.partial(n.a(connection.target), n.z(unit.id))
            symbols = row(left, "=", n.times(slope, n.h_prime(unit.id)))
        product = n.times(factor(da_dz, n.digits), factor(h_prime, n.digits))
        yield _plain_item(step, left, (product,), da_dz * h_prime, n, symbols)


def slopes(step: Step, explanation: Explanation, n: Notation) -> Iterator[Item]:
    """Yield one item a weight into a unit, and one for its bias."""
    for place, term in enumerate(explanation.terms):
        quantity = n.w(term.ends) if term.ends else n.b(step.unit)
        worked = [multiplied(term, n)] if term.ends and term.value is not None else []
        value = term.value
        result = n.num(value, strong=True) if value is not None else "not representable"
        yield Item(
            step=step,
            title=explanation.title if place == 0 else "",
            sentence=explanation.sentence if place == 0 else "",
            symbols=explanation.formula if place == 0 else None,
            left=n.dE(quantity),
            worked=(*worked, row("=", result)),
            value=value,
        )


def _plain_item(
    step: Step,
    left: Node,
    worked: tuple[Node, ...],
    value: float,
    n: Notation,
    symbols: Node | None = None,
) -> Item:
    lines = (*worked, row("=", n.num(value, strong=True)))
    return Item(step, "", "", symbols, left, lines, value)


def _direct(trace: Trace, step: Step, direct: float, n: Notation) -> Item:
    """∂E/∂z of an output, from its error where the loss is a square."""
    shown = n.carried(direct) or 0.0
    lead = _before_the_error(trace)
    worked: tuple[Node, ...] = ()
    if lead is not None:
        ends = trace.z(step.unit), trace.target(step.unit) or 0.0
        first, second = ends if n.sign > 0 else ends[::-1]
        error = (n.num(first), MINUS, factor(second, n.digits))
        worked = (row(*lead, paren(*error)) if lead else row(*error),)
    return _plain_item(step, n.dE_dz(step.unit), worked, shown, n)


def _before_the_square(trace: Trace, outputs: int) -> tuple[Part, ...] | None:
    leads: dict[str, tuple[Part, ...]] = {
        "half_squared_error": (frac("1", "2"),),
        "squared_error": (),
        "mean_squared_error": (frac("1", str(outputs)),),
    }
    return leads.get(trace.project.loss.name)


def _before_the_error(trace: Trace) -> tuple[Part, ...] | None:
    outputs = len(trace.plan.network.outputs)
    leads: dict[str, tuple[Part, ...]] = {
        "half_squared_error": (),
        "squared_error": ("2",),
        "mean_squared_error": (frac("2", str(outputs)),),
    }
    return leads.get(trace.project.loss.name)
