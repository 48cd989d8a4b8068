"""What comes in or goes out, shown before it does: a small picture, facts, and what to know.

`Preview` is the frame; what a model file holds is filled in by `preview`. The picture itself
is in `sketch`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from chainstep.app.dialogs.models.sketch import NetSketch, columns_of
from chainstep.app.look import size
from chainstep.app.panels.rows import Elided, hairline, plain_label, set_role
from chainstep.network.model import Network

_WIDTH: Final = 660
_MOST_NOTES: Final = 190
#: Beyond so many, activations are not all named.
_MOST_NAMES: Final = 4
_MOST_LAYERS: Final = 10


class Preview(QDialog):
    """A question with a picture: the button with the `action` accepts, Cancel does not.

    body: where further choices go, between the facts and the notes. message: one sentence below.
    """

    def __init__(self, title: str, heading: str, action: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(size.px(_WIDTH))
        self.heading = Elided("heading")
        self.heading.set_whole(heading)
        self.sketch, self.body = NetSketch(), QVBoxLayout()
        self._column = QVBoxLayout(self)
        self._facts = QGridLayout()
        self._notes_area, self._line = QScrollArea(), hairline()
        self.message = plain_label("", "muted", wraps=True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self.buttons.addButton(action, QDialogButtonBox.ButtonRole.AcceptRole)
        self.accept_button.setDefault(True)
        for button in self.buttons.buttons():
            button.setIcon(QIcon())  # the style brings pictures of its own
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._build()

    def show_net(self, network: Network, facts: Iterable[tuple[str, str]] = ()) -> None:
        """Show a net's picture and size, and further facts below."""
        self.sketch.show_network(network)
        self.show_facts([*facts_of(network), *facts])

    def show_facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Show pairs of a name and a value."""
        _empty(self._facts)
        for row, (name, value) in enumerate(facts):
            label = plain_label(name, "muted")
            self._facts.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            shown = plain_label(value, wraps=True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            shown.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._facts.addWidget(shown, row, 1)
        self._facts.setRowStretch(self._facts.rowCount(), 1)

    def show_notes(self, notes: Iterable[str]) -> None:
        """Show what to know: a sentence each."""
        sentences = list(notes)
        inside = QWidget()
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, 8, 0)
        lines.setSpacing(6)
        for sentence in sentences:
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(plain_label("•", "muted"), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(plain_label(sentence, wraps=True), 1)
            lines.addLayout(line)
        height = lines.heightForWidth(self.width() - 60)  # while it is not yet in the dialog
        inside.setAutoFillBackground(False)
        self._notes_area.setWidget(inside)
        self._notes_area.setFixedHeight(min(height + 4, size.px(_MOST_NOTES)))
        for part in (self._notes_area, self.know, self._line):
            part.setVisible(bool(sentences))

    def say(self, sentence: str, role: str = "muted") -> None:
        """Put a sentence above the buttons; empty for none."""
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))
        set_role(self.message, role)

    def set_busy(self, busy: bool) -> None:
        """Show that something is being read; nothing can be accepted meanwhile."""
        self.progress.setVisible(busy)
        self.accept_button.setEnabled(not busy)
        self.accept_button.setDefault(True)
        if not busy:
            self.accept_button.setFocus()

    def fit(self) -> None:
        """Be as high as what is shown."""
        self._column.activate()
        height = self._column.totalHeightForWidth(self.width())
        self.resize(self.width(), max(height, self._column.totalMinimumSize().height()))

    def _build(self) -> None:
        column = self._column
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        self._facts.setHorizontalSpacing(14)
        self._facts.setVerticalSpacing(6)
        self._facts.setColumnStretch(1, 1)
        self._facts.setColumnMinimumWidth(0, size.px(86))
        picture = QHBoxLayout()
        picture.setSpacing(18)
        picture.addWidget(self.sketch)
        picture.addLayout(self._facts, 1)
        self._notes_area.setWidgetResizable(True)
        self._notes_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._notes_area.viewport().setAutoFillBackground(False)
        self.know = plain_label("What to know", "heading")
        column.addWidget(self.heading)
        column.addLayout(picture)
        column.addLayout(self.body)
        column.addWidget(self._line)
        column.addWidget(self.know)
        column.addWidget(self._notes_area)
        column.addStretch(1)
        for widget in (self.message, self.progress, self.buttons):
            column.addWidget(widget)
        self.show_notes(())
        self.say("")
        self.progress.setVisible(False)


def facts_of(network: Network) -> list[tuple[str, str]]:
    """Return what there is to tell of a net's size, as pairs of a name and a text."""
    inputs, outputs = len(network.inputs), len(network.outputs)
    hidden = len(network.units) - inputs - outputs
    kinds = f"{inputs:,} input{_s(inputs)}, {hidden:,} hidden, {outputs:,} output{_s(outputs)}"
    biases = sum(unit.bias is not None for unit in network.units)
    weights = len(network.connections)
    names = list(dict.fromkeys(u.activation for u in network.units if not u.is_input))
    shown = ", ".join(name.replace("_", " ") for name in names[:_MOST_NAMES])
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return [
        ("units", f"{len(network.units):,}: {kinds}"),
        ("layers", _layers(network)),
        ("connections", f"{weights:,}"),
        ("parameters", f"{weights + biases:,}: {weights:,} weights, {biases:,} biases"),
        ("activations", shown + more or "–"),
    ]


def size_text(count: int) -> str:
    """Return a number of bytes as a person reads it."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:,.1f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"


def _layers(network: Network) -> str:
    sizes = [f"{len(column):,}" for column in columns_of(network)]
    return " → ".join(sizes) if len(sizes) <= _MOST_LAYERS else f"{len(sizes):,} levels"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _empty(layout: QGridLayout) -> None:
    """Take everything out of a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.deleteLater()
