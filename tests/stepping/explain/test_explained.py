"""Terms folded away, units in words, where a run is. The explanations: `test_explain`."""

import pytest

from chainstep.stepping.explain.explained import CURRENT, DONE, Term, names_of
from chainstep.stepping.explain.step import MOST_TERMS, fold, readout
from chainstep.stepping.formula.builder import row
from chainstep.stepping.run import Run
from tests.hand_nets import data, hidden, net, out, x


def term(value: float | None, state: str = DONE, label: str = "u") -> Term:
    return Term(label, label, None, (), (row("w"),), value, state)


def test_few_terms_are_shown_in_their_order() -> None:
    terms = [term(float(n)) for n in range(MOST_TERMS)]
    assert fold(terms) == tuple(terms)


def test_folding_keeps_the_largest_and_the_current_one() -> None:
    terms = [term((-1.0) ** n * n, CURRENT if n == 3 else DONE, f"u{n}") for n in range(40)]
    folded = fold(terms, most=5)
    assert [t.label for t in folded] == ["u39", "u38", "u37", "u36", "u3"]


def test_folding_gets_along_with_a_value_that_cannot_be_represented() -> None:
    folded = fold([term(None), term(2.0), term(None, CURRENT), term(-3.0)], most=2)
    assert [t.value for t in folded] == [-3.0, None]


@pytest.mark.parametrize(
    ("units", "text"),
    [
        ([], "nothing"),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c", "d"], "a, b, c and d"),
        (["a", "b", "c", "d", "e", "f"], "a, b, c and 3 more"),
    ],
)
def test_units_are_listed_in_words(units: list[str], text: str) -> None:
    assert names_of(units) == text


def test_a_readout_says_where_the_run_is() -> None:
    run = Run(NET.with_training(batch_size=2))
    told = [readout(run.cursor)]
    for _ in range(2 * run.cursor.count + 1):
        run.step("term")
        told.append(readout(run.cursor))
    assert told[0] == "epoch 1 · batch 1 of 2 · example 1 of 2 · start"
    for line in (
        "epoch 1 · batch 1 of 2 · example 1 of 2 · forward · x",
        "epoch 1 · batch 1 of 2 · example 2 of 2 · forward · h · term 1 of 1",
        "epoch 1 · batch 1 of 2 · example 1 of 2 · error · y · output 1 of 1",
        "epoch 1 · batch 1 of 2 · example 2 of 2 · backward · h · δ",
        "epoch 1 · batch 1 of 2 · example 2 of 2 · backward · h · ∂E/∂w",
        "epoch 1 · batch 1 of 2 · update",
    ):
        assert told.count(line) == 1
    run.train(epochs=2)
    assert readout(run.cursor) == "epoch 2 · batch 2 of 2 · update"


NET = net(
    x(), hidden("h"), out(), wires="x>h:1 h>y:1",
    data=data([[1.0], [2.0], [3.0]], [[0.0], [0.0], [0.0]]),
)  # fmt: skip
