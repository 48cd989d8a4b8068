"""Marks on an axis: round numbers, plain decimals, never too many."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.app.panels.ticks import epoch_ticks, linear_ticks, log_ticks, short, shortest


def texts(ticks: list[tuple[float, str]]) -> list[str]:
    return [text for _, text in ticks]


def test_a_log_axis_over_decades_is_marked_with_plain_decimals() -> None:
    assert texts(log_ticks(-4.2, 0.1)) == ["0.0001", "0.001", "0.01", "0.1", "1"]


def test_a_log_axis_over_one_decade_is_marked_in_between() -> None:
    assert texts(log_ticks(math.log10(0.15), math.log10(1.1))) == ["0.2", "0.3", "0.5", "0.7", "1"]


def test_a_log_axis_over_next_to_nothing_is_marked_as_a_linear_one() -> None:
    ticks = log_ticks(math.log10(0.115), math.log10(0.131))
    assert "0.120" in texts(ticks)
    assert all(at == pytest.approx(math.log10(float(text))) for at, text in ticks)


def test_numbers_too_small_for_decimals_are_powers_of_ten() -> None:
    assert texts(log_ticks(-9.5, -7.5, 3)) == ["10⁻⁹", "3·10⁻⁹", "10⁻⁸", "3·10⁻⁸"]


def test_linear_marks_have_a_true_minus_and_as_many_decimals_as_they_need() -> None:
    assert texts(linear_ticks(-1.1, 1.1, 4)) == ["−1", "0", "1"]
    assert texts(linear_ticks(0.0, 0.05, 5)) == ["0.00", "0.01", "0.02", "0.03", "0.04", "0.05"]


def test_quarters_are_written_in_full() -> None:
    assert texts(linear_ticks(0.12, 0.21, 4)) == ["0.125", "0.150", "0.175", "0.200"]


def test_epochs_begin_with_one_and_are_whole() -> None:
    assert texts(epoch_ticks(0, 300, 4)) == ["1", "100", "200", "300"]
    assert texts(epoch_ticks(0.9, 2.1)) == ["1", "2"]
    assert texts(epoch_ticks(0, 1e6, 2)) == ["1", "500,000", "1,000,000"]


@given(st.floats(-12, 8), st.floats(1e-3, 12), st.integers(2, 6))
def test_a_log_axis_has_few_marks_inside_its_range(low: float, span: float, most: int) -> None:
    ticks = log_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 <= at <= low + span + 1e-6 for at, _ in ticks)
    assert not [text for _, text in ticks if "e" in text]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.25, "0.25"), (-3.0, "−3"), (1234.5, "1234"), (2e-7, "2·10⁻⁷"), (1e9, "10⁹"), (0.0, "0")],
)
def test_short_texts(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0000715, "7·10⁻⁵"), (-2.9e-7, "−3·10⁻⁷"), (123456.0, "1·10⁵"), (0.0, "0")],
)
def test_shortest_texts(value: float, text: str) -> None:
    assert shortest(value) == text


def test_a_loss_at_the_end_of_all_numbers_can_be_marked() -> None:
    for low, high in ((307.9, 308.4), (308.1, 308.2), (-323.6, -323.4)):
        assert all(low <= at <= high for at, _ in log_ticks(low, high))
