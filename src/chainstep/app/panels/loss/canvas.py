"""The loss curve itself, on pyqtgraph: axes, zoom, the value under the pointer.

Imported after the first paint only, because pyqtgraph and NumPy take their time. The header and
what is shown before are in `plot`, the curve's points in `decimate`, the marks in `ticks`.
"""

import math
from array import array
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from chainstep.app.look import fonts, theme
from chainstep.app.panels import ticks
from chainstep.app.panels.loss.breaks import BreakLines
from chainstep.app.panels.loss.decimate import MinMaxBuffer
from chainstep.app.panels.loss.others import OtherRuns
from chainstep.app.panels.rows import plain_label
from chainstep.stepping.history import Kept
from chainstep.stepping.numbers import DEFAULT_DIGITS, format_number

_AXIS_WIDTH: Final = 58
_AXIS_HEIGHT: Final = 22
_TOP: Final = 18
_RIGHT: Final = 14
#: A curve that goes up and down at most so many times its height in all is calm.
_CALM: Final = 4.0
_CALM_WIDTH: Final = 1.5
#: A curve that is level still has so much of its height, or of a decade, above and below.
_LEAST_SPAN: Final = 1e-3
#: So many decades above the run of now another one is always shown.
_MOST_DECADES: Final = 3.0


class LossCanvas(pg.PlotWidget):  # type: ignore[misc]
    """A curve of one loss an epoch, from epoch 1.

    Signals:
        pointed(int): the epoch under the pointer, 0 for none.
    """

    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
        self.buffer = MinMaxBuffer()
        self._wants_log = True
        self._digits, self._epoch, self._follows = DEFAULT_DIGITS, 0, True
        self._losses: array[float] = array("d")  # of the run, which goes on …
        self._count = 0  # … and how many of them are shown
        self._at = np.empty(0)
        self._values = np.empty(0)
        self.getPlotItem().stateGroup.setParent(self)  # pyqtgraph leaves it to the collector
        self._box: Any = self.getPlotItem().getViewBox()
        self._curve: Any = self.plot(antialias=True)
        self._worn: QPen | None = None
        self._drawn_log = False
        self._second: Any = pg.PlotDataItem(antialias=True)
        self._box.addItem(self._second, ignoreBounds=True)
        self._held_at, self._held = np.empty(0), np.empty(0)
        self._marker = self._line()
        self._hair = self._line()
        self._dots: Any = pg.ScatterPlotItem(size=7, pxMode=True)
        self._box.addItem(self._dots, ignoreBounds=True)
        self._breaks = BreakLines(self._box)
        self._others = OtherRuns(self._box)
        self._broken_at: tuple[tuple[int, ...], tuple[float, ...]] = (), ()
        self.tip = plain_label()
        self._names = (plain_label("E", "muted"), plain_label("epoch", "muted"))
        self._settle()
        self.dress()

    def show_losses(self, losses: "array[float]", marked: int, digits: int) -> None:
        """Show the losses; only those that are new are read. marked: an epoch, 0 for none."""
        self._losses, self._epoch, self._digits = losses, marked, digits
        self._count = len(losses)
        held = self.buffer.truncate(len(losses))
        if held and self.buffer.last == self.buffer.last and self.buffer.last != losses[held - 1]:
            self.buffer.clear()
            held = 0
        self.buffer.extend(losses[held:])
        at, self._values = self.buffer.points()
        self._at = at.astype(np.float64) + 1.0
        if self.log != self._drawn_log:
            self._draw()
            return
        self._draw_curve()
        self._draw_dots()
        self._fit_if_followed()

    def show_breaks(self, epochs: Sequence[int], levels: Sequence[float]) -> None:
        """Mark the epochs and the values of E that have a breakpoint."""
        wanted = tuple(epochs), tuple(levels)
        if wanted != self._broken_at:
            self._broken_at = wanted
            self._draw_breaks()

    def show_kept(self, kept: Sequence[Kept]) -> None:
        """Draw the losses of other runs."""
        if self._others.take(kept):
            self._others.draw(self._safe_height)
            self._fit_if_followed()

    def show_validation(self, epochs: Sequence[float], losses: Sequence[float]) -> None:
        """Show the loss on the rows held back, after so many epochs; NaN where there is none."""
        held = np.array(losses, dtype=np.float64)
        sound = np.isfinite(held)
        at, held = np.array(epochs, dtype=np.float64)[sound], held[sound]
        if not (np.array_equal(at, self._held_at) and np.array_equal(held, self._held)):
            self._held_at, self._held = at, held
            self._draw_validation()
            self._fit_if_followed()

    def forget(self) -> None:
        """Begin a new curve, seen whole."""
        self.buffer.clear()
        self._at, self._values = np.empty(0), np.empty(0)
        self._follows = True

    @property
    def log_fits(self) -> bool:
        """Whether all of E is above 0, as a log axis needs."""
        return self.buffer.lowest > 0

    @property
    def log(self) -> bool:
        """Whether E is on a log axis now."""
        return self._wants_log and self.log_fits

    def set_log(self, log: bool) -> None:
        """Put E on a log axis, where it fits, or on a linear one."""
        self._wants_log = log
        self._draw()

    @Slot()
    def dress(self) -> None:
        """Wear the colours of the theme."""
        worn = theme.current()
        self.setBackground(worn.surface)
        self._marker.setPen(_pen(worn.current_line))
        self._hair.setPen(_pen(worn.disabled))
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setPen(_pen(worn.line) if name == "bottom" else QPen(Qt.PenStyle.NoPen))
            axis.setTickPen(_pen(worn.line))
            axis.setTextPen(_pen(worn.muted))
        rules = f"background: {worn.surface.name()}; border: 1px solid {worn.line.name()};"
        self.tip.setStyleSheet(f"QLabel {{ {rules} border-radius: 6px; padding: 3px 7px; }}")
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the axes' names in their corners."""
        super().resizeEvent(event)
        if not hasattr(self, "_names"):
            return  # pyqtgraph sizes itself while it is made
        e, epoch = self._names
        e.setGeometry(0, 0, _AXIS_WIDTH - 10, 16)
        epoch.setGeometry(0, self.height() - _AXIS_HEIGHT + 4, _AXIS_WIDTH - 10, 16)
        self._set_ticks()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """See the whole curve again."""
        self.reset()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        super().leaveEvent(event)
        self._point(0)

    def reset(self) -> None:
        """See the whole curve and follow it as it grows."""
        self._follows = True
        self._fit()

    def value_text(self, epoch: int) -> str:
        """Return what is said of an epoch."""
        return f"epoch {epoch:,} · E = {format_number(self._losses[epoch - 1], self._digits)}"

    @property
    def _known(self) -> int:
        """How many of the losses shown the run has: one that looks back has fewer for a while."""
        return min(self._count, len(self._losses))

    def _settle(self) -> None:
        """Turn off what pyqtgraph brings along, and place the axes."""
        item = self.getPlotItem()
        item.hideButtons()
        # Made whether enabled or not, and without a parent that would take it along.
        item.ctrlMenu.setParent(self, item.ctrlMenu.windowFlags())
        item.layout.setContentsMargins(0, _TOP, _RIGHT, 0)
        self._box.disableAutoRange()
        self._box.setMouseEnabled(x=True, y=False)
        self._box.setDefaultPadding(0.0)
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setZValue(-1)  # grid lines below the curve
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=0, tickFont=fonts.ui_font(11), tickAlpha=255)
            axis.setStyle(tickTextOffset=8 if name == "left" else 5, hideOverlappingLabels=False)
        self.getAxis("left").setWidth(_AXIS_WIDTH)
        self.getAxis("left").setGrid(255)
        self.getAxis("bottom").setHeight(_AXIS_HEIGHT)
        for label in self._names:
            label.setParent(self)
            label.setFont(fonts.ui_font(11))
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self._names[0].setFont(fonts.math_font(14, italic=True))
        self.tip.setParent(self)
        self.tip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.tip.setVisible(False)
        self._box.sigXRangeChanged.connect(self._range_changed)
        self._box.sigRangeChangedManually.connect(self._zoomed)
        self.scene().sigMouseMoved.connect(self._moved)

    def _line(self) -> Any:
        line = pg.InfiniteLine(angle=90, movable=False)
        line.setVisible(False)
        self._box.addItem(line, ignoreBounds=True)
        return line

    def _draw_breaks(self) -> None:
        epochs, levels = self._broken_at
        heights = [float(self._height(e)) for e in levels if e > 0 or not self.log]
        self._breaks.show(epochs, heights, theme.current().danger)

    def _height(self, values: Any) -> Any:
        """Return where values stand on the axis of E."""
        return np.log10(values) if self.log else values

    def _safe_height(self, values: Any) -> Any:
        """Return where values stand, not a number where a log axis has no place for them."""
        return np.log10(np.where(values > 0, values, np.nan)) if self.log else values

    def _draw(self) -> None:
        """Draw everything, on the axis and in the colours of now."""
        self._drawn_log = self.log
        self._draw_curve()
        self._others.draw(self._safe_height)
        self._draw_breaks()
        self._draw_validation()
        self._draw_dots()
        self._fit_if_followed()

    def _draw_curve(self) -> None:
        if not len(self._at):
            return
        heights = self._height(self._values)
        pen = _pen(theme.current().accent, self._line_width(heights))
        if pen != self._worn:  # the same pen again would cost as much as the points
            self._worn = pen
            self._curve.setPen(pen)
        self._curve.setData(self._at, heights)

    def _draw_validation(self) -> None:
        fits = self._held > 0 if self.log else np.ones(len(self._held), dtype=np.bool_)
        pen = _pen(theme.current().ok, _CALM_WIDTH * self.devicePixelRatioF())
        self._second.setPen(pen)
        self._second.setData(self._held_at[fits], self._height(self._held[fits]))

    def _line_width(self, heights: Any) -> float:
        """Return how wide the curve is drawn, in pixels of the screen: one where it is restless.

        A wide line is as quick as a thin one only while it seldom goes up and down.
        """
        span = float(np.ptp(heights))
        restless = span > 0 and float(np.abs(np.diff(heights)).sum()) > _CALM * span
        return 1.0 if restless else _CALM_WIDTH * self.devicePixelRatioF()

    def _draw_dots(self) -> None:
        self._marker.setVisible(self._epoch > 0)
        self._marker.setValue(self._epoch)
        worn, count = theme.current(), self._known
        spots = [] if not count else [(count, worn.accent)]
        if 0 < self._epoch <= count:
            spots = [*spots, (self._epoch, worn.current)]
        self._dots.setData(
            x=[epoch for epoch, _ in spots],
            y=[float(self._height(self._losses[epoch - 1])) for epoch, _ in spots],
            brush=[pg.mkBrush(colour) for _, colour in spots],
            pen=_pen(worn.surface),
        )

    def _fit_if_followed(self) -> None:
        """See all as it grows, or all of E in the epochs that were chosen."""
        self._fit() if self._follows else self._fit_height()
        self.scene().prepareForPaint()  # else what follows from the range is painted a second time

    def _fit(self) -> None:
        """See all epochs, at least two."""
        last = max(2, self._count, self._epoch, self._others.epochs)
        self._box.setLimits(xMin=1 - 0.02 * last, xMax=last * 1.02, minXRange=min(4, last - 1))
        air = 0.008 * (last - 1)
        self._see((1 - air, last + air), xRange=(1 - air, last + air))

    def _fit_height(self) -> None:
        """See all of E that is in the range of epochs."""
        self._see(self._box.viewRange()[0])

    def _see(self, epochs: Sequence[float], **ranges: Any) -> None:
        """See all of E in a range of epochs. ranges: what else is set in the same go."""
        if not len(self._at):
            if ranges:
                self._box.setRange(**ranges, padding=0)
            return
        low, high = epochs
        first, last = np.searchsorted(self._at, (low, high))
        seen = self._height(self._values[max(0, first - 1) : last + 1])
        beyond = _MOST_DECADES if self.log else 0.0
        seen = np.concatenate((seen, self._others.seen(low, high, self._safe_height, seen, beyond)))
        beside = self._held[(self._held_at >= low) & (self._held_at <= high)]
        beside = self._height(beside[beside > 0] if self.log else beside)
        seen = np.concatenate((seen, beside))
        bottom, top = float(seen.min()), float(seen.max())
        least = _LEAST_SPAN * (1.0 if self.log else max(abs(top), abs(bottom), 1e-12))
        air = max(least, 0.08 * (top - bottom))
        self._box.setRange(**ranges, yRange=(bottom - air, top + air), padding=0)
        self._set_ticks()

    def _set_ticks(self) -> None:
        (left, right), (low, high) = self._box.viewRange()
        rows = max(2, round(self._box.height() / 40))
        columns = max(2, round(self._box.width() / 90))
        marks = ticks.log_ticks if self.log else ticks.linear_ticks
        if math.isfinite(high - low) and high > low:
            edge = 7 * (high - low) / max(1.0, self._box.height())  # half a line of text
            self.getAxis("left").setTicks([marks(low + edge, high - edge, rows)])
            self.getAxis("bottom").setTicks([ticks.epoch_ticks(left, right, columns)])

    @Slot()
    def _zoomed(self) -> None:
        self._follows = False

    @Slot()
    def _range_changed(self) -> None:
        if not self._follows:
            self._fit_height()

    def epoch_at(self, place: QPoint) -> int:
        """Return the epoch at a place of the canvas, 0 for none."""
        return self._epoch_at(QPointF(self.mapToScene(place)))

    def _epoch_at(self, place: QPointF) -> int:
        inside = self._box.sceneBoundingRect().contains(place) and self._known
        epoch = round(self._box.mapSceneToView(place).x()) if inside else 0
        return max(1, min(epoch, self._known)) if inside else 0

    @Slot(object)
    def _moved(self, place: QPointF) -> None:
        self._point(self._epoch_at(place))

    def _point(self, epoch: int) -> None:
        """Put hair and words at an epoch, 0 for nowhere."""
        self._hair.setVisible(epoch > 0)
        self.tip.setVisible(epoch > 0)
        if epoch:
            self._hair.setValue(epoch)
            self.tip.setText(self.value_text(epoch))
            self._place_tip(epoch)
        self.pointed.emit(epoch)

    def _place_tip(self, epoch: int) -> None:
        """Put the words beside the curve, on the side where there is room."""
        self.tip.adjustSize()
        here = QPointF(epoch, float(self._height(self._losses[epoch - 1])))
        at = self.mapFromScene(self._box.mapViewToScene(here))
        left = at.x() + 10
        if left + self.tip.width() > self.width():
            left = at.x() - 10 - self.tip.width()
        top = max(0, min(at.y() - self.tip.height() - 8, self.height() - self.tip.height()))
        self.tip.move(left, top)


def _pen(colour: Any, width: float = 1.0) -> QPen:
    """Return a pen that keeps its width, in pixels of the screen, at every zoom."""
    pen = QPen(colour)
    pen.setCosmetic(True)
    pen.setWidthF(width)
    return pen
