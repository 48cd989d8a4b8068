"""Index sets can be read whatever the units are called: under a sum, and as chips."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.formulas.mathbox import Glyphs
from chainstep.app.formulas.mathlayout import Layout, lay_out
from chainstep.app.panels.why.index_sets import IndexSet, IndexSets
from chainstep.project import View
from chainstep.stepping.formula.builder import choice, of_unit, paren, row, sub, sum_over
from chainstep.stepping.formula.nodes import Row
from chainstep.stepping.formula.notation import notation
from tests.nets import draw

from .journey import settle

PX = 18
#: What a formula has in a panel that is as narrow as it can be.
NARROW = 290.0
LONG = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
SHORT = ["p", "q", "r"]


def weighted_sum(names: list[str]) -> Row:
    members = choice("i", names, tagged=True)
    body = (sub("w", "j", "i"), sub("z", "i"))
    return row(of_unit("a", "h"), "=", of_unit("b", "h"), "+", sum_over(members, *body))


def places(layout: Layout, text: str) -> list[tuple[float, float]]:
    return [(m.x, m.y) for m in layout.marks if isinstance(m.ink, Glyphs) and m.ink.text == text]


@pytest.mark.parametrize("names", [LONG, [f"{name}_of_{name[:6]}" for name in LONG]])
def test_long_names_under_a_sum_stand_whole_in_lines_below_each_other(
    qapp: QApplication, names: list[str]
) -> None:
    layout = lay_out(weighted_sum(names), PX, NARROW)
    assert layout.width <= NARROW
    found = [places(layout, name) for name in names]
    assert [len(each) for each in found] == [1] * 4, "each name is there once, and whole"
    heights = [y for ((_, y),) in found]
    assert heights == sorted(heights)
    assert len(set(heights)) > 1
    tags = dict(layout.regions)
    assert all(tags[f"term:{name}"].right() <= NARROW for name in names)


def test_a_set_is_broken_only_where_the_formula_would_be_too_wide(qapp: QApplication) -> None:
    for node, width in ((weighted_sum(SHORT), NARROW), (weighted_sum(LONG), 900.0)):
        assert lay_out(node, PX, width).height == lay_out(node, PX).height


def test_a_set_is_broken_into_no_more_lines_than_it_takes(qapp: QApplication) -> None:
    heights = [lay_out(weighted_sum(LONG), PX, width).height for width in (600.0, 320.0, 260.0)]
    assert heights == sorted(set(heights)), "the narrower, the higher"
    for width in range(260, 620, 4):
        assert lay_out(weighted_sum(LONG), PX, float(width)).width <= width


def test_a_sum_in_brackets_that_are_opened_folds_its_set_too(qapp: QApplication) -> None:
    node = row("x", "=", paren(weighted_sum(LONG), "+", weighted_sum(LONG)))
    assert lay_out(node, PX, NARROW).width <= NARROW


@pytest.fixture
def sets(qtbot: QtBot) -> IndexSets:
    found = IndexSets()
    qtbot.addWidget(found)
    found.resize(340, 80)
    found.show()
    return found


def shows_whole_names(chip: IndexSet, names: list[str]) -> int:
    """How many names a chip shows; it shows none in part, and its text has room."""
    inside = chip.shown.partition("{")[2].removesuffix("}").split(", ")
    written = [name for name in inside if not name.startswith("…")]
    assert written == names[: len(written)]
    assert (f"… {len(names)} in all" in inside) == (len(written) < len(names))
    assert chip.fontMetrics().horizontalAdvance(chip.shown) < chip.width()
    return len(written)


def test_chips_show_as_many_whole_names_as_there_is_room_for(sets: IndexSets) -> None:
    network = draw(f"{' '.join(LONG)} > hidden > setosa versicolor")
    sets.show_unit("hidden", notation(network, View()))
    settle()
    assert sets.targets.y() > sets.sources.y(), "each has a line of its own"
    shown = []
    for width in (340, 420, 700):
        sets.resize(width, 80)
        settle()
        shown.append(shows_whole_names(sets.sources, LONG))
        assert shows_whole_names(sets.targets, ["setosa", "versicolor"]) == 2
    assert shown[0] < shown[1] <= shown[2] == 4
    assert all(name in sets.sources.toolTip() for name in LONG)


def test_short_sets_stand_side_by_side(sets: IndexSets) -> None:
    sets.show_unit("h", notation(draw("p q > h > y"), View()))
    settle()
    assert sets.targets.y() == sets.sources.y()
    assert (sets.sources.shown, sets.targets.shown) == ("fed by i ∈ {p, q}", "feeds k ∈ {y}")


def test_of_many_units_the_first_are_named_and_all_are_counted(sets: IndexSets) -> None:
    names = [f"u{letter}" for letter in "abcdefgh"]
    sets.resize(500, 80)
    sets.show_unit("h", notation(draw(f"p > h > {' '.join(names)}"), View()))
    assert sets.targets.text() == "feeds k ∈ {ua, ub, uc, ud, ue, … 8 in all}"
