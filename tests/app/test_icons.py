"""Icons: all that were asked for, in one hand, in the theme's colours, at any ratio."""

import re
from collections import Counter

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QColor, QIcon
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from chainstep import resources
from chainstep.app.look import icons, theme
from chainstep.app.look.theme import DARK, LIGHT

WANTED = """add-unit check close connect data delete dice duplicate fit folder hidden input moon new
open output pan pause play redo reset-weights restart save save-as select settings step-back
step-epoch step-example step-pass step-term step-unit sun tidy undo warning zoom-in zoom-out"""


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication):
    theme.apply(qapp, "light")
    yield
    theme.apply(qapp, "light")


def ink(drawn: QIcon, size: int, ratio: float, mode: QIcon.Mode = QIcon.Mode.Normal) -> str:
    """The commonest colour of the pixels that are fully covered; rims are rounded by a shade."""
    image = drawn.pixmap(QSize(size, size), ratio, mode).toImage()
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return Counter(pixel.name() for pixel in pixels if pixel.alpha() == 255).most_common(1)[0][0]


def test_every_icon_asked_for_is_there() -> None:
    assert set(WANTED.split()) <= set(icons.names())


def test_icons_share_one_grid_one_stroke_and_one_colour() -> None:
    for name in icons.names():
        drawing = resources.path("icons", f"{name}.svg").read_text(encoding="utf-8")
        assert 'viewBox="0 0 24 24"' in drawing, name
        assert 'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"' in drawing, name
        assert set(re.findall(r'(?:stroke|fill)="([^"]+)"', drawing)) <= {"none", "currentColor"}


def test_every_drawing_is_valid_and_leaves_ink_at_16_pixels(qapp: QApplication) -> None:
    for name in icons.names():
        assert QSvgRenderer(str(resources.path("icons", f"{name}.svg"))).isValid(), name
        image = icons.icon(name).pixmap(QSize(16, 16), 1.0).toImage()
        alphas = [image.pixelColor(x, y).alpha() for x in range(16) for y in range(16)]
        assert sum(alphas) > 2000, name


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_an_icon_wears_the_text_colour_and_pales_when_disabled(look: theme.Theme) -> None:
    drawn = icons.icon("play", look)
    assert ink(drawn, 24, 2.0) == look.text.name()
    assert ink(drawn, 24, 2.0, QIcon.Mode.Disabled) == look.disabled.name()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("size", icons.SIZES)
def test_an_icon_has_every_pixel_a_screen_can_show(size: int, ratio: float) -> None:
    drawn = icons.icon("dice").pixmap(QSize(size, size), ratio)
    assert drawn.width() == size * ratio
    assert drawn.devicePixelRatio() == ratio


def test_a_finer_screen_gets_finer_icons(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(icons, "_highest_ratio", lambda: 3)
    drawn = icons._icon.__wrapped__("dice", "#000000", "#888888").pixmap(QSize(24, 24), 3.0)
    assert drawn.width() == 72


def test_icons_are_drawn_once_for_each_colour() -> None:
    assert icons.icon("save") is icons.icon("save")
    assert icons.icon("save") is not icons.icon("save", DARK)


def test_an_unknown_name_or_token_is_a_mistake() -> None:
    with pytest.raises(FileNotFoundError):
        icons.icon("no-such-icon")
    with pytest.raises(KeyError):
        icons.icon("save", token="no_such_token")


def test_retint_follows_the_theme_and_keeps_each_token(qapp: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    action, button = QAction("Play", window), QPushButton("Train", window)
    foreign = QAction("Foreign", window)
    icons.set_icon(action, "play")
    icons.set_icon(button, "play", "on_accent")
    theme.apply(qapp, "dark")
    icons.retint(window)
    assert ink(action.icon(), 24, 1.0) == DARK.text.name()
    assert ink(button.icon(), 24, 1.0) == DARK.on_accent.name()
    assert foreign.icon().isNull()


def test_a_menu_gets_the_icons_it_was_told_when_it_is_to_be_shown(
    qapp: QApplication, qtbot: QtBot
) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    told, bare = menu.addAction("Play"), menu.addAction("Bare")
    icons.name_icon(told, "play")
    icons.retint(menu)
    assert told.icon().isNull()
    icons.dress(menu)
    assert ink(told.icon(), 24, 1.0) == LIGHT.text.name()
    theme.apply(qapp, "dark")
    icons.retint(menu)
    assert ink(told.icon(), 24, 1.0) == DARK.text.name()
    assert bare.icon().isNull()


def test_a_hand_painted_icon_fits_its_place(qapp: QApplication) -> None:
    drawn = icons.pixmap("check", 18, QColor("#ff0000"), 1.5)
    assert (drawn.width(), drawn.devicePixelRatio()) == (27, 1.5)


def test_the_programs_own_icon_is_colourful_at_every_size(qapp: QApplication) -> None:
    for size in icons.APP_SIZES:
        image = icons.app_icon().pixmap(QSize(size, size), 1.0).toImage()
        assert image.width() == size
        hues = [image.pixelColor(x, y).hue() // 30 for x in range(size) for y in range(size)]
        assert len(set(hues) - {-1}) >= 3, size
