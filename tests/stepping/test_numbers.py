"""How numbers are written for people, and read from them."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.errors import ChainstepError
from chainstep.stepping.numbers import column, format_number, parse_number, signed

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0134, "0.0134"),
        (-0.0381, "−0.0381"),
        (12.5, "12.5000"),
        (0.0088, "0.0088"),
        (0.000438568, "0.0004386"),
        (0.00099999, "0.001000"),
        (4.3857e-7, "4.386×10⁻⁷"),
        (9.99999e-7, "1.000×10⁻⁶"),
        (999_999.99999, "1.000×10⁶"),
        (-1.5e12, "−1.500×10¹²"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "not a number"),
    ],
)
def test_a_number_is_written_as_a_learner_reads_it(value: float, text: str) -> None:
    assert format_number(value) == text


def test_the_number_of_digits_can_be_chosen() -> None:
    assert format_number(1 / 3, digits=2) == "0.33"
    assert format_number(1 / 3, digits=7) == "0.3333333"
    assert format_number(0.05, digits=2) == "0.050"


def test_a_signed_number_shows_its_plus_but_zero_has_no_sign() -> None:
    assert signed(0.0134) == "+0.0134"
    assert signed(-0.0046) == "−0.0046"
    assert signed(0.0) == "0"
    assert signed(math.inf) == "+∞"


@given(FINITE, st.integers(1, 15))
def test_what_is_written_is_read_back_to_the_digits_shown(value: float, digits: int) -> None:
    if abs(value) > 1.7e308:  # may be rounded up to more than a float holds
        return
    back = parse_number(format_number(value, digits))
    assert math.isclose(back, value, rel_tol=0.51 * 10.0 ** (1 - digits), abs_tol=5e-324) or (
        abs(back - value) <= 0.51 * 10.0**-digits
    )


@given(FINITE)
def test_no_number_but_zero_is_written_as_zero(value: float) -> None:
    text = format_number(value)
    assert (text.strip("−0.") == "") == (value == 0)
    assert "-" not in text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/3", 1 / 3),
        (" -1 / 4 ", -0.25),
        ("0.5", 0.5),
        ("0,5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("+2", 2.0),
        ("−2", -2.0),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("4.4×10⁻⁷", 4.4e-7),
        ("2*10^3", 2000.0),
    ],
)
def test_a_number_is_read_as_people_type_it(text: str, value: float) -> None:
    assert parse_number(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        *["", "  ", "x", "2 1/2", "1_000", "1,000,000", "1.2.3", "inf", "nan", "1e999", "1/0"],
        *["0/0", "1e308/1e-308", "2×100", "1/2/3", "0x10", "٣", "__import__('os')", "<b>1</b>"],
        "9" * 5000,
    ],
)
def test_anything_else_is_refused_with_one_short_sentence(text: str) -> None:
    with pytest.raises(ChainstepError) as refused:
        parse_number(text)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 150


@given(st.text())
def test_no_text_makes_reading_fail_otherwise(text: str) -> None:
    with suppress(ChainstepError):
        assert math.isfinite(parse_number(text))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.2233, -0.0003238, 0.0047], ["0.2233000", "−0.0003238", "0.0047000"]),
        ([1.5, -2.0, 0.0], ["1.5000", "−2.0000", "0"]),
        ([0.5, 1e-12], ["0.5000000", "1.0×10⁻¹²"]),
        ([None, 0.25], ["", "0.2500"]),
        ([math.inf, 3.0], ["∞", "3.0000"]),
        ([], []),
    ],
)
def test_numbers_in_a_column_have_as_many_decimals(
    values: list[float | None], shown: list[str]
) -> None:
    assert column(values, 4) == shown
