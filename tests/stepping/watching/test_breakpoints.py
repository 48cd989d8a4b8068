"""Each breakpoint stops a run at the very example, unit and pass that a hand finds.

The batch has 50 rows and the nets are so small that the truth is one line of arithmetic. The form
of a breakpoint in the document is in `test_breakpoint_forms`.
"""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainstep.project import Project, Training
from chainstep.stepping.run import Run
from chainstep.stepping.watching.breakpoints import Breakpoint
from tests.hand_nets import data, hidden, net, out, x
from tests.nets import draw

ROWS = 50


def identity_net(inputs: list[float], targets: list[float], **training: Any) -> Project:
    """x → h → y with weights 2 and 1 and no bias moving: z_y = 2 x, δ_y = 2x − t, δ_h = δ_y."""
    return net(
        x(),
        hidden(activation="identity", bias=None),
        out(activation="identity", bias=None),
        wires="x>h:2 h>y:1",
        data=data([[v] for v in inputs], [[t] for t in targets]),
        training=Training(**{"learning_rate": 0.001, **training}),
    )


def drawn_to_ten(start: float, rate: float, last: float = 10.0) -> Project:
    """y = w x with x = 1 and t = 10, in the last row another: w ← w + η (10 − w)."""
    return net(
        x(),
        out(activation="identity", bias=None),
        wires=f"x>y:{start}",
        data=data([[1.0]] * ROWS, [[10.0]] * (ROWS - 1) + [[last]]),
        training=Training(learning_rate=rate),
    )


def run_to(project: Project, *at: Breakpoint, epochs: int = 3) -> Run:
    run = Run(project)
    run.set_breakpoints(at)
    run.train(epochs)
    return run


def hits(run: Run, breakpoint: Breakpoint) -> int:
    assert run.guard is not None
    return run.guard.count(breakpoint)


def where(run: Run) -> tuple[int, int, int, str, str, str]:
    """Epoch, batch, row, phase, unit and part of the step that the run stands on."""
    cursor = run.cursor
    step = cursor.step
    assert step is not None
    return cursor.epoch, cursor.batch, cursor.row, step.phase, step.unit, step.part


def test_a_small_delta_is_found_at_the_one_example_whose_output_is_its_target() -> None:
    inputs = [float(n + 1) for n in range(ROWS)]
    targets = [0.0] * ROWS
    targets[37] = 2 * 38.0 - 1e-5  # δ = 2 x − t = 1e-5 there, at least 2 elsewhere
    run = run_to(
        identity_net(inputs, targets),
        Breakpoint(kind="small_delta", unit="h", value=1e-3),
    )
    assert where(run) == (0, 0, 37, "backward", "h", "delta")
    assert run.trainer.batches == 0
    assert run.trace.delta("h") == pytest.approx(1e-5)
    assert run.hit is not None
    assert run.hit.reason.startswith("|δ| of h < 0.001: δ of h is ")


def test_any_unit_means_the_first_in_the_order_of_the_steps() -> None:
    inputs = [1.0] * ROWS
    targets = [0.0] * ROWS
    targets[20] = 2.0  # δ_y = 0 and so δ_h = 0; y comes first on the way back
    run = run_to(identity_net(inputs, targets), Breakpoint(kind="small_delta", value=1e-3))
    assert where(run) == (0, 0, 20, "backward", "y", "delta")


def test_saturation_is_found_where_the_slope_of_the_logistic_falls_below_x() -> None:
    # h′ = z (1 − z) at a = 4 x; x = 3 gives 6.1e-6, x = 0.1 gives 0.24.
    inputs = [0.1] * ROWS
    inputs[11] = 3.0
    project = net(
        x(),
        hidden(activation="logistic"),
        out(activation="logistic"),
        wires="x>h:4 h>y:1",
        data=data([[v] for v in inputs], [[0.0]] * ROWS),
    )
    run = run_to(project, Breakpoint(kind="saturated", value=1e-4))
    assert where(run) == (0, 0, 11, "forward", "h", "activate")
    assert run.trace.h_prime("h") < 1e-4


def test_a_softmax_output_has_no_slope_and_is_never_saturated() -> None:
    project = Project(
        network=draw("x > h > p q", output="softmax"),
        data=data([[0.1], [0.2]], [[1.0, 0.0], [0.0, 1.0]]),
    )
    run = run_to(project, Breakpoint(kind="saturated", value=1e-9))
    assert run.hit is None


def test_a_value_that_is_not_finite_is_found_before_the_update_fails() -> None:
    inputs = [1.0] * ROWS
    inputs[42] = 1e308  # a_h = 2 x overflows
    run = run_to(identity_net(inputs, [0.0] * ROWS), Breakpoint(kind="not_finite"))
    cursor = run.cursor
    assert (cursor.row, cursor.step) == (42, run.steps.steps[cursor.index - 1])
    assert cursor.step is not None
    assert (cursor.step.phase, cursor.step.unit) == ("forward", "h")
    assert run.hit is not None
    assert run.hit.reason == "the value of h is ∞"


def test_a_delta_that_overflows_is_found_in_the_backward_pass() -> None:
    # ½ (1e154)² is finite; δ_y = 1e154, and δ_h = 1e155 · δ_y is not.
    project = net(
        x(),
        hidden(activation="identity", bias=None),
        out(activation="identity", bias=None),
        wires="x>h:1e-155 h>y:1e155",
        data=data([[1.0]] * 7 + [[1e154]] + [[1.0]] * 42, [[1.0]] * ROWS),
    )
    run = run_to(project, Breakpoint(kind="not_finite"))
    assert run.cursor.row == 7
    assert run.cursor.step is not None
    assert (run.cursor.step.phase, run.cursor.step.unit) == ("backward", "h")


def test_a_weight_is_stopped_on_the_update_that_takes_it_past_x() -> None:
    project = drawn_to_ten(start=0, rate=0.5)  # w = 5, 7.5, 8.75 …
    run = run_to(project, Breakpoint(kind="large_weight", value=7.0), epochs=9)
    assert where(run)[:4] == (1, 0, ROWS - 1, "update")
    assert run.trainer.theta[0] == 7.5
    assert run.before[0] == 5.0
    assert run.hit is not None
    assert run.hit.reason == "|w| of any connection > 7: w of x → y is 7.500000"
    run.train(9)
    assert run.hit is None, "it stays past x, which is told once"


def test_the_loss_below_x_is_told_at_the_end_of_the_first_such_epoch() -> None:
    # E = ½ (10 − w)²: 50, 12.5, 3.125, 0.78 …
    project = drawn_to_ten(start=0, rate=0.5)
    run = run_to(project, Breakpoint(kind="loss_below", value=5.0), epochs=9)
    assert run.losses == [50.0, 12.5, 3.125]
    run.train(9)
    assert run.hit is None


def test_a_loss_that_rises_by_p_percent_over_n_epochs_is_told_then() -> None:
    # w ← w − η (w − 10) with η = 2.5 turns w − 10 into −1.5 times itself: E grows 2.25-fold.
    project = drawn_to_ten(start=9, rate=2.5)
    near = run_to(project, Breakpoint(kind="loss_rises", value=406.0, epochs=2), epochs=9)
    assert len(near.losses) == 3  # 2.25² − 1 = 406.25 %
    far = run_to(project, Breakpoint(kind="loss_rises", value=407.0, epochs=2), epochs=9)
    assert far.hit is None


def test_the_validation_loss_is_measured_on_the_rows_held_back() -> None:
    # Training pulls w from 0 to 10; the row held back wants 5: it falls to ½ 0², then rises.
    project = drawn_to_ten(start=0, rate=0.25, last=5.0).with_data(validation=(ROWS - 1,))
    # w = 2.5, 4.375, 5.78: ½ (w − 5)² = 3.125, 0.195, 0.305
    at = Breakpoint(kind="loss_rises", value=50.0, epochs=1, of="validation")
    run = run_to(project, at, epochs=9)
    assert run.trainer.epoch == 3
    assert run.hit is not None
    assert run.hit.reason.startswith("validation loss rises by 50 % over 1 epoch: from 0.1953")


def test_a_prediction_that_flips_is_found_where_it_is_next_made() -> None:
    # y = w x + 0·…; the middle of the targets is 0.5. w goes from 0 to 0.9 in one update, so
    # only x > 0.5 / 0.9 flips: the one row with x = 1.
    inputs = [0.1] * ROWS
    inputs[30] = 1.0
    targets = [0.0] * ROWS
    targets[30] = 1.0
    project = net(
        x(),
        out(activation="identity", bias=None),
        wires="x>y:0",
        data=data([[v] for v in inputs], [[t] for t in targets]),
        training=Training(learning_rate=0.9, reduction="sum"),
    )
    run = run_to(project, Breakpoint(kind="flip"))
    assert where(run) == (1, 0, 30, "forward", "y", "activate")
    assert run.before[0] == pytest.approx(0.9)
    assert run.hit is not None
    assert run.hit.reason == "a prediction flips: from 0 to 1"
    other = run_to(project, Breakpoint(kind="flip", row=29))
    assert other.hit is None


def test_a_flip_of_several_outputs_names_both_classes() -> None:
    # p = w x, q = 0.5; the share p − 1 takes w from 0 to 1 in one update: p of x = 1 wins then.
    project = net(
        x(),
        out("p", activation="identity", bias=None),
        out("q", activation="identity", bias=0.5),
        wires="x>p:0",
        data=data([[1.0], [0.0]], [[1.0, 0.5], [0.0, 0.5]]),
        training=Training(learning_rate=1.0, reduction="sum"),
    )
    run = run_to(project, Breakpoint(kind="flip"))
    assert run.hit is not None
    assert run.hit.reason == "a prediction flips: from q to p"


def test_a_flip_is_found_again_after_going_back() -> None:
    inputs = [0.1] * ROWS
    inputs[30] = 1.0
    targets = [float(n == 30) for n in range(ROWS)]
    project = net(
        x(),
        out(activation="identity", bias=None),
        wires="x>y:0",
        data=data([[v] for v in inputs], [[t] for t in targets]),
        training=Training(learning_rate=0.9, reduction="sum"),
    )
    run = run_to(project, Breakpoint(kind="flip"))
    there = run.cursor
    run.train(2)
    run.go_to(1)
    run.train(2)
    assert run.cursor == there


# --- places --------------------------------------------------------------------------------------


def test_a_unit_is_come_to_with_its_first_step_in_either_pass() -> None:
    run = Run(identity_net([1.0] * 3, [0.0] * 3))
    run.set_breakpoints([Breakpoint(kind="unit", unit="h")])
    found = []
    for _ in range(4):
        run.train(1)
        found.append(where(run)[2:5])
    assert found == [(0, "forward", "h"), (0, "backward", "h"),
                     (1, "forward", "h"), (1, "backward", "h")]  # fmt: skip


def test_a_connection_is_come_to_where_its_term_is_added() -> None:
    run = run_to(
        identity_net([1.0] * 3, [0.0] * 3),
        Breakpoint(kind="connection", connection=("h", "y"), phase="backward"),
    )
    step = run.cursor.step
    assert step is not None
    assert (step.phase, step.unit, step.other, step.part) == ("backward", "h", "y", "term")


@pytest.mark.parametrize(
    ("phase", "unit"), [("forward", "x"), ("loss", "y"), ("backward", "y"), ("update", "")]
)
def test_a_phase_is_come_to_with_its_first_step(phase: Any, unit: str) -> None:
    run = run_to(identity_net([1.0] * 3, [0.0] * 3), Breakpoint(kind="phase", phase=phase))
    step = run.cursor.step
    assert step is not None
    assert (step.phase, step.unit) == (phase, unit)
    assert run.trainer.batches == int(phase == "update")


def test_an_epoch_is_stopped_before_its_first_step() -> None:
    project = identity_net([1.0] * 4, [0.0] * 4, batch_size=2)
    run = run_to(project, Breakpoint(kind="epoch", value=3.0), epochs=9)
    cursor = run.cursor
    assert (cursor.epoch, cursor.batch, cursor.example, cursor.index) == (2, 0, 0, 0)
    assert run.train(9) == 9, "going on does not stop at the same place again"


# --- counts --------------------------------------------------------------------------------------


def test_ignored_hits_are_counted_and_passed_over_one_by_one() -> None:
    run = Run(identity_net([1.0] * ROWS, [0.0] * ROWS))
    at = Breakpoint(kind="unit", unit="h", phase="forward", ignore=ROWS + 7)
    run.set_breakpoints([at])
    run.train(5)
    assert where(run) == (1, 0, 7, "forward", "h", "term")
    assert hits(run, at) == ROWS + 8
    run.restart()
    assert hits(run, at) == 0


def test_a_breakpoint_that_is_off_or_about_nothing_stops_nothing() -> None:
    run = run_to(
        identity_net([1.0] * 3, [0.0] * 3),
        Breakpoint(kind="unit", unit="h", enabled=False),
        Breakpoint(kind="unit", unit="gone"),
        Breakpoint(kind="large_weight", connection=("x", "gone"), value=0.1),
    )
    assert run.hit is None
    assert len(run.losses) == 3


def test_the_first_of_several_breakpoints_stops_and_the_others_wait() -> None:
    late, early = (
        Breakpoint(kind="unit", unit="y", phase="forward"),
        Breakpoint(kind="unit", unit="h", phase="forward"),
    )
    run = run_to(identity_net([1.0] * 3, [0.0] * 3), late, early)
    assert run.hit is not None
    assert run.hit.breakpoint == early
    assert (hits(run, late), hits(run, early)) == (0, 1)


def test_many_rows_are_looked_at_in_parts_with_the_same_result() -> None:
    rows = 2500
    targets = [0.0] * rows
    targets[2300] = 2.0
    project = identity_net([1.0] * rows, targets)
    run = run_to(project, Breakpoint(kind="small_delta", unit="h", value=1e-9))
    assert run.cursor.row == 2300


# --- nothing is changed --------------------------------------------------------------------------

SOME = st.sampled_from(
    [
        Breakpoint(kind="unit", unit="h", ignore=2),
        Breakpoint(kind="connection", connection=("x", "h")),
        Breakpoint(kind="phase", phase="update", ignore=1),
        Breakpoint(kind="epoch", value=2.0),
        Breakpoint(kind="small_delta", value=0.1),
        Breakpoint(kind="large_weight", value=0.6),
        Breakpoint(kind="saturated", value=0.2),
        Breakpoint(kind="loss_below", value=1.0),
        Breakpoint(kind="loss_rises", value=0.1, of="validation"),
        Breakpoint(kind="flip"),
    ]
)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(SOME, st.booleans()), max_size=4),
    st.sampled_from([1, 2, None]),
    st.sampled_from(["sgd", "adam"]),
)
def test_breakpoints_change_no_bit_of_a_training(
    chosen: list[tuple[Breakpoint, bool]], size: int | None, optimizer: str
) -> None:
    project = Project(
        network=draw("x > h g > y, x > y"),
        data=data([[0.5], [-1.0], [2.0], [0.2]], [[1.0], [0.0], [0.5], [0.3]]),
    ).with_data(validation=(3,))
    project = project.with_training(batch_size=size, order="shuffled", optimizer=optimizer)
    plain = Run(project)
    plain.train(4)
    run = Run(project)
    run.set_breakpoints([breakpoint for breakpoint, _ in chosen])
    walks = [walk for _, walk in chosen] or [False]
    for turn in range(400):
        if run.trainer.epoch >= 4:
            break
        run.train(4 - run.trainer.epoch)
        if run.hit is not None and walks[turn % len(walks)] and run.cursor.index:
            run.back("term")
            run.step("term")
    assert run.losses == plain.losses
    assert run.trainer.theta.tobytes() == plain.trainer.theta.tobytes()


def test_nothing_is_looked_at_where_there_is_no_breakpoint(monkeypatch: Any) -> None:
    from chainstep.stepping.watching import guard

    def never(*_: object) -> None:
        raise AssertionError("a pass was made for nothing")

    monkeypatch.setattr(guard, "forward", never)
    run = run_to(identity_net([1.0], [0.0]), Breakpoint(kind="epoch", value=math.inf))
    assert len(run.losses) == 3
