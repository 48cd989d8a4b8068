"""What is pointed at in one part of the window is shown in the others.

The canvas and the explanation light up for each other, and the inspector follows the selection.
What a step and a lens light by themselves is in `layers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from chainstep.app.canvas.scene import CanvasScene
from chainstep.app.moment import Moment
from chainstep.app.window_layout import Parts

if TYPE_CHECKING:
    from chainstep.stepping.explain.explained import Term


class Pointing(QObject):
    """Hands what is pointed at from part to part."""

    def __init__(self, scene: CanvasScene, parts: Parts, moment: Moment, parent: QObject) -> None:
        super().__init__(parent)
        self._scene, self._parts, self._moment = scene, parts, moment
        scene.selection_changed.connect(self._inspect)
        scene.connection_clicked.connect(self._connection_clicked)
        scene.activated.connect(self._unit_activated)
        parts.chain_rule.term_clicked.connect(self._term_clicked)
        parts.chain_rule.term_hovered.connect(self._term_hovered)
        parts.plots.unit_chosen.connect(self._unit_activated)

    def arrive(self, moment: Moment) -> None:
        """Another moment is shown: the step may be about another unit."""
        self._moment = moment
        self._inspect()

    @Slot()
    def _inspect(self) -> None:
        """Inspect what is selected, or the unit that the step is about."""
        units, ends = self._scene.selected_units, self._scene.selected_connections
        self._parts.late.select(units, ends)
        explanation = self._moment.explanation
        step = explanation.step if explanation is not None else None
        if not units and not ends and step is not None and step.unit in self._scene.units:
            units = frozenset({step.unit})
        self._parts.inspector.select(units, ends, self._moment)

    @Slot(str, str)
    def _connection_clicked(self, source: str, target: str) -> None:
        self._parts.chain_rule.light((source, target))

    @Slot(str)
    def _unit_activated(self, unit_id: str) -> None:
        self._scene.select([unit_id])
        self._parts.show_inspector()

    @Slot(object)
    def _term_hovered(self, term: Term | None) -> None:
        """Show on the canvas which unit a name or a row stands for."""
        if term is not None and term.unit and term.unit in self._scene.units:
            self._scene.flash(term.unit)

    @Slot(object)
    def _term_clicked(self, term: Term) -> None:
        if term.ends is not None:
            self._scene.flash(term.ends)
        if term.unit:
            self._scene.flash(term.unit)
