"""What a learner types is read as people write it and held against the number shown."""

import pytest

from chainstep.files.examples import load_example
from chainstep.lessons.derivation import derive
from chainstep.lessons.predict import Score, check, hints, tolerance
from chainstep.stepping.formula.text import plain
from chainstep.stepping.numbers import format_number
from chainstep.stepping.trace import trace
from tests.nets import in_bishops_letters


@pytest.mark.parametrize("typed", ["0.25", "0,25", "1/4", " 2.5e-1 ", "25×10^-2", "0.25004"])
def test_a_right_number_is_right_however_it_is_written(typed: str) -> None:
    assert check(typed, 0.25).right


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-0.25", "the sign"),
        ("2.5", "decimal point"),
        ("0.025", "decimal point"),
        ("0.3", "differs by 0.05"),
        ("", "missing"),
        ("zwei", "not a number"),
        ("1/0", "divides by zero"),
    ],
)
def test_a_wrong_number_is_told_what_is_wrong(typed: str, said: str) -> None:
    verdict = check(typed, 0.25)
    assert not verdict.right
    assert said in verdict.sentence


@pytest.mark.parametrize("value", [0.0, 1.0, -0.0381, 0.0004386, 4.386e-9, 1234567.891, -77.5])
@pytest.mark.parametrize("digits", [2, 4, 9])
def test_the_number_as_it_is_shown_is_always_right(value: float, digits: int) -> None:
    assert check(format_number(value, digits), value, digits).right


def test_the_tolerance_is_half_a_unit_or_a_thousandth() -> None:
    assert tolerance(0.0088, 4) == pytest.approx(0.00005)
    assert tolerance(2.0, 4) == pytest.approx(0.002)
    assert tolerance(0.0004386, 4) == pytest.approx(0.0004386e-3)


def test_hints_go_from_the_formula_to_its_numbers_and_never_give_the_result() -> None:
    items = derive(trace(in_bishops_letters(load_example("mazur_2_2_2")))).items
    item = next(item for item in items if plain(item.left) == "a_h1")
    texts = [plain(node) for node in hints(item)]
    assert texts == [
        "a_h1 = b_h1 + Σ_{i ∈ {i1, i2}} w_{h1, i} z_i",
        "0.3500 + 0.1500 · 0.0500 + 0.2000 · 0.1000",
    ]
    assert all("0.3775" not in text for text in texts)


def test_the_score_counts_what_was_right_at_once() -> None:
    score = Score().after(True).after(False, hints=2).after(True)
    assert (score.asked, score.right, score.hints) == (3, 2, 2)
    assert str(score) == "2 of 3 right"
