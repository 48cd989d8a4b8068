"""The decimated curve: nothing that stands out is lost, and memory stays the same."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from chainstep.app.panels.loss.decimate import MinMaxBuffer

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300)


def filled(values: list[float], buckets: int = 8, piece: int = 7) -> MinMaxBuffer:
    buffer = MinMaxBuffer(buckets)
    for start in range(0, len(values), piece):
        buffer.extend(array("d", values[start : start + piece]))
    return buffer


@given(VALUES, st.integers(1, 50))
def test_extremes_and_both_ends_are_kept_and_every_point_is_true(
    values: list[float], piece: int
) -> None:
    buffer = filled(values, piece=piece)
    at, kept = buffer.points()
    assert len(buffer) == len(values)
    assert min(kept) == min(values) == buffer.lowest
    assert max(kept) == max(values)
    assert (at[0], at[-1]) == (0, len(values) - 1)
    assert list(at) == sorted(set(at))
    assert [values[place] for place in at] == list(kept)


def test_a_single_spike_in_a_million_values_is_kept() -> None:
    values = array("d", bytes(8 * 1_000_000))
    values[654_321] = 7.0
    buffer = MinMaxBuffer()
    for start in range(0, len(values), 10_000):
        buffer.extend(values[start : start + 10_000])
    at, kept = buffer.points()
    assert kept[at.tolist().index(654_321)] == 7.0
    assert len(at) <= 2 * 800 + 2


@given(VALUES, st.integers(0, 300))
def test_what_was_cut_and_given_again_looks_as_if_never_cut(values: list[float], cut: int) -> None:
    buffer = filled(values)
    held = buffer.truncate(cut)
    assert held <= min(cut, len(values))
    rest = values[held:cut]
    buffer.extend(array("d", rest))
    kept_values = values[:cut]
    assert len(buffer) == len(kept_values)
    at, kept = buffer.points()
    assert [values[place] for place in at] == list(kept)
    if kept_values:
        assert (min(kept), max(kept)) == (min(kept_values), max(kept_values))
        assert at[-1] == len(kept_values) - 1


def test_going_back_a_long_way_does_not_leave_a_coarse_curve() -> None:
    values = [float(n % 97) for n in range(5_000)]
    buffer = filled(values, buckets=100, piece=500)
    assert buffer.truncate(60) == 0
    buffer.extend(array("d", values[:60]))
    assert len(buffer.points()[0]) == 60


def test_only_what_was_cut_inside_a_bucket_is_asked_for_again() -> None:
    buffer = filled([1.0 / (n + 1) for n in range(5_000)], buckets=100, piece=500)
    assert 4_700 - 128 <= buffer.truncate(4_700) < 4_700
