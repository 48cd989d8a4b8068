"""Two chips: look at one unit, or at the whole net."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget


class Scope(QWidget):
    """What a lens looks at.

    Signals: changed(): the other one was chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self._group = QButtonGroup(self)
        self.unit, self.net = _chip("This unit"), _chip("Whole net")
        self.unit.setChecked(True)
        for number, chip in enumerate((self.unit, self.net)):
            self._group.addButton(chip, number)
            line.addWidget(chip)
        line.addStretch(1)
        self._group.idClicked.connect(self._clicked)

    @property
    def whole(self) -> bool:
        """Whether the whole net is looked at."""
        return self.net.isChecked() and self.net.isEnabled()

    def choose(self, whole: bool) -> None:
        """Look at the whole net, or at the unit."""
        if whole != self.net.isChecked():
            (self.net if whole else self.unit).setChecked(True)
            self.changed.emit()

    def allow(self, whole: bool, why_not: str) -> None:
        """Let the whole net be chosen, or say why not."""
        self.net.setEnabled(whole)
        self.net.setToolTip("" if whole else why_not)

    @Slot(int)
    def _clicked(self, _number: int) -> None:
        self.changed.emit()


def _chip(text: str) -> QToolButton:
    chip = QToolButton()
    chip.setText(text)
    chip.setCheckable(True)
    chip.setProperty("chip", "soft")
    chip.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return chip
