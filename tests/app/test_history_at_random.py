"""Whatever is done to a run, each line of its history leads back to the numbers it speaks of."""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QObject

from chainstep.app.beside import Beside
from chainstep.app.debugger import Debugger
from chainstep.app.document import Document
from chainstep.project import Debug, Project
from chainstep.stepping.history import Event, History
from chainstep.stepping.run import Run
from chainstep.stepping.steps import GRAINS
from chainstep.stepping.watching import watches
from chainstep.stepping.watching.breakpoints import Breakpoint, written
from chainstep.stepping.watching.watches import Watch
from tests.hand_nets import data
from tests.nets import draw

from .journey import settle, wait_until

PROJECT = Project(
    network=draw("x > h g > y, x > y", hidden="tanh"),
    data=data([[0.5], [-1.0], [2.0], [0.2]], [[1.0], [0.0], [0.5], [0.3]]),
).with_training(batch_size=2, order="shuffled", learning_rate=0.3, optimizer="momentum", epochs=3)

BREAKPOINTS = (
    Breakpoint(kind="unit", unit="h", phase="backward"),
    Breakpoint(kind="unit", unit="y", ignore=3),
    Breakpoint(kind="connection", connection=("x", "h"), phase="backward"),
    Breakpoint(kind="phase", phase="update", ignore=2),
    Breakpoint(kind="epoch", value=2.0),
    Breakpoint(kind="small_delta", value=0.05),
    Breakpoint(kind="flip"),
)
WATCH = Watch(quantity="weight", connection=("x", "h"))
State = tuple[int, bytes, list[float], tuple[int, int] | None, list[tuple[int, float]]]


class Wandering(RuleBasedStateMachine):
    """Steps, trains, goes back, changes η and clicks on what happened, in any order."""

    @initialize()
    def start(self) -> None:
        self.owner = QObject()
        debug = Debug(watches=(watches.written(WATCH),))
        self.document = Document(PROJECT.replace(debug=debug), parent=self.owner)
        self.debugger = Debugger(self.document, self.owner)
        self.debugger.show()
        self.truth: list[tuple[Event, State]] = []

    @property
    def run(self) -> Run:
        run = self.debugger.moment().run
        assert run is not None
        return run

    @property
    def history(self) -> History:
        assert self.debugger.history is not None
        return self.debugger.history

    def state(self, event: Event) -> State:
        trainer, cursor = self.run.trainer, self.run.cursor
        within = event.within and (cursor.example, cursor.index)
        recorder = self.run.recorder
        assert recorder is not None
        watched = recorder.series[WATCH].points(trainer.epoch)
        return trainer.batches, trainer.theta.tobytes(), self.run.losses, within, watched

    @rule(grain=st.sampled_from(GRAINS))
    def step(self, grain: str) -> None:
        self.debugger.step(grain)
        wait_until(lambda: not self.debugger.training, 60)

    @rule(grain=st.sampled_from(GRAINS))
    def back(self, grain: str) -> None:
        self.debugger.back(grain)

    @rule(part=st.sampled_from([0, 0.5, 1]))
    def seek(self, part: float) -> None:
        self.debugger.seek(int(part * self.run.cursor.count))

    @rule()
    def train(self) -> None:
        self.debugger.start()
        wait_until(lambda: not self.debugger.training, 60)

    @rule()
    def restart(self) -> None:
        self.debugger.restart()

    @rule(rate=st.sampled_from([0.1, 0.3]))
    def retune(self, rate: float) -> None:
        self.document.apply("Learning Rate", lambda old: old.with_training(learning_rate=rate))

    @rule(grain=st.sampled_from(["term", "example", "batch"]), rate=st.sampled_from([0.1, 0.3]))
    def make_the_last_update_otherwise(self, grain: str, rate: float) -> None:
        self.debugger.back(grain)
        self.retune(rate)
        self.seek(1)

    @rule()
    def undo(self) -> None:
        self.document.undo_stack.undo()

    @rule(some=st.sets(st.sampled_from(range(len(BREAKPOINTS))), max_size=2))
    def set_breakpoints(self, some: set[int]) -> None:
        items = tuple(written(BREAKPOINTS[n]) for n in sorted(some))
        self.document.apply(
            "Breakpoints",
            lambda old: old.replace(debug=msgspec.structs.replace(old.debug, breakpoints=items)),
        )

    @rule(weight=st.sampled_from([-0.5, 0.5]))
    def edit(self, weight: float) -> None:
        ends = ("x", "h")
        self.document.apply("Weight", lambda old: old.change_connection(ends, weight=weight))

    @rule()
    def keep_run(self) -> None:
        self.history.keep(self.run)

    @rule(which=st.floats(0, 1, exclude_max=True))
    def click(self, which: float) -> None:
        if self.truth:
            event, state = self.truth[int(which * len(self.truth))]
            self.debugger.go_to_event(event)
            assert self.state(event) == state

    def teardown(self) -> None:
        if not hasattr(self, "truth"):
            return
        for event, state in self.truth:
            self.debugger.go_to_event(event)
            assert self.state(event) == state
        wait_until(lambda: not Beside._alive, 60)
        self.owner.deleteLater()
        settle()

    @invariant()
    def the_last_event_is_where_the_run_is_if_it_has_moved(self) -> None:
        if not hasattr(self, "debugger"):
            return
        first, last = self.history.events[0], self.history.events[-1]
        if self.truth and self.truth[0][0] is not first:
            self.truth.clear()  # an edit has begun another run
        if not any(known is last for known, _ in self.truth):
            assert last.updates == self.run.trainer.batches
            assert last.line == self.history.line
            self.truth.append((last, self.state(last)))


AT_RANDOM = settings(max_examples=40, stateful_step_count=25)


def test_each_line_of_the_history_leads_back_to_its_numbers(qapp: object) -> None:
    run_state_machine_as_test(Wandering, settings=AT_RANDOM)
