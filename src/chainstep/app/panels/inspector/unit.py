"""The inspector's page for one unit: name, activation, bias, its curve and its numbers.

The other pages are in `connection` and `several`; what an edit does to the
project is in `changes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.look import icons
from chainstep.app.panels import changes, reached
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.fields import NumberField, TextField, Tick
from chainstep.app.panels.inspector import activation_words as words
from chainstep.app.panels.inspector.activation_plot import ActivationPlot
from chainstep.app.panels.rows import (
    Column,
    Heading,
    Row,
    ValueRow,
    plain_label,
    plain_tip,
)
from chainstep.network.model import COMBINES, GROUP_ACTIVATIONS, KINDS, SUM, Unit
from chainstep.stepping.formula.notation import Notation, notation_of

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.app.panels.changes import Change
    from chainstep.stepping.trace import Trace

_COMBINE_TIPS: Final = {
    "sum": "a is the bias plus every weight times the value that comes over it.",
    "product": "a is the product of every weight times the value that comes over it; no bias.",
    "max": "a is the largest of weight times value; only the winner passes an error back.",
}
_KIND_TIP: Final = "An input takes its value from the data, an output has a target in the data."


class UnitPage(Column):
    """Everything of one unit.

    Signals: edited(str, object): text for undo, and a function from Project to Project.
    renamed(str, str): old and new name, before the edit is asked for.
    """

    edited = Signal(str, object)
    renamed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(margin=0, spacing=6)
        self._unit: Unit | None = None
        self._make_fields()
        self._make_values()
        self._lay_out()
        self._connect()

    def set_unit(self, moment: Moment, unit: Unit) -> None:
        """Show a unit as it is at a moment."""
        self._unit = unit
        self.heading.set_texts(f"Unit {unit.id}", unit.kind)
        self.name.set_value(unit.id)
        self.kind.set_value(unit.kind)
        self.combine.set_value(None if unit.is_input else unit.combine)
        self._set_activation(unit, moment.digits)
        self._set_bias(moment, unit)
        self._set_position(moment, unit)
        self._set_values(moment, unit)

    def _make_fields(self) -> None:
        self.heading = Heading()
        self.name = TextField("The unit's name, up to 200 characters, each name once.")
        self.activation = Choice(words.options(), "What makes the output z of the weighted input a")
        self.formula = FormulaWidget(16)
        self.note = plain_label("", "muted", wraps=True)
        self.params = {
            name: NumberField(words.PARAM_TIPS[name], trimmed=True) for name in words.PARAMS
        }
        self.bias = NumberField("A constant added to the weighted input.", trimmed=True)
        self.no_bias = Tick("none", "Tick for a unit without a bias.")
        self.frozen = Tick("frozen", "Training leaves a frozen bias as it is.")
        self.plot = ActivationPlot()
        self.kind = Choice([Option(kind, kind) for kind in KINDS], _KIND_TIP)
        combines = [Option(name, name, _COMBINE_TIPS[name]) for name in COMBINES]
        self.combine = Choice(combines, "How what comes in is made into a")
        self.position = plain_label()
        self.up, self.down = _arrow("up", "Earlier"), _arrow("down", "Later")

    def _make_values(self) -> None:
        self.values = Heading("Values")
        self.a = ValueRow("a", "The weighted input: bias plus weights times values.")
        self.z = ValueRow("z = h(a)", "The output of the unit.")
        self.h_prime = ValueRow("h′(a)", "The slope of the activation here.")
        self.dE_dz = ValueRow("∂E/∂z", "How the error changes with this unit's output.")
        self.delta = ValueRow("δ = ∂E/∂a", "How the error changes with the weighted input.")

    def _lay_out(self) -> None:
        self.rows = {
            "activation": Row("activation", self.activation),
            "note": Row("", self.note),
            **{name: Row(words.PARAMS[name], field) for name, field in self.params.items()},
            "bias": Row("bias b", self.bias, self.no_bias, self.frozen),
            "combine": Row("combine", self.combine),
            "position": Row("position", self.position, _side_by_side(self.up, self.down)),
        }
        computed = ("activation", "note", *self.params, "bias")
        self.put(self.heading, Row("name", self.name), *(self.rows[name] for name in computed))
        self._values_box = Column(margin=0, spacing=4)
        self._values_box.put_line()
        self._values_box.put(self.values, self.a, self.z, self.h_prime, self.dE_dz, self.delta)
        self.put(self._values_box)
        self._curve_box = Column(margin=0)
        self._curve_box.put_line()
        self._curve_box.put(self.formula, self.plot)
        self.put(self._curve_box)
        self.put_line()
        self.put(Row("kind", self.kind), self.rows["combine"], self.rows["position"])

    def _connect(self) -> None:
        self.name.committed.connect(self._rename)
        self.activation.chosen.connect(self._choose_activation)
        for field, slot in zip(
            self.params.values(),
            (self._set_alpha, self._set_beta, self._set_exponent, self._set_low, self._set_high),
            strict=True,
        ):
            field.committed.connect(slot)
        self.bias.committed.connect(self._commit_bias)
        self.no_bias.ticked.connect(self._toggle_bias)
        self.frozen.ticked.connect(self._freeze)
        self.kind.chosen.connect(self._choose_kind)
        self.combine.chosen.connect(self._choose_combine)
        self.up.clicked.connect(self._move_up)
        self.down.clicked.connect(self._move_down)

    # What is shown

    def _set_activation(self, unit: Unit, digits: int) -> None:
        name, params = unit.activation, unit.all_params()
        for key in ("activation", "combine"):
            self.rows[key].setVisible(not unit.is_input)
        self.activation.set_value(None if unit.is_input else name)
        for group in sorted(GROUP_ACTIVATIONS):
            self.activation.set_allowed(group, unit.is_output, words.ONLY_OUTPUTS)
        if not unit.is_input:
            self.formula.set_formula(words.formula(name))
        for key, field in self.params.items():
            self.rows[key].setVisible(key in params)
            field.set_value(params.get(key), digits)
        self.note.setText(words.NO_DERIVATIVE if name == "step" else "")
        self.rows["note"].setVisible(name == "step")

    def _set_bias(self, moment: Moment, unit: Unit) -> None:
        self.rows["bias"].setVisible(not unit.is_input and unit.combine == SUM)
        none = unit.bias is None
        self.bias.setEnabled(not none)
        self.bias.setPlaceholderText("none" if none else "")
        self.bias.set_value(reached.bias_of(moment, unit), moment.digits)
        self.no_bias.set_value(none)
        self.frozen.set_value(not unit.trainable and not none)
        self.frozen.setEnabled(not none)

    def _set_position(self, moment: Moment, unit: Unit) -> None:
        order = changes.column_order(moment.project.network, unit.id)
        self.rows["position"].setVisible(len(order) > 1)
        if order:
            place = order.index(unit.id)
            self.position.setText(f"{place + 1} of {len(order)} {unit.kind}s")
            self.up.setEnabled(place > 0)
            self.down.setEnabled(place < len(order) - 1)

    def _set_values(self, moment: Moment, unit: Unit) -> None:
        trace = reached.trace_of(moment)
        known = trace is not None and unit.id in trace.plan.row
        self._values_box.setVisible(known)
        for row in (self.a, self.h_prime, self.delta):
            row.setVisible(not unit.is_input)
        n = notation_of(moment.project, moment.digits)
        self._name_values(unit, n)
        point = None
        if trace is not None and known:
            self.values.set_texts("Values", reached.example_of(moment))
            self._write_values(trace, unit, n)
            point = (trace.a(unit.id), trace.z(unit.id))
        self._set_plot(unit, point, trace)

    def _name_values(self, unit: Unit, n: Notation) -> None:
        letters = n.letters
        made_of = letters.x if unit.is_input else f"{letters.h}({letters.a})"
        long = short = n.by_name(letters.a)
        if letters.delta and not letters.words:
            long = f"{letters.delta} = {short}"
        names = (
            (self.a, n.a_name),
            (self.z, n.z_name if letters.words else f"{n.z_name} = {made_of}"),
            (self.h_prime, "own slope" if letters.words else n.h_prime_name),
            (self.dE_dz, n.dE_dz_name),
            (self.delta, long),
        )
        for row, name in names:
            row.label.setText(name)

    def _write_values(self, trace: Trace, unit: Unit, n: Notation) -> None:
        digits = n.digits
        grouped = unit.activation in GROUP_ACTIVATIONS
        self.z.set_text(reached.written(trace.z(unit.id), digits))
        self.dE_dz.set_text(*reached.coloured(n.carried(trace.dE_dz(unit.id)), digits))
        why = trace.backward_refused
        for row in (self.dE_dz, self.delta):
            row.value.setToolTip(plain_tip(why or ""))
        if not unit.is_input:
            smooth = not grouped and unit.activation != "step"
            slope = trace.h_prime(unit.id) if smooth else None
            self.a.set_text(reached.written(trace.a(unit.id), digits))
            self.h_prime.setVisible(not grouped)
            self.h_prime.set_text(reached.written(slope, digits))
            self.delta.set_text(*reached.coloured(n.carried(trace.delta(unit.id)), digits))

    def _set_plot(self, unit: Unit, point: tuple[float, float] | None, trace: Trace | None) -> None:
        self._curve_box.setVisible(not unit.is_input)
        shown = not unit.is_input and unit.activation not in GROUP_ACTIVATIONS
        self.plot.setVisible(shown)
        if shown:
            slope = trace.h_prime(unit.id) if trace is not None and point is not None else None
            params = tuple(unit.all_params().items())
            self.plot.set_activation(unit.activation, params, point, slope)

    # What is asked for

    def _ask(self, change: Change) -> None:
        self.edited.emit(*change)

    @property
    def _id(self) -> str:
        assert self._unit is not None
        return self._unit.id

    def _rename(self, name: str) -> None:
        old = self._id
        self.renamed.emit(old, name)
        self._ask(changes.rename(old, name))

    def _choose_activation(self, name: str) -> None:
        self._ask(changes.set_activation([self._id], name))

    def _set_alpha(self, value: float) -> None:
        self._ask(changes.set_param(self._id, "alpha", value))

    def _set_beta(self, value: float) -> None:
        self._ask(changes.set_param(self._id, "beta", value))

    def _set_exponent(self, value: float) -> None:
        self._ask(changes.set_param(self._id, "exponent", value))

    def _set_low(self, value: float) -> None:
        self._ask(changes.set_param(self._id, "low", value))

    def _set_high(self, value: float) -> None:
        self._ask(changes.set_param(self._id, "high", value))

    def _commit_bias(self, value: float) -> None:
        self._ask(changes.set_bias([self._id], value))

    def _toggle_bias(self, none: bool) -> None:
        self.bias.forget()
        self._ask(changes.set_bias([self._id], None if none else 0.0))

    def _freeze(self, frozen: bool) -> None:
        self._ask(changes.freeze_biases([self._id], frozen))

    def _choose_kind(self, kind: str) -> None:
        self._ask(changes.set_kind(self._id, kind))

    def _choose_combine(self, combine: str) -> None:
        self._ask(changes.set_combine(self._id, combine))

    def _move_up(self) -> None:
        self._ask(changes.move_in_order(self._id, -1))

    def _move_down(self) -> None:
        self._ask(changes.move_in_order(self._id, 1))


def _arrow(direction: str, word: str) -> QToolButton:
    button = QToolButton()
    icons.set_icon(button, f"chevron-{direction}")
    button.setProperty("chip", "soft")
    button.setToolTip(f"{word} in the order of the columns of the data")
    button.setAccessibleName(f"Move {direction}")
    return button


def _side_by_side(*widgets: QWidget) -> QWidget:
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget)
    return box
