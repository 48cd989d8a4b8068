"""Which activations a net is given whose file does not tell them."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.inspector.activation_words import options
from chainstep.app.panels.rows import plain_label
from chainstep.network.model import GROUP_ACTIVATIONS


class ActivationRow(QWidget):
    """Two choices: of the hidden units, of the outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = Choice(_hidden_options(), "What the hidden units do with their sums")
        self.outputs = Choice(options(), "What the outputs do with their sums")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for text, choice in (("hidden units", self.hidden), ("outputs", self.outputs)):
            choice.setAccessibleName(f"activation of the {text}")
            choice.setMinimumContentsLength(12)
            row.addWidget(plain_label(text, "muted"))
            row.addWidget(choice)
            row.addSpacing(10)
        row.addStretch(1)

    def show_guess(self, hidden: str, outputs: str) -> None:
        """Show what is taken if nobody chooses."""
        self.hidden.set_value(hidden)
        self.outputs.set_value(outputs)


def _hidden_options() -> list[Option | str]:
    """Return the choices without those that only outputs can have, and without their heading."""
    found = options()
    keys = [choice.key if isinstance(choice, Option) else "" for choice in found]
    first = min(keys.index(name) for name in GROUP_ACTIVATIONS)
    return found[: first - 1]
