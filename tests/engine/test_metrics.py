"""Whether the targets name classes, and on how many examples the class is met."""

import numpy as np
import pytest

from chainstep.engine.metrics import accuracy, classifies, middle
from chainstep.engine.trainer import Trainer
from chainstep.project import Data, Loss, Project
from tests.nets import draw

Rows = list[tuple[float, ...]]


def project(targets: Rows, loss: str = "half_squared_error", output: str = "identity") -> Project:
    names = " ".join(f"y{n}" for n in range(len(targets[0]) if targets else 1))
    return Project(
        network=draw(f"x > {names}", output=output),
        loss=Loss(name=loss),
        data=Data(inputs=tuple((float(n),) for n in range(len(targets))), targets=tuple(targets)),
    )


@pytest.mark.parametrize(
    ("targets", "loss", "wanted"),
    [
        ([(0.0,), (1.0,), (1.0,)], "half_squared_error", True),
        ([(-1.0,), (1.0,)], "half_squared_error", True),
        ([(0.0,), (0.5,), (1.0,)], "half_squared_error", False),
        ([(1.0,), (1.0,)], "half_squared_error", False),
        ([(1.0,), (1.0,)], "binary_cross_entropy", True),
        ([(0.0, 1.0), (1.0, 0.0)], "half_squared_error", True),
        ([(0.0, 1.0, 0.0)], "squared_error", True),
        ([(0.01, 0.99)], "half_squared_error", False),
        ([(1.0, 1.0), (0.0, 1.0)], "half_squared_error", False),
        ([(1.0, 1.0), (0.0, 1.0)], "binary_cross_entropy", False),
        ([(0.0, 1.0), (1.0, 0.0)], "binary_cross_entropy", True),
        ([(0.0, 0.0)], "half_squared_error", False),
        ([(0.2, 0.8), (0.6, 0.4)], "cross_entropy", True),
        ([], "half_squared_error", False),
        ([], "output", False),
    ],
)
def test_targets_name_classes_where_they_are_one_hot_or_two_values(
    targets: Rows, loss: str, wanted: bool
) -> None:
    assert classifies(project(targets, loss)) is wanted


def test_rows_too_short_for_a_target_name_no_classes() -> None:
    short = Data(inputs=((0.0,), (1.0,)), targets=((), ()))
    found = project([(0.0,), (1.0,)], "output").replace(data=short)
    assert not classifies(found)
    assert middle(found) == 0.5


def share(targets: Rows, z: Rows, **settings: str) -> float:
    found = project(targets, **settings)
    return accuracy(found, np.array(z).T, np.array(targets).T)


def test_of_several_outputs_the_largest_names_the_class() -> None:
    targets = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 1.0)]
    z = [(0.4, 0.3, 0.3), (0.9, 0.1, 0.0), (-3.0, -2.0, -1.0), (0.0, 0.0, 0.1)]
    assert share(targets, z) == 0.75


def test_one_output_is_cut_at_the_middle_of_its_two_targets() -> None:
    assert share([(0.0,), (1.0,), (1.0,), (0.0,)], [(0.49,), (0.51,), (0.5,), (0.6,)]) == 0.75
    assert share([(-1.0,), (1.0,), (1.0,)], [(-0.1,), (0.1,), (-0.9,)]) == pytest.approx(2 / 3)
    assert share([(2.0,), (4.0,)], [(2.9,), (3.1,)]) == 1.0


def test_a_single_probability_is_cut_at_a_half_even_where_only_one_class_is_there() -> None:
    settings = {"loss": "binary_cross_entropy", "output": "logistic"}
    assert share([(1.0,), (1.0,)], [(0.9,), (0.4,)], **settings) == 0.5
    assert share([(0.0,), (0.0,)], [(0.1,), (0.2,)], **settings) == 1.0


def test_log_probabilities_are_judged_as_probabilities() -> None:
    z = [tuple(np.log((0.7, 0.3))), tuple(np.log((0.2, 0.8)))]
    settings = {"loss": "cross_entropy", "output": "log_softmax"}
    assert share([(1.0, 0.0), (1.0, 0.0)], z, **settings) == 0.5


def test_the_rows_held_back_are_judged_by_the_targets_of_all_rows() -> None:
    """A held-back row alone does not tell where the middle is."""
    net = project([(-1.0,), (1.0,), (1.0,)]).with_data(validation=(2,))
    weights = {("x", "y0"): 1.0}
    net = net.with_parameters(weights, {"y0": -1.0})  # y = x − 1: −1, 0, 1
    held = Trainer(net).held()
    assert held is not None
    assert (held.loss, held.accuracy) == (0.0, 1.0)
    assert Trainer(net).measure(np.array([0, 1, 2])).accuracy == 1.0
    assert Trainer(net.with_data(validation=())).held() is None


def test_without_classes_there_is_no_accuracy() -> None:
    net = project([(0.1,), (0.2,), (0.3,)]).with_data(validation=(2,))
    held = Trainer(net).held()
    assert held is not None
    assert held.accuracy is None
