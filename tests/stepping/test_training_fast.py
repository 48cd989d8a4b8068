"""Training in stretches of time: as fast as it goes, and the same bits as step by step.

What an update is: `tests/engine`. Steps and going back: `test_random_dags.py`.
"""

import pytest

from chainstep.errors import NumbersBroke
from chainstep.project import Project
from chainstep.stepping.run import Run
from chainstep.stepping.watching.breakpoints import Breakpoint
from tests.hand_nets import data
from tests.nets import draw
from tests.random_nets import random_project


def project_of(seed: int = 3, **training: object) -> Project:
    return random_project(seed).with_training(learning_rate=0.001, **training)


@pytest.mark.parametrize("size", [1, 2, None])
def test_training_for_a_time_ends_at_the_bits_of_single_batches(size: int | None) -> None:
    timed, single = Run(project_of(batch_size=size)), Run(project_of(batch_size=size))
    while timed.trainer.batches < 50:
        timed.train_for(0.005, 10**6)
    for _ in range(timed.trainer.batches):
        single.train_batch()
    assert timed.losses == single.losses
    assert timed.project.network.same_as(single.project.network)
    assert timed.cursor == single.cursor


def test_training_for_a_time_ends_with_the_epoch_that_is_asked_for() -> None:
    run = Run(project_of(batch_size=2))
    assert not run.train_for(0.0, 40)
    assert run.train_for(60.0, 40)
    assert run.trainer.epoch == 40
    assert run.trainer.batch == 0
    assert run.train_for(60.0, 40)
    assert run.trainer.batches == 80


def test_the_first_loss_that_is_low_enough_ends_it_however_far_it_has_gone() -> None:
    full = Run(project_of())
    full.train(epochs=300)
    wanted = full.losses[217]
    first = next(n for n, loss in enumerate(full.losses) if loss <= wanted)
    run = Run(project_of())
    assert run.train_for(60.0, 300, lambda loss: loss <= wanted)
    assert run.losses == full.losses[: first + 1]
    assert run.cursor.updates == first + 1
    again = Run(project_of())
    assert again.train(epochs=300, until=wanted) == first + 1
    assert again.project.network.same_as(run.project.network)


def test_the_question_whether_to_stop_is_asked_after_every_epoch() -> None:
    run, asked = Run(project_of(batch_size=1)), []

    def stop() -> bool:
        asked.append(run.trainer.epoch)
        return len(asked) == 7

    assert run.train(epochs=50, stop=stop) == 7
    assert asked == [1, 2, 3, 4, 5, 6, 7]


def test_going_back_from_far_out_comes_to_the_very_bits() -> None:
    run, early = Run(project_of(batch_size=2)), Run(project_of(batch_size=2))
    early.train(epochs=100)
    run.train(epochs=1000)
    while run.trainer.epoch > 100:
        run.back("epoch")
        if run.trainer.epoch > 130:
            run._after_update(260)
    assert run.losses == early.losses
    assert run.project.network.same_as(early.project.network)


def step_for_ever(run: Run) -> None:
    while True:
        run.step("batch")


@pytest.mark.parametrize("size", [1, 2, None])
def test_numbers_break_at_the_same_place_at_full_speed_and_step_by_step(size: int | None) -> None:
    project = project_of(batch_size=size).with_training(
        learning_rate=400.0, batch_size=size, optimizer="momentum"
    )
    fast, slow = Run(project), Run(project)
    with pytest.raises(NumbersBroke) as quickly:
        fast.train(epochs=10_000)
    with pytest.raises(NumbersBroke) as slowly:
        step_for_ever(slow)
    assert str(quickly.value) == str(slowly.value)
    assert fast.losses == slow.losses
    assert fast.project.network.same_as(slow.project.network)


@pytest.mark.parametrize(
    "chosen",
    [
        (Breakpoint(kind="loss_below", value=0.3),),
        (Breakpoint(kind="epoch", value=4.0), Breakpoint(kind="epoch", value=7.0)),
        (Breakpoint(kind="loss_rises", value=0.01, of="validation"),),
        (Breakpoint(kind="epoch", value=3.0), Breakpoint(kind="loss_below", value=0.3)),
    ],
)
def test_epochs_at_full_speed_stop_where_single_batches_do(
    chosen: tuple[Breakpoint, ...],
) -> None:
    project = Project(
        network=draw("x > h g > y, x > y"),
        data=data([[0.5], [-1.0], [2.0], [0.2], [1.0]], [[1.0], [0.0], [0.5], [0.3], [0.9]]),
    ).with_data(validation=(3,))
    project = project.with_training(batch_size=1, order="shuffled", learning_rate=0.3)
    fast, slow = Run(project), Run(project)
    for run in (fast, slow):
        run.set_breakpoints(chosen)
    assert fast.guard is not None
    assert fast.guard.waits_for_epochs
    for _ in range(4):
        fast.train(12 - fast.trainer.epoch)
        while slow.trainer.epoch < 12 and slow.train_batch() is None:
            pass
        assert (fast.hit, fast.cursor) == (slow.hit, slow.cursor)
        assert fast.trainer.theta.tobytes() == slow.trainer.theta.tobytes()
