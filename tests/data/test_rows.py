"""Edits of the examples' rows."""

import pytest

from chainstep.data.rows import MOST_TRUTH_INPUTS, Widths, remove_rows, set_block, truth_table
from chainstep.data.tables import MOST_ROWS
from chainstep.errors import ChainstepError
from chainstep.project import Data
from tests.work import Work

XOR = Data(
    inputs=((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)),
    targets=((0.0,), (1.0,), (1.0,), (0.0,)),
    validation=(1, 3),
)
SHAPE = Widths(2, 1)


def test_a_cell_is_set_and_every_other_row_is_the_very_same() -> None:
    data = set_block(XOR, 1, [2], [[0.5]], SHAPE)
    assert data.targets == ((0.0,), (0.5,), (1.0,), (0.0,))
    assert data.inputs[0] is XOR.inputs[0]
    assert data.validation == (1, 3)


def test_a_cell_below_the_last_row_adds_rows_of_zeros() -> None:
    data = set_block(XOR, 5, [1], [[2.0]], SHAPE)
    assert data.inputs[4:] == ((0.0, 0.0), (0.0, 2.0))
    assert data.targets[4:] == ((0.0,), (0.0,))


def test_the_first_row_of_empty_data_has_targets() -> None:
    assert set_block(Data(), 0, [0], [[1.0]], SHAPE) == Data(
        inputs=((1.0, 0.0),), targets=((0.0,),)
    )


def test_data_without_targets_stay_so_until_one_is_set() -> None:
    bare = Data(inputs=((1.0, 2.0), (3.0, 4.0)))
    assert set_block(bare, 0, [0], [[9.0]], SHAPE).targets == ()
    assert set_block(bare, 1, [2], [[9.0]], SHAPE).targets == ((0.0,), (9.0,))


def test_removing_rows_carries_the_validation_rows_along() -> None:
    data = remove_rows(XOR, {0, 3})
    assert data.inputs == ((0.0, 1.0), (1.0, 0.0))
    assert data.targets == ((1.0,), (1.0,))
    assert data.validation == (0,)


def test_a_truth_table_counts_up_in_binary_and_drops_what_was_said_of_the_old_rows() -> None:
    data = truth_table(XOR, 3, 2)
    assert data.inputs[:3] == ((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    assert data.targets == ((0.0, 0.0),) * 8
    assert data.validation == ()


@pytest.mark.parametrize("inputs", [0, MOST_TRUTH_INPUTS + 1])
def test_a_truth_table_of_too_many_inputs_is_refused(inputs: int) -> None:
    with pytest.raises(ChainstepError, match="1 to 6 inputs"):
        truth_table(XOR, inputs, 1)


def test_more_rows_than_can_be_held_are_refused() -> None:
    with pytest.raises(ChainstepError, match="at most 1,000,000 rows"):
        set_block(XOR, MOST_ROWS, [0], [[1.0]], SHAPE)


def test_a_block_fills_whole_rows_and_parts_of_rows_alike() -> None:
    whole = set_block(XOR, 3, [0, 1, 2], [[5.0, 6.0, 7.0], [8.0, 9.0, 10.0]], SHAPE)
    assert whole.inputs == (*XOR.inputs[:3], (5.0, 6.0), (8.0, 9.0))
    assert whole.targets == (*XOR.targets[:3], (7.0,), (10.0,))
    part = set_block(XOR, 3, [1, 2], [[6.0, 7.0], [9.0, 10.0]], SHAPE)
    assert part.inputs == (*XOR.inputs[:3], (XOR.inputs[3][0], 6.0), (0.0, 9.0))
    assert part.targets == whole.targets
    assert part.inputs[0] is XOR.inputs[0]


def test_the_work_of_putting_a_block_in_grows_with_its_rows_only() -> None:
    wide = Widths(inputs=20, targets=1)
    block = [[0.5] * 21 for _ in range(2000)]
    with Work() as work:
        data = set_block(Data(), 0, range(21), block, wide)
    assert len(data.inputs) == len(data.targets) == 2000
    assert work.calls < 2000
