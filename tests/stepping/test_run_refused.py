"""A run that cannot train, or whose numbers break, can still be walked. Others: `test_run`."""

import msgspec
import pytest

from chainstep.errors import NotRunnable, NumbersBroke
from chainstep.project import Project, Training
from chainstep.stepping.run import Run
from tests.hand_nets import data, hidden, net, out, x

# --- runs that cannot train -------------------------------------------------------------------

ROWS = [[1.0], [2.0], [3.0]]
FORWARD_ONLY = {
    "no targets": net(x(), hidden("h"), out(), wires="x>h:1 h>y:1", data=data(ROWS)),
    "a step": net(
        x(), hidden("h", activation="step"), out(), wires="x>h:1 h>y:1",
        data=data(ROWS, [[0.0]] * 3),
    ),
    "all rows held back": net(
        x(), hidden("h"), out(), wires="x>h:1 h>y:1",
        data=msgspec.structs.replace(data(ROWS, [[0.0]] * 3), validation=(0, 1, 2)),
    ),
    "no batch": net(
        x(), hidden("h"), out(), wires="x>h:1 h>y:1", data=data(ROWS, [[0.0]] * 3),
        training=Training(batch_size=0),
    ),
    "a negative seed": net(
        x(), hidden("h"), out(), wires="x>h:1 h>y:1", data=data(ROWS, [[0.0]] * 3),
        training=Training(seed=-1, order="shuffled"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("batch_size", [None, 1, 2])
@pytest.mark.parametrize("project", FORWARD_ONLY.values(), ids=FORWARD_ONLY)
def test_without_a_backward_pass_every_example_is_walked_through_and_back(
    project: Project, batch_size: int | None
) -> None:
    if project.training.batch_size != 0:
        project = project.with_training(batch_size=batch_size)
    run = Run(project)
    assert run.refused is not None
    path, rows = [run.cursor], []
    for _ in range(3):
        path += [run.step("term") for _ in range(5)]
        rows.append(run.cursor.row)
        assert run.cursor.index == run.cursor.count == 5
    assert rows == [0, 1, 2]
    assert all(cursor.updates == 0 and cursor.batches == 1 for cursor in path)
    for earlier in reversed(path[:-1]):
        assert run.back("term") == earlier
    assert [run.step("example").row for _ in range(4)] == [0, 1, 2, 0]


@pytest.mark.parametrize("grain", ["batch", "epoch"])
@pytest.mark.parametrize("project", FORWARD_ONLY.values(), ids=FORWARD_ONLY)
def test_without_a_backward_pass_training_is_refused_and_nothing_moves(
    project: Project, grain: str
) -> None:
    run = Run(project)
    here = run.step("unit")
    for attempt in (lambda: run.step(grain), run.train, run.train_batch):
        with pytest.raises(NotRunnable, match=r"\.$") as refused:
            attempt()
        assert str(refused.value) == run.refused
        assert run.cursor == here
    assert run.losses == []
    assert run.back(grain).index == 0


# --- numbers that break -----------------------------------------------------------------------


def test_a_run_that_breaks_can_still_be_walked() -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0], [2.0]], [[1.0], [0.0]]))
    run = Run(project.with_training(learning_rate=1e60, batch_size=1))
    with pytest.raises(NumbersBroke):
        run.train(epochs=100)
    updates, theta = run.cursor.updates, run.trainer.theta.tobytes()
    assert updates > 1
    # It stands before the batch that broke: the first step back is onto the update before it.
    assert [run.back("batch").updates for _ in range(3)] == [updates, updates - 1, updates - 2]
    for _ in range(2):
        run.step("batch")
    assert run.cursor.updates == updates
    assert run.trainer.theta.tobytes() == theta
    with pytest.raises(NumbersBroke):
        run.step("batch")
    assert run.cursor.updates == updates
    assert run.restart().updates == 0
    run.retune(msgspec.structs.replace(run.trainer.training, learning_rate=0.01))
    assert run.train(epochs=100) == 100


def test_steps_up_to_the_broken_update_can_be_taken_and_the_update_is_refused() -> None:
    wild = net(
        x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]),
        training=Training(learning_rate=1.7e308),
    )  # fmt: skip
    run = Run(wild)
    run.step("pass")
    run.step("pass")
    there = run.cursor
    assert there.index == there.count - 1
    with pytest.raises(NumbersBroke, match="smaller learning rate"):
        run.step("term")
    assert run.cursor == there
    assert run.project.network.same_as(wild.network)
