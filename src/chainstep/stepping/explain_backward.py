"""The backward pass and the update, explained: why ∂E/∂a_j is a sum over k (PRML 5.55, 5.56).

The forward pass and the loss are in `explain_forward`.
"""

from dataclasses import dataclass

from chainstep.network.model import MAX, SUM, Unit
from chainstep.project import Training
from chainstep.stepping.explained import Explanation, Term, names_of, so_far, state_of
from chainstep.stepping.formula import (
    Node,
    Part,
    added,
    apply,
    choice,
    factor,
    num,
    of_unit,
    paren,
    partial,
    product,
    row,
    sub,
    sum_over,
    unit_name,
)
from chainstep.stepping.numbers import format_number, signed
from chainstep.stepping.run import Run
from chainstep.stepping.steps import Step
from chainstep.stepping.trace import Trace


def backward(trace: Trace, step: Step, digits: int) -> Explanation:
    """Explain a step of the backward pass at one unit."""
    unit = trace.plan.network.by_id[step.unit]
    if step.part == "gradient":
        return _gradient(trace, step, digits)
    if step.part == "jacobian":
        return _jacobian(trace, step, digits)
    if step.part in ("delta", "total"):
        return _delta(trace, step, unit, digits)
    return _share(trace, step, unit, digits)


@dataclass(frozen=True)
class Change:
    """What one update did to one parameter."""

    label: str
    ends: tuple[str, str] | None
    before: float
    slope: float
    after: float


def changes(run: Run) -> tuple[Change, ...]:
    """Return what the batch's update did, weights in document order, then biases."""
    plan = run.trainer.plan
    before, after, slopes = run.before.tolist(), run.trainer.theta.tolist(), run.gradient.tolist()
    weights = [(f"{ends[0]} → {ends[1]}", ends, n) for ends, n in plan.weight.items()]
    biases = [(f"bias of {unit_id}", None, n) for unit_id, n in plan.bias.items()]
    return tuple(
        Change(label, ends, before[n], slopes[n], after[n]) for label, ends, n in weights + biases
    )


def update(run: Run, digits: int) -> Explanation:
    """Explain the update that ends a batch."""
    training = run.trainer.training
    made = changes(run)
    names = {True: (row("w"), partial("E", "w")), False: (row("b"), partial("E", "b"))}
    terms = tuple(
        Term(
            label=change.label,
            unit="",
            ends=change.ends,
            factors=(change.before, change.slope),
            names=names[change.ends is not None],
            value=change.after,
            state="done",
        )
        for change in made
    )
    largest = max((abs(change.after - change.before) for change in made), default=0.0)
    rows = run.cursor.examples
    over = f"{training.reduction} of {rows} examples" if rows > 1 else "1 example"
    free = run.trainer.plan.trainable(training.train_biases)
    who = "Every weight" if free.all() else "Every weight that is not frozen"
    sentence = (
        f"{who} takes a step down its slope, η = {format_number(run.rate, digits)}; "
        f"the largest change is {format_number(largest, digits)}. "
        "The weights used in the backward pass were the old ones."
    )
    if training.weight_decay or training.l1:
        sentence += " A penalty pulls the weights, not the biases, towards 0 as well."
    if rows > 1:
        sentence += " Select a connection to see its slope added up example by example."
    return Explanation(
        run.cursor.step, "The update", over, sentence, _rule(training), terms=terms, adds=False
    )


def _rule(training: Training) -> Node:
    """Return w ← …, with the penalties that are switched on (the rules: `engine.optimizers`)."""
    slope: list[Part] = [partial("E", "w")]
    decoupled = training.optimizer == "adamw"
    if training.l1:
        slope += ["+", sub("λ", "1"), apply("sign", "w")]
    if training.weight_decay and not decoupled:
        slope += ["+", "λ", "w"]
    left: list[Part] = ["w", "←", "w", "−", "η"]
    if training.weight_decay and decoupled:
        left[2:3] = [paren("1", "−", "η", "λ"), "w"]
    if training.optimizer == "sgd":
        return row(*left, *slope) if len(slope) == 1 else row(*left, paren(*slope))
    return row(*left, "·", apply("adam" if decoupled else training.optimizer, *slope))


def _own_term(trace: Trace, unit: Unit, state: str) -> Term:
    """An output's own share: ∂E/∂z_j · h′(a_j), without factors where they are lost."""
    direct, slope = trace.direct(unit.id), trace.h_prime(unit.id)
    value = (direct or 0.0) * slope
    if trace.project.loss.name == "binary_cross_entropy":
        # The quotient in ∂E/∂z loses its digits near 0 and 1; the product is z − t exactly.
        value = trace.z(unit.id) - (trace.target(unit.id) or 0.0)
    if direct is None:
        return Term("its own share", "", None, (), (), value, state)
    names = (_dE_dz(unit.id), _h_prime(unit.id))
    return Term("its own share", "", None, (direct, slope), names, value, state)


def _passed_on(trace: Trace, unit: Unit, nth: int, own: int) -> list[Term]:
    """The terms that come back over the connections, ∂E/∂a_k · ∂a_k/∂a_j."""
    terms = []
    outgoing = trace.plan.network.outgoing[unit.id]
    for place, connection in enumerate(outgoing, start=1 + own):
        found = trace.outgoing(connection)
        of = "z" if unit.is_input else "a"
        names = (_delta_of(found.target), partial(of_unit("a", found.target), of_unit(of, unit.id)))
        slope = found.da_dz if unit.is_input else found.da_da
        value = found.dE_dz_term if unit.is_input else found.delta_term
        terms.append(
            Term(
                found.target, found.target, connection.ends, (found.delta, slope), names, value,
                state_of(place, nth),
            )
        )  # fmt: skip
    return terms


def _shares(trace: Trace, unit: Unit, nth: int) -> tuple[Term, ...]:
    if trace.plan.group is not None and unit.is_output:
        return tuple(
            Term(term.unit, term.unit, None, (term.dE_dz, term.dz_da),
                 (_dE_dz(term.unit), partial(of_unit("z", term.unit), of_unit("a", unit.id))),
                 term.term, state_of(place, nth))
            for place, term in enumerate(trace.jacobian(unit), start=1)
        )  # fmt: skip
    own = 1 if unit.is_output else 0
    first = [_own_term(trace, unit, state_of(1, nth))] if own else []
    return (*first, *_passed_on(trace, unit, nth, own))


def sum_formula(trace: Trace, unit: Unit) -> Node:
    """Return ∂E/∂a_j = Σ_k ∂E/∂a_k · ∂a_k/∂a_j for this unit, with its own share if an output."""
    letter = "z" if unit.is_input else "a"
    here = of_unit(letter, unit.id)
    parts: list[Part] = [partial("E", here), "="]
    targets = [connection.target for connection in trace.plan.network.outgoing[unit.id]]
    if trace.plan.group is not None and unit.is_output:
        group = [output.id for output in trace.plan.network.outputs]
        z = sub("z", "k")
        body = product(partial("E", z), partial(z, here))
        return row(*parts, sum_over(choice("k", group), body))
    if unit.is_output:
        parts.append(product(_dE_dz(unit.id), _h_prime(unit.id)))
    if targets:
        ak = sub("a", "k")
        body = product(partial("E", ak), partial(ak, here))
        parts += ["+"] if unit.is_output else []
        parts.append(sum_over(choice("k", targets), body))
    return row(*parts) if len(parts) > 2 else row(*parts, "0")


def _title(trace: Trace, unit: Unit, count: int) -> str:
    if unit.is_output and not trace.plan.network.outgoing[unit.id] and trace.plan.group is None:
        return f"Where the error enters: {unit.id}"
    return f"Why a sum at {unit.id}" if count > 1 else f"The chain rule at {unit.id}"


def _share(trace: Trace, step: Step, unit: Unit, digits: int) -> Explanation:
    terms = _shares(trace, unit, step.nth)
    last = step.nth == step.of
    name = "∂E/∂z" if unit.is_input else "δ"
    return Explanation(
        step,
        _title(trace, unit, step.of),
        f"{step.of} term{'s' * (step.of > 1)}",
        _why_sum(trace, step, unit, terms[step.nth - 1], digits),
        sum_formula(trace, unit),
        terms=terms,
        total_label=f"{name} of {unit.id}" + ("" if last else ", sum so far"),
        total=so_far(terms),
    )


def _why_sum(trace: Trace, step: Step, unit: Unit, term: Term, digits: int) -> str:
    value = "not representable" if term.value is None else signed(term.value, digits)
    if step.part == "direct":
        return f"E looks at {unit.id} itself: its own share is ∂E/∂z · h′(a) = {value}."
    targets = [c.target for c in trace.plan.network.outgoing[unit.id]]
    if unit.is_output:
        opening = f"{unit.id} reaches E itself and through {names_of(targets)}, so the shares add."
    elif len(targets) == 1:
        opening = f"{unit.id} feeds only {targets[0]}, so one term is the whole chain rule."
    else:
        ways = "both" if len(targets) == 2 else f"all {len(targets)} of them"
        opening = (
            f"{unit.id} feeds {names_of(targets)}. "
            f"A change of {unit.id} can reach E through {ways}, so the shares add."
        )
    share = f"The share through {step.other} is {value}"
    if term.value == 0:
        return f"{opening} {share}{_why_zero(trace, unit, step.other)}."
    if term.value is not None and term.value < 0 and step.of > 1:
        return f"{opening} {share}: it pulls the sum down."
    return f"{opening} {share}."


def _why_zero(trace: Trace, unit: Unit, target: str) -> str:
    """Say what makes a share 0, where a single thing does."""
    network = trace.plan.network
    connection = network.by_ends[unit.id, target]
    if not network.by_id[target].is_output and not network.outgoing[target]:
        return f": {target} feeds nothing"
    if trace.delta(target) == 0:
        return f": δ of {target} is 0"
    if not unit.is_input and trace.h_prime(unit.id) == 0:
        return f": h′(a) of {unit.id} is 0"
    if network.by_id[target].combine == MAX and trace.da_dz(connection) == 0:
        return f": another term is the largest at {target}"
    return ""


def _delta(trace: Trace, step: Step, unit: Unit, digits: int) -> Explanation:
    terms = _shares(trace, unit, 0)
    value = trace.dE_dz(unit.id) if unit.is_input else trace.delta(unit.id)
    name = "∂E/∂z" if unit.is_input else "δ"
    result = "not representable" if value is None else format_number(value, digits)
    sentence = f"The shares add up: {name} of {unit.id} is {result}."
    if not terms:
        sentence = f"{unit.id} feeds nothing, so E does not depend on it: {name} is 0."
    elif len(terms) == 1:
        sentence = f"That one share is the whole: {name} of {unit.id} is {result}."
    return Explanation(
        step,
        f"{name} of {unit.id}",
        f"{len(terms)} term{'s' * (len(terms) != 1)}",
        sentence,
        _factored(trace, unit) or sum_formula(trace, unit),
        _with_numbers(trace, unit, terms, value, digits),
        terms=terms,
        total_label=f"{name} of {unit.id}",
        total=value,
    )


def _factored(trace: Trace, unit: Unit) -> Node | None:
    """δ_j = h′(a_j) Σ_k w_kj δ_k (PRML 5.56), where j feeds sum units only."""
    outgoing = trace.plan.network.outgoing[unit.id]
    by_id = trace.plan.network.by_id
    sums = outgoing and all(by_id[c.target].combine == SUM for c in outgoing)
    if unit.is_input or unit.is_output or not sums:
        return None
    targets = [connection.target for connection in outgoing]
    total = sum_over(choice("k", targets), sub("w", "k", ",", unit_name(unit.id)), sub("δ", "k"))
    return row(of_unit("δ", unit.id), "=", _h_prime(unit.id), total)


def _with_numbers(
    trace: Trace, unit: Unit, terms: tuple[Term, ...], value: float | None, digits: int
) -> Node | None:
    left = _dE_dz(unit.id) if unit.is_input else of_unit("δ", unit.id)
    if value is None or not 0 < len(terms) <= 8 or any(term.value is None for term in terms):
        return None
    result = num(value, digits, strong=True)
    if len(terms) == 1:
        factors = [f for f in terms[0].factors if f is not None]
        if len(factors) < 2:
            return row(left, "=", result)
        return row(left, "=", product(*(factor(f, digits) for f in factors)), "=", result)
    values = added((t.value or 0.0 for t in terms), (t.tag for t in terms), digits)
    return row(left, "=", values, "=", result)


def _jacobian(trace: Trace, step: Step, digits: int) -> Explanation:
    unit = trace.plan.network.by_id[step.unit]
    terms = _shares(trace, unit, step.nth)
    name = unit.activation.replace("_", " ")
    value = signed(terms[step.nth - 1].value or 0.0, digits)
    sentence = (
        f"The {name} couples the outputs: a change of {unit.id} moves every output's z. "
        f"The share through z of {step.other} is {value}."
    )
    last = step.nth == step.of
    return Explanation(
        step,
        _title(trace, unit, step.of),
        f"{step.of} term{'s' * (step.of > 1)}",
        sentence,
        sum_formula(trace, unit),
        terms=terms,
        total_label=f"δ of {unit.id}" + ("" if last else ", sum so far"),
        total=so_far(terms),
    )


def _gradient(trace: Trace, step: Step, digits: int) -> Explanation:
    unit, delta = step.unit, trace.delta(step.unit)
    incoming = trace.plan.network.incoming[unit]
    weights = tuple(_weight_term(trace, unit, c.source, delta) for c in incoming)
    bias: tuple[Term, ...] = ()
    if trace.bias(unit) is not None:
        bias = (Term("bias", "", None, (), (), delta, "done"),)
    title = f"The slope{'s' * (step.of > 1)} of the weight{'s' * (step.of > 1)} into {unit}"
    if not incoming:
        title = f"The slope of the bias of {unit}"
    sentence, formula = _slope_rule(trace, trace.plan.network.by_id[unit], step.of)
    return Explanation(step, title, "", sentence, formula, terms=(*weights, *bias), adds=False)


def _slope_rule(trace: Trace, unit: Unit, count: int) -> tuple[str, Node]:
    """Return what a weight into the unit gets, in words and in symbols (PRML 5.53)."""
    delta = of_unit("δ", unit.id)
    if not count:
        formula = row(partial("E", of_unit("b", unit.id)), "=", delta)
        return f"Nothing feeds {unit.id}: only its bias has a slope, and that is δ.", formula
    index = sub("w", unit_name(unit.id), ",", "i")
    summed = unit.combine == SUM
    slope = sub("z", "i") if summed else partial(of_unit("a", unit.id), index)
    times = "what came in over it" if summed else "how a moves with that weight"
    which = f"{'Each' if count > 1 else 'The'} weight into {unit.id}"
    bias = "" if trace.bias(unit.id) is None else "; the bias gets δ itself"
    formula = row(partial("E", index), "=", delta, slope)
    return f"{which} gets δ times {times}{bias}.", formula


def _weight_term(trace: Trace, unit: str, source: str, delta: float | None) -> Term:
    slope = trace.connection(source, unit).dE_dw
    # ∂a/∂w is z_i itself at a unit that sums; at a product or a maximum the others count too.
    da_dw = trace.da_dw(trace.plan.network.by_ends[source, unit])
    summed = trace.plan.network.by_id[unit].combine == SUM
    name = of_unit("z", source) if summed else partial(of_unit("a", unit), sub("w", "i"))
    names = (of_unit("δ", unit), name)
    return Term(source, source, (source, unit), (delta, da_dw), names, slope, "done")


def _dE_dz(unit_id: str) -> Node:
    return partial("E", of_unit("z", unit_id))


def _delta_of(unit_id: str) -> Node:
    return partial("E", of_unit("a", unit_id))


def _h_prime(unit_id: str) -> Node:
    return apply("h′", of_unit("a", unit_id))
