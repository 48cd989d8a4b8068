"""The lenses under one roof: nudge, paths, matrix, shares, check, traps and the exercise.

Each lens is in the module of its name; this only lets one choose between them and hands on what it
is given.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.look import size
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.why.check import CheckLens
from chainstep.app.panels.why.exercise import ExerciseLens
from chainstep.app.panels.why.glossary import glossary
from chainstep.app.panels.why.index_sets import IndexSets
from chainstep.app.panels.why.lens import Ends, Lens
from chainstep.app.panels.why.matrix import MatrixLens
from chainstep.app.panels.why.nudge import NudgeLens
from chainstep.app.panels.why.paths import PathsLens
from chainstep.app.panels.why.shares import SharesLens
from chainstep.app.panels.why.traps import TrapsLens

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.stepping.formula.notation import Notation

_TIPS = {
    "Nudge": "Move one quantity by h and watch every unit move",
    "Paths": "The gradient as a sum over all paths",
    "Matrix": "The same step as a Jacobian; forward and reverse mode",
    "Shares": "Who contributes how much; forget a term and see what fails",
    "Check": "Every derivative held against differences and a complex step",
    "Traps": "Two classic mistakes, made on purpose",
    "Try": "Pick the order, and predict each number",
}


class WhyPanel(QWidget):
    """One lens at a time, chosen above.

    Signals: lit(object): what the canvas is to light, `canvas.marks.Marks`, or None for the
    step's own. pointed(unit, which): an index set of a unit, "sources" or "targets", is pointed at.
    """

    lit = Signal(object)
    pointed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lenses: dict[str, Lens] = {
            "Nudge": NudgeLens(),
            "Paths": PathsLens(),
            "Matrix": MatrixLens(),
            "Shares": SharesLens(),
            "Check": CheckLens(),
            "Traps": TrapsLens(),
            "Try": ExerciseLens(),
        }
        self._group = QButtonGroup(self)
        chips = QHBoxLayout()
        chips.setContentsMargins(18, 10, 18, 0)
        chips.setSpacing(3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(chips)
        self.index_sets = IndexSets()
        self.index_sets.pointed.connect(self.pointed)
        column.addWidget(self.index_sets)
        for number, (name, lens) in enumerate(self.lenses.items()):
            chips.addWidget(self._chip(number, name))
            lens.lit.connect(self.lit)
            lens.looked.connect(self._looked)
            column.addWidget(lens)
            lens.setVisible(number == 0)
        self.letters = Prose(11, token="muted")
        letters = QVBoxLayout()
        letters.setContentsMargins(18, 0, 18, 14)
        letters.addWidget(self.letters)
        column.addLayout(letters)
        column.addStretch(1)
        self._group.idClicked.connect(self._choose)

    @property
    def current(self) -> Lens:
        """The lens that is chosen."""
        return list(self.lenses.values())[self._group.checkedId()]

    def show_moment(self, moment: Moment) -> None:
        """Show a moment."""
        for lens in self.lenses.values():
            lens.show_moment(moment)

    def select(self, units: Collection[str], ends: Collection[Ends] = ()) -> None:
        """Look at what is selected on the canvas."""
        for lens in self.lenses.values():
            lens.select(units, ends)

    def choose(self, name: str) -> None:
        """Bring a lens to the front, by its name."""
        number = list(self.lenses).index(name)
        self._group.button(number).setChecked(True)
        self._choose(number)

    def check_everything(self) -> None:
        """Show the check of the whole net."""
        self.choose("Check")
        lens = self.lenses["Check"]
        assert isinstance(lens, CheckLens)
        lens.check_everything()

    def _chip(self, number: int, name: str) -> QToolButton:
        chip = QToolButton()
        chip.setText(name)
        chip.setToolTip(_TIPS[name])
        chip.setCheckable(True)
        chip.setChecked(number == 0)
        chip.setProperty("chip", "soft")
        chip.setProperty("dense", "true")
        chip.setFont(size.font(12))
        chip.setMinimumWidth(20)
        chip.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._group.addButton(chip, number)
        return chip

    @Slot(str, object)
    def _looked(self, unit: str, n: Notation) -> None:
        """A lens has come to a unit: name its sets, and the letters used."""
        self.index_sets.show_unit(unit, n)
        self.letters.set_text(glossary(n))

    @Slot(int)
    def _choose(self, number: int) -> None:
        lenses = list(self.lenses.values())
        for lens in lenses:
            if lens is not lenses[number]:
                lens.hide()
        lenses[number].show()
