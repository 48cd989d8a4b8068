"""The breakpoints panel: what is listed, what each widget asks for, and what a net offers."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chainstep.app.moment import Moment
from chainstep.app.panels.debugging import edits as debug_edits
from chainstep.app.panels.debugging.breakpoints import BreakpointsPanel
from chainstep.project import Debug, Project
from chainstep.stepping.run import Run
from chainstep.stepping.watching import breakpoints
from chainstep.stepping.watching.breakpoints import Breakpoint
from tests.app.panels import stage
from tests.app.panels.moments import HOSTILE, hostile

UNKNOWN: dict[str, Any] = {"kind": "magic", "of": [1]}


def with_breakpoints(project: Project, *some: Breakpoint | dict[str, Any]) -> Project:
    items = tuple(b if isinstance(b, dict) else breakpoints.written(b) for b in some)
    return project.replace(debug=Debug(breakpoints=items))


def on_stage(qtbot: QtBot, project: Project) -> tuple[BreakpointsPanel, stage.Stage]:
    panel = BreakpointsPanel()
    held = stage.on_stage(qtbot, panel, project)
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    return panel, held


def texts(panel: BreakpointsPanel) -> list[str]:
    return [row.words.text() for row in panel.rows]


def test_every_breakpoint_has_its_row_and_one_that_is_unknown_keeps_its_place(
    qtbot: QtBot,
) -> None:
    project = with_breakpoints(
        stage.mazur(),
        Breakpoint(kind="unit", unit="h1", enabled=False),
        UNKNOWN,
        Breakpoint(kind="unit", unit="gone", ignore=2),
    )
    panel, held = on_stage(qtbot, project)
    assert texts(panel) == ["h1", "not known to this version", "gone (not in the net)"]
    assert [row.tick.isEnabled() for row in panel.rows] == [True, False, False]
    assert panel.rows[2].skip.text() == "2"
    QTest.mouseClick(panel.rows[0].tick, Qt.MouseButton.LeftButton)
    assert held.project.debug.breakpoints[0] == {"kind": "unit", "unit": "h1"}
    assert held.project.debug.breakpoints[1] is UNKNOWN
    stage.type_into(panel.rows[0].skip, "7")
    stage.enter(panel.rows[0].skip)
    assert held.project.debug.breakpoints[0]["ignore"] == 7
    QTest.mouseClick(panel.rows[1].remove, Qt.MouseButton.LeftButton)
    assert texts(panel) == ["h1", "gone (not in the net)"]


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("small_delta", {"kind": "small_delta", "value": 1e-6}),
        ("saturated", {"kind": "saturated", "value": 0.01}),
        ("large_weight", {"kind": "large_weight", "value": 10.0}),
        ("not_finite", {"kind": "not_finite"}),
        ("loss_rises", {"kind": "loss_rises", "value": 5.0}),
        ("loss_below", {"kind": "loss_below", "value": 0.01}),
        ("flip", {"kind": "flip"}),
        ("unit", {"kind": "unit", "unit": "h1"}),
        ("connection", {"kind": "connection", "connection": ["i1", "h1"]}),
        ("phase", {"kind": "phase", "phase": "backward"}),
        ("epoch", {"kind": "epoch", "value": 100.0}),
    ],
)
def test_the_form_makes_one_of_every_kind(qtbot: QtBot, kind: str, item: dict[str, Any]) -> None:
    panel, held = on_stage(qtbot, stage.mazur())
    if kind != panel.form.kind.value:
        stage.choose(panel.form.kind, kind)
    QTest.mouseClick(panel.form.add, Qt.MouseButton.LeftButton)
    assert held.project.debug.breakpoints == (item,)
    assert len(panel.rows) == 1


def test_the_form_takes_what_was_chosen_and_typed(qtbot: QtBot) -> None:
    panel, held = on_stage(qtbot, stage.mazur())
    stage.choose(panel.form.kind, "loss_rises")
    stage.type_into(panel.form.value, "12.5")
    stage.type_into(panel.form.epochs, "20")
    stage.choose(panel.form.of, "validation")
    QTest.mouseClick(panel.form.add, Qt.MouseButton.LeftButton)
    assert breakpoints.read_all(held.project.debug.breakpoints) == (
        Breakpoint(kind="loss_rises", value=12.5, epochs=20, of="validation"),
    )
    stage.choose(panel.form.kind, "saturated")
    stage.choose(panel.form.unit, "o2")
    QTest.mouseClick(panel.form.add, Qt.MouseButton.LeftButton)
    assert held.project.debug.breakpoints[1]["unit"] == "o2"


def test_the_form_lists_the_net_once_it_is_open_and_follows_it_then(qtbot: QtBot) -> None:
    panel = BreakpointsPanel()
    held = stage.on_stage(qtbot, panel, stage.mazur())
    assert panel.form.unit.count() == 1
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert [panel.form.unit.itemText(n) for n in range(1, 5)] == ["h1", "h2", "o1", "o2"]
    panel.form.unit.set_value("h2")
    held.apply("Delete 1 unit", lambda project: project.remove(["h1"]))
    assert [panel.form.unit.itemText(n) for n in range(1, 4)] == ["h2", "o1", "o2"]
    assert panel.form.unit.value == "h2"


def test_a_number_that_cannot_be_read_adds_nothing(qtbot: QtBot) -> None:
    panel, held = on_stage(qtbot, stage.mazur())
    stage.type_into(panel.form.value, "much")
    QTest.mouseClick(panel.form.add, Qt.MouseButton.LeftButton)
    assert panel.form.value.invalid
    assert held.project.debug.breakpoints == ()


def test_the_row_that_stopped_the_run_is_bold_and_counted(qtbot: QtBot) -> None:
    project = with_breakpoints(
        stage.mazur(),
        Breakpoint(kind="phase", phase="update"),
        Breakpoint(kind="unit", unit="h1", phase="backward"),
    )
    panel, held = on_stage(qtbot, project)
    run = Run(project)
    run.set_breakpoints(breakpoints.read_all(project.debug.breakpoints))
    run.train(1)
    held.present(Moment(project, run))
    assert [row.words.font().bold() for row in panel.rows] == [False, True]
    assert [row.held.text() for row in panel.rows] == ["", "1 ×"]
    assert panel.reason.text() == "Stopped: h1, backward."
    run.train(1)
    held.present(Moment(project, run))
    assert [row.held.text() for row in panel.rows] == ["1 ×", "1 ×"]


def test_names_that_look_like_markup_are_shown_as_they_are(qtbot: QtBot) -> None:
    some = [Breakpoint(kind="unit", unit=name) for name in HOSTILE]
    panel, _ = on_stage(qtbot, with_breakpoints(hostile(), *some))
    assert texts(panel) == list(HOSTILE)
    assert all(row.words.textFormat() == Qt.TextFormat.PlainText for row in panel.rows)


# --- edits ---------------------------------------------------------------------------------------


def test_a_toggle_sets_what_is_missing_and_takes_away_what_is_all_there() -> None:
    _, edit = debug_edits.toggle({"h1", "h2"}, {("i1", "h1")})
    project = with_breakpoints(stage.mazur(), Breakpoint(kind="unit", unit="h2", ignore=4))
    there = edit(project)
    found = breakpoints.read_all(there.debug.breakpoints)
    assert [each.unit or each.connection for each in found] == ["h2", "h1", ("i1", "h1")]
    assert found[0].ignore == 4
    assert edit(there).debug.breakpoints == ()


def test_a_breakpoint_follows_its_unit_under_another_name() -> None:
    project = with_breakpoints(
        stage.mazur(),
        Breakpoint(kind="unit", unit="h1"),
        Breakpoint(kind="connection", connection=("i1", "h1")),
        UNKNOWN,
    )
    renamed = project.change_unit("h1", id="top")
    assert renamed.debug.breakpoints == (
        {"kind": "unit", "unit": "top"},
        {"kind": "connection", "connection": ["i1", "top"]},
        UNKNOWN,
    )


def test_what_is_marked_is_on_where_any_of_its_breakpoints_is() -> None:
    project = with_breakpoints(
        stage.mazur(),
        Breakpoint(kind="unit", unit="h1", enabled=False),
        Breakpoint(kind="small_delta", unit="h1", value=1.0),
        Breakpoint(kind="large_weight", connection=("i1", "h1"), enabled=False),
        Breakpoint(kind="flip"),
    )
    assert debug_edits.marked(project.debug.breakpoints) == ({"h1": True}, {("i1", "h1"): False})


def test_a_breakpoint_that_is_there_is_changed_in_the_form(qtbot: QtBot) -> None:
    first = Breakpoint(kind="loss_rises", value=5.0, epochs=3, enabled=False, ignore=2)
    panel, held = on_stage(qtbot, with_breakpoints(stage.mazur(), first, UNKNOWN))
    assert not panel.rows[1].edit.isEnabled()
    QTest.mouseClick(panel.rows[0].edit, Qt.MouseButton.LeftButton)
    assert (panel.form.value.text(), panel.form.epochs.text()) == ("5", "3")
    stage.type_into(panel.form.value, "12")
    QTest.mouseClick(panel.form.add, Qt.MouseButton.LeftButton)
    changed = {"kind": "loss_rises", "value": 12.0, "epochs": 3, "enabled": False, "ignore": 2}
    assert held.project.debug.breakpoints == (changed, UNKNOWN)
    assert not panel.form.isVisible()


def test_all_are_turned_off_and_on_and_removed_at_once(qtbot: QtBot) -> None:
    both = Breakpoint(kind="unit", unit="h1"), Breakpoint(kind="flip", enabled=False)
    panel, held = on_stage(qtbot, with_breakpoints(stage.mazur(), *both, UNKNOWN))
    assert panel.all_on.text() == "All off"
    QTest.mouseClick(panel.all_on, Qt.MouseButton.LeftButton)
    assert [item.get("enabled") for item in held.project.debug.breakpoints] == [False, False, None]
    QTest.mouseClick(panel.all_on, Qt.MouseButton.LeftButton)
    assert "enabled" not in held.project.debug.breakpoints[1]
    QTest.mouseClick(panel.clear, Qt.MouseButton.LeftButton)
    assert held.project.debug.breakpoints == ()
    assert not panel.clear.isVisible()


@pytest.mark.parametrize(
    ("kind", "name", "text", "sentence"),
    [
        ("epoch", "number", "0", "Write a whole number of at least 1."),
        ("epoch", "number", "2.5", "Write a whole number of at least 1."),
        ("small_delta", "value", "-0.1", "Write a number of at least 0."),
        ("large_weight", "value", "-2", "Write a number of at least 0."),
        ("flip", "row", "2", "Write a number of at most 1."),
    ],
)
def test_what_can_never_hold_is_refused(
    qtbot: QtBot, kind: str, name: str, text: str, sentence: str
) -> None:
    panel, held = on_stage(qtbot, stage.mazur())
    if kind != panel.form.kind.value:
        stage.choose(panel.form.kind, kind)
    field = getattr(panel.form, name)
    stage.type_into(field, text)
    QTest.mouseClick(panel.form.add, Qt.MouseButton.LeftButton)
    assert (field.invalid, field.accessibleDescription()) == (True, sentence)
    assert held.project.debug.breakpoints == ()
    stage.choose(panel.form.kind, "loss_below")
    assert not field.invalid, "another kind begins with its own number"


def test_the_same_breakpoint_is_not_listed_twice_but_turned_on(qtbot: QtBot) -> None:
    there = Breakpoint(kind="loss_below", value=0.01, enabled=False)
    panel, held = on_stage(qtbot, with_breakpoints(stage.mazur(), there))
    stage.choose(panel.form.kind, "loss_below")
    QTest.mouseClick(panel.form.add, Qt.MouseButton.LeftButton)
    assert held.project.debug.breakpoints == ({"kind": "loss_below", "value": 0.01},)


def test_the_keys_stay_in_the_panel_when_its_form_is_done(qtbot: QtBot) -> None:
    panel, held = on_stage(qtbot, stage.mazur())
    held.activateWindow()
    panel.form.value.setFocus()
    QTest.keyClick(panel.form.value, Qt.Key.Key_Tab)
    assert panel.form.add.hasFocus()
    QTest.keyClick(panel.form.add, Qt.Key.Key_Space)
    assert len(panel.rows) == 1
    assert panel.add.hasFocus()
