"""The scene is a picture of the project: after any edits it shows exactly what is there."""

import random
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.canvas import labels
from chainstep.app.canvas.edges import FEW
from chainstep.app.canvas.lit import LitEdge
from chainstep.app.canvas.marks import Marks
from chainstep.app.look import theme
from chainstep.errors import EditRefused
from chainstep.network.model import HIDDEN, INPUT, KINDS, Connection, Network, Unit
from chainstep.project import Project

from .conftest import Hand, MakeHand, placed


def assert_shows(hand: Hand, project: Project) -> None:
    scene = hand.scene
    assert list(scene.units) == [unit.id for unit in project.network.units]
    for unit in project.network.units:
        item = scene.units[unit.id]
        assert item.unit == unit
        assert item.scene() is scene
        if unit.id in project.view.positions:
            assert item.centre == project.view.positions[unit.id]
    drawn = {c.ends: scene.edges.weight(c) for c in scene.edges._connections}
    assert drawn == {c.ends: c.weight for c in project.network.connections}
    for source, target in drawn:
        x, y = scene.edges.route((source, target)).start
        a, b = scene.units[source].centre
        assert (x - a) ** 2 + (y - b) ** 2 <= 32.1**2
    assert scene.selected_units <= project.network.by_id.keys()
    assert scene.selected_connections <= project.network.by_ends.keys()


def edit(draw: random.Random, project: Project) -> Project:
    names = [unit.id for unit in project.network.units]
    kind = draw.choice(["add", "connect", "connect", "move", "rename", "remove", "weight", "kind"])
    if kind == "add" or len(names) < 2:
        unit = Unit(id=f"n{draw.random()}", kind=draw.choice(KINDS))
        unit = unit if unit.is_input else Unit(id=unit.id, kind=unit.kind, bias=0.5)
        place = (draw.uniform(-400, 400), draw.uniform(-400, 400))
        return project.add_unit(unit, place if draw.random() < 0.7 else None)
    one, other = draw.sample(names, 2)
    ends = draw.choice([c.ends for c in project.network.connections] or [("", "")])
    if kind == "connect":
        return project.connect(one, other, draw.uniform(-2, 2))
    if kind == "move":
        return project.move({one: (draw.uniform(-400, 400), 7.0)})
    if kind == "rename":
        return project.change_unit(one, id=f"r{draw.random()}")
    if kind == "remove":
        return project.remove({one}, {ends})
    if kind == "weight":
        return project.change_connection(ends, weight=draw.uniform(-2, 2))
    return project.change_unit(one, kind=draw.choice(KINDS))


@pytest.mark.parametrize("seed", range(12))
def test_after_any_edits_and_undos_the_scene_shows_the_project(
    make_hand: MakeHand, seed: int
) -> None:
    draw = random.Random(seed)
    hand = make_hand(placed("i1 i2 > h1 h2 > o1"))
    history = [hand.project]
    for _ in range(40):
        if draw.random() < 0.25 and len(history) > 1:
            history.pop()
        else:
            try:
                history.append(edit(draw, history[-1]))
            except EditRefused:
                continue
        hand.scene.select(draw.sample(list(hand.scene.units), min(2, len(hand.scene.units))))
        hand.show(history[-1])
        assert_shows(hand, hand.project)
    QApplication.processEvents()


def test_another_project_replaces_everything(hand: Hand) -> None:
    other = placed("a b c > d > e f")
    hand.scene.sync(None, other)
    assert_shows(hand, other)


def test_a_renamed_unit_stays_selected_and_in_its_place(hand: Hand) -> None:
    item, place = hand.scene.units["h1"], hand.scene.units["h1"].centre
    hand.scene.select({"h1"}, {("i1", "h1")})
    hand.show(hand.project.change_unit("h1", id="gate"))
    assert hand.scene.units["gate"] is item
    assert item.centre == place
    assert hand.scene.selected_units == {"gate"}
    assert hand.scene.selected_connections == {("i1", "gate")}


def test_units_without_a_position_stay_where_the_canvas_put_them(make_hand: MakeHand) -> None:
    hand = make_hand(placed("i1 i2 > h1 > o1").with_view(positions={}))
    before = hand.places()
    hand.show(hand.project.add_unit(Unit(id="h9", kind=HIDDEN, bias=0.0), (5.0, 400.0)))
    assert {u: p for u, p in hand.places().items() if u != "h9"} == before


def test_a_position_beyond_all_sense_is_drawn_at_the_edge(make_hand: MakeHand) -> None:
    hand = make_hand(placed("i1 > h1 > o1").move({"h1": (1e300, -1e300)}))
    x, y = hand.scene.units["h1"].centre
    assert abs(x) == abs(y) == 50_000
    hand.view.fit()
    assert not hand.view.grab().isNull()


@pytest.mark.parametrize(
    "name",
    [
        "<b>bold</b>",
        "<img src='file:///etc/passwd'>",
        "&amp;",
        "line\nbreak\ttab",
        "\u202eevil",
        "x" * 200,
        "名前",
        "h1",
        " ",
        "12",
        "%s {0} \\n",
    ],
)
def test_names_are_drawn_as_they_are(make_hand: MakeHand, name: str) -> None:
    from chainstep.app.canvas import text

    project = Project().add_unit(Unit(id=name, kind=INPUT), (0.0, 0.0))
    project = project.add_unit(Unit(id="o", bias=0.0), (260.0, 0.0)).connect(name, "o", 0.5, name)
    hand = make_hand(project)
    runs = text.name_line(name, 20, 10_000.0)
    assert "".join(run.text for run in runs) == text.literal(name)
    assert text.literal(name).replace(" ", "") == "".join(name.split())
    hand.scene.set_marks(Marks(values={"o": ((name, name, 1),)}, pills={"o": name}))
    hand.scene.speech.show(name, QPointF(0, 0), True)
    assert not hand.view.grab().isNull()


def test_a_tooltip_escapes_the_name(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QHelpEvent
    from PySide6.QtWidgets import QToolTip

    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _point, words, _widget: shown.append(words))
    hand.show(hand.project.change_unit("h1", id="<b>h</b>"))
    point = hand.at("<b>h</b>")
    event = QHelpEvent(QEvent.Type.ToolTip, point, hand.view.mapToGlobal(point))
    QApplication.sendEvent(hand.view.viewport(), event)
    assert "&lt;b&gt;h&lt;/b&gt;" in shown[0]
    assert "<b>" not in shown[0]


# Steps

STEP = Marks(
    unit="h1",
    connections={("h1", "o1"): "current", ("i1", "h1"): "coming"},
    direction="backward",
    tags={("h1", "o1"): ("0.1385 × 0.0965 = +0.0134", 1)},
    pills={"h1": "Σ = 0.0134"},
    outputs={"h1": "0.593"},
    values={"o1": (("δ", "+0.1385", 1),)},
    visited=frozenset({"o1"}),
)


def shown_texts(hand: Hand, kind: type[labels.Tag] | type[labels.Pill]) -> list[str]:
    return [item.content for item in hand.scene.items() if isinstance(item, kind)]


def test_a_step_shows_its_tag_its_pill_and_its_ring(hand: Hand) -> None:
    hand.scene.set_marks(STEP)
    assert shown_texts(hand, labels.Tag) == ["0.1385 × 0.0965 = +0.0134"]
    assert shown_texts(hand, labels.Pill) == ["Σ = 0.0134"]
    assert [u for u, item in hand.scene.units.items() if item.current] == ["h1"]
    assert hand.scene.units["h1"].z == "0.593"
    assert {u for u, item in hand.scene.units.items() if item.visited} == {"i1", "h1", "o1"}
    assert hand.scene.edges.strength() == 0.25


def test_no_step_leaves_no_trace_of_the_last(hand: Hand) -> None:
    before = len(hand.scene.items())
    hand.scene.set_marks(STEP)
    hand.scene.set_marks(None)
    assert len(hand.scene.items()) == before
    assert hand.scene.edges.strength() == 1.0
    assert not any(item.current or item.z for item in hand.scene.units.values())


def test_marks_of_units_that_are_gone_are_passed_over(hand: Hand) -> None:
    hand.scene.set_marks(STEP)
    hand.show(hand.project.remove({"h1"}))
    assert shown_texts(hand, labels.Tag) == []
    assert shown_texts(hand, labels.Pill) == []


def test_the_next_step_ends_the_travelling_of_the_last_at_once(hand: Hand) -> None:
    hand.scene.reduced_motion = False
    hand.scene.set_marks(STEP)
    assert hand.scene.motion.traveller is not None
    hand.scene.set_marks(Marks(unit="h2"))
    assert hand.scene.motion.traveller is None


def test_nothing_travels_with_reduced_motion(hand: Hand) -> None:
    hand.scene.set_marks(STEP)
    assert hand.scene.motion.traveller is None


def test_a_flash_passes(hand: Hand, qtbot: object) -> None:
    from PySide6.QtTest import QTest

    before = len(hand.scene.items())
    hand.scene.flash(("i1", "h1"))
    assert any(isinstance(item, LitEdge) for item in hand.scene.items())
    hand.scene.flash("h1")
    QTest.qWait(900)
    assert len(hand.scene.items()) == before


def test_tags_do_not_cover_discs_or_each_other(hand: Hand) -> None:
    hand.scene.set_marks(
        Marks(
            unit="o1",
            tags={(f"h{n}", "o1"): ("0.1385 × 0.0965 = +0.0134", 1) for n in (1, 2)},
            pills={"o1": "Σ = 0.0134 − 0.0046 = 0.0088"},
        )
    )
    boxes = [
        item.mapRectToScene(item._box)
        for item in hand.scene.items()
        if isinstance(item, labels.Tag | labels.Pill)
    ]
    assert len(boxes) == 3
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[:n])
    for item in hand.scene.units.values():
        assert not any(box.contains(item.pos()) for box in boxes)


def test_a_deleted_connection_stops_what_travels_along_it(hand: Hand) -> None:
    hand.scene.reduced_motion = False
    hand.scene.set_marks(STEP)
    hand.show(hand.project.remove((), {("h1", "o1")}))
    assert hand.scene.motion.traveller is None


def test_another_theme_repaints_the_connections_in_its_colours(hand: Hand) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = hand.scene.edges._drawn[0].pen.color()
    theme.apply(app, "dark")
    after = hand.scene.edges._drawn[0].pen.color()
    theme.apply(app, "light")
    assert after == theme.DARK.positive != before or after == theme.DARK.negative != before


def test_a_change_that_cannot_be_seen_leaves_a_gesture_alone(hand: Hand) -> None:
    hand.press(hand.at("h1"))
    hand.show(hand.project.with_training(learning_rate=0.3))
    assert hand.view.gesture is not None
    hand.release(hand.at("h1"))


def test_live_weights_are_shown_without_touching_the_project(hand: Hand) -> None:
    hand.scene.set_parameters({("i1", "h1"): -3.0}, {"h1": 9.0})
    assert hand.scene.weight(("i1", "h1")) == -3.0
    assert hand.scene.bias("h1") == 9.0
    hand.scene.set_parameters(None)
    assert_shows(hand, hand.project)


# Large nets


def large() -> Project:
    draw = random.Random(5)
    units = [Unit(id=f"i{n}", kind=INPUT) for n in range(30)]
    units += [Unit(id=f"h{n}", kind=HIDDEN, bias=0.0) for n in range(40)]
    ends = [(f"i{a}", f"h{b}") for a in range(30) for b in range(40)][: 2 * FEW]
    connections = [
        Connection(source=source, target=target, weight=draw.gauss(0, 1)) for source, target in ends
    ]
    return Project(network=Network(units=tuple(units), connections=tuple(connections)))


def test_a_large_net_is_refined_when_idle_and_finds_the_connection_under_the_mouse(
    make_hand: MakeHand, qtbot: object
) -> None:
    from PySide6.QtTest import QTest

    hand = make_hand(large())
    assert not hand.scene.edges.few
    hand.view.grab()
    QTest.qWait(600)
    arrays = hand.scene.edges._arrays
    assert arrays is not None
    assert arrays._picture.complete
    for ends in list(hand.project.network.by_ends)[::97]:
        x, y = hand.scene.edges.route(ends).at(0.07)
        found = hand.scene.edges.nearest(QPointF(x, y))
        assert found is not None
        assert hand.scene.edges.route(found).distance((x, y)) < 0.5


def test_the_refined_picture_looks_like_the_painting_it_replaces(
    make_hand: MakeHand, qtbot: object
) -> None:
    from PySide6.QtTest import QTest

    hand = make_hand(large())
    quick = hand.view.grab().toImage()
    QTest.qWait(600)
    fine = hand.view.grab().toImage()
    different = sum(
        abs(quick.pixelColor(x, y).lightness() - fine.pixelColor(x, y).lightness()) > 60
        for x in range(0, 800, 7)
        for y in range(0, 600, 7)
    )
    assert different < 0.08 * (800 // 7) * (600 // 7)


def test_a_large_net_that_changes_while_hidden_is_not_refined(
    make_hand: MakeHand,
) -> None:
    from PySide6.QtTest import QTest

    hand = make_hand(large())
    hand.view.grab()
    hand.view.hide()
    arrays = hand.scene.edges._arrays
    assert arrays is not None
    hand.scene.set_parameters({next(iter(hand.project.network.by_ends)): 0.5})
    QTest.qWait(300)
    assert not arrays._picture.complete


def test_growing_past_few_and_shrinking_back_changes_how_it_is_painted(hand: Hand) -> None:
    small = hand.project
    big = large()
    hand.scene.sync(small, big)
    assert not hand.scene.edges.few
    hand.scene.sync(big, small)
    assert hand.scene.edges.few
    assert_shows(hand, small)


def test_a_pill_grows_from_the_sum_one_term_before(hand: Hand, qtbot: QtBot) -> None:
    hand.scene.reduced_motion = False
    hand.scene.set_marks(STEP)
    first = hand.scene._decor.pill("h1")
    assert first is not None
    qtbot.waitUntil(lambda: first.grown == 1.0)
    longer = {"h1": f"{STEP.pills['h1']} − 0.0046 = 0.0088"}
    further = replace(STEP, pills=longer, connections={("h2", "o1"): "current"})
    hand.scene.set_marks(further)
    second = hand.scene._decor.pill("h1")
    assert second is not None
    assert second.width > first.width
    assert second.grown < 1.0
    assert second._grown_box().width() < second.width
    hand.scene.set_marks(STEP)
    assert second.grown == 1.0


def test_no_pill_grows_with_reduced_motion(hand: Hand) -> None:
    hand.scene.set_marks(STEP)
    pill = hand.scene._decor.pill("h1")
    assert pill is not None
    assert pill.grown == 1.0


def test_numbers_are_written_as_typed_and_those_of_a_run_to_the_last_digit(hand: Hand) -> None:
    assert hand.scene.written(0.5) == "0.5"
    ends = ("i1", "h1")
    hand.scene.set_parameters({ends: 0.5})
    label = hand.scene._decor._shown["weight", ends][1]
    assert isinstance(label, labels.WeightLabel)
    assert label.content == "0.5000"
