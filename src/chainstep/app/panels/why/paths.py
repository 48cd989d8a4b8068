"""The paths lens: the gradient as a sum over all paths from a unit to the loss.

How many there are, the largest of them one by one, and what it would cost to walk them all beside
what backpropagation costs. The numbers are `stepping.paths`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from chainstep.app.canvas.marks import Marks
from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens, set_formula
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.stepping.formula.builder import Node, Part, factor, row

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.paths import Path, Paths

#: So many paths are listed, the largest first.
MOST: Final = 100
_SUM_OF_SO_MANY: Final = 100_000
_LONGEST: Final = 9


class PathsLens(Lens):
    """Lists the paths from a unit, lights the chosen one and multiplies along it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Paths", parent)
        self._paths: Paths | None = None
        self._listed: tuple[Path, ...] = ()
        self._notation: Notation | None = None
        self.table = NumberTable(9)
        self.symbols, self.numbers = FormulaWidget(16), FormulaWidget(15)
        self.total = Prose(13)
        self.costs = Prose(12, token="muted")
        for widget in (self.table, self.symbols, self.numbers, self.total, self.costs):
            self.column.addWidget(widget)
        self.table.chosen.connect(self._chosen)

    @property
    def listed(self) -> tuple[Path, ...]:
        """The paths in the table."""
        return self._listed

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """List the paths from a unit."""
        from chainstep.stepping.why.paths import Paths

        before = self._paths.unit if self._paths is not None else None
        self._paths, self._notation = Paths(trace, unit), n
        self._listed = self._paths.listed(MOST)
        self.tell(f"Paths from {unit} to {n.the_error}", _how_many(self._paths, n))
        self._fill(n)
        self.total.set_text(_sum(self._paths, self._listed, n))
        self.costs.set_text(_cost(self._paths))
        if before != unit:
            self.table.choose(0 if self._listed else -1)
        self._show_chosen(self.table.currentRow() if self.table.selectedItems() else -1)

    def _fill(self, n: Notation) -> None:
        error = n.error_name
        rows = [
            (Cell(" → ".join((*_shortened(path.units), error))), _number(path.value, n))
            for path in self._listed
        ]
        self.table.set_content(("path, largest first", "share"), rows)
        self.table.setVisible(bool(rows))

    @Slot(int)
    def _chosen(self, place: int) -> None:
        self._show_chosen(place)

    def _show_chosen(self, place: int) -> None:
        n = self._notation
        if n is None or not 0 <= place < len(self._listed):
            set_formula(self.symbols, None)
            set_formula(self.numbers, None)
            self.lit.emit(None)
            return
        path = self._listed[place]
        short = len(path.units) <= _LONGEST
        set_formula(self.symbols, _symbols(path, n) if short else None)
        set_formula(self.numbers, _numbers(path, n) if short else None)
        self.lit.emit(_marks(path, n))


def _how_many(paths: Paths, n: Notation) -> str:
    count = paths.count
    if count == 0:
        return f"No path leads from {paths.unit} to {n.the_error}: it does not depend on it."
    if count == 1:
        return "A single path: the ordinary chain rule, one product."
    listed = f" The {MOST} largest are listed." if count > MOST else ""
    return f"{_many(count)} paths, and {n.the_error} changes along every one of them.{listed}"


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
    return f"All {len(listed)} products add up to {whole}."


def _cost(paths: Paths) -> str:
    costs = paths.costs
    if paths.count < 2:
        return ""
    return (
        f"Path by path: {_many(costs.by_paths)} multiplications. Backpropagation shares what paths "
        f"have in common: {_many(costs.by_backpropagation)}, one for each connection on the way."
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
    """Light a path, with the number that passes over each of its connections."""
    tags = {}
    for ends, slope in zip(path.connections, path.factors, strict=True):
        tags[ends] = (f"× {n.number(slope)}", (slope > 0) - (slope < 0))
    value = n.signed(n.carried(path.value) or 0.0)
    return Marks(
        unit=path.units[0],
        connections=dict.fromkeys(path.connections, "current"),
        direction="backward",
        tags=tags,
        pills={path.units[0]: f"share = {value}"},
        visited=frozenset(path.units),
    )
