"""The plots as tabs beside each other, the loss first. What each shows is its own.

Each can be taken out and stand on its own: see `docks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QTabWidget, QWidget

from chainstep.app.moment import Moment
from chainstep.app.panels.loss.plot import LossPlot
from chainstep.app.panels.rows import plain_tip
from chainstep.app.plots.boundary import BoundaryPlot
from chainstep.app.plots.confusion import ConfusionMatrix
from chainstep.app.plots.gradient_flow import GradientFlow
from chainstep.app.plots.panel import PlotPanel
from chainstep.app.plots.recorder import Recorder
from chainstep.app.plots.spreads import Spreads
from chainstep.app.plots.unit_plot import UnitPlot

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.stepping.run import Run


#: How far from the tabs the mouse has to drag one until it comes off.
_FAR: Final = 24


class _Bar(QTabBar):
    """Tabs that can be dragged away. Signals: dragged_away(int): the tab at this place."""

    dragged_away = Signal(int)
    _held = -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold the tab that is pressed."""
        super().mousePressEvent(event)
        left = event.button() == Qt.MouseButton.LeftButton
        self._held = self.tabAt(event.position().toPoint()) if left else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let go of the tab that is held where it has left the bar: one tab for each press."""
        super().mouseMoveEvent(event)
        near = self.rect().adjusted(-_FAR, -_FAR, _FAR, _FAR)
        if self._held >= 0 and not near.contains(event.position().toPoint()):
            away, self._held = self._held, -1
            self.dragged_away.emit(away)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Hold nothing."""
        super().mouseReleaseEvent(event)
        self._held = -1


class PlotTabs(QTabWidget):
    """The loss plot and all others as tabs.

    Signals: edited, failed, unit_chosen, row_activated: as of `PlotPanel`. taken_out(str): this
    plot is to stand on its own.
    """

    edited = Signal(str, object)
    failed = Signal(str)
    unit_chosen = Signal(str)
    row_activated = Signal(int)
    taken_out = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        bar = _Bar(self)
        bar.dragged_away.connect(self._take_out_tab)
        self.setTabBar(bar)
        self.tabBarDoubleClicked.connect(self._take_out_tab)
        self.recorder = Recorder()
        self.loss = LossPlot(self.recorder.held)
        self._awake = False
        self.boundary, self.units, self.spreads = BoundaryPlot(), UnitPlot(), Spreads()
        self.flow, self.confusion = GradientFlow(self.recorder.flow), ConfusionMatrix()
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.setMinimumWidth(120)  # the tabs scroll where the window is narrow
        self.plots: dict[str, LossPlot | PlotPanel] = {
            "Loss": self.loss,
            "Boundary": self.boundary,
            "Units": self.units,
            "Spread": self.spreads,
            "δ flow": self.flow,
            "Confusion": self.confusion,
        }
        self.loss.failed.connect(self.failed)
        for name in self.plots:
            self._add(name)
        for panel in self.panels:
            panel.edited.connect(self.edited)
            panel.failed.connect(self.failed)
            panel.unit_chosen.connect(self.unit_chosen)
            panel.row_activated.connect(self.row_activated)

    @property
    def panels(self) -> tuple[PlotPanel, ...]:
        """All plots but the loss."""
        return tuple(plot for plot in self.plots.values() if isinstance(plot, PlotPanel))

    def show_moment(self, moment: Moment) -> None:
        """Hand a moment to all; those that are hidden paint nothing."""
        if moment.run is not None and self._awake:
            self.recorder.observe(moment.run, always=not moment.training)
        self.loss.show_moment(moment)
        for panel in self.panels:
            panel.show_moment(moment)

    @Slot(object)
    def observe(self, run: Run) -> None:
        """An epoch of live training has passed."""
        self.recorder.observe(run)

    @Slot()
    def wake(self) -> None:
        """NumPy and pyqtgraph may come in now; called after the first paint."""
        self._awake = True
        self.loss.wake()
        for panel in self.panels:
            panel.wake()

    def take_out(self, name: str) -> QWidget:
        """Return a plot that is in a tab no longer; with no tab left, nothing is shown here."""
        self.removeTab(self.indexOf(self.plots[name]))
        if not self.count():
            self.hide()
        return self.plots[name]

    def put_back(self, name: str) -> None:
        """Put a plot into its tab again, in front."""
        self._add(name)
        self.setCurrentWidget(self.plots[name])
        self.show()

    def _add(self, name: str) -> None:
        """Add a tab behind those that come before it."""
        before = list(self.plots.values())[: list(self.plots).index(name)]
        plot = self.plots[name]
        index = self.insertTab(sum(self.indexOf(other) >= 0 for other in before), plot, name)
        about = plot.about if isinstance(plot, PlotPanel) else ""
        self.setTabToolTip(index, plain_tip(about))

    @Slot(int)
    def _take_out_tab(self, index: int) -> None:
        if index >= 0:
            self.taken_out.emit(self.tabText(index))
