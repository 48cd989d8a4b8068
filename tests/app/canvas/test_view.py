"""Zoom, fit, keys and the keyboard's way through a net."""

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.canvas import camera
from chainstep.app.canvas.labels import Note
from chainstep.app.canvas.marks import Marks
from chainstep.project import Project

from .conftest import Hand, MakeHand, placed

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def wheel(hand: Hand, at: QPoint, turn: int, modifiers: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        QPointF(at),
        hand.view.viewport().mapToGlobal(QPointF(at)),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(hand.view.viewport(), event)


@pytest.mark.parametrize("at", [QPoint(100, 80), QPoint(640, 500), QPoint(400, 300)])
def test_zooming_keeps_the_point_under_the_mouse(hand: Hand, at: QPoint) -> None:
    for turn in (120, 120, 360, -240, -480, 40):
        before = hand.view.viewportTransform().inverted()[0].map(QPointF(at))
        zoom = hand.view.zoom
        wheel(hand, at, turn, CONTROL)
        after = hand.view.viewportTransform().map(before)
        assert hand.view.zoom != zoom
        assert (after.x(), after.y()) == pytest.approx((at.x(), at.y()), abs=1.0)


def test_zoom_has_limits_at_both_ends(hand: Hand) -> None:
    hand.view.zoom_by(1e6)
    assert hand.view.zoom == camera.NEAREST
    hand.view.zoom_by(1e-9)
    assert hand.view.zoom == camera.FARTHEST


def test_the_wheel_alone_scrolls(hand: Hand) -> None:
    zoom, before = hand.view.zoom, hand.at("h1")
    wheel(hand, QPoint(300, 200), -120, Qt.KeyboardModifier.NoModifier)
    assert hand.view.zoom == zoom
    assert hand.at("h1").y() == pytest.approx(before.y() - 60, abs=1)


def test_fit_shows_everything_even_with_a_bar_at_the_bottom(hand: Hand) -> None:
    hand.view.bottom_inset = 120
    hand.view.zoom_by(3.0, QPointF(0, 0))
    hand.view.fit()
    shown = hand.view.viewport().rect().adjusted(0, 0, 0, -120)
    for unit in hand.scene.units:
        assert shown.contains(hand.at(unit, -40, -40))
        assert shown.contains(hand.at(unit, 40, 40))


def test_what_was_fitted_stays_fitted_when_the_window_grows(hand: Hand) -> None:
    before = hand.view.zoom
    hand.view.resize(500, 300)
    QApplication.processEvents()
    assert hand.view.zoom < before


def test_a_chosen_zoom_outlives_a_resize(hand: Hand) -> None:
    hand.view.zoom_by(0.5)
    chosen = hand.view.zoom
    hand.view.resize(500, 300)
    QApplication.processEvents()
    assert hand.view.zoom == chosen


def test_reveal_scrolls_to_a_unit_out_of_sight_and_leaves_one_in_sight_alone(hand: Hand) -> None:
    hand.view.zoom_by(2.0)
    hand.view.scroll_by(QPointF(-3_000, 0))
    hand.view.reveal("o1")
    assert hand.view.viewport().rect().contains(hand.at("o1"))
    before = hand.at("o1")
    hand.view.reveal("o1")
    assert hand.at("o1") == before


@pytest.mark.parametrize("inset", [0, 90])
@pytest.mark.parametrize("edge", ["top", "foot"])
def test_the_sum_at_work_is_written_where_one_sees_it(hand: Hand, edge: str, inset: int) -> None:
    hand.view.bottom_inset = inset
    seen = hand.view.viewport().rect().adjusted(0, 0, 0, -inset)
    height = 44 if edge == "top" else seen.bottom() - 44
    hand.view.scroll_by(QPointF(0, height - hand.at("h1").y()))
    hand.scene.set_marks(Marks(unit="h1", pills={"h1": "Σ = 1.5850"}))
    pill = hand.scene._decor.pill("h1")
    assert pill is not None
    assert seen.contains(hand.view.mapFromScene(pill.sceneBoundingRect()).boundingRect())


def test_a_sum_that_a_notice_comes_over_moves_below_it_and_back(hand: Hand) -> None:
    hand.view.scroll_by(QPointF(0, 100 - hand.at("h1").y()))
    hand.scene.set_marks(Marks(unit="h1", pills={"h1": "Σ = 1.5850"}))
    before = pill_box(hand)
    assert before.top() < 44 < hand.at("h1").y() - 30, "there is something to be covered"
    hand.view.cover_above(44.0)
    assert pill_box(hand).top() >= 44
    assert hand.at("h1").y() == 100, "nothing else moves"
    hand.view.cover_above(0.0)
    assert pill_box(hand) == before


def test_a_sum_goes_on_growing_where_a_notice_sends_it(hand: Hand, qtbot: QtBot) -> None:
    hand.scene.reduced_motion = False
    hand.view.scroll_by(QPointF(0, 100 - hand.at("h1").y()))
    step = Marks(unit="h1", pills={"h1": "Σ = 1.5850"}, connections={("i1", "h1"): "current"})
    hand.scene.set_marks(step)
    first = hand.scene._decor.pill("h1")
    hand.view.cover_above(44.0)
    second = hand.scene._decor.pill("h1")
    assert first is not None
    assert second is not None
    assert second is not first
    assert second.grown < 1.0
    qtbot.waitUntil(lambda: second.grown == 1.0)


def pill_box(hand: Hand) -> QRect:
    """Where the sum at h1 is written, in the viewport."""
    pill = hand.scene._decor.pill("h1")
    assert pill is not None
    return hand.view.mapFromScene(pill.sceneBoundingRect()).boundingRect()


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_asks_for_deletion_when_something_is_selected(hand: Hand, key: Qt.Key) -> None:
    hand.key(key)
    assert hand.emitted == []
    hand.scene.select((), {("i1", "h1")})
    hand.key(key)
    assert hand.emitted == [("delete",)]


@pytest.mark.parametrize(("modifier", "far"), [(Qt.KeyboardModifier.NoModifier, 1), (SHIFT, 10)])
def test_arrows_nudge_the_selection(hand: Hand, modifier: Qt.KeyboardModifier, far: int) -> None:
    x, y = hand.scene.units["h1"].centre
    hand.scene.select({"h1"})
    hand.key(Qt.Key.Key_Left, modifier)
    assert hand.emitted == [("moved", {"h1": (x - far, y)})]


def test_tab_visits_every_unit_in_the_order_of_the_forward_pass(hand: Hand) -> None:
    visited = []
    for _ in range(5):
        hand.key(Qt.Key.Key_Tab)
        visited.append(hand.scene.focused_unit)
    assert visited == ["i1", "i2", "h1", "h2", "o1"]
    assert hand.scene.units["o1"].focused
    hand.key(Qt.Key.Key_Backtab, SHIFT)
    assert hand.scene.focused_unit == "h2"


def test_tab_leaves_the_canvas_after_the_last_unit(hand: Hand) -> None:
    hand.scene.focus_unit("o1")
    hand.key(Qt.Key.Key_Tab)
    assert hand.scene.focused_unit is None


def test_arrows_follow_connections_when_nothing_is_selected(hand: Hand) -> None:
    hand.scene.focus_unit("i1")
    path = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        hand.key(key)
        path.append(hand.scene.focused_unit)
    assert path[1:3] == ["o1", "o1"]
    assert {path[0], path[3]} <= {"h1", "h2"}
    hand.scene.focus_unit("h1")
    hand.key(Qt.Key.Key_Down)
    assert hand.scene.focused_unit == "h2"
    assert hand.emitted == []


def test_return_selects_the_unit_in_focus_and_then_opens_it(hand: Hand) -> None:
    hand.scene.focus_unit("h1")
    hand.key(Qt.Key.Key_Return)
    assert hand.scene.selected_units == {"h1"}
    hand.key(Qt.Key.Key_Return)
    assert hand.emitted == [("activated", "h1")]


def test_c_connects_the_selected_unit_to_the_one_in_focus(hand: Hand) -> None:
    hand.scene.select({"i1"})
    hand.scene.focus_unit("o1")
    hand.key(Qt.Key.Key_C)
    assert hand.emitted == [("connection", "i1", "o1")]
    hand.scene.focus_unit("h1")
    hand.key(Qt.Key.Key_C)
    assert len(hand.emitted) == 1
    assert "already" in hand.scene.speech.text


def test_escape_lets_go_of_the_tool_then_of_the_selection(hand: Hand) -> None:
    hand.scene.select({"h1"})
    hand.view.set_tool("connect")
    hand.key(Qt.Key.Key_Escape)
    assert hand.view.tool == "select"
    assert hand.scene.selected_units == {"h1"}
    hand.key(Qt.Key.Key_Escape)
    assert hand.scene.selected_units == frozenset()


def test_the_unit_in_focus_is_described_in_words(hand: Hand) -> None:
    hand.scene.focus_unit("i2")
    hand.key(Qt.Key.Key_Tab)
    words = hand.view.accessibleDescription()
    assert words == "h1, hidden, logistic, bias 0.1, fed by i1, i2, feeds o1"
    assert hand.view.accessibleName()


def test_the_mouse_over_a_rim_shows_where_to_draw_from(hand: Hand, qtbot: QtBot) -> None:
    from PySide6.QtTest import QTest

    QTest.mouseMove(hand.view.viewport(), hand.at("h1", 0, 33))
    qtbot.waitUntil(lambda: hand.scene.hovered_unit == "h1")
    assert hand.scene.units["h1"].handle == pytest.approx(1.57, abs=0.1)
    assert hand.view.viewport().cursor().shape() == Qt.CursorShape.CrossCursor
    QTest.mouseMove(hand.view.viewport(), hand.at("h1", 0, 3))
    qtbot.waitUntil(lambda: hand.scene.units["h1"].handle is None)
    assert hand.scene.hovered_unit == "h1"


def test_a_double_click_on_an_empty_canvas_asks_for_the_first_unit(make_hand: MakeHand) -> None:
    from PySide6.QtTest import QTest

    hand = make_hand(Project())
    QTest.mouseDClick(
        hand.view.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(400, 300),
    )
    assert hand.emitted == [("unit", "", (0, 0), "")]
    assert not hand.view.grab().isNull()


def test_a_view_and_its_scene_are_collected_when_dropped(qapp: QApplication) -> None:
    import gc
    import weakref

    hand = Hand(placed("i1 > h1 > o1"))
    hand.view.show()
    seen, shown = weakref.ref(hand.view), weakref.ref(hand.scene)
    hand.view.close()
    del hand
    gc.collect()
    assert seen() is None
    assert shown() is None


def test_what_is_fitted_at_rest_has_room_for_the_deltas_to_come(hand: Hand) -> None:
    hand.view.resize(420, 300)
    hand.view.fit()
    hand.scene.set_marks(Marks(values={"o1": (("δ", "−0.1385", -1),)}))
    (note,) = hand.scene._decor.items(Note)
    seen = hand.view.mapFromScene(note.sceneBoundingRect()).boundingRect()
    assert hand.view.viewport().rect().contains(seen)
