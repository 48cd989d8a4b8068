"""The check lens: every derivative held against numbers that were got without the chain rule.

Beside the analytic derivative stand a central difference and a complex step; each gets a mark in
the table and on the canvas. Below, for the row chosen, the V of a difference's error as h is
swept. The numbers are `stepping.why.term_check`'s, of the example that is stepped through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from chainstep.app.canvas.marks import Ends, Marks
from chainstep.app.look.names import shown_name
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens
from chainstep.app.panels.why.log_plot import LogPlot, Series, power_of_ten
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.app.panels.why.scope import Scope
from chainstep.stepping.numbers import format_number

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.term_check import Compared, Swept

#: A net of more connections is checked unit by unit only.
MOST_CONNECTIONS: Final = 100
#: Then so many weights and terms of a unit, the largest; fewer where each takes long.
_LARGEST: Final = 12
_FEWEST: Final = 3
_SLOW: Final = 3000
TICK, CROSS = "✓", "✗"


class CheckLens(Lens):
    """Checks what belongs to one unit, or everything."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Check", parent)
        self._trace: Trace | None = None
        self._notation: Notation | None = None
        self._rows: tuple[Compared, ...] = ()
        self._unit = ""
        self.scope = Scope()
        self.verdict = Prose(13)
        self.table = NumberTable(10)
        self.about_complex = Prose(12, token="muted")
        self.about_sweep = Prose(12, QFont.Weight.DemiBold)
        self.plot = LogPlot("h")
        self.best = Prose(12, token="muted")
        for widget in (
            self.scope, self.verdict, self.table, self.about_complex, self.about_sweep, self.plot,
            self.best,
        ):  # fmt: skip
            self.column.addWidget(widget)
        self.scope.changed.connect(self.refresh)
        self.table.chosen.connect(self._chosen)

    @property
    def rows(self) -> tuple[Compared, ...]:
        """What is checked."""
        return self._rows

    def check_everything(self) -> None:
        """Look at the whole net, where it is not too large."""
        self.scope.choose(True)

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Check what belongs to a unit, or the whole net."""
        from chainstep.stepping.why.term_check import compare

        few = len(trace.plan.network.connections) <= MOST_CONNECTIONS
        self.scope.allow(few, "So large a net is checked unit by unit; F7 checks all of it.")
        whole = self.scope.whole
        self._trace, self._notation, self._unit = trace, n, unit
        before = [(row.kind, row.what) for row in self._rows]
        slow = len(trace.plan.network.connections) > _SLOW
        most = None if few else _FEWEST if slow else _LARGEST
        self._rows = compare(trace, None if whole else unit, most)
        if before != [(row.kind, row.what) for row in self._rows]:
            self.table.choose(-1)
        self.tell(
            "Check of the whole net" if whole else f"Check at {unit}",
            "The chain rule is held against two numbers that know nothing of it: a central "
            f"difference, ({n.error_name}(+h) − {n.error_name}(−h)) / 2h, and a complex step.",
        )
        self.verdict.set_text(_verdict(self._rows))
        self._fill(n)
        missing = any(row.complex is None for row in self._rows)
        self.about_complex.set_text(
            "Upon a kink a complex step has no meaning: there stands a dash." if missing else ""
        )
        self.about_complex.setVisible(missing)
        self._show_sweep()
        self.lit.emit(self._marks())

    def _fill(self, n: Notation) -> None:
        cells = [
            (
                Cell(_name(row, n)),
                _mark(row),
                _number(row.analytic, n),
                _number(row.central, n),
                _number(row.complex, n),
            )
            for row in self._rows
        ]
        names = ("by", "rel. error", "chain rule", "difference", "complex")
        self.table.set_content(names, cells)
        self.table.setVisible(bool(cells))

    def _row(self) -> Compared | None:
        """The row chosen, else that of the unit looked at."""
        place = self.table.currentRow() if self.table.selectedItems() else -1
        if 0 <= place < len(self._rows):
            return self._rows[place]
        units = (row for row in self._rows if row.kind == "unit" and row.what == self._unit)
        return next(units, self._rows[0] if self._rows else None)

    def _show_sweep(self) -> None:
        row, n = self._row(), self._notation
        shown = row is not None and n is not None and self._trace is not None
        for widget in (self.about_sweep, self.plot, self.best):
            widget.setVisible(shown)
        if row is None or n is None or self._trace is None:
            return
        swept = _swept(self._trace, row)
        self.about_sweep.set_text(f"How far differences err at each h: {_name(row, n)}")
        one_sided = Series("one-sided", tuple((s.h, s.one_sided) for s in swept), "negative")
        central = Series("central", tuple((s.h, s.central) for s in swept))
        self.plot.set_series([one_sided, central])
        best = min(swept, key=lambda s: s.central)
        self.best.set_text(
            "From the left truncation falls with h, to the right rounding grows as h shrinks: a V. "
            f"A central difference is best near h = {power_of_ten(best.h)}."
        )

    @Slot(int)
    def _chosen(self, _place: int) -> None:
        self._show_sweep()
        self.lit.emit(self._marks())

    def _marks(self) -> Marks:
        """Mark units and connections; a connection fails where its weight or its term does."""
        checks: dict[str | Ends, bool] = {}
        for row in self._rows:
            checks[row.what] = checks.get(row.what, True) and row.passed
        chosen = self._row()
        lit = {chosen.what} if chosen is not None and isinstance(chosen.what, tuple) else set()
        failed = sum(not passed for passed in checks.values())
        whole = self.scope.whole
        where = "the whole net" if whole else shown_name(self._unit)
        return Marks(
            unit=self._unit,
            connections=dict.fromkeys(lit, "looked_at"),
            visited=None,
            checks=checks,
            caption=f"Check of {where}: {f'{failed} failed' if failed else 'all agree'}",
            dim=False,
        )


def _swept(trace: Trace, row: Compared) -> tuple[Swept, ...]:
    from chainstep.stepping.why.nudge import Nudge
    from chainstep.stepping.why.term_check import TERM, sweep, sweep_term

    if row.kind == TERM:
        return sweep_term(trace, row.what[0], row.what[1])
    return sweep(Nudge(trace, row.nudged))


def _name(row: Compared, n: Notation) -> str:
    """Return "a of h₁", "b of h₁", "w i₁ → h₁", "term h₁ → o₁"."""
    if isinstance(row.what, str):
        letter = n.letters.b if row.kind == "bias" else n.a_name
        return f"{letter} of {shown_name(row.what)}"
    ends = " → ".join(map(shown_name, row.what))
    return f"term {ends}" if row.kind == "term" else f"{n.letters.w} {ends}"


def _number(value: float | None, n: Notation) -> Cell:
    carried = n.carried(value)
    if carried is None:
        return Cell("–", token="muted")
    return Cell(n.signed(carried), (carried > 0) - (carried < 0))


def _mark(row: Compared) -> Cell:
    if row.skipped is not None and row.complex is None:
        return Cell("kink", token="muted")
    error = row.relative
    if row.complex is not None and row.skipped is not None:
        error = abs(row.analytic - row.complex) / (abs(row.analytic) or 1.0)
    short = format_number(float(f"{error:.0e}"), 1) if error else "0"
    if row.passed:
        return Cell(f"{short} {TICK}", token="ok")
    return Cell(f"{short} {CROSS}", token="danger", bold=True)


def _verdict(rows: tuple[Compared, ...]) -> str:
    failed = sum(not row.passed for row in rows)
    if not rows:
        return "Nothing here has a derivative to check."
    if not failed:
        return f"All {len(rows)} derivatives agree." if len(rows) > 1 else "The derivative agrees."
    return f"{failed} of {len(rows)} derivatives disagree."
