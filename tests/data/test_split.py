import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.data import split
from chainstep.files import document
from chainstep.project import Data, Project

labels_and_share = (
    st.lists(st.sampled_from("abcd"), max_size=40),
    st.floats(0.0, 1.0),
    st.integers(0, 99),
)


@given(*labels_and_share)
def test_a_split_holds_back_the_share_asked_for(labels: list[str], share: float, seed: int) -> None:
    rows = split.stratified(labels, share, seed)
    assert len(rows) == round(share * len(labels))
    assert list(rows) == sorted(set(rows))
    assert all(0 <= row < len(labels) for row in rows)


@given(*labels_and_share)
def test_a_split_takes_the_same_share_of_every_class(
    labels: list[str], share: float, seed: int
) -> None:
    rows = split.stratified(labels, share, seed)
    for label in set(labels):
        held = sum(labels[row] == label for row in rows)
        assert abs(held - share * labels.count(label)) < 1 + 1e-9


def test_a_split_is_drawn_again_from_its_seed() -> None:
    labels = ["a", "b"] * 20
    assert split.stratified(labels, 0.3, 1) == split.stratified(labels, 0.3, 1)
    assert split.stratified(labels, 0.3, 1) != split.stratified(labels, 0.3, 2)


def test_a_draw_does_not_simply_take_the_first_rows() -> None:
    assert split.stratified(["a"] * 20, 0.5, 0) != tuple(range(10))


def test_holding_back_stratifies_by_the_targets_where_they_are_classes() -> None:
    data = Data(inputs=((0.0,),) * 12, targets=((0.0,),) * 6 + ((1.0,),) * 6)
    held = split.hold_back(data, 1 / 3, 0).validation
    assert [row < 6 for row in held] == [True, True, False, False]


def test_holding_back_treats_real_numbers_and_no_targets_as_one_class() -> None:
    inputs = tuple((float(n),) for n in range(9))
    assert len(split.hold_back(Data(inputs=inputs, targets=inputs), 1 / 3, 0).validation) == 3
    assert len(split.hold_back(Data(inputs=inputs), 1 / 3, 0).validation) == 3


def test_standardising_uses_the_training_rows_only() -> None:
    inputs = ((1.0, 5.0), (3.0, 5.0), (5.0, 5.0), (1000.0, 9.0))
    data = Data(inputs=inputs, columns=("x", "flat"), validation=(3,))
    done = split.standardise(data)
    column = [row[0] for row in done.inputs]
    assert statistics.fmean(column[:3]) == pytest.approx(0.0, abs=1e-15)
    assert statistics.pstdev(column[:3]) == pytest.approx(1.0)
    mean, sd = done.scaling["x"]
    assert (mean, sd) == (3.0, pytest.approx((8 / 3) ** 0.5))
    assert column[3] == (1000.0 - mean) / sd


def test_a_column_that_does_not_vary_becomes_zero() -> None:
    flat = (0.1,) * 3
    data = Data(inputs=tuple(zip(flat, strict=True)), columns=("flat",))
    done = split.standardise(data)
    assert done.inputs == ((0.0,),) * 3
    assert done.scaling == {"flat": (0.1, 0.0)}
    saved = document.dumps(Project(data=done))
    assert document.loads(saved, "flat").data == done


def test_standardising_twice_still_leads_from_the_raw_numbers() -> None:
    raw = (2.0, 4.0, 9.0, 11.0)
    once = split.standardise(Data(inputs=tuple(zip(raw, strict=True)), columns=("x",)))
    moved = Data(inputs=once.inputs, columns=("x",), scaling=once.scaling, validation=(0, 3))
    twice = split.standardise(moved)
    mean, sd = twice.scaling["x"]
    assert [row[0] * sd + mean for row in twice.inputs] == pytest.approx(raw)
    assert (mean, sd) == (pytest.approx(6.5), pytest.approx(2.5))


def test_names_stand_in_where_the_data_have_no_columns() -> None:
    done = split.standardise(Data(inputs=((1.0,), (3.0,))), names=("i1",))
    assert done.scaling == {"i1": (2.0, 1.0)}


def test_data_without_training_rows_stay_as_they_are() -> None:
    data = Data(inputs=((1.0,),), validation=(0,), columns=("x",))
    assert split.standardise(data) is data


def test_one_hot_puts_a_one_in_the_column_of_the_class() -> None:
    targets, classes = split.one_hot(["b", "a", "c", "a"])
    assert classes == ("a", "b", "c")
    assert targets == ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))


def test_one_hot_of_nothing_has_no_classes() -> None:
    assert split.one_hot([]) == ((), ())


def test_classes_that_are_whole_numbers_stand_in_their_order() -> None:
    assert split.one_hot(["10", "2", "1", "2"])[1] == ("1", "2", "10")
    assert split.one_hot(["10", "2", "b"])[1] == ("10", "2", "b")
