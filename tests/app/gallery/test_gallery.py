"""The examples are leafed through by mouse and keys, and open as their source has them."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from chainstep.app.gallery.window import ALL, WRONG, Gallery
from chainstep.app.main import Desk
from tests.app.journey import Driver, close_all, open_desk, settle


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk, _ = open_desk()
    yield desk
    close_all(desk)


@pytest.fixture
def gallery(desk: Desk) -> Gallery:
    desk.windows[0].actions_by_name["examples"].trigger()
    settle()
    found = QApplication.activeModalWidget()
    assert isinstance(found, Gallery)
    return found


def _press(gallery: Gallery, text: str) -> None:
    (chip,) = (chip for chip in gallery._chips.buttons() if chip.text() == text)
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    settle()


def test_it_begins_with_the_published_ones_and_says_how_many(gallery: Gallery) -> None:
    assert len(gallery.shelf.names) == 24
    assert gallery.chosen == "mazur_2_2_2"
    assert gallery.count.whole.startswith("24 examples, 22 of them published: 212 printed")
    for said in ("mattmazur.com", "0.291027774, not 0.291027924", "Mazur's letters"):
        assert said in gallery.page.told


def test_those_whose_source_errs_are_listed_alone(gallery: Gallery) -> None:
    _press(gallery, WRONG)
    assert gallery.shelf.names == [
        "mazur_2_2_2", "han_kamber_3_2_1", "macleod_2_2_1", "karpathy_guide_neuron_gates",
    ]  # fmt: skip
    QTest.mouseClick(gallery.page.only, Qt.MouseButton.LeftButton)
    assert gallery.page.table.model().rowCount() == 4
    _press(gallery, ALL)
    assert len(gallery.shelf.names) == 37
    assert gallery.chosen == "mazur_2_2_2"


def test_every_example_can_be_looked_at_with_the_arrow_keys(gallery: Gallery) -> None:
    _press(gallery, ALL)
    gallery.choose("xor")
    seen = []
    for _ in gallery.shelf.names:
        seen.append(gallery.chosen)
        assert gallery.page.title.text
        assert not gallery.grab().isNull()
        QTest.keyClick(gallery.list, Qt.Key.Key_Down)
    assert seen == gallery.shelf.names


def test_opening_one_takes_the_place_of_a_window_in_which_nothing_was_done(
    desk: Desk, gallery: Gallery
) -> None:
    gallery.choose("macleod_2_2_1")
    QTest.keyClick(gallery.list, Qt.Key.Key_Return)
    settle()
    (window,) = desk.windows
    view = window.document.project.view
    assert window.document.title.startswith("MacLeod")
    assert (view.notation, view.sign, view.digits) == ("bishop", "negative", 6)


def test_opening_one_leaves_alone_a_window_in_which_something_was_done(desk: Desk) -> None:
    driver = Driver(desk.windows[0])
    driver.window.apply("Rename", lambda project: project.change_unit("h1", id="mine"))
    driver.window.actions_by_name["examples"].trigger()
    settle()
    gallery = QApplication.activeModalWidget()
    assert isinstance(gallery, Gallery)
    row = gallery.list.visualRect(gallery.shelf.index(gallery.shelf.row_of("mazur_2_2_2")))
    QTest.mouseClick(gallery.list.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    QTest.mouseDClick(gallery.list.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    settle()
    assert len(desk.windows) == 2
    assert desk.windows[1].document.project.view.notation == "mazur"
