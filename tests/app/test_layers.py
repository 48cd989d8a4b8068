"""The step and the lens lie on one canvas, and the one that was touched last leads."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from chainstep.app.canvas.lit import CheckMark, LitEdge
from chainstep.app.canvas.marks import Marks, Width
from chainstep.app.lighting import layered
from chainstep.files.examples import load_example
from chainstep.project import Project

from .journey import Driver, settle

OpenWindow = Callable[[Project], Driver]
WHY = 2


@pytest.fixture
def driver(open_window: OpenWindow) -> Driver:
    found = open_window(load_example("mazur_2_2_2").with_view(notation="bishop", digits=4))
    found.step_until(lambda s: s.phase == "backward" and s.unit == "h1" and s.nth == 2)
    return found


def test_a_step_keeps_its_light_while_a_lens_is_open(driver: Driver) -> None:
    tags, discs = driver.tags, driver.discs
    driver.parts.tabs.setCurrentIndex(WHY)
    settle()
    marks = driver.scene.marks
    assert marks is not None
    assert (marks.unit, marks.current) == ("h1", frozenset({("h1", "o2")}))
    assert (driver.tags, driver.discs) == (tags, discs)
    assert {"Δa +0.0096", "δ +0.1385", "target 0.01"} <= set(driver.notes)


def test_what_was_touched_last_has_the_place_both_claim(driver: Driver) -> None:
    pill = driver.pills
    driver.parts.tabs.setCurrentIndex(WHY)
    settle()
    assert driver.pills == ["h = +0.1000, ΔE = +0.0008704"]
    driver.window.debugger.step("term")
    driver.window.debugger.back("term")
    assert driver.pills == pill
    assert driver.parts.area.legend.step.isChecked()
    nudge = driver.parts.why.lenses["Nudge"]
    nudge.slider.setValue(40)  # type: ignore[attr-defined]
    assert driver.pills[0].startswith("h = +0.2000")
    assert driver.parts.area.legend.lens.isChecked()


def test_the_legend_names_both_and_brings_either_to_the_front(driver: Driver) -> None:
    legend, pill = driver.parts.area.legend, driver.pills
    assert not legend.isVisible()
    driver.parts.tabs.setCurrentIndex(WHY)
    settle()
    assert legend.step.text() == "backward · h₁ · term 2 of 2"
    assert legend.lens.text() == "Nudge: a of h₁ by +0.1000 → E by +0.0008704"
    driver.click(legend.step)
    assert driver.pills == pill
    driver.click(legend.lens)
    assert driver.pills != pill
    driver.parts.tabs.setCurrentIndex(0)
    settle()
    assert not legend.isVisible()


def test_an_exercise_is_shown_alone(driver: Driver) -> None:
    driver.parts.tabs.setCurrentIndex(WHY)
    driver.parts.why.choose("Try")
    settle()
    assert driver.tags == []
    assert not driver.parts.area.legend.isVisible()


def test_an_index_set_pointed_at_is_lit_on_the_canvas(driver: Driver) -> None:
    driver.parts.tabs.setCurrentIndex(WHY)
    settle()
    sets = driver.parts.why.index_sets
    assert (sets.sources.text(), sets.targets.text()) == (
        "fed by i ∈ {i₁, i₂}",
        "feeds k ∈ {o₁, o₂}",
    )
    sets.targets.pointed.emit(True)
    assert {u for u, item in driver.scene.units.items() if item.related} == {"o1", "o2"}
    assert driver.scene.related_connections == {("h1", "o1"), ("h1", "o2")}
    sets.targets.pointed.emit(False)
    sets.sources.pointed.emit(True)
    assert {u for u, item in driver.scene.units.items() if item.related} == {"i1", "i2"}
    sets.sources.pointed.emit(False)
    assert not driver.scene.related_connections


def test_a_share_of_the_whole_is_drawn_wider_than_a_small_one(driver: Driver) -> None:
    widths = {("h1", "o1"): Width(0.74, 1, False), ("h1", "o2"): Width(0.26, -1, True)}
    driver.scene.set_marks(Marks(widths=widths))
    looks = {item._route.end: item._look for item in driver.scene._decor.items(LitEdge)}  # type: ignore[attr-defined]
    whole, small = sorted(looks.values(), key=lambda look: -look.width)
    assert whole.width > 2 * small.width
    assert (whole.negative, whole.dashed, small.negative, small.dashed) == (
        False,
        False,
        True,
        True,
    )


def test_of_two_layers_the_stronger_light_shows_and_notes_are_kept() -> None:
    ends = ("h", "y")
    step = Marks("h", {ends: "coming"}, values={"y": (("δ", "+1", 1),)}, visited=frozenset({"y"}))
    lens = Marks("y", {ends: "looked_at"}, values={"y": (("Δa", "+2", 1),)}, visited=frozenset("x"))
    both = layered(step, lens, lens_first=True)
    assert both is not None
    assert both.unit == "h"
    assert both.connections[ends] == "looked_at"
    assert both.values["y"] == (("Δa", "+2", 1), ("δ", "+1", 1))
    assert both.visited == {"x", "y"}
    assert layered(step, None, lens_first=True) is step
    assert layered(None, lens, lens_first=False) is lens


def test_f7_shows_a_mark_at_every_unit_and_connection(driver: Driver) -> None:
    driver.key(Qt.Key.Key_F7)
    settle()
    marks = driver.scene._decor.items(CheckMark)
    assert len(marks) == 8 + 4
    assert all(mark.passed for mark in marks)  # type: ignore[attr-defined]
    assert driver.parts.why.current is driver.parts.why.lenses["Check"]
    driver.parts.tabs.setCurrentIndex(0)
    settle()
    assert not driver.scene._decor.items(CheckMark)


def test_the_why_tab_has_the_larger_part_of_the_side_while_it_is_in_front(driver: Driver) -> None:
    tabs, before = driver.parts.tabs, driver.parts.tabs.height()
    tabs.setCurrentIndex(WHY)
    settle()
    assert tabs.height() > before + 60
    tabs.setCurrentIndex(0)
    settle()
    assert tabs.height() == before
