"""The colours of the window: two themes, their palettes, and the one that is worn now.

Widgets ask `current()` for colours they paint themselves. The new style sheet paints all of them
anew: `changed` is for what keeps something in a colour, such as an icon.
Not here: the rules of the style sheet (`style.py`), icons (`icons.py`), fonts (`fonts.py`) and
where the reader's choice is kept (`settings.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from chainstep.app.look import style

Mode = Literal["light", "dark", "system"]
MODES: tuple[Mode, ...] = ("light", "dark", "system")


@dataclass(frozen=True)
class Theme:
    """The tokens of one look; every colour on screen is one of these.

    Grounds, from back to front: background (canvas, fields), surface (panels), faint (chips,
    headers), hover, selection, current_ground. Text: text, muted, disabled, and the *_text pair.
    `positive` and `negative` are for lines, bars and fills; numbers are written in `positive_text`
    and `negative_text`, which look alike and keep 4.5:1. `current` is the amber of what is lit,
    a fill or a wide ring; thin lines and glyphs that must be seen alone use `current_line`.
    """

    name: Literal["light", "dark"]
    background: QColor
    surface: QColor
    line: QColor
    text: QColor
    muted: QColor
    disabled: QColor
    scroll: QColor
    faint: QColor
    hover: QColor
    selection: QColor
    positive: QColor
    positive_text: QColor
    negative: QColor
    negative_text: QColor
    current: QColor
    current_line: QColor
    current_ground: QColor
    on_current: QColor
    accent: QColor
    accent_hover: QColor
    on_accent: QColor
    danger: QColor
    ok: QColor

    @property
    def dark(self) -> bool:
        """True for the dark theme."""
        return self.name == "dark"

    def colour(self, token: str) -> QColor:
        """The colour a token names; KeyError for a name that is none."""
        if token not in self.tokens():
            raise KeyError(token)
        value: QColor = getattr(self, token)
        return value

    @classmethod
    def tokens(cls) -> tuple[str, ...]:
        """The names of all colours."""
        return tuple(field.name for field in fields(cls) if field.name != "name")


LIGHT = Theme(
    name="light",
    background=QColor("#F5F6F8"),
    surface=QColor("#FFFFFF"),
    line=QColor("#DFE3E8"),
    text=QColor("#1A1E23"),
    muted=QColor("#5A6470"),
    disabled=QColor("#9AA3AE"),
    scroll=QColor("#C3CAD2"),
    faint=QColor("#EDF0F3"),
    hover=QColor("#E4E8ED"),
    selection=QColor("#E6ECFD"),
    positive=QColor("#0072B2"),
    positive_text=QColor("#006AA6"),
    negative=QColor("#D55E00"),
    negative_text=QColor("#AF4C00"),
    current=QColor("#FFB000"),
    current_line=QColor("#A66F00"),
    current_ground=QColor("#FFF4D6"),
    on_current=QColor("#1A1E23"),
    accent=QColor("#3B5BDB"),
    accent_hover=QColor("#2F4CC4"),
    on_accent=QColor("#FFFFFF"),
    danger=QColor("#B42318"),
    ok=QColor("#18733F"),
)

DARK = Theme(
    name="dark",
    background=QColor("#14171B"),
    surface=QColor("#1C2026"),
    line=QColor("#2E343C"),
    text=QColor("#E8EBEF"),
    muted=QColor("#9AA4B0"),
    disabled=QColor("#5F6975"),
    scroll=QColor("#454E59"),
    faint=QColor("#242A31"),
    hover=QColor("#2D343C"),
    selection=QColor("#2A3352"),
    positive=QColor("#4BA6DE"),
    positive_text=QColor("#58AEE3"),
    negative=QColor("#F0883E"),
    negative_text=QColor("#F0883E"),
    current=QColor("#FFC233"),
    current_line=QColor("#FFC233"),
    current_ground=QColor("#3A3015"),
    on_current=QColor("#14171B"),
    accent=QColor("#8CA3FF"),
    accent_hover=QColor("#A3B5FF"),
    on_accent=QColor("#14171B"),
    danger=QColor("#FF7B72"),
    ok=QColor("#56C48A"),
)


def palette(theme: Theme) -> QPalette:
    """Every role of a Fusion palette, for active, inactive and disabled widgets alike."""
    result = QPalette()
    for role, colour in _roles(theme).items():
        result.setColor(role, colour)
    for role in _TEXT_ROLES:
        result.setColor(QPalette.ColorGroup.Disabled, role, theme.disabled)
    result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, theme.line)
    result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Base, theme.surface)
    return result


_TEXT_ROLES = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.PlaceholderText,
    QPalette.ColorRole.HighlightedText,
    QPalette.ColorRole.Link,
    QPalette.ColorRole.LinkVisited,
)


def _roles(theme: Theme) -> dict[QPalette.ColorRole, QColor]:
    """What each role wears; the five shades of Fusion's bevels are kept flat on purpose."""
    role = QPalette.ColorRole
    return {
        role.Window: theme.surface,
        role.WindowText: theme.text,
        role.Base: theme.background,
        role.AlternateBase: theme.faint,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.faint,
        role.ButtonText: theme.text,
        role.BrightText: theme.danger,
        role.Light: theme.faint if theme.dark else theme.surface,
        role.Midlight: theme.faint,
        role.Mid: theme.line,
        role.Dark: theme.line if theme.dark else theme.disabled,
        role.Shadow: theme.background if theme.dark else theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.ToolTipBase: theme.surface,
        role.ToolTipText: theme.text,
    }


class _Wardrobe(QObject):
    """The theme worn now, and the ear for a system that turns dark.

    Signals: changed(Theme): after palette and style sheet were put on.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.mode: Mode = "light"
        self._heard: QApplication | None = None

    def wear(self, app: QApplication, mode: Mode) -> None:
        self.mode = mode
        if self._heard is not app:
            app.styleHints().colorSchemeChanged.connect(self._system_changed)
            app.setStyle("Fusion")
            self._heard = app
        _tell_platform(app, mode)
        self._put_on(app, _resolve(app, mode))

    def _put_on(self, app: QApplication, theme: Theme) -> None:
        self.theme = theme
        style.dress(app, theme, palette(theme))
        self.changed.emit(theme)

    def _system_changed(self) -> None:
        app = self._heard
        if self.mode == "system" and app is not None:
            theme = _resolve(app, "system")
            if theme is not self.theme:
                self._put_on(app, theme)


def _tell_platform(app: QApplication, mode: Mode) -> None:
    """Ask the platform for matching title bars and dialogs; where it cannot, nothing happens."""
    wanted = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    app.styleHints().setColorScheme(wanted.get(mode, Qt.ColorScheme.Unknown))


def _resolve(app: QApplication, mode: Mode) -> Theme:
    """The theme a mode stands for now; a system that says nothing is light."""
    if mode == "system":
        return DARK if app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
    return DARK if mode == "dark" else LIGHT


_wardrobe = _Wardrobe()

changed = _wardrobe.changed
"""Emitted with the new Theme after it was put on. Connect bound methods only."""


def current() -> Theme:
    """The theme worn now; light before the first `apply`."""
    return _wardrobe.theme


@contextmanager
def worn(theme: Theme) -> Iterator[None]:
    """Paint in another theme for a moment, a picture for paper say; nobody is told."""
    before, _wardrobe.theme = _wardrobe.theme, theme
    try:
        yield
    finally:
        _wardrobe.theme = before


def apply(app: QApplication, mode: Mode) -> None:
    """Put on the light theme, the dark one, or the one the system asks for, and follow it."""
    _wardrobe.wear(app, mode)


def stylesheet(theme: Theme) -> str:
    """The small accents on top of Fusion and the palette; see `style.py` for the rules."""
    return style.stylesheet(theme)
