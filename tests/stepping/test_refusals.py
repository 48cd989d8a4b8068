"""What cannot run, or stops being finite, ends in one plain sentence and changes nothing.

Passes that are refused only backwards are in `test_trace_edges.py`.
"""

import json
from typing import Any

import numpy as np
import pytest

from chainstep.engine.predict import predict
from chainstep.errors import ChainstepError, NotRunnable, NumbersBroke
from chainstep.project import Loss, Project
from chainstep.stepping.run import Run
from chainstep.stepping.trace import trace
from tests.hand_nets import assert_forward_only, data, hidden, net, out, x


@pytest.mark.parametrize("example", [-1, 2, 99])
def test_an_example_that_is_not_there_is_refused_with_a_sentence(example: int) -> None:
    project = net(x(), out(), wires="x>y:2", data=data([[3.0], [1.0]], [[0.0], [1.0]]))
    with pytest.raises(ChainstepError, match=r"\.$"):
        trace(project, example)


@pytest.mark.parametrize("row", [-1, 2])
def test_a_look_at_a_row_that_is_not_there_is_refused_and_moves_nothing(row: int) -> None:
    run = Run(net(x(), out(), wires="x>y:2", data=data([[3.0], [1.0]], [[0.0], [1.0]])))
    before = run.step("unit")
    with pytest.raises(NotRunnable, match=r"There is no example .*\.$"):
        run.look_at(row)
    assert run.cursor == before


def test_a_trace_names_what_the_net_has_not() -> None:
    found = trace(net(x(), out(), wires="x>y:2", data=data([[3.0]], [[0.0]])))
    with pytest.raises(ChainstepError, match=r"no unit h .*\.$"):
        found.unit("h")
    with pytest.raises(ChainstepError, match=r"from y to x.*\.$"):
        found.connection("y", "x")


@pytest.mark.parametrize("rows", [[["a"]], [[1.0], [2.0, 3.0]], [[1.0, 2.0]], [[object()]]])
def test_rows_that_are_no_numbers_for_the_inputs_are_refused(rows: Any) -> None:
    with pytest.raises(NotRunnable, match=r"\.$"):
        predict(net(x(), out(), wires="x>y:2"), rows)


HALF_DRAWN = [
    Project(),
    net(x(), wires="", data=data([[1.0]])),
    net(out(), wires="", data=data([[]], [[1.0]])),
    net(x(), out(), wires="x>y:1"),
    net(x(), out(), wires="x>y:1", data=data([[1.0, 2.0]], [[1.0]])),
    net(x(), out("y", activation="softmax"), out("z"), wires="x>y:1", data=data([[1.0]])),
    net(x(), hidden("h", activation="softmax"), out(), wires="x>h:1", data=data([[1.0]])),
]


@pytest.mark.parametrize("project", HALF_DRAWN)
def test_a_half_drawn_net_is_not_yet_runnable(project: Project) -> None:
    for attempt in (lambda: trace(project), lambda: Run(project).train(epochs=1)):
        with pytest.raises(NotRunnable, match=r"\.$"):
            attempt()


@pytest.mark.parametrize("targets", [[[1.0, 2.0]], [[1.0], [2.0]]])
def test_targets_that_do_not_fit_stop_the_backward_pass_only(targets: list[list[float]]) -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[1.0]], targets))
    assert_forward_only(trace(project).as_dict())


def test_a_loss_that_does_not_fit_the_outputs_stops_the_backward_pass_only() -> None:
    for loss in ("binary_cross_entropy", "cross_entropy"):
        project = net(x(), out(), wires="x>y:1", data=data([[1.0]], [[1.0]]), loss=Loss(name=loss))
        assert_forward_only(trace(project).as_dict())


@pytest.mark.parametrize(
    ("activation", "params", "value"),
    [
        ("exp", {}, 800.0),
        ("reciprocal", {}, 0.0),
        ("power", {"exponent": 0.5}, -1.0),
        ("power", {"exponent": -1.0}, 0.0),
        ("power", {"exponent": 3.0}, 1e200),
    ],
)
def test_a_value_that_is_not_finite_is_named_with_its_unit(
    activation: str, params: dict[str, float], value: float
) -> None:
    unit = hidden("wild", activation=activation).with_params(**params)
    project = net(
        x(), unit, out(), wires="x>wild:1 wild>y:1", data=data([[1.5], [value]], [[0.0], [0.0]])
    )
    assert trace(project, 0).as_dict()["loss"] is not None
    with pytest.raises(NumbersBroke, match="wild"):
        trace(project, 1)
    run = Run(project)
    with pytest.raises(NumbersBroke, match="wild"):
        run.train(epochs=1)
    assert run.project.network.same_as(project.network)


def test_a_run_that_explodes_stops_at_the_last_good_weights() -> None:
    project = net(x(), out(), wires="x>y:1", data=data([[3.0]], [[1.0]]))
    run = Run(project.with_training(learning_rate=1e60))
    with pytest.raises(NumbersBroke, match=r"(of y|loss) .* epoch \d") as broken:
        run.train(epochs=100)
    assert "\n" not in str(broken.value)
    weights = [c.weight for c in run.project.network.connections]
    assert np.isfinite(weights).all()
    assert 0 < len(run.losses) < 100
    assert np.isfinite(run.losses).all()


OVERFLOWS = {
    "E": net(x(), out(), wires="x>y:1", data=data([[1e200]], [[0.0]])),
    "dE_dw": net(x(), out(), wires="x>y:1", data=data([[1e250]], []), loss=Loss(name="output")),
    "dE_dw of an output": net(
        x(), out("y", activation="power"), wires="x>y:1e-150", data=data([[1e300]]),
        loss=Loss(name="output"),
    ),
    "a term": net(x(), out(), wires="x>y:1e200", data=data([[1e-100]], [[1e150]])),
    "the slope of a root": net(
        x(), out("y").with_params(), hidden("h", activation="power", params=(("exponent", 0.5),)),
        wires="x>h:1 h>y:1", data=data([[0.0]]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("project", OVERFLOWS.values(), ids=OVERFLOWS)
def test_no_trace_ever_holds_a_number_that_json_has_not(project: Project) -> None:
    try:
        found = trace(project).as_dict()
    except NumbersBroke:
        return
    assert "Infinity" not in (text := json.dumps(found))
    assert "NaN" not in text
