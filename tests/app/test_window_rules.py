"""Rules that hold for the whole window: keys, names, what is let go, and who may change what."""

import gc
import weakref
from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings, Qt
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QMenu,
    QTableView,
    QWidget,
)
from shiboken6 import isValid

from chainstep.app.actions import COMMANDS
from chainstep.app.canvas.labels import Pill, Tag
from chainstep.app.main import Desk
from chainstep.app.panels.debugging import edits
from chainstep.app.window import MainWindow
from chainstep.files import examples
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Connection, Network, Unit
from chainstep.project import Data, Project
from chainstep.stepping.watching.breakpoints import Breakpoint, Phase

from .bars import HOSTILE
from .journey import ALT, CTRL, Driver, Key, close_all, settle

OpenWindow = Callable[[Project], Driver]


def all_actions(window: MainWindow) -> set[QAction]:
    """Every action of a window, wherever it hangs."""
    return {*window.findChildren(QAction), *window.actions()}


def make_every_panel(driver: Driver) -> None:
    """Have the panels made that are made late, so that what holds for all holds for them."""
    parts = driver.parts
    for panel in (parts.training, parts.why, parts.breakpoints, parts.watches, parts.history):
        assert driver.window.isAncestorOf(panel)


def menu_actions(menu: QWidget) -> list[QAction]:
    """The actions of a menu and of the menus in it."""
    found = []
    for action in menu.actions():
        inner = action.menu()
        found += menu_actions(inner) if isinstance(inner, QMenu) else [action]
    return found


def test_no_key_sequence_is_bound_twice(driver: Driver) -> None:
    make_every_panel(driver)
    actions = all_actions(driver.window)
    assert len(actions) > len(COMMANDS)
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    keys += [shortcut.key().toString() for shortcut in driver.window.findChildren(QShortcut)]
    assert {"F11", "Ctrl+Z", "Ctrl+S", "Alt+Left"} <= set(keys)
    assert {key: count for key, count in Counter(keys).items() if count > 1} == {}


def test_no_menu_has_the_same_mnemonic_twice(driver: Driver) -> None:
    letters = [action.text().split("&")[1][0] for action in driver.window.menuBar().actions()]
    assert len(letters) == len(set(letters)) == 7


def test_every_command_has_words_and_is_in_a_menu(driver: Driver) -> None:
    reachable = set(menu_actions(driver.window.menuBar()))
    for name, action in driver.window.actions_by_name.items():
        assert action.text(), name
        assert action.toolTip(), name
        assert action in reachable, f"{name} cannot be reached without a mouse"


def test_every_menu_that_opens_has_its_icons(driver: Driver) -> None:
    told = {command.name for command in COMMANDS if command.icon}
    actions = driver.window.actions_by_name
    for menu in driver.window.menuBar().findChildren(QMenu):
        menu.aboutToShow.emit()
        shown = told & {action.objectName() for action in menu.actions()}
        assert all(not actions[name].icon().isNull() for name in shown), menu.title()
    assert {"new", "zoom_in", "theme_dark", "step_back"} <= told
    assert all(not actions[name].icon().isNull() for name in told)


def test_undo_and_redo_are_in_the_edit_menu_with_their_words(driver: Driver) -> None:
    driver.click(driver.unit("h1"))
    driver.key(Key.Key_Delete)
    texts = [action.text() for action in menu_actions(driver.window.menuBar())]
    assert "Undo Delete 1 unit" in texts


def test_every_button_and_field_has_a_name_for_a_screen_reader(driver: Driver) -> None:
    for button in driver.window.findChildren(QAbstractButton):
        if button.isVisible():
            said = button.accessibleName() or button.text() or button.toolTip()
            assert said, f"{type(button).__name__} in {type(button.parent()).__name__}"


class ShownWindows(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


def test_no_part_of_a_window_flashes_up_as_one(qapp: QApplication, desk: Desk) -> None:
    """A layout without a parent shows what is put into it, alone on the screen, for a moment."""
    shown = ShownWindows()
    qapp.installEventFilter(shown)
    Driver(desk.open_example())
    qapp.removeEventFilter(shown)
    assert shown.seen == ["MainWindow"]


def collected_after(open_and_use: Callable[[Desk], MainWindow]) -> bool:
    """Whether a window goes away once it is closed, with everything that it made."""
    desk = Desk()
    window = open_and_use(desk)
    gone = weakref.ref(window), weakref.ref(window.scene), weakref.ref(window.debugger)
    del window
    close_all(desk)
    del desk
    for _ in range(3):
        settle()
        gc.collect()
    return all(each() is None for each in gone)


def just_open(desk: Desk) -> MainWindow:
    return Driver(desk.open_example()).window


def step(desk: Desk) -> MainWindow:
    driver = Driver(desk.open_example())
    driver.key(Key.Key_F11, times=14)
    driver.key(Key.Key_Left, ALT, times=2)
    settle(200)
    return driver.window


def train(desk: Desk) -> MainWindow:
    driver = Driver(desk.open_example())
    driver.train()
    return driver.window


def edit(desk: Desk) -> MainWindow:
    driver = Driver(desk.open_project(Project()))
    driver.draw()
    driver.type_table()
    driver.set_training()
    driver.key(Key.Key_Z, CTRL, times=5)
    driver.choose(driver.at(0, -160), "Add a hidden unit here")
    return driver.window


def use_menus(desk: Desk) -> MainWindow:
    driver = Driver(desk.open_example())
    driver.window.menus._samples.aboutToShow.emit()
    driver.window.menus._recent.aboutToShow.emit()
    driver.key(Key.Key_F1)
    settle()
    box = QApplication.activeModalWidget()
    assert box is not None
    box.close()
    return driver.window


@pytest.mark.parametrize("use", [just_open, step, train, edit, use_menus])
def test_a_closed_window_is_collected(use: Callable[[Desk], MainWindow]) -> None:
    assert collected_after(use)


@pytest.mark.parametrize("use", [just_open, step, train, edit, use_menus])
def test_a_closed_window_leaves_nothing_of_qts_to_the_collector(
    desk: Desk, use: Callable[[Desk], MainWindow]
) -> None:
    """Qt's objects would go in the middle of whatever runs then, which may be Qt's own locks."""
    gc.collect()
    use(desk)
    gc.collect()
    gc.disable()
    try:
        close_all(desk)
        settle(50)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found = [each for each in gc.garbage if isinstance(each, QObject) and isValid(each)]
        # Settings have no connections: nothing is locked while they go.
        left = [type(each).__name__ for each in found if not isinstance(each, QSettings)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert left == []


def hostile_project() -> Project:
    """A net whose every name looks like markup or like a mnemonic."""
    units = (
        Unit(id=f"{HOSTILE}in", kind=INPUT),
        Unit(id=f"{HOSTILE}&hid", kind=HIDDEN, activation="logistic", bias=0.1),
        Unit(id=f"{HOSTILE}out", kind=OUTPUT, activation="logistic", bias=0.1),
    )
    names = [unit.id for unit in units]
    pairs = ((names[0], names[1]), (names[1], names[2]), (names[0], names[2]))
    connections = tuple(
        Connection(source=s, target=t, weight=0.5, name=f"{HOSTILE}w") for s, t in pairs
    )
    data = Data(inputs=((1.0,),), targets=((0.0,),), columns=(f"{HOSTILE}x", f"{HOSTILE}t"))
    return Project(network=Network(units=units, connections=connections), data=data)


def rich_texts(window: QWidget) -> list[str]:
    """Texts with a hostile name in them that Qt would read as markup."""
    plain = Qt.TextFormat.PlainText
    labels = [
        label.text()
        for label in window.findChildren(QLabel)
        if "<b>" in label.text() and label.textFormat() != plain
    ]
    tips = [widget.toolTip() for widget in window.findChildren(QWidget)]
    return labels + [tip for tip in tips if "<b>x" in tip and Qt.mightBeRichText(tip)]


def test_names_are_shown_letter_by_letter_everywhere(open_window: OpenWindow) -> None:
    project = hostile_project()
    driver = open_window(project)
    make_every_panel(driver)
    assert rich_texts(driver.window) == []
    names = [unit.id for unit in project.network.units]
    for _ in range(24):
        driver.key(Key.Key_F11)
        assert rich_texts(driver.window) == []
    for name in names:
        driver.click(driver.unit(name))
        assert driver.parts.inspector.unit.name.text() == name
        assert rich_texts(driver.window) == []
    driver.key(Key.Key_Delete)
    undo = next(a for a in all_actions(driver.window) if a.text().startswith("Undo"))
    assert undo.text() == "Undo Delete 1 unit"
    driver.key(Key.Key_Z, CTRL)
    driver.click(driver.unit(names[1]))
    driver.fill(driver.parts.inspector.unit.bias, "1/3")
    assert "&" not in undo.text().replace("&&", "")
    assert rich_texts(driver.window) == []


def test_a_hostile_title_is_shown_letter_by_letter(desk: Desk) -> None:
    driver = Driver(desk.open_project(hostile_project(), title=HOSTILE))
    driver.window.filing._overtaken()
    settle()
    assert HOSTILE in driver.parts.notices.text
    assert rich_texts(driver.window) == []
    driver.dismiss_notice()


def test_stepping_and_looking_change_nothing_in_the_document(driver: Driver) -> None:
    document = driver.window.document
    before = document.project
    for key, modifiers in (
        (Key.Key_F11, Qt.KeyboardModifier.NoModifier),
        (Key.Key_F10, Qt.KeyboardModifier.NoModifier),
        (Key.Key_F11, Qt.KeyboardModifier.ShiftModifier),
        (Key.Key_F10, CTRL),
        (Key.Key_F11, CTRL),
        (Key.Key_Left, ALT),
        (Key.Key_Up, ALT),
        (Key.Key_PageUp, ALT),
        (Key.Key_Home, ALT),
        (Key.Key_Plus, CTRL),
        (Key.Key_F7, Qt.KeyboardModifier.NoModifier),
        (Key.Key_A, CTRL),
    ):
        driver.key(key, modifiers)
    driver.train()
    assert document.project is before
    assert document.undo_stack.count() == 0


def visited_by_tab(driver: Driver, most: int = 80) -> list[QWidget]:
    """The widgets that Tab comes to, until it comes round again."""
    seen: list[QWidget] = []
    for _ in range(most):
        driver.key(Key.Key_Tab)
        here = QApplication.focusWidget()
        assert here is not None
        if seen and here is seen[0] and len(set(map(id, seen))) > 1:
            break
        seen.append(here)
    return seen


def test_tab_comes_to_every_part_and_round_again(driver: Driver) -> None:
    driver.parts.view.setFocus()
    seen = visited_by_tab(driver)
    parts = (
        driver.parts.view,
        driver.parts.timeline,
        driver.parts.data_table.view,
        driver.parts.tabs.tabBar(),
        driver.parts.step_bar,
        driver.parts.tools,
    )
    for part in parts:
        assert any(part is w or part.isAncestorOf(w) for w in seen), type(part).__name__
    assert len(seen) < 80


def test_the_first_thing_in_focus_is_the_canvas(driver: Driver) -> None:
    driver.key(Key.Key_Right)
    assert driver.scene.focused_unit == "i1"


@pytest.mark.parametrize("name", [name for names in examples.GROUPS.values() for name in names])
def test_every_example_opens_and_steps_forward(desk: Desk, name: str) -> None:
    driver = Driver(desk.open_example(name))
    driver.key(Key.Key_F11, times=3)
    driver.key(Key.Key_F10, times=3)
    assert driver.readout.startswith("epoch 1")
    assert driver.parts.chain_rule.words[0]


def test_a_window_is_never_wider_than_a_small_screen(driver: Driver) -> None:
    assert driver.window.minimumSizeHint().width() <= 1024
    assert driver.window.minimumSizeHint().height() <= 700


@pytest.mark.parametrize("sentence", ["A sentence.", "A sentence that takes two lines. " * 5])
@pytest.mark.parametrize("name", ["digits", "moons"])
def test_a_notice_covers_no_unit_of_a_net_seen_whole(desk: Desk, name: str, sentence: str) -> None:
    driver = Driver(desk.open_example(name))
    settle()
    driver.window.show_sentence(sentence)
    view, notices = driver.parts.view, driver.parts.area.notices
    assert notices.isVisible()
    tops = [
        view.to_view(item.sceneBoundingRect().topLeft()).y() for item in view.canvas.units.values()
    ]
    assert min(tops) > notices.height() - 2  # the bounding rectangles have a rim of their own


@pytest.mark.parametrize("phase", ["forward", "backward"])
@pytest.mark.parametrize("name", ["xor", "mazur_2_2_2", "iris"])
def test_where_a_breakpoint_stops_the_notice_covers_no_number(
    desk: Desk, name: str, phase: Phase
) -> None:
    driver = Driver(desk.open_example(name))
    driver.window.apply(*edits.add(Breakpoint(kind="unit", unit="h1", phase=phase)))
    driver.train()
    view, notices = driver.parts.view, driver.parts.notices
    assert notices.text == f"Stopped at a breakpoint: h1, {phase}."
    written = [*driver.scene._decor.items(Pill), *driver.scene._decor.items(Tag)]
    assert len(written) >= 2
    tops = [view.to_view(item.sceneBoundingRect().topLeft()).y() for item in written]
    assert min(tops) > notices.height() - 3  # the bounding rectangles have a rim of their own


def test_no_table_scrolls_sideways_without_need(desk: Desk) -> None:
    driver = Driver(desk.open_example("mazur_2_2_2"))
    table = driver.window.findChildren(QTableView)[0]
    assert table.horizontalScrollBar().maximum() == 0
