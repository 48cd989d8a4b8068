"""What a trace says at the edges: no targets, no derivative, saturation, ties, zeros.

Nets that cannot run and numbers that break are in `test_refusals.py`; the numbers of ordinary
nets are tested in `tests/engine/`.
"""

import math

import pytest

from chainstep.engine.predict import predict
from chainstep.errors import ChainstepError
from chainstep.project import LOSSES, Loss, Project
from chainstep.stepping.run import Run
from chainstep.stepping.trace import trace
from tests.hand_nets import assert_forward_only, data, hidden, net, out, units_of, x

STEPPED = net(
    x(), hidden("h", activation="step", bias=-0.5), out("y", bias=0.25),
    wires="x>h:1 h>y:2", data=data([[1.0], [0.5]], [[0.0], [1.0]]),
)  # fmt: skip


def test_a_step_unit_refuses_the_backward_pass_and_names_itself() -> None:
    found = trace(STEPPED).as_dict()
    assert_forward_only(found)
    assert "h" in found["backward_refused"].split(": ")[0].split()[-1]
    assert "step" in found["backward_refused"]
    assert [unit["z"] for unit in found["units"]] == [1.0, 1.0, 2.25]


def test_step_is_0_at_0() -> None:
    assert units_of(STEPPED, 1)["h"]["a"] == 0.0
    assert units_of(STEPPED, 1)["h"]["z"] == 0.0


def test_a_step_unit_cannot_be_trained_but_walked_through() -> None:
    run = Run(STEPPED)
    with pytest.raises(ChainstepError, match="step"):
        run.train(epochs=1)
    assert run.project.network.same_as(STEPPED.network)
    cursor = run.cursor
    for _ in range(5):
        cursor = run.step("unit")
    assert cursor.updates == 0
    assert list(run.losses) == []


def test_a_step_output_refuses_the_backward_pass() -> None:
    project = net(x(), out("y", activation="step"), wires="x>y:1", data=data([[2.0]], [[1.0]]))
    assert_forward_only(trace(project).as_dict())


def test_a_step_unit_that_feeds_nothing_is_no_obstacle() -> None:
    project = net(
        x(), hidden("h", activation="step"), out("y"), wires="x>h:1 x>y:3",
        data=data([[2.0]], [[5.0]]),
    )  # fmt: skip
    found = trace(project).as_dict()
    assert "backward_refused" not in found
    assert units_of(project)["h"]["delta"] == 0.0
    assert [c["dE_dw"] for c in found["connections"]] == [0.0, 2.0]


def test_without_targets_the_forward_part_stands() -> None:
    project = net(x(), out("y", bias=1.0), wires="x>y:3", data=data([[2.0]]))
    found = trace(project).as_dict()
    assert_forward_only(found)
    assert found["loss"] is None
    assert "target" in found["backward_refused"]
    assert units_of(project)["y"]["z"] == 7.0


def test_the_output_itself_is_differentiated_without_targets() -> None:
    project = net(
        x(), out("y"), out("z"), wires="x>y:3 x>z:5", data=data([[2.0]]), loss=Loss(name="output")
    )
    found = trace(project).as_dict()
    assert found["loss"] == 16.0
    assert units_of(project)["x"]["dE_dz"] == 8.0
    assert [units_of(project)[name]["direct"] for name in "yz"] == [1.0, 1.0]


def logistic(a: float, target: float) -> Project:
    return net(
        x(), out("y", activation="logistic"), wires=f"x>y:{a}",
        data=data([[1.0]], [[target]]), loss=Loss(name="binary_cross_entropy"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("a", "target", "loss", "delta"),
    [(800.0, 0.0, 800.0, 1.0), (-800.0, 1.0, 800.0, -1.0), (800.0, 0.25, 600.0, 0.75)],
)
def test_where_z_has_rounded_the_direct_share_is_null_and_delta_exact(
    a: float, target: float, loss: float, delta: float
) -> None:
    project = logistic(a, target)
    found, unit = trace(project).as_dict(), units_of(project)["y"]
    assert unit["z"] == (1.0 if a > 0 else 0.0)
    assert unit["direct"] is None
    assert unit["dE_dz"] is None
    assert unit["delta"] == delta
    assert found["loss"] == loss
    assert found["connections"][0]["dE_dw"] == delta
    assert found["biases"][0]["dE_db"] == delta
    assert units_of(project)["x"]["dE_dz"] == delta * a


@pytest.mark.parametrize(("a", "target"), [(800.0, 1.0), (-800.0, 0.0)])
def test_a_saturated_output_that_is_right_has_no_error(a: float, target: float) -> None:
    project = logistic(a, target)
    assert trace(project).as_dict()["loss"] == 0.0
    assert units_of(project)["y"]["delta"] == 0.0


def test_training_goes_on_from_saturation() -> None:
    run = Run(logistic(800.0, 0.0).with_training(learning_rate=100.0))
    run.train(epochs=3)
    assert run.losses == [800.0, 600.0, 400.0]


@pytest.mark.parametrize("activation", ["softmax", "log_softmax"])
def test_cross_entropy_is_exact_where_p_has_rounded_to_0(activation: str) -> None:
    project = net(
        x(), out("p", activation=activation, bias=800.0),
        out("q", activation=activation, bias=-800.0),
        wires="x>p:1", data=data([[0.0]], [[0.0, 1.0]]), loss=Loss(name="cross_entropy"),
    )  # fmt: skip
    units = units_of(project)
    assert trace(project).as_dict()["loss"] == 1600.0
    assert [units[name]["delta"] for name in "pq"] == [1.0, -1.0]
    assert all(units[name]["h_prime"] is None for name in "pq")
    for name in "pq":
        terms = [row["term"] for row in units[name]["jacobian"]]
        assert sum(terms) == units[name]["delta"]


def test_the_sum_of_softmax_outputs_is_1_and_has_no_slope() -> None:
    names = ("p", "qq", "rrr")
    project = net(
        x(), *(out(name, activation="softmax", bias=float(len(name))) for name in names),
        wires="x>p:1 x>qq:-2 x>rrr:0.5", data=data([[0.7]]), loss=Loss(name="output"),
    )  # fmt: skip
    units = units_of(project)
    assert trace(project).as_dict()["loss"] == pytest.approx(1.0, rel=1e-15)
    assert all(abs(units[name]["delta"]) <= 1e-15 for name in names)
    assert abs(units["x"]["dE_dz"]) <= 1e-15


@pytest.mark.parametrize("total", [0.5, 1.0, 3.0])
def test_delta_of_cross_entropy_weighs_p_with_the_sum_of_the_targets(total: float) -> None:
    project = net(
        x(), out("p", activation="softmax"), out("q", activation="softmax", bias=math.log(3.0)),
        wires="x>p:1", data=data([[0.0]], [[total, 0.0]]), loss=Loss(name="cross_entropy"),
    )  # fmt: skip
    units = units_of(project)
    assert units["p"]["delta"] == pytest.approx(total * (0.25 - 1.0), rel=1e-14)
    assert units["q"]["delta"] == pytest.approx(total * 0.75, rel=1e-14)


def test_a_product_with_a_zero_factor_is_differentiated_without_division() -> None:
    project = net(
        x("a"), x("b"), x("c"), out("y", combine="product", bias=None),
        wires="a>y:2 b>y:3 c>y:5", data=data([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]),
        loss=Loss(name="output"),
    )  # fmt: skip
    one, two = units_of(project, 0), units_of(project, 1)
    assert [one[name]["dE_dz"] for name in "abc"] == [30.0, 0.0, 0.0]
    assert [one[name]["outgoing"][0]["da_dz"] for name in "abc"] == [30.0, 0.0, 0.0]
    assert [two[name]["dE_dz"] for name in "abc"] == [0.0, 0.0, 0.0]
    assert [c["dE_dw"] for c in trace(project, 0).as_dict()["connections"]] == [0.0, 0.0, 0.0]


def test_the_first_connection_wins_a_tied_maximum() -> None:
    project = net(
        x("a"), x("b"), x("c"), out("y", combine="max", bias=None),
        wires="c>y:1 b>y:2 a>y:4", data=data([[0.5, 1.0, 0.25]]), loss=Loss(name="output"),
    )  # fmt: skip
    units = units_of(project)
    assert units["y"]["a"] == 2.0
    assert [units[name]["dE_dz"] for name in "abc"] == [0.0, 2.0, 0.0]
    assert [term["source"] for term in units["y"]["incoming"]] == ["c", "b", "a"]
    dE_dw = {c["source"]: c["dE_dw"] for c in trace(project).as_dict()["connections"]}
    assert dE_dw == {"c": 0.0, "b": 1.0, "a": 0.0}


def test_an_output_that_feeds_on_adds_its_own_share_to_what_comes_back() -> None:
    project = net(x(), out("y"), out("z"), wires="x>y:2 y>z:3", data=data([[1.0]], [[1.0, 4.0]]))
    y = units_of(project)["y"]
    assert y["direct"] == 1.0
    assert [term["dE_dz_term"] for term in y["outgoing"]] == [6.0]
    assert y["dE_dz"] == y["delta"] == 7.0


def test_an_input_has_neither_a_nor_slope_nor_delta() -> None:
    found = units_of(net(x(), out(), wires="x>y:2", data=data([[3.0]], [[0.0]])))["x"]
    assert found["a"] is found["h_prime"] is found["delta"] is found["direct"] is None
    assert found["dE_dz"] == 12.0
    (term,) = found["outgoing"]
    assert term["da_da"] is term["delta_term"] is None
    assert term["dE_dz_term"] == 12.0


def test_a_trace_has_the_keys_of_the_contract_in_their_order() -> None:
    found = trace(net(x(), out(), wires="x>y:2", data=data([[3.0]], [[0.0]]))).as_dict()
    assert list(found) == ["example", "loss", "units", "connections", "biases"]
    assert list(found["units"][0]) == [
        "id", "kind", "a", "z", "h_prime", "dE_dz", "delta", "direct", "incoming", "outgoing",
    ]  # fmt: skip
    assert list(found["units"][1]["incoming"][0]) == ["source", "weight", "z", "product"]
    assert list(found["units"][0]["outgoing"][0]) == [
        "target", "delta", "da_dz", "dE_dz_term", "da_da", "delta_term",
    ]  # fmt: skip
    assert list(found["connections"][0]) == ["source", "target", "weight", "dE_dw"]
    assert list(found["biases"][0]) == ["unit", "bias", "dE_db"]


def test_a_unit_without_a_bias_has_no_row_among_the_biases() -> None:
    project = net(
        x(), hidden("h", bias=None), out("y", bias=0.0), wires="x>h:1 h>y:1",
        data=data([[3.0]], [[0.0]]),
    )  # fmt: skip
    assert [row["unit"] for row in trace(project).as_dict()["biases"]] == ["y"]


@pytest.mark.parametrize("combine", ["product", "max"])
def test_a_product_or_maximum_of_nothing_is_a_constant(combine: str) -> None:
    project = net(
        x(), hidden("empty", combine=combine, bias=None), out(), wires="empty>y:1 x>y:1",
        data=data([[1.0]], [[0.0]]),
    )  # fmt: skip
    assert units_of(project)["empty"]["a"] == (1.0 if combine == "product" else 0.0)


def test_a_constant_unit_is_its_bias() -> None:
    project = net(
        x(), hidden("one", bias=2.0), hidden("none", bias=None), out(),
        wires="one>y:3 none>y:5", data=data([[1.0]], [[0.0]]),
    )  # fmt: skip
    units = units_of(project)
    assert [units[name]["a"] for name in ("one", "none", "y")] == [2.0, 0.0, 6.0]
    assert [row["dE_db"] for row in trace(project).as_dict()["biases"]] == [18.0, 6.0]
    assert units["x"]["dE_dz"] == 0.0


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "cross_entropy"])
def test_each_loss_has_its_formula(loss: str) -> None:
    activation = "logistic" if loss == "binary_cross_entropy" else "identity"
    a, t = (0.5, -1.5), (0.25, 1.0)
    z = [1 / (1 + math.exp(-v)) for v in a] if activation == "logistic" else a
    project = net(
        x(), *(out(n, activation=activation, bias=v) for n, v in zip("yz", a, strict=True)),
        wires="x>y:1", data=data([[0.0]], [] if loss == "output" else [list(t)]),
        loss=Loss(name=loss),
    )  # fmt: skip
    squares = [(one - target) ** 2 for one, target in zip(z, t, strict=True)]
    expected = {
        "half_squared_error": sum(squares) / 2,
        "squared_error": sum(squares),
        "mean_squared_error": sum(squares) / 2,
        "huber": 0.5 * 0.25**2 + (2.5 - 0.5),
        "output": sum(z),
        # -t ln z - (1 - t) ln(1 - z), where ln z = -ln(1 + e^-a) and ln(1 - z) = ln z - a
        "binary_cross_entropy": sum(
            math.log1p(math.exp(-one)) + (1 - target) * one
            for one, target in zip(a, t, strict=True)
        ),
    }[loss]
    assert trace(project).as_dict()["loss"] == pytest.approx(expected, rel=1e-14)


def test_predictions_have_one_row_a_row_and_one_column_an_output() -> None:
    project = net(x("a"), x("b"), out("y"), out("z"), wires="a>y:1 b>z:2")
    assert predict(project, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).tolist() == [
        [1.0, 4.0], [3.0, 8.0], [5.0, 12.0],
    ]  # fmt: skip
    with pytest.raises(ChainstepError, match=r"\.$"):
        predict(project, [[1.0, 2.0, 3.0]])
