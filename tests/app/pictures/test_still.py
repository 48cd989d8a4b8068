"""Pictures of the net: whole, sharp, of the right size, with the values asked for."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from chainstep.app.canvas.labels import Note
from chainstep.app.look import theme
from chainstep.app.pictures import still
from chainstep.app.pictures.stage import LOOKS, Stage
from chainstep.app.pictures.still import Paper, picture, values_of
from chainstep.errors import FileError, NotRunnable
from chainstep.files import save
from chainstep.files.examples import load_example, names
from chainstep.project import Project
from tests.nets import in_bishops_letters

pytestmark = pytest.mark.usefixtures("qapp")
BEGINS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF-"}


def as_image(content: bytes) -> QImage:
    image = QImage()
    assert image.loadFromData(content)
    return image


@pytest.mark.parametrize("kind", BEGINS)
def test_every_kind_is_written_by_its_ending(tmp_path: Path, kind: str) -> None:
    save(load_example("mazur_2_2_2"), tmp_path / f"net.{kind}", example=0)
    assert (tmp_path / f"net.{kind}").read_bytes().startswith(BEGINS[kind])


@pytest.mark.parametrize("name", names())
def test_every_example_is_painted_to_its_edges_and_not_beyond(name: str) -> None:
    image = as_image(picture(load_example(name), "png", paper=Paper(sharpness=1.0)))
    ground = LOOKS["light"].background
    right, bottom = image.width() - 1, image.height() - 1
    rim = [(x, y) for x in range(0, right, 7) for y in (0, bottom)]
    rim += [(x, y) for y in range(0, bottom, 7) for x in (0, right)]
    assert all(image.pixelColor(x, y) == ground for x, y in rim)
    assert any(
        image.pixelColor(x, y) != ground for x in range(0, right, 2) for y in range(0, bottom, 2)
    )


def test_an_svg_is_well_formed_and_needs_no_font(tmp_path: Path) -> None:
    save(load_example("mazur_2_2_2"), tmp_path / "net.svg", example=0)
    text = (tmp_path / "net.svg").read_text("utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert not [element for element in root.iter() if element.tag.endswith("}text")]
    assert len(re.findall("<path", text)) > 20


def test_sharpness_makes_more_pixels_and_dark_has_the_dark_ground() -> None:
    project = load_example("xor")
    small, large = (as_image(picture(project, "png", paper=Paper(sharpness=s))) for s in (1.0, 3.0))
    assert abs(large.width() - 3 * small.width()) <= 3
    dark = as_image(picture(project, "png", paper=Paper(look="dark")))
    assert dark.pixelColor(2, 2) == theme.DARK.background


@pytest.mark.parametrize("name", ["mazur_2_2_2", "moons", "xor"])
def test_one_thing_after_the_other_is_painted_as_the_scene_itself_is(name: str) -> None:
    project = load_example(name)
    stage = Stage(project)
    stage.show(values_of(project, 0))
    stage.frame()
    target = QRectF(QPointF(), stage.part)
    one_by_one, whole = (
        QImage(stage.part.toSize() * 2, QImage.Format.Format_RGB32) for _ in range(2)
    )
    for image in (one_by_one, whole):
        image.setDevicePixelRatio(2.0)
        image.fill(0xFFFFFF)
    painter = QPainter(one_by_one)
    stage.paint(painter, target)
    assert painter.worldTransform().isIdentity()
    painter.end()
    painter = QPainter(whole)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    with theme.worn(stage.worn):
        stage._scene.render(painter, target, stage._rect)
    painter.end()
    assert one_by_one == whole


def test_see_through_has_nothing_behind_the_net() -> None:
    image = as_image(picture(load_example("xor"), "png", paper=Paper(see_through=True)))
    assert image.pixelColor(1, 1).alpha() == 0


def test_a_picture_leaves_the_windows_theme_alone() -> None:
    before = theme.current()
    picture(load_example("xor"), "png", paper=Paper(look="dark"))
    assert theme.current() is before


def test_values_are_those_after_a_whole_pass_of_the_row_asked_for() -> None:
    project = in_bishops_letters(load_example("mazur_2_2_2"))
    marks = values_of(project, 0)
    assert marks is not None
    assert marks.outputs["o1"] == "0.7514"  # as Mazur prints it: 0.75136507
    assert ("target", "0.01", 0) in marks.values["o1"]
    assert marks.values["h1"][0][1].startswith("+0.0088")
    stage = Stage(project)
    stage.show(marks)
    assert len(stage._scene._decor.items(Note)) >= 4


def test_a_row_that_is_not_there_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(NotRunnable, match="There is no example 7"):
        save(load_example("mazur_2_2_2"), tmp_path / "net.png", example=7)
    assert list(tmp_path.iterdir()) == []


def test_a_row_held_back_can_be_shown_too() -> None:
    project = load_example("iris")
    assert values_of(project, project.data.validation[0]) is not None


def test_an_empty_drawing_is_an_empty_picture() -> None:
    assert as_image(picture(Project(), "png")).width() > 10


def test_a_picture_never_takes_more_memory_than_there_is() -> None:
    project = load_example("xor").move({"x1": (-40_000.0, 0.0), "y": (40_000.0, 9_000.0)})
    image = as_image(picture(project, "png"))
    assert image.width() * image.height() <= 1.01 * still._MOST_PIXELS


@pytest.mark.parametrize("kind", BEGINS)
def test_a_picture_let_go_in_the_middle_ends_its_painter_before_the_paper_goes(kind: str) -> None:
    making = still.StillMaking(load_example("mazur_2_2_2"), kind)
    making.add(0)
    painter = making._painter
    del making
    assert not painter.isActive()


def test_an_image_that_there_was_no_memory_for_is_refused_rather_than_written_empty() -> None:
    with pytest.raises(FileError, match="less sharp"):
        still.encoded(QImage())
