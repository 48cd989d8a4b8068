"""Films of a whole pass: every step a frame, each saying what the window says there."""

import io
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

from chainstep.app.pictures import film as films
from chainstep.app.pictures.film import CAPTIONS, Film, Reel
from chainstep.errors import FileError, NotRunnable
from chainstep.files import save
from chainstep.files.examples import load_example
from chainstep.project import Project
from tests.hand_nets import data, net, out, x

pytestmark = pytest.mark.usefixtures("qapp")


def test_each_step_of_the_pass_is_a_frame_and_the_start_too() -> None:
    film = Film(load_example("mazur_2_2_2"))
    steps = film._run.steps
    assert len(film) == 1 + steps.count(with_update=False)
    assert film.name(0) == "01-start"
    assert film.name(len(film) - 1) == f"{len(film)}-backward-i1"
    assert any("δ of o1" in film.said(n) for n in range(len(film)))


def test_frames_are_painted_as_large_as_asked_for_and_differ() -> None:
    film = Film(load_example("xor"), Reel(grain="unit", sharpness=0.5))
    images = [film.image(n) for n in range(len(film))]
    assert {(i.width(), i.height()) for i in images} == {(640, 360)}
    assert len({bytes(i.constBits()) for i in images}) == len(images)
    assert len(film.pixels(3)) == 640 * 360 * 3


def test_a_frame_asked_for_again_is_the_same() -> None:
    film = Film(load_example("mazur_2_2_2"), Reel(sharpness=0.5))
    first = film.pixels(20)
    film.pixels(3)
    assert film.pixels(20) == first


def test_a_folder_holds_a_picture_a_step_and_a_list_of_what_they_say(tmp_path: Path) -> None:
    place = tmp_path / "and_frames"
    save(load_example("and"), place, example=2)
    pictures = sorted(place.glob("*.png"))
    lines = (place / CAPTIONS).read_text("utf-8").splitlines()
    assert [line.split("  ")[0] for line in lines] == [file.name for file in pictures]
    assert QImage(str(pictures[0])).width() == 1920
    assert "example 3" in lines[0]


def test_a_folder_that_is_there_already_is_not_touched(tmp_path: Path) -> None:
    place = tmp_path / "xor_frames"
    place.mkdir()
    (place / "mine.txt").write_text("mine")
    with pytest.raises(FileError, match="There is a xor_frames already"):
        save(load_example("xor"), place)
    assert [file.name for file in place.iterdir()] == ["mine.txt"]


def test_a_gif_has_every_frame_and_time_to_read_it(tmp_path: Path) -> None:
    pillow: Any = pytest.importorskip("PIL.Image")
    project = load_example("diamond")
    save(project, tmp_path / "net.gif")
    picture = pillow.open(io.BytesIO((tmp_path / "net.gif").read_bytes()))
    assert picture.size == (1280, 720)
    assert picture.n_frames == len(Film(project))
    assert picture.info["loop"] == 0
    assert picture.info["duration"] >= 1000


def test_without_pillow_a_gif_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    with pytest.raises(FileError, match=r"pip install chainstep\[pictures\]"):
        save(load_example("diamond"), tmp_path / "net.gif")
    assert list(tmp_path.iterdir()) == []


def test_a_forward_pass_alone_is_a_film_too() -> None:
    project = net(x(), out(activation="step"), wires="x>y:1", data=data([[1]], [[1]]))
    film = Film(project)
    assert len(film) == 4
    film.image(3)


def test_what_cannot_run_and_what_is_too_long_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotRunnable, match="no input"):
        Film(Project())
    monkeypatch.setattr(films, "MOST", 10)
    with pytest.raises(NotRunnable, match="at most 10 are made"):
        Film(load_example("iris"), Reel(grain="term"))


def test_a_large_net_is_filmed_unit_by_unit() -> None:
    small, large = Film(load_example("xor")), Film(load_example("wine"))
    assert any("term" in film_step(small, n) for n in range(len(small)))
    assert len(large) <= films.MOST


def film_step(film: Film, number: int) -> str:
    film._run.seek(film.stops[number])
    step = film._run.cursor.step
    return "" if step is None else step.part


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_paper_of_a_gif_is_exactly_that_of_the_frames(look: str) -> None:
    pillow: Any = pytest.importorskip("PIL.Image")
    film = Film(load_example("and"), Reel(grain="level", look=look))
    making = films.GifMaking(film)
    for number in range(len(film)):
        making.add(number)
    picture = pillow.open(io.BytesIO(making.finish())).convert("RGB")
    ground = film.image(0).pixelColor(4, 4)
    assert picture.getpixel((4, 4)) == (ground.red(), ground.green(), ground.blue())
