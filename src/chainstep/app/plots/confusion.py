"""The confusion matrix: how many examples of each class the net takes for which.

A click goes to the first example in a cell. Accuracy over the epochs is in the loss plot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.plots import colours
from chainstep.app.plots.axes import paint_text, width_of
from chainstep.app.plots.exporting import Table
from chainstep.app.plots.panel import PlotPanel
from chainstep.words import counted

if TYPE_CHECKING:  # NumPy comes in after the first paint
    from chainstep.engine.plan import Indices
    from chainstep.stepping.run import Run

PARTS: Final = (
    Option("training", "training rows", "The rows that the net is trained on."),
    Option("validation", "held-back rows", "The rows that the net has not seen."),
    Option("all", "all rows"),
)
#: While training at most so many examples are counted, evenly over them.
MOST_LIVE: Final = 4000
_HEAD: Final = 16.0
_FOOT: Final = 14.0


class ConfusionMatrix(PlotPanel):
    """Rows are the true classes, columns what the net gives."""

    name = "confusion matrix"
    about = "How many examples of each class the net takes for which class"

    def __init__(self) -> None:
        super().__init__()
        self.counts: list[list[int]] = []
        self.names: tuple[str, ...] = ()
        self.part = Choice(PARTS, "Which rows are counted")
        self.part.set_value("training")
        self.part.setAccessibleName("rows counted")
        self.part.setMinimumContentsLength(13)
        self.part.setMinimumWidth(60)
        self.part.setStyleSheet("QComboBox { padding: 2px 4px 2px 8px; }")
        self.part.chosen.connect(self._choose)
        self.controls.addWidget(self.part)

    def why_not(self, moment: Moment, run: Run) -> str:
        """Only classes can be confused."""
        from chainstep.engine.metrics import classifies

        data = moment.project.data
        held = bool(data.validation)
        self.part.setVisible(held)
        if not data.targets or len(data.targets) != len(data.inputs):
            return "There are no targets yet to compare with."
        if not classifies(moment.project):
            return "The targets are not classes: give one-hot rows, or two values of one output."
        return ""

    def measure(self, moment: Moment, run: Run, fine: bool) -> None:
        """Count the examples by class and by decision."""
        from chainstep.stepping import maps

        trainer, project = run.trainer, moment.project
        rows = self._rows(moment, run)
        if moment.training:
            rows = maps.thinned(rows, MOST_LIVE)
        examples = trainer.examples(rows)
        counts = maps.confusion(project, trainer.plan, trainer.theta, *examples)
        self.counts, self.names = counts.tolist(), maps.class_names(project)
        right = sum(self.counts[k][k] for k in range(len(self.counts)))
        total = sum(map(sum, self.counts))
        self.value.setText(f"{right:,} of {total:,} right · {right / max(1, total):.1%}")

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the cells, tinted by their share of the true class."""
        worn, count = theme.current(), len(self.counts)
        if not count:
            return
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        first = self._cell(rect, 0, 0)
        head = QRectF(first.left(), rect.top(), self._wide(rect) * count, _HEAD)
        paint_text(painter, head, "the net says →", worn.muted, align=left)
        side = QRectF(rect.left(), rect.top() + _HEAD, first.left() - rect.left() - 8, _FOOT)
        paint_text(painter, side, "true class ↓", worn.muted, align=right)
        for k, name in enumerate(self.names):
            box = self._cell(rect, k, k)
            beside = QRectF(rect.left(), box.top(), first.left() - rect.left() - 8, box.height())
            paint_text(painter, beside, name, worn.text, align=right)
            above = QRectF(box.left() + 1, rect.top() + _HEAD, box.width() - 2, _FOOT)
            paint_text(painter, above, name, worn.text)
        for true, row in enumerate(self.counts):
            for given, number in enumerate(row):
                self._paint_cell(painter, self._cell(rect, true, given), true, given, number)

    def table(self) -> Table:
        """Return the counts, a true class a row."""
        rows = zip(self.names, self.counts, strict=True)
        return ["true_class", *self.names], [(name, *row) for name, row in rows]

    def pressed(self, place: QPoint, button: Qt.MouseButton) -> None:
        """Go to the first example of a cell."""
        found = self._at(place)
        if found is None or button != Qt.MouseButton.LeftButton:
            return
        row = self._first(*found)
        if row is not None:
            self.row_activated.emit(row)

    def tip_at(self, place: QPoint) -> str:
        """Say in words what a cell counts."""
        found = self._at(place)
        if found is None:
            return ""
        true, given = found
        number = self.counts[true][given]
        verdict = "rightly taken" if true == given else "taken"
        those = counted(number, "example")
        text = f"{those} of {self.names[true]} {verdict} for {self.names[given]}"
        return f"{text}. Click to go to the first." if number else text

    def _paint_cell(
        self, painter: QPainter, box: QRectF, true: int, given: int, number: int
    ) -> None:
        worn = theme.current()
        share = number / max(1, sum(self.counts[true]))
        colour = worn.positive if true == given else worn.negative
        painter.setPen(Qt.PenStyle.NoPen)
        shown = 0.62 * (0.2 + 0.8 * share) if number else 0.0  # a single one is seen too
        painter.setBrush(colours.mixed(worn.faint, colour, shown))
        gap = 1.0 if box.height() > 10 else 0.5
        painter.drawRoundedRect(box.adjusted(gap, gap, -gap, -gap), 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if box.height() >= 11 and (number or true == given):
            bold = box.height() >= 18
            paint_text(painter, box, f"{number:,}", worn.text, 12 if bold else 10)

    def _rows(self, moment: Moment, run: Run) -> Indices:
        import numpy as np

        data, part = moment.project.data, self.part.value
        if part == "validation" and data.validation:
            return np.array(data.validation, dtype=np.intp)
        if part == "all":
            return np.arange(len(data.inputs))
        return run.trainer.rows

    def _first(self, true: int, given: int) -> int | None:
        """Return the first row of the data that is counted in a cell."""
        moment = self.moment
        if moment is None or moment.run is None:
            return None
        from chainstep.engine.metrics import decisions
        from chainstep.stepping.maps import unit_maps

        trainer = moment.run.trainer
        rows = self._rows(moment, moment.run)
        inputs, targets = trainer.examples(rows)
        plan = trainer.plan
        z = unit_maps(plan, trainer.theta, inputs, plan.outputs.tolist())
        of, as_ = decisions(moment.project, z, targets)
        hits = rows[(of == true) & (as_ == given)].tolist()
        return hits[0] if hits else None

    def _wide(self, rect: QRectF) -> float:
        """Return how wide a cell is: no more than twice its height."""
        count = max(1, len(self.counts))
        wide = (rect.width() - self._side(rect) - 4) / count
        return min(wide, max(64.0, 2.4 * self._high(rect)))

    def _high(self, rect: QRectF) -> float:
        return (rect.height() - _HEAD - _FOOT - 4) / max(1, len(self.counts))

    def _side(self, rect: QRectF) -> float:
        """Return the room for the names at the left."""
        widest = max((width_of(name) for name in (*self.names, "true class ↓")), default=0.0)
        return min(widest + 12, rect.width() / 3)

    def _cell(self, rect: QRectF, true: int, given: int) -> QRectF:
        wide, high = self._wide(rect), self._high(rect)
        left = rect.left() + self._side(rect) + given * wide
        return QRectF(left, rect.top() + _HEAD + _FOOT + 2 + true * high, wide, high)

    def _at(self, place: QPoint) -> tuple[int, int] | None:
        rect, count = QRectF(self.canvas.rect()), len(self.counts)
        cells = ((i, j) for i in range(count) for j in range(count))
        return next((c for c in cells if self._cell(rect, *c).contains(QPointF(place))), None)

    @Slot(str)
    def _choose(self, _key: str) -> None:
        self.refresh(anew=True)
