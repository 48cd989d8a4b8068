"""A breakpoint in the document and in words. Where one stops a run is in `test_breakpoints`."""

from typing import Any

import pytest

from chainstep.errors import ChainstepError
from chainstep.stepping.watching import breakpoints
from chainstep.stepping.watching.breakpoints import Breakpoint


@pytest.mark.parametrize(
    ("breakpoint", "item", "said"),
    [
        (Breakpoint(kind="unit", unit="h1", phase="backward"),
         {"kind": "unit", "unit": "h1", "phase": "backward"}, "h1, backward"),
        (Breakpoint(kind="connection", connection=("a", "b"), ignore=3),
         {"kind": "connection", "connection": ["a", "b"], "ignore": 3}, "a → b"),
        (Breakpoint(kind="phase", phase="loss"), {"kind": "phase", "phase": "loss"}, "the error"),
        (Breakpoint(kind="epoch", value=40.0), {"kind": "epoch", "value": 40.0},
         "epoch 40 begins"),
        (Breakpoint(kind="loss_rises", value=5.0, epochs=10, enabled=False),
         {"kind": "loss_rises", "value": 5.0, "epochs": 10, "enabled": False},
         "loss rises by 5 % over 10 epochs"),
        (Breakpoint(kind="flip", row=2), {"kind": "flip", "row": 2},
         "prediction of example 3 flips"),
        (Breakpoint(kind="saturated", value=0.01), {"kind": "saturated", "value": 0.01},
         "any unit saturated: |h′(a)| < 0.01"),
    ],
)  # fmt: skip
def test_a_breakpoint_is_a_plain_object_in_the_document_and_a_plain_sentence(
    breakpoint: Breakpoint, item: dict[str, Any], said: str
) -> None:
    assert breakpoints.written(breakpoint) == item
    assert breakpoints.read(item) == breakpoint
    assert breakpoints.words(breakpoint) == said


@pytest.mark.parametrize(
    "item", [{}, {"kind": "magic"}, {"kind": "unit", "unit": 3}, {"kind": "unit", "new": 1}]
)
def test_an_object_that_is_not_known_is_no_breakpoint(item: dict[str, Any]) -> None:
    assert breakpoints.read(item) is None
    assert breakpoints.read_all([item, {"kind": "flip"}]) == (Breakpoint(kind="flip"),)


@pytest.mark.parametrize("fields", [{"kind": "lost"}, {"kind": "unit", "phase": "up"},
                                    {"kind": "loss_rises", "of": "test"}])  # fmt: skip
def test_a_word_that_no_breakpoint_knows_is_refused_when_it_is_made(fields: Any) -> None:
    with pytest.raises(ChainstepError, match=r"there are .*\.$"):
        Breakpoint(**fields)
