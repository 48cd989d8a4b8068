"""Examples on their way into a window: the import dialog, the clipboard, files that are dropped."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from chainstep import resources
from chainstep.app.dialogs.data_generate import DataGenerate
from chainstep.app.dialogs.data_import import DataImport
from chainstep.app.panels.fields import NumberField
from chainstep.app.window import MainWindow
from chainstep.errors import ChainstepError
from chainstep.files.examples import load_example
from chainstep.project import Data, Project

IRIS = resources.path("examples", "data", "iris.csv")
SMALL = "x;y;t\n0,5;1;0\n1,5;2;1\n2,5;;0\n"


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    window = MainWindow(load_example("xor"))
    qtbot.addWidget(window, before_close_func=forgive)
    window.show()
    qtbot.waitUntil(lambda: window.parts.loss_plot.canvas is not None)
    return window


def forgive(window: MainWindow) -> None:
    window.document.undo_stack.setClean()
    window.debugger.restart()
    window.filing.may_close = lambda _modified: True  # type: ignore[method-assign]


def dialog_on(qtbot: QtBot, content: bytes | str, project: Project | None = None) -> DataImport:
    dialog = DataImport(project or load_example("xor"), content, "table.csv")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def imported(qtbot: QtBot, dialog: DataImport) -> tuple[str, Callable[[Project], Project]]:
    with qtbot.waitSignal(dialog.edited) as found:
        QTest.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    text, edit = found.args
    return text, edit


def test_the_guesses_are_shown_and_the_net_follows_where_it_has_to(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, IRIS.read_bytes())
    assert dialog.delimiter.value == ","
    assert dialog.decimal.value == "."
    assert dialog.encoding.value == "utf-8"
    assert dialog.header.isChecked()
    assert dialog.columns.roles == ("input",) * 4 + ("class",)
    assert dialog.net.value == "follow"
    assert "4 inputs and 3 outputs" in dialog.message.text()
    assert "150 rows" in dialog.about.text()


def test_iris_is_imported_as_one_edit_split_and_standardised(qtbot: QtBot) -> None:
    text, edit = imported(qtbot, dialog_on(qtbot, IRIS.read_bytes()))
    after = edit(load_example("xor"))
    assert text == "Import table.csv"
    assert [unit.id for unit in after.network.outputs] == ["setosa", "versicolor", "virginica"]
    assert len(after.data.inputs) == 150
    assert len(after.data.validation) == 30
    assert set(after.data.scaling) == {unit.id for unit in after.network.inputs}


def test_another_delimiter_makes_other_columns(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, SMALL)
    assert dialog.decimal.value == ","
    assert dialog.columns.rowCount() == 3
    dialog.delimiter.set_value(",")
    dialog.delimiter.chosen.emit(",")
    assert dialog.columns.rowCount() != 3


def test_without_a_header_the_first_row_is_an_example(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, "1,2,0\n3,4,1\n5,6,0\n")
    assert not dialog.header.isChecked()
    assert dialog.columns.item(0, 0).text() == "column 1"
    dialog.header.click()
    assert dialog.columns.item(0, 0).text() == "1"


def test_a_bad_cell_is_named_in_the_dialog_which_stays_open(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, SMALL)
    edits: list[str] = []
    dialog.edited.connect(lambda text, _edit: edits.append(text))
    QTest.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "line 4" in dialog.message.text())
    assert "column 'y' is empty" in dialog.message.text()
    assert dialog.isVisible()
    assert not edits
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)  # it tries again, and does not cancel
    qtbot.waitUntil(lambda: dialog._reading is None)
    assert dialog.isVisible()
    assert dialog.import_button.isDefault()
    dialog.blanks.set_value("drop")
    _, edit = imported(qtbot, dialog)
    assert len(edit(load_example("xor")).data.inputs) == 2


def test_columns_that_do_not_fit_are_refused_while_the_net_stays(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, IRIS.read_bytes())
    dialog.net.set_value("keep")
    dialog.net.chosen.emit("keep")
    assert dialog.message.property("role") == "danger"
    assert "the net has 2 and 1" in dialog.message.text()


def test_only_one_column_can_be_the_class(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, IRIS.read_bytes())
    first = dialog.columns.choice(0)
    first.set_value("class")
    first.chosen.emit("class")
    assert dialog.columns.roles == ("class", "input", "input", "input", "ignore")


def test_going_through_the_roles_with_the_keys_spoils_no_other_column(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, IRIS.read_bytes())
    first = dialog.columns.choice(0)
    for role in ("target", "class"):
        QTest.keyClick(first, Qt.Key.Key_Down)
        assert dialog.columns.roles == (role, "input", "input", "input", "ignore")
    QTest.keyClick(first, Qt.Key.Key_Down)
    assert dialog.columns.roles == ("ignore", "input", "input", "input", "class")


def test_a_long_reading_can_be_stopped(qtbot: QtBot) -> None:
    text = "a,b,t\n" + "0.5,0.25,1\n" * 300_000
    dialog = dialog_on(qtbot, text)
    edits: list[str] = []
    dialog.edited.connect(lambda words, _edit: edits.append(words))
    QTest.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    assert dialog.progress.isVisible()
    dialog.reject()
    assert "Stopped" in dialog.message.text()
    assert dialog.isVisible()
    QTest.qWait(50)
    assert not edits
    dialog.reject()
    assert not dialog.isVisible()


def test_closing_the_dialog_leaves_no_thread_behind(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, "a,b,t\n" + "0.5,0.25,1\n" * 300_000)
    dialog.accept()
    reading = dialog._reading
    assert reading is not None
    dialog.close()
    dialog.close()
    assert dialog._reading is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04zip", b"\x00\x01\x02", "", '"open\n1,2'])
def test_what_is_no_table_is_one_sentence_and_no_dialog(content: bytes | str) -> None:
    with pytest.raises(ChainstepError) as caught:
        DataImport(load_example("xor"), content, "table.csv")
    assert "\n" not in str(caught.value)


def test_importing_is_one_undo_step_of_the_window(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = window.document.project
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(IRIS), ""))
    window.actions_by_name["import_data"].trigger()
    (dialog,) = window.findChildren(DataImport)
    with qtbot.waitSignal(window.document.changed):
        dialog.accept()
    assert len(window.document.project.data.inputs) == 150
    assert window.document.undo_stack.count() == 1
    window.document.undo_stack.undo()
    assert window.document.project is before


def test_a_table_on_the_clipboard_is_asked_about(qtbot: QtBot, window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("a\tb\tt\n1\t2\t0\n3\t4\t1\n")
    window.actions_by_name["import_clipboard"].trigger()
    (dialog,) = window.findChildren(DataImport)
    assert dialog.delimiter.value == "\t"
    assert not dialog.encoding.isEnabled()
    dialog.reject()


def test_an_empty_clipboard_and_a_missing_file_are_told(window: MainWindow, tmp_path: Path) -> None:
    QGuiApplication.clipboard().clear()
    window.data_in.import_clipboard()
    window.data_in.import_path(tmp_path / "none.csv")
    assert not window.findChildren(DataImport)


def generator_on(qtbot: QtBot, project: Project) -> DataGenerate:
    dialog = DataGenerate(project)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def choose(dialog: DataGenerate, kind: str) -> None:
    dialog.kind.set_value(kind)
    dialog.kind.chosen.emit(kind)


def test_what_is_generated_is_previewed_and_made_as_one_edit(qtbot: QtBot) -> None:
    dialog = generator_on(qtbot, load_example("xor"))
    assert dialog.kind.value == "moons"
    assert not dialog.grab().isNull()
    with qtbot.waitSignal(dialog.edited) as found:
        QTest.mouseClick(dialog.make_button, Qt.MouseButton.LeftButton)
    text, edit = found.args
    after = edit(load_example("xor"))
    assert text == "Make two moons"
    assert len(after.data.inputs) == 200
    assert len(after.data.validation) == 66


def test_another_kind_is_made_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = generator_on(qtbot, load_example("xor"))
    made: list[str | None] = []
    make = DataGenerate.make

    def counting(self: DataGenerate) -> Data:
        made.append(self.kind.value)
        return make(self)

    monkeypatch.setattr(DataGenerate, "make", counting)
    choose(dialog, "blobs")
    assert made == ["blobs"]
    dialog.follow.click()
    assert made == ["blobs"]
    assert not dialog.make_button.isEnabled()


def test_heaps_of_three_classes_bring_three_outputs(qtbot: QtBot) -> None:
    dialog = generator_on(qtbot, load_example("xor"))
    choose(dialog, "blobs")
    assert dialog.follow.isChecked()
    with qtbot.waitSignal(dialog.edited) as found:
        dialog.accept()
    after = found.args[1](load_example("xor"))
    assert [unit.id for unit in after.network.outputs] == ["class 1", "class 2", "class 3"]
    assert after.loss.name == "cross_entropy"


def test_what_does_not_fit_is_said_and_cannot_be_made(qtbot: QtBot) -> None:
    dialog = generator_on(qtbot, load_example("xor"))
    choose(dialog, "sine")
    dialog.follow.click()
    assert not dialog.make_button.isEnabled()
    assert "the net 2" in dialog.message.text()


@pytest.mark.parametrize("kind", ["and", "xnor", "moons", "circles", "spiral", "blobs", "sine"])
def test_everything_offered_is_made_and_trains(qtbot: QtBot, kind: str) -> None:
    from chainstep.stepping.run import Run

    dialog = generator_on(qtbot, Project())
    choose(dialog, kind)
    with qtbot.waitSignal(dialog.edited) as found:
        dialog.accept()
    run = Run(found.args[1](Project()))
    run.train(3)
    assert run.losses[-1] < run.losses[0]


def test_the_same_seed_makes_the_same_points(qtbot: QtBot) -> None:
    one, two = (generator_on(qtbot, load_example("xor")) for _ in range(2))
    assert one.data == two.data
    two.seed.set_value(9)
    assert two.make() != one.data


def test_a_letter_that_cannot_be_read_so_is_said_and_the_table_stays(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, "größe,t\n0.5,0\n1.5,1\n".encode("latin-1"))
    dialog.encoding.set_value("utf-8")
    dialog.encoding.chosen.emit("utf-8")
    assert "UTF-8: choose another" in dialog.message.text()
    assert dialog.encoding.value == "cp1252"
    assert dialog.columns.item(0, 0).text() == "größe"


def test_only_the_menus_that_are_seen_are_made_and_a_choice_reaches_the_others(
    qtbot: QtBot,
) -> None:
    names = ",".join(f"c{n}" for n in range(500))
    numbers = ",".join("1.5" for _ in range(500))
    dialog = dialog_on(qtbot, f"{names}\n{numbers}\n{numbers}\n")
    made = [n for n in range(500) if dialog.columns.cellWidget(n, 1)]
    assert made
    assert len(made) < 50
    first = dialog.columns.choice(0)
    first.set_value("class")
    first.chosen.emit("class")
    assert dialog.columns.roles[0] == "class"
    assert dialog.columns.roles[-1] == "ignore"
    dialog.columns.scrollToBottom()
    last = dialog.columns.cellWidget(499, 1)
    assert last is dialog.columns.choice(499)
    assert last.value == "ignore"


def test_what_became_of_missing_cells_is_told(qtbot: QtBot) -> None:
    said = {"drop": "1 row with missing cells was left out.",
            "mean": "1 missing cell took the mean of its column."}  # fmt: skip
    for blanks, words in said.items():
        dialog = dialog_on(qtbot, SMALL)
        dialog.blanks.set_value(blanks)
        told: list[str] = []
        dialog.told.connect(told.append)
        imported(qtbot, dialog)
        assert told == [words]


def test_one_of_a_kind_is_not_called_several(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, "a\n1\n")
    assert dialog.about.text() == "about 1 row, 1 column"
    assert "1 input and 0 outputs" in dialog.message.text()


def test_what_cannot_be_held_back_is_refused_and_nothing_is_read(qtbot: QtBot) -> None:
    dialog = dialog_on(qtbot, IRIS.read_bytes())
    type_over(dialog.share, "250")
    QTest.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    assert dialog.message.text() == "“250”: Write a number of at most 90."
    assert dialog._reading is None
    type_over(dialog.share, "90")
    _, edit = imported(qtbot, dialog)
    assert len(edit(load_example("xor")).data.validation) == 135


def test_more_heaps_than_there_are_colours_are_refused_and_not_cut(qtbot: QtBot) -> None:
    dialog = generator_on(qtbot, load_example("xor"))
    choose(dialog, "blobs")
    made: list[str] = []
    dialog.edited.connect(lambda text, _edit: made.append(text))
    type_over(dialog.classes, "25")
    QTest.mouseClick(dialog.make_button, Qt.MouseButton.LeftButton)
    assert dialog.message.text() == "“25”: Write a number of at most 10."
    assert not made


def test_a_net_that_followed_is_shown_whole(window: MainWindow) -> None:
    view = window.parts.view
    view.zoom_by(1.5)
    window.data_in.generate()
    (dialog,) = window.findChildren(DataGenerate)
    choose(dialog, "blobs")
    type_over(dialog.classes, "10")
    dialog.accept()
    assert view.fitted
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert all(seen.contains(*item.centre) for item in window.scene.units.values())


def type_over(field: NumberField, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    field.finish()
