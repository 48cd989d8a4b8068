"""Which letters a formula is written in: notation, sign of δ, the ½ in the error, digits.

All are in the document, so every panel, the canvas, exports and the command line follow at once.
The ½ is a matter of the loss and shown where the error is a sum of squares; other losses are
chosen in the training panel. The table of letters is in `stepping.formula.letters`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chainstep.app.panels.changes import DIGITS, set_digits, set_loss
from chainstep.app.panels.choice import Choice, Option
from chainstep.stepping.formula.letters import NOTATIONS, Letters
from chainstep.stepping.formula.notation import NEGATIVE, POSITIVE
from chainstep.words import counted

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.project import Project

HALF: Final = "half_squared_error"
WHOLE: Final = "squared_error"


def _letters(letters: Letters) -> str:
    if letters.words:
        return "No letters: every quantity by its name."
    delta = letters.delta or f"∂{letters.error}/∂{letters.a}"
    return (
        f"{letters.a} weighted input, {letters.z} output, {delta} carried back, "
        f"{letters.error} error.\n{letters.source}."
    )


_NOTATIONS: Final = [
    Option(key, letters.title, _letters(letters)) for key, letters in NOTATIONS.items()
]
_SIGNS: Final = (
    Option(POSITIVE, "δ = ∂E", "δ = ∂E/∂a is carried back: how fast E rises with a"),
    Option(NEGATIVE, "δ = −∂E", "δ = −∂E/∂a is carried back, as older texts have it"),
)
_HALVES: Final = (
    Option(HALF, "½(…)²", "E = ½ Σ (output − target)²: its slope is output − target"),
    Option(WHOLE, "(…)²", "E = Σ (output − target)²: its slope has a factor of 2"),
)
_COUNTS: Final = [
    Option(str(digits), f"{digits} dig.", f"{counted(digits, 'digit')} shown") for digits in DIGITS
]


class NotationBar(QWidget):
    """Four choices side by side.

    Signals: edited(str, object): the undo text and a function Project → Project.
    """

    edited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notation = Choice(_NOTATIONS, "Whose letters the formulas are written in")
        self.sign = Choice(_SIGNS, "What is carried back: ∂E/∂a, or −∂E/∂a as older texts have it")
        self.half = Choice(_HALVES, "With or without ½ in the squared error")
        self.digits = Choice(_COUNTS, "How many digits of every number are shown")
        self._lay_out()
        self.half.chosen.connect(self._set_half)
        self.notation.chosen.connect(self._set_notation)
        self.sign.chosen.connect(self._set_sign)
        self.digits.chosen.connect(self._set_digits)

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(18, 8, 18, 8)
        line.setSpacing(6)
        for choice, stretch, name in (
            (self.notation, 7, "Notation"),
            (self.sign, 6, "Sign"),
            (self.half, 6, "Factor of the squared error"),
            (self.digits, 5, "Digits"),
        ):
            choice.setAccessibleName(name)
            choice.setMinimumContentsLength(3)
            line.addWidget(choice, stretch)

    def show_moment(self, moment: Moment) -> None:
        """Show what the document says; a notation it does not know counts as Bishop's."""
        view = moment.project.view
        self.notation.set_value(view.notation if view.notation in NOTATIONS else "bishop")
        self.sign.set_value(NEGATIVE if view.sign == NEGATIVE else POSITIVE)
        self.digits.set_value(str(view.digits))
        loss = moment.project.loss.name
        self.half.setVisible(loss in (HALF, WHOLE))
        self.half.set_value(loss if loss in (HALF, WHOLE) else None)

    @Slot(str)
    def _set_notation(self, key: str) -> None:
        self.edited.emit(f"Write as {NOTATIONS[key].title}", _view(notation=key))

    @Slot(str)
    def _set_sign(self, key: str) -> None:
        self.edited.emit("Change the sign of δ", _view(sign=key))

    @Slot(str)
    def _set_half(self, key: str) -> None:
        self.edited.emit(*set_loss(key))

    @Slot(str)
    def _set_digits(self, key: str) -> None:
        self.edited.emit(*set_digits(int(key)))


def _view(**changes: object) -> Callable[[Project], Project]:
    def edit(project: Project) -> Project:
        return project.with_view(**changes)

    return edit
