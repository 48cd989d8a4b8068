"""A worksheet asks for what its key answers, and each student gets other numbers."""

import re

import pytest

from chainstep.errors import ChainstepError, NotRunnable
from chainstep.files.examples import load_example
from chainstep.lessons.predict import check
from chainstep.lessons.worksheet import as_gift, variant, worksheet
from chainstep.lessons.writing import WRITERS, as_text
from chainstep.stepping.formula.builder import plain
from chainstep.stepping.numbers import format_number
from chainstep.stepping.trace import trace
from tests.nets import in_bishops_letters
from tests.random_nets import random_project


def test_every_blank_has_one_answer_and_the_key_gives_it() -> None:
    made = worksheet(in_bishops_letters(load_example("mazur_2_2_2")))
    sheet, key = as_text(made.sheet), as_text(made.key)
    assert sheet.count("____") // 3 == len(made.questions) == len(made.key.items)
    for question, item in zip(made.questions, made.key.items, strict=True):
        assert item.value == question.answer
        assert f"({question.number}) ___" in sheet
        assert format_number(question.answer) in key
        assert check(format_number(question.answer), question.answer).right


def test_a_sheet_gives_no_answer_away() -> None:
    made = worksheet(load_example("mazur_2_2_2"))
    given = " ".join(made.given)
    text = as_text(made.sheet)
    for question in made.questions:
        shown = format_number(question.answer)
        if shown.strip("0.−") and shown not in given and len(shown.strip("0.−")) > 2:
            assert shown not in text, question


def test_the_answers_of_a_variant_are_the_engines() -> None:
    project = in_bishops_letters(load_example("mazur_2_2_2"))
    made = worksheet(project, seed=7)
    found = trace(variant(project, 7))
    answers = {plain(i.left): i.value for i in made.key.items}
    assert answers["a_h1"] == found.a("h1")
    assert answers["∂E/∂a_h1"] == found.delta("h1")
    assert answers["∂E/∂w_{h1, i1}"] == found.connection("i1", "h1").dE_dw


def test_the_same_seed_makes_the_same_sheet_and_another_another() -> None:
    project = load_example("xor")
    assert worksheet(project, seed=1) == worksheet(project, seed=1)
    assert worksheet(project, seed=1).questions != worksheet(project, seed=2).questions


def test_drawn_weights_have_two_decimals_and_are_not_zero() -> None:
    drawn = variant(load_example("mazur_2_2_2"), 3)
    for connection in drawn.network.connections:
        assert re.fullmatch(r"-?0\.[0-9]{1,2}", repr(connection.weight))
        assert connection.weight


def test_a_share_of_the_blanks_leaves_the_rest_worked_out() -> None:
    project = load_example("mazur_2_2_2")
    some = worksheet(project, seed=1, share=0.4)
    every = worksheet(project, seed=1)
    assert 0 < len(some.questions) < len(every.questions)
    assert len(some.sheet.items) == len(every.sheet.items)


@pytest.mark.parametrize("seed", range(20))
def test_worksheets_of_any_net_are_written_in_every_format(seed: int) -> None:
    made = worksheet(random_project(seed))
    for write in WRITERS.values():
        assert "____" in write(made.sheet).replace(r"\_", "_")
        assert write(made.key)


def test_gift_has_one_numerical_question_a_blank_each_complete_in_itself() -> None:
    project = load_example("mazur_2_2_2").change_unit("h1", id="h{1}=~#:")
    made = worksheet(project, seed=4)
    gift = as_gift(made)
    blocks = [block for block in gift.split("\n\n")[1:] if block.strip()]
    assert len(blocks) == len(made.questions)
    for block, question in zip(blocks, made.questions, strict=True):
        assert block.startswith("::")
        unescaped = re.sub(r"\\.", "", block)
        assert unescaped.count("{") == unescaped.count("}") == 1
        found = re.search(r"\{#(.+):(.+)\}$", unescaped)
        assert found is not None
        assert float(found[1]) == question.answer
        assert float(found[2]) == question.tolerance
        assert "Weights" in block


def test_where_nothing_can_be_asked_one_is_told() -> None:
    with pytest.raises(NotRunnable, match="Nothing can be asked"):
        worksheet(load_example("mazur_2_2_2"), units=["i1"], share=0.0)


def test_a_net_that_cannot_run_says_why_and_draws_nothing() -> None:
    with pytest.raises(ChainstepError):
        variant(load_example("mazur_2_2_2").with_data(inputs=()), 1)
