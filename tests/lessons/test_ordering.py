"""Any order is right in which a unit comes after all that it feeds."""

import random

import pytest

from chainstep.errors import ChainstepError
from chainstep.lessons.ordering import Ordering
from chainstep.network.order import forward_order
from chainstep.project import Project
from chainstep.stepping.formula.notation import notation
from chainstep.stepping.formula.text import plain
from tests.nets import draw
from tests.random_nets import random_project

NETWORK = draw("x > h > p q > y, x > y")
BISHOP = notation(NETWORK, Project(network=NETWORK).view)


def test_picking_a_unit_too_early_shows_the_missing_term() -> None:
    after, _ = Ordering(NETWORK).pick("y", BISHOP)
    after, _ = after.pick("p", BISHOP)
    unchanged, answer = after.pick("h", BISHOP)
    assert not answer.right
    assert answer.missing == ("q",)
    assert [plain(term) for term in answer.terms] == ["∂E/∂a_q · ∂a_q/∂a_h"]
    assert answer.sentence == "h feeds q, not done yet: a term is missing from its sum."
    assert (unchanged.done, unchanged.wrong) == (after.done, 1)


def test_an_input_is_missing_a_term_by_its_value() -> None:
    _, answer = Ordering(NETWORK).pick("x", BISHOP)
    assert [plain(term) for term in answer.terms] == [
        "∂E/∂a_h · ∂a_h/∂z_x",
        "∂E/∂a_y · ∂a_y/∂z_x",
    ]


@pytest.mark.parametrize("seed", range(30))
def test_every_ready_unit_may_be_picked_and_the_program_order_is_one_way(seed: int) -> None:
    network = random_project(seed).network
    n = notation(network, Project(network=network).view)
    rng, state = random.Random(seed), Ordering(network)
    while not state.finished:
        state, answer = state.pick(rng.choice(state.ready), n)
        assert answer.right
    state = Ordering(network)
    for unit in reversed(forward_order(network)):
        state, answer = state.pick(unit.id, n)
        assert answer.right
    assert state.finished
    assert state.wrong == 0


def test_a_unit_done_already_is_no_mistake() -> None:
    state, _ = Ordering(NETWORK).pick("y", BISHOP)
    again, answer = state.pick("y", BISHOP)
    assert (again, answer.right) == (state, False)
    assert "already" in answer.sentence


def test_what_is_no_unit_is_refused() -> None:
    with pytest.raises(ChainstepError, match="no unit zz"):
        Ordering(NETWORK).pick("zz", BISHOP)
