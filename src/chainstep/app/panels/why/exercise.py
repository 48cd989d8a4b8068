"""The exercise: pick the order of the backward pass, or predict every number of the whole pass.

In the first, a unit picked too early shows the terms that are missing from its sum; a right one
asks for its number. In the second, each next number is hidden until it is typed or shown. How one
number is asked for is in `asking`, what counts as right in `lessons.ordering` and
`lessons.predict`. The score of all exercises is kept in the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from chainstep.app.canvas.marks import Marks, Value
from chainstep.app.look.toggles import toggle
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.asking import Asking
from chainstep.app.panels.why.lens import Lens
from chainstep.app.settings import Settings
from chainstep.stepping.formula.nodes import Node

if TYPE_CHECKING:
    from chainstep.lessons.ordering import Ordering
    from chainstep.lessons.predict import Score
    from chainstep.lessons.worked import Item
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace

#: So many missing terms are spelt out.
_SPELT: Final = 6
#: So many numbers are asked for, of a net however large.
_MOST: Final = 200
ORDER, NUMBERS = "Order", "Numbers"
_TIPS: Final = {
    ORDER: "Pick the units in an order in which the error can be carried back",
    NUMBERS: "Predict each number of the pass before it is shown",
}


class ExerciseLens(Lens):
    """Asks for the next unit and its number, or for every number in turn.

    A unit is picked from the list, or by selecting it on the canvas.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Exercise", parent)
        self._mode = ORDER
        self._trace: Trace | None = None
        self._notation: Notation | None = None
        self._state: Ordering | None = None
        self._score: Score | None = None
        self._items: list[Item] = []
        self._place = 0
        self.chips = {name: self._chip(name) for name in (ORDER, NUMBERS)}
        self.unit = Choice([], "The unit to carry the error back to next")
        self.unit.setPlaceholderText("next unit …")
        self.asking = Asking()
        self.next_button, self.again_button = QPushButton("Next"), QPushButton("Begin anew")
        self.score = Prose(12, token="muted")
        self._lay_out()
        self.unit.chosen.connect(self._chosen)
        self.asking.settled.connect(self._settled)
        self.next_button.clicked.connect(self._ask_next)
        self.again_button.clicked.connect(self._again)

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Go on with the exercise; another net or other numbers begin it anew."""
        self._notation = n
        if self._trace is not trace:
            self._trace = trace
            self._begin()
        elif self._mode == ORDER and unit in self._selected[0] and not self.asking.open:
            self._pick(unit)
        self._show()

    def _lay_out(self) -> None:
        modes, buttons = QHBoxLayout(), QHBoxLayout()
        modes.setSpacing(6)
        for chip in self.chips.values():
            modes.addWidget(chip)
        modes.addStretch(1)
        modes.addWidget(self.again_button)
        buttons.addWidget(self.next_button)
        buttons.addStretch(1)
        self.column.addLayout(modes)
        self.column.addWidget(self.unit)
        self.column.addWidget(self.asking)
        self.column.addLayout(buttons)
        self.column.addWidget(self.score)

    def _chip(self, name: str) -> QToolButton:
        chip = toggle(name, _TIPS[name])
        chip.clicked.connect(self._mode_chosen)
        return chip

    @Slot()
    def _mode_chosen(self) -> None:
        chip = self.sender()
        if isinstance(chip, QToolButton):
            self._mode = chip.text()
            self._again()

    @Slot()
    def _again(self) -> None:
        if self._trace is not None:
            self._begin()
            self._show()

    def _begin(self) -> None:
        from chainstep.lessons.derivation import derive
        from chainstep.lessons.ordering import Ordering
        from chainstep.lessons.predict import Score

        trace = self._trace
        assert trace is not None
        self._state, self._score, self._place = Ordering(trace.plan.network), Score(), 0
        if self._mode == ORDER:
            self.asking.tell("Pick a unit whose sum can be computed now, from the list or the net.")
            return
        items = derive(trace, self._notation, most=_MOST).items
        self._items = [i for i in items if i.value is not None and i.step.part != "input"]
        self._ask_next()

    # --- the order ----------------------------------------------------------------------------

    @Slot(str)
    def _chosen(self, unit: str) -> None:
        self._pick(unit)
        self._show()

    def _pick(self, unit: str) -> None:
        """Take a pick; a right one asks for the unit's number."""
        state, n = self._state, self._notation
        if state is None or n is None or self.asking.open or unit in state.done:
            return
        self._state, answer = state.pick(unit, n)
        self.asking.tell(answer.sentence, _row_of(answer.terms))
        if answer.right:
            self._ask(unit, answer.sentence, n)

    def _ask(self, unit: str, sentence: str, n: Notation) -> None:
        from chainstep.lessons.derivation import derive

        assert self._trace is not None
        items = derive(self._trace, n, [unit]).items
        item = [i for i in items if i.step.part in ("delta", "total")][-1]
        if item.value is not None:
            self.asking.ask(item, f"{sentence} What is it?", n)

    # --- the numbers --------------------------------------------------------------------------

    @Slot()
    def _ask_next(self) -> None:
        if self._notation is not None and self._place < len(self._items):
            item = self._items[self._place]
            title = _title(self._items, self._place)
            self.asking.ask(item, f"{title}. What is it?", self._notation)
        self._show()

    @Slot(bool, int)
    def _settled(self, right: bool, hints: int) -> None:
        assert self._score is not None
        self._score = self._score.after(right, hints)
        Settings().count_answer(right)
        self._place += self._mode == NUMBERS
        self._show()
        if self._mode == NUMBERS:
            self.next_button.setFocus()

    # --- what is shown ------------------------------------------------------------------------

    def _show(self) -> None:
        state, n = self._state, self._notation
        if state is None or n is None or self._score is None:
            return
        for name, chip in self.chips.items():
            chip.setChecked(name == self._mode)
        if self._mode == ORDER:
            self.tell("Carry the error back", _how_far(state))
            left = [u.id for u in state.network.units if u.id not in state.done]
            self.unit.set_options([Option(unit, unit) for unit in left])
            self.unit.set_value(None)
        else:
            self.tell("Predict each number", f"{self._place} of {len(self._items)} numbers done.")
        picking = self._mode == ORDER and not self.asking.open and not state.finished
        self.unit.setVisible(picking)
        waiting = self._mode == NUMBERS and not self.asking.open
        self.next_button.setVisible(waiting and self._place < len(self._items))
        self._show_score(state)
        self.lit.emit(self._marks(state, n))

    def _show_score(self, state: Ordering) -> None:
        wrong = f" · {state.wrong} picked too early" if state.wrong else ""
        asked, right = Settings().answers
        in_all = f" · in all exercises {right} of {asked}" if asked else ""
        self.score.set_text(f"{self._score}{wrong}{in_all}")

    def _marks(self, state: Ordering, n: Notation) -> Marks | None:
        trace = self._trace
        if trace is None:
            return None
        hidden = self.asking.item.step.unit if self.asking.item is not None else None
        done, outputs = state.done, dict[str, str]()
        if self._mode == NUMBERS:
            done, outputs = _known(self._items[: self._place], trace, n)
        values: dict[str, tuple[Value, ...]] = {}
        for unit in done:
            delta = n.carried(trace.delta(unit))
            if unit != hidden and delta is not None:
                values[unit] = ((n.delta_name, n.signed(delta), (delta > 0) - (delta < 0)),)
        ends = {c.ends for c in state.network.connections if c.source == hidden}
        return Marks(
            unit=hidden,
            connections=dict.fromkeys(ends, "current") if self._mode == ORDER else {},
            direction="backward",
            outputs=outputs,
            values=values,
            visited=frozenset(done) | frozenset(outputs),
            alone=True,
        )


def _known(items: list[Item], trace: Trace, n: Notation) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the units whose δ is known by now, and every output that is, as text."""
    network = trace.plan.network
    outputs = {unit.id: n.number(trace.z(unit.id)) for unit in network.inputs}
    done = []
    for item in items:
        if item.step.part == "activate":
            outputs[item.step.unit] = n.number(trace.z(item.step.unit))
        elif item.step.part == "delta":
            done.append(item.step.unit)
    return tuple(dict.fromkeys(done)), outputs


def _title(items: list[Item], place: int) -> str:
    """Return the heading that an item stands under: its own, or that of one before it."""
    return next((item.title for item in reversed(items[: place + 1]) if item.title), "The next")


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
