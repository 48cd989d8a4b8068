"""Drawing with mouse and keys in the real window: every act is one undo step."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QGuiApplication

from chainstep.app import document as document_module
from chainstep.files.document import dumps
from chainstep.files.examples import load_example
from chainstep.network.model import HIDDEN, INPUT, OUTPUT
from chainstep.project import Project

from .journey import ALT, CTRL, SHIFT, Driver, Key

OpenWindow = Callable[[Project], Driver]


@pytest.fixture(autouse=True)
def nothing_merges(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows at once would be one undo step; see `test_document`."""
    monkeypatch.setattr(document_module, "MERGE_WITHIN", -1.0)


def ids(driver: Driver) -> list[str]:
    return [unit.id for unit in driver.window.document.project.network.units]


def ends(driver: Driver) -> list[tuple[str, str]]:
    return [c.ends for c in driver.window.document.project.network.connections]


def check_undo(driver: Driver, act: Callable[[], object], words: str) -> None:
    """An act is one undo step of these words; undo and redo give exactly before and after."""
    document = driver.window.document
    before, count = document.project, document.undo_stack.index()
    act()
    after = document.project
    assert after is not before, words
    assert document.undo_stack.index() == count + 1
    assert document.undo_stack.undoText() == words
    driver.parts.view.setFocus()
    driver.key(Key.Key_Z, CTRL)
    assert dumps(document.project) == dumps(before)
    driver.key(Key.Key_Z, CTRL | SHIFT)
    assert dumps(document.project) == dumps(after)


def test_every_act_on_the_canvas_is_one_undo_step(driver: Driver) -> None:
    d = driver
    check_undo(d, lambda: d.double_click(d.at(140, -170)), "Add h3")
    check_undo(d, lambda: d.connect("i1", "h3"), "Connect i1 to h3")
    check_undo(d, lambda: d.drag(d.unit("h3", 5, 5), d.unit("h3", 45, 5)), "Move h3")
    check_undo(d, lambda: d.key(Key.Key_Delete), "Delete 1 unit")
    check_undo(d, lambda: d.key(Key.Key_L, CTRL), "Tidy up")
    d.click(d.unit("h1"))
    check_undo(d, lambda: d.key(Key.Key_D, CTRL), "Duplicate 1 unit")
    d.key(Key.Key_A, CTRL)
    check_undo(d, lambda: d.key(Key.Key_X, CTRL), "Delete 6 units")
    check_undo(d, lambda: d.key(Key.Key_V, CTRL), "Paste 6 units")


def test_every_field_of_a_unit_is_one_undo_step(driver: Driver) -> None:
    d, page = driver, driver.parts.inspector.unit
    d.click(d.unit("h1"))
    check_undo(d, lambda: d.fill(page.bias, "1/3"), "Set bias of h1")
    assert d.window.document.project.network.by_id["h1"].bias == pytest.approx(1 / 3)
    check_undo(d, lambda: d.fill(page.bias, "0,5"), "Set bias of h1")
    assert d.window.document.project.network.by_id["h1"].bias == 0.5
    check_undo(d, lambda: d.click(page.frozen), "Freeze bias of h1")
    check_undo(d, lambda: d.fill(page.name, "left"), "Rename h1 to left")
    assert d.scene.selected_units == {"left"}


def test_a_weight_can_be_typed_for_the_connection_that_was_clicked(driver: Driver) -> None:
    d = driver
    x1, y1 = d.scene.units["i1"].centre
    x2, y2 = d.scene.units["h1"].centre
    d.click(d.at(x1 + 0.4 * (x2 - x1), y1 + 0.4 * (y2 - y1)))
    assert d.scene.selected_connections == {("i1", "h1")}
    check_undo(
        d, lambda: d.fill(d.parts.inspector.connection.weight, "-2"), "Set weight of i1 → h1"
    )
    assert d.window.document.project.network.by_ends["i1", "h1"].weight == -2.0
    check_undo(d, lambda: d.key(Key.Key_Delete), "Delete 1 connection")


def test_what_is_no_number_changes_nothing_and_says_so(driver: Driver) -> None:
    driver.click(driver.unit("h1"))
    before = driver.window.document.project
    field = driver.parts.inspector.unit.bias
    driver.fill(field, "half")
    assert field.invalid
    assert "half" in field.toolTip()
    assert driver.window.document.project is before


def test_the_first_units_are_inputs_then_hidden_then_an_output(open_window: OpenWindow) -> None:
    driver = open_window(Project())
    for x, y in ((-240, -90), (-240, 90), (0, -90), (0, 90), (240, 0), (243, 150), (120, 0)):
        driver.double_click(driver.at(x, y))
    kinds = [unit.kind for unit in driver.window.document.project.network.units]
    assert kinds == [INPUT, INPUT, HIDDEN, HIDDEN, OUTPUT, OUTPUT, HIDDEN]
    assert not driver.parts.area.empty.isVisible()


def test_a_unit_comes_where_the_mouse_is(driver: Driver) -> None:
    driver.double_click(driver.at(153, -171))
    x, y = driver.scene.units["h3"].centre
    assert abs(x - 153) <= 1.5
    assert abs(y + 171) <= 1.5


@pytest.mark.parametrize("kind", ["input", "hidden", "output"])
def test_the_context_menu_adds_a_unit_of_each_kind(driver: Driver, kind: str) -> None:
    article = "a" if kind == "hidden" else "an"
    driver.choose(driver.at(140, -170), f"Add {article} {kind} unit here")
    assert driver.window.document.project.network.units[-1].kind == kind


@pytest.mark.parametrize("kind", ["input", "hidden", "output"])
def test_the_add_tool_adds_units_of_the_kind_chosen(driver: Driver, kind: str) -> None:
    driver.parts.tools.choose_kind(kind)
    driver.click(driver.at(140, -170))
    assert driver.window.document.project.network.units[-1].kind == kind
    driver.key(Key.Key_Escape)
    assert driver.parts.view.tool == "select"


def test_new_inputs_and_outputs_bring_their_column_and_take_it_along(driver: Driver) -> None:
    project = driver.window.document.project
    driver.choose(driver.at(140, -170), "Add an input unit here")
    data = driver.window.document.project.data
    assert [row[2] for row in data.inputs] == [0, 0, 0, 0]
    driver.key(Key.Key_Delete)
    assert driver.window.document.project.data.inputs == project.data.inputs


def test_dropping_a_connection_on_empty_canvas_draws_a_unit_and_the_connection(
    driver: Driver,
) -> None:
    driver.drag(driver.unit("i1", 0, -33), driver.at(140, -170))
    assert ids(driver)[-1] == "h3"
    assert ends(driver)[-1] == ("i1", "h3")
    driver.key(Key.Key_Z, CTRL)
    assert len(ids(driver)) == 5


def test_a_loop_is_refused_with_its_path_and_changes_nothing(driver: Driver) -> None:
    before = driver.window.document.project
    driver.press(driver.towards("o1", "h1"), driver.unit("h1", 6, 6))
    assert driver.scene.speech.text == "That would close a loop: h1 → o1 → h1."
    assert driver.scene.units["h1"].verdict == "no"
    driver.release(driver.unit("h1", 6, 6))
    assert driver.window.document.project is before
    assert driver.window.document.undo_stack.count() == 0


def test_escape_gives_a_gesture_up(driver: Driver) -> None:
    before = driver.window.document.project
    driver.press(driver.unit("h1", 5, 5), driver.unit("h1", 65, 45))
    driver.key(Key.Key_Escape)
    driver.release(driver.unit("h1", 65, 45))
    assert driver.window.document.project is before
    driver.press(driver.towards("i1", "o1"), driver.unit("o1"))
    driver.key(Key.Key_Escape)
    driver.release(driver.unit("o1"))
    assert driver.window.document.project is before


def test_a_rubber_band_selects_what_is_inside(driver: Driver) -> None:
    corner, far = driver.unit("h1", -60, -60), driver.unit("h2", 60, 60)
    driver.drag(corner, far)
    assert driver.scene.selected_units == {"h1", "h2"}
    driver.click(driver.at(140, -170))
    assert driver.scene.selected_units == frozenset()


def test_copies_go_from_window_to_window(driver: Driver, open_window: OpenWindow) -> None:
    driver.key(Key.Key_A, CTRL)
    driver.key(Key.Key_C, CTRL)
    other = open_window(Project())
    other.key(Key.Key_V, CTRL)
    assert ids(other) == ids(driver)
    assert ends(other) == ends(driver)
    other.key(Key.Key_V, CTRL)
    assert len(ids(other)) == 2 * len(ids(driver))
    assert len(set(ids(other))) == len(ids(other))


def test_pasted_units_do_not_lie_on_the_ones_they_are_copies_of(driver: Driver) -> None:
    driver.click(driver.unit("h1"))
    driver.key(Key.Key_C, CTRL)
    driver.key(Key.Key_V, CTRL, times=3)
    places = [item.centre for item in driver.scene.units.values()]
    assert len({(round(x), round(y)) for x, y in places}) == len(places)


@pytest.mark.parametrize(
    "text", ["", "hello", '{"format": "chainstep"', '{"format": "chainstep", "version": 99}']
)
def test_what_is_no_net_is_not_pasted(driver: Driver, text: str) -> None:
    before = driver.window.document.project
    mime = QMimeData()
    mime.setText(text)
    QGuiApplication.clipboard().setMimeData(mime)
    driver.key(Key.Key_V, CTRL)
    assert driver.window.document.project is before


def test_the_net_can_be_drawn_with_keys_alone(driver: Driver) -> None:
    driver.parts.view.setFocus()
    driver.key(Key.Key_Tab)
    driver.key(Key.Key_Return)
    assert driver.scene.selected_units == {"i1"}
    driver.key(Key.Key_Tab, times=4)
    assert driver.scene.focused_unit == "o1"
    driver.key(Key.Key_C)
    assert ends(driver)[-1] == ("i1", "o1")
    driver.key(Key.Key_Z, CTRL)
    driver.key(Key.Key_Escape)
    driver.key(Key.Key_Right)


def test_a_homework_is_drawn_and_typed_with_keys_alone(open_window: OpenWindow) -> None:
    driver = open_window(Project())
    driver.parts.view.setFocus()
    for key in (Key.Key_I, Key.Key_I, Key.Key_H, Key.Key_H, Key.Key_O, Key.Key_O):
        driver.key(key)
    assert len({item.centre for item in driver.scene.units.values()}) == 6
    for sources, sinks in ((("i1", "i2"), ("h1", "h2")), (("h1", "h2"), ("o1", "o2"))):
        driver.key(Key.Key_Escape)
        for source in sources:
            walk_to(driver, source)
            driver.key(Key.Key_Return, SHIFT)
        for sink in sinks:
            walk_to(driver, sink)
            driver.key(Key.Key_C)
    assert len(ends(driver)) == 8
    driver.key(Key.Key_Escape)
    driver.scene.focus_unit(None)
    driver.key(Key.Key_F2)
    for number in ("0.15", "0,20", "0.35", "1/4", "0.3", "0.35"):
        driver.type(number)
        driver.key(Key.Key_Tab)
    driver.key(Key.Key_Escape)
    network = driver.window.document.project.network
    assert [c.weight for c in network.connections[:4]] == [0.15, 0.2, 0.25, 0.3]
    assert [network.by_id[unit].bias for unit in ("h1", "h2")] == [0.35, 0.35]
    assert driver.parts.view.hasFocus()


def walk_to(driver: Driver, unit: str) -> None:
    """Press Tab until a unit has the ring."""
    for _ in range(20):
        if driver.scene.focused_unit == unit:
            return
        driver.parts.view.setFocus()
        driver.key(Key.Key_Tab)
    raise AssertionError(unit)


def test_a_number_is_typed_where_it_stands(driver: Driver) -> None:
    place = driver.scene.number_place(("i1", "h1"))
    driver.double_click(driver.at(place.x(), place.y()))
    field = driver.parts.view.numbers.field
    assert field.hasFocus()
    driver.type("0,5")
    driver.key(Key.Key_Return)
    assert driver.window.document.project.network.by_ends["i1", "h1"].weight == 0.5
    assert not field.isVisible()
    place = driver.scene.number_place("h1")
    driver.double_click(driver.at(place.x(), place.y()))
    driver.type("2")
    driver.click(driver.at(140, -170))
    assert driver.window.document.project.network.by_id["h1"].bias == 2.0


def test_a_text_that_is_no_number_stays_until_escape(driver: Driver) -> None:
    before, numbers = driver.window.document.project, driver.parts.view.numbers
    numbers.begin(("i1", "h1"))
    driver.type("half")
    driver.key(Key.Key_Return)
    assert numbers.field.isVisible()
    assert numbers.field.invalid
    driver.key(Key.Key_Escape)
    assert not numbers.field.isVisible()
    assert driver.window.document.project is before


def test_a_digit_begins_the_weight_of_the_selected_connection(driver: Driver) -> None:
    driver.scene.select((), [("i2", "h1")])
    driver.parts.view.setFocus()
    driver.type("-7")
    driver.key(Key.Key_Return)
    assert driver.window.document.project.network.by_ends["i2", "h1"].weight == -7.0


@pytest.mark.parametrize(("words", "kind"), [("an Input", INPUT), ("an Output", OUTPUT)])
def test_the_context_menu_of_a_unit_changes_its_kind(
    open_window: OpenWindow, words: str, kind: str
) -> None:
    driver = open_window(Project())
    for x, y in ((-240, -90), (-240, 90), (0, 0)):
        driver.double_click(driver.at(x, y))
    driver.choose(driver.unit("h1"), f"Make It {words}")
    assert driver.window.document.project.network.units[2].kind == kind


def test_keys_that_edit_the_canvas_do_not_reach_it_from_a_field(driver: Driver) -> None:
    driver.click(driver.unit("h1"))
    field = driver.parts.inspector.unit.name
    driver.click(field)
    driver.key(Key.Key_A, CTRL)
    assert driver.scene.selected_units == {"h1"}
    driver.key(Key.Key_Delete)
    driver.key(Key.Key_V)
    driver.key(Key.Key_Return)
    assert ids(driver) == ["i1", "i2", "v", "h2", "o1"]
    assert driver.parts.view.tool == "select"


def test_zoom_and_fit_are_not_part_of_the_document(driver: Driver) -> None:
    view = driver.parts.view
    zoom = view.zoom
    driver.key(Key.Key_Plus, CTRL)
    assert view.zoom > zoom
    driver.key(Key.Key_0, CTRL)
    assert view.zoom == pytest.approx(1.0)
    driver.key(Key.Key_1, SHIFT)
    assert view.zoom == pytest.approx(zoom)
    assert driver.window.document.undo_stack.count() == 0


def test_digits_follow_the_keys_everywhere(driver: Driver) -> None:
    driver.step_until(lambda step: step.part == "activate" and step.unit == "h1")
    driver.key(Key.Key_Period, CTRL | SHIFT)
    assert driver.window.document.project.view.digits == 5
    assert all(len(text.split(".")[1]) == 5 for text in driver.discs.values() if "." in text)
    driver.key(Key.Key_Comma, CTRL | SHIFT)
    assert driver.window.document.project.view.digits == 4


def test_units_keep_their_places_when_another_is_drawn(driver: Driver) -> None:
    places = {name: item.centre for name, item in driver.scene.units.items()}
    driver.double_click(driver.at(140, -170))
    assert {name: driver.scene.units[name].centre for name in places} == places


def test_the_canvas_shows_the_whole_net_again_after_a_step_back_in_time(driver: Driver) -> None:
    driver.key(Key.Key_A, CTRL)
    driver.key(Key.Key_Delete)
    assert driver.parts.area.empty.isVisible()
    assert driver.readout == "not yet runnable"
    driver.key(Key.Key_Z, CTRL)
    assert list(driver.scene.units) == ids(driver)
    assert driver.readout.endswith("start")


def test_panning_with_the_middle_button_moves_the_paper(driver: Driver) -> None:
    from PySide6.QtTest import QTest

    start = driver.at(140, -170)
    before = driver.unit("h1")
    middle = Qt.MouseButton.MiddleButton
    QTest.mousePress(driver.handle, middle, Qt.KeyboardModifier.NoModifier, start)
    for n in range(1, 5):
        QTest.mouseMove(driver.handle, start + QPoint(10 * n, 5 * n))
    end = start + QPoint(40, 20)
    QTest.mouseRelease(driver.handle, middle, Qt.KeyboardModifier.NoModifier, end)
    assert driver.unit("h1") != before
    assert driver.window.document.undo_stack.count() == 0


def test_stepping_shortcuts_work_from_every_field(driver: Driver) -> None:
    driver.click(driver.unit("h1"))
    driver.click(driver.parts.inspector.unit.bias)
    driver.key(Key.Key_F11)
    assert "forward · i1" in driver.readout
    driver.key(Key.Key_Left, ALT)
    assert driver.readout.endswith("start")


def test_the_data_can_lose_its_last_row_by_keys(driver: Driver) -> None:
    view = driver.parts.data_table.view
    cell = view.visualRect(view.model().index(3, 1)).center()
    driver.click(driver.place(view.viewport(), cell))
    driver.key(Key.Key_Delete)
    data = driver.window.document.project.data
    assert (data.inputs, data.targets) == (((0, 0), (0, 1), (1, 0)), ((0,), (1,), (1,)))


def test_typing_begins_at_a_unit_whose_name_is_one_letter(open_window: OpenWindow) -> None:
    project = load_example("xor").change_unit("h1", id="h")
    driver = open_window(project)
    driver.scene.select(["h"])
    driver.key(Key.Key_F2)
    assert driver.scene.selected_connections == {("i1", "h")}
