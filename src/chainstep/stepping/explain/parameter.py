"""One parameter's update as an explanation: rows of examples that add up, then the optimiser's.

The numbers come from `accumulation`; the update of all parameters at once is in
`backward`.
"""

from collections.abc import Mapping
from typing import Final

from chainstep.network.model import SUM
from chainstep.project import Training
from chainstep.stepping.accumulation import Accumulation, Parameter, Share, accumulate
from chainstep.stepping.explain.explained import COMING, CURRENT, DONE, Explanation, Term
from chainstep.stepping.formula.builder import Part, frac, paren, row, sum_over
from chainstep.stepping.formula.nodes import Hat, Node, Sqrt, Sym
from chainstep.stepping.formula.notation import Notation
from chainstep.stepping.numbers import MINUS
from chainstep.stepping.run import Run
from chainstep.stepping.steps import UPDATE
from chainstep.words import counted

_WORDS: Final = {"l1": "λ₁ sign(w)", "weight decay": "λ w", "decay": "decay η λ w"}
_ADAM: Final = {
    "m": "m ← β₁ m + (1 − β₁) g",
    "v": "v ← β₂ v + (1 − β₂) g²",
    "m̂": "m̂ = m / (1 − β₁ᵗ), t = {count}",
    "v̂": "v̂ = v / (1 − β₂ᵗ), t = {count}",
    "step": "step = η m̂ / (√v̂ + ε)",
}
#: How the optimiser makes each of its terms from the gradient g (`engine.optimizers`).
_MADE: Final[Mapping[str, Mapping[str, str]]] = {
    "sgd": {"step": "step = η g"},
    "momentum": {"v": "v ← μ v + g", "step": "step = η v"},
    "nesterov": {"v": "v ← μ v + g", "step": "step = η (g + μ v)"},
    "rmsprop": {"s": "s ← ρ s + (1 − ρ) g²", "step": "step = η g / (√s + ε)"},
    "adagrad": {"s": "s ← s + g²", "step": "step = η g / (√s + ε)"},
    "adam": _ADAM,
    "adamw": _ADAM,
}
#: Averages of the slope: they have its sign, whichever is carried back.
_SLOPES: Final = ("l1", "weight decay", "m", "m̂")


def parameter(run: Run, which: Parameter, n: Notation) -> Explanation:
    """Explain the update of a weight, (source, target), or of a unit's bias, at the run's cursor.

    Before the update the examples that are still to come are so marked, and the optimiser's
    terms are left out.
    """
    found, cursor = accumulate(run, which), run.cursor
    updating = cursor.step is not None and cursor.step.phase == UPDATE
    terms = tuple(
        _term(found, share, DONE if updating else _state(place, cursor.example), n)
        for place, share in enumerate(found.shares)
    )
    done = sum(share.value for share in found.shares[: cursor.example + 1])
    count = len(found.shares)
    rows = counted(count, "example")
    formula = _rule(run.trainer.training, which, n) if updating else _sum_formula(which, n)
    return Explanation(
        cursor.step,
        f"The {'update' if updating else 'slope'} of {_name(which)}",
        rows if updating else f"example {cursor.example + 1} of {count}",
        _sentence(run, found, updating, n),
        None if n.letters.words else formula,
        terms=terms,
        total_label=f"sum of {count}" if cursor.example + 1 == count else "sum so far",
        total=n.carried(done),
        after=tuple(_after(run.trainer.training, found, n)) if updating else (),
    )


def _name(which: Parameter) -> str:
    return f"the bias of {which}" if isinstance(which, str) else f"{which[0]} → {which[1]}"


def _state(place: int, here: int) -> str:
    return DONE if place < here else CURRENT if place == here else COMING


def _term(found: Accumulation, share: Share, state: str, n: Notation) -> Term:
    which, value = found.parameter, n.carried(share.value)
    label = f"example {share.row + 1}"
    if isinstance(which, str):
        return Term(label, "", None, (), (), value, state)
    source, target = which
    summed = n.network.by_id[target].combine == SUM
    slope = n.z(source) if summed else n.partial(n.a(target), n.w(which))
    factors = (n.carried(share.delta), share.slope)
    return Term(label, "", None, factors, (n.delta(target), slope), value, state)


def _sentence(run: Run, found: Accumulation, updating: bool, n: Notation) -> str:
    named = "mean" if run.trainer.training.reduction == "mean" else "sum"
    if not updating:
        return (
            f"Every example of the batch adds its own share; after the last of "
            f"{len(found.shares)} the {named} goes into the update."
        )
    opening = f"The {named} over the batch is {n.number(n.sign * found.reduced)}"
    if not found.free:
        return f"{opening}. The parameter is frozen, so it stays as it is."
    step = n.signed(-dict(found.memory)["step"])
    return f"{opening}; the optimiser turns it into a step of {step}."


def _after(training: Training, found: Accumulation, n: Notation) -> list[Term]:
    """Return the rows below the sum: reduced, the optimiser's own terms, before and after."""
    letter = "b" if isinstance(found.parameter, str) else "w"
    averages = (*_SLOPES, "v") if training.optimizer in ("momentum", "nesterov") else _SLOPES
    made = _MADE[training.optimizer] if found.free else {}

    def carried(name: str, value: float) -> float:
        return n.sign * value if name in averages else value

    penalties = [term for term in found.memory if term[0] in ("l1", "weight decay")]
    rows = [(training.reduction, n.sign * found.reduced)]
    rows += [(_WORDS[name], carried(name, value)) for name, value in penalties]
    if penalties:
        g = found.reduced + sum(value for _, value in penalties)
        rows.append(("g = " + " + ".join(label for label, _ in rows), n.sign * g))
    elif made:
        rows = [(f"{training.reduction} g", n.sign * found.reduced)]
    rows += [(f"{name} before", carried(name, value)) for name, value in found.remembered if made]
    for name, value in found.memory[len(penalties) :]:
        label = made.get(name, _WORDS.get(name, name)).format(count=found.count)
        rows.append((label, carried(name, value)))
    rows += [(f"{letter} before", found.before), (f"{letter} after", found.after)]
    return [Term(label, "", None, (), (), value, DONE) for label, value in rows]


def _sum_formula(which: Parameter, n: Notation) -> Node:
    """Return ∂E/∂w = Σ_n δ z, n any example of the batch."""
    if isinstance(which, str):
        return row(n.dE(n.b(which)), "=", sum_over("n", n.delta(which)))
    source, target = which
    summed = n.network.by_id[target].combine == SUM
    slope = n.z(source) if summed else n.partial(n.a(target), n.w(which))
    return row(n.dE(n.w(which)), "=", sum_over("n", n.times(n.delta(target), slope)))


def _rule(training: Training, which: Parameter, n: Notation) -> Node:
    """Return w ← w − η … or b ← b − η …, the rule with its own letters (`engine.optimizers`).

    With penalties, which biases have none of, the slope is the g of the rows below the sum.
    """
    decayed, decoupled = not isinstance(which, str), training.optimizer == "adamw"
    w = n.any_weight if decayed else n.any_bias
    added = training.l1 or (training.weight_decay and not decoupled)
    slope, minus = Sym("g") if decayed and added else n.dE(w), MINUS if n.sign > 0 else "+"
    left: list[Part] = [w, "←", w, minus]
    if decayed and decoupled and training.weight_decay:
        left[2:3] = [n.beside(paren("1", MINUS, n.beside(n.rate, "λ")), w)]
    if training.optimizer == "momentum":
        return row(*left, n.beside(n.rate, "v"), ",", "v", "←", n.beside("μ", "v"), "+", slope)
    if training.optimizer == "nesterov":
        ahead = n.times(n.rate, row("μ", "v"))
        return row(*left, n.beside(n.rate, slope), minus, ahead)
    if training.optimizer in ("rmsprop", "adagrad"):
        return row(*left, frac(n.rate, row(Sqrt(Sym("s")), "+", "ε")), slope)
    if training.optimizer in ("adam", "adamw"):
        m_hat, v_hat = Hat(Sym("m")), Hat(Sym("v"))
        return row(*left, n.rate, frac(m_hat, row(Sqrt(v_hat), "+", "ε")))
    return row(*left, n.beside(n.rate, slope))
