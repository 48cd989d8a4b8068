"""Explain once: a step as a title, a sentence, a formula and its terms.

Panel, canvas, command line and screen reader are renderings of this one value. The formulas of
the forward pass and the loss are in `forward`, those of the backward pass and the update
in `backward`, of a single parameter in `parameter`; the numbers come from `trace` and `run`.
"""

from collections.abc import Sequence
from heapq import nsmallest
from typing import Final

from chainstep.stepping.cursor import Cursor
from chainstep.stepping.explain import backward as explain_backward
from chainstep.stepping.explain import forward as explain_forward
from chainstep.stepping.explain import parameter as explain_parameter
from chainstep.stepping.explain.explained import CURRENT, Explanation, Term
from chainstep.stepping.formula.notation import Notation, notation_of
from chainstep.stepping.run import Run
from chainstep.stepping.steps import BACKWARD, FORWARD, LOSS, UPDATE, Step
from chainstep.stepping.trace import Trace

#: Beyond so many terms the smaller ones are folded away.
MOST_TERMS: Final = 16

_PHASES: Final = {FORWARD: "forward", LOSS: "error", BACKWARD: "backward", UPDATE: "update"}


def explain(
    run: Run,
    digits: int | None = None,
    notation: Notation | None = None,
    of: tuple[str, str] | str | None = None,
) -> Explanation:
    """Explain the step that the run's cursor stands on.

    digits: of every number shown; notation: both default to what the document's view says. of: a
    weight, (source, target), or the unit of a bias: where the step makes its slope or its update,
    that is told example by example.
    """
    n = notation or notation_of(run.trainer.project, digits)
    step = run.cursor.step
    if of is not None and _about(run, step, of):
        return explain_parameter.parameter(run, of, n)
    if step is None:
        return explain_forward.start(run, n)
    if step.phase == UPDATE:
        return explain_backward.update(run, n)
    return explain_step(run.trace, step, n)


def explain_step(trace: Trace, step: Step, n: Notation) -> Explanation:
    """Explain any step of a pass but the update."""
    if step.phase == FORWARD:
        return explain_forward.forward(trace, step, n)
    if step.phase == LOSS:
        return explain_forward.loss(trace, step, n)
    return explain_backward.backward(trace, step, n)


def _about(run: Run, step: Step | None, of: tuple[str, str] | str) -> bool:
    """Whether a step makes the slope of this parameter, one of several in a batch, or updates it.

    A single example has nothing to add up, and its slope is told with the others' of its unit.
    """
    plan = run.trainer.plan
    if step is None or of not in (plan.bias if isinstance(of, str) else plan.weight):
        return False
    target = of if isinstance(of, str) else of[1]
    slope = step.part == "gradient" and step.unit == target and run.cursor.examples > 1
    return slope or step.phase == UPDATE


def readout(cursor: Cursor) -> str:
    """Return where a run is: "epoch 3 · example 2 of 4 · backward · h1 · term 1 of 2"."""
    parts = [f"epoch {cursor.epoch + 1}"]
    if cursor.batches > 1:
        parts.append(f"batch {cursor.batch + 1} of {cursor.batches}")
    step = cursor.step
    if cursor.aside:
        parts.append(f"example {cursor.row + 1:,} aside")
    elif step is None or step.phase != UPDATE:
        parts.append(f"example {cursor.example + 1} of {cursor.examples}")
    if step is None:
        return " · ".join((*parts, "start"))
    parts.append(_PHASES[step.phase])
    if step.unit:
        parts.append(step.unit)
    if step.nth:
        parts.append(f"{'output' if step.phase == LOSS else 'term'} {step.nth} of {step.of}")
    elif step.part in ("delta", "gradient"):
        parts.append({"delta": "δ", "gradient": "∂E/∂w"}[step.part])
    return " · ".join(parts)


def fold(terms: Sequence[Term], most: int = MOST_TERMS) -> tuple[Term, ...]:
    """Return the terms worth showing: of many the largest, largest first, and the current one."""
    if len(terms) <= most:
        return tuple(terms)
    largest = nsmallest(most, terms, lambda t: (t.state != CURRENT, -abs(t.value or 0.0)))
    return tuple(sorted(largest, key=lambda term: -abs(term.value or 0.0)))
