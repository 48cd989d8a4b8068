"""Every number that the 24 worked examples print is the number Chainstep computes.

How an entry becomes a project is in `tests/published.py`; the bundled documents made from the
same entries are tested where examples are.
"""

import re
from itertools import product
from typing import Any

import pytest

from chainstep.engine.predict import predict
from tests import published

PRINTED = [
    pytest.param(name, expected, id=f"{name}-{expected['key']}")
    for name, entry in published.entries().items()
    for expected in entry["expected"]
]


def printed_wrong(expected: dict[str, Any]) -> bool:
    """Tell whether the source's digits are known not to be the exact value rounded."""
    return bool(expected.get("rounding"))


def test_there_are_24_worked_examples_with_their_printed_numbers() -> None:
    assert len(published.entries()) == 24
    assert len(PRINTED) == sum(len(entry["expected"]) for entry in published.entries().values())
    assert len(PRINTED) == 292
    assert sum(printed_wrong(param.values[1]) for param in PRINTED) == 16


@pytest.mark.parametrize(("name", "expected"), PRINTED)
def test_a_printed_number_is_the_computed_one(name: str, expected: dict[str, Any]) -> None:
    entry = published.entries()[name]
    scaled = published.value_of(entry, expected["key"]) * expected.get("scale", 1)
    exact = expected["exact"]
    assert scaled == pytest.approx(exact, rel=1e-12, abs=1e-14)
    if not printed_wrong(expected):
        half_a_digit = 0.5 * 10.0 ** -expected["decimals"]
        assert abs(scaled - expected["value"]) <= half_a_digit * (1 + 1e-9) + 1e-15


def test_the_symmetry_net_answers_exactly_the_palindromes() -> None:
    project = published.project_of(published.entries()["rhw86_symmetry"])
    patterns = list(product((0.0, 1.0), repeat=6))
    answers = predict(project, patterns)[:, 0] > 0.5
    palindromes = [pattern == pattern[::-1] for pattern in patterns]
    assert answers.tolist() == palindromes
    assert sum(palindromes) == 8


def test_every_kind_of_key_at_the_files_head_is_met() -> None:
    met = {re.sub(r":.*", "", p.values[1]["key"].split("@")[0]) for p in PRINTED}
    assert met == {
        "a", "z", "dfda", "E", "dE_dz", "delta", "dE_dw", "dE_db", "term",
        "after", "val", "grad", "numgrad",
    }  # fmt: skip
