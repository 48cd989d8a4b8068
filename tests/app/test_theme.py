"""The look: contrast, complete palettes, glyphs in step with the tokens, and who is told."""

import gc
import weakref

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QPushButton,
    QSpinBox,
    QStyledItemDelegate,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from pytestqt.qtbot import QtBot

from chainstep import resources
from chainstep.app.look import size, style, theme
from chainstep.app.look.theme import DARK, LIGHT, Theme

from .journey import Driver, settle, wait_until

THEMES = [LIGHT, DARK]
GROUNDS = ["background", "surface", "faint", "selection", "current_ground"]
TEXTS = ["text", "muted", "positive_text", "negative_text", "accent", "danger", "ok"]
GRAPHICS = ["positive", "negative", "current_line", "accent", "muted", "danger", "ok"]
PUBLISHED = {
    "light": "#f5f6f8 #ffffff #dfe3e8 #1a1e23 #5a6470 #edf0f3 #0072b2 #d55e00 #ffb000 #fff4d6 "
    "#3b5bdb",
    "dark": "#14171b #1c2026 #2e343c #e8ebef #9aa4b0 #242a31 #4ba6de #f0883e #ffc233 #3a3015 "
    "#8ca3ff",
}
PUBLISHED_TOKENS = (
    "background surface line text muted faint positive negative current current_ground accent"
)


def luminance(colour: QColor) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication):
    yield
    theme.apply(qapp, "light")


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast(QColor("#000000"), QColor("#ffffff")) == pytest.approx(21)


@pytest.mark.parametrize("look", THEMES, ids=lambda look: look.name)
def test_the_published_tokens_keep_their_values(look: Theme) -> None:
    values = [look.colour(token).name() for token in PUBLISHED_TOKENS.split()]
    assert values == PUBLISHED[look.name].split()


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("look", THEMES, ids=lambda look: look.name)
def test_text_stands_out_on_every_ground(look: Theme, ground: str) -> None:
    ratios = {token: contrast(look.colour(token), look.colour(ground)) for token in TEXTS}
    assert {token: r for token, r in ratios.items() if r < 4.5} == {}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("look", THEMES, ids=lambda look: look.name)
def test_graphics_stand_out_on_every_ground(look: Theme, ground: str) -> None:
    ratios = {token: contrast(look.colour(token), look.colour(ground)) for token in GRAPHICS}
    assert {token: r for token, r in ratios.items() if r < 3.0} == {}


@pytest.mark.parametrize("look", THEMES, ids=lambda look: look.name)
def test_text_on_filled_grounds_can_be_read(look: Theme) -> None:
    assert contrast(look.on_accent, look.accent) >= 4.5
    assert contrast(look.on_accent, look.accent_hover) >= 4.5
    assert contrast(look.on_current, look.current) >= 4.5
    assert contrast(look.text, look.hover) >= 4.5


@pytest.mark.parametrize("look", THEMES, ids=lambda look: look.name)
def test_the_palette_leaves_no_role_to_chance(look: Theme) -> None:
    made = theme.palette(look)
    roles = [role for role in QPalette.ColorRole if role not in NO_COLOUR_OF_THEIR_OWN]
    unset = [role for role in roles if not made.isBrushSet(QPalette.ColorGroup.Active, role)]
    assert unset == []
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        assert made.color(QPalette.ColorGroup.Disabled, role) == look.disabled
        assert made.color(QPalette.ColorGroup.Inactive, role) == look.text


NO_COLOUR_OF_THEIR_OWN = (QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles)


@pytest.mark.parametrize("look", THEMES, ids=lambda look: look.name)
def test_the_style_sheet_has_every_colour_filled_in(look: Theme) -> None:
    rules = theme.stylesheet(look)
    assert "$" not in rules
    assert look.accent.name() in rules
    assert rules.count("{") == rules.count("}")


@pytest.mark.parametrize("look", THEMES, ids=lambda look: look.name)
def test_every_glyph_of_the_style_sheet_is_there_in_a_colour_of_the_theme(look: Theme) -> None:
    tokens = {look.colour(token).name() for token in Theme.tokens()}
    folder = resources.path("icons", "style", look.name)
    wanted = {part.split('")')[0] for part in style._RULES.split("$glyphs/")[1:]}
    assert wanted == {path.name for path in folder.glob("*.svg")}
    for path in folder.glob("*.svg"):
        drawing = path.read_text(encoding="utf-8").lower()
        assert any(f'"{token}"' in drawing for token in tokens), path.name


def test_a_mode_puts_on_its_palette(qapp: QApplication) -> None:
    for mode, look in (("dark", DARK), ("light", LIGHT)):
        theme.apply(qapp, mode)
        assert theme.current() is look
        assert qapp.palette().color(QPalette.ColorRole.Window) == look.surface
        assert look.line.name() in qapp.styleSheet()
        qapp.setStyleSheet("")
        assert qapp.style().name() == "fusion"


def test_a_silent_system_is_light(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    theme.apply(qapp, "system")
    assert theme.current() is LIGHT


def test_changed_carries_the_theme_that_is_worn(qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.changed) as heard:
        theme.apply(qapp, "dark")
    assert heard.args == [DARK]


def test_a_system_that_turns_dark_is_followed_only_when_asked_to(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme.apply(qapp, "light")
    monkeypatch.setattr(theme, "_resolve", lambda app, mode: DARK)
    qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
    assert theme.current() is LIGHT
    theme._wardrobe.mode = "system"
    qapp.styleHints().colorSchemeChanged.emit(qapp.styleHints().colorScheme())
    assert theme.current() is DARK


def test_roomy_rows_are_higher_and_a_padded_number_is_indented(
    qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply(qapp, "light")
    heights = []
    for delegate in (QStyledItemDelegate, style.Roomy):
        tree = QTreeWidget()
        qtbot.addWidget(tree)
        tree.setItemDelegate(delegate(tree))
        item = QTreeWidgetItem(tree, ["h1"])
        tree.show()
        heights.append(tree.visualItemRect(item).height())
    assert heights[1] == heights[0] + 8
    spin = QSpinBox()
    qtbot.addWidget(spin)
    style.pad(spin)
    assert spin.lineEdit().textMargins().left() == 7


class Listener(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.heard = 0
        theme.changed.connect(self.on_changed)

    def on_changed(self, _: Theme) -> None:
        self.heard += 1


def test_a_listening_widget_is_told_and_still_collected(qapp: QApplication) -> None:
    widget = Listener()
    theme.apply(qapp, "dark")
    assert widget.heard == 1
    gone = weakref.ref(widget)
    widget.deleteLater()
    del widget
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert gone() is None
    theme.apply(qapp, "light")


class Painted(QObject):
    """Hears which widgets are painted."""

    def __init__(self) -> None:
        super().__init__()
        self.widgets: set[QObject] = set()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.widgets.add(watched)
        return False


def in_sight(window: QWidget) -> set[QWidget]:
    return {w for w in window.findChildren(QWidget) if not w.visibleRegion().isEmpty()}


@pytest.mark.parametrize("change", ["theme", "size"])
def test_all_that_can_be_seen_is_painted_anew_in_another_theme_or_size(
    qapp: QApplication, driver: Driver, change: str
) -> None:
    settle()
    before = in_sight(driver.window)
    painted = Painted()
    qapp.installEventFilter(painted)
    if change == "theme":
        theme.apply(qapp, "dark")
    else:
        size.apply(qapp, True)
    settle()
    qapp.removeEventFilter(painted)
    seen = before & in_sight(driver.window)
    size.apply(qapp, False)
    assert len(seen) > 30
    assert seen - painted.widgets == set()


class Styled(QObject):
    """Counts how often widgets are told of a style."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.times += event.type() == QEvent.Type.StyleChange
        return False


@pytest.mark.parametrize("change", ["theme", "size"])
def test_a_widget_is_dressed_no_more_often_the_deeper_it_stands(
    qapp: QApplication, driver: Driver, change: str
) -> None:
    theme.apply(qapp, "light")
    settle()
    styled = Styled()
    qapp.installEventFilter(styled)
    if change == "theme":
        theme.apply(qapp, "dark")
    else:
        size.apply(qapp, True)
    qapp.removeEventFilter(styled)
    size.apply(qapp, False)
    widgets = len(qapp.allWidgets())
    assert widgets < styled.times < 4 * widgets  # off and on; with each ancestor it was nine times


def test_another_theme_leaves_what_is_scrolled_where_it_is(
    qapp: QApplication, driver: Driver
) -> None:
    theme.apply(qapp, "light")
    driver.show_tab(1)
    bar = driver.parts.late.training.verticalScrollBar()
    bar.setValue(bar.maximum())
    settle()
    before = bar.value(), bar.maximum()
    assert before[0] > 300
    theme.apply(qapp, "dark")
    wait_until(lambda: (bar.value(), bar.maximum()) == before)


def test_a_button_with_the_keys_has_one_ring_and_no_second_one_within(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    whole.resize(300, 80)
    first, second = QPushButton("", whole), QPushButton("", whole)
    second.setGeometry(20, 20, 200, 40)
    with qtbot.waitExposed(whole):
        whole.show()
    whole.activateWindow()
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    seen = second.grab().toImage()
    assert len({seen.pixel(100, y) for y in range(4, seen.height() - 4)}) == 1


def test_a_tick_that_is_set_shows_that_it_has_the_keys(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    tick, other = QCheckBox("", whole), QPushButton("", whole)
    other.move(60, 0)
    tick.setChecked(True)
    with qtbot.waitExposed(whole):
        whole.show()
    whole.activateWindow()
    other.setFocus()
    before = tick.grab().toImage()
    tick.setFocus()
    assert tick.grab().toImage() != before
