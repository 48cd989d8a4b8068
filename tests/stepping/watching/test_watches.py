"""What is watched is what a fresh run has at that epoch, and a long run takes no more memory."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.errors import ChainstepError
from chainstep.project import Project
from chainstep.stepping.run import Run
from chainstep.stepping.trace import trace
from chainstep.stepping.watching import watches
from chainstep.stepping.watching.series import Series
from chainstep.stepping.watching.watches import Watch
from tests.hand_nets import data
from tests.nets import draw

PROJECT = Project(
    network=draw("x > h g > y, x > y", hidden="tanh"),
    data=data([[0.5], [-1.0], [2.0], [0.2]], [[1.0], [0.0], [0.5], [0.3]]),
).with_training(batch_size=2, order="shuffled", learning_rate=0.3)
ALL = (
    Watch(quantity="weight", connection=("h", "y")),
    Watch(quantity="bias", unit="h"),
    Watch(quantity="delta", unit="h", row=1),
    Watch(quantity="z", unit="y", row=2),
    Watch(quantity="a", unit="h"),
    Watch(quantity="h_prime", unit="g", row=3),
    Watch(quantity="mean_z", unit="g"),
    Watch(quantity="mean_delta", unit="h"),
    Watch(quantity="gradient", connection=("x", "h")),
    Watch(quantity="gradient_norm"),
)


def truth(watch: Watch, epochs: int) -> float:
    """What a fresh run says by the trace and the trainer."""
    run = Run(PROJECT)
    run.train(epochs)
    now = run.project
    if watch.quantity == "weight":
        assert watch.connection is not None
        return now.network.by_ends[watch.connection].weight
    if watch.quantity == "bias":
        return now.network.by_id[watch.unit].bias or 0.0
    if watch.quantity == "gradient_norm":
        slopes = run.trainer.gradient_at(run.trainer.theta)[: len(now.network.connections)]
        return math.sqrt(sum(float(g) ** 2 for g in slopes))
    if watch.quantity == "gradient":
        assert watch.connection is not None
        delta = [trace(now, n).delta("h") or 0.0 for n in range(4)]
        return sum(d * row[0] for d, row in zip(delta, now.data.inputs, strict=True)) / 4
    if watch.quantity == "mean_delta":
        return sum(abs(trace(now, n).delta(watch.unit) or 0.0) for n in range(4)) / 4
    if watch.quantity == "mean_z":
        return sum(trace(now, n).z(watch.unit) for n in range(4)) / 4
    value = getattr(trace(now, watch.row), watch.quantity)(watch.unit)
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize("watch", ALL, ids=watches.words)
def test_a_watch_notes_what_a_fresh_run_has_after_each_epoch(watch: Watch) -> None:
    run = Run(PROJECT)
    run.set_watches([watch])
    run.train(3)
    assert run.recorder is not None
    points = run.recorder.series[watch].points()
    assert [epoch for epoch, _ in points] == [0, 1, 2, 3]
    for epoch, value in points:
        assert value == pytest.approx(truth(watch, epoch), rel=1e-12)


def test_all_at_once_are_noted_as_each_alone() -> None:
    run, alone = Run(PROJECT), Run(PROJECT)
    run.set_watches(ALL)
    run.train(5)
    assert run.recorder is not None
    for watch in ALL:
        alone.restart()
        alone.set_watches([watch])
        alone.train(5)
        assert alone.recorder is not None
        # Not to the last bit: BLAS may add in another order where there are more examples.
        apart, together = (r.recorder.series[watch].points() for r in (alone, run))
        assert apart == [(epoch, pytest.approx(value, rel=1e-14)) for epoch, value in together]


def test_going_back_and_on_with_other_settings_forgets_what_did_not_happen() -> None:
    run = Run(PROJECT)
    run.set_watches(ALL[:1])
    run.train(10)
    run.go_to(8)  # four epochs of two batches
    run.retune(PROJECT.with_training(learning_rate=0.01).training)
    run.train(2)
    assert run.recorder is not None
    points = run.recorder.series[ALL[0]].points()
    assert [epoch for epoch, _ in points] == list(range(7))
    assert points[4][1] == pytest.approx(truth(ALL[0], 4))
    assert points[6][1] == run.trainer.theta[run.trainer.plan.weight["h", "y"]]


def test_watching_changes_no_bit_of_a_training() -> None:
    run, plain = Run(PROJECT), Run(PROJECT)
    run.set_watches(ALL)
    run.train(20)
    plain.train(20)
    assert run.trainer.theta.tobytes() == plain.trainer.theta.tobytes()
    assert run.losses == plain.losses


def test_a_watch_set_late_begins_late_and_others_keep_their_values() -> None:
    run = Run(PROJECT)
    run.set_watches(ALL[:1])
    run.train(3)
    run.set_watches(ALL[:2])
    run.train(1)
    assert run.recorder is not None
    first, second = (run.recorder.series[watch].points() for watch in ALL[:2])
    assert [epoch for epoch, _ in first] == [0, 1, 2, 3, 4]
    assert [epoch for epoch, _ in second] == [3, 4]


def test_a_watch_of_what_is_not_there_notes_nothing() -> None:
    absent = (
        Watch(quantity="z", unit="gone"),
        Watch(quantity="weight", connection=("x", "gone")),
        Watch(quantity="z", unit="y", row=99),
        Watch(quantity="delta", unit="x"),
    )
    run = Run(PROJECT)
    run.set_watches(absent)
    run.train(2)
    assert run.recorder is not None
    assert [run.recorder.series[watch].points() for watch in absent] == [[], [], [], []]


@pytest.mark.parametrize(
    ("watch", "item", "said"),
    [
        (ALL[0], {"quantity": "weight", "connection": ["h", "y"]}, "w of h → y"),
        (ALL[1], {"quantity": "bias", "unit": "h"}, "b of h"),
        (ALL[2], {"quantity": "delta", "unit": "h", "row": 1}, "δ of h, example 2"),
        (ALL[5], {"quantity": "h_prime", "unit": "g", "row": 3}, "h′(a) of g, example 4"),
        (ALL[6], {"quantity": "mean_z", "unit": "g"}, "mean z of g"),
        (ALL[7], {"quantity": "mean_delta", "unit": "h"}, "mean |δ| of h"),
        (ALL[8], {"quantity": "gradient", "connection": ["x", "h"]}, "∂E/∂w of x → h"),
        (ALL[9], {"quantity": "gradient_norm"}, "‖∂E/∂w‖"),
    ],
)
def test_a_watch_is_a_plain_object_in_the_document(
    watch: Watch, item: dict[str, Any], said: str
) -> None:
    assert watches.written(watch) == item
    assert watches.read(item) == watch
    assert watches.words(watch) == said
    assert watches.read({**item, "more": 1}) is None


# --- the series ----------------------------------------------------------------------------------


def test_a_quantity_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(ChainstepError, match=r"there are weight, .*\.$"):
        Watch(quantity="speed")


def test_no_spike_is_lost_and_memory_is_constant() -> None:
    series = Series(buckets=64)
    for epoch in range(100_000):
        series.put(epoch, 9.0 if epoch == 77_777 else math.sin(epoch))
    points = series.points()
    assert len(points) <= 2 * 64 + 1
    assert (77_777, 9.0) in points
    assert points[-1][0] == 99_999
    assert min(value for _, value in points) == pytest.approx(-1, abs=1e-6)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.booleans(), st.floats(-9, 9, width=16)), max_size=60)
)
def test_every_point_is_one_that_was_put_and_still_holds(
    moves: list[tuple[int, bool, float]],
) -> None:
    series, held = Series(buckets=8), dict[int, float]()
    for epoch, goes_back, value in moves:
        if goes_back:
            series.truncate(epoch)
            held = {e: v for e, v in held.items() if e < epoch}
        else:
            held = {e: v for e, v in held.items() if e < epoch} | {epoch: value}
            series.put(epoch, value)
            assert series.last == (epoch, value)
        points = series.points()
        assert [e for e, _ in points] == sorted({e for e, _ in points})
        assert all(held[e] == v for e, v in points)
        assert len(points) <= 17
        if held and not goes_back:
            values = np.array([v for _, v in points])
            assert values.max() <= max(held.values())
