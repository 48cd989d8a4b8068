"""The examples as arrays: shared while they live, made anew of what differs alone."""

import gc
import weakref
from collections.abc import Sequence

import numpy as np
import pytest

from chainstep.engine import columns as engine_columns
from chainstep.engine import feed
from chainstep.engine.activations import Array
from chainstep.engine.columns import columns, shared_of
from chainstep.engine.trainer import Trainer
from chainstep.files.examples import load_example
from chainstep.project import Data, Project
from tests.nets import draw


def of(data: Data) -> Project:
    return Project(network=draw("x1 x2 > h1 h2 > y"), data=data)


def table(rows: int = 200) -> Data:
    inputs = tuple((float(n), 0.5 * n) for n in range(rows))
    return Data(inputs=inputs, targets=tuple((float(n % 2),) for n in range(rows)))


def test_whoever_asks_for_the_same_rows_gets_the_same_arrays() -> None:
    project = of(table())
    trainer, other = Trainer(project), Trainer(project.with_training(learning_rate=0.7))
    assert columns(other.project)[0] is columns(trainer.project)[0]
    assert columns(other.project)[1] is columns(trainer.project)[1]


def test_arrays_that_nobody_holds_are_let_go() -> None:
    data = table()
    held = weakref.ref(shared_of(of(data)))
    gc.collect()
    assert held() is None


def test_rows_that_differ_in_a_few_are_made_of_those_there_are_and_leave_them_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    converted: list[int] = []

    def flat(rows: Sequence[Sequence[float]]) -> Array:
        converted.append(len(rows))
        return feed.flat(rows)

    monkeypatch.setattr(engine_columns, "flat", flat)
    data = table(2000)
    first = shared_of(of(data))
    kept = first.inputs.copy()
    changed = (*data.inputs[:7], (7.0, -1.0), *data.inputs[8:])
    second = shared_of(of(Data(inputs=changed, targets=data.targets)))
    assert converted == [2000, 2000, 1]
    assert second.targets is first.targets
    np.testing.assert_array_equal(second.inputs, np.array(changed).T)
    assert second.inputs.flags.c_contiguous
    np.testing.assert_array_equal(first.inputs, kept)


def test_targets_that_come_or_do_not_fit_are_told_apart() -> None:
    data = table()
    first = shared_of(of(data))
    bare = shared_of(of(Data(inputs=data.inputs)))
    assert not bare.fits
    np.testing.assert_array_equal(bare.targets, np.zeros((1, 200)))
    again = shared_of(of(Data(inputs=data.inputs, targets=tuple(map(tuple, data.targets)))))
    np.testing.assert_array_equal(again.targets, first.targets)
    assert again.inputs is first.inputs


def test_a_net_of_other_widths_has_arrays_of_its_own() -> None:
    iris = load_example("iris")
    inputs, targets = columns(iris)
    assert (len(inputs), len(targets)) == (4, 3)
    np.testing.assert_array_equal(inputs, np.array(iris.data.inputs).T)
    np.testing.assert_array_equal(targets, np.array(iris.data.targets).T)
