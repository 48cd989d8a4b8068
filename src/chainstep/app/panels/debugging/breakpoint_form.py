"""The form that makes a breakpoint: what kind, of which unit or connection, beyond which number.

The list of those that there are is in `breakpoints`; what they mean is in
`stepping.watching.breakpoints`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton

from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.fields import NumberField
from chainstep.app.panels.rows import Column, Row, plain_label
from chainstep.network.model import Network
from chainstep.project import Project
from chainstep.stepping.watching.breakpoints import USUAL, Breakpoint, Kind, Phase

KINDS: Final = (
    "At a condition",
    Option("small_delta", "|δ| falls below x", "δ of a unit and an example vanishes"),
    Option("saturated", "a unit saturates", "|h′(a)| falls below x"),
    Option("large_weight", "|w| grows past x", "On the update that takes it there"),
    Option("not_finite", "a number is not finite"),
    Option("loss_rises", "the loss rises", "By so many per cent over so many epochs"),
    Option("loss_below", "the loss falls below x"),
    Option("flip", "a prediction flips", "Another class than when the example was met before"),
    "At a place",
    Option("unit", "a unit", "When a pass comes to it; F9 on a selected unit does the same"),
    Option("connection", "a connection", "When its term is added"),
    Option("phase", "a phase", "When it begins, for each example"),
    Option("epoch", "an epoch", "Before its first step"),
)
_PHASES: Final = (
    Option("forward", "forward pass"),
    Option("loss", "error"),
    Option("backward", "backward pass"),
    Option("update", "update"),
)
_WAYS: Final = (
    Option("", "both passes"),
    Option("forward", "forward pass"),
    Option("backward", "backward pass"),
)
_ROWS_OF: Final = (Option("training", "training rows"), Option("validation", "validation rows"))
#: Which fields a kind has.
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "small_delta": ("unit", "value"),
    "saturated": ("unit", "value"),
    "large_weight": ("connection", "value"),
    "not_finite": ("unit",),
    "loss_rises": ("value", "epochs", "of"),
    "loss_below": ("value", "of"),
    "flip": ("row",),
    "unit": ("unit", "way"),
    "connection": ("connection", "way"),
    "phase": ("phase",),
    "epoch": ("number",),
}
#: Conditions on sizes, which nothing below 0 is.
_OF_SIZES: Final = ("small_delta", "saturated", "large_weight")
#: Beyond so many the list of connections is left out: F9 on the canvas chooses one.
_MOST_LISTED: Final = 2000
_SEPARATOR: Final = "\x1f"
_ADD: Final = "Add breakpoint"
_CHANGE: Final = "Change breakpoint"


class BreakpointForm(Column):
    """Fields for one breakpoint more, or for one that is there.

    Signals: asked(object): the Breakpoint that the fields describe.
    """

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__(margin=0, spacing=6)
        self._network = Network()
        self.kind = Choice(KINDS, "What the run shall stop at")
        self.unit, self.connection = Choice(()), Choice(())
        self.phase, self.way = Choice(_PHASES), Choice(_WAYS)
        self.value = NumberField("x, the limit", trimmed=True)
        self.number = NumberField("Which epoch, counted from 1", whole=True, least=1)
        self.epochs = NumberField("Compared with so many epochs before", whole=True, least=1)
        self.of = Choice(_ROWS_OF)
        self.row = NumberField("The number of an example; empty for any", whole=True, least=1)
        self.add = QPushButton(_ADD)
        self.rows = self._make_rows()
        self.put(Row("stop when", self.kind), *self.rows.values(), Row("", self.add))
        self.kind.chosen.connect(self._show_kind)
        self.add.clicked.connect(self._ask)
        self.epochs.set_value(1)
        for choice, key in ((self.phase, "backward"), (self.way, ""), (self.of, "training")):
            choice.set_value(key)
        self.kind.set_value("small_delta")
        self._fill()
        self._show_kind("small_delta")

    def show_project(self, project: Project) -> None:
        """Offer the units, the connections and the examples there are."""
        network = project.network
        self.row.most = len(project.data.inputs) or None
        if network is not self._network:
            self._network = network
            self._fill()

    def show_new(self) -> None:
        """Describe one breakpoint more."""
        self.add.setText(_ADD)

    def show_breakpoint(self, found: Breakpoint) -> None:
        """Describe a breakpoint that is there, to be changed."""
        self.kind.set_value(found.kind)
        self._show_kind(found.kind)
        self.unit.set_value(found.unit)
        self.connection.set_value(_SEPARATOR.join(found.connection or ()))
        self.phase.set_value(found.phase or "forward")
        self.way.set_value(found.phase if found.phase in ("", "forward", "backward") else "")
        self.value.set_value(found.value, 6)
        self.number.set_value(found.value)
        self.epochs.set_value(found.epochs)
        self.of.set_value(found.of)
        self.row.set_value(None if found.row is None else found.row + 1)
        self.add.setText(_CHANGE)

    def made(self) -> Breakpoint:
        """Return the breakpoint that the form describes."""
        kind = cast(Kind, self.kind.value)
        fields = _FIELDS[kind]
        ends = (self.connection.value or "") if "connection" in fields else ""
        limit = self.number if "number" in fields else self.value
        phase = self.phase.value if "phase" in fields else self.way.value
        return Breakpoint(
            kind=kind,
            unit=(self.unit.value or "") if "unit" in fields else "",
            connection=cast("tuple[str, str]", tuple(ends.split(_SEPARATOR))) if ends else None,
            phase=cast(Phase, phase) if {"phase", "way"} & set(fields) else "",
            value=float(limit.value or 0.0) if {"value", "number"} & set(fields) else 0.0,
            epochs=int(self.epochs.value or 1) if "epochs" in fields else 1,
            of="validation" if "of" in fields and self.of.value == "validation" else "training",
            row=int(self.row.value) - 1 if "row" in fields and self.row.value else None,
        )

    def _make_rows(self) -> dict[str, Row]:
        self._percent = plain_label("%", "muted")
        return {
            "unit": Row("unit", self.unit),
            "connection": Row("connection", self.connection),
            "phase": Row("phase", self.phase),
            "way": Row("in", self.way),
            "value": Row("x", self.value, self._percent),
            "number": Row("epoch", self.number),
            "epochs": Row("over", self.epochs, plain_label("epochs", "muted")),
            "of": Row("loss of", self.of),
            "row": Row("example", self.row),
        }

    def _fill(self) -> None:
        """List what the net has, keeping what was chosen where it is still there."""
        network = self._network
        computed = [unit.id for unit in network.units if not unit.is_input]
        self._offer(self.unit, "any unit", [Option(name, name) for name in computed])
        listed = network.connections[:_MOST_LISTED]
        self._offer(
            self.connection,
            "any connection",
            [Option(_SEPARATOR.join(c.ends), f"{c.source} → {c.target}") for c in listed],
        )

    def _offer(self, choice: Choice, whole: str, options: list[Option]) -> None:
        before = choice.value or ""
        choice.set_options([Option("", whole), *options])
        known = before in {option.key for option in options}
        choice.set_value(before if known else "")

    @Slot(str)
    def _show_kind(self, kind: str) -> None:
        for name, row in self.rows.items():
            row.setVisible(name in _FIELDS[kind])
        self._percent.setVisible(kind == "loss_rises")
        self.rows["value"].label.setText("by" if kind == "loss_rises" else "x")
        self.value.least = 0.0 if kind in _OF_SIZES else None
        for field in (self.value, self.number, self.epochs, self.row):
            field.forget()
        for field in (self.value, self.number):
            field.set_value(USUAL.get(kind, 0.0), 6)
        # A place has to be one: "any" is for conditions.
        for choice, name in ((self.unit, "unit"), (self.connection, "connection")):
            choice.set_allowed("", kind != name, "Choose which.")
            if kind == name and not choice.value and choice.count() > 1:
                choice.set_value(choice.itemData(1))

    @Slot()
    def _ask(self) -> None:
        fields = (self.value, self.number, self.epochs, self.row)
        for field in fields:
            field.finish()
        made = self.made()
        nowhere = made.kind in ("unit", "connection") and not (made.unit or made.connection)
        if not nowhere and not any(f.invalid and f.isVisible() for f in fields):
            self.asked.emit(made)
