"""The terms lens: every term of the sum at a unit checked, weighed, and left out to see.

Each term is held against a difference of its own; untick one and the gradient check of the whole
net is done again without it. Below, the V of the check's own error as h is swept. The numbers are
`stepping.term_check`'s, `contributions`' and `mistakes`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QTableWidgetItem, QWidget

from chainstep.app.canvas.marks import Marks
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens
from chainstep.app.panels.why.log_plot import LogPlot, Series, power_of_ten
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.stepping.explain.explained import names_of

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.contributions import Contribution
    from chainstep.stepping.why.mistakes import Forgotten
    from chainstep.stepping.why.term_check import CheckedTerm

#: A relative difference below this is agreement, for a single term.
_AGREES: Final = 1e-5
Ends = tuple[str, str]
#: So many terms are looked at, and so many derivatives checked without one: each takes passes.
_MOST_TERMS: Final = 24
_MOST_CHECKED: Final = 40
_CHECKED: Final = Qt.CheckState.Checked


class TermsLens(Lens):
    """Checks the terms at a unit; unticked, a term is forgotten."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Terms", parent)
        self._unit = ""
        self._targets: tuple[str, ...] = ()
        self._left_out: set[str] = set()
        self.table = NumberTable(8)
        self.verdict = Prose(13)
        self.kept = Prose(12, token="muted")
        self.plot = LogPlot("h")
        self.about_plot = Prose(12, token="muted")
        for widget in (self.table, self.verdict, self.kept, self.plot, self.about_plot):
            self.column.addWidget(widget)
        self.table.itemChanged.connect(self._ticked)

    @property
    def left_out(self) -> frozenset[str]:
        """The units whose terms are left out of the sum."""
        return frozenset(self._left_out)

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Check the terms at a unit."""
        from chainstep.stepping.why.contributions import contributions
        from chainstep.stepping.why.mistakes import forget
        from chainstep.stepping.why.term_check import check_terms_at

        if unit != self._unit:
            self._unit, self._left_out = unit, set()
        rows = check_terms_at(trace, unit, most=_MOST_TERMS)
        made = contributions(trace)
        self._targets = tuple(checked.target for checked in rows)
        self.tell(f"The terms at {unit}", _about(trace, rows, unit, n))
        self._fill(rows, made.connections, n)
        lost = forget(trace, [(unit, target) for target in sorted(self._left_out)], _MOST_CHECKED)
        self.verdict.set_text(_verdict(lost, n))
        self.verdict.setVisible(bool(rows))
        self.kept.set_text(_kept(made.kept[unit], len(rows)))
        self.kept.setVisible(bool(self.kept.text))
        self._show_sweep(trace, unit)
        self.lit.emit(_marks(unit, rows, made.connections, lost, n))

    def _fill(
        self,
        rows: tuple[CheckedTerm, ...],
        parts: Mapping[Ends, Contribution],
        n: Notation,
    ) -> None:
        cells = [_row(checked, parts, n) for checked in rows]
        self.table.set_content(("through", "term", "by difference", "share"), cells)
        self.table.setVisible(bool(rows))
        self.table.blockSignals(True)
        for place, checked in enumerate(rows):
            item = self.table.item(place, 0)
            if item is not None:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                out = checked.target in self._left_out
                item.setCheckState(Qt.CheckState.Unchecked if out else _CHECKED)
        self.table.blockSignals(False)

    @Slot(QTableWidgetItem)
    def _ticked(self, item: QTableWidgetItem) -> None:
        if item.column() or item.row() >= len(self._targets):
            return
        target = self._targets[item.row()]
        if item.checkState() == _CHECKED:
            self._left_out.discard(target)
        else:
            self._left_out.add(target)
        self.refresh()

    def _show_sweep(self, trace: Trace, unit: str) -> None:
        from chainstep.stepping.why.nudge import INPUT, UNIT, Nudge, Nudged
        from chainstep.stepping.why.term_check import sweep

        kind = INPUT if trace.plan.network.by_id[unit].is_input else UNIT
        rows = sweep(Nudge(trace, Nudged(kind, unit)))
        one_sided = Series("one-sided", tuple((r.h, r.one_sided) for r in rows), "negative")
        central = Series("central", tuple((r.h, r.central) for r in rows))
        self.plot.set_series([one_sided, central])
        best = min(rows, key=lambda swept: swept.central)
        self.about_plot.set_text(
            "Relative error of a difference: truncation falls with h, rounding grows as h shrinks. "
            f"Central differences are best near h = {power_of_ten(best.h)}."
        )


def _row(checked: CheckedTerm, parts: Mapping[Ends, Contribution], n: Notation) -> tuple[Cell, ...]:
    part = parts[checked.source, checked.target]
    analytic, numeric = n.carried(checked.analytic) or 0.0, n.carried(checked.numeric) or 0.0
    agrees = checked.relative < _AGREES
    return (
        Cell(checked.target),
        Cell(n.signed(analytic), _sign(analytic)),
        Cell(n.signed(numeric), token="ok" if agrees else "danger"),
        Cell(f"{100 * part.part:.0f} %{' against' if part.against else ''}"),
    )


def _about(trace: Trace, rows: tuple[CheckedTerm, ...], unit: str, n: Notation) -> str:
    if not rows and n.network.by_id[unit].is_output:
        return f"{n.opening(n.the_error)} looks at {unit} itself: no term comes over a connection."
    if not rows:
        return f"{unit} feeds nothing: no term comes back to it."
    names = names_of([checked.target for checked in rows])
    untick = "Untick a term to forget it and see the gradient check fail."
    count = len(trace.plan.network.outgoing[unit])
    if count > len(rows):
        return f"{unit} feeds {count} units; these are the {len(rows)} largest terms. {untick}"
    return f"{unit} feeds {names}. {untick}"


def _verdict(lost: Forgotten, n: Notation) -> str:
    if not lost.left_out:
        return "With every term in the sum, the gradient check passes."
    names = names_of([target for _, target in lost.left_out])
    if not lost.failed:
        return f"Without {names} the check still passes: the term is 0 here."
    count = lost.reached if len(lost.rows) < lost.reached else len(lost.failed)
    missing = n.signed(n.carried(lost.term) or 0.0)
    wrong = names_of([f"{row.kind} {row.name}" for row in lost.failed])
    return (
        f"Without {names}, {missing} is missing, and {count} derivative{'s' * (count > 1)} "
        f"fail{'s' * (count == 1)} the check: {wrong}."
    )


def _kept(kept: float, count: int) -> str:
    if count < 2:
        return ""
    if kept > 0.999:
        return "All shares pull the same way."
    return f"Shares cancel: {100 * kept:.0f} % of their sizes is left in the sum."


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _marks(
    unit: str,
    rows: tuple[CheckedTerm, ...],
    parts: Mapping[Ends, Contribution],
    lost: Forgotten,
    n: Notation,
) -> Marks:
    out = set(lost.left_out)
    tags = {}
    for checked in rows:
        ends = checked.source, checked.target
        value = n.carried(checked.analytic) or 0.0
        share = 100 * parts[ends].part
        text = "forgotten" if ends in out else f"{share:.0f} % = {n.signed(value)}"
        tags[ends] = (text, 0 if ends in out else _sign(value))
    return Marks(
        unit=unit,
        connections={ends: "coming" if ends in out else "done" for ends in tags},
        direction="backward",
        tags=tags,
        visited=frozenset({unit, *(target for _, target in tags)}),
    )
