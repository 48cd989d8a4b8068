"""The exercise: pick the order of the backward pass, and predict each number before it is shown.

A unit picked too early shows the terms that are missing from its sum; a right one asks for its
number. What counts as right is decided in `lessons.ordering` and `lessons.predict`; the score lasts
as long as the window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from chainstep.app.canvas.marks import Marks, Value
from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import Lens, set_formula
from chainstep.stepping.formula.builder import Node

if TYPE_CHECKING:
    from chainstep.lessons.ordering import Ordering
    from chainstep.lessons.predict import Score
    from chainstep.lessons.worked import Item
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace

#: So many missing terms are spelt out.
_SPELT: Final = 6


class ExerciseLens(Lens):
    """Asks for the next unit, then for its number.

    A unit is picked from the list, or by selecting it on the canvas.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Exercise", parent)
        self._trace: Trace | None = None
        self._notation: Notation | None = None
        self._state: Ordering | None = None
        self._asked: Item | None = None
        self._hints: list[Node] = []
        self._hints_taken = 0
        self._score: Score | None = None
        self.unit = Choice([], "The unit to carry the error back to next")
        self.unit.setPlaceholderText("next unit …")
        self.answer = QLineEdit()
        self.answer.setPlaceholderText("a number, such as 0.12, 0,12 or 3/8")
        self.try_button = QPushButton("Check")
        self.hint_button = QPushButton("Hint")
        self.show_button = QPushButton("Show")
        self.again_button = QPushButton("Begin anew")
        self.said = Prose(13, least=2)
        self.symbols, self.hint = FormulaWidget(16), FormulaWidget(15)
        self.score = Prose(12, token="muted")
        self._lay_out()
        self._connect()

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Go on with the exercise; another net or other numbers begin it anew."""
        self._notation = n
        if self._trace is not trace:
            self._trace = trace
            self._begin()
        elif unit in self._selected[0] and self._asked is None:
            self._pick(unit)
        self._show()

    def _lay_out(self) -> None:
        asking, buttons = QHBoxLayout(), QHBoxLayout()
        asking.addWidget(self.answer, 1)
        asking.addWidget(self.try_button)
        for button in (self.hint_button, self.show_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.again_button)
        self.column.addWidget(self.unit)
        self.column.addWidget(self.said)
        self.column.addWidget(self.symbols)
        self.column.addLayout(asking)
        self.column.addWidget(self.hint)
        self.column.addLayout(buttons)
        self.column.addWidget(self.score)

    def _connect(self) -> None:
        self.unit.chosen.connect(self._chosen)
        self.answer.returnPressed.connect(self._check)
        self.try_button.clicked.connect(self._check)
        self.hint_button.clicked.connect(self._give_hint)
        self.show_button.clicked.connect(self._reveal)
        self.again_button.clicked.connect(self._again)

    def _begin(self) -> None:
        from chainstep.lessons.ordering import Ordering
        from chainstep.lessons.predict import Score

        assert self._trace is not None
        self._state, self._score, self._asked = Ordering(self._trace.plan.network), Score(), None
        self.said.set_text("Pick a unit whose sum can be computed now, from the list or the net.")
        set_formula(self.symbols, None)
        set_formula(self.hint, None)

    @Slot(str)
    def _chosen(self, unit: str) -> None:
        self._pick(unit)
        self._show()

    def _pick(self, unit: str) -> None:
        """Take a pick; a right one asks for the unit's number."""
        state, n = self._state, self._notation
        if state is None or n is None or self._asked is not None or state.finished:
            return
        if unit in state.done:
            return
        after, answer = state.pick(unit, n)
        self._state = after
        self.said.set_text(answer.sentence)
        set_formula(self.symbols, _row_of(answer.terms))
        set_formula(self.hint, None)
        if answer.right:
            self._ask(unit, answer.sentence)

    def _ask(self, unit: str, sentence: str) -> None:
        from chainstep.lessons.derivation import derive
        from chainstep.lessons.predict import hints

        assert self._trace is not None
        items = derive(self._trace, self._notation, [unit]).items
        item = [i for i in items if i.step.part in ("delta", "total")][-1]
        if item.value is None:
            self._asked = None
            return
        self._asked, self._hints, self._hints_taken = item, list(hints(item)), 0
        self.said.set_text(f"{sentence} What is it?")
        set_formula(self.symbols, item.left)
        self.answer.clear()
        self.answer.setFocus()

    @Slot()
    def _check(self) -> None:
        from chainstep.lessons.predict import check

        if self._asked is None or self._asked.value is None or self._notation is None:
            return
        verdict = check(self.answer.text(), self._asked.value, self._notation.digits)
        self.said.set_text(verdict.sentence)
        if verdict.right:
            self._settle(self._hints_taken == 0)

    @Slot()
    def _give_hint(self) -> None:
        if self._asked is not None and self._hints_taken < len(self._hints):
            set_formula(self.hint, self._hints[self._hints_taken])
            self._hints_taken += 1
        self._show()

    @Slot()
    def _reveal(self) -> None:
        if self._asked is not None and self._notation is not None:
            value = self._notation.number(self._asked.value or 0.0)
            self.said.set_text(f"It is {value}.")
            self._settle(False)

    @Slot()
    def _again(self) -> None:
        if self._trace is not None:
            self._begin()
            self._show()

    def _settle(self, right: bool) -> None:
        assert self._score is not None
        self._score = self._score.after(right, self._hints_taken)
        self._asked = None
        self.answer.clear()
        self._show()

    def _show(self) -> None:
        state, n = self._state, self._notation
        if state is None or n is None or self._score is None:
            return
        self.tell("Carry the error back", _how_far(state))
        left = [u.id for u in state.network.units if u.id not in state.done]
        self.unit.set_options([Option(unit, unit) for unit in left])
        self.unit.set_value(None)
        asked = self._asked is not None
        self.unit.setVisible(not asked and not state.finished)
        for widget in (self.answer, self.try_button, self.hint_button, self.show_button):
            widget.setVisible(asked)
        self.hint_button.setEnabled(self._hints_taken < len(self._hints))
        wrong = f" · {state.wrong} picked too early" if state.wrong else ""
        self.score.set_text(f"{self._score}{wrong}")
        self.lit.emit(self._marks(state, n))

    def _marks(self, state: Ordering, n: Notation) -> Marks | None:
        trace = self._trace
        if trace is None:
            return None
        hidden = self._asked.step.unit if self._asked is not None else None
        values: dict[str, tuple[Value, ...]] = {}
        for unit in state.done:
            delta = n.carried(trace.delta(unit))
            if unit != hidden and delta is not None:
                values[unit] = ((n.delta_name, n.signed(delta), (delta > 0) - (delta < 0)),)
        ends = {c.ends for c in state.network.connections if c.source == hidden}
        return Marks(
            unit=hidden,
            connections=dict.fromkeys(ends, "current"),
            direction="backward",
            values=values,
            visited=frozenset(state.done),
            alone=True,
        )


def _how_far(state: Ordering) -> str:
    if state.finished:
        return "Every unit is done: the whole pass, in an order of your own."
    return f"{len(state.done)} of {len(state.network.units)} units done."


def _row_of(terms: tuple[Node, ...]) -> Node | None:
    from chainstep.stepping.formula.builder import Part, row

    parts: list[Part] = []
    for term in terms[:_SPELT]:
        parts += ["+", term] if parts else [term]
    if len(terms) > _SPELT:
        parts += ["+", "…"]
    return row(*parts) if parts else None
