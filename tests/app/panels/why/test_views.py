"""Shares, checks and matrices: the numbers of the engine, on the panel and on the canvas."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from chainstep.app.look.fonts import ui_font
from chainstep.app.look.names import shown_name
from chainstep.app.panels.why.check import CheckLens
from chainstep.app.panels.why.matrix import MatrixLens
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.app.panels.why.paths import PathsLens
from chainstep.app.panels.why.shares import SharesLens
from chainstep.project import Data, Project
from chainstep.stepping.numbers import format_number, signed
from chainstep.stepping.run import Run
from chainstep.stepping.why.contributions import contributions, importance
from chainstep.stepping.why.jacobians import push
from chainstep.stepping.why.paths import Paths
from tests.app.panels.moments import mazur
from tests.nets import draw
from tests.random_nets import random_project

from .test_lenses import last, shown


def test_connections_are_as_wide_as_their_shares_which_add_up_to_one(qtbot: QtBot) -> None:
    lens = SharesLens()
    lights = shown(qtbot, lens, mazur(), "h1")
    made = contributions(Run(mazur()).trace)
    parts = {e: made.connections[e] for e in (("h1", "o1"), ("h1", "o2"))}
    assert {e: w.part for e, w in last(lights).widths.items()} == {
        e: part.part for e, part in parts.items()
    }
    assert sum(w.part for w in last(lights).widths.values()) == pytest.approx(1.0, abs=1e-15)
    assert [w.against for w in last(lights).widths.values()] == [False, True]
    assert "One pulls against the sum" in lens.kept.text
    lens.scope.choose(True)
    assert set(last(lights).widths) == set(made.connections)
    assert last(lights).values["h2"] == (("matters", format_number(made.importance["h2"]), 0),)


def test_units_are_listed_by_how_much_they_matter(qtbot: QtBot) -> None:
    lens = SharesLens()
    shown(qtbot, lens, random_project(3), "h1")
    found = importance(Run(random_project(3)).trace)
    order = sorted(found, key=lambda unit: -found[unit])
    assert [row[0] for row in lens.units.texts] == [shown_name(unit) for unit in order]
    assert lens.units.texts[0][1] == format_number(found[order[0]])
    cell = lens.units.cell(0, 1)
    assert cell is not None
    assert cell.bar == 1.0


def test_every_derivative_is_checked_in_three_ways_and_marked(qtbot: QtBot) -> None:
    lens = CheckLens()
    lights = shown(qtbot, lens, mazur(), "h1")
    assert [row[0] for row in lens.table.texts] == [
        "w i₁ → h₁", "w i₂ → h₁", "b of h₁", "a of h₁", "term h₁ → o₁", "term h₁ → o₂",
    ]  # fmt: skip
    trace = Run(mazur()).trace
    for row, shown_row in zip(lens.rows, lens.table.texts, strict=True):
        assert shown_row[2:] == [signed(row.analytic)] * 3
        assert shown_row[1].endswith("✓")
    assert lens.rows[3].analytic == trace.delta("h1")
    assert last(lights).checks == {
        ("i1", "h1"): True, ("i2", "h1"): True, "h1": True, ("h1", "o1"): True, ("h1", "o2"): True,
    }  # fmt: skip
    lens.check_everything()
    assert len(lens.rows) == 8 + 4 + 4 + 8
    assert set(last(lights).checks) == {*trace.plan.network.by_ends, "h1", "h2", "o1", "o2"}
    lens.table.choose(23)
    assert "term" in lens.about_sweep.text
    assert [series.name for series in lens.plot.series] == ["one-sided", "central"]


def test_a_forgotten_term_fails_the_check_and_ticked_again_it_passes(qtbot: QtBot) -> None:
    lens = SharesLens()
    lights = shown(qtbot, lens, mazur(), "h1")
    assert "passes" in lens.verdict.text
    item = lens.table.item(1, 0)
    assert item is not None
    item.setCheckState(Qt.CheckState.Unchecked)
    assert lens.left_out == {"o2"}
    assert "Without o2" in lens.verdict.text
    assert "6 derivatives fail the check: input i1, input i2, unit h1 and 3" in lens.verdict.text
    assert {what for what, passed in last(lights).checks.items() if not passed} == {
        "i1", "i2", "h1", ("i1", "h1"), ("i2", "h1"),
    }  # fmt: skip
    assert last(lights).tags["h1", "o2"][0] == "forgotten"
    item = lens.table.item(1, 0)
    assert item is not None
    item.setCheckState(Qt.CheckState.Checked)
    assert "passes" in lens.verdict.text


def test_of_a_diamond_both_paths_are_lit_and_where_they_meet_is_said(qtbot: QtBot) -> None:
    lens = PathsLens()
    network = draw("x > h > p q > y", hidden="tanh")
    project = Project(network=network, data=Data(((0.3,),), ((1.0,),)))
    lights = shown(qtbot, lens, project, "h")
    paths = Paths(Run(project).trace, "h")
    assert "They meet again at y" in lens.sentence.text
    assert last(lights).tags == {
        c.ends: (signed(paths.through(c.ends)), 1 if paths.through(c.ends) > 0 else -1)
        for c in network.connections
        if c.source != "x"
    }
    assert lens.costs.texts == [["path by path", "4", "1"], ["backpropagation", "4", "1"]]
    lens.select({"x"})
    assert lens.costs.texts == [["path by path", "6", "1"], ["backpropagation", "5", "1"]]
    lens.select({"p"})
    assert "ordinary chain rule" in lens.sentence.text


def test_forward_and_reverse_mode_stand_side_by_side_and_agree(qtbot: QtBot) -> None:
    lens = MatrixLens()
    lights = shown(qtbot, lens, mazur(), "i1")
    trace = Run(mazur()).trace
    pushed = push(trace, "i1")
    whole = signed(trace.dE_dz("i1") or 0.0)
    assert lens.modes.texts[0] == ["i₁", format_number(1.0), whole]
    assert lens.modes.texts[-1] == ["E", whole, format_number(1.0)]
    assert lens.modes.texts[1:-1] == [
        [shown_name(u), format_number(pushed.tangents[u]), signed(trace.delta(u) or 0.0)]
        for u in ("h1", "h2", "o1", "o2")
    ]
    assert last(lights).values["o1"][0][1] == format_number(pushed.tangents["o1"])


def test_a_skip_connection_is_a_block_of_its_own_in_the_table(qtbot: QtBot) -> None:
    network = draw("x > h > p > y, h > y", hidden="tanh")
    lens = MatrixLens()
    shown(qtbot, lens, Project(network=network, data=Data(((0.3,),), ((1.0,),))), "h")
    assert [row[0] for row in lens.table.texts] == ["1 → 2", "p", "1 → 3, skipping", "y", "sum"]


def test_a_bold_cell_leaves_all_other_texts_as_they_were(qtbot: QtBot) -> None:
    table = NumberTable()
    qtbot.addWidget(table)
    table.set_content(("a", "b"), [(Cell("sum", bold=True), Cell("1"))])
    bold, plain = table.item(0, 0), table.item(0, 1)
    assert bold is not None
    assert plain is not None
    assert bold.font().weight() > ui_font(12).weight() == table.font().weight()
