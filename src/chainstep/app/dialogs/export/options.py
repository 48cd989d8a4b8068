"""How something goes out: precision, what a picture shows, its look, the steps of a film.

Only the fields that a format knows are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.fields import Tick
from chainstep.app.panels.rows import plain_label
from chainstep.files import Format

NET: Final = Option("net", "the net", "Units, weights and biases.")
VALUES: Final = Option("values", "the example's values", "z, δ and targets after a whole pass.")
STEP: Final = Option("step", "this step", "What is lit on the canvas, with its terms.")
LOOKS: Final = (
    Option("light", "light", "For paper and white slides."),
    Option("dark", "dark", "For dark slides."),
)
SIZES: Final = (
    Option("1", "1×"), Option("2", "2×"), Option("4", "4×"),
)  # fmt: skip
GRAINS: Final = (
    Option("term", "term"), Option("unit", "unit"), Option("level", "level"),
)  # fmt: skip
PACES: Final = (
    Option("2600", "slowly"), Option("1300", "at ease"), Option("600", "quickly"),
)  # fmt: skip
#: Which fields a painted format knows; the others go by `Format.options`.
_OF: Final[Mapping[str, tuple[str, ...]]] = {
    ".png": ("shows", "look", "sharpness", "clear"),
    ".svg": ("shows", "look", "clear"),
    ".pdf": ("shows", "look", "clear"),
    ".gif": ("grain", "look", "pace"),
    "_frames": ("grain", "look", "sharpness"),
}


class Options(QWidget):
    """One row of fields.

    Signals: changed(): the user chose something else.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shows = Choice((NET, VALUES, STEP), "What the picture shows")
        self.look = Choice(LOOKS, "The colours of the picture")
        self.sharpness = Choice(SIZES, "How many pixels")
        self.grain = Choice(GRAINS, "What makes a frame")
        self.pace = Choice(PACES, "How long a frame stands")
        self.clear = Tick("see-through", "Nothing behind the net")
        self.float64 = Tick("all digits (float64)", "Twice as large; nothing is rounded")
        self._fields = {
            "shows": _field("shows", self.shows),
            "grain": _field("a frame for each", self.grain),
            "look": _field("look", self.look),
            "sharpness": _field("size", self.sharpness),
            "pace": _field("plays", self.pace),
            "clear": _field("", self.clear),
            "float64": _field("", self.float64),
        }
        #: Whether the steps of a film were chosen, or are those that suit the net.
        self.grain_chosen = False
        self.grain.chosen.connect(self._choose_grain)
        for choice, value in (
            (self.shows, "net"), (self.look, "light"), (self.sharpness, "2"),
            (self.grain, "term"), (self.pace, "1300"),
        ):  # fmt: skip
            choice.set_value(value)
            choice.chosen.connect(self.changed)
        for tick in (self.clear, self.float64):
            tick.ticked.connect(self.changed)
        self._lay_out()

    def show_for(self, kind: Format) -> None:
        """Show the fields that a format knows."""
        known = _OF.get(kind.extension, kind.options)
        for name, field in self._fields.items():
            field.setVisible(name in known)
        self.setVisible(bool(known))

    @Slot(str)
    def _choose_grain(self, _grain: str) -> None:
        self.grain_chosen = True

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        for field in self._fields.values():
            row.addWidget(field)
        row.addStretch(1)


def _field(label: str, widget: QWidget) -> QWidget:
    """Return a widget with its label before it, hidden and shown as one."""
    field = QWidget()
    row = QHBoxLayout(field)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    if label:
        row.addWidget(plain_label(label, "muted"))
    row.addWidget(widget)
    if isinstance(widget, Choice):
        longest = max(len(widget.itemText(n)) for n in range(widget.count()))
        widget.setMinimumContentsLength(longest)
        widget.setAccessibleName(label)
    return field
