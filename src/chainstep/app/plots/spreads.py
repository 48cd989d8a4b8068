"""How the weights and the δ of each level are spread: two rows of histograms.

A level all of whose δ stand at 0 has died; one whose weights run away is seen too. The mean over
the epochs is in `gradient_flow`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.panels.ticks import short
from chainstep.app.plots.axes import paint_text, thin
from chainstep.app.plots.exporting import Table
from chainstep.app.plots.gradient_flow import level_name
from chainstep.app.plots.panel import PlotPanel
from chainstep.stepping.numbers import format_number

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.stepping.maps import Spread
    from chainstep.stepping.run import Run

BINS: Final = 24
#: Levels shown; of a deeper net the first and last ones.
MOST_LEVELS: Final = 8
_SIDE: Final = 20.0
_HEAD: Final = 16.0
_FOOT: Final = 15.0
_GAP: Final = 14.0


class Spreads(PlotPanel):
    """Histograms of w and δ, a column a level."""

    name = "weights and deltas"
    about = "How the weights and the δ of each level are spread"

    def __init__(self) -> None:
        super().__init__()
        self.weights: list[Spread] = []
        self.deltas: list[Spread] = []
        self._count = 0

    def measure(self, moment: Moment, run: Run, fine: bool) -> None:
        """Count the weights, and δ over some of the training rows."""
        from chainstep.stepping import maps

        trainer = run.trainer
        plan, theta = trainer.plan, trainer.theta
        of_weights = maps.level_weights(plan, theta)
        self._count = len(of_weights)
        shown = _ends(self._count)
        self.weights = [maps.spread(n, of_weights[n], BINS) for n in shown]
        self.deltas = []
        if run.refused is None:
            rows = maps.thinned(trainer.rows, maps.MOST_ROWS)
            delta = maps.deltas(trainer.project.loss, plan, theta, *trainer.examples(rows))
            levels = maps.level_rows(plan)
            self.deltas = [maps.spread(n, delta[levels[n]], BINS) for n in shown]
        hidden = self._count - len(shown)
        self.value.setText("weights and δ of each level" + (f" · {hidden} left out" * bool(hidden)))

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint a histogram for each level and quantity."""
        worn = theme.current()
        for spreads, sign, row in ((self.weights, "w", 0), (self.deltas, "δ", 1)):
            for place, spread in enumerate(spreads):
                box = self._box(rect, row, place)
                _paint_bars(painter, box, spread, worn.accent if row == 0 else worn.positive)
            side = self._box(rect, row, 0)
            label = QRectF(rect.left(), side.top(), _SIDE - 4, side.height())
            if spreads:
                paint_text(painter, label, sign, worn.text, 13, bold=True)
        for place, spread in enumerate(self.weights):
            box = self._box(rect, 0, place)
            head = QRectF(box.left(), rect.top(), box.width(), _HEAD)
            paint_text(painter, head, level_name(spread.level, self._count), worn.muted)

    def table(self) -> Table:
        """Return each bar: quantity, level, from, to, count."""
        rows: list[tuple[object, ...]] = []
        for name, spreads in (("weight", self.weights), ("delta", self.deltas)):
            for spread in spreads:
                step = (spread.high - spread.low) / len(spread.counts)
                for n, count in enumerate(spread.counts):
                    low = spread.low + n * step
                    rows.append((name, spread.level + 1, low, low + step, count))
        return ["quantity", "level", "from", "to", "count"], rows

    def tip_at(self, place: QPoint) -> str:
        """Tell the numbers of a histogram."""
        rect = QRectF(self.canvas.rect())
        for row, (name, spreads) in enumerate((("weights", self.weights), ("δ", self.deltas))):
            for column, spread in enumerate(spreads):
                if self._box(rect, row, column).contains(QPointF(place)):
                    return f"{level_name(spread.level, self._count)}: {_told(spread, name)}"
        return ""

    def _box(self, rect: QRectF, row: int, place: int) -> QRectF:
        columns = max(1, len(self.weights))
        wide = (rect.width() - _SIDE - _GAP * (columns - 1)) / columns
        high = (rect.height() - _HEAD) / 2 - _FOOT
        left = rect.left() + _SIDE + place * (wide + _GAP)
        top = rect.top() + _HEAD + row * (high + _FOOT)
        return QRectF(left, top + 3, wide, max(4.0, high - 3))


def _paint_bars(painter: QPainter, box: QRectF, spread: Spread, colour: QColor) -> None:
    worn, most = theme.current(), max(spread.counts, default=0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    wide = box.width() / len(spread.counts)
    if len(spread.counts) == 1:
        middle = QRectF(box.center().x() - 3, box.top(), 6, box.height())
        painter.drawRect(middle)
    else:
        for n, count in enumerate(spread.counts):
            high = box.height() * count / most if most else 0.0
            left = box.left() + n * wide
            painter.drawRect(QRectF(left, box.bottom() - high, max(1.0, wide - 1), high))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(thin(worn.line))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
    _paint_ends(painter, box, spread)


def _paint_ends(painter: QPainter, box: QRectF, spread: Spread) -> None:
    """Write the smallest and largest value below, and mark where 0 is."""
    worn = theme.current()
    foot = QRectF(box.left(), box.bottom(), box.width(), _FOOT)
    if not any(spread.counts):
        paint_text(painter, foot, "not finite" if spread.outside else "none", worn.danger)
        return
    if spread.low == spread.high:
        paint_text(painter, foot, short(spread.low), worn.muted)
        return
    sides = (Qt.AlignmentFlag.AlignLeft, spread.low), (Qt.AlignmentFlag.AlignRight, spread.high)
    for side, value in sides:
        paint_text(painter, foot, short(value), worn.muted, align=side)
    if spread.low < 0 < spread.high:
        x = box.left() - spread.low / (spread.high - spread.low) * box.width()
        painter.setPen(thin(worn.muted))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom() + 3))


def _told(spread: Spread, name: str) -> str:
    count = sum(spread.counts)
    text = f"{count:,} {name} from {format_number(spread.low)} to {format_number(spread.high)}"
    return f"{text}; {spread.outside:,} not finite" if spread.outside else text


def _ends(count: int) -> list[int]:
    """Return the levels shown: all, or the first and the last ones."""
    if count <= MOST_LEVELS:
        return list(range(count))
    half = MOST_LEVELS // 2
    return [*range(half), *range(count - half, count)]
