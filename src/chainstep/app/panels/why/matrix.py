"""The matrix lens: the backward pass of a level as a Jacobian, row times column lit.

The column of a unit times ∂E/∂a of the rows is the sum at it; skip connections make blocks of
their own. Beside it forward mode, which pushes a change of the unit up to E, and reverse mode,
which pulls E back down to the unit, and what each way costs. The numbers are
`stepping.why.jacobians`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QTableWidget, QWidget

from chainstep.app.canvas.marks import Ends, Marks, Tag, Value
from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.look.names import shown_name
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens, set_formula
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.errors import ChainstepError
from chainstep.stepping.formula.builder import Part, factor, row
from chainstep.stepping.formula.nodes import Node

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.jacobians import LevelJacobian, Push, Table

#: So many columns fit beside ∂E/∂a; the unit's own is always among them. Rows scroll.
MOST_COLUMNS: Final = 4
MOST_ROWS: Final = 24
_SPELT: Final = 8
_LARGEST: Final = 10_000


class MatrixLens(Lens):
    """Shows the Jacobian in which the unit is a column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Matrix", parent)
        self.table, self.modes = NumberTable(12), NumberTable(12)
        self.group = NumberTable(12)
        self.formula = FormulaWidget(15)
        self.blocks = Prose(12, token="muted")
        self.about_modes, self.costs = Prose(12, QFont.Weight.DemiBold), Prose(12, token="muted")
        self.group_name = Prose(12, QFont.Weight.DemiBold)
        for table in (self.table, self.modes, self.group):
            table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        for widget in (
            self.table, self.formula, self.blocks, self.group_name, self.group, self.about_modes,
            self.modes, self.costs,
        ):  # fmt: skip
            self.column.addWidget(widget)

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Show the blocks in which the unit is a column."""
        from chainstep.stepping.why.jacobians import jacobian_at, push, softmax_jacobian

        if len(trace.plan.network.connections) > _LARGEST:
            raise ChainstepError("This net is too large to be shown as tables of numbers.")
        jacobian, pushed = jacobian_at(trace, unit), push(trace, unit)
        self._show(jacobian, unit, n)
        self._show_modes(trace, pushed, n)
        self._show_group(softmax_jacobian(trace) if n.network.by_id[unit].is_output else None, n)
        self.lit.emit(_marks(jacobian, pushed, n))

    def _show(self, jacobian: LevelJacobian, unit: str, n: Notation) -> None:
        by = n.delta_name if n.letters.words else n.by_name(n.letters.a)
        if not jacobian.rows:
            self.tell(
                f"Level {jacobian.level}, the last",
                f"{n.opening(n.the_error)} looks at {unit} itself: here it begins to come back.",
            )
        else:
            self.tell(
                f"Level {jacobian.level} and what it feeds",
                f"Each cell says how the row's unit moves with the column's. In each row multiply "
                f"what is lit, {by} times the cell of {unit}, and add up: that is the sum at "
                f"{unit}.",
            )
        columns = _window(jacobian.columns, unit)
        names = ("", by, *map(shown_name, columns))
        self.table.set_content(names, _rows(jacobian, columns, unit, n))
        self.table.setVisible(bool(jacobian.rows))
        set_formula(self.formula, _sum(jacobian, unit, n))
        blocks = _about_blocks(jacobian, columns)
        self.blocks.set_text(blocks, self.named(blocks))
        self.blocks.setVisible(bool(self.blocks.text))

    def _show_modes(self, trace: Trace, pushed: Push, n: Notation) -> None:
        """Lay forward and reverse mode side by side, unit by unit."""
        from chainstep.stepping.why.jacobians import costs

        error, spent = n.error_name, costs(trace)
        whole = n.carried(pushed.derivative) or 0.0
        order = [unit.id for unit in n.network.units if unit.id in pushed.tangents]
        order.sort(key=lambda unit: unit != pushed.unit)
        rows = [
            (
                Cell(shown_name(unit), bold=unit == pushed.unit),
                _cell(pushed.tangents[unit], n),
                _pulled(trace, unit, n, bold=unit == pushed.unit),
            )
            for unit in order[:MOST_ROWS]
        ]
        start = Cell(n.number(float(n.sign)), token="muted")
        rows.append((Cell(error, bold=True), Cell(n.signed(whole), _sign(whole), bold=True), start))
        self.about_modes.set_text("Push a change forward, or pull the error back: one number")
        self.modes.set_content(("at", "pushed forward ↓", "pulled back ↑"), rows)
        self.costs.set_text(
            f"For all {spent.sweeps:,} weights and biases forward mode takes {spent.sweeps:,} "
            f"sweeps, {spent.forward:,} multiplications; reverse mode one sweep, "
            f"{spent.reverse:,}: that is why one goes backward."
        )

    def _show_group(self, table: Table | None, n: Notation) -> None:
        for widget in (self.group_name, self.group):
            widget.setVisible(table is not None)
        if table is None:
            return
        self.group_name.set_text(
            f"Every output moves with every other: ∂{n.z_name} of the row by ∂{n.a_name} of the "
            "column"
        )
        rows = [
            (Cell(shown_name(name)), *(_cell(float(value), n) for value in line[:MOST_ROWS]))
            for name, line in zip(table.rows, table.values, strict=True)
        ]
        self.group.set_content(("", *map(shown_name, table.columns[:MOST_ROWS])), rows)


def _window(names: tuple[str, ...], lit: str) -> tuple[str, ...]:
    """Return so many neighbouring names as fit, the lit one among them."""
    first = min(max(0, names.index(lit) - 1), max(0, len(names) - MOST_COLUMNS))
    return names[first : first + MOST_COLUMNS]


def _rows(
    jacobian: LevelJacobian, columns: tuple[str, ...], unit: str, n: Notation
) -> list[tuple[Cell, ...]]:
    """Return block by block the rows, and at their foot the sums."""
    found: list[tuple[Cell, ...]] = []
    blocks = len(set(jacobian.levels)) > 1
    for place, name in enumerate(jacobian.rows[:MOST_ROWS]):
        level = jacobian.levels[place]
        if blocks and (place == 0 or jacobian.levels[place - 1] != level):
            skip = ", skipping" if level > jacobian.level + 1 else ""
            head = Cell(f"{jacobian.level} → {level}{skip}", token="muted")
            found.append((head, *(Cell("") for _ in range(len(columns) + 1))))
        gradient = n.carried(float(jacobian.above[place])) or 0.0
        cells = [Cell(shown_name(name)), Cell(n.signed(gradient), _sign(gradient), lit=True)]
        cells += [_entry(jacobian, place, column, unit, n) for column in columns]
        found.append(tuple(cells))
    if any(jacobian.own):
        own = [n.carried(float(jacobian.own[jacobian.columns.index(c)])) for c in columns]
        cells = [Cell(f"{n.error_name} itself"), Cell("")]
        cells += [Cell(n.signed(v), _sign(v)) if v else Cell("·", token="disabled") for v in own]
        found.append(tuple(cells))
    sums = [n.carried(float(jacobian.below[jacobian.columns.index(c)])) or 0.0 for c in columns]
    foot = [Cell(n.signed(v), _sign(v), bold=c == unit) for v, c in zip(sums, columns, strict=True)]
    return [*found, (Cell("sum", bold=True), Cell(""), *foot)]


def _entry(jacobian: LevelJacobian, place: int, column: str, unit: str, n: Notation) -> Cell:
    at, lit = jacobian.columns.index(column), column == unit
    if jacobian.kinds[place][at] == "":
        return Cell("·", token="disabled", lit=lit)
    return _cell(float(jacobian.values[place, at]), n, lit)


def _cell(value: float, n: Notation, lit: bool = False) -> Cell:
    return Cell(n.number(value), _sign(value), bold=lit, lit=lit)


def _pulled(trace: Trace, unit: str, n: Notation, bold: bool) -> Cell:
    source = trace.plan.network.by_id[unit].is_input
    value = n.carried(trace.dE_dz(unit) if source else trace.delta(unit)) or 0.0
    return Cell(n.signed(value), _sign(value), bold=bold)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _sum(jacobian: LevelJacobian, unit: str, n: Notation) -> Node | None:
    """Return the column written out."""
    products = jacobian.column(unit)
    if not 0 < len(products) <= _SPELT:
        return None
    own = n.carried(float(jacobian.own[jacobian.columns.index(unit)]))
    left = n.dE_dz(unit) if n.network.by_id[unit].is_input else n.dE_da(unit)
    parts: list[Part] = [left, "="]
    if own:
        parts += [n.num(own), "+"]
    for place, product in enumerate(products):
        gradient = n.carried(product.gradient) or 0.0
        parts += ["+"] if place else []
        parts += [factor(gradient, n.digits), "·", factor(product.slope, n.digits)]
    total = n.carried(float(jacobian.below[jacobian.columns.index(unit)])) or 0.0
    return row(*parts, "=", n.num(total, strong=True))


def _about_blocks(jacobian: LevelJacobian, columns: tuple[str, ...]) -> str:
    told = []
    if any(level > jacobian.level + 1 for level in jacobian.levels):
        told.append("Skip connections make a block of their own, past the next level.")
    if len(columns) < len(jacobian.columns):
        told.append(
            f"Columns {columns[0]} to {columns[-1]} of {len(jacobian.columns)}; select a unit to "
            "see its own."
        )
    if len(jacobian.rows) > MOST_ROWS:
        told.append(f"The first {MOST_ROWS} of {len(jacobian.rows):,} rows.")
    return " ".join(told)


def _marks(jacobian: LevelJacobian, pushed: Push, n: Notation) -> Marks:
    """Light the column: on each connection how its end moves, at each unit what is pushed there."""
    unit = pushed.unit
    tags: dict[Ends, Tag] = {
        (unit, product.row): (f"× {n.number(product.slope)}", _sign(product.slope))
        for product in jacobian.column(unit)
    }
    values: dict[str, tuple[Value, ...]] = {
        other: (("p", n.number(value), _sign(value)),)
        for other, value in pushed.tangents.items()
        if other != unit
    }
    return Marks(
        unit=unit,
        connections=dict.fromkeys(tags, "looked_at"),
        direction="backward",
        tags=tags,
        values=values,
        visited=frozenset(pushed.tangents),
        caption=f"Matrix: the column of {shown_name(unit)}; p: what a change of it becomes",
    )
