"""What the canvas lights: a moment turned into `canvas.marks.Marks`, and a lens laid over it.

The numbers and terms are those of the explanation, so canvas and panel always agree. How marks
look is in `canvas.decor`, when a lens comes to the front in `layers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from chainstep.app.canvas.marks import Ends, Marks, State, Tag, Value
from chainstep.app.moment import Moment
from chainstep.stepping.formula.notation import Notation, notation_of
from chainstep.stepping.numbers import as_typed, column, format_number, signed
from chainstep.stepping.steps import BACKWARD, FORWARD, LOSS, UPDATE

if TYPE_CHECKING:
    from chainstep.stepping.explain.explained import Explanation, Term
    from chainstep.stepping.run import Run
    from chainstep.stepping.trace import Trace

_T = TypeVar("_T")

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
    # The δ that is found in this step stands in its pill.
    outputs, values, visited = _known(run, n, told=step.unit if step.part == "delta" else "")
    unit = step.unit or None
    return Marks(
        unit=unit,
        connections={t.ends: _state(t) for t in explanation.terms if t.ends} if unit else {},
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
    run: Run, n: Notation, told: str = ""
) -> tuple[Mapping[str, str], Mapping[str, tuple[Value, ...]], frozenset[str]]:
    """Return what the pass has found out so far: z, δ and targets, and where it has been.

    told: a unit whose δ is told elsewhere.
    """
    trace, steps, count = run.trace, run.steps, run.cursor.index
    here = steps.steps[count - 1].phase
    outputs = _OfUnits(steps.finished(count, FORWARD), _z_texts(trace, n.digits))
    values: Mapping[str, tuple[Value, ...]] = {}
    if here != FORWARD:
        deltas = _delta_texts(trace, n.delta_name, n.sign, n.digits, here == UPDATE)
        back = [u for u in steps.finished(count, BACKWARD) if trace.delta(u) is not None]
        targets = _targets(run, n)
        notes = _Texts(lambda unit: (*known.get(unit, ()), *targets.get(unit, ())))
        known = _OfUnits(back, deltas)
        values = _OfUnits([unit for unit in (*back, *targets) if unit != told], notes)
    visited = steps.begun(count, BACKWARD if here == BACKWARD else FORWARD)
    return outputs, values, frozenset(visited)


def _targets(run: Run, n: Notation) -> dict[str, tuple[Value, ...]]:
    """Return the remark beside each output that has a target."""
    if run.trainer.project.loss.name == "output":
        return {}
    known = ((unit.id, run.trace.target(unit.id)) for unit in run.steps.network.outputs)
    return {unit: (("target", as_typed(t, n.digits), 0),) for unit, t in known if t is not None}


class _Texts(dict[str, _T]):
    """Texts by unit, each written when it is first looked at: of a large net few ever are."""

    def __init__(self, write: Callable[[str], _T]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, unit: str) -> _T:
        self[unit] = text = self._write(unit)
        return text


class _OfUnits(Mapping[str, _T]):
    """The texts of these units alone."""

    def __init__(self, units: Iterable[str], texts: Mapping[str, _T]) -> None:
        self._units, self._texts = dict.fromkeys(units), texts

    def __getitem__(self, unit: str) -> _T:
        if unit not in self._units:
            raise KeyError(unit)
        return self._texts[unit]

    def __contains__(self, unit: object) -> bool:
        return unit in self._units

    def __iter__(self) -> Iterator[str]:
        return iter(self._units)

    def __len__(self) -> int:
        return len(self._units)


@lru_cache(maxsize=2)
def _z_texts(trace: Trace, digits: int) -> Mapping[str, str]:
    """Return the z of each unit as it is written; a walk through a pass asks at every step."""
    return _Texts(lambda unit: format_number(trace.z(unit), digits))


@lru_cache(maxsize=2)
def _delta_texts(
    trace: Trace, name: str, sign: int, digits: int, together: bool
) -> Mapping[str, tuple[Value, ...]]:
    """Return the δ of each unit that has one, as it is written beside it.

    together: to be compared with each other, with as many decimals each; else as in its sum.
    """

    def delta(unit: str) -> float:
        return sign * (trace.delta(unit) or 0.0)

    def alone(unit: str) -> tuple[Value, ...]:
        return ((name, signed(delta(unit), digits), _sign(delta(unit))),)

    if not together:
        return _Texts(alone)
    found = [u.id for u in trace.plan.network.units if trace.delta(u.id) is not None]
    deltas = [delta(unit) for unit in found]
    return {
        unit: ((name, f"+{text}" if d > 0 else text, _sign(d)),)
        for unit, d, text in zip(found, deltas, column(deltas, digits), strict=True)
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
