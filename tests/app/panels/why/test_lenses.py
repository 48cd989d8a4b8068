"""The lenses say what the engine says, at any step of any net, and wait until they are seen."""

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.canvas.marks import Marks
from chainstep.app.look.names import shown_name
from chainstep.app.moment import Moment
from chainstep.app.panels.notation_bar import NotationBar
from chainstep.app.panels.why.check import CheckLens
from chainstep.app.panels.why.exercise import ExerciseLens
from chainstep.app.panels.why.lens import IN_TRAINING, Lens
from chainstep.app.panels.why.matrix import MatrixLens
from chainstep.app.panels.why.nudge import NudgeLens
from chainstep.app.panels.why.panel import WhyPanel
from chainstep.app.panels.why.paths import PathsLens
from chainstep.app.panels.why.shares import SharesLens
from chainstep.app.panels.why.traps import TrapsLens
from chainstep.project import Data, Project
from chainstep.stepping.explain.step import explain
from chainstep.stepping.formula.letters import NOTATIONS
from chainstep.stepping.formula.notation import SIGNS
from chainstep.stepping.formula.text import plain
from chainstep.stepping.numbers import format_number, signed
from chainstep.stepping.run import Run
from chainstep.stepping.why.nudge import UNIT, Nudge, Nudged
from tests.app.panels.moments import forward_only, gates, hostile, mazur, softmax
from tests.nets import draw
from tests.random_nets import random_project

LENSES: tuple[Callable[[], Lens], ...] = (
    NudgeLens,
    PathsLens,
    MatrixLens,
    SharesLens,
    CheckLens,
    TrapsLens,
    ExerciseLens,
)


def moment_of(project: Project, steps: int = 3) -> Moment:
    run = Run(project)
    for _ in range(steps):
        run.step("unit")
    return Moment(project, run, run.refused, explain(run), project.view.digits)


def shown(qtbot: QtBot, lens: Any, project: Project, unit: str = "") -> list[Marks | None]:
    """Show a lens at a unit; return what it asks the canvas to light, in a growing list."""
    lights: list[Marks | None] = []
    lens.lit.connect(lights.append)
    qtbot.addWidget(lens)
    lens.resize(384, 700)
    with qtbot.waitExposed(lens):
        lens.show()
    lens.show_moment(moment_of(project))
    if unit:
        lens.select({unit})
    return lights


def last(lights: list[Marks | None]) -> Marks:
    assert lights[-1] is not None
    return lights[-1]


@pytest.mark.parametrize("make", LENSES)
def test_a_lens_shows_any_net_at_any_unit(qtbot: QtBot, make: Callable[[], Lens]) -> None:
    lens = make()
    shown(qtbot, lens, mazur())
    for project in (*map(random_project, range(8)), softmax(), gates(), hostile()):
        lens.show_moment(moment_of(project))
        for unit in project.network.units:
            lens.select({unit.id})
            assert lens.heading.text
        lens.grab()


@pytest.mark.parametrize("make", LENSES)
def test_a_lens_is_written_in_every_notation(qtbot: QtBot, make: Callable[[], Lens]) -> None:
    lens = make()
    shown(qtbot, lens, mazur(), "h1")
    for name in NOTATIONS:
        for sign in SIGNS:
            lens.show_moment(moment_of(mazur().with_view(notation=name, sign=sign)))
            assert lens.heading.text


@pytest.mark.parametrize("make", LENSES)
def test_where_there_is_no_backward_pass_a_lens_says_why(
    qtbot: QtBot, make: Callable[[], Lens]
) -> None:
    lens = make()
    lights = shown(qtbot, lens, forward_only())
    if make is not ExerciseLens:
        assert lens.content.isHidden()
        assert lens.sentence.text
        assert lights[-1] is None
    lens.show_moment(Moment(Project(), refusal="Not yet runnable: no input."))
    assert lens.sentence.text == "Not yet runnable: no input."
    project = mazur()
    lens.show_moment(Moment(project, Run(project), training=True))
    assert lens.sentence.text == IN_TRAINING
    assert lens.content.isHidden()


def test_a_hidden_lens_computes_nothing_and_gives_the_canvas_back(qtbot: QtBot) -> None:
    lens = NudgeLens()
    qtbot.addWidget(lens)
    lens.show_moment(moment_of(mazur()))
    assert lens.shares.texts == []
    lights: list[Marks | None] = []
    lens.lit.connect(lights.append)
    with qtbot.waitExposed(lens):
        lens.show()
    assert lens.shares.texts != []
    assert lights[-1] is not None
    lens.hide()
    assert lights[-1] is None


def test_the_nudge_shows_the_shares_the_limit_and_what_moves(qtbot: QtBot) -> None:
    lens = NudgeLens()
    lights = shown(qtbot, lens, mazur(), "h1")
    trace = Run(mazur()).trace
    terms = [trace.outgoing(c) for c in trace.plan.network.outgoing["h1"]]
    assert lens.shares.texts[:-1] == [
        [
            shown_name(t.target),
            signed(t.delta or 0),
            format_number(t.da_da or 0),
            signed(t.delta_term or 0),
        ]
        for t in terms
    ]
    assert lens.shares.texts[-1] == ["sum", "", "", signed(trace.delta("h1") or 0.0)]
    assert lens.limit.texts[-1][1] == signed(trace.delta("h1") or 0.0, 8)
    assert set(last(lights).values) == {"h1", "o1", "o2"}
    lens.slider.setValue(0)
    assert last(lights).values["o1"][0][1] == format_number(0.0)
    lens.slider.setValue(-100)
    assert last(lights).values["h1"][0][1] == signed(-0.5)


def test_units_let_go_one_at_a_time_add_up_to_the_whole(qtbot: QtBot) -> None:
    lens = NudgeLens()
    lights = shown(qtbot, lens, mazur(), "h1")
    nudge = Nudge(Run(mazur()).trace, Nudged(UNIT, "h1"))
    held, whole = nudge.held(lens.h), nudge.error(lens.h) - nudge.error()
    assert [row[2] for row in lens.singles.texts] == [
        signed(value) for value in (held["o1"], held["o2"], sum(held.values()), whole)
    ]
    lens.singles.choose(1)
    assert lens.alone == "o2"
    assert set(last(lights).values) == {"o1", "o2"}
    assert last(lights).values["o1"] == (("", "held", 0),)
    assert set(last(lights).connections) == {("h1", "o2")}
    lens.singles.choose(3)
    assert set(last(lights).values) == {"h1", "o1", "o2"}


def test_a_weight_or_a_bias_can_be_moved_too(qtbot: QtBot) -> None:
    lens = NudgeLens()
    shown(qtbot, lens, mazur(), "o1")
    keys = [lens.what.itemData(n) for n in range(lens.what.count())]
    assert keys == ["a", "b", "w h1", "w h2"]
    lens.what.chosen.emit("w h2")
    found = Run(mazur()).trace.connection("h2", "o1").dE_dw
    assert lens.limit.texts[-1][1] == signed(found or 0.0, 8)
    lens.select({"i1"})
    assert lens.what.count() == 1


def test_paths_are_listed_lit_and_multiplied(qtbot: QtBot) -> None:
    lens = PathsLens()
    lights = shown(qtbot, lens, mazur(), "i1")
    whole = signed(Run(mazur()).trace.dE_dz("i1") or 0.0)
    assert len(lens.table.texts) == 1 + 4
    assert lens.table.texts[0] == ["all 4 together", whole]
    assert lens.sentence.text.startswith("4 paths")
    assert len(last(lights).connections) == 6
    lens.table.choose(1)
    assert set(last(lights).connections) == {("i1", "h2"), ("h2", "o1")}
    path = lens.listed[0]
    assert last(lights).values["h2"] == (("so far", signed(path.running[1]), 1),)
    lens.table.choose(4)
    assert set(last(lights).connections) == {("i1", "h1"), ("h1", "o2")}
    assert lens.numbers.formula is not None
    assert plain(lens.numbers.formula).endswith(signed(lens.listed[3].value))
    assert signed(Run(mazur()).trace.dE_dz("i1") or 0.0) in lens.total.text


def test_more_paths_than_can_be_listed_are_counted(qtbot: QtBot) -> None:
    layers = " > ".join(" ".join(f"h{n}_{k}" for k in range(10)) for n in range(8))
    network = draw(f"x > {layers} > y", hidden="tanh")
    lens = PathsLens()
    shown(qtbot, lens, Project(network=network, data=Data(((0.3,),), ((1.0,),))), "x")
    assert "100,000,000 paths" in lens.sentence.text
    assert len(lens.table.texts) == 1 + 100


def test_the_matrix_lights_the_column_of_the_unit(qtbot: QtBot) -> None:
    lens = MatrixLens()
    lights = shown(qtbot, lens, mazur(), "h1")
    trace = Run(mazur()).trace
    by_ends = trace.plan.network.by_ends
    assert lens.table.texts[-1][2] == signed(trace.delta("h1") or 0.0)
    for line, target in zip(lens.table.texts[:-1], ("o1", "o2"), strict=True):
        assert line[:2] == [shown_name(target), signed(trace.delta(target) or 0.0)]
        assert line[2] == format_number(trace.outgoing(by_ends["h1", target]).da_da or 0.0)
    assert lens.formula.formula is not None
    assert plain(lens.formula.formula).endswith(f"= {format_number(trace.delta('h1') or 0)}")
    assert set(last(lights).connections) == {("h1", "o1"), ("h1", "o2")}


def test_the_softmax_of_the_outputs_is_a_table_of_its_own(qtbot: QtBot) -> None:
    lens = MatrixLens()
    shown(qtbot, lens, softmax(), "y2")
    assert lens.group.isVisible()
    assert [line[0] for line in lens.group.texts] == ["y₁", "y₂", "y₃"]
    lens.select({"h1"})
    assert not lens.group.isVisible()


def _answer(lens: ExerciseLens, text: str) -> None:
    lens.asking.answer.setText(text)
    QTest.keyClick(lens.asking.answer, Qt.Key.Key_Return)


def test_the_exercise_goes_from_the_outputs_back_and_keeps_the_score(qtbot: QtBot) -> None:
    lens = ExerciseLens()
    shown(qtbot, lens, mazur())
    trace = Run(mazur()).trace
    lens.unit.chosen.emit("h1")
    assert "2 terms are missing" in lens.asking.said.text
    assert not lens.asking.answer.isVisible()
    for unit in ("o1", "o2", "h2", "h1"):
        lens.unit.chosen.emit(unit)
        assert lens.asking.answer.isVisible()
        _answer(lens, format_number(trace.delta(unit) or 0.0).replace(".", ","))
        assert lens.asking.said.text.startswith("Right")
    for unit in ("i1", "i2"):
        lens.unit.chosen.emit(unit)
        QTest.mouseClick(lens.asking.hint_button, Qt.MouseButton.LeftButton)
        assert lens.asking.hint.isVisible()
        QTest.mouseClick(lens.asking.show_button, Qt.MouseButton.LeftButton)
    assert "Every unit is done" in lens.sentence.text
    assert lens.score.text.startswith("4 of 6 right · 1 picked too early · in all exercises ")
    QTest.mouseClick(lens.again_button, Qt.MouseButton.LeftButton)
    assert lens.score.text.startswith("0 of 0 right")


def test_a_wrong_answer_may_be_given_again(qtbot: QtBot) -> None:
    lens = ExerciseLens()
    shown(qtbot, lens, mazur())
    lens.unit.chosen.emit("o1")
    _answer(lens, "12")
    assert "Not quite" in lens.asking.said.text
    _answer(lens, "nonsense")
    assert "not a number" in lens.asking.said.text
    assert lens.asking.answer.isVisible()


def test_a_number_asked_for_is_not_shown_on_the_canvas(qtbot: QtBot) -> None:
    lens = ExerciseLens()
    lights = shown(qtbot, lens, mazur())
    lens.unit.chosen.emit("o1")
    assert "o1" not in last(lights).values
    _answer(lens, format_number(Run(mazur()).trace.delta("o1") or 0.0))
    assert "o1" in last(lights).values


def test_one_lens_is_seen_at_a_time(qtbot: QtBot) -> None:
    panel = WhyPanel()
    shown(qtbot, panel, mazur(), "h1")
    for name, lens in panel.lenses.items():
        panel.choose(name)
        assert panel.current is lens
        assert [other.isVisible() for other in panel.lenses.values()].count(True) == 1
        assert lens.isVisible()


def test_the_notation_bar_shows_and_changes_the_view(qtbot: QtBot) -> None:
    bar = NotationBar()
    qtbot.addWidget(bar)
    edits: list[tuple[str, Any]] = []
    bar.edited.connect(lambda text, edit: edits.append((text, edit)))
    project = mazur().with_view(notation="hinton", sign="negative", digits=6)
    bar.show_moment(Moment(project))
    assert (bar.notation.value, bar.sign.value, bar.digits.value) == ("hinton", "negative", "6")
    bar.notation.activated.emit(bar.notation.findData("words"))
    bar.sign.activated.emit(bar.sign.findData("positive"))
    bar.digits.activated.emit(bar.digits.findData("8"))
    assert edits[0][0] == "Write as Words"
    for _, edit in edits:
        project = edit(project)
    view = project.view
    assert (view.notation, view.sign, view.digits) == ("words", "positive", 8)
    assert project.network is not None


def test_the_half_in_the_error_is_a_choice_where_it_is_a_sum_of_squares(qtbot: QtBot) -> None:
    bar = NotationBar()
    qtbot.addWidget(bar)
    edits: list[Any] = []
    bar.edited.connect(lambda _text, edit: edits.append(edit))
    bar.show_moment(Moment(mazur()))
    assert (bar.half.value, bar.half.isHidden()) == ("half_squared_error", False)
    bar.half.activated.emit(bar.half.findData("squared_error"))
    whole = edits[0](mazur())
    assert whole.loss.name == "squared_error"
    deltas = [Run(project).trace.delta("h1") or 0.0 for project in (mazur(), whole)]
    assert deltas[1] == pytest.approx(2 * deltas[0], rel=1e-15)
    bar.show_moment(Moment(softmax()))
    assert bar.half.isHidden()


@pytest.mark.parametrize("name", NOTATIONS)
def test_the_letters_are_explained_in_the_notation_worn(qtbot: QtBot, name: str) -> None:
    panel = WhyPanel()
    shown(qtbot, panel, mazur().with_view(notation=name), "h1")
    letters = NOTATIONS[name]
    told = (
        ("Input", "Slope") if letters.words else (f"{letters.a}:", f"{letters.z}:", letters.delta)
    )
    assert all(word in panel.letters.text for word in told)


def test_names_are_plain_text_wherever_they_stand(qtbot: QtBot) -> None:
    lens = PathsLens()
    shown(qtbot, lens, hostile())
    QApplication.processEvents()
    for row in range(lens.table.rowCount()):
        item = lens.table.item(row, 0)
        assert item is not None
        assert re.match(r"<span>", item.toolTip())


def test_the_lenses_are_imported_without_numpy() -> None:
    code = "import sys, chainstep.app.panels.why.panel as _; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
