"""The forward pass and the loss, explained: a_j = b_j + Σ w_ji z_i, z_j = h(a_j), E_n.

The backward pass is in `backward`.
"""

import math
import re
from typing import Final

from chainstep.engine.activations import ACTIVATIONS
from chainstep.network.model import GROUP_ACTIVATIONS, MAX, PRODUCT, SUM, Unit
from chainstep.stepping.explain.explained import (
    COMING,
    CURRENT,
    DONE,
    Explanation,
    Term,
    names_of,
    so_far,
    state_of,
)
from chainstep.stepping.formula.builder import Part, apply, frac, paren, row, sub, sup, unit_name
from chainstep.stepping.formula.nodes import Node
from chainstep.stepping.formula.notation import Notation
from chainstep.stepping.numbers import MINUS
from chainstep.stepping.run import Run
from chainstep.stepping.steps import Step
from chainstep.stepping.trace import Trace
from chainstep.words import counted

_SIGNS: Final = {SUM: "Σ", PRODUCT: "Π", MAX: "max"}
_VARIABLE: Final = re.compile(r"\ba(?=\b|[²³])")
_WORDS: Final = {SUM: "weighted sum", PRODUCT: "product", MAX: "maximum"}


def start(run: Run, n: Notation) -> Explanation:
    """Explain what will happen, before the first step."""
    units = len(run.steps.network.units)
    sentence = (
        f"{units} units wait for example {run.cursor.row + 1}. "
        "The next step reads its first input; then every unit computes, and the error comes back."
    )
    if run.refused is not None:
        sentence = f"{units} units wait. Only the forward pass can run. {run.refused}"
    return Explanation(None, "Ready", "", sentence, n.chain_rule())


def forward(trace: Trace, step: Step, n: Notation) -> Explanation:
    """Explain a step of the forward pass at one unit."""
    unit = trace.plan.network.by_id[step.unit]
    if step.part == "input":
        return _input(trace, step, n)
    if step.part == "activate":
        return _activate(trace, step, unit, n)
    return _term(trace, step, unit, n)


def loss(trace: Trace, step: Step, n: Notation) -> Explanation:
    """Explain one output's share of E."""
    outputs = trace.plan.network.outputs
    terms = tuple(
        Term(
            label=unit.id,
            unit=unit.id,
            ends=None,
            factors=(trace.z(unit.id), trace.target(unit.id)),
            names=(n.z(unit.id), n.t(unit.id)),
            value=trace.share(unit.id),
            state=state_of(place, step.nth),
        )
        for place, unit in enumerate(outputs, start=1)
    )
    finished = step.nth == step.of
    return Explanation(
        step,
        "The error",
        counted(len(outputs), "output"),
        _what_it_gave(trace, step.unit, n),
        loss_formula(trace, n),
        terms=terms,
        total_label=f"{n.error_name} of this example" if finished else f"{n.error_name} so far",
        total=so_far(terms),
    )


def _what_it_gave(trace: Trace, unit_id: str, n: Notation) -> str:
    share = n.number(trace.share(unit_id) or 0.0)
    z, target, name = trace.z(unit_id), trace.target(unit_id), trace.project.loss.name
    gave = n.number(z)
    if target is None or name == "output":
        return f"{unit_id} gave {gave}: that is its share of {n.the_error}."
    if name == "cross_entropy" and trace.plan.group == "log_softmax":
        gave = f"ln p = {gave}, so p = {n.number(math.exp(z))},"
    return (
        f"{unit_id} gave {gave} where {n.number(target)} was wanted: it adds {share} to the error."
    )


def loss_formula(trace: Trace, n: Notation) -> Node:
    """Return E_n = … of the loss in use (PRML 5.11, 5.14, 5.24)."""
    outputs = [unit.id for unit in trace.plan.network.outputs]
    z, t = n.z_down(outputs), n.t_down()
    square = sup(paren(z, "−", t), "2")
    p = of_index("softmax output of", n) if n.letters.words else sub("p", n.letters.down)
    bodies: dict[str, tuple[Part, ...]] = {
        "half_squared_error": (frac("1", "2"), n.over_all(square)),
        "squared_error": (n.over_all(square),),
        "mean_squared_error": (frac("1", "K"), n.over_all(square)),
        "huber": (n.over_all(apply("huber", z, "−", t)),),
        "binary_cross_entropy": (
            "−",
            n.over_all(
                paren(t, "ln", z, "+", paren("1", "−", t), "ln", paren("1", "−", z), kind="[]"),
            ),
        ),
        "cross_entropy": ("−", n.over_all(t, "ln", p)),
        "output": (n.over_all(z),),
    }
    return row(n.error_n, "=", *bodies[trace.project.loss.name])


def of_index(words: str, n: Notation) -> Node:
    """Return words with the index of the outputs behind them."""
    return unit_name(f"{words} {n.letters.down}")


def activation_name(unit: Unit) -> str:
    """Return the activation in words: "leaky relu"."""
    return unit.activation.replace("_", " ")


def _input(trace: Trace, step: Step, n: Notation) -> Explanation:
    value = trace.z(step.unit)
    return Explanation(
        step,
        f"Input {step.unit}",
        f"example {trace.example + 1}",
        f"{step.unit} is an input: the data give it {n.number(value)}.",
        row(n.z(step.unit), "=", n.x(step.unit)),
        row(n.z(step.unit), "=", n.num(value, strong=True)),
    )


def _rows(trace: Trace, step: Step, unit: Unit, n: Notation) -> tuple[Term, ...]:
    terms = []
    bias = trace.bias(unit.id)
    if bias is not None:
        terms.append(Term("bias", "", None, (), (n.b(unit.id),), bias, DONE))
    for place, connection in enumerate(trace.plan.network.incoming[unit.id], start=1):
        incoming = trace.incoming(connection)
        terms.append(
            Term(
                label=incoming.source,
                unit=incoming.source,
                ends=connection.ends,
                factors=(incoming.weight, incoming.z),
                names=(n.w(connection.ends), n.z(incoming.source)),
                value=incoming.product,
                state=state_of(place, step.nth),
            )
        )
    return tuple(terms)


def _sum_formula(trace: Trace, unit: Unit, n: Notation) -> Node:
    sources = [connection.source for connection in trace.plan.network.incoming[unit.id]]
    parts: list[Part] = [n.a(unit.id), "="]
    if trace.bias(unit.id) is not None:
        parts += [n.b(unit.id), "+"] if sources else [n.b(unit.id)]
    if not sources:
        return row(*parts, *(["0"] if len(parts) == 2 else []))
    body = n.beside(n.w_up(unit.id), n.z_up(sources))
    return row(*parts, n.over_up(sources, _SIGNS[unit.combine], body))


def _combined(unit: Unit, terms: tuple[Term, ...]) -> float | None:
    values = [t.value for t in terms if t.state != COMING and t.value is not None]
    if unit.combine == PRODUCT:
        return math.prod(values)
    if unit.combine == MAX:
        return max(values, default=0.0)
    return so_far(terms)


def _term(trace: Trace, step: Step, unit: Unit, n: Notation) -> Explanation:
    terms = _rows(trace, step, unit, n)
    here = next(term for term in terms if term.state == CURRENT)
    weight, z = (n.number(value or 0.0) for value in here.factors)
    factors = f"{weight} × {f'({z})' if z.startswith(MINUS) else z}"
    sentence = f"{step.other} brings {factors} = {n.number(here.value or 0.0)} to {unit.id}."
    if step.nth == 1:
        sources = [c.source for c in trace.plan.network.incoming[unit.id]]
        sentence = f"{unit.id} is fed by {names_of(sources)}. {sentence}"
    if step.nth == step.of > 1:
        sentence += _result(unit, terms, n)
    label = f"{n.a_name} of {unit.id}"
    return Explanation(
        step,
        f"The {_WORDS[unit.combine]} at {unit.id}",
        counted(step.of, "term"),
        sentence,
        _sum_formula(trace, unit, n),
        terms=terms,
        total_label=f"{label} so far" if step.nth < step.of else label,
        total=_combined(unit, terms),
        adds=unit.combine == SUM,
    )


def _result(unit: Unit, terms: tuple[Term, ...], n: Notation) -> str:
    """Say what a product or a maximum comes to; a sum is seen to grow."""
    total = n.number(_combined(unit, terms) or 0.0)
    here = f"{n.a_name} of {unit.id} is {total}."
    if unit.combine == MAX:
        winner = max(terms, key=lambda term: term.value or 0.0)
        return f" The largest is that of {winner.label}: {here}"
    return f" All multiplied, {here}" if unit.combine == PRODUCT else ""


def _activate(trace: Trace, step: Step, unit: Unit, n: Notation) -> Explanation:
    a, z = trace.a(unit.id), trace.z(unit.id)
    name = activation_name(unit)
    grouped = unit.activation in GROUP_ACTIVATIONS
    formula = row(n.z(unit.id), "=", n.h(unit.id, name if grouped else ""))
    numbers = row(
        n.z(unit.id), "=", apply(row(name), n.num(a)), "=", n.num(z, strong=True)
    )  # fmt: skip
    about = "" if grouped or n.letters.words else activation_about(unit, n)
    return Explanation(
        step,
        f"The output of {unit.id}",
        about,
        _what_it_makes(trace, unit, n),
        formula,
        numbers,
        terms=_rows(trace, step, unit, n),
        total_label=f"{n.a_name} of {unit.id}",
        total=a,
        adds=unit.combine == SUM,
    )


def _what_it_makes(trace: Trace, unit: Unit, n: Notation) -> str:
    a, z = n.number(trace.a(unit.id)), n.number(trace.z(unit.id))
    opening = n.opening(f"{n.a_name} of {unit.id} is {a}")
    if not trace.plan.network.incoming[unit.id]:
        bias = f"its bias, {a}" if trace.bias(unit.id) is not None else a
        opening = f"Nothing feeds {unit.id}, so {n.a_name} is {bias}"
    name = activation_name(unit)
    if unit.activation in GROUP_ACTIVATIONS:
        return f"{opening}; {name} over all outputs makes {n.z_name} = {z}."
    if unit.activation == "identity":
        return f"{opening}; identity hands it on: {n.z_name} = {z}."
    return f"{opening}; {name} makes {n.z_name} = {z} of it."


def activation_about(unit: Unit, n: Notation) -> str:
    """Return "h(a) = 1/(1 + exp(−a))" in the notation's letters."""
    return f"{n.letters.h}({n.a_name}) = {_in_letter(unit, n.a_name)}"


def _in_letter(unit: Unit, letter: str) -> str:
    """Return an activation's formula with another letter in the place of its variable a."""
    return _VARIABLE.sub(letter, ACTIVATIONS[unit.activation].formula)
