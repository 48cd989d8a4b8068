"""What stands beside the loss: which line is which, and the accuracy on a chart of its own.

The loss and its header are in `plot`; the numbers are noted by the plots' recorder.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from chainstep.app.look import theme
from chainstep.app.panels.rows import plain_label
from chainstep.app.plots.axes import paint_text, width_of
from chainstep.app.plots.line_chart import Line, paint_chart
from chainstep.stepping.watching.samples import Samples

#: How high the line of names is in a picture.
NAMES: Final = 18


class Legend(QWidget):
    """The names of the lines, in their colours."""

    def __init__(self) -> None:
        super().__init__()
        self.training, self.validation = plain_label("training"), plain_label("validation")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.training)
        row.addWidget(self.validation)
        self.dress()

    def show_lines(self, validation: bool) -> None:
        """Name the second line only where there is one."""
        self.validation.setVisible(bool(validation))

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the names on one line, as above the curves."""
        left = rect.left()
        for label, colour in self._lines():
            if not label.isHidden():
                box = QRectF(left, rect.top(), width_of(label.text()) + 2, NAMES)
                paint_text(painter, box, label.text(), colour, align=Qt.AlignmentFlag.AlignLeft)
                left = box.right() + 12

    def _lines(self) -> tuple[tuple[QLabel, QColor], ...]:
        worn = theme.current()
        return (self.training, worn.accent), (self.validation, worn.ok)

    def dress(self) -> None:
        """Wear the colours of the theme."""
        for label, colour in self._lines():
            label.setStyleSheet(f"QLabel {{ color: {colour.name()}; font-weight: 500; }}")


class AccuracyChart(QWidget):
    """The share of examples that are classed rightly, over the epochs."""

    def __init__(self, held: Samples) -> None:
        super().__init__()
        self._held = held
        self.setAccessibleName("accuracy over the epochs")

    @property
    def some(self) -> bool:
        """Whether there is any accuracy to show."""
        return any(self._last(place) is not None for place in (1, 2))

    def picture(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the chart."""
        worn = theme.current()
        lines = []
        for place, colour in ((2, worn.accent), (1, worn.ok)):
            last = self._last(place)
            if last is not None:
                lines.append(Line(f"{last:.1%}", colour, self._held.column(place)))
        paint_chart(painter, rect, worn, self._held.epochs, lines, percent=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the chart on the screen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.picture(painter, QRectF(self.rect()))

    def _last(self, place: int) -> float | None:
        """Return the accuracy measured last, None for none."""
        if not len(self._held):
            return None
        value = self._held.rows[-1][place]
        return value if value == value else None
