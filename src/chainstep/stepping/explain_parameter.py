"""One parameter's update as an explanation: rows of examples that add up, then the optimiser's.

The numbers come from `accumulation`; the update of all parameters at once is in
`explain_backward`.
"""

from typing import Final

from chainstep.stepping.accumulation import Accumulation, Parameter, Share, accumulate
from chainstep.stepping.explained import COMING, CURRENT, DONE, Explanation, Term
from chainstep.stepping.formula import (
    Node,
    Part,
    frac,
    of_unit,
    partial,
    product,
    row,
    sub,
    sum_over,
    unit_name,
)
from chainstep.stepping.formula_nodes import Hat, Sqrt, Sym
from chainstep.stepping.numbers import format_number, signed
from chainstep.stepping.run import Run
from chainstep.stepping.steps import UPDATE

_WORDS: Final = {
    "l1": "λ₁ sign(w)",
    "weight decay": "λ w",
    "decay": "decay η λ w",
    "step": "step",
}


def parameter(run: Run, which: Parameter, digits: int) -> Explanation:
    """Explain the update of a weight, (source, target), or of a unit's bias, at the run's cursor.

    Before the update the examples that are still to come are so marked, and the optimiser's
    terms are left out.
    """
    found, cursor = accumulate(run, which), run.cursor
    updating = cursor.step is not None and cursor.step.phase == UPDATE
    terms = tuple(
        _term(found, share, place, cursor.example, updating)
        for place, share in enumerate(found.shares)
    )
    done = sum(share.value for share in found.shares[: cursor.example + 1])
    count = len(found.shares)
    whole = cursor.example + 1 == count
    return Explanation(
        cursor.step,
        f"The {'update' if updating else 'slope'} of {_name(which)}",
        f"example {cursor.example + 1} of {count}" if not updating else f"{count} examples",
        _sentence(run, found, updating, digits),
        _sum_formula(which) if not updating else _rule(run.trainer.training.optimizer),
        terms=terms,
        total_label=f"sum of {count}" if whole else "sum so far",
        total=done,
        after=tuple(_after(run, found)) if updating else (),
    )


def _name(which: Parameter) -> str:
    return f"the bias of {which}" if isinstance(which, str) else f"{which[0]} → {which[1]}"


def _term(found: Accumulation, share: Share, place: int, here: int, updating: bool) -> Term:
    state = DONE if updating or place < here else CURRENT if place == here else COMING
    which = found.parameter
    label = f"example {share.row + 1}"
    if isinstance(which, str):
        return Term(label, "", None, (), (), share.value, state)
    names = (of_unit("δ", which[1]), of_unit("z", which[0]))
    return Term(label, "", None, (share.delta, share.slope), names, share.value, state)


def _sentence(run: Run, found: Accumulation, updating: bool, digits: int) -> str:
    count = len(found.shares)
    if not updating:
        reduction = "mean" if run.trainer.training.reduction == "mean" else "sum"
        return (
            f"Every example of the batch adds its own share; after the last of {count} the "
            f"{reduction} goes into the update."
        )
    reduced = format_number(found.reduced, digits)
    named = "mean" if run.trainer.training.reduction == "mean" else "sum"
    step = signed(-dict(found.memory)["step"], digits)
    if found.memory == (("step", 0.0),):
        return f"The {named} over the batch is {reduced}. It is frozen, so it stays as it is."
    return f"The {named} over the batch is {reduced}; the optimiser turns it into a step of {step}."


def _after(run: Run, found: Accumulation) -> list[Term]:
    """Return the rows below the sum: reduced, the optimiser's own terms, before and after."""
    letter = "b" if isinstance(found.parameter, str) else "w"
    rows = [("mean", found.reduced)] if run.trainer.training.reduction == "mean" else []
    rows += [(_WORDS.get(name, name), value) for name, value in found.memory]
    rows += [(f"{letter} before", found.before), (f"{letter} after", found.after)]
    return [Term(label, "", None, (), (), value, DONE) for label, value in rows]


def _sum_formula(which: Parameter) -> Node:
    if isinstance(which, str):
        letter: Node = of_unit("b", which)
        share: Node = sub("δ", unit_name(which), ",", "n")
    else:
        letter = sub("w", unit_name(which[1]), ",", unit_name(which[0]))
        delta = sub("δ", unit_name(which[1]), ",", "n")
        share = product(delta, sub("z", unit_name(which[0]), ",", "n"))
    return row(partial("E", letter), "=", sum_over("n", share))


def _rule(optimizer: str) -> Node:
    """Return θ ← θ − η …, the rule with its own letters (`engine.optimizers`)."""
    left: list[Part] = ["w", "←", "w", "−"]
    slope = partial("E", "w")
    if optimizer == "momentum":
        return row(*left, "η", "v", ",", "v", "←", "μ", "v", "+", slope)
    if optimizer == "nesterov":
        return row(*left, "η", slope, "−", "η", "μ", "v")
    if optimizer in ("rmsprop", "adagrad"):
        return row(*left, frac("η", row(Sqrt(Sym("s")), "+", "ε")), slope)
    if optimizer in ("adam", "adamw"):
        m_hat, v_hat = Hat(Sym("m")), Hat(Sym("v"))
        return row(*left, "η", frac(m_hat, row(Sqrt(v_hat), "+", "ε")))
    return row(*left, "η", slope)
