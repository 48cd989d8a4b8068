"""Mouse gestures: what each asks for, once, and how each is given up without a trace."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication

from .conftest import LEFT, Hand, MakeHand, placed

SHIFT = Qt.KeyboardModifier.ShiftModifier
RIM = 33.0


def test_dragging_from_the_rim_to_a_unit_asks_for_that_connection(hand: Hand) -> None:
    hand.drag(hand.at("i1", RIM), hand.at("o1"))
    assert hand.emitted == [("connection", "i1", "o1")]


def test_dropping_on_the_rim_of_the_target_is_dropping_on_the_target(hand: Hand) -> None:
    hand.drag(hand.at("i1", RIM), hand.at("o1", -RIM))
    assert hand.emitted == [("connection", "i1", "o1")]


def test_the_connect_tool_draws_from_the_middle_of_a_unit_too(hand: Hand) -> None:
    hand.view.set_tool("connect")
    hand.drag(hand.at("i1"), hand.at("o1"))
    assert hand.emitted == [("connection", "i1", "o1")]


@pytest.mark.parametrize(
    ("source", "target", "word"),
    [
        ("h1", "i1", "input"),
        ("i1", "h1", "already"),
        ("o1", "h1", "loop: h1 → o1 → h1"),
    ],
)
def test_a_refused_connection_says_why_and_asks_for_nothing(
    hand: Hand, source: str, target: str, word: str
) -> None:
    start, end = hand.at(source, -RIM), hand.at(target)
    hand.press(start)
    hand.move(start, end)
    assert word in hand.scene.speech.text
    assert hand.scene.units[target].verdict == "no"
    hand.release(end)
    assert hand.emitted == []
    assert word in hand.scene.speech.text
    assert hand.scene.units[target].verdict == ""


def test_a_connection_that_may_be_is_marked_as_such_while_it_hovers(hand: Hand) -> None:
    hand.press(hand.at("i1", RIM))
    hand.move(hand.at("i1", RIM), hand.at("o1"))
    assert hand.scene.units["o1"].verdict == "yes"
    assert hand.scene.speech.text == ""
    hand.release(hand.at("o1"))


def test_dropping_on_empty_space_asks_for_a_unit_fed_by_the_source(hand: Hand) -> None:
    end = hand.at("i1", 60, 250)
    hand.drag(hand.at("i1", RIM), end)
    point = hand.view.mapToScene(end)
    assert hand.emitted == [("unit", "", (round(point.x()), round(point.y())), "i1")]


def test_coming_back_to_the_source_asks_for_nothing(hand: Hand) -> None:
    hand.drag(hand.at("i1", RIM), hand.at("i1", 2, 5))
    assert hand.emitted == []


def test_a_move_is_asked_for_once_and_names_only_what_moved(hand: Hand) -> None:
    x, y = hand.scene.units["h1"].centre
    start = hand.at("h1")
    hand.drag(start, start + QPoint(60, -30))
    assert len(hand.emitted) == 1
    kind, moved = hand.emitted[0]
    assert kind == "moved"
    assert isinstance(moved, dict)
    assert moved.keys() == {"h1"}
    zoom = hand.view.zoom
    assert moved["h1"] == pytest.approx((x + 60 / zoom, y - 30 / zoom), abs=0.6)


def test_everything_selected_moves_together(hand: Hand) -> None:
    hand.scene.select({"h1", "h2"})
    hand.drag(hand.at("h2"), hand.at("h2", 40, 0))
    (_, moved) = hand.emitted[0]
    assert isinstance(moved, dict)
    assert moved.keys() == {"h1", "h2"}


def test_a_move_also_stores_the_places_the_canvas_had_chosen(make_hand: MakeHand) -> None:
    project = placed("i1 > h1 > o1").with_view(positions={})
    hand = make_hand(project)
    hand.drag(hand.at("h1"), hand.at("h1", 40, 30))
    (_, moved) = hand.emitted[0]
    assert isinstance(moved, dict)
    assert moved.keys() == {"i1", "h1", "o1"}


def test_a_trembling_click_selects_and_moves_nothing(hand: Hand) -> None:
    point = hand.at("h1")
    hand.drag(point, point + QPoint(2, 1))
    assert hand.emitted == []
    assert hand.scene.selected_units == {"h1"}


def test_shift_click_adds_and_takes_away(hand: Hand) -> None:
    hand.click(hand.at("h1"))
    hand.click(hand.at("h2"), SHIFT)
    assert hand.scene.selected_units == {"h1", "h2"}
    hand.click(hand.at("h1"), SHIFT)
    assert hand.scene.selected_units == {"h2"}


def test_a_rubber_band_selects_the_units_inside_it(hand: Hand) -> None:
    hand.drag(hand.at("h1", -80, -70), hand.at("h2", 80, 70))
    assert hand.scene.selected_units == {"h1", "h2"}
    assert hand.emitted == []


def test_a_click_on_empty_space_selects_nothing(hand: Hand) -> None:
    hand.scene.select({"h1"})
    hand.click(hand.at("i1", 0, 250))
    assert hand.scene.selected_units == frozenset()


def test_a_click_on_a_connection_selects_it_and_says_so(hand: Hand) -> None:
    x, y = hand.scene.edges.route(("i1", "h1")).at(0.5)
    a, b = hand.scene.units["i1"].centre
    hand.click(hand.at("i1", x - a, y - b))
    assert hand.emitted == [("clicked", "i1", "h1")]
    assert hand.scene.selected_connections == {("i1", "h1")}


def test_a_double_click_opens_a_unit(hand: Hand) -> None:
    from PySide6.QtTest import QTest

    QTest.mouseDClick(hand.view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, hand.at("h1"))
    assert ("activated", "h1") in hand.emitted


def test_a_double_click_on_empty_space_asks_for_a_unit_there(hand: Hand) -> None:
    from PySide6.QtTest import QTest

    point = hand.at("i1", 0, 250)
    QTest.mouseDClick(hand.view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, point)
    there = hand.view.mapToScene(point)
    assert hand.emitted == [("unit", "", (round(there.x()), round(there.y())), "")]


def test_the_add_tool_asks_for_a_unit_of_its_kind_once_a_click(hand: Hand) -> None:
    hand.view.set_tool("add", "hidden")
    hand.click(hand.at("i1", 0, 250))
    assert [(e[0], e[1]) for e in hand.emitted] == [("unit", "hidden")]


def test_an_unknown_tool_is_a_mistake_of_the_caller(hand: Hand) -> None:
    with pytest.raises(ValueError, match="hammer"):
        hand.view.set_tool("hammer")


@pytest.mark.parametrize("way", ["escape", "second button", "focus"])
def test_giving_up_a_move_puts_the_units_back(hand: Hand, way: str) -> None:
    before = hand.places()
    hand.press(hand.at("h1"))
    hand.move(hand.at("h1"), hand.at("h1", 90, 40))
    assert hand.places() != before
    give_up(hand, way)
    assert hand.places() == before
    hand.release(hand.at("h1", 90, 40))
    assert hand.emitted == []


def give_up(hand: Hand, way: str) -> None:
    if way == "escape":
        hand.key(Qt.Key.Key_Escape)
    elif way == "second button":
        hand.press(hand.at("h1"), Qt.MouseButton.RightButton)
        hand.release(hand.at("h1"), Qt.MouseButton.RightButton)
    else:
        QApplication.sendEvent(hand.view, QFocusEvent(QEvent.Type.FocusOut))


def test_escape_gives_up_a_connection_without_a_trace(hand: Hand) -> None:
    items = len(hand.scene.items())
    hand.press(hand.at("o1", RIM))
    hand.move(hand.at("o1", RIM), hand.at("h1"))
    hand.key(Qt.Key.Key_Escape)
    hand.release(hand.at("h1"))
    assert hand.emitted == []
    assert hand.scene.speech.text == ""
    assert hand.scene.units["h1"].verdict == ""
    assert len(hand.scene.items()) == items


def test_escape_gives_a_rubber_band_s_former_selection_back(hand: Hand) -> None:
    hand.scene.select({"o1"})
    hand.press(hand.at("h1", -80, -70))
    hand.move(hand.at("h1", -80, -70), hand.at("h2", 80, 70))
    hand.key(Qt.Key.Key_Escape)
    assert hand.scene.selected_units == {"o1"}


def test_a_change_of_the_net_in_the_middle_of_a_gesture_ends_it(hand: Hand) -> None:
    hand.press(hand.at("h1"))
    hand.move(hand.at("h1"), hand.at("h1", 90, 40))
    hand.show(hand.project.remove({"h1"}))
    hand.move(hand.at("h2"), hand.at("h2", 90, 40))
    hand.release(hand.at("h2"))
    assert hand.emitted == []
    assert hand.places() == {u: p for u, p in hand.project.view.positions.items() if u != "h1"}


@pytest.mark.parametrize("way", ["middle button", "space"])
def test_panning_moves_the_paper_and_changes_nothing(hand: Hand, way: str) -> None:
    from PySide6.QtTest import QTest

    before, start = hand.places(), hand.at("h1")
    scene_point = hand.view.mapToScene(start)
    if way == "space":
        QTest.keyPress(hand.view, Qt.Key.Key_Space)
    button = Qt.MouseButton.MiddleButton if way == "middle button" else LEFT
    hand.drag(start, start + QPoint(50, 30), button)
    if way == "space":
        QTest.keyRelease(hand.view, Qt.Key.Key_Space)
    moved = hand.view.mapFromScene(scene_point) - start
    assert (moved.x(), moved.y()) == pytest.approx((50, 30), abs=1)
    assert hand.places() == before
    assert hand.emitted == []
