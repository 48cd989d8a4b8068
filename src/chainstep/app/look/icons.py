"""Icons from `resources/icons`, drawn in the colours of the theme.

An icon keeps the colours it was made with. `set_icon` notes its name on the action or button, so
that `retint(window)` can dress them all anew when `theme.changed` is heard. An action of a menu is
only told its icon's name, by `name_icon`; `dress` draws it when the menu is about to be shown.
Not here: the drawings themselves, and the glyphs inside the style sheet (`resources/icons/style`).
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QMenu

from chainstep import resources
from chainstep.app.look import theme as themes
from chainstep.app.look.theme import Theme

SIZES = (16, 20, 24)
APP_SIZES = (16, 24, 32, 48, 64, 128, 256)
APP_ICON = "chainstep"

_NAME = "chainstep_icon"
_TOKEN = "chainstep_icon_token"


def icon(name: str, theme: Theme | None = None, token: str = "text") -> QIcon:
    """An icon in one of the theme's colours, with its disabled look, for any screen.

    theme: the one worn now when left out. token: a colour of `Theme`, such as "on_accent" on a
    primary button. Raises FileNotFoundError for a name that is no icon, KeyError for a token.
    """
    worn = theme if theme is not None else themes.current()
    return _icon(name, worn.colour(token).name(), worn.disabled.name())


def app_icon() -> QIcon:
    """The program's own icon, in its own colours, for windows and the task bar."""
    result = QIcon()
    renderer = QSvgRenderer(QByteArray(_source(APP_ICON)))
    for size in APP_SIZES:
        result.addPixmap(_render(renderer, size))
    return result


def pixmap(name: str, size: int, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """One icon for hand-painted places: size in logical pixels, ratio that of the device."""
    result = _render(_renderer(name, colour.name()), round(size * ratio))
    result.setDevicePixelRatio(ratio)
    return result


def set_icon(target: QAction | QAbstractButton, name: str, token: str = "text") -> None:
    """Give an action or a button an icon that `retint` can renew."""
    target.setProperty(_NAME, name)
    target.setProperty(_TOKEN, token)
    target.setIcon(icon(name, token=token))


def name_icon(action: QAction, name: str) -> None:
    """Tell an action its icon without drawing it: most menus are never opened."""
    action.setProperty(_NAME, name)


def dress(menu: QMenu) -> None:
    """Give the actions of a menu the icons that they have only been told so far."""
    for action in menu.actions():
        name = action.property(_NAME)
        if name and action.icon().isNull():
            set_icon(action, name)


def retint(root: QObject) -> None:
    """Renew, in the theme worn now, every icon below `root` that is there."""
    targets: list[QAction | QAbstractButton] = root.findChildren(QAction)
    for target in [*targets, *root.findChildren(QAbstractButton)]:
        name = target.property(_NAME)
        if name and not target.icon().isNull():
            target.setIcon(icon(name, token=target.property(_TOKEN)))


def names() -> list[str]:
    """All icons there are but the program's own, sorted."""
    found = (path.stem for path in resources.path("icons").glob("*.svg"))
    return sorted(name for name in found if name != APP_ICON)


@lru_cache(maxsize=512)
def _icon(name: str, normal: str, disabled: str) -> QIcon:
    result = QIcon()
    renderer = _renderer(name, normal)
    for size in SIZES:
        for ratio in range(1, _highest_ratio() + 1):
            drawn = _render(renderer, size * ratio)
            drawn.setDevicePixelRatio(ratio)
            result.addPixmap(drawn, QIcon.Mode.Normal)
            result.addPixmap(_tinted(drawn, disabled), QIcon.Mode.Disabled)
    return result


def _highest_ratio() -> int:
    """The finest screen's pixels per unit, rounded up and at least 2: screens come and go."""
    return max(2, *(math.ceil(screen.devicePixelRatio()) for screen in QGuiApplication.screens()))


def _tinted(drawn: QPixmap, colour: str) -> QPixmap:
    """The same shape in another colour; cheaper than drawing it again."""
    result = QPixmap(drawn)
    painter = QPainter(result)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(result.rect(), QColor(colour))
    painter.end()
    return result


def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace(b"currentColor", colour.encode())))


@lru_cache(maxsize=128)
def _source(name: str) -> bytes:
    return resources.path("icons", f"{name}.svg").read_bytes()


def _render(renderer: QSvgRenderer, pixels: int) -> QPixmap:
    drawn = QPixmap(pixels, pixels)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return drawn
