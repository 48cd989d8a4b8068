"""Room for the Why tab: while it is in front it has the larger part of the side.

What was before comes back with another tab, unless the border has been moved by hand.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QSplitter, QTabWidget

#: Of the height of the side.
SHARE: Final = 0.62


class Room(QObject):
    """Watches the tabs at the foot of a splitter. why: the place of the tab that needs room."""

    def __init__(self, side: QSplitter, tabs: QTabWidget, why: int) -> None:
        super().__init__(side)
        self._side, self._why = side, why
        self._before: list[int] | None = None
        tabs.currentChanged.connect(self._changed)
        side.splitterMoved.connect(self._moved)

    @Slot(int)
    def _changed(self, place: int) -> None:
        above, below = self._side.sizes()
        whole = above + below
        if place == self._why and below < SHARE * whole:
            self._before = [above, below]
            self._side.setSizes([round((1 - SHARE) * whole), round(SHARE * whole)])
        elif place != self._why and self._before is not None:
            self._side.setSizes(self._before)
            self._before = None

    @Slot(int, int)
    def _moved(self, _position: int, _index: int) -> None:
        self._before = None
