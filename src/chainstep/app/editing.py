"""What drawing does to the document: gestures of the canvas turned into edits.

Each method is one undo step. The rules are in `network.edits`; files are in `filing`.
"""

import random
from collections.abc import Callable, Collection, Mapping
from typing import cast

from PySide6.QtCore import QMimeData, QObject, QPointF, Slot
from PySide6.QtGui import QGuiApplication

from chainstep.app.canvas.routes import RADIUS
from chainstep.app.canvas.scene import CanvasScene
from chainstep.app.panels import changes
from chainstep.files import document as document_format
from chainstep.network import edits, layout
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Unit
from chainstep.project import Point, Project, View
from chainstep.words import counted

MIME = "application/x-chainstep-fragment"
Apply = Callable[[str, Callable[[Project], Project]], None]
_STEP = 40.0


class Editing(QObject):
    """Edits by mouse, keyboard and menu. apply: how the window makes an undo step of an edit.

    project: called for the document's value, with the weights that a run has reached.
    """

    def __init__(
        self, scene: CanvasScene, project: Callable[[], Project], apply: Apply, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._scene, self._project, self._apply = scene, project, apply
        scene.connection_drawn.connect(self.connect_units)
        scene.unit_drawn.connect(self.draw_unit)
        scene.units_moved.connect(self.move)
        scene.deletion_asked.connect(self.delete)
        scene.number_typed.connect(self.set_number)

    @Slot(str, str)
    def connect_units(self, source: str, target: str) -> None:
        """Let source feed target."""
        weight = fresh_weight(self._project())
        self._apply(
            f"Connect {source} to {target}", lambda project: project.connect(source, target, weight)
        )

    @Slot(str, QPointF, str)
    def draw_unit(self, kind: str, point: QPointF, source: str) -> None:
        """Add a unit at a point, fed by source if there is one; without a kind a fitting one."""
        place = (round(point.x(), 1), round(point.y(), 1))
        unit = fresh_unit(self._project(), kind or self._fitting_kind(place[0], bool(source)))

        def edit(project: Project) -> Project:
            grown = self.settled(project).add_unit(unit, place)
            return grown.connect(source, unit.id, fresh_weight(grown)) if source else grown

        self._apply(f"Add {unit.id}", edit)
        self._scene.select([unit.id])

    def add_unit(self, kind: str) -> None:
        """Add a unit where there is room for one of its kind, and put the keyboard there."""
        project = self.settled(self._project())
        grown = project.add_unit(fresh_unit(project, kind))
        place = layout.place_missing(grown.network, project.view.positions)
        (unit_id,) = place
        self.draw_unit(kind, QPointF(*place[unit_id]), "")
        self._scene.focus_unit(unit_id)

    @Slot(object, float)
    def set_number(self, target: str | tuple[str, str], number: float) -> None:
        """Set the bias of a unit, or the weight of a connection by its ends."""
        if isinstance(target, str):
            self._apply(*changes.set_bias([target], number))
        else:
            self._apply(*changes.set_weight([target], number))

    @Slot(dict)
    def move(self, positions: Mapping[str, Point]) -> None:
        """Put units elsewhere."""
        names = f"{len(positions)} units" if len(positions) > 1 else next(iter(positions), "")
        self._apply(f"Move {names}", lambda project: self.settled(project).move(positions))

    @Slot()
    def delete(self) -> None:
        """Delete what is selected."""
        units, ends = self._scene.selected_units, self._scene.selected_connections
        if units or ends:
            what = counted(len(units), "unit") if units else counted(len(ends), "connection")
            self._apply(f"Delete {what}", lambda project: project.remove(units, ends))

    @Slot()
    def select_all(self) -> None:
        """Select every unit."""
        self._scene.select([unit.id for unit in self._project().network.units])

    @Slot()
    def tidy(self) -> None:
        """Put the units in layers."""
        places = layout.tidy(self._project().network)
        self._apply("Tidy up", lambda project: project.move(places))

    @Slot()
    def copy(self) -> None:
        """Copy the selected units and what connects them."""
        if self._scene.selected_units:
            mime = QMimeData()
            content = document_format.dumps(self._fragment(self._scene.selected_units))
            mime.setData(MIME, content)
            mime.setText(content.decode())
            QGuiApplication.clipboard().setMimeData(mime)

    @Slot()
    def cut(self) -> None:
        """Copy, then delete."""
        self.copy()
        self.delete()

    @Slot()
    def paste(self) -> None:
        """Paste units that were copied, here or in another window."""
        data = cast(QMimeData | None, QGuiApplication.clipboard().mimeData())
        if data is None:  # an empty clipboard, whatever Qt's types say
            return
        if data.hasFormat(MIME):
            content = bytes(data.data(MIME).data())
        elif '"chainstep"' in data.text()[:200]:
            content = data.text().encode()
        else:
            return
        self._paste("Paste", document_format.loads(content, "the clipboard"))

    @Slot()
    def duplicate(self) -> None:
        """Copy and paste in one."""
        if self._scene.selected_units:
            self._paste("Duplicate", self._fragment(self._scene.selected_units))

    def _paste(self, text: str, part: Project) -> None:
        known = part.view.positions
        places = {**known, **layout.place_missing(part.network, known)}
        moved = self._beside(places)
        given: dict[str, str] = {}

        def edit(project: Project) -> Project:
            pasted, names = self.settled(project).paste(part.network, moved)
            given.update(names)
            return pasted

        self._apply(f"{text} {counted(len(part.network.units), 'unit')}", edit)
        self._scene.select(list(given.values()))

    def _beside(self, places: Mapping[str, Point]) -> dict[str, Point]:
        """Return places beside these, so far that no unit comes to lie on another."""
        taken = {_rounded(item.centre) for item in self._scene.units.values()}
        for n in range(1, 100):
            moved = {u: (x + n * _STEP, y + n * _STEP) for u, (x, y) in places.items()}
            if not taken & {_rounded(place) for place in moved.values()}:
                break
        return moved

    def _fragment(self, unit_ids: Collection[str]) -> Project:
        part = edits.fragment(self._project().network, unit_ids)
        kept = {unit.id: self._scene.units[unit.id].centre for unit in part.units}
        return Project(network=part, view=View(positions=kept))

    def settled(self, project: Project) -> Project:
        """Give every unit the place where it is shown, before one of them moves."""
        missing = {k: v for k, v in self._scene.unplaced.items() if k in project.network.by_id}
        return project.move(missing) if missing else project

    def _fitting_kind(self, x: float, fed: bool) -> str:
        """What a unit drawn without a choice becomes: two inputs, hidden units, an output.

        The output is the first unit to the right of all others once there are hidden ones; more
        outputs are those drawn above or below it.
        """
        network = self._project().network
        if not fed and len(network.inputs) < 2:
            return INPUT
        for unit in network.outputs:
            if abs(self._scene.units[unit.id].centre[0] - x) < RADIUS:
                return OUTPUT
        hidden = any(unit.kind == HIDDEN for unit in network.units)
        last = all(item.centre[0] + RADIUS < x for item in self._scene.units.values())
        return OUTPUT if hidden and last and not network.outputs else HIDDEN


def fresh_unit(project: Project, kind: str) -> Unit:
    """Return a new unit of a kind with a free name; logistic with a bias, as one draws most."""
    name = edits.fresh_id(project.network, kind)
    if kind == INPUT:
        return Unit(id=name, kind=INPUT)
    group = {unit.activation for unit in project.network.outputs} if kind == OUTPUT else set()
    activation = group.pop() if len(group) == 1 else "logistic"
    return Unit(id=name, kind=kind, activation=activation, bias=0.0)


def fresh_weight(project: Project) -> float:
    """Return a start weight for one more connection; equal weights would never part."""
    count = len(project.network.connections)
    return round(random.Random(f"{project.training.seed}.{count}").uniform(-1.0, 1.0), 2)


def _rounded(place: Point) -> tuple[int, int]:
    return round(place[0]), round(place[1])
