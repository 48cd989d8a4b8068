"""The style sheet: the small accents that Fusion and a palette cannot give.

Widgets opt in with properties set before they are first shown: a tool or push button with
`chip` = "soft" or "primary"; a label with `role` = "muted" or "heading"; a frame with
`role` = "card"; a line edit with `invalid` = "true" (re-polish when it changes later). No font
sizes here, so that larger type scales everything.
Not here: the colours (`theme.py`) and what is painted by hand (`canvas/`, the formula).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from string import Template
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QDir,
    QEvent,
    QMargins,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    QTimer,
)
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QScrollBar,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from chainstep import resources

if TYPE_CHECKING:
    from chainstep.app.look.theme import Theme

#: Milliseconds after which everything in another dress has its size.
SETTLED: Final = 50
ModelIndex = QModelIndex | QPersistentModelIndex


def dress(app: QApplication, theme: Theme, palette: QPalette) -> None:
    """Put a palette and the style sheet of a theme on every window; the style is Fusion."""
    QDir.setSearchPaths("chainstepicons", [str(resources.path("icons"))])
    with scrolled_as_before(app), laid_aside(app, stylesheet(theme)):
        app.setPalette(palette)
        QToolTip.setPalette(palette)


@contextmanager
def scrolled_as_before(app: QApplication) -> Iterator[None]:
    """Leave what is scrolled where it is, though it may be of another size for a moment."""
    bars = [bar for bar in app.allWidgets() if isinstance(bar, QScrollBar) and bar.maximum()]
    places = [bar.value() for bar in bars]
    yield
    app.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    for bar, place in zip(bars, places, strict=True):
        bar.setValue(place)
        if bar.value() != place:  # what it scrolls finds its size only after some turns
            QTimer.singleShot(SETTLED, bar, partial(bar.setValue, place))


@contextmanager
def laid_aside(app: QApplication, after: str | None = None) -> Iterator[None]:
    """Do without the style sheet for a while. after: another one that is put on then.

    Put on where there is none, each widget takes it once; in the place of another, or while a
    window is built, once for each widget that it stands in.
    """
    sheet = app.styleSheet() if after is None else after
    app.setStyleSheet("")
    try:
        yield
    finally:
        app.setStyleSheet(sheet)


def stylesheet(theme: Theme) -> str:
    """The rules with the theme's colours filled in."""
    colours = {token: theme.colour(token).name() for token in theme.tokens()}
    return Template(_RULES).substitute(colours, glyphs=f"chainstepicons:style/{theme.name}")


def pad(spin: QAbstractSpinBox) -> None:
    """Indent a spin box's number like that of a line edit; a style sheet cannot."""
    spin.lineEdit().setTextMargins(7, 0, 0, 0)


class Roomy(QStyledItemDelegate):
    """Rows of lists and trees with air. A rule for `::item` would hide the background of a row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: ModelIndex) -> QSize:
        """The usual size, eight pixels higher."""
        return super().sizeHint(option, index).grownBy(QMargins(0, 4, 0, 4))


_BARS = """
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QToolBar { background: $surface; border: none; spacing: 4px; padding: 8px 12px; }
QToolBar:top { border-bottom: 1px solid $line; }
QToolBar:bottom { border-top: 1px solid $line; }
QToolBar:left { border-right: 1px solid $line; padding: 10px 6px; }
QToolBar:right { border-left: 1px solid $line; padding: 10px 6px; }
QToolBar::separator { background: $line; }
QToolBar::separator:horizontal { width: 1px; margin: 4px 8px; }
QToolBar::separator:vertical { height: 1px; margin: 8px 4px; }
QStatusBar {
  background: $surface; color: $muted; border-top: 1px solid $line; padding: 2px 12px;
}
QStatusBar QLabel { color: $muted; }
QStatusBar::item { border: none; }
QSizeGrip { image: none; width: 0; height: 0; }
QDockWidget {
  font-weight: 600; color: $text; border: 1px solid $line;
  titlebar-close-icon: url("$glyphs/close.svg"); titlebar-normal-icon: url("$glyphs/float.svg");
}
QDockWidget::title { background: $surface; padding: 10px 12px 8px 12px; text-align: left; }
QDockWidget::close-button, QDockWidget::float-button {
  background: transparent; border: none; border-radius: 6px; padding: 0; icon-size: 14px;
  subcontrol-origin: margin; subcontrol-position: center right; width: 22px; height: 22px;
}
QDockWidget::close-button { right: 10px; }
QDockWidget::float-button { right: 34px; }
QDockWidget::close-button:hover, QDockWidget::float-button:hover { background: $hover; }
"""

_BUTTONS = """
QToolButton {
  background: transparent; color: $text; border: 1px solid transparent; border-radius: 8px;
  padding: 5px 8px; font-weight: 500;
}
QToolButton[chip="soft"] { background: $faint; }
QToolButton[chip="soft"][dense="true"] { padding: 5px 2px; }
QToolButton:hover, QToolButton[chip="soft"]:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked, QToolButton[chip="soft"]:pressed {
  background: $selection;
}
QToolBar QToolButton:checked { background: $faint; border-color: $line; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $disabled; background: transparent; }
QToolButton[chip="soft"]:disabled { background: $faint; }
QToolButton[popupMode="1"] { padding-right: 24px; }
QToolButton[popupMode="2"] { padding-right: 24px; }
QToolButton::menu-button { background: transparent; border: none; width: 22px; }
QToolButton::menu-arrow { image: url("$glyphs/chevron-down.svg"); width: 14px; height: 14px; }
QToolButton::menu-indicator {
  image: url("$glyphs/chevron-down.svg"); width: 14px; height: 14px;
  subcontrol-origin: padding; subcontrol-position: center right; right: 7px;
}
QDialogButtonBox, QMessageBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton {
  background: $faint; color: $text; border: 1px solid $line; border-radius: 8px;
  padding: 6px 14px; font-weight: 500; outline: none;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $selection; }
QPushButton:flat { background: transparent; border-color: transparent; }
QPushButton:flat:hover { background: $hover; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { background: $surface; color: $disabled; }
QPushButton:default, QPushButton[chip="primary"], QToolButton[chip="primary"] {
  background: $accent; color: $on_accent; border-color: $accent;
}
QPushButton:default:hover, QPushButton[chip="primary"]:hover, QToolButton[chip="primary"]:hover,
QPushButton:default:pressed, QPushButton[chip="primary"]:pressed,
QToolButton[chip="primary"]:pressed, QToolButton[chip="primary"]:checked {
  background: $accent_hover; border-color: $accent_hover;
}
QPushButton:default:focus, QPushButton[chip="primary"]:focus, QToolButton[chip="primary"]:focus {
  border-color: $text;
}
QPushButton:default:disabled, QPushButton[chip="primary"]:disabled,
QToolButton[chip="primary"]:disabled {
  background: $faint; color: $disabled; border-color: $faint;
}
"""

_FIELDS = """
QAbstractScrollArea { border: none; }
QLineEdit, QAbstractSpinBox, QComboBox {
  background: $background; color: $text; border: 1px solid $line; border-radius: 8px;
  padding: 5px 9px;
}
QPlainTextEdit, QTextEdit {
  background: $background; color: $text; border: 1px solid $line; border-radius: 8px;
  padding: 4px;
}
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $disabled; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on, QPlainTextEdit:focus,
QTextEdit:focus { border-color: $accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {
  background: $surface; color: $disabled;
}
QLineEdit[invalid="true"] { border-color: $danger; }
QAbstractItemView QLineEdit { border-radius: 0; padding: 0 4px; border-color: $accent; }
QComboBox { padding-right: 4px; combobox-popup: 0; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url("$glyphs/chevron-down.svg"); width: 16px; height: 16px; }
QComboBox::down-arrow:disabled { image: url("$glyphs/chevron-down-off.svg"); }
QComboBox QAbstractItemView {
  background: $surface; color: $text; border: 1px solid $line; padding: 4px; outline: none;
  selection-background-color: $selection; selection-color: $text;
}
QComboBox QAbstractItemView::item { padding: 5px 6px; border: none; border-radius: 6px; }
QComboBox QAbstractItemView::item:selected { background: $selection; color: $text; }
QAbstractSpinBox { padding: 4px 4px 4px 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  background: transparent; border: none; border-radius: 4px; width: 22px;
  subcontrol-origin: border; right: 3px;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; top: 3px; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; bottom: 3px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: url("$glyphs/chevron-up.svg"); width: 12px; height: 12px; }
QAbstractSpinBox::down-arrow {
  image: url("$glyphs/chevron-down.svg"); width: 12px; height: 12px;
}
QAbstractSpinBox::up-arrow:disabled, QAbstractSpinBox::up-arrow:off {
  image: url("$glyphs/chevron-up-off.svg");
}
QAbstractSpinBox::down-arrow:disabled, QAbstractSpinBox::down-arrow:off {
  image: url("$glyphs/chevron-down-off.svg");
}
QCheckBox, QRadioButton { spacing: 8px; outline: none; }
QCheckBox::indicator, QRadioButton::indicator {
  width: 15px; height: 15px; border: 1px solid $muted; background: $background;
}
QCheckBox::indicator { border-radius: 5px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover,
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked {
  background: $accent; border-color: $accent; image: url("$glyphs/check.svg");
}
QCheckBox::indicator:indeterminate {
  background: $accent; border-color: $accent; image: url("$glyphs/minus.svg");
}
QRadioButton::indicator:checked {
  background: $accent; border-color: $accent; image: url("$glyphs/dot.svg");
}
QCheckBox::indicator:checked:focus, QCheckBox::indicator:indeterminate:focus,
QRadioButton::indicator:checked:focus { border-color: $text; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {
  border-color: $line; background: $surface;
}
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled {
  border-color: $disabled; background: $disabled;
}
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $line; }
QSlider::groove:vertical { width: 4px; border-radius: 2px; background: $line; }
QSlider::sub-page:horizontal, QSlider::add-page:vertical {
  background: $accent; border-radius: 2px;
}
QSlider::handle {
  background: $surface; border: 2px solid $accent; border-radius: 8px; width: 12px; height: 12px;
}
QSlider::handle:horizontal { margin: -6px 0; }
QSlider::handle:vertical { margin: 0 -6px; }
QSlider::handle:hover, QSlider::handle:focus { background: $selection; }
QSlider::handle:disabled, QSlider::sub-page:disabled { border-color: $disabled; }
QProgressBar {
  background: $line; border: none; border-radius: 3px; max-height: 6px; color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }
"""

_LISTS = """
QAbstractItemView {
  background: $surface; alternate-background-color: $background; outline: none;
  selection-background-color: $selection; selection-color: $text;
}
QTableView { gridline-color: $line; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section {
  background: $surface; color: $muted; border: none; border-bottom: 1px solid $line;
  padding: 6px 8px; font-weight: 600;
}
QHeaderView::section:vertical { border-bottom: none; font-weight: 400; }
QTableCornerButton::section { background: $surface; border: none; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { qproperty-drawBase: 0; outline: none; }
QTabBar::tab {
  background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent;
  padding: 8px 4px 7px 4px; margin: 0 10px; font-weight: 500;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }
QTabBar::tab:disabled { color: $disabled; }
QTabBar::scroller { width: 48px; }
QTabBar QToolButton { background: $surface; border: none; border-radius: 0; padding: 0; }
QTabBar QToolButton:hover { background: $hover; }
QTabBar QToolButton::left-arrow {
  image: url("$glyphs/chevron-left.svg"); width: 14px; height: 14px;
}
QTabBar QToolButton::right-arrow {
  image: url("$glyphs/chevron-right.svg"); width: 14px; height: 14px;
}
QTabBar QToolButton::left-arrow:disabled { image: url("$glyphs/chevron-left-off.svg"); }
QTabBar QToolButton::right-arrow:disabled { image: url("$glyphs/chevron-right-off.svg"); }
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 2px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $muted; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
"""

_MENUS = """
QMenuBar { background: $surface; padding: 3px 8px; }
QMenuBar::item { background: transparent; padding: 5px 10px; border-radius: 6px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; }
QMenu { background: $surface; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 24px 6px 10px; border-radius: 6px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $disabled; background: transparent; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::indicator { width: 16px; height: 16px; left: 8px; }
QMenu::indicator:checked { image: url("$glyphs/menu-check.svg"); }
QMenu::right-arrow {
  image: url("$glyphs/chevron-right.svg"); width: 14px; height: 14px; right: 8px;
}
QToolTip {
  background: $surface; color: $text; border: 1px solid $line; padding: 1px 3px;
}
"""

_TEXT = """
QLabel { background: transparent; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="danger"] { color: $danger; }
QLabel[role="positive"] { color: $positive_text; }
QLabel[role="negative"] { color: $negative_text; }
QLabel:disabled { color: $disabled; }
QLabel#caption {
  background: $surface; border: 1px solid $line; border-radius: 8px; padding: 5px 10px;
}
QFrame[role="card"] { background: $surface; border: 1px solid $line; border-radius: 12px; }
QFrame[role="hairline"] { background: $line; border: none; }
QFrame[role="hairline"][frameShape="4"] { max-height: 1px; }
QFrame[role="hairline"][frameShape="5"] { max-width: 1px; }
QGroupBox { border: none; margin-top: 26px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; padding: 4px 0; }
"""

_RULES = _BARS + _BUTTONS + _FIELDS + _LISTS + _MENUS + _TEXT
