"""Live training in the event loop: what is made ready first, and one thing in a turn."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.exceptions import capture_exceptions

from chainstep.app.beside import Beside
from chainstep.app.debugger import Debugger
from chainstep.app.document import Document
from chainstep.app.moment import Moment
from chainstep.engine.engines import Engine
from chainstep.engine.trainer import Trainer
from chainstep.files.examples import load_example
from chainstep.stepping.run import Run

from .journey import settle, wait_until

#: Seconds: where the extra `fast` is there, it is compiled for the first time.
LONG = 60.0


@pytest.fixture
def document(qapp: object) -> Document:
    return Document(load_example("xor").with_training(epochs=10**9), title="XOR")


@pytest.fixture
def debugger(document: Document) -> Iterator[Debugger]:
    made = Debugger(document)
    yield made
    made.pause()
    wait_until(lambda: not Beside._alive, LONG)


def trainer_of(debugger: Debugger) -> Trainer:
    run = debugger.moment().run
    assert run is not None
    return run.trainer


def test_training_begins_when_what_it_needs_was_made_beside_the_loop(debugger: Debugger) -> None:
    debugger.start()
    trainer = trainer_of(debugger)
    assert debugger.training
    assert (trainer.ready, trainer.batches) == (False, 0)
    wait_until(lambda: trainer.batches > 0, LONG)
    assert trainer.ready


def test_training_ended_before_it_could_begin_makes_no_update(debugger: Debugger) -> None:
    debugger.start()
    debugger.pause()
    assert not debugger.training
    wait_until(lambda: not Beside._alive, LONG)
    settle(20)
    assert (debugger.training, trainer_of(debugger).batches) == (False, 0)


def test_training_ended_and_begun_anew_meanwhile_goes_on_once(debugger: Debugger) -> None:
    debugger.start()
    debugger.pause()
    debugger.start()
    assert len(Beside._alive) == 1  # what is made beside serves the second time
    wait_until(lambda: trainer_of(debugger).batches > 0, LONG)
    assert debugger.training
    wait_until(lambda: not Beside._alive, LONG)
    assert debugger.training


@pytest.mark.parametrize("error", [MemoryError, RuntimeError])
def test_training_begins_in_the_loop_where_nothing_could_be_made_beside_it(
    debugger: Debugger, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def made_engine(_trainer: Trainer) -> None:
        raise error

    monkeypatch.setattr(Trainer, "made_engine", made_engine)
    debugger.start()
    trainer = trainer_of(debugger)
    wait_until(lambda: trainer.batches > 0, LONG)
    assert debugger.training


def test_an_optimiser_changed_meanwhile_is_the_one_that_trains(
    document: Document, debugger: Debugger
) -> None:
    debugger.start()
    trainer = trainer_of(debugger)
    document.apply("Set weight decay", lambda p: p.with_training(weight_decay=0.1))
    assert debugger.training
    wait_until(lambda: trainer.batches > 0, LONG)
    debugger.pause()
    alone = Trainer(document.project)
    alone.advance(trainer.batches)
    assert trainer.theta.tolist() == alone.theta.tolist()


def test_a_picture_is_made_in_turns_and_all_of_it_shows_the_same_weights(
    debugger: Debugger,
) -> None:
    seen: list[tuple[int, int]] = []
    turns = [0]
    counting = QTimer()
    counting.setInterval(0)

    def count() -> None:
        turns[0] += 1

    def show(moment: Moment) -> Iterator[None]:
        for _ in range(3):
            if moment.training and moment.run is not None:
                seen.append((moment.run.trainer.batches, turns[0]))
            yield

    debugger.shown_in_parts = show
    counting.timeout.connect(count)
    counting.start()
    debugger.start()
    wait_until(lambda: len(seen) >= 6, LONG)
    debugger.pause()
    first = seen[:3]
    assert len({batches for batches, _ in first}) == 1
    assert first[0][1] < first[1][1] < first[2][1]
    assert seen[3][0] > seen[0][0] > 0


def test_settings_changed_while_all_is_made_ready_are_made_ready_for_beside_the_loop(
    document: Document, debugger: Debugger, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers: list[threading.Thread] = []
    changed, chosen = threading.Event(), Trainer._chosen

    def slowly(trainer: Trainer) -> Engine:
        makers.append(threading.current_thread())
        engine = chosen(trainer)
        assert changed.wait(LONG)
        return engine

    monkeypatch.setattr(Trainer, "_chosen", slowly)
    debugger.start()
    wait_until(lambda: bool(makers), LONG)
    document.apply("Set learning rate", lambda p: p.with_training(learning_rate=0.3))
    changed.set()
    wait_until(lambda: trainer_of(debugger).batches > 0, LONG)
    assert len(makers) == 2
    assert threading.main_thread() not in makers


@pytest.mark.parametrize("where", ["training", "picture"])
def test_a_fault_of_our_own_ends_training_and_is_told_once(
    debugger: Debugger, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    debugger.start()
    wait_until(lambda: trainer_of(debugger).batches > 0, LONG)

    def fails(*_: object) -> Iterator[None]:
        if where == "training" or debugger.training:
            raise RuntimeError(where)
        return iter(())

    with capture_exceptions() as faults:
        if where == "training":
            monkeypatch.setattr(Run, "train_for", fails)
        else:
            debugger.shown_in_parts = fails
        wait_until(lambda: not debugger.training, LONG)
        settle(50)
    assert [str(error) for _, error, _ in faults] == [where]


def test_each_of_the_first_epochs_is_told_so_that_curves_can_bend(debugger: Debugger) -> None:
    told: list[int] = []
    debugger.live.passed.connect(lambda run: told.append(run.trainer.epoch))
    debugger.start()
    wait_until(lambda: len(told) > 30, LONG)
    debugger.pause()
    assert told[:30] == list(range(1, 31))
