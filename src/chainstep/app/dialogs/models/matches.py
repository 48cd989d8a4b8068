"""Where the weights of a file go in a drawing: a row for each layer of the file.

The matching is `files.load_weights`; the choice between drawing and new net is in `preview`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from chainstep.app.look import size, theme

if TYPE_CHECKING:  # NumPy comes in with it
    from chainstep.files.weights.net import Match

_COLUMNS: Final = ("weights", "shape", "go to", "which way round")
_ROW: Final = 28
_MOST_ROWS: Final = 6


class MatchTable(QTableWidget):
    """Layers of a file and where they go; what fits nowhere is red."""

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        self.setHorizontalHeaderLabels(list(_COLUMNS))
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(size.px(_ROW))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        self.setStyleSheet("QTableView::item { padding: 0 7px; }")
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        self.setAccessibleName("Where the weights go")

    def show_matches(self, matches: Sequence[Match]) -> None:
        """Show other matches."""
        self.setRowCount(len(matches))
        for row, match in enumerate(matches):
            shape = " × ".join(map(str, match.shape))
            cells = (match.key, shape, match.place or "nowhere", match.note if match.place else "")
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                if not match.place and column >= 2:
                    item.setForeground(theme.current().danger)
                self.setItem(row, column, item)
        rows = min(max(len(matches), 1), _MOST_ROWS)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows * size.px(_ROW) + 6)
