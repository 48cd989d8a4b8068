"""What lies on the canvas: the step, and the lens that is open, one of them in front.

Both are shown at once; where they claim the same place the one has it that was touched last. The
legend above the canvas names them and brings either to the front. What each of them lights is in
`lighting` and in the lenses.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Slot

from chainstep.app.bars.legend import Legend
from chainstep.app.canvas.marks import Marks
from chainstep.app.canvas.scene import CanvasScene
from chainstep.app.lighting import layered, marks_of
from chainstep.app.look.names import lowered
from chainstep.app.moment import Moment
from chainstep.app.panels.whereabouts import of_step

#: More connections than these are not lit at once: the rings of the units tell enough.
MOST_RELATED: Final = 60


class Layers(QObject):
    """Lays the open lens over the step."""

    def __init__(self, scene: CanvasScene, legend: Legend, moment: Moment, parent: QObject) -> None:
        super().__init__(parent)
        self._scene, self._legend, self._moment = scene, legend, moment
        self._step: Marks | None = None
        self._lens: Marks | None = None
        self._arriving = False
        self._place: object = None
        self.lens_first = False
        legend.step_asked.connect(self.bring_step)
        legend.lens_asked.connect(self.bring_lens)

    def arrive(self, moment: Moment) -> None:
        """Another moment is about to be shown: a step taken comes to the front."""
        place = _place(moment)
        if place != self._place:
            self._place, self.lens_first = place, False
        self._moment, self._arriving = moment, True

    def light(self) -> None:
        """All panels have the moment: show it."""
        self._arriving = False
        self._step = marks_of(self._moment)
        self._show()

    @Slot(object)
    def set_lens(self, marks: Marks | None) -> None:
        """Show what a lens asks for; one that was touched comes to the front."""
        self._lens = marks
        if not self._arriving:
            self.lens_first = marks is not None
            self._show()

    @Slot()
    def bring_step(self) -> None:
        """Let the step have its places."""
        self.lens_first = False
        self._show()

    @Slot()
    def bring_lens(self) -> None:
        """Let the lens have its places."""
        self.lens_first = True
        self._show()

    @Slot(str)
    @Slot(str, str)
    def relate(self, unit_id: str, which: str = "both") -> None:
        """Light the units that feed a unit, "sources", those it feeds, "targets"; "" for none."""
        network = self._scene.network
        known = unit_id in network.by_id
        fed = network.incoming[unit_id] if known and which != "targets" else ()
        feeds = network.outgoing[unit_id] if known and which != "sources" else ()
        roles = {**{c.source: "source" for c in fed}, **{c.target: "target" for c in feeds}}
        ends = frozenset(c.ends for c in (*fed, *feeds))
        self._scene.relate(roles, ends if len(ends) <= MOST_RELATED else frozenset())

    def _show(self) -> None:
        self._scene.set_marks(layered(self._step, self._lens, self.lens_first))
        step = self._words() if self._step is not None else ""
        hidden = self._lens is not None and self._lens.alone
        lens = self._lens.caption if self._lens is not None else ""
        self._legend.show_layers("" if hidden else step, lens, self.lens_first)

    def _words(self) -> str:
        run = self._moment.run
        step = run.cursor.step if run is not None else None
        if run is None or step is None:
            return ""
        return lowered(of_step(run.cursor, step), run.steps.network.by_id)


def _place(moment: Moment) -> object:
    return moment.run.cursor if moment.run is not None else None
