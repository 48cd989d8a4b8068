"""The columns of a table that is imported: a row each with what it is, and what it holds.

The guesses are those of `data.imports`; the dialog around it is `data_import`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
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

    A menu of roles is made once its row can be seen: two thousand take five seconds.

    Signals: changed(): a role was chosen.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(0, 3)
        self._names: tuple[str, ...] = ()
        self._roles: list[Role] = []
        self._choices: dict[int, Choice] = {}
        #: Which column was chosen for last, and what others were that had to give way to it.
        self._pushed: tuple[int, dict[int, Role]] = -1, {}
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
        self.verticalScrollBar().valueChanged.connect(self._furnish)

    @property
    def roles(self) -> tuple[Role, ...]:
        """What each column is."""
        return tuple(self._roles)

    def show_sample(self, sample: Sample, roles: Sequence[Role]) -> None:
        """Show other columns."""
        self.setRowCount(0)
        self._roles, self._choices, self._pushed = list(roles), {}, (-1, {})
        self._names = sample.names
        self.setRowCount(len(sample.names))
        for place, name in enumerate(sample.names):
            first = [row[place].strip() or "–" for row in sample.rows[:5] if place < len(row)]
            self.setItem(place, 0, _item(name))
            self.setItem(place, 2, _item(",  ".join(first), muted=True))
        self._furnish()

    def choice(self, place: int) -> Choice:
        """Return the menu of roles in a row."""
        if place not in self._choices:
            name = self._names[place]
            choice = self._choices[place] = Choice(ROLES, f"What “{name}” is")
            choice.setAccessibleName(f"role of {name}")
            choice.set_value(self._roles[place])
            choice.setStyleSheet("QComboBox { padding: 1px 4px 1px 8px; margin: 2px 4px; }")
            choice.chosen.connect(self._chosen)
            self.setCellWidget(place, 1, choice)
        return self._choices[place]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More rows may be seen."""
        super().resizeEvent(event)
        self._furnish()

    def _furnish(self) -> None:
        """Make the menus of the rows that can be seen."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        end = last if last >= 0 else self.rowCount() - 1
        for place in range(max(first, 0), end + 1):
            self.choice(place)

    def _chosen(self, role: Role) -> None:
        """Let only one column be the class, and none a target beside it.

        What had to give way comes back when the same column becomes something else: the arrow keys
        go through all roles.
        """
        sender = self.sender()
        here = next(place for place, choice in self._choices.items() if choice is sender)
        bars = {"class": ("class", "target"), "target": ("class",)}.get(role, ())
        by, pushed = self._pushed
        for place, before in pushed.items() if by == here else ():
            self._take(place, before)
        self._take(here, role)
        gone = {n: r for n, r in enumerate(self._roles) if n != here and r in bars}
        for place in gone:
            self._take(place, "ignore")
        self._pushed = here, gone
        self.changed.emit()

    def _take(self, place: int, role: Role) -> None:
        self._roles[place] = role
        if place in self._choices:
            self._choices[place].set_value(role)


def _item(text: str, muted: bool = False) -> QTableWidgetItem:
    plain = "".join(c if c.isprintable() else " " for c in text)
    item = QTableWidgetItem(plain if len(plain) <= 3 * _SHOWN else plain[: 3 * _SHOWN] + "…")
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    if muted:
        from chainstep.app.look import theme

        item.setForeground(theme.current().muted)
    return item
