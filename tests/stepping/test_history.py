"""The history says what happened and leads back there, on every line the run has branched into."""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chainstep.project import Project
from chainstep.stepping.history import History, differences
from chainstep.stepping.run import Run
from chainstep.stepping.watching.breakpoints import Breakpoint
from chainstep.stepping.watching.samples import Samples
from chainstep.stepping.watching.watches import Watch
from tests.hand_nets import data
from tests.nets import draw

PROJECT = Project(
    network=draw("x > h g > y, x > y", hidden="tanh"),
    data=data([[0.5], [-1.0], [2.0], [0.2]], [[1.0], [0.0], [0.5], [0.3]]),
).with_training(batch_size=2, order="shuffled", learning_rate=0.3, optimizer="momentum")


def begun() -> tuple[Run, History]:
    run, history = Run(PROJECT), History()
    history.begin(run)
    return run, history


def train(run: Run, history: History, epochs: int) -> None:
    history.going_on(run)
    run.train(epochs)
    history.trained(run)


def back(run: Run, history: History, updates: int) -> None:
    history.leave(run)
    run.go_to(updates)
    history.note(run, "back", f"Went back to epoch {run.trainer.epoch}")


def retune(run: Run, history: History, rate: float) -> None:
    before = run.trainer.training
    run.retune(msgspec.structs.replace(before, learning_rate=rate))
    history.retuned(run, before, run.trainer.training)


def test_what_happened_is_told_in_order_and_training_on_is_one_event() -> None:
    run, history = begun()
    for _ in range(3):
        train(run, history, 2)
    retune(run, history, 0.15)
    train(run, history, 4)
    back(run, history, 9)
    assert [event.words for event in history.events] == [
        "Start",
        "Trained to epoch 6",
        "η 0.3 → 0.15 at epoch 6",
        "Trained to epoch 10",
        "Went back to epoch 4",
    ]
    train(run, history, 1)
    assert history.events[-2].words.startswith("Branched from Run 1 at epoch 5, update 1 of 2")


def test_what_was_trained_stays_written_down_when_the_run_is_trained_again_from_before() -> None:
    run, history = begun()
    train(run, history, 5)
    far = history.events[-1]
    history.go_to(run, history.events[0])
    train(run, history, 2)
    assert [event.words for event in history.events[1:]] == [
        "Trained to epoch 5",
        "Trained to epoch 2",
    ]
    history.go_to(run, far)
    back(run, history, 6)
    history.go_to(run, far)
    back(run, history, 8)
    assert [event.updates for event in history.events if event.kind == "back"] == [6, 8]


def two_lines(run: Run, history: History) -> None:
    """Train 6 epochs, go back to the second, train 6 with another η, and return to the first."""
    train(run, history, 6)
    far = history.events[-1]
    back(run, history, 4)
    retune(run, history, 0.9)
    train(run, history, 4)
    assert history.line == 1
    history.go_to(run, far)


def test_on_another_line_watches_are_those_of_that_line() -> None:
    weight = Watch(quantity="weight", connection=("x", "h"))
    run, history = begun()
    run.set_watches([weight])
    two_lines(run, history)
    straight = Run(PROJECT)
    straight.set_watches([weight])
    straight.train(6)
    assert run.recorder is not None
    assert straight.recorder is not None
    known = run.recorder.series[weight].points(run.trainer.epoch)
    assert known == straight.recorder.series[weight].points()
    assert [epoch for epoch, _ in known] == list(range(7))


def test_on_another_line_a_watch_set_since_knows_nothing_of_the_way_there() -> None:
    weight = Watch(quantity="weight", connection=("x", "h"))
    run, history = begun()
    train(run, history, 6)
    far = history.events[-1]
    back(run, history, 4)
    run.set_watches([weight])
    retune(run, history, 0.9)
    train(run, history, 4)
    history.go_to(run, far)
    assert run.recorder is not None
    value = run.project.network.by_ends["x", "h"].weight
    assert run.recorder.series[weight].points() == [(6, value)]


def test_on_another_line_what_was_noted_is_of_that_line() -> None:
    held = Samples()
    run, history = Run(PROJECT), History(noted=(held,))
    history.begin(run)
    for epoch in (1, 2, 3, 4):
        train(run, history, 1)
        held.note(epoch, [run.loss()])
    first, far = list(held.rows), history.events[-1]
    back(run, history, 4)
    held.cut(2)
    retune(run, history, 0.9)
    for epoch in (3, 4, 5):
        train(run, history, 1)
        held.note(epoch, [run.loss()])
    second, there = list(held.rows), history.events[-1]
    history.go_to(run, far)
    assert held.rows == first
    assert history.keep(run).held == tuple(enumerate((row[0] for row in first), 1))
    history.go_to(run, there)
    assert held.rows == second


def test_on_another_line_breakpoints_have_held_as_often_as_on_that_line() -> None:
    often = Breakpoint(kind="small_delta", value=0.1, ignore=10**6)
    run, history = begun()
    run.set_breakpoints([often])
    two_lines(run, history)
    straight = Run(PROJECT)
    straight.set_breakpoints([often])
    straight.train(6)
    assert run.guard is not None
    assert straight.guard is not None
    assert run.guard.count(often) == straight.guard.count(often)


def test_an_event_leads_back_to_its_very_numbers() -> None:
    run, history = begun()
    train(run, history, 5)
    there = run.trainer.theta.tobytes(), run.losses
    retune(run, history, 0.01)
    train(run, history, 5)
    history.go_to(run, history.events[1])
    assert (run.trainer.theta.tobytes(), run.losses) == there
    assert run.trainer.training.learning_rate == 0.01


def test_going_on_from_a_past_point_with_other_settings_keeps_the_old_line() -> None:
    run, history = begun()
    train(run, history, 20)
    far = run.trainer.theta.tobytes(), run.losses
    back(run, history, 10)
    retune(run, history, 0.15)
    assert history.kept == []
    train(run, history, 20)
    assert [kept.name for kept in history.kept] == ["Run 1"]
    assert history.kept[0].losses.tolist() == far[1]
    assert history.kept[0].settings.learning_rate == 0.3
    branch = run.trainer.theta.tobytes(), run.losses
    assert branch[1][:5] == far[1][:5]
    assert branch[1][6:] != far[1][6:]
    trained = [event for event in history.events if event.kind == "train"]
    history.go_to(run, trained[0])
    assert (run.trainer.theta.tobytes(), run.losses) == far
    history.go_to(run, trained[1])
    assert (run.trainer.theta.tobytes(), run.losses) == branch


def test_going_on_as_before_is_no_branch() -> None:
    run, history = begun()
    train(run, history, 20)
    far = run.losses
    back(run, history, 10)
    train(run, history, 15)
    assert history.line == 0
    assert history.kept == []
    assert run.losses == far


def test_going_on_past_a_change_of_settings_that_is_not_made_again_is_a_branch() -> None:
    run, history = begun()
    train(run, history, 5)
    retune(run, history, 0.15)
    train(run, history, 5)
    far = run.trainer.theta.tobytes(), run.losses
    back(run, history, 6)
    retune(run, history, 0.3)  # as at that point then; the line has 0.15 from epoch 5 on
    train(run, history, 7)
    assert [kept.name for kept in history.kept] == ["Run 1"]
    branch = run.trainer.theta.tobytes(), run.losses
    trained = [event for event in history.events if event.kind == "train"]
    for event, truth in zip(trained[1:], (far, branch), strict=True):
        history.go_to(run, event)
        assert (run.trainer.theta.tobytes(), run.losses) == truth


def test_settings_that_no_update_depends_on_make_no_branch() -> None:
    run, history = begun()
    train(run, history, 4)
    back(run, history, 2)
    run.retune(msgspec.structs.replace(run.trainer.training, epochs=7))
    train(run, history, 1)
    assert history.kept == []


def test_two_runs_are_compared_weight_by_weight() -> None:
    run, history = begun()
    kept = history.keep(run)
    assert (kept.course, kept.result) == ("η 0.3 · no epoch", "")
    train(run, history, 3)
    found = differences(kept, run)
    now = run.project.network.by_ends
    assert found[0] == {c.ends: now[c.ends].weight - c.weight for c in PROJECT.network.connections}
    units = run.project.network.by_id
    assert found[1]["h"] == (units["h"].bias or 0) - (PROJECT.network.by_id["h"].bias or 0)
    retune(run, history, 7.0)
    kept = history.keep(run)
    assert kept.course == "η 0.3 · 3 epochs"
    assert kept.result.startswith("E 0.")
    history.drop(0)
    assert [each.name for each in history.kept] == ["Run 2"]


class Wandering(RuleBasedStateMachine):
    """Trains, goes back, changes η and clicks on events in any order."""

    @initialize()
    def start(self) -> None:
        self.run, self.history = begun()
        self.stops = [(self.history.events[0], self.here())]

    def here(self) -> tuple[int, bytes, tuple[float, ...]]:
        trainer = self.run.trainer
        return trainer.batches, trainer.theta.tobytes(), tuple(self.run.losses)

    @rule(epochs=st.integers(1, 4))
    def train(self, epochs: int) -> None:
        self.history.going_on(self.run)
        self.run.train(epochs)
        self.history.note(self.run, "stop", "Stopped")
        self.stops.append((self.history.events[-1], self.here()))

    @rule(updates=st.integers(0, 20))
    def back(self, updates: int) -> None:
        if updates <= self.run.trainer.batches:
            self.history.leave(self.run)
            self.run.go_to(updates)

    @rule(rate=st.sampled_from([0.1, 0.2]))
    def retune(self, rate: float) -> None:
        self.run.retune(msgspec.structs.replace(self.run.trainer.training, learning_rate=rate))

    @rule(which=st.floats(0, 1, exclude_max=True))
    def click(self, which: float) -> None:
        event, truth = self.stops[int(which * len(self.stops))]
        self.history.go_to(self.run, event)
        assert self.here() == truth

    @invariant()
    def every_line_is_long_enough(self) -> None:
        if hasattr(self, "history"):
            assert self.history.line < len(self.history._lines)


Wandering.TestCase.settings = settings(max_examples=60, stateful_step_count=20)
TestWandering = Wandering.TestCase


def test_where_it_stopped_leads_to_the_very_step() -> None:
    run, history = begun()
    run.set_breakpoints([Breakpoint(kind="unit", unit="h", phase="backward")])
    stops = []
    for _ in range(5):
        history.going_on(run)
        run.train(1)
        history.trained(run)
        history.note(run, "stop", f"Stopped in epoch {run.cursor.epoch + 1}: h")
        stops.append((run.cursor, run.guard and run.guard.count(run.guard.all[0])))
    stopped = [event for event in history.events if event.kind == "stop"]
    assert len(stopped) == 3, "stopping again in the same batch takes the last one's place"
    for event, there in zip(stopped[:2], (stops[1], stops[3]), strict=True):
        history.go_to(run, event)
        assert (run.cursor, run.guard and run.guard.count(run.guard.all[0])) == there
        assert history.here(run) == [event]
    run.step("term")
    assert [event.kind for event in history.here(run)] == ["train"]


def test_a_run_that_is_kept_already_is_not_kept_again_when_it_is_left() -> None:
    run, history = begun()
    train(run, history, 6)
    history.keep(run)
    retune(run, history, 0.15)
    for _ in range(2):
        history.go_to(run, history.events[0])
        train(run, history, 1)
        assert [kept.name for kept in history.kept] == ["Run 1"]
        assert history.events[-2].words == "Branched from Run 1 at the start"
