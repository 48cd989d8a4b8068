"""The backward pass and the update, explained: why ∂E/∂a_j is a sum over k (PRML 5.55, 5.56).

The forward pass and the loss are in `forward`.
"""

from collections.abc import Iterator

from chainstep.network.model import MAX, SUM, Unit
from chainstep.project import Training
from chainstep.stepping.explain.explained import DONE, Explanation, Term, names_of, so_far, state_of
from chainstep.stepping.formula.builder import Part, added, apply, factor, paren, row, sub
from chainstep.stepping.formula.nodes import Node
from chainstep.stepping.formula.notation import Notation
from chainstep.stepping.formula.text import plain
from chainstep.stepping.numbers import MINUS
from chainstep.stepping.run import Run
from chainstep.stepping.steps import Step
from chainstep.stepping.trace import Trace
from chainstep.words import counted


def backward(trace: Trace, step: Step, n: Notation) -> Explanation:
    """Explain a step of the backward pass at one unit."""
    unit = trace.plan.network.by_id[step.unit]
    if step.part == "gradient":
        return _gradient(trace, step, n)
    if step.part == "jacobian":
        return _jacobian(trace, step, n)
    if step.part in ("delta", "total"):
        return _delta(trace, step, unit, n)
    return _share(trace, step, unit, n)


def update(run: Run, n: Notation) -> Explanation:
    """Explain the update that ends a batch."""
    training, rows = run.trainer.training, run.cursor.examples
    return Explanation(
        run.cursor.step,
        "The update",
        f"{training.reduction} of {rows} examples" if rows > 1 else "1 example",
        _what_it_changed(run, n),
        _rule(training, n),
        terms=tuple(_changes(run, n)),
        adds=False,
    )


def _changes(run: Run, n: Notation) -> Iterator[Term]:
    """Yield each weight and bias as it was, its slope, and what it became."""
    plan, slopes = run.trainer.plan, (n.sign * run.gradient).tolist()
    before, after = run.before.tolist(), run.trainer.theta.tolist()
    w, b = n.any_weight, n.any_bias
    weight, bias = (row(w), n.dE(w)), (row(b), n.dE(b))
    for ends, k in plan.weight.items():
        label = f"{ends[0]} → {ends[1]}"
        yield Term(label, "", ends, (before[k], slopes[k]), weight, after[k], DONE)
    for unit, k in plan.bias.items():
        yield Term(f"bias of {unit}", "", None, (before[k], slopes[k]), bias, after[k], DONE)


def _what_it_changed(run: Run, n: Notation) -> str:
    training = run.trainer.training
    largest = float(abs(run.trainer.theta - run.before).max(initial=0.0))
    free = run.trainer.plan.trainable(training.train_biases)
    who = "Every weight" if free.all() else "Every weight that is not frozen"
    sentence = (
        f"{who} takes a step down its slope, {n.letters.rate} = {n.number(run.rate)}; "
        f"the largest change is {n.number(largest)}. "
        "The weights used in the backward pass were the old ones."
    )
    if training.weight_decay or training.l1:
        sentence += " A penalty pulls the weights, not the biases, towards 0 as well."
    if run.cursor.examples > 1:
        sentence += " Select a connection to see its slope added up example by example."
    return sentence


def _rule(training: Training, n: Notation) -> Node:
    """Return w ← …, with the penalties that are switched on (the rules: `engine.optimizers`)."""
    w, towards, slope = n.any_weight, MINUS if n.sign > 0 else "+", _towards(training, n)
    decoupled = training.optimizer == "adamw"
    left: list[Part] = [w, "←", w, towards]
    if training.weight_decay and decoupled:
        left[2:3] = [n.beside(paren("1", "−", n.beside(n.rate, "λ")), w)]
    if training.optimizer == "sgd":
        whole = slope[0] if len(slope) == 1 and (n.sign > 0 or n.letters.words) else paren(*slope)
        return row(*left, n.beside(n.rate, whole))
    return row(*left, n.times(n.rate, apply("adam" if decoupled else training.optimizer, *slope)))


def _towards(training: Training, n: Notation) -> list[Part]:
    """Return the slope of a weight with the penalties that are added to it."""
    w, plus = n.any_weight, "+" if n.sign > 0 else MINUS
    slope: list[Part] = [n.dE(w)]
    if training.l1:
        slope += [plus, sub("λ", "1"), apply("sign", w)]
    if training.weight_decay and training.optimizer != "adamw":
        slope += [plus, n.beside("λ", w)]
    return slope


def _own_term(trace: Trace, unit: Unit, state: str, n: Notation) -> Term:
    """An output's own share: ∂E/∂z_j · h′(a_j), without factors where they are lost."""
    direct, slope = trace.direct(unit.id), trace.h_prime(unit.id)
    value = (direct or 0.0) * slope
    if trace.project.loss.name == "binary_cross_entropy":
        # The quotient in ∂E/∂z loses its digits near 0 and 1; the product is z − t exactly.
        value = trace.z(unit.id) - (trace.target(unit.id) or 0.0)
    shown = n.carried(value)
    if direct is None:
        return Term("its own share", "", None, (), (), shown, state)
    names = (n.dE_dz(unit.id), n.h_prime(unit.id))
    return Term("its own share", "", None, (n.carried(direct), slope), names, shown, state)


def _passed_on(trace: Trace, unit: Unit, nth: int, own: int, n: Notation) -> list[Term]:
    """The terms that come back over the connections, ∂E/∂a_k · ∂a_k/∂a_j."""
    terms = []
    here = n.z(unit.id) if unit.is_input else n.a(unit.id)
    for place, found in enumerate(trace.all_outgoing(unit.id), start=1 + own):
        value = found.dE_dz_term if unit.is_input else found.delta_term
        terms.append(
            Term(
                label=found.target,
                unit=found.target,
                ends=(unit.id, found.target),
                factors=(
                    n.carried(found.delta),
                    found.da_dz if unit.is_input else found.da_da,
                ),
                names=(n.dE_da(found.target), n.partial(n.a(found.target), here)),
                value=n.carried(value),
                state=state_of(place, nth),
            )
        )
    return terms


def shares_of(trace: Trace, unit: Unit, n: Notation, nth: int = 0) -> tuple[Term, ...]:
    """Return the terms of the sum at a unit; the nth is current, 0 for all done."""
    if trace.plan.group is not None and unit.is_output:
        return tuple(
            Term(
                label=term.unit,
                unit=term.unit,
                ends=None,
                factors=(n.carried(term.dE_dz), term.dz_da),
                names=(n.dE_dz(term.unit), n.partial(n.z(term.unit), n.a(unit.id))),
                value=n.carried(term.term),
                state=state_of(place, nth),
            )
            for place, term in enumerate(trace.jacobian(unit), start=1)
        )
    own = 1 if unit.is_output else 0
    first = [_own_term(trace, unit, state_of(1, nth), n)] if own else []
    return (*first, *_passed_on(trace, unit, nth, own, n))


def sum_formula(trace: Trace, unit: Unit, n: Notation) -> Node:
    """Return ∂E/∂a_j = Σ_k ∂E/∂a_k · ∂a_k/∂a_j for this unit, with its own share if an output."""
    here = n.z(unit.id) if unit.is_input else n.a(unit.id)
    parts: list[Part] = [n.dE(here), "="]
    targets = [connection.target for connection in trace.plan.network.outgoing[unit.id]]
    if trace.plan.group is not None and unit.is_output:
        group = [output.id for output in trace.plan.network.outputs]
        z = n.z_down(group)
        return row(*parts, n.over_down(group, n.times(n.dE_down(z), n.partial(z, here))))
    if unit.is_output:
        parts.append(n.times(n.dE_dz(unit.id), n.h_prime(unit.id)))
    if targets:
        ak = n.a_down(targets)
        parts += ["+"] if unit.is_output else []
        parts.append(n.over_down(targets, n.times(n.dE_down(ak), n.partial(ak, here))))
    return row(*parts) if len(parts) > 2 else row(*parts, "0")


def _title(trace: Trace, unit: Unit, count: int) -> str:
    if unit.is_output and not trace.plan.network.outgoing[unit.id] and trace.plan.group is None:
        return f"Where the error enters: {unit.id}"
    return f"Why a sum at {unit.id}" if count > 1 else f"The chain rule at {unit.id}"


def _share(trace: Trace, step: Step, unit: Unit, n: Notation) -> Explanation:
    terms = shares_of(trace, unit, n, step.nth)
    return Explanation(
        step,
        _title(trace, unit, step.of),
        counted(step.of, "term"),
        _why_sum(trace, step, unit, terms[step.nth - 1], n),
        sum_formula(trace, unit, n),
        terms=terms,
        total_label=_total_label(unit, n) + ("" if step.nth == step.of else ", sum so far"),
        total=so_far(terms),
    )


def _total_label(unit: Unit, n: Notation) -> str:
    return f"{n.dE_dz_name if unit.is_input else n.delta_name} of {unit.id}"


def _why_sum(trace: Trace, step: Step, unit: Unit, term: Term, n: Notation) -> str:
    value = "not representable" if term.value is None else n.signed(term.value)
    if step.part == "direct":
        looks = f"{n.the_error} looks at {unit.id} itself"
        return n.opening(f"{looks}: its own share is {_own_share(unit, n)} = {value}.")
    share = f"The share through {step.other} is {value}"
    if term.value == 0:
        share += _why_zero(trace, unit, step.other, n)
    elif term.value is not None and term.value < 0 and step.of > 1:
        share += ": it pulls the sum down"
    return f"{_ways(trace, unit, n)} {share}."


def _why_zero(trace: Trace, unit: Unit, target: str, n: Notation) -> str:
    """Say what makes a share 0, where a single thing does."""
    network = trace.plan.network
    connection = network.by_ends[unit.id, target]
    if not network.by_id[target].is_output and not network.outgoing[target]:
        return f": {target} feeds nothing"
    if trace.delta(target) == 0:
        return f": {n.delta_name} of {target} is 0"
    if not unit.is_input and trace.h_prime(unit.id) == 0:
        return f": {n.h_prime_name} of {unit.id} is 0"
    if network.by_id[target].combine == MAX and trace.da_dz(connection) == 0:
        return f": another term is the largest at {target}"
    return ""


def _own_share(unit: Unit, n: Notation) -> str:
    if n.letters.words:
        return plain(n.times(n.dE_dz(unit.id), n.h_prime(unit.id)))
    return f"{n.dE_dz_name} · {n.h_prime_name}"


def _ways(trace: Trace, unit: Unit, n: Notation) -> str:
    """Say along which ways a change of the unit reaches E."""
    targets = [c.target for c in trace.plan.network.outgoing[unit.id]]
    if unit.is_output:
        ways = f"itself and through {names_of(targets)}"
        return f"{unit.id} reaches {n.the_error} {ways}, so the shares add."
    if len(targets) == 1:
        return f"{unit.id} feeds only {targets[0]}, so one term is the whole chain rule."
    ways = "both" if len(targets) == 2 else f"all {len(targets)} of them"
    change = f"A change of {unit.id} can reach {n.the_error} through {ways}, so the shares add."
    return f"{unit.id} feeds {names_of(targets)}. {change}"


def _delta(trace: Trace, step: Step, unit: Unit, n: Notation) -> Explanation:
    terms = shares_of(trace, unit, n)
    value = n.carried(trace.dE_dz(unit.id) if unit.is_input else trace.delta(unit.id))
    name = n.dE_dz_name if unit.is_input else n.delta_name
    result = "not representable" if value is None else n.number(value)
    sentence = f"The shares add up: {name} of {unit.id} is {result}."
    if not terms:
        sentence = f"{unit.id} feeds nothing, so {n.the_error} does not depend on it: {name} is 0."
    elif len(terms) == 1:
        sentence = f"That one share is the whole: {name} of {unit.id} is {result}."
    return Explanation(
        step,
        n.opening(f"{name} of {unit.id}"),
        counted(len(terms), "term"),
        sentence,
        _factored(trace, unit, n) or sum_formula(trace, unit, n),
        _with_numbers(unit, terms, value, n),
        terms=terms,
        total_label=f"{name} of {unit.id}",
        total=value,
    )


def _factored(trace: Trace, unit: Unit, n: Notation) -> Node | None:
    """δ_j = h′(a_j) Σ_k w_kj δ_k (PRML 5.56), where j feeds sum units only."""
    outgoing = trace.plan.network.outgoing[unit.id]
    by_id = trace.plan.network.by_id
    sums = outgoing and all(by_id[c.target].combine == SUM for c in outgoing)
    if unit.is_input or unit.is_output or not sums:
        return None
    targets = [connection.target for connection in outgoing]
    body = n.beside(n.w_down(unit.id, targets), n.delta_down(targets))
    total = n.over_down(targets, body)
    return row(n.delta(unit.id), "=", n.beside(n.h_prime(unit.id), total))


def _with_numbers(
    unit: Unit, terms: tuple[Term, ...], value: float | None, n: Notation
) -> Node | None:
    left = n.dE_dz(unit.id) if unit.is_input else n.delta(unit.id)
    if value is None or not 0 < len(terms) <= 8 or any(term.value is None for term in terms):
        return None
    result = n.num(value, strong=True)
    if len(terms) == 1:
        factors = [f for f in terms[0].factors if f is not None]
        if len(factors) < 2:
            return row(left, "=", result)
        return row(left, "=", n.times(*(factor(f, n.digits) for f in factors)), "=", result)
    values = added((t.value or 0.0 for t in terms), (t.tag for t in terms), n.digits)
    return row(left, "=", values, "=", result)


def _jacobian(trace: Trace, step: Step, n: Notation) -> Explanation:
    unit = trace.plan.network.by_id[step.unit]
    terms = shares_of(trace, unit, n, step.nth)
    name = unit.activation.replace("_", " ")
    value = n.signed(terms[step.nth - 1].value or 0.0)
    sentence = (
        f"The {name} couples the outputs: a change of {unit.id} moves every output's {n.z_name}. "
        f"The share through {n.z_name} of {step.other} is {value}."
    )
    return Explanation(
        step,
        _title(trace, unit, step.of),
        counted(step.of, "term"),
        sentence,
        sum_formula(trace, unit, n),
        terms=terms,
        total_label=_total_label(unit, n) + ("" if step.nth == step.of else ", sum so far"),
        total=so_far(terms),
    )


def _gradient(trace: Trace, step: Step, n: Notation) -> Explanation:
    unit = step.unit
    incoming = trace.plan.network.incoming[unit]
    weights = tuple(_weight_term(trace, unit, c.source, n) for c in incoming)
    bias: tuple[Term, ...] = ()
    if trace.bias(unit) is not None:
        bias = (Term("bias", "", None, (), (), n.carried(trace.delta(unit)), "done"),)
    title = f"The slope{'s' * (step.of > 1)} of the weight{'s' * (step.of > 1)} into {unit}"
    if not incoming:
        title = f"The slope of the bias of {unit}"
    sentence = _slope_sentence(trace, trace.plan.network.by_id[unit], step.of, n)
    formula = _slope_rule(trace, trace.plan.network.by_id[unit], n)
    return Explanation(step, title, "", sentence, formula, terms=(*weights, *bias), adds=False)


def _slope_sentence(trace: Trace, unit: Unit, count: int, n: Notation) -> str:
    name = f"the {n.delta_name}" if n.letters.words else n.delta_name
    if not count:
        return f"Nothing feeds {unit.id}: only its bias has a slope, and that is {name}."
    times = "what came in over it"
    if unit.combine != SUM:
        times = f"how {n.a_name} moves with that weight"
    which = f"{'Each' if count > 1 else 'The'} weight into {unit.id}"
    bias = "" if trace.bias(unit.id) is None else f"; the bias gets {name} itself"
    return f"{which} gets {name} times {times}{bias}."


def _slope_rule(trace: Trace, unit: Unit, n: Notation) -> Node:
    """Return ∂E/∂w_ji = δ_j z_i (PRML 5.53), or ∂E/∂b_j = δ_j where nothing feeds the unit."""
    sources = [connection.source for connection in trace.plan.network.incoming[unit.id]]
    if not sources:
        return row(n.dE(n.b(unit.id)), "=", n.delta(unit.id))
    weight = n.w_up(unit.id)
    slope = n.z_up(sources) if unit.combine == SUM else n.partial(n.a(unit.id), weight)
    return row(n.dE(weight), "=", n.beside(n.delta(unit.id), slope))


def _weight_term(trace: Trace, unit: str, source: str, n: Notation) -> Term:
    slope = n.carried(trace.connection(source, unit).dE_dw)
    # ∂a/∂w is z_i itself at a unit that sums; at a product or a maximum the others count too.
    da_dw = trace.da_dw(trace.plan.network.by_ends[source, unit])
    summed = trace.plan.network.by_id[unit].combine == SUM
    name = n.z(source) if summed else n.partial(n.a(unit), n.w((source, unit)))
    names = (n.delta(unit), name)
    factors = (n.carried(trace.delta(unit)), da_dw)
    return Term(source, source, (source, unit), factors, names, slope, "done")
