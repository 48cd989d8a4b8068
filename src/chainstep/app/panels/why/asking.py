"""One number asked for: a field to type it in, hints from the formula to the numbers, the answer.

What counts as right is decided in `lessons.predict`; what is asked for, and the score, are in
`exercise`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.look.plain import announce
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.lens import set_formula
from chainstep.stepping.formula.nodes import Node
from chainstep.stepping.formula.text import aloud

if TYPE_CHECKING:
    from chainstep.lessons.worked import Item
    from chainstep.stepping.formula.notation import Notation


class Asking(QWidget):
    """Asks for one number at a time.

    Signals: settled(bool, int): the number is known now; whether it was right at the first try
    and without help, and how many hints were taken.
    """

    settled = Signal(bool, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item: Item | None = None
        self._notation: Notation | None = None
        self._hints: list[Node] = []
        self._taken, self._tries = 0, 0
        self.answer = QLineEdit()
        self.answer.setPlaceholderText("0.12, 0,12 or 3/8")
        self.try_button, self.hint_button = QPushButton("Check"), QPushButton("Hint")
        self.show_button = QPushButton("Show")
        self.said, self.rule = Prose(13, least=2), Prose(12, token="muted")
        self.symbols, self.hint = FormulaWidget(16), FormulaWidget(15)
        self._lay_out()
        self.answer.returnPressed.connect(self._check)
        self.try_button.clicked.connect(self._check)
        self.hint_button.clicked.connect(self._give_hint)
        self.show_button.clicked.connect(self._reveal)
        self._show()

    @property
    def open(self) -> bool:
        """Whether a number is asked for that is not known yet."""
        return self.item is not None

    def ask(self, item: Item, sentence: str, n: Notation) -> None:
        """Ask for the number of an item."""
        from chainstep.lessons.predict import RULE, hints

        self.item, self._notation = item, n
        self._hints, self._taken, self._tries = list(hints(item)), 0, 0
        self._say(sentence)
        self.rule.set_text(f"{n.digits} digits; {RULE}.")
        set_formula(self.symbols, item.left)
        set_formula(self.hint, None)
        self.answer.clear()
        self._show()
        self.answer.setFocus()

    def tell(self, sentence: str, symbols: Node | None = None) -> None:
        """Say something without asking."""
        self.item = None
        self._say(sentence)
        set_formula(self.symbols, symbols)
        set_formula(self.hint, None)
        self._show()

    def _lay_out(self) -> None:
        asking = QHBoxLayout()
        asking.addWidget(self.answer, 1)
        for button in (self.try_button, self.hint_button, self.show_button):
            asking.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.said, self.symbols):
            column.addWidget(widget)
        column.addLayout(asking)
        for widget in (self.rule, self.hint):
            column.addWidget(widget)

    @Slot()
    def _check(self) -> None:
        from chainstep.lessons.predict import check

        if self.item is None or self.item.value is None or self._notation is None:
            return
        verdict = check(self.answer.text(), self.item.value, self._notation.digits)
        self._say(verdict.sentence)
        if verdict.right:
            self._settle(self._taken == 0 and self._tries == 0)
        elif verdict.read is not None:
            self._tries += 1

    @Slot()
    def _give_hint(self) -> None:
        if self._taken < len(self._hints):
            set_formula(self.hint, self._hints[self._taken])
            self._taken += 1
        self._show()

    @Slot()
    def _reveal(self) -> None:
        if self.item is not None and self._notation is not None:
            self._say(f"It is {self._notation.number(self.item.value or 0.0)}.")
            self._settle(False)

    def _settle(self, right: bool) -> None:
        self.item = None
        self.answer.clear()
        self._show()
        self.settled.emit(right, self._taken)

    def _say(self, sentence: str) -> None:
        self.said.set_text(sentence)
        announce(self.said, aloud(sentence))

    def _show(self) -> None:
        for widget in (
            self.answer, self.rule, self.try_button, self.hint_button, self.show_button,
        ):  # fmt: skip
            widget.setVisible(self.open)
        more = self._taken < len(self._hints)
        self.hint_button.setEnabled(more)
        self.hint_button.setToolTip("The formula first, then its numbers" if more else "No more")
