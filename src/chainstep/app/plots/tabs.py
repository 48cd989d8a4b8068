"""The plots as tabs beside each other, the loss first. What each shows is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QTabWidget

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


class PlotTabs(QTabWidget):
    """The loss plot and all others as tabs.

    Signals: edited, failed, unit_chosen, row_activated: as of `PlotPanel`.
    """

    edited = Signal(str, object)
    failed = Signal(str)
    unit_chosen = Signal(str)
    row_activated = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.recorder = Recorder()
        self.loss = LossPlot(self.recorder.held)
        self._awake = False
        self.boundary, self.units, self.spreads = BoundaryPlot(), UnitPlot(), Spreads()
        self.flow, self.confusion = GradientFlow(self.recorder.flow), ConfusionMatrix()
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.setMinimumWidth(120)  # the tabs scroll where the window is narrow
        self.addTab(self.loss, "Loss")
        self.loss.failed.connect(self.failed)
        for panel, title in self._titles():
            self.addTab(panel, title)
            self.setTabToolTip(self.count() - 1, plain_tip(panel.about))
            panel.edited.connect(self.edited)
            panel.failed.connect(self.failed)
            panel.unit_chosen.connect(self.unit_chosen)
            panel.row_activated.connect(self.row_activated)

    @property
    def panels(self) -> tuple[PlotPanel, ...]:
        """All plots but the loss."""
        return tuple(panel for panel, _ in self._titles())

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

    def _titles(self) -> tuple[tuple[PlotPanel, str], ...]:
        return (
            (self.boundary, "Boundary"),
            (self.units, "Units"),
            (self.spreads, "Spread"),
            (self.flow, "δ flow"),
            (self.confusion, "Confusion"),
        )
