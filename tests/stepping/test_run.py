"""A run is deterministic: wherever it is, and by whatever way, it is there bit for bit.

Runs that cannot train or whose numbers break are in `test_run_refused`; what a step says is in
`test_explain`; that stepping makes the updates of training in `engine/test_random_dags`.
"""

from itertools import pairwise
from typing import Any
from unittest import mock

import msgspec
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chainstep.engine.activations import Array
from chainstep.engine.plan import Indices
from chainstep.engine.trainer import Trainer
from chainstep.errors import ChainstepError
from chainstep.project import Data, Loss, Project, Schedule, Training
from chainstep.stepping import snapshots
from chainstep.stepping.explain.step import explain
from chainstep.stepping.run import Run
from chainstep.stepping.steps import GRAINS, UPDATE
from tests.nets import draw

NETS = {
    "small": Project(
        network=draw("x > h > y, x > y"),
        data=Data(inputs=((0.5,), (-1.0,), (2.0,)), targets=((1.0,), (0.0,), (0.5,))),
    ),
    "wide": Project(
        network=draw("a b > h g > y z, y > z", hidden="tanh", output="logistic"),
        data=Data(
            inputs=((0.5, 1.0), (-1.0, 0.3), (2.0, 0.1), (0.2, -0.7), (1.0, 1.0)),
            targets=((1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (1.0, 1.0), (0.0, 0.0)),
            validation=(3,),
        ),
    ),
    "softmax": Project(
        network=draw("x > h > p q", output="softmax"),
        loss=Loss(name="cross_entropy"),
        data=Data(inputs=((0.5,), (-1.0,)), targets=((1.0, 0.0), (0.0, 1.0))),
    ),
}
SETTINGS = st.fixed_dictionaries(
    {
        "batch_size": st.sampled_from([1, 2, None]),
        "order": st.sampled_from(["fixed", "shuffled"]),
        "optimizer": st.sampled_from(["sgd", "adam", "momentum"]),
        "reduction": st.sampled_from(["mean", "sum"]),
        "learning_rate": st.just(0.1),
        "seed": st.integers(0, 3),
        "schedule": st.sampled_from([None, Schedule(name="step", period=1, factor=0.5)]),
    }
)


def state(run: Run) -> dict[str, Any]:
    """Return everything of a run that could differ, numbers to the bit."""
    trainer = run.trainer
    return {
        "cursor": run.cursor,
        "theta": trainer.theta.tobytes(),
        "before": run.before.tobytes(),
        "memory": {name: v.tobytes() for name, v in trainer.optimizer.vectors.items()},
        "count": trainer.optimizer.count,
        "next": (trainer.epoch, trainer.batch, trainer.batches),
        "losses": run.losses,
        "loss": run.loss(),
        "rate": run.rate,
        "training": trainer.training,
        "trace": run.trace.as_dict(),
        "explanation": explain(run, digits=15),
    }


def straight_to(project: Project, made: list[Training], now: Training, there: Any) -> Run:
    """Return a fresh run taken straight to a cursor; made: the settings of each update."""
    run = Run(project)
    for training in made:
        run.retune(training)
        run.train_batch()
    run.retune(now)
    if there.step is None or there.step.phase != UPDATE:
        if made:
            run.step("term")
        run.go_to_row(there.row)
        run.seek(there.index)
    return run


class Walk(RuleBasedStateMachine):
    """Steps, goes back, trains and changes η in any order."""

    @initialize(
        name=st.sampled_from(sorted(NETS)), chosen=SETTINGS, most=st.sampled_from([1, 8, 512])
    )
    def start(self, name: str, chosen: dict[str, Any], most: int) -> None:
        self.patch = mock.patch.object(snapshots, "MOST", most)
        self.patch.start()
        self.project = NETS[name].with_training(**chosen)
        self.run = Run(self.project)
        self.made: list[Training] = []

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.stop()

    @rule(grain=st.sampled_from(GRAINS))
    def step(self, grain: str) -> None:
        before = self.run.cursor
        after = self.run.step(grain)
        assert (after.updates, after.example, after.index) > (
            before.updates - (before.step is not None and before.step.phase == UPDATE),
            before.example,
            before.index,
        )
        self.follow()

    @rule(grain=st.sampled_from(GRAINS))
    def back(self, grain: str) -> None:
        before = self.run.cursor
        after = self.run.back(grain)
        assert after.updates <= before.updates
        assert after != before or (before.updates == before.example == before.index == 0)
        self.follow()

    @rule(grain=st.sampled_from(GRAINS))
    def on_and_back_again(self, grain: str) -> None:
        here = self.run.step(grain)
        self.run.step(grain)
        assert self.run.back(grain) == here
        self.follow()

    @rule(part=st.floats(0, 1))
    def seek(self, part: float) -> None:
        index = round(part * self.run.cursor.count)
        row = self.run.cursor.row
        cursor = self.run.seek(index)
        assert (cursor.row, cursor.index) == (row, index)
        self.follow()

    @rule(place=st.integers(0, 9))
    def go_to_row(self, place: int) -> None:
        cursor = self.run.cursor
        rows = self.run.trainer.batch_rows(cursor.epoch, cursor.batch)
        row = rows[place % len(rows)]
        cursor = self.run.go_to_row(row)
        assert (cursor.row, cursor.index) == (row, 0)
        self.follow()

    @rule(epochs=st.integers(1, 4))
    def train(self, epochs: int) -> None:
        finished = len(self.run.losses)
        assert self.run.train(epochs=epochs) == epochs
        assert len(self.run.losses) == finished + epochs
        self.follow()

    @rule()
    def train_batch(self) -> None:
        self.run.train_batch()
        self.follow()

    @precondition(lambda self: self.run.cursor.updates > 3)
    @rule()
    def restart(self) -> None:
        self.run.restart()
        assert not self.run.moved
        self.follow()

    @rule(rate=st.sampled_from([0.01, 0.1, 0.3]), decay=st.sampled_from([0.0, 0.01]))
    def retune(self, rate: float, decay: float) -> None:
        training = self.run.trainer.training
        self.run.retune(msgspec.structs.replace(training, learning_rate=rate, weight_decay=decay))
        self.follow()

    def follow(self) -> None:
        """Note the settings of updates made, forget those taken back."""
        updates = self.run.cursor.updates
        del self.made[updates:]
        self.made += [self.run.trainer.training] * (updates - len(self.made))

    @invariant()
    def it_is_where_a_fresh_run_would_be(self) -> None:
        if not hasattr(self, "run"):
            return
        now = self.run.trainer.training
        fresh = straight_to(self.project, self.made, now, self.run.cursor)
        assert state(self.run) == state(fresh)
        assert self.run.moved == bool(self.made)


Walk.TestCase.settings = settings(max_examples=100, stateful_step_count=15)
TestWalk = Walk.TestCase


# --- going back far ---------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["fixed", "shuffled"])
def test_going_back_a_thousand_epochs_lands_exactly(order: str) -> None:
    project = NETS["small"].with_training(
        batch_size=2, order=order, optimizer="adam", learning_rate=0.01
    )
    run = Run(project)
    run.train(epochs=100)
    run.step("level")
    there = state(run)
    run.train(epochs=1000)
    assert len(run.losses) == 1100
    for _ in range(1000):
        run.back("epoch")
    assert len(run.losses) == 100
    run.step("level")
    assert state(run) == there


def test_thinned_snapshots_still_lead_to_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST", 1)
    run = Run(NETS["wide"].with_training(batch_size=1, optimizer="adam"))
    seen = []
    for _ in range(40):
        seen.append((run.trainer.theta.tobytes(), run.losses))
        run.train_batch()
    for updates in reversed(range(40)):
        run.back("batch")
        assert run.cursor.updates == updates
        assert (run.trainer.theta.tobytes(), run.losses) == seen[updates]


def test_snapshots_stay_within_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST", 16)
    run = Run(NETS["small"].with_training(batch_size=1))
    keep = snapshots.Snapshots(run.trainer)
    for _ in range(500):
        keep.keep(run.trainer.batches, run.trainer.snapshot())
        run.trainer.step_batch()
        assert len(keep._states) <= 16
    assert len(keep._states) >= 8
    gaps = {after - before for before, after in pairwise(keep._updates)}
    assert len(gaps) == 1, "the way back would be longer in one place than in another"


# --- settings that change on the way ----------------------------------------------------------


def test_going_back_over_a_change_of_rate_goes_back_to_the_old_weights_and_on_with_the_new() -> (
    None
):
    project = NETS["small"].with_training(batch_size=None, learning_rate=0.1)
    faster = msgspec.structs.replace(project.training, learning_rate=0.3)
    run, plain = Run(project), Run(project)
    run.train(epochs=5)
    run.retune(faster)
    run.train(epochs=3)
    for _ in range(5):
        run.back("epoch")
    plain.train(epochs=3)
    assert run.trainer.theta.tobytes() == plain.trainer.theta.tobytes()
    assert run.losses == plain.losses
    run.train(epochs=1)
    plain.retune(faster)
    plain.train(epochs=1)
    assert run.trainer.theta.tobytes() == plain.trainer.theta.tobytes()


def test_an_update_made_again_with_another_rate_is_remembered_with_that_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(snapshots, "MOST", 1)
    run = Run(NETS["small"].with_training(batch_size=None))
    run.train(epochs=3)
    run.retune(msgspec.structs.replace(run.trainer.training, learning_rate=0.3))
    run.back("term")
    weights = [run.trainer.theta.tobytes()]
    for _ in range(40):
        run.train_batch()
        weights.append(run.trainer.theta.tobytes())
    for there in reversed(weights[1:]):
        assert run.trainer.theta.tobytes() == there
        run.back("batch")
    assert run.trainer.theta.tobytes() == weights[0]


def test_what_was_taken_back_is_forgotten_once_the_run_goes_on_otherwise() -> None:
    project = NETS["small"].with_training(batch_size=None, learning_rate=0.1)
    faster = msgspec.structs.replace(project.training, learning_rate=0.3)
    run, plain = Run(project), Run(project)
    run.train(epochs=10)
    for _ in range(6):
        run.back("epoch")
    run.retune(faster)
    run.train(epochs=10)
    for _ in range(5):
        run.back("epoch")
    plain.train(epochs=4)
    plain.retune(faster)
    plain.train(epochs=5)
    assert state(run) == state(plain)


def test_the_rate_of_an_update_is_the_one_it_was_made_with() -> None:
    schedule = Schedule(name="step", period=1, factor=0.5)
    run = Run(NETS["small"].with_training(learning_rate=0.8, schedule=schedule))
    run.step("epoch")
    assert run.rate == 0.8
    run.retune(msgspec.structs.replace(run.trainer.training, learning_rate=0.2))
    assert run.rate == 0.8
    run.step("unit")
    assert run.rate == 0.1
    assert run.trainer.rate() == 0.1


# --- where a run is ---------------------------------------------------------------------------


def test_every_row_of_a_batch_is_met_once_and_the_update_comes_last() -> None:
    run = Run(NETS["wide"].with_training(batch_size=2, order="shuffled", seed=1))
    met, updates = [], []
    for _ in range(4):
        cursor = run.step("example")
        met.append(cursor.row)
        updates.append(cursor.updates)
    assert sorted(met) == [0, 1, 2, 4]
    assert updates == [0, 1, 1, 2]
    assert (run.cursor.epoch, run.cursor.batch, run.cursor.batches) == (0, 1, 2)


def test_a_row_of_another_batch_is_refused_with_a_sentence() -> None:
    run = Run(NETS["small"].with_training(batch_size=1))
    with pytest.raises(ChainstepError, match=r"^Example 3 is not in this batch: .*\.$"):
        run.go_to_row(2)
    assert run.cursor.row == 0


def test_an_unknown_grain_is_refused_with_the_grains_there_are() -> None:
    run = Run(NETS["small"])
    for move in (run.step, run.back):
        with pytest.raises(ChainstepError, match=r"^year is no grain; there are term, .*epoch\.$"):
            move("year")


def test_a_seek_beyond_an_end_stops_there() -> None:
    run = Run(NETS["small"].with_training(batch_size=None))
    assert run.seek(-5).index == 0
    assert run.seek(10**9).index == run.cursor.count
    run.go_to_row(2)
    assert run.seek(10**9).updates == 1
    assert run.seek(10**9).updates == 1


def test_training_ends_where_it_is_told_to() -> None:
    run = Run(NETS["small"])
    assert run.train(epochs=50, stop=lambda: len(run.losses) == 7) == 7
    assert run.train(epochs=50, until=run.losses[-1]) == 1


def test_a_project_with_the_weights_reached_is_taken_over_without_a_break() -> None:
    kept, plain = Run(NETS["wide"]), Run(NETS["wide"])
    for run in (kept, plain):
        run.train(epochs=3)
    kept.adopt(kept.project)
    assert kept.trainer.plan.network is kept.trainer.project.network
    for run in (kept, plain):
        run.train(epochs=3)
        run.back("epoch")
        run.back("unit")
    assert state(kept) == state(plain)


def test_the_gradient_of_a_batch_is_made_once_however_often_its_update_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    gradient_at = Trainer.gradient_at

    def counting(self: Trainer, theta: Array, rows: Indices | None = None) -> Array:
        made.append(self.batches)
        return gradient_at(self, theta, rows)

    monkeypatch.setattr(Trainer, "gradient_at", counting)
    run = Run(NETS["small"])
    run.step("batch")
    first = run.gradient
    first[:] = 0.0  # whoever asks has one of their own
    second = run.gradient
    assert second.any()
    np.testing.assert_array_equal(run.gradient, second)
    assert made == [1]
    run.step("batch")
    assert (run.gradient != second).any()
    run.back("batch")
    np.testing.assert_array_equal(run.gradient, second)
