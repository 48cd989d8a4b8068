"""What the canvas lights: a moment turned into `canvas.marks.Marks`, and a lens laid over it.

The numbers and terms are those of the explanation, so canvas and panel always agree. How marks
look is in `canvas.decor`, when a lens comes to the front in `layers`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from chainstep.app.canvas.marks import Ends, Marks, State, Tag, Value
from chainstep.app.moment import Moment
from chainstep.stepping.formula.notation import Notation, notation_of
from chainstep.stepping.numbers import column, format_number, signed
from chainstep.stepping.steps import BACKWARD, FORWARD, LOSS, UPDATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainstep.stepping.explain.explained import Explanation, Term
    from chainstep.stepping.run import Run
    from chainstep.stepping.trace import Trace

#: Beside more units than these there is no room for the notes of two layers.
MOST_STACKED: Final = 12
#: How lit a connection is, least first: of two layers the stronger one shows.
_STATES: Final[tuple[State, ...]] = ("coming", "done", "looked_at", "current")
#: A pill spells out so many terms; beyond that it gives the sum alone.
MOST_SPELT: Final = 4


def marks_of(moment: Moment) -> Marks | None:
    """Return what is to be lit, None where nothing is: before the first step, and in training."""
    run, explanation = moment.run, moment.explanation
    if run is None or explanation is None or explanation.step is None:
        return None
    step, digits = explanation.step, moment.digits
    n = notation_of(moment.project, digits)
    outputs, values, visited = _known(run, n)
    unit = step.unit or None
    if step.part == "delta":
        # The pill says it already.
        values.pop(step.unit, None)
    return Marks(
        unit=unit,
        connections={t.ends: _state(t) for t in explanation.terms if t.ends and unit},
        direction="backward" if step.phase == BACKWARD and step.part == "term" else "forward",
        tags=_tags(explanation, digits),
        pills=_pills(explanation, n) if unit else {},
        outputs=outputs,
        values=values,
        visited=visited if unit else None,
        dim=unit is not None,
    )


def all_known(run: Run) -> Marks:
    """Return what the pass has found out up to now, with nothing lit: for a picture of it."""
    outputs, values, _ = _known(run, notation_of(run.trainer.project))
    return Marks(outputs=outputs, values=values, dim=False)


def layered(step: Marks | None, lens: Marks | None, lens_first: bool) -> Marks | None:
    """Return a step and a lens on one canvas: where both have something to say, the first has it.

    The unit and connection whose turn it is stay lit; notes beside a unit stand one below another.
    """
    if step is None or lens is None or lens.alone:
        return lens or step
    front, back = (lens, step) if lens_first else (step, lens)
    connections = dict(step.connections)
    for ends, state in lens.connections.items():
        connections[ends] = max(state, connections.get(ends, "coming"), key=_STATES.index)
    seen = None
    if step.visited is not None and lens.visited is not None:
        seen = step.visited | lens.visited
    return replace(
        lens,
        unit=step.unit or lens.unit,
        connections=connections,
        direction=step.direction,
        tags={**back.tags, **front.tags},
        pills={**back.pills, **front.pills},
        outputs={**lens.outputs, **step.outputs},
        values=_stacked(front.values, back.values),
        visited=seen,
        dim=step.dim or lens.dim,
    )


def _stacked(
    front: Mapping[str, tuple[Value, ...]], back: Mapping[str, tuple[Value, ...]]
) -> Mapping[str, tuple[Value, ...]]:
    """Return the notes of both layers one below another; of many units those in front alone."""
    both = {**back, **front}
    if len(both) > MOST_STACKED:
        return both
    return {unit: (*front.get(unit, ()), *back.get(unit, ())) for unit in both}


def breaks_of(moment: Moment) -> tuple[dict[str, bool], dict[Ends, bool]]:
    """Return the units and connections that have a breakpoint, and whether it is on."""
    items = moment.project.debug.breakpoints
    if not items:
        return {}, {}
    from chainstep.app.panels.debugging.edits import marked

    return marked(items)


def _state(term: Term) -> State:
    if term.state == "current":
        return "current"
    return "done" if term.state == "done" else "coming"


def _known(
    run: Run, n: Notation
) -> tuple[dict[str, str], dict[str, tuple[Value, ...]], frozenset[str]]:
    """Return what the pass has found out so far: z, δ and targets, and where it has been."""
    trace, steps, count = run.trace, run.steps, run.cursor.index
    here = steps.steps[count - 1].phase
    z = _z_texts(trace, n.digits)
    outputs = {unit: z[unit] for unit in steps.finished(count, FORWARD)}
    values: dict[str, tuple[Value, ...]] = {}
    if here != FORWARD:
        deltas = _delta_texts(trace, n.delta_name, n.sign, n.digits, here == UPDATE)
        back = steps.finished(count, BACKWARD)
        values = {unit: deltas[unit] for unit in back if unit in deltas}
        for output in steps.network.outputs:
            target = trace.target(output.id)
            if target is not None and run.trainer.project.loss.name != "output":
                remark: Value = ("target", n.number(target), 0)
                values[output.id] = (*values.get(output.id, ()), remark)
    visited = steps.begun(count, BACKWARD)
    if here != BACKWARD:
        visited = steps.begun(count, FORWARD)
    return outputs, values, frozenset(visited)


@lru_cache(maxsize=2)
def _z_texts(trace: Trace, digits: int) -> dict[str, str]:
    """Return the z of each unit as it is written; a walk through a pass asks at every step."""
    units = trace.plan.network.units
    return {unit.id: format_number(trace.z(unit.id), digits) for unit in units}


@lru_cache(maxsize=2)
def _delta_texts(
    trace: Trace, name: str, sign: int, digits: int, together: bool
) -> dict[str, tuple[Value, ...]]:
    """Return the δ of each unit that has one, as it is written beside it.

    together: to be compared with each other, with as many decimals each; else as in its sum.
    """
    known = [(unit.id, trace.delta(unit.id)) for unit in trace.plan.network.units]
    found = {unit: sign * delta for unit, delta in known if delta is not None}
    texts = [signed(delta, digits) for delta in found.values()]
    if together:
        aligned = zip(column(list(found.values()), digits), found.values(), strict=True)
        texts = [f"+{text}" if delta > 0 else text for text, delta in aligned]
    return {
        unit: ((name, text, _sign(delta)),)
        for (unit, delta), text in zip(found.items(), texts, strict=True)
    }


def _tags(explanation: Explanation, digits: int) -> dict[tuple[str, str], Tag]:
    step = explanation.step
    if step is None or not step.unit:
        return {}
    return {
        term.ends: (_calculation(term, digits), _sign(term.value))
        for term in explanation.terms
        if term.ends is not None and term.state != "coming" and term.value is not None
    }


def _calculation(term: Term, digits: int) -> str:
    factors = [format_number(f, digits) for f in term.factors if f is not None]
    return f"{' × '.join(factors)} = {signed(term.value or 0.0, digits)}"


def _pills(explanation: Explanation, n: Notation) -> dict[str, str]:
    step = explanation.step
    if step is None or explanation.total is None or step.part == "gradient":
        return {}
    total = n.number(explanation.total)
    if step.part == "activate":
        return {step.unit: f"{n.a_name} = {total}"}
    if step.phase == LOSS:
        so_far = "" if step.nth == step.of else " so far"
        return {step.unit: f"{n.error_name}{so_far} = {total}"}
    if step.part in ("delta", "total"):
        return {step.unit: f"{n.delta_name if step.part == 'delta' else n.dE_dz_name} = {total}"}
    shown = [term.value or 0.0 for term in explanation.terms if term.state != "coming"]
    if not explanation.adds or not 1 < len(shown) <= MOST_SPELT:
        return {step.unit: f"{'Σ' if explanation.adds else n.a_name} = {total}"}
    spelt = n.number(shown[0]) + "".join(
        f" {'−' if value < 0 else '+'} {n.number(abs(value))}" for value in shown[1:]
    )
    return {step.unit: f"Σ = {spelt} = {total}"}


def _sign(value: float | None) -> int:
    return 0 if not value else (1 if value > 0 else -1)
