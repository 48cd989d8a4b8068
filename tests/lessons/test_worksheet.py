"""A worksheet asks for what its key answers, and each student gets other numbers."""

import re
import xml.etree.ElementTree as ET

import pytest

from chainstep.errors import ChainstepError, NotRunnable
from chainstep.files.examples import load_example
from chainstep.lessons.predict import check
from chainstep.lessons.worksheet import as_gift, class_set, variant, worksheet
from chainstep.lessons.writing import WRITERS, as_text
from chainstep.stepping.formula.text import plain
from chainstep.stepping.numbers import format_number
from chainstep.stepping.trace import trace
from tests.nets import in_bishops_letters
from tests.random_nets import random_project

LINEAR = "hmkcode_2_2_1_linear"


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


def test_a_class_gets_a_sheet_each_by_seeds_that_follow() -> None:
    project = load_example("xor")
    made = list(class_set(project, ["Ada", "", "Grace"], seed=5))
    assert [sheet.questions for sheet in made] == [
        worksheet(project, seed=seed).questions for seed in (5, 6, 7)
    ]
    assert made[0].sheet.notes[0] == "Name: Ada"
    assert made[1].sheet.notes[0].endswith("____")
    assert made[2].key.title.endswith("variant 7, Grace")
    texts = WRITERS["text"](*(sheet.sheet for sheet in made))
    assert texts.count("Worksheet: ") == 3


def test_the_brief_key_has_one_line_an_answer() -> None:
    made = worksheet(load_example("mazur_2_2_2"), seed=3)
    text = as_text(made.brief)
    assert sum(line.lstrip().startswith("(") for line in text.splitlines()) == len(made.questions)
    for question in made.questions:
        assert format_number(question.answer, 6) in text


def test_a_sheet_says_which_functions_there_are_in_its_letters() -> None:
    given = " ".join(worksheet(load_example("mazur_2_2_2")).given)
    assert re.search(r"logistic, f\(net\) = 1/\(1 \+ exp\(−net\)\) at h1, h2, o1, o2", given)
    assert "softmax at setosa" in " ".join(worksheet(load_example("iris"), units=["h1"]).given)
    assert "identity at h1, h2, out" in " ".join(worksheet(load_example(LINEAR)).given)


def test_a_sheet_says_which_connection_a_named_weight_belongs_to_and_draws_the_net() -> None:
    made = worksheet(load_example("mazur_2_2_2"), seed=3)
    assert "w5 (h1 → o1) = " in " ".join(made.given)
    root = ET.fromstring(made.sheet.picture)
    texts = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert "h₁" in texts
    assert any(text and text.startswith("w5 = ") for text in texts)
    assert made.sheet.picture in WRITERS["html"](made.sheet)
    hostile = load_example("mazur_2_2_2").change_unit("h1", id='<b>"&')
    ET.fromstring(worksheet(hostile).sheet.picture)
