"""The status line: what is loaded, the check, saved or not; and what gives way first."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.bars import status_line
from chainstep.app.bars.status_line import HEIGHT, Piece, StatusLine, describe
from chainstep.app.look import theme
from chainstep.network.model import Network
from chainstep.project import Project
from tests.app.bars import HOSTILE, Host, colours, is_collected, shown
from tests.nets import draw

MAZUR = Project(network=draw("i1 i2 > h1 h2 > o1 o2"))


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, "light")
    yield
    theme.apply(qapp, "light")


def make_host() -> tuple[Host, StatusLine]:
    host = Host()
    line = StatusLine(host)
    host.column.addWidget(line)
    host.column.addStretch(1)
    return host, line


@pytest.fixture
def line(qtbot: QtBot) -> Iterator[StatusLine]:
    host, line = make_host()
    shown(qtbot, host, 1280, 100)
    yield line
    host.close()


def texts(line: StatusLine) -> list[str]:
    """What can be read, from left to right."""
    pieces = [piece for piece in line.findChildren(Piece) if piece.isVisible()]
    return [piece.text() for piece in sorted(pieces, key=lambda piece: piece.x())]


def test_it_reads_as_the_sketch_does(line: StatusLine) -> None:
    line.show_document("Mazur", MAZUR, False)
    line.set_check(2.1e-10, True)
    assert texts(line) == [
        "Mazur, 2-2-2 · 8 connections · 4 biases",
        "Gradient check ✓ 2×10⁻¹⁰",
        "Saved",
    ]
    assert line.height() == HEIGHT == 28


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        ("x > y", "1-1 · 1 connection · 1 bias"),
        ("x1 x2 > h > y, x1 > y, x2 > y", "2-1-1 · 5 connections · 2 biases"),
        ("x > a > b > c > d > e > f > y", "8 units · 7 connections · 7 biases"),
    ],
)
def test_a_net_is_described_by_its_layers_or_its_size(drawing: str, words: str) -> None:
    assert describe(draw(drawing)) == words


def test_an_output_that_feeds_on_is_no_layer() -> None:
    net = draw("x > a y > b")
    kinds = {"y": "output", "b": "output"}
    units = tuple(
        type(unit)(id=unit.id, kind=kinds.get(unit.id, unit.kind), bias=unit.bias)
        for unit in net.units
    )
    assert describe(Network(units=units, connections=net.connections)).startswith("4 units · ")


def test_an_empty_net_says_so() -> None:
    assert describe(Network()) == "no units yet"


def test_edited_is_told_from_saved(line: StatusLine) -> None:
    line.show_document("Mazur", MAZUR, True)
    assert texts(line)[-1] == "Edited"


def test_a_failed_check_is_told_in_words_and_colour(line: StatusLine) -> None:
    line.set_check(0.03, False)
    assert texts(line) == ["Gradient check failed: 0.03"]
    assert theme.current().danger.name() in colours(line)
    line.set_check(None, False)
    assert texts(line) == ["Gradient check failed"]
    line.set_check(None, None)
    assert texts(line) == []


def test_the_tooltip_and_the_accessible_name_hold_everything(qtbot: QtBot) -> None:
    host, line = make_host()
    shown(qtbot, host, 300, 100)
    line.show_document("Mazur", MAZUR, True)
    line.set_check(0.03, False)
    for word in ("Mazur, 2-2-2", "4 biases", "check failed", "Edited"):
        assert word in line.toolTip()
        assert word in line.accessibleName()


def test_a_hostile_title_is_shown_letter_by_letter(line: StatusLine) -> None:
    line.show_document(HOSTILE, MAZUR, False)
    assert texts(line)[0].startswith(HOSTILE)
    assert all(piece.textFormat() == Qt.TextFormat.PlainText for piece in line.findChildren(Piece))
    assert "<b>" not in line.toolTip()
    assert line.toolTip().startswith("<qt>&lt;b&gt;x")


def test_a_title_of_several_lines_stays_on_one(line: StatusLine) -> None:
    line.show_document("a\nb\tc", MAZUR, False)
    wide = line.net.sizeHint().width()
    line.show_document("a b c", MAZUR, False)
    assert line.net.sizeHint().width() == wide


@pytest.mark.parametrize("width", [1280, 1024, 640, 320, 200])
def test_the_name_gives_way_first_and_nothing_overlaps(qtbot: QtBot, width: int) -> None:
    host, line = make_host()
    shown(qtbot, host, width, 100)
    line.show_document("A long name " * 20, MAZUR, True)
    line.set_check(2e-10, True)
    pieces = [line.net, line.check, line.saved]
    wide = [piece for piece in pieces if piece.width() > 0]
    for before, after in pairwise(wide):
        assert before.geometry().right() < after.x()
    assert line.saved.width() == line.saved.sizeHint().width()
    assert line.saved.geometry().right() < width


def test_a_short_message_takes_the_left_for_a_while(qtbot: QtBot, line: StatusLine) -> None:
    assert status_line.FLASH_MS == 6000
    line.show_document("Mazur", MAZUR, False)
    line.set_check(1e-9, True)
    line._flash_end.setInterval(30)
    line.flash("Copied 3 units")
    assert texts(line) == ["Copied 3 units", "Saved"]
    line.show_document("Mazur", MAZUR, True)
    line.set_check(2e-9, True)
    assert texts(line) == ["Copied 3 units", "Edited"]
    qtbot.waitUntil(lambda: len(texts(line)) == 3, timeout=2000)
    assert texts(line)[1:] == ["Gradient check ✓ 2×10⁻⁹", "Edited"]


def test_a_change_of_theme_repaints(qapp: QApplication, line: StatusLine) -> None:
    line.show_document("Mazur", MAZUR, False)
    theme.apply(qapp, "dark")
    assert {theme.DARK.surface.name(), theme.DARK.muted.name()} <= colours(line)


def test_a_status_line_is_collected_after_its_window_closes(qtbot: QtBot) -> None:
    assert is_collected(lambda: make_host()[0])
