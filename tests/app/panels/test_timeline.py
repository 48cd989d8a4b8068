"""The timeline: where one clicks is where one lands, in passes of five steps and of thousands."""

import itertools

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.panels.timeline import Timeline
from chainstep.app.panels.timeline_segments import cut, fit
from chainstep.project import Project
from chainstep.stepping.run import Run
from tests.app.panels import moments as m
from tests.nets import draw
from tests.work import Work

BAR_MIDDLE = 14


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(808, 48)
    return made


def stepped(project: Project, index: int) -> Moment:
    run = Run(project)
    run.seek(index)
    return Moment(project, run, run.refused)


def large() -> Project:
    """A thousand units, over 40,000 steps."""
    layers = [" ".join(f"{name}{k}" for k in range(n)) for name, n in
              (("x", 10), ("g", 490), ("h", 40), ("i", 456), ("y", 4))]  # fmt: skip
    return m.project(draw(" > ".join(layers)))


def colour_at(timeline: Timeline, index: int) -> QColor:
    image = timeline.grab().toImage()
    return image.pixelColor(QPoint(round(timeline.x_of(index)), BAR_MIDDLE))


@pytest.mark.parametrize("net", m.NETS)
def test_every_step_can_be_reached_by_a_click_and_one_lands_on_it(
    qtbot: QtBot, timeline: Timeline, net: str
) -> None:
    project = m.NETS[net]()
    run = Run(project)
    timeline.resize(4 * run.cursor.count + 400, 48)
    heard: list[int] = []
    timeline.seek_asked.connect(heard.append)
    for index in range(1, run.cursor.count + 1):
        run.seek(0)
        timeline.show_moment(Moment(project, run, run.refused))
        place = QPoint(round(timeline.x_of(index)), BAR_MIDDLE)
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=place)
        assert heard.pop() == index
        assert run.seek(index).index == index


def test_a_click_left_of_the_line_goes_to_the_start(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.show_moment(stepped(m.mazur(), 7))
    with qtbot.waitSignal(timeline.seek_asked) as heard:
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(3, BAR_MIDDLE))
    assert heard.args == [0]


def test_dragging_asks_for_each_step_on_the_way_once(qtbot: QtBot, timeline: Timeline) -> None:
    project = m.mazur()
    run = Run(project)
    timeline.show_moment(Moment(project, run))
    heard: list[int] = []
    timeline.seek_asked.connect(heard.append)
    timeline.show()
    places = [round(timeline.x_of(index)) for index in (3, 3, 4, 5, 4)]
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=QPoint(places[0], BAR_MIDDLE))
    for x in places[1:]:
        run.seek(heard[-1])
        timeline.show_moment(Moment(project, run))
        event_pos = QPoint(x, BAR_MIDDLE)
        qtbot.mouseMove(timeline, event_pos)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=QPoint(places[-1], BAR_MIDDLE))
    assert heard == [3, 4, 5, 4]


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (Qt.Key.Key_Left, 6),
        (Qt.Key.Key_Right, 8),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 40),
        (Qt.Key.Key_PageUp, 5),
        (Qt.Key.Key_PageDown, 8),
    ],
)
def test_keys_go_by_steps_units_and_to_the_ends(
    qtbot: QtBot, timeline: Timeline, key: Qt.Key, wanted: int
) -> None:
    moment = stepped(m.mazur(), 7)
    assert moment.run is not None
    timeline.show_moment(moment)
    with qtbot.waitSignal(timeline.seek_asked) as heard:
        qtbot.keyClick(timeline, key)
    assert heard.args == [moment.run.cursor.count if key == Qt.Key.Key_End else wanted]


def test_keys_at_the_ends_ask_for_nothing(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.show_moment(stepped(m.mazur(), 0))
    with qtbot.assertNotEmitted(timeline.seek_asked):
        qtbot.keyClick(timeline, Qt.Key.Key_Left)


def test_past_is_filled_current_is_amber_and_the_future_is_empty(timeline: Timeline) -> None:
    moment = m.at(m.mazur(), unit="h1", part="delta")
    assert moment.run is not None
    steps = moment.run.steps.steps
    timeline.show_moment(moment)
    now = theme.current()
    here = moment.run.cursor.index
    assert colour_at(timeline, here) == now.current
    assert colour_at(timeline, 1) == now.disabled
    backward = next(n for n, step in enumerate(steps, 1) if step.phase == "backward")
    assert colour_at(timeline, backward) == now.accent
    assert colour_at(timeline, len(steps)) == now.faint


def test_before_the_first_step_nothing_is_filled(timeline: Timeline) -> None:
    timeline.show_moment(stepped(m.mazur(), 0))
    assert colour_at(timeline, 1) == theme.current().faint


def test_the_update_cannot_be_reached_before_the_last_example(timeline: Timeline) -> None:
    moment = stepped(m.feeding_on(), 3)
    assert moment.run is not None
    timeline.show_moment(moment)
    cursor = moment.run.cursor
    assert cursor.count == len(moment.run.steps.steps) - 1
    x = timeline.x_of(cursor.count + 1)
    assert timeline.index_at(x) == cursor.count
    assert timeline.tip_at(x) == "update, after the last example of the batch"


def test_the_pointer_is_told_which_step_it_is_on(timeline: Timeline) -> None:
    moment = m.at(m.mazur(), unit="h1", phase="backward", nth=2)
    assert moment.run is not None
    index = moment.run.cursor.index
    timeline.show_moment(stepped(m.mazur(), 0))
    assert timeline.tip_at(timeline.x_of(index)) == "backward · h1 · term 2 of 2"
    assert timeline.tip_at(0) == "start"


def test_a_screen_reader_is_told_where_the_pass_is(timeline: Timeline) -> None:
    timeline.show_moment(stepped(m.mazur(), 5))
    assert timeline.accessibleDescription().startswith("5 of ")
    assert timeline.accessibleDescription().endswith("steps: forward · h1")


@pytest.mark.parametrize(
    "moment", [Moment(m.mazur()), Moment(m.mazur(), Run(m.mazur()), training=True)]
)
def test_with_nothing_to_step_through_it_is_calm_and_deaf(
    qtbot: QtBot, timeline: Timeline, moment: Moment
) -> None:
    timeline.show_moment(moment)
    assert not timeline.grab().isNull()
    with qtbot.assertNotEmitted(timeline.seek_asked):
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(300, BAR_MIDDLE))
        qtbot.keyClick(timeline, Qt.Key.Key_Right)


@pytest.mark.parametrize("net", m.NETS)
def test_segments_hold_every_step_once_and_stand_side_by_side(net: str) -> None:
    steps = Run(m.NETS[net]()).steps
    for grain in ("unit", "level", "pass"):
        segments = cut(steps, grain)
        assert [s.start for s in segments] == [0, *(s.stop for s in segments[:-1])]
        assert segments[-1].stop == len(steps.steps)
    for width in (40.0, 160.0, 780.0):
        edges = fit(steps, width).edges
        assert edges[0][0] == 0
        assert edges[-1][1] == pytest.approx(width)
        assert all(left < right for left, right in edges)
        assert all(one[1] < two[0] for one, two in itertools.pairwise(edges))


@pytest.mark.parametrize("net", m.NETS)
@pytest.mark.parametrize("width", [160, 808])
def test_every_step_of_every_net_is_drawn_without_a_word(
    timeline: Timeline, net: str, width: int
) -> None:
    timeline.resize(width, 48)
    for moment in m.moments(m.NETS[net]()):
        timeline.show_moment(moment)
        assert not timeline.grab().isNull()


def test_forty_thousand_steps_are_cut_by_level_and_shown_with_little_work(
    qapp: QApplication, timeline: Timeline
) -> None:
    run = Run(large())
    assert run.cursor.count > 40_000
    run.seek(20_000)
    moment = Moment(run.project, run)
    timeline.show_moment(moment)
    assert 5 < len(timeline.line.segments) < 20
    timeline.grab()
    with Work() as work:
        for index in range(20_000, 20_020):
            run.seek(index)
            timeline.show_moment(moment)
            timeline.grab()
    assert work.calls < 20 * 1_000
    assert timeline.index_at(timeline.x_of(30_000)) == 30_000
