"""Random editing: whatever is done, the canvas shows the document, and undo leads to the start."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication

from chainstep import files
from chainstep.app import document
from chainstep.app.canvas.items import UnitItem
from chainstep.app.main import Desk
from chainstep.app.panels import changes
from chainstep.app.window import MainWindow
from chainstep.errors import ChainstepError
from chainstep.files.document import dumps, loads
from chainstep.files.examples import load_example
from chainstep.network.model import ACTIVATION_PARAMS, KINDS
from chainstep.project import Project

from .journey import close_all, settle, wait_until

places = st.tuples(st.integers(-300, 300), st.integers(-200, 200))
picks = st.integers(0, 30)
GRAINS = ("term", "unit", "level", "pass", "example", "batch")
#: A net may not grow without end while it is edited at random.
MOST = 24


class Editor(RuleBasedStateMachine):
    """One window, edited at random through the slots that mouse and keys reach."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.window: MainWindow | None = None
        self.start = b""

    @initialize(name=st.sampled_from(["", "xor", "diamond", "xor_shortcut"]))
    def open(self, name: str) -> None:
        QGuiApplication.clipboard().clear()
        project = load_example(name) if name else Project()
        self.window = self.desk.open_project(project)
        self.window.wake()
        self.start = dumps(self.project)

    @property
    def project(self) -> Project:
        return self.the_window.document.project

    @property
    def the_window(self) -> MainWindow:
        assert self.window is not None
        return self.window

    def unit(self, pick: int) -> str:
        units = self.project.network.units
        return units[pick % len(units)].id if units else ""

    def has_units(self) -> bool:
        return self.window is not None and bool(self.project.network.units)

    # What one does

    @precondition(lambda self: self.window and len(self.project.network.units) < MOST)
    @rule(kind=st.sampled_from([*KINDS, ""]), place=places)
    def add(self, kind: str, place: tuple[int, int]) -> None:
        self.the_window.scene.unit_drawn.emit(kind, QPointF(*place), "")

    @precondition(lambda self: self.has_units() and len(self.project.network.units) < MOST)
    @rule(pick=picks, place=places)
    def drop_connection(self, pick: int, place: tuple[int, int]) -> None:
        self.the_window.scene.unit_drawn.emit("", QPointF(*place), self.unit(pick))

    @precondition(has_units)
    @rule(one=picks, other=picks)
    def connect(self, one: int, other: int) -> None:
        self.the_window.scene.connection_drawn.emit(self.unit(one), self.unit(other))

    @precondition(has_units)
    @rule(chosen=st.sets(picks, max_size=3), ends=st.sets(picks, max_size=2))
    def select(self, chosen: set[int], ends: set[int]) -> None:
        connections = self.project.network.connections
        picked = {connections[n % len(connections)].ends for n in ends} if connections else set()
        self.the_window.scene.select({self.unit(n) for n in chosen}, picked)

    @rule()
    def delete(self) -> None:
        self.the_window.editing.delete()

    @precondition(has_units)
    @rule(pick=picks, name=st.text(min_size=1, max_size=3))
    def rename(self, pick: int, name: str) -> None:
        self.the_window.apply(*changes.rename(self.unit(pick), name))

    @precondition(has_units)
    @rule(pick=picks, place=places)
    def move(self, pick: int, place: tuple[int, int]) -> None:
        self.the_window.scene.units_moved.emit({self.unit(pick): (float(place[0]), place[1] + 0.5)})

    @precondition(has_units)
    @rule(pick=picks, activation=st.sampled_from(sorted(ACTIVATION_PARAMS)))
    def change_activation(self, pick: int, activation: str) -> None:
        self.the_window.apply(*changes.set_activation([self.unit(pick)], activation))

    @precondition(has_units)
    @rule(pick=picks, kind=st.sampled_from(KINDS))
    def change_kind(self, pick: int, kind: str) -> None:
        self.the_window.apply(*changes.set_kind(self.unit(pick), kind))

    @precondition(has_units)
    @rule(pick=picks, by=st.sampled_from([-1, 1]))
    def reorder(self, pick: int, by: int) -> None:
        if self.project.network.by_id[self.unit(pick)].kind != "hidden":
            self.the_window.apply(*changes.move_in_order(self.unit(pick), by))

    @rule()
    def copy(self) -> None:
        self.the_window.editing.copy()

    @precondition(lambda self: self.window and len(self.project.network.units) < MOST)
    @rule()
    def paste(self) -> None:
        self.the_window.menus._paste()

    @precondition(lambda self: self.window and len(self.project.network.units) < MOST)
    @rule()
    def duplicate(self) -> None:
        self.the_window.editing.duplicate()

    @rule()
    def tidy(self) -> None:
        self.the_window.editing.tidy()

    @rule()
    def undo(self) -> None:
        self.the_window.undoing.undo.trigger()

    @rule()
    def redo(self) -> None:
        self.the_window.undoing.redo.trigger()

    @rule(grain=st.sampled_from(GRAINS), times=st.integers(1, 9))
    def step(self, grain: str, times: int) -> None:
        for _ in range(times):
            self.the_window.debugger.step(grain)

    @rule(grain=st.sampled_from(GRAINS))
    def back(self, grain: str) -> None:
        self.the_window.debugger.back(grain)

    @rule()
    def train_an_epoch(self) -> None:
        self.the_window.debugger.step("epoch")
        wait_until(lambda: not self.the_window.debugger.training)

    @rule(rate=st.sampled_from([0.1, 0.5]))
    def change_the_rate(self, rate: float) -> None:
        self.the_window.apply(*changes.set_training("Set learning rate", learning_rate=rate))

    @rule(seed=st.integers(0, 5))
    def throw_the_dice(self, seed: int) -> None:
        self.the_window.randomise("xavier", seed)

    @rule()
    def save_and_reload(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "net.chainstep"
            files.save(self.project, path)
            assert dumps(files.load(path)) == path.read_bytes() == dumps(self.project)

    # What always holds

    @invariant()
    def the_canvas_shows_the_document(self) -> None:
        if self.window is None:
            return
        scene, network = self.window.scene, self.project.network
        assert scene.project is self.project
        assert list(scene.units) == [unit.id for unit in network.units]
        assert {i for i in scene.items() if isinstance(i, UnitItem)} == set(scene.units.values())
        assert all(scene.units[unit.id].unit is unit for unit in network.units)
        assert scene.edges.routes().keys() == network.by_ends.keys()
        for unit, place in self.project.view.positions.items():
            if unit in scene.units:
                assert scene.units[unit].centre == pytest.approx(place)

    @invariant()
    def nothing_that_is_gone_is_selected(self) -> None:
        if self.window is not None:
            scene, network = self.window.scene, self.project.network
            assert scene.selected_units <= network.by_id.keys()
            assert scene.selected_connections <= network.by_ends.keys()
            assert scene.focused_unit in (None, *network.by_id)

    @invariant()
    def the_run_belongs_to_the_document(self) -> None:
        if self.window is None:
            return
        moment = self.window.debugger.moment()
        assert moment.project is self.project
        assert (moment.run is None) == (moment.refusal is not None and moment.run is None)
        if moment.run is not None:
            shown = {ends: self.window.scene.weight(ends) for ends in self.project.network.by_ends}
            reached = moment.run.project.network.by_ends
            assert shown == {ends: connection.weight for ends, connection in reached.items()}

    @invariant()
    def the_document_can_be_written_and_read(self) -> None:
        if self.window is not None:
            content = dumps(self.project)
            try:
                assert dumps(loads(content, "net")) == content
            except ChainstepError as refused:
                raise AssertionError(f"an edit made what no file may hold: {refused}") from refused

    @invariant()
    def every_row_is_as_wide_as_the_net(self) -> None:
        if self.window is not None:
            data, network = self.project.data, self.project.network
            assert all(len(row) == len(network.inputs) for row in data.inputs)
            assert all(len(row) == len(network.outputs) for row in data.targets)

    def teardown(self) -> None:
        try:
            if self.window is not None:
                for _ in range(500):
                    if not self.window.undoing.undo.isEnabled():
                        break
                    self.window.undoing.undo.trigger()
                assert dumps(self.project) == self.start
        finally:
            close_all(self.desk)
            settle()


@pytest.fixture(autouse=True)
def nothing_merges(monkeypatch: pytest.MonkeyPatch) -> None:
    """What merges depends on the clock, and a random test must be the same each time."""
    monkeypatch.setattr(document, "MERGE_WITHIN", -1.0)


def test_the_canvas_always_shows_the_document_and_undo_leads_to_the_start(qapp: object) -> None:
    run_state_machine_as_test(
        Editor, settings=settings(max_examples=60, stateful_step_count=25, deadline=None)
    )


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_same_at_length(qapp: object) -> None:
    run_state_machine_as_test(
        Editor, settings=settings(max_examples=400, stateful_step_count=60, deadline=None)
    )
