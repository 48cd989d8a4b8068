"""The data table's model: serves the tuples of `Project.data` as they are, and outputs on demand.

Nothing is copied when a moment is shown. Which columns there are is in `columns`, what an
edit does in `chainstep.data.rows`, keys and painting in `view`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.panels.data.columns import Column, cell_text, columns_of, decimals_of, typed_text
from chainstep.app.panels.rows import plain_tip
from chainstep.app.panels.ticks import short, shortest
from chainstep.data.rows import Widths, set_block
from chainstep.errors import ChainstepError
from chainstep.project import Project
from chainstep.stepping.numbers import format_number, parse_number

if TYPE_CHECKING:  # NumPy comes in with the run, after the first paint
    from chainstep.engine.activations import Array

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

#: Rows whose outputs are computed at once, when one of them is looked at.
BLOCK: Final = 32
#: So many rows decide how wide a column is.
_SAMPLED: Final = 60
#: Of so many cells in all, where there are many columns.
_SAMPLED_CELLS: Final = 1_000
_NEVER_NEGATIVE: Final = ("logistic", "softmax", "relu", "softplus", "exp", "step")
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Block:
    """Numbers to put in. row: the first; columns: of the data, inputs first; rows: as wide."""

    row: int
    columns: Sequence[int]
    rows: Sequence[Sequence[float]]


class Outputs:
    """The outputs of the rows that were looked at, at the weights a run has reached."""

    def __init__(self) -> None:
        self._blocks: dict[int, list[list[float]]] = {}
        self._theta: Array | None = None
        self._inputs: object = None

    def at(self, moment: Moment, row: int) -> list[float] | None:
        """Return the outputs of a row, None where the net does not run."""
        run = moment.run
        if run is None:
            return None
        trainer, inputs = run.trainer, moment.project.data.inputs
        if trainer.theta is not self._theta or inputs is not self._inputs:
            self._blocks.clear()
            self._theta, self._inputs = trainer.theta, inputs
        number, place = divmod(row, BLOCK)
        if number not in self._blocks:
            rows = inputs[number * BLOCK : (number + 1) * BLOCK]
            self._blocks[number] = _outputs(moment, rows)
        block = self._blocks[number]
        return block[place] if place < len(block) else None


def _outputs(moment: Moment, rows: tuple[tuple[float, ...], ...]) -> list[list[float]]:
    import numpy as np

    from chainstep.engine.passes import forward

    run = moment.run
    assert run is not None
    trainer = run.trainer
    if any(len(row) != len(trainer.plan.inputs) for row in rows):
        return []
    with np.errstate(all="ignore"):
        state = forward(trainer.plan, trainer.theta, np.array(rows, dtype=np.float64).T)
    values: list[list[float]] = state.z[trainer.plan.outputs].T.tolist()
    return values


class DataModel(QAbstractTableModel):
    """Rows of inputs and targets with the outputs beside them, and an empty row to type into.

    Signals:
        edited(str, object): the undo text and a function from project to project.
        failed(str): a sentence, such as why what was typed is no number.
    """

    edited = Signal(str, object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.moment = Moment(Project())
        self.columns, self.shape = columns_of(self.moment.project)
        self._outputs = Outputs()
        self._decimals: dict[tuple[str, int], int] = {}
        self._held_back: frozenset[int] = frozenset()

    @property
    def rows(self) -> int:
        """Number of examples; the row below them is the empty one."""
        return len(self.moment.project.data.inputs)

    @property
    def current(self) -> int:
        """The row the run stands on, -1 for none."""
        run = self.moment.run
        return -1 if run is None or self.moment.training else run.cursor.row

    @property
    def seen(self) -> tuple[object, ...]:
        """What the cells depend on; steps that leave it alone change none of them."""
        run = self.moment.run
        if run is None:
            return self.moment.project, self.moment.digits
        trainer = run.trainer
        history = self.moment.history
        line = 0 if history is None else history.line
        made = trainer, line, trainer.batches, *trainer.losses[-1:]
        return self.moment.project, self.moment.digits, *made, self.current

    def show_moment(self, moment: Moment) -> bool:
        """Take another moment; return whether there are other columns."""
        before, after = self.moment, moment
        old, new = before.project, after.project
        same = new.data is old.data and new.network is old.network
        if same and before.digits == after.digits:
            self.moment = after
            return False
        columns, shape = (self.columns, self.shape) if same else columns_of(new)
        self._decimals.clear()
        self._held_back = frozenset(new.data.validation)
        if columns != self.columns or shape != self.shape:
            self.beginResetModel()
            self.moment, self.columns, self.shape = after, columns, shape
            self.endResetModel()
            return True
        self._swap_rows(after)
        return False

    def column(self, index: Index) -> Column:
        """Return the column of a cell."""
        return self.columns[index.column()]

    def value(self, row: int, column: Column) -> float | None:
        """Return the number in a cell of the data, None where there is none."""
        data = self.moment.project.data
        rows = data.inputs if column.kind == "input" else data.targets
        if row >= len(rows) or column.place >= len(rows[row]):
            return None
        return rows[row][column.place]

    def output(self, row: int, place: int) -> float | None:
        """Return an output of a row, None where the net does not run."""
        values = self._outputs.at(self.moment, row) if row < self.rows else None
        return None if values is None else values[place]

    def place_in_data(self, column: Column) -> int:
        """Return the number of a column in the data, inputs first."""
        return column.place + (self.shape.inputs if column.kind == "target" else 0)

    def edit_block(self, text: str, block: Block) -> None:
        """Ask for a block of cells to be put in."""
        self.edited.emit(text, partial(put_block, block=block, shape=self.shape))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One more than there are examples, where there is anything to type."""
        if parent.isValid():
            return 0
        return self.rows + (1 if any(column.editable for column in self.columns) else 0)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The number of columns, that of the row numbers included."""
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Inputs and targets can be typed into."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if self.column(index).editable else flags

    def headerData(self, section: int, way: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """The columns' names."""
        if way != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role == Role.DisplayRole:
            return self.columns[section].head
        if role == Role.ToolTipRole:
            return plain_tip(self.columns[section].tip)
        return int(_RIGHT) if role == Role.TextAlignmentRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """What a cell shows, what its editor begins with, and its colours."""
        if role == Role.DisplayRole:
            return self._text(index.row(), self.column(index))
        if role == Role.EditRole:
            value = self.value(index.row(), self.column(index))
            return "" if value is None else typed_text(value)
        if role == Role.TextAlignmentRole:
            return int(_RIGHT)
        if role == Role.BackgroundRole:
            return theme.current().current_ground if index.row() == self.current else None
        if role == Role.ForegroundRole:
            return self._ink(index.row(), self.column(index))
        if role == Role.ToolTipRole and index.row() in self._held_back:
            return plain_tip("Held back for validation: not trained on")
        if role == Role.AccessibleTextRole:
            return f"{self.column(index).name}: {self._text(index.row(), self.column(index))}"
        return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        """Ask for what was typed; refuse what is no number."""
        text, column, row = str(value), self.column(index), index.row()
        old = self.value(row, column)
        if role != Role.EditRole or (not text.strip() and old is None):
            return False
        try:
            number = parse_number(text)
        except ChainstepError as refused:
            self.failed.emit(str(refused))
            return False
        if number != old:
            words = f"Set {column.name} of row {row + 1}" if row < self.rows else "Add a row"
            self.edit_block(words, Block(row, [self.place_in_data(column)], [[number]]))
        return True

    @property
    def holds_back(self) -> bool:
        """Whether there are validation rows."""
        return bool(self._held_back)

    def is_held_back(self, row: int) -> bool:
        """Whether a row is kept from training."""
        return row in self._held_back

    def short_text(self, index: Index, fits: Callable[[str], bool]) -> str:
        """Return the number of a cell with as many digits as fit, or in the fewest characters."""
        column = self.column(index)
        if column.kind == "number":
            return self._text(index.row(), column)
        is_output = column.kind == "output"
        row, place = index.row(), column.place
        value = self.output(row, place) if is_output else self.value(row, column)
        if value is None:
            return ""
        told = [format_number(value, n) for n in range(self.moment.digits - 1, 2, -1)]
        return next((text for text in (*told, short(value)) if fits(text)), shortest(value))

    def samples(self, column: Column) -> list[str]:
        """Return texts as wide as those a column is likely to hold."""
        if column.kind == "number":
            return [f"{max(self.rows, 10):,}"]
        if column.kind == "output":
            unit = self.moment.project.network.outputs[column.place]
            likely = 0.5 if unit.activation in _NEVER_NEGATIVE else -0.5
            return [format_number(likely, self.moment.digits)]
        most = min(_SAMPLED, max(_SAMPLED_CELLS // len(self.columns), 3))
        return ["0.00", *(self._text(row, column) for row in range(min(self.rows, most)))]

    def _swap_rows(self, after: Moment) -> None:
        """Take a moment with the same columns; the current cell and an open editor stay."""
        # Rows come and go below the empty one: the row that was typed into stays where it is.
        old = self.rowCount()
        new = old + len(after.project.data.inputs) - self.rows
        if new > old:
            self.beginInsertRows(QModelIndex(), old, new - 1)
            self.moment = after
            self.endInsertRows()
        elif new < old:
            self.beginRemoveRows(QModelIndex(), new, old - 1)
            self.moment = after
            self.endRemoveRows()
        self.moment = after
        corners = self.index(0, 0), self.index(self.rowCount() - 1, len(self.columns) - 1)
        self.dataChanged.emit(*corners)

    def _text(self, row: int, column: Column) -> str:
        if column.kind == "number":
            return f"{row + 1:,}" if row < self.rows else "+"
        digits = self.moment.digits
        if column.kind == "output":
            output = self.output(row, column.place)
            return "" if output is None else format_number(output, digits)
        value = self.value(row, column)
        return "" if value is None else cell_text(value, self._places(column), digits)

    def _places(self, column: Column) -> int:
        key = column.kind, column.place
        if key not in self._decimals:
            data = self.moment.project.data
            rows = data.inputs if column.kind == "input" else data.targets
            self._decimals[key] = decimals_of(rows, column.place, self.moment.digits)
        return self._decimals[key]

    def _ink(self, row: int, column: Column) -> Any:
        worn = theme.current()
        if row >= self.rows:
            return worn.disabled
        return worn.text if column.editable else worn.muted


def put_block(project: Project, block: Block, shape: Widths) -> Project:
    """Return the project with a block of cells of its data set."""
    data = set_block(project.data, block.row, block.columns, block.rows, shape)
    return project.replace(data=data)
