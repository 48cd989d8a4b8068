"""The readout: where the run is, all of it for those who listen, cut kindly for those who look."""

import pytest
from pytestqt.qtbot import QtBot

from chainstep.app.look.names import lowered
from chainstep.app.moment import Moment
from chainstep.app.panels import whereabouts
from chainstep.app.panels.readout import Readout, _width
from chainstep.stepping.explain.step import readout
from chainstep.stepping.run import Run
from tests.app.panels import moments as m


@pytest.fixture
def line(qtbot: QtBot) -> Readout:
    made = Readout()
    qtbot.addWidget(made)
    made.resize(460, 24)
    return made


@pytest.mark.parametrize("net", [name for name in m.NETS if name != "hostile names"])
def test_it_says_what_the_run_says_at_every_step(line: Readout, net: str) -> None:
    for moment in m.moments(m.NETS[net]()):
        line.show_moment(moment)
        assert moment.run is not None
        assert line.text == readout(moment.run.cursor)
        assert line.accessibleName() == line.text
        assert line.shown(2000) == lowered(line.text, moment.project.network.by_id)
        assert not line.grab().isNull()


def test_the_numbers_and_the_unit_stand_out(line: Readout) -> None:
    line.show_moment(m.at(m.mazur(), unit="h1", phase="backward", nth=2))
    strong = [word for word, bold in line._words(1000) if bold]
    assert strong == ["1", "1", "1", "h₁", "2", "2"]


def test_a_name_with_a_dot_in_it_stays_one_piece(line: Readout) -> None:
    moment = m.at(m.hostile(), unit="a · b", phase="backward", nth=1)
    line.show_moment(moment)
    assert ("a · b", True) in line._words(1000)
    assert moment.run is not None
    pieces = whereabouts.pieces(moment.run.cursor)
    assert pieces[whereabouts.unit_place(moment.run.cursor)] == "a · b"


def test_a_line_break_in_a_name_does_not_break_the_line(line: Readout) -> None:
    line.show_moment(m.at(m.hostile(), unit="line\nbreak", phase="backward", nth=1))
    assert "line break" in line.text
    assert "\n" not in line.text


def test_a_name_that_turns_the_writing_around_turns_nothing_around(line: Readout) -> None:
    line.show_moment(m.at(m.hostile(), unit="\u202eabc", phase="backward", nth=1))
    assert "· abc ·" in line.text


@pytest.mark.parametrize("room", [460, 300, 200, 120, 60])
@pytest.mark.parametrize("net", m.NETS)
def test_it_never_is_wider_than_its_room(line: Readout, net: str, room: int) -> None:
    for moment in m.moments(m.NETS[net]()):
        line.show_moment(moment)
        words = line._words(room)
        assert _width(words) <= room


def test_when_narrow_the_middle_goes_first(line: Readout) -> None:
    line.show_moment(m.at(m.mazur(), unit="h1", phase="backward", nth=2))
    cut = line.shown(260)
    assert cut.startswith("epoch 1 · … · ")
    assert cut.endswith("h₁ · term 2 of 2")


def test_a_net_that_cannot_run_and_training_are_said_too(line: Readout) -> None:
    line.show_moment(Moment(m.mazur(), refusal="Not yet runnable: the net has no output."))
    assert line.text == "not yet runnable"
    line.show_moment(Moment(m.mazur(), Run(m.mazur()), training=True))
    assert line.text == "epoch 1 · training"


def test_the_steps_of_the_update_have_no_example(line: Readout) -> None:
    moment = m.at(m.mazur(), phase="update")
    assert moment.run is not None
    assert moment.run.cursor.step is not None
    assert whereabouts.of_step(moment.run.cursor, moment.run.cursor.step) == "update"
