"""The lenses and the notation, in the window: what one chooses is seen everywhere at once."""

from collections.abc import Callable

import pytest

from chainstep.files.examples import load_example
from chainstep.project import Project
from chainstep.stepping.formula.letters import NOTATIONS
from chainstep.stepping.numbers import signed
from chainstep.stepping.trace import trace
from tests.nets import in_bishops_letters

from .journey import Driver, settle

OpenWindow = Callable[[Project], Driver]
WHY = 2


@pytest.fixture
def mazur(open_window: OpenWindow) -> Driver:
    driver = open_window(in_bishops_letters(load_example("mazur_2_2_2")))
    driver.window.debugger.step("pass")
    driver.window.debugger.step("unit")
    return driver


def test_a_lens_lights_the_canvas_while_it_is_seen(mazur: Driver) -> None:
    mazur.parts.tabs.setCurrentIndex(WHY)
    mazur.scene.select(["h1"])
    settle()
    changed = [note for note in mazur.notes if note.startswith("Δa")]
    assert len(changed) == 3
    assert any(pill.startswith("h = +0.1000") for pill in mazur.pills)
    mazur.parts.tabs.setCurrentIndex(0)
    settle()
    assert not [note for note in mazur.notes if note.startswith("Δa")]


def test_a_path_is_lit_and_the_step_comes_back_after_it(mazur: Driver) -> None:
    before = mazur.picture()
    mazur.parts.tabs.setCurrentIndex(WHY)
    mazur.parts.why.choose("Paths")
    mazur.scene.select(["i1"])
    settle()
    assert [pill for pill in mazur.pills if pill.startswith("Σ = ")]
    mazur.parts.why.lenses["Paths"].table.choose(1)  # type: ignore[attr-defined]
    assert [pill for pill in mazur.pills if pill.startswith("share = ")]
    mazur.scene.select([])
    mazur.parts.tabs.setCurrentIndex(1)
    settle()
    assert mazur.picture() == before


def test_a_lens_follows_the_steps(mazur: Driver) -> None:
    mazur.parts.tabs.setCurrentIndex(WHY)
    settle()
    heads = []
    for _ in range(3):
        mazur.window.debugger.step("unit")
        heads.append(mazur.parts.why.current.heading.text)
    assert len(set(heads)) == 3


@pytest.mark.parametrize("name", NOTATIONS)
def test_a_notation_is_worn_by_canvas_panel_and_inspector_at_once(mazur: Driver, name: str) -> None:
    mazur.window.debugger.step("unit")
    if name != "bishop":
        mazur.parts.notation.notation.chosen.emit(name)
    settle()
    letters = NOTATIONS[name]
    error = letters.error.partition("_")[0]
    long = f"∂{error}/∂{letters.a}"
    short = "slope" if letters.words else letters.delta or long
    delta = trace(mazur.window.document.project).delta("o2") or 0.0
    assert any(note.startswith(short) and signed(delta) in note for note in mazur.notes)
    assert mazur.parts.inspector.unit.dE_dz.label.text().startswith(
        "slope" if letters.words else f"∂{error}/∂{letters.z}"
    )
    assert mazur.window.document.project.view.notation == name


def test_the_other_sign_turns_what_canvas_and_inspector_say(mazur: Driver) -> None:
    mazur.scene.select(["o1"])
    delta = trace(mazur.window.document.project).delta("o1") or 0.0
    mazur.window.debugger.seek(mazur.window.debugger.moment().run.cursor.count)  # type: ignore[union-attr]
    mazur.parts.notation.sign.chosen.emit("negative")
    settle()
    assert mazur.parts.inspector.unit.delta.value.text() == signed(-delta)
    assert mazur.parts.inspector.unit.delta.label.text() == "δ = −∂E/∂a"


def test_hovering_a_name_in_the_index_set_shows_its_unit(
    mazur: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    mazur.window.debugger.seek(mazur.window.debugger.moment().run.cursor.count - 3)  # type: ignore[union-attr]
    shown: list[object] = []
    monkeypatch.setattr(mazur.scene, "flash", shown.append)
    symbols = mazur.parts.chain_rule.formulas[0]
    symbols.tag_hovered.emit("term:h2")
    symbols.tag_hovered.emit("")
    assert shown == ["h2"]


def test_a_choice_of_notation_can_be_undone(mazur: Driver) -> None:
    mazur.parts.notation.notation.chosen.emit("hinton")
    assert mazur.window.document.undo_stack.undoText() == "Write as Hinton"
    mazur.window.document.undo_stack.undo()
    assert mazur.window.document.project.view.notation == "bishop"
    assert mazur.parts.notation.notation.value == "bishop"
