"""A lens: a panel that looks at one unit of the pass in one way, such as by nudging it.

It shows a moment as every panel does and changes nothing. What it computes may cost some
milliseconds, so it waits until it is seen. What each of them shows is in the module of its name;
the numbers are `stepping`'s.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QHideEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.look.names import lowered
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.reached import trace_of
from chainstep.errors import ChainstepError
from chainstep.stepping.formula.nodes import Node

if TYPE_CHECKING:  # NumPy comes in with these, after the first paint
    from chainstep.app.moment import Moment
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace

Ends = tuple[str, str]
MARGINS: Final = (18, 14, 18, 16)
NOT_YET: Final = "Draw a net that can run, with data and targets: then there is something to see."
IN_TRAINING: Final = "Pause the training to look at a step."


class Lens(QWidget):
    """Shows one unit of a moment in one way; how, each lens says in `look`, which mypy asks for.

    Signals: lit(object): what the canvas is to light, a `canvas.marks.Marks`, or None for the
    step's own again. looked(unit, object): at which unit it looks now, and the `Notation`.
    """

    lit = Signal(object)
    looked = Signal(str, object)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._moment: Moment | None = None
        self._selected: tuple[frozenset[str], frozenset[Ends]] = (frozenset(), frozenset())
        self._stale = True
        self._name = title
        self.heading = Prose(13, QFont.Weight.DemiBold)
        self.sentence = Prose(13, token="muted")
        self.content = QWidget()
        self.column = QVBoxLayout(self.content)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        for widget in (self.heading, self.sentence, self.content):
            column.addWidget(widget)
        column.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.heading.set_text(title)

    @property
    def moment(self) -> Moment | None:
        """The moment shown."""
        return self._moment

    def show_moment(self, moment: Moment) -> None:
        """Show a moment, as soon as the lens can be seen."""
        self._moment, self._stale = moment, True
        self._catch_up()

    def select(self, units: Collection[str], ends: Collection[Ends] = ()) -> None:
        """Look at what is selected on the canvas; with nothing, at the step's unit."""
        chosen = frozenset(units), frozenset(ends)
        if chosen != self._selected:
            self._selected, self._stale = chosen, True
            self._catch_up()

    def sizeHint(self) -> QSize:
        """As wide as the side panel."""
        return QSize(384, super().sizeHint().height())

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._catch_up()

    def hideEvent(self, event: QHideEvent) -> None:
        """Give the canvas back to the step."""
        super().hideEvent(event)
        self.lit.emit(None)

    def tell(self, heading: str, sentence: str) -> None:
        """Set the words above the content."""
        self.heading.set_text(heading, self.named(heading))
        self.sentence.set_text(sentence, self.named(sentence))
        self.sentence.setVisible(bool(sentence))

    def named(self, text: str) -> str:
        """Return a sentence with the names of units as they are shown: h₁."""
        return text if self._moment is None else lowered(text, self._moment.project.network.by_id)

    @abstractmethod
    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Show one unit. May raise ChainstepError, whose sentence is then shown."""

    def refresh(self) -> None:
        """Show everything anew, as when a setting of the lens itself has changed."""
        self._stale = True
        self._catch_up()

    def _catch_up(self) -> None:
        if not (self._stale and self.isVisible() and self._moment is not None):
            return
        self._stale = False
        try:
            self._look(self._moment)
        except ChainstepError as refused:
            self._refuse(str(refused))

    def _look(self, moment: Moment) -> None:
        from chainstep.stepping.formula.notation import notation_of

        trace = None if moment.training else trace_of(moment)
        if trace is None:
            self._refuse(IN_TRAINING if moment.training else moment.refusal or NOT_YET)
            return
        unit = self._find_unit(moment, trace)
        if unit is None:
            self._refuse(NOT_YET)
            return
        self.content.show()
        n = notation_of(moment.project, moment.digits)
        self.looked.emit(unit, n)
        self.look(trace, unit, n)

    def _refuse(self, sentence: str) -> None:
        self.tell(self._name, sentence)
        self.content.hide()
        self.lit.emit(None)

    def _find_unit(self, moment: Moment, trace: Trace) -> str | None:
        """Return the selected unit, else the step's, else the first that sums over several."""
        network = trace.plan.network
        units, ends = self._selected
        for unit in (*sorted(units), *(target for _, target in sorted(ends))):
            if unit in network.by_id:
                return unit
        step = moment.explanation.step if moment.explanation is not None else None
        if step is not None and step.unit in network.by_id:
            return step.unit
        several = (u.id for u in network.units if len(network.outgoing[u.id]) > 1)
        first = (u.id for u in network.units)
        return next(several, next(first, None))


def set_formula(widget: FormulaWidget, formula: Node | None) -> None:
    """Show a formula, or no widget where there is none."""
    widget.set_formula(formula)
    widget.setVisible(formula is not None)


#: Where a number stands in its cell.
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
