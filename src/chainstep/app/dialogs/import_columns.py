"""The columns of a table that is imported: a row each with what it is, and what it holds.

The guesses are those of `data.imports`; the dialog around it is `data_import`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from chainstep.app.panels.choice import Choice, Option

if TYPE_CHECKING:
    from chainstep.data.imports import Role, Sample

ROLES: Final = (
    Option("input", "input", "A number that the net is given."),
    Option("target", "target", "A number that an output should give."),
    Option("class", "class", "A name or number of a kind: one output for each kind there is."),
    Option("ignore", "ignore", "Left out."),
)
_SHOWN: Final = 40


class ColumnList(QTableWidget):
    """Name, role and first values of each column.

    Signals: changed(): a role was chosen.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(0, 3)
        self._roles: list[Choice] = []
        self.setHorizontalHeaderLabels(["column", "is", "holds"])
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(32)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(0, 170)
        self.setColumnWidth(1, 118)
        self.setAccessibleName("Columns of the table")

    @property
    def roles(self) -> tuple[Role, ...]:
        """What each column is."""
        return tuple(choice.value or "ignore" for choice in self._roles)  # type: ignore[misc]

    def show_sample(self, sample: Sample, roles: Sequence[Role]) -> None:
        """Show other columns."""
        self.setRowCount(0)
        self._roles = []
        self.setRowCount(len(sample.names))
        for place, (name, role) in enumerate(zip(sample.names, roles, strict=True)):
            first = [row[place].strip() or "–" for row in sample.rows[:5] if place < len(row)]
            self.setItem(place, 0, _item(name))
            self.setItem(place, 2, _item(",  ".join(first), muted=True))
            choice = Choice(ROLES, f"What “{name}” is")
            choice.setAccessibleName(f"role of {name}")
            choice.set_value(role)
            choice.setStyleSheet("QComboBox { padding: 1px 4px 1px 8px; margin: 2px 4px; }")
            choice.chosen.connect(self._chosen)
            self.setCellWidget(place, 1, choice)
            self._roles.append(choice)

    def set_role(self, place: int, role: Role) -> None:
        """Choose for the user."""
        self._roles[place].set_value(role)
        self.changed.emit()

    def _chosen(self, role: str) -> None:
        """Let only one column be the class, and none a target beside it."""
        sender = self.sender()
        for choice in self._roles:
            if choice is not sender and (
                (role == "class" and choice.value in ("class", "target"))
                or (role == "target" and choice.value == "class")
            ):
                choice.set_value("ignore")
        self.changed.emit()


def _item(text: str, muted: bool = False) -> QTableWidgetItem:
    plain = "".join(c if c.isprintable() else " " for c in text)
    item = QTableWidgetItem(plain if len(plain) <= 3 * _SHOWN else plain[: 3 * _SHOWN] + "…")
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    if muted:
        from chainstep.app.look import theme

        item.setForeground(theme.current().muted)
    return item
