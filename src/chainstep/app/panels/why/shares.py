"""The shares lens: who contributes how much to the sum at a unit, and what a forgotten term does.

Connections are drawn as wide as their share, dashed where they pull against the sum; of the whole
net at once, or of one unit. Untick a share and the gradient check is done again without it. Below,
how much each unit matters. The numbers are `stepping.why.contributions`' and `mistakes`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QTableWidgetItem, QWidget

from chainstep.app.canvas.marks import Ends, Marks, Tag, Value, Width
from chainstep.app.look.names import shown_name
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.app.panels.why.scope import Scope
from chainstep.stepping.explain.explained import names_of

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.contributions import Contribution, Contributions
    from chainstep.stepping.why.mistakes import Forgotten

#: Of more shares at a unit, and more units, the largest are listed.
MOST_SHARES: Final = 24
MOST_UNITS: Final = 100
#: So many derivatives are checked without a term: each takes passes.
_MOST_CHECKED: Final = 40
#: The shares of a larger net are not drawn all at once.
MOST_CONNECTIONS: Final = 300
#: The importance of units is written beside them while there are so few.
_FEW_UNITS: Final = 16
_CHECKED: Final = Qt.CheckState.Checked


class SharesLens(Lens):
    """Weighs the terms at a unit; unticked, a term is forgotten."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Shares", parent)
        self._unit = ""
        self._listed: tuple[Ends, ...] = ()
        self._left_out: set[str] = set()
        self._trace: Trace | None = None
        self._made: Contributions | None = None
        self.scope = Scope()
        self.table = NumberTable(8)
        self.kept = Prose(13)
        self.verdict = Prose(13)
        self.about_units = Prose(12, QFont.Weight.DemiBold)
        self.units = NumberTable(8)
        self.how = Prose(12, token="muted")
        for widget in (
            self.scope, self.table, self.kept, self.verdict, self.about_units, self.units, self.how,
        ):  # fmt: skip
            self.column.addWidget(widget)
        self.table.itemChanged.connect(self._ticked)
        self.scope.changed.connect(self.refresh)

    @property
    def left_out(self) -> frozenset[str]:
        """The units whose terms are left out of the sum."""
        return frozenset(self._left_out)

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Weigh the terms at a unit."""
        from chainstep.stepping.why.contributions import contributions
        from chainstep.stepping.why.mistakes import forget

        if unit != self._unit:
            self._unit, self._left_out = unit, set()
        if self._made is None or self._trace is not trace:
            self._trace, self._made = trace, contributions(trace)
        made = self._made
        few = len(trace.plan.network.connections) <= MOST_CONNECTIONS
        self.scope.allow(few, "The shares of so large a net are shown unit by unit.")
        self.tell(f"Shares in the sum at {unit}", _about(trace, unit, n))
        self._fill(made, unit, n)
        self.kept.set_text(_kept(made, unit, self._listed))
        self.kept.setVisible(bool(self.kept.text))
        left_out = [(unit, target) for target in sorted(self._left_out)]
        lost = forget(trace, left_out, _MOST_CHECKED)
        verdict = _verdict(lost, n)
        self.verdict.set_text(verdict, self.named(verdict))
        self.verdict.setVisible(bool(self._listed))
        self._show_units(made, n)
        self.lit.emit(self._marks(made, lost, n))

    def _fill(self, made: Contributions, unit: str, n: Notation) -> None:
        ends = [c.ends for c in n.network.outgoing[unit]]
        largest = sorted(ends, key=lambda e: -made.connections[e].part)[:MOST_SHARES]
        self._listed = tuple(e for e in ends if e in largest)
        cells = [_row(shown_name(e[1]), made.connections[e], n) for e in self._listed]
        if unit in made.own and cells:
            cells.append(_row(f"{n.error_name} itself", made.own[unit], n))
        self.table.set_content(("through", "term", "share"), cells)
        self.table.setVisible(bool(cells))
        self.table.blockSignals(True)
        for place, (_, target) in enumerate(self._listed):
            item = self.table.item(place, 0)
            if item is not None:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                out = target in self._left_out
                item.setCheckState(Qt.CheckState.Unchecked if out else _CHECKED)
        self.table.blockSignals(False)

    @Slot(QTableWidgetItem)
    def _ticked(self, item: QTableWidgetItem) -> None:
        if item.column() or item.row() >= len(self._listed):
            return
        target = self._listed[item.row()][1]
        if item.checkState() == _CHECKED:
            self._left_out.discard(target)
        else:
            self._left_out.add(target)
        self.refresh()

    def _show_units(self, made: Contributions, n: Notation) -> None:
        """List how much each unit matters, most first."""
        found = sorted(made.importance.items(), key=lambda item: -item[1])[:MOST_UNITS]
        most = max((value for _, value in found), default=0.0) or 1.0
        rows = [
            (Cell(shown_name(unit)), Cell(n.number(value), bar=value / most))
            for unit, value in found
        ]
        self.units.set_content(("unit", f"|{n.z_name} · {n.by_name(n.letters.z)}|"), rows)
        self.about_units.set_text("How much each unit matters")
        self.how.set_text(
            f"Its output times how {n.the_error} changes with it: by about so much {n.the_error} "
            "would change, were the output taken away."
        )

    def _marks(self, made: Contributions, lost: Forgotten, n: Notation) -> Marks:
        whole, unit = self.scope.whole, self._unit
        out = set(lost.left_out)
        drawn = list(made.connections) if whole else list(self._listed)
        tags: dict[Ends, Tag] = {e: _tag(made.connections[e], e in out, n) for e in self._listed}
        values: dict[str, tuple[Value, ...]] = {}
        if whole and len(made.importance) <= _FEW_UNITS:
            values = {u: (("matters", n.number(v), 0),) for u, v in made.importance.items()}
        state = {e: "coming" if e in out else "done" for e in self._listed}
        return Marks(
            unit=unit,
            connections=state,  # type: ignore[arg-type]
            direction="backward",
            tags=tags,
            values=values,
            visited=None if whole else frozenset({unit, *(target for _, target in self._listed)}),
            widths={e: _width(made.connections[e]) for e in drawn if e not in out},
            checks={row.what: not row.failed for row in lost.rows},
            caption=_caption(unit, whole, len(out)),
        )


def _row(name: str, share: Contribution, n: Notation) -> tuple[Cell, ...]:
    value = n.carried(share.value) or 0.0
    part = f"{100 * share.part:.0f} %{' against' if share.against else ''}"
    return (
        Cell(name),
        Cell(n.signed(value), _sign(value)),
        Cell(part, _sign(value), bar=share.part),
    )


def _width(share: Contribution) -> Width:
    return Width(share.part, _sign(share.value), share.against)


def _tag(share: Contribution, forgotten: bool, n: Notation) -> Tag:
    if forgotten:
        return "forgotten", 0
    value = n.carried(share.value) or 0.0
    return f"{100 * share.part:.0f} % = {n.signed(value)}", _sign(value)


def _caption(unit: str, whole: bool, forgotten: int) -> str:
    if forgotten:
        return f"Shares at {shown_name(unit)}, {forgotten} forgotten"
    where = "in each sum of the net" if whole else f"in the sum at {shown_name(unit)}"
    return f"Width: share {where}; dashed: pulls against it"


def _about(trace: Trace, unit: str, n: Notation) -> str:
    feeds = [c.target for c in trace.plan.network.outgoing[unit]]
    if not feeds and n.network.by_id[unit].is_output:
        return f"{n.opening(n.the_error)} looks at {unit} itself: no term comes over a connection."
    if not feeds:
        return f"{unit} feeds nothing: no term comes back to it."
    if len(feeds) == 1 and not n.network.by_id[unit].is_output:
        return f"{unit} feeds only {feeds[0]}: the one term is the whole sum, the plain chain rule."
    shown = f" The {MOST_SHARES} largest are listed." if len(feeds) > MOST_SHARES else ""
    return (
        f"{unit} feeds {names_of(feeds)}: a term comes back from each.{shown} Untick one to forget "
        "it, and see what fails the gradient check."
    )


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


def _kept(made: Contributions, unit: str, listed: tuple[Ends, ...]) -> str:
    kept, against = made.kept[unit], [made.connections[e].against for e in listed]
    if len(listed) + (unit in made.own) < 2:
        return ""
    if kept > 0.999:
        return "All pull the same way: nothing cancels."
    count = sum(against)
    told = f"{count} of {len(against)} pull" if count > 1 else "One pulls"
    if not count:
        told = "Some pull"
    return f"{told} against the sum: of all their sizes {100 * kept:.0f} % is left in it."


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
