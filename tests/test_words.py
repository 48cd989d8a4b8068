"""A number with its noun."""

import pytest

from chainstep.words import counted


@pytest.mark.parametrize(
    ("number", "noun", "many", "said"),
    [
        (0, "unit", "", "0 units"),
        (1, "unit", "", "1 unit"),
        (2000, "unit", "", "2,000 units"),
        (1, "bias", "biases", "1 bias"),
        (2, "bias", "biases", "2 biases"),
    ],
)
def test_only_one_is_singular(number: int, noun: str, many: str, said: str) -> None:
    assert counted(number, noun, many) == said
