"""The inspector's pages for several things at once, and for nothing: the net as a whole.

The pages for one unit and for one connection are in `unit` and `connection`;
what an edit does to the project is in `changes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal

from chainstep.app.panels import changes, reached
from chainstep.app.panels.choice import Choice
from chainstep.app.panels.fields import NumberField, Tick, common
from chainstep.app.panels.inspector import activation_words as words
from chainstep.app.panels.rows import Column, Heading, Row, ValueRow, plain_label
from chainstep.network.model import GROUP_ACTIVATIONS, HIDDEN, SUM, Connection, Network, Unit
from chainstep.words import counted

if TYPE_CHECKING:
    from chainstep.app.moment import Moment

HINT: Final = "Select a unit or a connection to see its numbers and to change it."
HINT_EMPTY: Final = (
    "Nothing here yet. Double-click the canvas to add a unit; drag from its rim to connect it."
)


class SeveralPage(Column):
    """What several units and connections have in common; a change goes to all of them.

    Signals: edited(str, object): text for undo, and a function from Project to Project.
    """

    edited = Signal(str, object)

    def __init__(self) -> None:
        super().__init__(margin=0, spacing=6)
        self._computed: tuple[str, ...] = ()
        self._biased: tuple[str, ...] = ()
        self._sums: tuple[str, ...] = ()
        self._ends: tuple[tuple[str, str], ...] = ()
        self.heading = Heading("", "selected")
        self.activation = Choice(words.options(), "The activation of all selected units")
        self.bias = NumberField("The bias of all selected units that sum.")
        self.freeze_biases = Tick("frozen", "Training leaves frozen biases as they are.")
        self.weight = NumberField("The weight of all selected connections.")
        self.freeze_weights = Tick("frozen", "Training leaves frozen weights as they are.")
        self.rows = {
            "activation": Row("activation", self.activation),
            "bias": Row("bias b", self.bias, self.freeze_biases),
            "weight": Row("weight w", self.weight, self.freeze_weights),
        }
        self.put(self.heading, *self.rows.values())
        self.put(plain_label("A change goes to all that are selected.", "muted", wraps=True))
        self._connect()

    def _connect(self) -> None:
        self.activation.chosen.connect(self._choose_activation)
        self.bias.committed.connect(self._commit_bias)
        self.freeze_biases.ticked.connect(self._freeze_biases)
        self.weight.committed.connect(self._commit_weight)
        self.freeze_weights.ticked.connect(self._freeze_weights)

    def set_selection(
        self, moment: Moment, units: Sequence[Unit], connections: Sequence[Connection]
    ) -> None:
        """Show what these units and connections share."""
        self.heading.set_texts(_counts(len(units), len(connections)), "selected")
        self._set_units(moment, units)
        self._ends = tuple(connection.ends for connection in connections)
        self.rows["weight"].setVisible(bool(connections))
        weights = [reached.weight_of(moment, connection) for connection in connections]
        _set_common(self.weight, weights, moment.digits)
        self.freeze_weights.set_value(_agreed([not c.trainable for c in connections]))

    def _set_units(self, moment: Moment, units: Sequence[Unit]) -> None:
        computed = [unit for unit in units if not unit.is_input]
        sums = [unit for unit in computed if unit.combine == SUM]
        biased = [unit for unit in sums if unit.bias is not None]
        self._computed = tuple(unit.id for unit in computed)
        self._sums = tuple(unit.id for unit in sums)
        self._biased = tuple(unit.id for unit in biased)
        self.rows["activation"].setVisible(bool(computed))
        names = {unit.activation for unit in computed}
        self.activation.set_value(names.pop() if len(names) == 1 else None)
        only_outputs = all(unit.is_output for unit in computed)
        for group in sorted(GROUP_ACTIVATIONS):
            self.activation.set_allowed(group, only_outputs, words.ONLY_OUTPUTS)
        self.rows["bias"].setVisible(bool(sums))
        _set_common(self.bias, [reached.bias_of(moment, unit) for unit in sums], moment.digits)
        self.freeze_biases.setEnabled(bool(biased))
        self.freeze_biases.set_value(_agreed([not unit.trainable for unit in biased]))

    def _choose_activation(self, name: str) -> None:
        self.edited.emit(*changes.set_activation(self._computed, name))

    def _commit_bias(self, bias: float) -> None:
        self.edited.emit(*changes.set_bias(self._sums, bias))

    def _freeze_biases(self, frozen: bool) -> None:
        self.edited.emit(*changes.freeze_biases(self._biased, frozen))

    def _commit_weight(self, weight: float) -> None:
        self.edited.emit(*changes.set_weight(self._ends, weight))

    def _freeze_weights(self, frozen: bool) -> None:
        self.edited.emit(*changes.freeze_weights(self._ends, frozen))


class SummaryPage(Column):
    """The net as a whole, and a hint: nothing here can be changed."""

    def __init__(self) -> None:
        super().__init__(margin=0, spacing=6)
        self.heading = Heading("The net")
        self.units = ValueRow("units")
        self.connections = ValueRow("connections")
        self.parameters = ValueRow("parameters", "The numbers that training can change.")
        self.loss = ValueRow("loss E", "The error of one example.")
        self.hint = plain_label("", "muted", wraps=True)
        self.put(self.heading, self.units, self.connections, self.parameters, self.loss)
        self.column.addSpacing(6)
        self.put(self.hint)
        for row in (self.units, self.connections, self.parameters, self.loss):
            row.value.setWordWrap(True)

    def set_moment(self, moment: Moment) -> None:
        """Show the net of a moment."""
        project = moment.project
        network = project.network
        self.units.set_text(_kinds(network))
        self.connections.set_text(f"{len(network.connections):,}")
        self.parameters.set_text(_parameters(network, project.training.train_biases))
        self.loss.set_text(project.loss.name.replace("_", " "))
        self.hint.setText(HINT if network.units else HINT_EMPTY)


def _set_common(field: NumberField, values: Sequence[float | None], digits: int) -> None:
    field.set_value(common(values), digits)
    field.setPlaceholderText("several" if len(set(values)) > 1 else "none")


def _agreed(values: Sequence[bool]) -> bool | None:
    """Return what all say, None where they differ; False where there is nobody."""
    return None if len(set(values)) > 1 else any(values)


def _counts(units: int, connections: int) -> str:
    parts = [_some(units, "unit"), _some(connections, "connection")]
    return ", ".join(part for part in parts if part)


def _some(number: int, noun: str, many: str = "") -> str:
    return counted(number, noun, many) if number else ""


@lru_cache(maxsize=2)
def _kinds(network: Network) -> str:
    total = len(network.units)
    hidden = sum(unit.kind == HIDDEN for unit in network.units)
    parts = [
        _some(len(network.inputs), "input"),
        f"{hidden:,} hidden" if hidden else "",
        _some(len(network.outputs), "output"),
    ]
    listed = ", ".join(part for part in parts if part)
    return f"{total:,}: {listed}" if total else "0"


@lru_cache(maxsize=2)
def _parameters(network: Network, train_biases: bool) -> str:
    biased = [unit for unit in network.units if unit.bias is not None]
    frozen = sum(not c.trainable for c in network.connections)
    frozen += sum(not (unit.trainable and train_biases) for unit in biased)
    weights, biases = len(network.connections), len(biased)
    parts = [
        _some(weights, "weight"),
        _some(biases, "bias", "biases"),
    ]
    parts.append(f"{frozen:,} of them frozen" if frozen else "")
    listed = ", ".join(part for part in parts if part)
    return f"{weights + biases:,}: {listed}" if listed else "0"
