"""The matrix lens: the backward pass of a level as a Jacobian, one column lit.

A column times ∂E/∂a of the rows is the sum at one unit; skip connections and units that are only
carried past make blocks. Beside it, the same derivative pushed forward instead of pulled back, and
what each way costs. The numbers are `stepping.jacobians`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QTableWidget, QWidget

from chainstep.app.canvas.marks import Marks
from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens, set_formula
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.errors import ChainstepError
from chainstep.stepping.formula.builder import Node, Part, factor, row

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.jacobians import LevelJacobian, Product, Table

#: A table wider or higher than this shows its corner; the lit column is always in it.
MOST: Final = 12
_SPELT: Final = 8
_LARGEST: Final = 10_000


class MatrixLens(Lens):
    """Shows the Jacobian in which the unit is a column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Matrix", parent)
        self._unit = ""
        self.table = NumberTable(MOST + 1)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.formula = FormulaWidget(15)
        self.blocks = Prose(12, token="muted")
        self.modes = Prose(13)
        self.costs = Prose(12, token="muted")
        self.group_name = Prose(13)
        self.group = NumberTable(MOST)
        for widget in (
            self.table, self.formula, self.blocks, self.modes, self.costs, self.group_name,
            self.group,
        ):  # fmt: skip
            self.column.addWidget(widget)

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Show the level at which the unit is a column."""
        from chainstep.stepping.why.jacobians import level_jacobians, softmax_jacobian

        if len(trace.plan.network.connections) > _LARGEST:
            raise ChainstepError("This net is too large to be shown as tables of numbers.")
        found = level_jacobians(trace)
        own = next((j for j in reversed(found) if _newest(j, unit, found)), None)
        self._unit = unit
        if own is None:
            self._show_top(unit, n)
        else:
            self._show(own, unit, n)
        self._show_modes(trace, unit, n)
        self._show_group(softmax_jacobian(trace) if n.network.by_id[unit].is_output else None, n)

    def _show(self, jacobian: LevelJacobian, unit: str, n: Notation) -> None:
        products = jacobian.column(unit)
        self.tell(
            f"Level {jacobian.level} to {jacobian.level + 1}",
            f"Each row: {n.by_name(n.letters.a)}, then how it moves with each column. The column "
            f"of {unit} times the numbers at the left, added up, is the sum at {unit}.",
        )
        columns = _chosen(jacobian.columns, unit)
        rows = _chosen(jacobian.rows, products[0].row if products else "")
        names = (n.by_name(n.letters.a), "", *columns)
        self.table.set_content(names, [_row(jacobian, r, columns, unit, n) for r in rows])
        self.table.show()
        set_formula(self.formula, _sum(products, unit, n))
        self.blocks.set_text(_about_blocks(jacobian))
        self.blocks.setVisible(bool(self.blocks.text))
        self.lit.emit(_marks(jacobian, unit, n))

    def _show_top(self, unit: str, n: Notation) -> None:
        self.tell("The last level", f"{unit} is where {n.the_error} begins to come back.")
        self.table.hide()
        self.blocks.hide()
        set_formula(self.formula, None)
        self.lit.emit(None)

    def _show_modes(self, trace: Trace, unit: str, n: Notation) -> None:
        from chainstep.stepping.why.jacobians import costs, push

        pushed, spent = push(trace, unit), costs(trace)
        value = n.signed(n.carried(pushed.derivative) or 0.0)
        self.modes.set_text(
            f"Forward mode pushes a change of {unit} up to {n.the_error}: {value}. Reverse mode "
            "pulls the error back down to it: the same number."
        )
        self.costs.set_text(
            f"For all {spent.sweeps:,} weights and biases forward mode takes {spent.sweeps:,} "
            f"sweeps, {spent.forward:,} multiplications; reverse mode one sweep, "
            f"{spent.reverse:,}."
        )

    def _show_group(self, table: Table | None, n: Notation) -> None:
        for widget in (self.group_name, self.group):
            widget.setVisible(table is not None)
        if table is None:
            return
        self.group_name.set_text(f"∂{n.z_name}/∂{n.a_name} of the outputs, row by column")
        columns = table.columns[:MOST]
        rows = [
            (Cell(name), *(_cell(float(value), n) for value in line[:MOST]))
            for name, line in zip(table.rows[:MOST], table.values, strict=False)
        ]
        self.group.set_content(("", *columns), rows)


def _newest(jacobian: LevelJacobian, unit: str, found: tuple[LevelJacobian, ...]) -> bool:
    """Tell whether the unit is a column here for the first time: not carried from below."""
    if unit not in jacobian.columns:
        return False
    return jacobian.level == 0 or unit not in found[jacobian.level - 1].columns


def _chosen(names: tuple[str, ...], lit: str) -> tuple[str, ...]:
    """Return the first names, the lit one among them."""
    shown = names[:MOST]
    return shown if lit in shown or lit not in names else (*shown[:-1], lit)


def _row(
    jacobian: LevelJacobian, name: str, columns: tuple[str, ...], unit: str, n: Notation
) -> tuple[Cell, ...]:
    place = jacobian.rows.index(name)
    gradient = n.carried(float(jacobian.above[place])) or 0.0
    cells = [Cell(n.signed(gradient), _sign(gradient)), Cell(name)]
    for column in columns:
        at = jacobian.columns.index(column)
        kind = jacobian.kinds[place][at]
        value = float(jacobian.values[place, at])
        if kind == "":
            cells.append(Cell("·", token="disabled", lit=column == unit))
        elif kind == "carried":
            cells.append(Cell("1", token="muted", bold=column == unit, lit=column == unit))
        else:
            cells.append(_cell(value, n, lit=column == unit))
    return tuple(cells)


def _cell(value: float, n: Notation, lit: bool = False) -> Cell:
    return Cell(n.number(value), _sign(value), bold=lit, lit=lit)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _sum(products: tuple[Product, ...], unit: str, n: Notation) -> Node | None:
    """Return the column written out."""
    if not 0 < len(products) <= _SPELT:
        return None
    left = n.dE_dz(unit) if n.network.by_id[unit].is_input else n.dE_da(unit)
    parts: list[Part] = [left, "="]
    for place, product in enumerate(products):
        gradient = n.carried(product.gradient) or 0.0
        parts += ["+"] if place else []
        parts += [factor(gradient, n.digits), "·", factor(product.slope, n.digits)]
    total = n.carried(sum(product.value for product in products)) or 0.0
    return row(*parts, "=", n.num(total, strong=True))


def _about_blocks(jacobian: LevelJacobian) -> str:
    kinds = {kind for line in jacobian.kinds for kind in line}
    told = []
    if "skip" in kinds:
        told.append("Columns from further below are skip connections.")
    if "carried" in kinds:
        told.append("A 1 is a unit that is only carried past this level.")
    return " ".join(told)


def _marks(jacobian: LevelJacobian, unit: str, n: Notation) -> Marks:
    tags = {}
    for product in jacobian.column(unit):
        if product.row != unit:
            tags[unit, product.row] = (
                f"{n.number(product.slope)}",
                _sign(product.slope),
            )
    return Marks(
        unit=unit,
        connections=dict.fromkeys(tags, "current"),
        direction="backward",
        tags=tags,
        visited=frozenset({unit, *(target for _, target in tags)}),
    )
