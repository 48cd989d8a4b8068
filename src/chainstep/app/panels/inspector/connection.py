"""The inspector's page for one connection: weight, name, and what goes over it.

The other pages are in `unit` and `several`; what an edit does to the project
is in `changes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from chainstep.app.panels import changes, reached
from chainstep.app.panels.fields import NumberField, TextField, Tick
from chainstep.app.panels.rows import Column, Heading, Row, ValueRow, plain_tip
from chainstep.network.model import Connection
from chainstep.stepping.formula.notation import notation_of

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.stepping.trace import Trace


class ConnectionPage(Column):
    """Everything of one connection.

    Signals: edited(str, object): text for undo, and a function from Project to Project.
    """

    edited = Signal(str, object)

    def __init__(self) -> None:
        super().__init__(margin=0, spacing=6)
        self._ends = ("", "")
        self.heading = Heading()
        self.weight = NumberField("What the value that comes over the connection is multiplied by.")
        self.frozen = Tick("frozen", "Training leaves a frozen weight as it is.")
        self.name = TextField("A name of your own for this weight, such as w5; empty for none.")
        self.name.setPlaceholderText("none")
        self.values = Heading("Values")
        self.used = ValueRow("w in this pass", "The weight this pass was computed with.")
        self.z = ValueRow("z", "The value that the source sends.")
        self.product = ValueRow("w · z", "What the connection brings to its target.")
        self.gradient = ValueRow("∂E/∂w", "How the error of this example changes with the weight.")
        self.share = ValueRow("share of δ", "What comes back over the connection to its source.")
        self._lay_out()
        self.weight.committed.connect(self._commit_weight)
        self.frozen.ticked.connect(self._freeze)
        self.name.committed.connect(self._commit_name)

    def _lay_out(self) -> None:
        self.put(self.heading, Row("weight w", self.weight, self.frozen), Row("name", self.name))
        self._values_box = Column(margin=0, spacing=4)
        self._values_box.put_line()
        self._values_box.put(self.values, self.used, self.z, self.product)
        self._values_box.put(self.gradient, self.share)
        self.put(self._values_box)

    def set_connection(self, moment: Moment, connection: Connection) -> None:
        """Show a connection as it is at a moment."""
        self._ends = connection.ends
        self.heading.set_texts(" → ".join(connection.ends), "connection")
        self.weight.set_value(reached.weight_of(moment, connection), moment.digits)
        self.frozen.set_value(not connection.trainable)
        self.name.set_value(connection.name)
        trace = reached.trace_of(moment)
        known = trace is not None and connection.ends in trace.plan.weight
        self._values_box.setVisible(known)
        if trace is not None and known:
            self.values.set_texts("Values", reached.example_of(moment))
            self._write_values(moment, trace, connection)

    def _write_values(self, moment: Moment, trace: Trace, connection: Connection) -> None:
        n = notation_of(moment.project, moment.digits)
        digits, letters = n.digits, n.letters
        self.z.label.setText(n.z_name)
        self.product.label.setText(f"{letters.w} · {n.z_name}")
        self.gradient.label.setText(n.by_name(letters.w))
        there = trace.plan.network.by_ends[connection.ends]
        incoming, outgoing = trace.incoming(there), trace.outgoing(there)
        self.used.setVisible(incoming.weight != reached.weight_of(moment, connection))
        self.used.set_text(reached.written(incoming.weight, digits))
        self.z.set_text(reached.written(incoming.z, digits))
        self.product.set_text(reached.written(incoming.product, digits))
        gradient = trace.connection(*connection.ends).dE_dw
        self.gradient.set_text(*reached.coloured(n.carried(gradient), digits))
        from_input = trace.plan.network.by_id[connection.source].is_input
        self.share.label.setText(f"share of {n.dE_dz_name if from_input else n.delta_name}")
        share = outgoing.dE_dz_term if from_input else outgoing.delta_term
        self.share.set_text(*reached.coloured(n.carried(share), digits))
        for row in (self.gradient, self.share):
            row.value.setToolTip(plain_tip(trace.backward_refused or ""))

    def _commit_weight(self, weight: float) -> None:
        self.edited.emit(*changes.set_weight([self._ends], weight))

    def _freeze(self, frozen: bool) -> None:
        self.edited.emit(*changes.freeze_weights([self._ends], frozen))

    def _commit_name(self, name: str) -> None:
        self.edited.emit(*changes.set_connection_name(self._ends, name))
