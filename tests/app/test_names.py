"""Names of units as a person reads them, alone and inside a sentence."""

import pytest

from chainstep.app.look.names import lowered, name_and_number, shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("h1", "h₁"),
        ("h12", "h₁₂"),
        ("h", "h"),
        ("2", "2"),
        ("x_1", "x_1"),
        ("h1a", "h1a"),
        ("β3", "β₃"),
    ],
)
def test_a_number_at_the_end_of_a_name_is_lowered(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_in_a_sentence_only_names_of_units_are_set() -> None:
    told = "h1 feeds o1 and o2: 3 in all, as in B2."
    assert lowered(told, {"h1", "o1", "o2"}) == "h₁ feeds o₁ and o₂: 3 in all, as in B2."
    assert lowered("δ of h1, 4 terms") == "δ of h₁, 4 terms"
    assert lowered("i1 → h1", {"h1"}) == "i1 → h₁"


def test_a_long_name_is_not_taken_apart() -> None:
    assert name_and_number("h1") == ("h", "1")
    assert name_and_number("setosa") == ("setosa", "")
    assert name_and_number("petal_length1") == ("petal_length1", "")
