"""The rows of an explanation as texts, numbers and stretches of a waterfall, before any painting.

Which terms there are and what they say comes from `stepping.explain`; widths and colours are in
`term_layout` and `term_rows`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import isfinite
from typing import Final

from chainstep.stepping.explain.explained import COMING, CURRENT, Explanation, Term
from chainstep.stepping.formula.text import aloud
from chainstep.stepping.numbers import column, format_number, signed
from chainstep.stepping.steps import LOSS, UPDATE

HEADER: Final = "header"
TERM: Final = "term"
MORE: Final = "more"
TOTAL: Final = "total"
#: What is made of the total, below it.
AFTER: Final = "after"

MISSING: Final = "not representable"
DASH: Final = "–"

_COLUMNS: Final = {LOSS: ("output", "target", "adds"), UPDATE: ("before", "slope", "after")}


@dataclass(frozen=True)
class Line:
    """One row. cells: two factors, "" each where there is none; bar: where it starts and ends.

    number: the value, None where it cannot be represented or is not yet known. times: the sign
    between the cells; equals: the one before the value.
    """

    kind: str
    label: str
    cells: tuple[str, str] = ("", "")
    value: str = ""
    times: str = ""
    equals: str = ""
    number: float | None = None
    state: str = ""
    bar: tuple[float, float] | None = None
    term: Term | None = None

    @property
    def coming(self) -> bool:
        """Whether its turn has not come, so that its numbers are not shown yet."""
        return self.state == COMING

    @property
    def current(self) -> bool:
        """Whether it is the term that the cursor stands on."""
        return self.state == CURRENT

    @property
    def spoken(self) -> str:
        """The row for a screen reader."""
        return aloud(self.told)

    @property
    def told(self) -> str:
        """The row in plain text, for a tooltip where it had to be cut."""
        if self.coming:
            return f"{self.label}: still to come"
        parts = (self.cells[0], self.times, self.cells[1], self.equals, self.value)
        text = f"{self.label}: {' '.join(filter(None, parts))}"
        return f"{text}, current" if self.current else text


@dataclass(frozen=True)
class Lines:
    """All rows, and the common scale of their bars (None where nothing is added up)."""

    rows: tuple[Line, ...] = ()
    scale: tuple[float, float] | None = None

    @property
    def tabular(self) -> bool:
        """Whether the columns have names of their own instead of × and =."""
        return bool(self.rows) and self.rows[0].kind == HEADER


def lines_of(explanation: Explanation, digits: int, lit: tuple[str, str] | None = None) -> Lines:
    """Return the rows of an explanation; of many terms the largest, the current and the lit one."""
    if not explanation.terms:
        return Lines()
    shown, hidden = _folded(explanation.terms, lit)
    phase = explanation.step.phase if explanation.step is not None else ""
    headings = None if phase == UPDATE and explanation.adds else _COLUMNS.get(phase)
    rows = [_term(term, digits, explanation.adds, headings is not None) for term in shown]
    if hidden:
        rows.append(_more(hidden, digits, explanation.adds))
    scale = None
    if explanation.adds:
        scale = _scale([*(t.value for t in shown), _sum(hidden)], [_step_of(row) for row in rows])
        rows = _waterfall(rows) if scale else rows
    if explanation.total_label:
        rows.append(_total(explanation, digits, scale is not None))
    rows += [replace(_term(t, digits, False, False), kind=AFTER) for t in explanation.after]
    if headings is not None:
        rows = _in_columns(rows, digits)
        rows.insert(0, Line(HEADER, "", headings[:2], headings[2]))
    return Lines(tuple(rows), scale)


def _folded(
    terms: Sequence[Term], lit: tuple[str, str] | None
) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Return the terms worth showing and the others."""
    from chainstep.stepping.explain.step import fold  # NumPy comes with it, after the first paint

    shown = fold(terms)
    if len(shown) == len(terms):
        return shown, ()
    kept = {id(term) for term in shown}
    called = next((t for t in terms if t.ends == lit and id(t) not in kept), None) if lit else None
    if called is not None:
        shown = (*shown, called)
        kept.add(id(called))
    return shown, tuple(term for term in terms if id(term) not in kept)


def _term(term: Term, digits: int, adds: bool, tabular: bool) -> Line:
    write = signed if adds else format_number
    line = Line(TERM, term.label, number=term.value, state=term.state, term=term)
    if term.value is None:
        return replace(line, value=MISSING)
    line = replace(line, value=write(term.value, digits))
    if tabular:
        cells = [DASH if f is None else format_number(f, digits) for f in term.factors]
        first, second = (*cells, "", "")[:2]
        return replace(line, cells=(first, second))
    known = [factor for factor in term.factors if factor is not None]
    if len(known) != 2:
        return line
    cells_of = write(known[0], digits), format_number(known[1], digits)
    return replace(line, cells=cells_of, times="×", equals="=")


def _in_columns(rows: Sequence[Line], digits: int) -> list[Line]:
    """Let the numbers of each column have as many decimals, so that they can be compared."""
    places = [n for n, row in enumerate(rows) if row.kind == TERM and row.value != MISSING]
    terms = [term for n in places if (term := rows[n].term) is not None]
    factors = [(*term.factors, None, None)[:2] for term in terms]
    columns = [column([pair[k] for pair in factors], digits) for k in (0, 1)]
    values = column([term.value for term in terms], digits)
    found = list(rows)
    for n, first, second, value in zip(places, *columns, values, strict=True):
        cells = tuple(
            text if before != DASH and before else before
            for text, before in zip((first, second), rows[n].cells, strict=True)
        )
        found[n] = replace(rows[n], cells=(cells[0], cells[1]), value=value)
    return found


def _more(hidden: Sequence[Term], digits: int, adds: bool) -> Line:
    """The row of what is folded away: how many, and what those of them add that are done."""
    label = f"… and {len(hidden):,} more, largest first"
    if not adds:
        return Line(MORE, label)
    done = [term.value for term in hidden if term.state != COMING]
    total = None if None in done else sum(value or 0.0 for value in done)
    if not done:
        return Line(MORE, label, state=COMING)
    return Line(
        MORE, label, value=MISSING if total is None else signed(total, digits), number=total
    )


def _total(explanation: Explanation, digits: int, adds: bool) -> Line:
    value = explanation.total
    if value is None:
        return Line(TOTAL, explanation.total_label, value=MISSING)
    of_loss = explanation.step is not None and explanation.step.phase == LOSS
    plain = of_loss or not explanation.adds
    text = format_number(value, digits) if plain else signed(value, digits)
    bar = (0.0, value) if adds and isfinite(value) else None
    return Line(TOTAL, explanation.total_label, value=text, number=value, bar=bar)


def _sum(terms: Iterable[Term]) -> float:
    return sum(term.value or 0.0 for term in terms)


def _step_of(row: Line) -> float:
    """What a row adds as far as the pass has come."""
    return 0.0 if row.coming or row.number is None else row.number


def _scale(all_steps: Sequence[float | None], steps: Sequence[float]) -> tuple[float, float] | None:
    """Return the least and the largest sum on the way, now and when all terms have come.

    So the scale stands still while the terms of a unit come one by one.
    """
    met = [0.0, *accumulate(value or 0.0 for value in all_steps), *accumulate(steps)]
    low, high = min(met), max(met)
    return (low, high) if high > low and isfinite(high - low) else None


def _waterfall(rows: Sequence[Line]) -> list[Line]:
    """Let each bar start where the one before ended; after a missing value there are none."""
    found, at = [], 0.0
    for number, row in enumerate(rows):
        if row.coming:
            found.append(row)
            continue
        if row.number is None:
            return [*found, *rows[number:]]
        found.append(replace(row, bar=(at, at + row.number)))
        at += row.number
    return found
