"""Gradient flow: the mean |δ| of each level over the epochs, so that one sees where δ dies out.

It is measured by the `recorder`, also while the plot is hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.plots.colours import mixed
from chainstep.app.plots.exporting import Table
from chainstep.app.plots.line_chart import Line, paint_chart
from chainstep.app.plots.panel import PlotPanel
from chainstep.words import counted

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.stepping.run import Run
    from chainstep.stepping.watching.samples import Samples


class GradientFlow(PlotPanel):
    """One curve a level, on a log axis."""

    name = "gradient flow"
    about = "How large δ is on average at each level, over the epochs"

    def __init__(self, samples: Samples) -> None:
        """samples: mean |δ| of each level, as the recorder notes them."""
        super().__init__()
        self.samples = samples

    def why_not(self, moment: Moment, run: Run) -> str:
        """Without a backward pass there is no δ."""
        return run.refused or ""

    def measure(self, moment: Moment, run: Run, fine: bool) -> None:
        """Everything is in the samples already."""
        levels = len(self.samples.rows[-1]) if len(self.samples) else 0
        self.value.setText(f"mean |δ| of {counted(levels, 'level')}")

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint a curve a level."""
        worn, samples = theme.current(), self.samples
        if not len(samples):
            return
        count = len(samples.rows[-1])
        lines = [
            Line(level_name(place, count), level_colour(place, count), samples.column(place))
            for place in range(count)
        ]
        paint_chart(painter, rect, worn, samples.epochs, lines, log=True)

    def table(self) -> Table:
        """Return the mean |δ| of each level at the epochs measured."""
        count = len(self.samples.rows[-1]) if len(self.samples) else 0
        header = ["epoch", *(f"level_{place + 1}" for place in range(count))]
        rows = zip(self.samples.epochs, self.samples.rows, strict=True)
        return header, [(epoch, *row) for epoch, row in rows]


def level_name(place: int, count: int) -> str:
    """Return what a level is called; the last one holds the outputs."""
    return "outputs" if place == count - 1 else f"level {place + 1}"


def level_colour(place: int, count: int) -> QColor:
    """Return the colour of a level: from orange at the inputs to blue at the outputs."""
    worn = theme.current()
    share = place / (count - 1) if count > 1 else 1.0
    if share < 0.5:
        return mixed(worn.negative, worn.muted, 2 * share)
    return mixed(worn.muted, worn.accent, 2 * share - 1)
