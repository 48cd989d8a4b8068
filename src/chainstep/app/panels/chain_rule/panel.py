"""The chain-rule panel: a step in words, then in symbols, then term by term in numbers.

What it says is `stepping.explain`'s; the rows are painted by `term_rows`, the formula by
`formulas.formula_widget`. It changes nothing: a click is told to whoever listens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QFont
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.look import size, theme
from chainstep.app.look.names import lowered
from chainstep.app.panels.chain_rule.term_paint import highlight_of
from chainstep.app.panels.chain_rule.term_rows import TermRows
from chainstep.app.panels.prose import Prose
from chainstep.stepping.explain.explained import Explanation, Term
from chainstep.stepping.formula.nodes import printable
from chainstep.stepping.numbers import format_number

if TYPE_CHECKING:  # NumPy comes in with these, after the first paint
    from chainstep.app.moment import Moment

_MARGINS: Final = (18, 14, 18, 12)
_SYMBOLS: Final = 18
_NUMBERS: Final = 16
_UNREADY: Final = "Not yet runnable: "
_REMEDY: Final = (
    "Change that on the canvas or in the data table; stepping begins by itself as soon as the net "
    "can run."
)
#: What to do first, by what the reason ends with.
_REMEDIES: Final = {
    "no input.": "Double-click at the left of the canvas, or press I.",
    "no output.": "Double-click at the right of the canvas, or press O; the context menu of a unit "
    "makes it an output too.",
    "no rows.": "Click + in the data table and type a first example.",
}


class ChainRulePanel(QWidget):
    """Why the number at the current unit is what it is.

    Signals: term_clicked(Term). term_hovered(Term or None): the pointer has come to a term, on a
    row or in the formula, or has left it.
    """

    term_clicked = Signal(object)
    term_hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._moment: Moment | None = None
        self._announced: Explanation | None = None
        self._title = Prose(13, QFont.Weight.DemiBold)
        self._aside = QLabel()
        self._sentence = Prose(13, least=2)
        self._note = Prose(12, token="muted")
        self._symbols, self._numbers = FormulaWidget(_SYMBOLS), FormulaWidget(_NUMBERS)
        self._rows = TermRows()
        self._formula_card = _card(self._symbols, self._numbers, margins=(12, 8, 12, 8))
        self._terms_card = _card(self._rows, margins=(5, 5, 5, 5))
        self._reveal_soon = QTimer(self)
        self._reveal_soon.setSingleShot(True)
        self._reveal_soon.timeout.connect(self._reveal)
        self._lay_out()
        self._connect()

    @property
    def rows(self) -> TermRows:
        """The rows, one per term."""
        return self._rows

    @property
    def words(self) -> tuple[str, str, str, str]:
        """Title, aside, sentence and note, as they are shown."""
        return self._title.text, self._aside.text(), self._sentence.text, self._note.text

    @property
    def formulas(self) -> tuple[FormulaWidget, FormulaWidget]:
        """Symbols, and the same with the numbers in place."""
        return self._symbols, self._numbers

    def show_moment(self, moment: Moment) -> None:
        """Show a moment."""
        self._moment = moment
        explanation = moment.explanation
        if explanation is not None:
            self._explain(explanation, moment)
        else:
            self._summarise(moment)
        self._announce(explanation)
        if explanation is not None and explanation.terms:
            self._reveal_soon.start(0)

    def light(self, ends: tuple[str, str] | None) -> None:
        """Light the row of a connection (source, target) and scroll to it; None: light none."""
        self._rows.light(ends)
        if self._rows.lit is not None:
            self._reveal_soon.start(0)

    @Slot(int)
    def room_changed(self, _tab: int) -> None:
        """Bring the current row into view once more: there is other room now."""
        self._reveal_soon.start(0)

    def _lay_out(self) -> None:
        heading = QHBoxLayout()
        heading.setSpacing(12)
        heading.addWidget(self._title, 1)
        heading.addWidget(self._aside, 0, Qt.AlignmentFlag.AlignTop)
        self._aside.setTextFormat(Qt.TextFormat.PlainText)
        self._aside.setProperty("role", "muted")
        self._aside.setFont(size.font(13))
        self._aside.setFixedHeight(self._title.line_height)
        column = QVBoxLayout(self)
        column.setContentsMargins(*_MARGINS)
        column.setSpacing(10)
        column.addLayout(heading)
        column.addWidget(self._sentence)
        column.addWidget(self._note)
        column.addWidget(self._formula_card)
        column.addWidget(self._terms_card)
        column.addStretch(1)
        self._formula_card.hide()
        self._terms_card.hide()

    def _connect(self) -> None:
        self._rows.clicked.connect(self._row_clicked)
        self._rows.hovered.connect(self.term_hovered)
        for formula in self.formulas:
            formula.tag_clicked.connect(self._tag_clicked)
            formula.tag_hovered.connect(self._tag_hovered)
        theme.changed.connect(self._theme_changed)
        size.changed.connect(self._size_changed)

    def _explain(self, explanation: Explanation, moment: Moment) -> None:
        note = ""
        if explanation.step is not None and moment.refusal:
            note = f"Forward only. {moment.refusal}"
        self._say(explanation.title, explanation.aside, explanation.sentence, note)
        self._symbols.set_formula(explanation.formula)
        self._numbers.set_formula(explanation.numbers)
        self._numbers.setVisible(explanation.numbers is not None)
        self._formula_card.setVisible(explanation.formula is not None)
        self._rows.set_explanation(explanation, moment.digits)
        self._terms_card.setVisible(bool(explanation.terms))
        self._light_formula(explanation)
        self.setAccessibleName(explanation.spoken)

    def _summarise(self, moment: Moment) -> None:
        """Say in a few words what there is when there is no step to explain."""
        title, aside, sentence, note = _summary(moment)
        self._say(title, aside, sentence, note)
        self._formula_card.hide()
        self._terms_card.hide()
        self._rows.set_explanation(None, moment.digits)
        self.setAccessibleName(f"{title}. {sentence}")

    def _say(self, title: str, aside: str, sentence: str, note: str) -> None:
        parts = ((self._title, title), (self._sentence, sentence), (self._note, note))
        ids = self._moment.project.network.by_id if self._moment is not None else {}
        for part, text in parts:
            part.set_text(text, lowered(text, ids))
            part.setVisible(bool(text))
        self._aside.setText(printable(aside))

    def _light_formula(self, explanation: Explanation) -> None:
        highlight = highlight_of(explanation.terms, theme.current())
        for formula in self.formulas:
            formula.set_highlight(highlight)

    def _announce(self, explanation: Explanation | None) -> None:
        """Tell a screen reader what has changed, once."""
        if explanation is None or explanation == self._announced:
            return
        self._announced = explanation
        if self.isVisible():
            event = QAccessibleAnnouncementEvent(self, explanation.spoken)
            QAccessible.updateAccessibility(event)

    def _term_of(self, tag: str) -> Term | None:
        explanation = self._moment.explanation if self._moment is not None else None
        terms = explanation.terms if explanation is not None else ()
        return next((term for term in terms if tag.startswith("term:") and term.tag == tag), None)

    @Slot(object)
    def _row_clicked(self, term: Term) -> None:
        if term.ends is not None:
            self._rows.light(term.ends)
        self.term_clicked.emit(term)

    @Slot(str)
    def _tag_clicked(self, tag: str) -> None:
        term = self._term_of(tag)
        if term is not None:
            self._row_clicked(term)

    @Slot(str)
    def _tag_hovered(self, tag: str) -> None:
        self.term_hovered.emit(self._term_of(tag))

    @Slot()
    def _reveal(self) -> None:
        """Bring the lit row, or else the current one, into view where the panel scrolls."""
        number = self._rows.lit
        if number is None:
            number = next((n for n, row in enumerate(self._rows.lines) if row.current), None)
        area = _scroll_area(self)
        inner = area.widget() if area is not None else None
        if number is None or area is None or inner is None:
            return
        rect = self._rows.row_rect(number)
        top = self._rows.mapTo(inner, QPoint(0, rect.top())).y()
        middle = top + rect.height() // 2
        area.ensureVisible(0, middle, 0, min(rect.height(), area.viewport().height() // 2))

    @Slot(object)
    def _size_changed(self) -> None:
        self._aside.setFixedHeight(self._title.line_height)

    def _theme_changed(self, _theme: object) -> None:
        if self._moment is not None and self._moment.explanation is not None:
            self._light_formula(self._moment.explanation)


def _card(*widgets: QWidget, margins: tuple[int, int, int, int]) -> QFrame:
    frame = QFrame()
    frame.setProperty("role", "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(*margins)
    column.setSpacing(6)
    for widget in widgets:
        column.addWidget(widget)
    return frame


def _summary(moment: Moment) -> tuple[str, str, str, str]:
    run = moment.run
    if run is None:
        reason = moment.refusal or "There is no net yet."
        if reason.startswith(_UNREADY):
            reason = reason.removeprefix(_UNREADY)
            reason = reason[:1].upper() + reason[1:]
        remedy = (words for end, words in _REMEDIES.items() if reason.endswith(end))
        return "Not yet runnable", "", reason, next(remedy, _REMEDY)
    if not moment.training:
        return "The run stopped", "", moment.refusal or "", "Restart, or step back, to go on."
    trainer = run.trainer
    losses = trainer.losses
    loss = f"E = {format_number(losses[-1], moment.digits)}" if len(losses) else "E not yet known"
    weights = len(trainer.plan.weight)
    sentence = f"Epoch {trainer.epoch:,} · {loss} · {weights:,} weights on the move."
    return "Training", "whole batches", sentence, "Pause to look at a step."


def _scroll_area(widget: QWidget) -> QScrollArea | None:
    """Return the area in which a widget scrolls, or None."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QAbstractScrollArea):
        parent = parent.parentWidget()
    return parent if isinstance(parent, QScrollArea) else None
