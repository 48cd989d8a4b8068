"""Which letters a formula is written in: the notation, the sign of δ and the number of digits.

All three are in the document's view, so every panel, the canvas, exports and the command line
follow at once. The table of letters is in `stepping.letters`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chainstep.app.panels.choice import Choice, Option
from chainstep.stepping.formula.letters import NOTATIONS, Letters
from chainstep.stepping.formula.notation import NEGATIVE, POSITIVE

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.project import Project

DIGITS: Final = range(1, 13)


class NotationBar(QWidget):
    """Three choices side by side.

    Signals: edited(str, object): the undo text and a function Project → Project.
    """

    edited = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        options = [
            Option(key, letters.title, _letters(letters)) for key, letters in NOTATIONS.items()
        ]
        self.notation = Choice(options, "Whose letters the formulas are written in")
        self.sign = Choice(
            [Option(POSITIVE, "∂E"), Option(NEGATIVE, "−∂E")],
            "What is carried back: ∂E/∂a, or −∂E/∂a as older texts have it",
        )
        self.digits = Choice(
            [Option(str(digits), f"{digits} digit{'s' * (digits > 1)}") for digits in DIGITS],
            "How many digits of every number are shown",
        )
        line = QHBoxLayout(self)
        line.setContentsMargins(18, 8, 18, 8)
        line.setSpacing(8)
        for choice, stretch, name in (
            (self.notation, 3, "Notation"),
            (self.sign, 2, "Sign"),
            (self.digits, 2, "Digits"),
        ):
            choice.setAccessibleName(name)
            line.addWidget(choice, stretch)
        self.notation.chosen.connect(self._set_notation)
        self.sign.chosen.connect(self._set_sign)
        self.digits.chosen.connect(self._set_digits)

    def show_moment(self, moment: Moment) -> None:
        """Show what the document says; a notation it does not know counts as Bishop's."""
        view = moment.project.view
        self.notation.set_value(view.notation if view.notation in NOTATIONS else "bishop")
        self.sign.set_value(NEGATIVE if view.sign == NEGATIVE else POSITIVE)
        self.digits.set_value(str(view.digits))

    @Slot(str)
    def _set_notation(self, key: str) -> None:
        self.edited.emit(f"Write as {NOTATIONS[key].title}", _view(notation=key))

    @Slot(str)
    def _set_sign(self, key: str) -> None:
        self.edited.emit("Change the sign of δ", _view(sign=key))

    @Slot(str)
    def _set_digits(self, key: str) -> None:
        self.edited.emit(f"Show {key} digits", _view(digits=int(key)))


def _view(**changes: object) -> Callable[[Project], Project]:
    def edit(project: Project) -> Project:
        return project.with_view(**changes)

    return edit


def _letters(letters: Letters) -> str:
    if letters.words:
        return "No letters: every quantity by its name."
    delta = letters.delta or f"∂{letters.error}/∂{letters.a}"
    return (
        f"{letters.a} weighted input, {letters.z} output, {delta} carried back, "
        f"{letters.error} error.\n{letters.source}."
    )
