"""Going to a unit, an epoch or a breakpoint, forwards and back: the same bits by every way.

Where in a batch a breakpoint holds is in `watching/test_breakpoints`; going by grains is in
`test_run`, whose fresh run taken straight to a place is the judge here too.
"""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import chainstep
from chainstep.errors import ChainstepError
from chainstep.project import Training
from chainstep.stepping.run import Run
from chainstep.stepping.steps import GRAINS, UPDATE
from chainstep.stepping.watching.breakpoints import Breakpoint
from tests.stepping.test_run import NETS, SETTINGS, state, straight_to

WIDE = NETS["wide"].with_training(batch_size=2, order="shuffled", optimizer="adam")


def stops(name: str) -> list[Breakpoint]:
    """Breakpoints of every kind for a net."""
    unit = NETS[name].network.units[1].id
    return [
        Breakpoint(kind="unit", unit="h", phase="backward"),
        Breakpoint(kind="unit", unit=unit, ignore=2),
        Breakpoint(kind="phase", phase="update"),
        Breakpoint(kind="epoch", value=2.0),
        Breakpoint(kind="small_delta", value=0.05),
        Breakpoint(kind="large_weight", value=0.7),
        Breakpoint(kind="saturated", value=0.2),
        Breakpoint(kind="loss_below", value=0.4),
        Breakpoint(kind="loss_rises", value=0.01, of="validation"),
        Breakpoint(kind="flip"),
    ]


class Debugging(RuleBasedStateMachine):
    """Grains, breakpoints that come and go, searches both ways, edits and η in between."""

    @initialize(name=st.sampled_from(sorted(NETS)), chosen=SETTINGS)
    def start(self, name: str, chosen: dict[str, Any]) -> None:
        self.name = name
        self.project = NETS[name].with_training(**chosen)
        self.run = Run(self.project)
        self.made: list[Training] = []
        self.on: set[int] = set()

    @rule(grain=st.sampled_from(GRAINS), back=st.booleans())
    def move(self, grain: str, back: bool) -> None:
        self.run.back(grain) if back else self.run.step(grain)
        self.follow()

    @rule(which=st.integers(0, 9))
    def toggle(self, which: int) -> None:
        self.on ^= {which}
        self.set_breakpoints()

    @rule(epochs=st.integers(1, 3))
    def go_on(self, epochs: int) -> None:
        before = self.run.cursor
        self.run.train(epochs)
        if self.run.hit is not None:
            assert (self.run.cursor.example, self.run.cursor.index) == (
                self.run.hit.example,
                self.run.hit.index,
            )
            assert self.run.cursor != before
        self.follow()

    @rule(grain=st.sampled_from(GRAINS))
    def advance(self, grain: str) -> None:
        """By one grain or up to a breakpoint: where a plain step ends, or before that."""
        here = self.run.cursor
        there = self.run.advance(grain)
        self.follow()
        assert (there.updates, there.example, there.index) > (
            here.updates - (here.step is not None and here.step.phase == UPDATE),
            here.example,
            here.index,
        )

    @rule()
    def search_back(self) -> None:
        before = self.run.cursor
        after = self.run.back_to_breakpoint()
        assert after.updates <= before.updates
        if self.run.hit is None:
            assert (after.updates, after.example, after.index) == (0, 0, 0)
        self.follow()

    @rule()
    def search_back_and_give_up(self) -> None:
        here = state(self.run)
        search = self.run.searching_back()
        if next(search, "over") is None:
            search.close()
            assert state(self.run) == here
        self.follow()

    @rule(data=st.data(), back=st.booleans())
    def to_unit(self, data: st.DataObject, back: bool) -> None:
        unit = data.draw(st.sampled_from([u.id for u in self.project.network.units]))
        self.run.run_back_to_unit(unit) if back else self.run.run_to_unit(unit)
        cursor = self.run.cursor
        at_start = (cursor.updates, cursor.example, cursor.index) == (0, 0, 0)
        assert (
            self.run.hit is not None
            or (back and at_start)
            or cursor.index in (self.run.steps.arrivals(unit))
        )
        self.follow()

    @rule(epoch=st.integers(0, 4))
    def to_epoch(self, epoch: int) -> None:
        cursor = self.run.run_to_epoch(epoch)
        if self.run.hit is None:
            assert len(self.run.losses) == epoch
            assert cursor.updates == epoch * self.run.trainer.batches_an_epoch()
        self.follow()

    @rule(place=st.integers(0, 9), steps=st.integers(0, 4))
    def look_aside(self, place: int, steps: int) -> None:
        row = place % len(self.project.data.inputs)
        here = state(self.run)
        cursor = self.run.look_at(row)
        assert (cursor.row, cursor.aside, cursor.index) == (row, True, 0)
        for _ in range(steps):
            self.run.step("unit")
        alone = chainstep.trace(self.run.project, example=row)
        assert self.run.trace.as_dict() == alone.as_dict()
        self.run.look_back()
        assert state(self.run) == here

    @rule(rate=st.sampled_from([0.01, 0.3]))
    def retune(self, rate: float) -> None:
        training = self.run.trainer.training
        self.run.retune(msgspec.structs.replace(training, learning_rate=rate))
        self.follow()

    @rule(weight=st.sampled_from([-0.5, 0.25]))
    def edit(self, weight: float) -> None:
        """Change a weight of the net reached: a new run begins there, as in the window."""
        reached = self.run.project
        first = reached.network.connections[0]
        self.project = reached.change_connection(first.ends, weight=weight)
        self.run, self.made = Run(self.project), []
        self.set_breakpoints()

    def set_breakpoints(self) -> None:
        known = stops(self.name)
        self.run.set_breakpoints(known[each] for each in sorted(self.on))

    def follow(self) -> None:
        updates = self.run.cursor.updates
        del self.made[updates:]
        self.made += [self.run.trainer.training] * (updates - len(self.made))

    @invariant()
    def it_is_where_a_fresh_run_would_be(self) -> None:
        if hasattr(self, "run"):
            now = self.run.trainer.training
            fresh = straight_to(self.project, self.made, now, self.run.cursor)
            assert state(self.run) == state(fresh)


Debugging.TestCase.settings = settings(max_examples=60, stateful_step_count=15)
TestDebugging = Debugging.TestCase


@pytest.mark.parametrize("which", range(10))
def test_back_from_stop_to_stop_is_forward_from_stop_to_stop_turned_round(which: int) -> None:
    at = msgspec.structs.replace(stops("wide")[which], ignore=0)
    run = Run(WIDE.with_training(learning_rate=0.3))
    run.set_breakpoints([at])
    seen = []
    for _ in range(25):
        run.train(30)
        if run.hit is None:
            break
        seen.append((state(run), run.hit))
    for there, hit in reversed(seen if run.hit is None else seen[:-1]):
        run.back_to_breakpoint()
        assert run.hit == hit
        assert state(run) == there
    run.back_to_breakpoint()
    assert run.hit is None
    assert run.cursor.updates == run.cursor.index == 0


def test_counts_go_back_with_the_run_so_that_ignored_hits_are_ignored_again() -> None:
    run = Run(WIDE)
    at = Breakpoint(kind="unit", unit="h", phase="forward", ignore=3)
    run.set_breakpoints([at])
    run.train(5)
    assert run.guard is not None
    there = state(run)
    assert run.guard.count(at) == 4
    for count in (3, 2, 1):
        run.back_to_breakpoint()
        assert run.hit is not None
        assert run.guard.count(at) == count
    run.train(5)
    assert state(run) == there
    assert run.guard.count(at) == 4
    run.train(2)
    assert run.guard.count(at) == 5
    run.back("batch")
    run.back("epoch")
    run.train(5)
    assert state(run) == there


def test_single_steps_take_counts_back_and_bring_them_again_at_once() -> None:
    run = Run(WIDE)
    at = Breakpoint(kind="unit", unit="h", phase="forward")
    run.set_breakpoints([at])
    run.train(5)
    run.train(5)
    assert run.guard is not None
    there = state(run)
    assert run.guard.count(at) == 2
    run.back("term")
    assert run.guard.count(at) == 1
    run.step("term")
    assert state(run) == there
    assert run.guard.count(at) == 2
    run.seek(0)
    assert run.guard.count(at) == 1
    while run.cursor.index or run.cursor.example:
        run.back("unit")
    assert run.guard.count(at) == 0


@pytest.mark.parametrize("which", range(10))
def test_gone_over_again_every_breakpoint_has_the_counts_of_a_fresh_run(which: int) -> None:
    at = msgspec.structs.replace(stops("wide")[which], ignore=0)
    run, fresh = (Run(WIDE.with_training(learning_rate=0.3)) for _ in range(2))
    for each in (run, fresh):
        each.set_breakpoints([at])
    assert run.guard is not None
    assert fresh.guard is not None
    for stop in range(6):
        for each in (run, fresh):
            each.train(40)
        assert run.guard.count(at) == fresh.guard.count(at) == (stop + 1 if fresh.hit else stop)
        if fresh.hit is None:
            break
        here = state(run)
        for grain in ("unit", "batch", "epoch"):
            run.back(grain)
        while state(run) != here:
            run.train(40)
            assert run.hit is not None


def test_back_over_a_change_of_rate_makes_each_update_as_it_was_made() -> None:
    run = Run(WIDE)
    run.set_breakpoints([Breakpoint(kind="epoch", value=2.0)])
    run.train(9)
    there = state(run)
    run.set_breakpoints([])
    run.train(3)
    run.retune(msgspec.structs.replace(run.trainer.training, learning_rate=0.5))
    run.train(3)
    run.set_breakpoints([Breakpoint(kind="epoch", value=2.0)])
    run.back_to_breakpoint()
    for name in ("theta", "losses", "cursor"):
        assert state(run)[name] == there[name]


@pytest.mark.parametrize("grain", GRAINS)
def test_without_a_breakpoint_on_the_way_to_advance_is_to_step(grain: str) -> None:
    plain, guarded = Run(WIDE), Run(WIDE)
    guarded.set_breakpoints([Breakpoint(kind="epoch", value=99.0)])
    for _ in range(12):
        plain.step(grain)
        guarded.advance(grain)
        assert guarded.hit is None
        assert state(guarded) == state(plain)


def test_a_breakpoint_within_a_grain_stops_it_there() -> None:
    run = Run(WIDE)
    run.set_breakpoints(
        [Breakpoint(kind="unit", unit="h"), Breakpoint(kind="phase", phase="update")]
    )
    stops = []
    for _ in range(6):
        cursor = run.advance("example")
        assert cursor.step is not None
        stops.append((cursor.example, cursor.step.phase, cursor.step.unit, run.hit is not None))
    assert stops == [
        (0, "forward", "h", True), (0, "backward", "h", True), (0, "backward", "a", False),
        (1, "forward", "h", True), (1, "backward", "h", True), (1, "update", "", True),
    ]  # fmt: skip


def test_a_unit_is_come_to_in_every_pass_and_left_again_backwards() -> None:
    run = Run(WIDE)
    seen = []
    for _ in range(20):
        run.run_to_unit("y")
        seen.append(state(run))
        step = run.cursor.step
        assert step is not None
        assert step.unit == "y"
    for there in reversed(seen[:-1]):
        run.run_back_to_unit("y")
        assert state(run) == there
    run.run_back_to_unit("y")
    assert run.cursor.updates == run.cursor.index == 0


def test_a_breakpoint_on_the_way_to_a_unit_stops_there_and_counts_only_what_was_passed() -> None:
    run = Run(WIDE)
    h, g = (Breakpoint(kind="unit", unit=unit, phase="backward") for unit in ("h", "g"))
    run.set_breakpoints([h, g])
    run.run_to_unit("z")
    assert run.hit is None
    run.run_to_unit("a")
    assert run.guard is not None
    assert run.hit is not None
    assert run.hit.breakpoint == g
    assert (run.guard.count(h), run.guard.count(g)) == (0, 1)


def test_a_unit_that_is_not_there_is_refused_in_a_sentence() -> None:
    with pytest.raises(ChainstepError, match="No pass comes to nobody"):
        Run(WIDE).run_to_unit("nobody")


def test_a_look_aside_ends_with_the_step_beyond_its_pass_and_with_every_coarse_one() -> None:
    run = Run(WIDE)
    run.train(2)
    here = state(run)
    run.look_at(3)
    assert run.cursor.aside
    run.step("example")
    assert run.cursor.index == run.cursor.count
    run.step("term")
    assert state(run) == here
    run.look_at(3)
    run.back("term")
    assert state(run) == here
    run.look_at(3)
    run.step("pass")
    run.train(1)
    straight = Run(WIDE)
    straight.train(3)
    assert state(run) == state(straight)


def test_where_there_is_no_way_back_units_are_still_come_to() -> None:
    project = NETS["small"].change_unit("h", activation="step")
    run = Run(project)
    rows = []
    for _ in range(4):
        run.run_to_unit("y")
        rows.append(run.cursor.row)
    assert rows == [0, 1, 2, 0]
    assert not run.moved
