"""The paths lens: the gradient as a sum over all paths from a unit to the loss.

How many there are, the largest of them one by one and all together, where they part and meet, and
what it would cost to walk them all beside what backpropagation costs. The numbers are
`stepping.why.paths`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QTableWidget, QWidget

from chainstep.app.canvas.marks import Ends, Marks, Tag, Value
from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.look.names import shown_name
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens, set_formula
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.stepping.formula.builder import Part, factor, row
from chainstep.stepping.formula.nodes import Node

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.paths import Path, Paths

#: So many paths are listed, the largest first.
MOST: Final = 100
#: More connections than these are not lit all at once.
MOST_LIT: Final = 300
_LONGEST: Final = 9


class PathsLens(Lens):
    """Lists the paths from a unit, lights the chosen one and multiplies along it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Paths", parent)
        self._paths: Paths | None = None
        self._listed: tuple[Path, ...] = ()
        self._notation: Notation | None = None
        self.table = NumberTable(8)
        self.symbols, self.numbers = FormulaWidget(16), FormulaWidget(15)
        self.total = Prose(13)
        self.about_costs = Prose(12, QFont.Weight.DemiBold)
        self.costs = NumberTable(2)
        self.costs.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.why = Prose(12, token="muted")
        for widget in (
            self.table, self.symbols, self.numbers, self.total, self.about_costs, self.costs,
            self.why,
        ):  # fmt: skip
            self.column.addWidget(widget)
        self.table.chosen.connect(self._chosen)

    @property
    def listed(self) -> tuple[Path, ...]:
        """The paths in the table, below the row of all of them."""
        return self._listed

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """List the paths from a unit."""
        from chainstep.stepping.why.paths import Paths

        before = self._paths.unit if self._paths is not None else None
        self._paths, self._notation = Paths(trace, unit), n
        self._listed = self._paths.listed(MOST)
        self.tell(f"Paths from {unit} to {n.the_error}", _how_many(self._paths, n))
        self._fill(self._paths, n)
        self.total.set_text(_sum(self._paths, self._listed, n))
        self._show_costs(self._paths)
        if before != unit:
            self.table.choose(0 if self._listed else -1)
        self._show_chosen(self.table.currentRow() if self.table.selectedItems() else -1)

    def _fill(self, paths: Paths, n: Notation) -> None:
        error = n.error_name
        rows = [
            (Cell(" → ".join((*map(shown_name, _shortened(path.units)), error))),
             _number(path.value, n))
            for path in self._listed
        ]  # fmt: skip
        if paths.count > 1:
            whole = n.carried(paths.total) or 0.0
            total = Cell(n.signed(whole), (whole > 0) - (whole < 0), bold=True)
            rows.insert(0, (Cell(f"all {_many(paths.count)} together", bold=True), total))
        self.table.set_content(("path, largest first", "share"), rows)
        self.table.setVisible(bool(rows))

    def _show_costs(self, paths: Paths) -> None:
        spent = paths.costs
        for widget in (self.about_costs, self.costs, self.why):
            widget.setVisible(paths.count > 1)
        self.about_costs.set_text("What it costs")
        self.costs.set_content(
            ("", "multiplications", "additions"),
            (
                (Cell("path by path"), Cell(_many(spent.by_paths)),
                 Cell(_many(spent.additions_by_paths))),
                (Cell("backpropagation"), Cell(_many(spent.by_backpropagation)),
                 Cell(_many(spent.additions_by_backpropagation))),
            ),
        )  # fmt: skip
        self.why.set_text(_why(spent.by_paths > spent.by_backpropagation))

    @Slot(int)
    def _chosen(self, place: int) -> None:
        self._show_chosen(place)

    def _show_chosen(self, place: int) -> None:
        n, paths = self._notation, self._paths
        if n is None or paths is None:
            return
        single = place - (paths.count > 1)
        path = self._listed[single] if 0 <= single < len(self._listed) else None
        short = path is not None and len(path.units) <= _LONGEST
        set_formula(self.symbols, _symbols(path, n) if path is not None and short else None)
        set_formula(self.numbers, _numbers(path, n) if path is not None and short else None)
        if path is not None:
            self.lit.emit(_marks(path, n))
        elif place == 0:
            self.lit.emit(_all_marks(paths, n))
        else:
            self.lit.emit(None)


def _how_many(paths: Paths, n: Notation) -> str:
    count = paths.count
    if count == 0:
        return f"No path leads from {paths.unit} to {n.the_error}: it does not depend on it."
    if count == 1:
        return "A single path: the ordinary chain rule, one product."
    meets = [unit for unit in paths.meets if unit != paths.unit]
    told = f"{_many(count)} paths: a change of {paths.unit} goes along every one of them, and so "
    told += f"{n.the_error} changes by the sum."
    if meets:
        told += f" They meet again at {meets[0]}: each brings its own share there."
    return told + (f" The {MOST} largest are listed." if count > MOST else "")


def _many(count: int) -> str:
    """Return a whole number in full up to a length that can be read, then by its size."""
    text = f"{count:,}"
    return text if len(text) <= 27 else f"{text[: text.index(',')]}… ({len(str(count))} digits)"


def _sum(paths: Paths, listed: tuple[Path, ...], n: Notation) -> str:
    if not listed:
        return ""
    whole = n.signed(n.carried(paths.total) or 0.0)
    if len(listed) < paths.count:
        part = n.signed(n.carried(sum(path.value for path in listed)) or 0.0)
        return f"Those listed add up to {part}, all of them to {whole}."
    if len(listed) == 1:
        return f"Its product is the whole derivative, {whole}."
    return f"{'Both' if len(listed) == 2 else f'All {len(listed)}'} products add up to {whole}."


def _why(shares: bool) -> str:
    if not shares:
        return "These paths have nothing in common, so there is nothing to share."
    return (
        "Backpropagation multiplies once for each connection on the way: what paths have in common "
        "is computed once."
    )


def _shortened(units: tuple[str, ...]) -> tuple[str, ...]:
    if len(units) <= _LONGEST:
        return units
    return (*units[:4], "…", *units[-4:])


def _symbols(path: Path, n: Notation) -> Node:
    """Return the product along a path, from its end back as backpropagation goes."""
    parts: list[Part] = [n.dE_da(path.units[-1])]
    for source, target in reversed(path.connections):
        here = n.z(source) if n.network.by_id[source].is_input else n.a(source)
        parts.append(n.partial(n.a(target), here))
    return n.times(*parts)


def _numbers(path: Path, n: Notation) -> Node:
    numbers = [n.carried(path.end) or 0.0, *reversed(path.factors)]
    value = n.num(n.carried(path.value) or 0.0, strong=True)
    if len(numbers) == 1:
        return row("=", value)
    return row("=", n.times(*(factor(number, n.digits) for number in numbers)), "=", value)


def _number(value: float, n: Notation) -> Cell:
    shown = n.carried(value) or 0.0
    return Cell(n.signed(shown), (shown > 0) - (shown < 0))


def _marks(path: Path, n: Notation) -> Marks:
    """Light a path: what each connection multiplies by, and the product so far at each unit."""
    tags: dict[Ends, Tag] = {}
    for ends, slope in zip(path.connections, path.factors, strict=True):
        tags[ends] = (f"× {n.number(slope)}", (slope > 0) - (slope < 0))
    values: dict[str, tuple[Value, ...]] = {}
    for unit, product in zip(reversed(path.units), path.running, strict=True):
        value = n.carried(product) or 0.0
        values[unit] = (("so far", n.signed(value), (value > 0) - (value < 0)),)
    value = n.carried(path.value) or 0.0
    values.pop(path.units[0])
    return Marks(
        unit=path.units[0],
        connections=dict.fromkeys(path.connections, "looked_at"),
        direction="backward",
        tags=tags,
        pills={path.units[0]: f"share = {n.signed(value)}"},
        values=values,
        visited=frozenset(path.units),
        caption=f"Path: its share at {shown_name(path.units[0])} is {n.signed(value)}",
    )


def _all_marks(paths: Paths, n: Notation) -> Marks:
    """Light every path at once: on each connection the sum of the shares that pass it."""
    on = paths.connections if len(paths.connections) <= MOST_LIT else ()
    tags: dict[Ends, Tag] = {}
    for connection in on:
        passing = n.carried(paths.through(connection.ends)) or 0.0
        tags[connection.ends] = (n.signed(passing), (passing > 0) - (passing < 0))
    whole = n.signed(n.carried(paths.total) or 0.0)
    return Marks(
        unit=paths.unit,
        connections=dict.fromkeys(tags, "looked_at"),
        direction="backward",
        tags=tags,
        pills={paths.unit: f"Σ = {whole}"},
        visited=frozenset({paths.unit, *(unit for ends in tags for unit in ends)}),
        caption=f"All {_many(paths.count)} paths: what passes each connection, {whole} in all",
    )
