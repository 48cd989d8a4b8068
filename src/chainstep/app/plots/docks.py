"""Plots on their own: each one out of its tab is a dock, which floats or stands beside the canvas.

A double click on a tab, dragging it away or the View menu takes a plot out; closing its dock puts
it back. Where the docks stand is remembered with the window, which ones there are, in `Settings`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from chainstep.app.look import size
from chainstep.app.plots.tabs import PlotTabs
from chainstep.app.settings import Settings

#: How large a plot is at first, and where it stands in the window: further on for each one.
_SIZE: Final = QSize(420, 340)
#: The canvas would leave it less.
_LEAST: Final = QSize(300, 160)
_PLACE: Final = QPoint(120, 130)
_CASCADE: Final = QPoint(28, 28)
#: Above and below are the stepping bar and the status line, which belong to the canvas.
_AREAS: Final = Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea


class PlotDock(QDockWidget):
    """One plot out of its tab.

    Signals: closed(str): by the user; the name of the plot.
    """

    closed = Signal(str)

    def __init__(self, name: str, plot: QWidget, window: QMainWindow) -> None:
        super().__init__(name, window)
        self.setObjectName(f"plot {name}")
        self.setAllowedAreas(_AREAS)
        self.setWidget(plot)
        plot.setMinimumSize(_LEAST)
        plot.show()  # a tab behind others is hidden

    def sizeHint(self) -> QSize:
        """Large enough to be read, wherever it stands."""
        return _SIZE * size.factor()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that the plot is to go back."""
        super().closeEvent(event)
        self.closed.emit(self.windowTitle())


class PlotDocks(QObject):
    """The plots of a window that are out of their tabs, and the commands for it."""

    def __init__(self, window: QMainWindow, tabs: PlotTabs) -> None:
        """Those that were out last are out again; the window puts them in their places."""
        super().__init__(window)
        self._window, self._tabs = window, tabs
        self._docks: dict[str, PlotDock] = {}
        self.actions = tuple(QAction(name, self, checkable=True) for name in tabs.plots)
        for action in self.actions:
            action.toggled.connect(self._toggled)
        tabs.taken_out.connect(self._taken_out)
        for name in Settings().plots_out:
            self._set(name, True)

    @property
    def shown(self) -> list[QWidget]:
        """The docks there are, in the order in which they were taken out."""
        return list(self._docks.values())

    @Slot(str)
    def _taken_out(self, name: str) -> None:
        self._set(name, True)

    @Slot(str)
    def _closed(self, name: str) -> None:
        self._set(name, False)

    def _set(self, name: str, out: bool) -> None:
        for action in self.actions:
            if action.text() == name:
                action.setChecked(out)

    @Slot(bool)
    def _toggled(self, out: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            (self._take_out if out else self._put_back)(action.text())
            Settings().plots_out = list(self._docks)

    def _take_out(self, name: str) -> None:
        dock = PlotDock(name, self._tabs.take_out(name), self._window)
        dock.closed.connect(self._closed)
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.setFloating(True)
        dock.resize(dock.sizeHint())
        dock.move(self._window.mapToGlobal(_PLACE + _CASCADE * len(self._docks)))
        self._docks[name] = dock

    def _put_back(self, name: str) -> None:
        dock = self._docks.pop(name)
        self._tabs.plots[name].setMinimumSize(0, 0)
        self._tabs.put_back(name)
        self._window.removeDockWidget(dock)
        dock.deleteLater()
