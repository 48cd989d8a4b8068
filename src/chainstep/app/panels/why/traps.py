"""The traps lens: the two classic mistakes of backpropagation, made on purpose on this net.

Weights that are updated before the error is carried on through them, which two published texts do;
and gradients that are not cleared between passes. The numbers are `stepping.why.mistakes`'s; a
term that is forgotten is in `shares`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from chainstep.app.canvas.marks import Marks
from chainstep.app.look import theme
from chainstep.app.look.toggles import toggle
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.app.plots.line_chart import Line, paint_chart
from chainstep.files.examples import about
from chainstep.stepping.formula.text import plain

if TYPE_CHECKING:
    from chainstep.project import Project
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.mistakes import TooEarly, Uncleared

#: So many connections are listed, and so many passes made.
_MOST_ROWS: Final = 40
_PASSES: Final = 40
#: Larger nets are not trained here: it would keep the window waiting.
_MOST_WORK: Final = 200_000
_EARLY, _UNCLEARED = "Updated too early", "Not cleared"
_ABOUT: Final = {
    _EARLY: "Backpropagation goes through the weights of the forward pass. Here each unit's "
    "weights are updated before the error is carried on through them.",
    _UNCLEARED: "Here the gradients are not set back to zero: each pass adds its own to those of "
    "all passes before.",
}


class TrapsLens(Lens):
    """Makes one of two mistakes, and the right thing beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Two classic mistakes", parent)
        self._mistake = _EARLY
        self.chips = {name: self._chip(name) for name in (_EARLY, _UNCLEARED)}
        self.verdict, self.source = Prose(13), Prose(13)
        self.table, self.chart = NumberTable(9), Course()
        row = QHBoxLayout()
        row.setSpacing(6)
        for chip in self.chips.values():
            row.addWidget(chip)
        row.addStretch(1)
        self.column.addLayout(row)
        for widget in (self.verdict, self.source, self.table, self.chart):
            self.column.addWidget(widget)

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Make the mistake that is chosen."""
        for name, chip in self.chips.items():
            chip.setChecked(name == self._mistake)
        early = self._mistake == _EARLY
        self.tell("Two classic mistakes", _ABOUT[self._mistake])
        self.table.setVisible(early)
        self.chart.setVisible(not early)
        self.source.hide()
        if early:
            self._show_early(trace, n)
        else:
            self._show_uncleared(trace.project, n)

    def _show_early(self, trace: Trace, n: Notation) -> None:
        from chainstep.stepping.why.mistakes import too_early

        found = too_early(trace.project, trace.example)
        differing = [ends for ends, right in found.right.items() if found.wrong[ends] != right]
        differing.sort(key=lambda ends: -abs(found.wrong[ends] - found.right[ends]))
        self.table.set_content(
            ("weight", "∂E/∂w", "too early", "difference"),
            [_row(found, ends, n) for ends in differing[:_MOST_ROWS]],
        )
        self.table.setVisible(bool(differing))
        self.verdict.set_text(_early_verdict(found, len(differing), trace.project, n))
        told = _printed_so(trace.project, found)
        self.source.set_text(told)
        self.source.setVisible(bool(told))
        tags = dict.fromkeys(differing[:_MOST_ROWS], ("wrong", -1))
        marks = Marks(
            connections=dict.fromkeys(tags, "looked_at"), tags=tags, caption="updated too early"
        )
        self.lit.emit(marks if differing else None)

    def _show_uncleared(self, project: Project, n: Notation) -> None:
        from chainstep.stepping.why.mistakes import uncleared

        self.lit.emit(None)
        work = len(project.network.connections) * max(len(project.data.inputs), 1) * _PASSES
        if work > _MOST_WORK:
            self.chart.hide()
            self.verdict.set_text("This net is too large to train it here twice: try a small one.")
            return
        found = uncleared(project, _PASSES)
        self.chart.show_course(found)
        self.verdict.set_text(_uncleared_verdict(found, n))

    def _chip(self, name: str) -> QToolButton:
        chip = toggle(name, _ABOUT[name])
        chip.clicked.connect(self._chosen)
        return chip

    @Slot()
    def _chosen(self) -> None:
        chip = self.sender()
        if isinstance(chip, QToolButton):
            self._mistake = chip.text()
            self.refresh()


class Course(QWidget):
    """Two curves of the loss: gradients cleared, and added up."""

    def __init__(self) -> None:
        super().__init__()
        self._found: Uncleared | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_course(self, found: Uncleared) -> None:
        """Show other losses."""
        self._found = found
        ends = f"{found.cleared[-1]:.4g} with cleared, {found.added[-1]:.4g} with added gradients"
        self.setAccessibleName(f"Loss over {len(found.cleared)} epochs: at the end {ends}")
        self.update()

    def sizeHint(self) -> QSize:
        """Half as high as the panel is wide."""
        return QSize(340, 190)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the curves."""
        if self._found is None:
            return
        worn, found = theme.current(), self._found
        lines = (
            Line("cleared", worn.accent, found.cleared),
            Line("added up", worn.negative, found.added, dashed=True),
        )
        epochs = range(1, len(found.cleared) + 1)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_chart(painter, QRectF(self.rect()), worn, epochs, lines)


def _row(found: TooEarly, ends: tuple[str, str], n: Notation) -> tuple[Cell, ...]:
    right, wrong = (n.carried(side[ends]) or 0.0 for side in (found.right, found.wrong))
    return (
        Cell(plain(n.w(ends))),
        Cell(n.signed(right), _sign(right)),
        Cell(n.signed(wrong), token="danger"),
        Cell(n.signed(wrong - right)),
    )


def _early_verdict(found: TooEarly, count: int, project: Project, n: Notation) -> str:
    if not count:
        return "Here it changes nothing: no error is carried on through a weight that moves."
    digits = max(n.digits, 9)
    before, right, wrong = (
        _exact(loss, digits) for loss in (found.loss_before, found.loss_right, found.loss_wrong)
    )
    weights = "one weight gets" if count == 1 else f"{count} weights get"
    return (
        f"{weights[:1].upper()}{weights[1:]} a wrong gradient. One update with "
        f"η = {project.training.learning_rate:g} takes {n.the_error} from {before} to {right}; "
        f"with the mistake to {wrong}. Nothing looks broken, which is what makes it a trap."
    )


def _exact(loss: float, digits: int) -> str:
    from chainstep.stepping.numbers import format_number

    return format_number(loss, digits)


def _printed_so(project: Project, found: TooEarly) -> str:
    """Say so where the source of an example prints what comes of the mistake."""
    info = about(project)
    printed = [p for p in info.printed if p.key == "after:1:E" and p.rounding] if info else []
    for number in printed:
        if abs(number.value - found.loss_wrong) <= 0.5 * 10.0**-number.decimals:
            digits = f"{number.value:.{number.decimals}f}"
            return f"The source of this example prints {digits}: it fell into this trap."
    return ""


def _uncleared_verdict(found: Uncleared, n: Notation) -> str:
    right, wrong = n.number(found.cleared[-1]), n.number(found.added[-1])
    lead = f"After {len(found.cleared) - 1} updates {n.the_error} is {right} with cleared gradients"
    if found.added[-1] > found.cleared[-1]:
        return f"{lead} and {wrong} with all of them added up: the steps grow and overshoot."
    return (
        f"{lead} and {wrong} with all of them added up. It may even fall faster at first, like "
        "momentum without friction; it cannot come to rest."
    )


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
