"""What is noted along a run: the right numbers, at the right epochs, within a share of the time."""

import math
from typing import Any

import pytest

from chainstep.app.plots import recorder as recorders
from chainstep.app.plots.recorder import Recorder
from chainstep.files.examples import load_example
from chainstep.stepping import maps
from chainstep.stepping.maps import deltas
from chainstep.stepping.run import Run


def trained(name: str, epochs: int) -> tuple[Recorder, Run]:
    recorder, run = Recorder(), Run(load_example(name))
    recorder.observe(run, always=True)
    for _ in range(epochs):
        run.train(1)
        recorder.observe(run, always=True)
    return recorder, run


def test_each_epoch_is_noted_with_the_validation_loss_after_it() -> None:
    recorder, _ = trained("moons", 5)
    assert recorder.held.epochs == [0, 1, 2, 3, 4, 5]
    fresh = Run(load_example("moons"))
    fresh.train(3)
    held = fresh.trainer.held()
    assert held is not None
    assert recorder.held.rows[3][:2] == (held.loss, held.accuracy)


def test_going_back_takes_the_notes_back() -> None:
    recorder, run = trained("moons", 5)
    run.restart()
    recorder.observe(run, always=True)
    assert recorder.flow.epochs == [0]
    assert recorder.held.epochs == [0]


def test_another_run_begins_anew() -> None:
    recorder, _ = trained("moons", 5)
    other = Run(load_example("xor"))
    recorder.observe(other, always=True)
    assert recorder.flow.epochs == [0]
    assert len(recorder.flow.rows[0]) == 2


def test_without_rows_held_back_there_is_only_the_accuracy() -> None:
    recorder, _ = trained("xor", 1)
    loss, accuracy, training = recorder.held.rows[-1]
    assert math.isnan(loss)
    assert math.isnan(accuracy)
    assert training in (0.25, 0.5, 0.75, 1.0)


def test_a_run_without_backward_pass_is_not_noted() -> None:
    recorder, run = Recorder(), Run(load_example("pdp86_xor_threshold"))
    assert run.refused
    recorder.observe(run, always=True)
    assert not len(recorder.flow)


@pytest.mark.parametrize(
    ("name", "share", "epochs"),
    [("xor", recorders.SHARE, 9000), ("moons", recorders.HELD_SHARE, 1500)],
)
def test_measuring_keeps_to_its_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch, name: str, share: int, epochs: int
) -> None:
    clock, hiccup = 0.0, 0.3

    def slow(_trainer: object) -> tuple[float, ...]:
        nonlocal clock, hiccup
        clock += 0.002 + hiccup
        hiccup = 0.0  # it is only the first that takes so long
        return 1.0, 1.0, 1.0

    monkeypatch.setattr(recorders.time, "monotonic", lambda: clock)
    monkeypatch.setattr(recorders, "flow_of", lambda _trainer: [1.0])
    monkeypatch.setattr(recorders, "held_of", slow)
    recorder, run = Recorder(), Run(load_example(name))
    for _ in range(epochs):
        run.train(1)
        clock += 0.001
        recorder.observe(run)
    assert 0.6 / share < 0.002 * len(recorder.held) / clock < 1.4 / share


@pytest.mark.parametrize(("terms", "rows"), [(300_000, 100), (60 * 18, 60), (10, 20)])
def test_the_larger_a_net_the_fewer_rows_tell_its_flow(
    monkeypatch: pytest.MonkeyPatch, terms: int, rows: int
) -> None:
    run = Run(load_example("moons"))
    assert len(run.trainer.plan.weight) == 18
    assert len(run.trainer.rows) == 100
    measured: list[int] = []

    def note(*call: Any) -> Any:
        measured.append(call[-1].shape[1])
        return deltas(*call)

    monkeypatch.setattr(maps, "deltas", note)
    monkeypatch.setattr(recorders, "MOST_TERMS", terms)
    assert all(level > 0 for level in recorders.flow_of(run.trainer))
    assert measured == [rows]
