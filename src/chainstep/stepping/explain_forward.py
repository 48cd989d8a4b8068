"""The forward pass and the loss, explained: a_j = b_j + Σ w_ji z_i, z_j = h(a_j), E_n.

The backward pass is in `explain_backward`.
"""

import math
from typing import Final

from chainstep.engine.activations import ACTIVATIONS
from chainstep.network.model import GROUP_ACTIVATIONS, MAX, PRODUCT, SUM, Unit
from chainstep.stepping.explained import COMING, Explanation, Term, names_of, so_far, state_of
from chainstep.stepping.formula import (
    Node,
    Part,
    apply,
    choice,
    frac,
    num,
    of_unit,
    paren,
    partial,
    row,
    sub,
    sum_over,
    sup,
    unit_name,
)
from chainstep.stepping.numbers import MINUS, format_number
from chainstep.stepping.run import Run
from chainstep.stepping.steps import Step
from chainstep.stepping.trace import Trace

_SIGNS: Final = {SUM: "Σ", PRODUCT: "Π", MAX: "max"}
_WORDS: Final = {SUM: "weighted sum", PRODUCT: "product", MAX: "maximum"}


def start(run: Run, digits: int) -> Explanation:
    """Explain what will happen, before the first step."""
    units = len(run.steps.network.units)
    sentence = (
        f"{units} units wait for example {run.cursor.row + 1}. "
        "The next step reads its first input; then every unit computes, and the error comes back."
    )
    if run.refused is not None:
        sentence = f"{units} units wait. Only the forward pass can run. {run.refused}"
    name = sub("a", "j")
    formula = row(
        partial("E", name),
        "=",
        sum_over("k", partial("E", sub("a", "k")), "·", partial(sub("a", "k"), name)),
    )
    return Explanation(None, "Ready", "", sentence, formula)


def forward(trace: Trace, step: Step, digits: int) -> Explanation:
    """Explain a step of the forward pass at one unit."""
    unit = trace.plan.network.by_id[step.unit]
    if step.part == "input":
        return _input(trace, step, digits)
    if step.part == "activate":
        return _activate(trace, step, unit, digits)
    return _term(trace, step, unit, digits)


def loss(trace: Trace, step: Step, digits: int) -> Explanation:
    """Explain one output's share of E."""
    outputs = trace.plan.network.outputs
    terms = tuple(
        Term(
            label=unit.id,
            unit=unit.id,
            ends=None,
            factors=(trace.z(unit.id), trace.target(unit.id)),
            names=(of_unit("z", unit.id), of_unit("t", unit.id)),
            value=trace.share(unit.id),
            state=state_of(place, step.nth),
        )
        for place, unit in enumerate(outputs, start=1)
    )
    finished = step.nth == step.of
    label = "E of this example" if finished else "E so far"
    return Explanation(
        step,
        "The error",
        f"{len(outputs)} output{'s' * (len(outputs) > 1)}",
        _what_it_gave(trace, step.unit, digits),
        loss_formula(trace),
        terms=terms,
        total_label=label,
        total=so_far(terms),
    )


def _what_it_gave(trace: Trace, unit_id: str, digits: int) -> str:
    share = format_number(trace.share(unit_id) or 0.0, digits)
    z, target, name = trace.z(unit_id), trace.target(unit_id), trace.project.loss.name
    if target is None or name == "output":
        return f"{unit_id} gave {format_number(z, digits)}: that is its share of E."
    wanted = format_number(target, digits)
    gave = format_number(z, digits)
    if name == "cross_entropy" and trace.plan.group == "log_softmax":
        gave = f"ln p = {gave}, so p = {format_number(math.exp(z), digits)},"
    return f"{unit_id} gave {gave} where {wanted} was wanted: it adds {share} to the error."


def loss_formula(trace: Trace) -> Node:
    """Return E_n = … of the loss in use (PRML 5.11, 5.14, 5.24)."""
    z, t = sub("z", "k"), sub("t", "k")
    square = sup(paren(z, "−", t), "2")
    bodies: dict[str, tuple[Part, ...]] = {
        "half_squared_error": (frac("1", "2"), sum_over("k", square)),
        "squared_error": (sum_over("k", square),),
        "mean_squared_error": (frac("1", "K"), sum_over("k", square)),
        "huber": (sum_over("k", apply("huber", z, "−", t)),),
        "binary_cross_entropy": (
            "−",
            sum_over(
                "k",
                paren(t, "ln", z, "+", paren("1", "−", t), "ln", paren("1", "−", z), kind="[]"),
            ),
        ),
        "cross_entropy": ("−", sum_over("k", t, "ln", sub("p", "k"))),
        "output": (sum_over("k", z),),
    }
    return row(sub("E", "n"), "=", *bodies[trace.project.loss.name])


def activation_name(unit: Unit) -> str:
    """Return the activation in words: "leaky relu"."""
    return unit.activation.replace("_", " ")


def _input(trace: Trace, step: Step, digits: int) -> Explanation:
    value = trace.z(step.unit)
    return Explanation(
        step,
        f"Input {step.unit}",
        f"example {trace.example + 1}",
        f"{step.unit} is an input: the data give it {format_number(value, digits)}.",
        row(of_unit("z", step.unit), "=", of_unit("x", step.unit)),
        row(of_unit("z", step.unit), "=", num(value, digits, strong=True)),
    )


def _rows(trace: Trace, step: Step, unit: Unit) -> tuple[Term, ...]:
    terms = []
    bias = trace.bias(unit.id)
    if bias is not None:
        terms.append(Term("bias", "", None, (), (of_unit("b", unit.id),), bias, "done"))
    for place, connection in enumerate(trace.plan.network.incoming[unit.id], start=1):
        incoming = trace.incoming(connection)
        names = (_weight(unit.id, incoming.source), of_unit("z", incoming.source))
        terms.append(
            Term(
                label=incoming.source,
                unit=incoming.source,
                ends=connection.ends,
                factors=(incoming.weight, incoming.z),
                names=names,
                value=incoming.product,
                state=state_of(place, step.nth),
            )
        )
    return tuple(terms)


def _weight(target: str, source: str) -> Node:
    return sub("w", unit_name(target), ",", unit_name(source))


def _sum_formula(trace: Trace, unit: Unit) -> Node:
    sources = [connection.source for connection in trace.plan.network.incoming[unit.id]]
    body = (sub("w", unit_name(unit.id), ",", "i"), sub("z", "i"))
    total = sum_over(choice("i", sources), *body, symbol=_SIGNS[unit.combine])
    parts: list[Part] = [of_unit("a", unit.id), "="]
    if trace.bias(unit.id) is not None:
        parts += [of_unit("b", unit.id), "+"] if sources else [of_unit("b", unit.id)]
    return row(*parts, total) if sources else row(*parts, *(["0"] if len(parts) == 2 else []))


def _combined(unit: Unit, terms: tuple[Term, ...]) -> float | None:
    values = [t.value for t in terms if t.state != COMING and t.value is not None]
    if unit.combine == PRODUCT:
        return math.prod(values)
    if unit.combine == MAX:
        return max(values, default=0.0)
    return so_far(terms)


def _term(trace: Trace, step: Step, unit: Unit, digits: int) -> Explanation:
    terms = _rows(trace, step, unit)
    here = next(term for term in terms if term.state == "current")
    weight, z = (format_number(value or 0.0, digits) for value in here.factors)
    product = format_number(here.value or 0.0, digits)
    factors = f"{weight} × {f'({z})' if z.startswith(MINUS) else z}"
    sentence = f"{step.other} brings {factors} = {product} to {unit.id}."
    if step.nth == 1:
        sources = [c.source for c in trace.plan.network.incoming[unit.id]]
        sentence = f"{unit.id} is fed by {names_of(sources)}. {sentence}"
    if step.nth == step.of > 1:
        sentence += _result(unit, terms, digits)
    return Explanation(
        step,
        f"The {_WORDS[unit.combine]} at {unit.id}",
        f"{step.of} term{'s' * (step.of > 1)}",
        sentence,
        _sum_formula(trace, unit),
        terms=terms,
        total_label=f"a of {unit.id} so far" if step.nth < step.of else f"a of {unit.id}",
        total=_combined(unit, terms),
        adds=unit.combine == SUM,
    )


def _result(unit: Unit, terms: tuple[Term, ...], digits: int) -> str:
    """Say what a product or a maximum comes to; a sum is seen to grow."""
    total = format_number(_combined(unit, terms) or 0.0, digits)
    if unit.combine == MAX:
        winner = max(terms, key=lambda term: term.value or 0.0)
        return f" The largest is that of {winner.label}: a of {unit.id} is {total}."
    return f" All multiplied, a of {unit.id} is {total}." if unit.combine == PRODUCT else ""


def _activate(trace: Trace, step: Step, unit: Unit, digits: int) -> Explanation:
    a, z = trace.a(unit.id), trace.z(unit.id)
    name = activation_name(unit)
    grouped = unit.activation in GROUP_ACTIVATIONS
    function = row(name) if grouped else row("h", tag="h")
    formula = row(of_unit("z", unit.id), "=", apply(function, of_unit("a", unit.id)))
    numbers = row(
        of_unit("z", unit.id), "=", apply(row(name), num(a, digits)), "=",
        num(z, digits, strong=True),
    )  # fmt: skip
    about = "" if grouped else f"h(a) = {ACTIVATIONS[unit.activation].formula}"
    return Explanation(
        step,
        f"The output of {unit.id}",
        about,
        _what_it_makes(trace, unit, digits),
        formula,
        numbers,
        terms=_rows(trace, step, unit),
        total_label=f"a of {unit.id}",
        total=a,
        adds=unit.combine == SUM,
    )


def _what_it_makes(trace: Trace, unit: Unit, digits: int) -> str:
    a, z = format_number(trace.a(unit.id), digits), format_number(trace.z(unit.id), digits)
    opening = f"a of {unit.id} is {a}"
    if not trace.plan.network.incoming[unit.id]:
        bias = f"its bias, {a}" if trace.bias(unit.id) is not None else a
        opening = f"Nothing feeds {unit.id}, so a is {bias}"
    name = activation_name(unit)
    if unit.activation in GROUP_ACTIVATIONS:
        return f"{opening}; {name} over all outputs makes z = {z}."
    if unit.activation == "identity":
        return f"{opening}; identity hands it on: z = {z}."
    return f"{opening}; {name} makes z = {z} of it."
