"""The data table, driven by real keys; a small bench plays the window."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from chainstep.app.look import theme
from chainstep.app.moment import Moment
from chainstep.app.panels.data import model as data_model
from chainstep.app.panels.data.table import DataTable
from chainstep.engine.predict import predict
from chainstep.errors import ChainstepError, NotRunnable
from chainstep.files.examples import load_example
from chainstep.network.model import Network, Unit
from chainstep.project import Data, Project
from chainstep.stepping.run import Run
from tests.nets import draw
from tests.work import Work

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
XOR_INPUTS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
XOR_TARGETS = ((0.0,), (1.0,), (1.0,), (0.0,))


class Bench:
    """A table, and a window that does what it asks for."""

    def __init__(self, project: Project) -> None:
        self.table = DataTable()
        self.view, self.model = self.table.view, self.table.model
        self.project = project
        self.run: Run | None = None
        self.undo_texts: list[str] = []
        self.sentences: list[str] = []
        self.activated: list[int] = []
        self.table.edited.connect(self.apply)
        self.table.failed.connect(self.sentences.append)
        self.table.row_activated.connect(self.activated.append)
        self.table.resize(520, 240)
        self.show()

    def apply(self, text: str, edit: Callable[[Project], Project]) -> None:
        self.undo_texts.append(text)
        try:
            self.project = edit(self.project)
        except ChainstepError as refused:
            self.sentences.append(str(refused))
        self.show()

    def show(self, training: bool = False) -> None:
        try:
            self.run = Run(self.project)
        except NotRunnable as refusal:
            self.run = None
            self.table.show_moment(Moment(self.project, refusal=str(refusal)))
            return
        self.table.show_moment(Moment(self.project, self.run, training=training))

    def click(self, row: int, column: int, double: bool = False) -> None:
        index = self.model.index(row, column)
        self.view.scrollTo(index)
        place = self.view.visualRect(index).center()
        QTest.mouseClick(self.view.viewport(), LEFT, pos=place)
        if double:
            QTest.mouseDClick(self.view.viewport(), LEFT, pos=place)

    def keys(self, text: str) -> None:
        """Type; "|" is Tab and "/" … is itself."""
        for key in text:
            if key == "|":
                QTest.keyClick(focused(), Qt.Key.Key_Tab)
            else:
                QTest.keyClick(focused(), key)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
        QTest.keyClick(focused(), key, modifiers or Qt.KeyboardModifier.NoModifier)
        QApplication.processEvents()  # Qt commits an editor one turn after Enter

    def text(self, row: int, column: int) -> str:
        return str(self.model.index(row, column).data())

    @property
    def data(self) -> Data:
        return self.project.data


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


@pytest.fixture
def bench(qtbot: QtBot) -> Callable[[Project], Bench]:
    def make(project: Project) -> Bench:
        bench = Bench(project)
        qtbot.addWidget(bench.table)
        with qtbot.waitActive(bench.table):
            bench.table.setVisible(True)
            bench.table.activateWindow()
        bench.view.setFocus()
        return bench

    return make


def small(data: Data | None = None) -> Project:
    return Project(network=draw("i1 i2 > h1 h2 > o1"), data=data or Data())


def xor() -> Project:
    return small(Data(inputs=XOR_INPUTS, targets=XOR_TARGETS))


Make = Callable[[Project], Bench]


def test_the_xor_table_is_typed_with_digits_and_tabs_alone(bench: Make) -> None:
    window = bench(small())
    window.click(0, 1)
    window.keys("0|0|0|0|1|1|1|0|1|1|1|0|")
    assert window.data.inputs == XOR_INPUTS
    assert window.data.targets == XOR_TARGETS
    assert window.table.count.text() == "4 examples"
    assert window.undo_texts[0] == "Add a row"
    assert window.sentences == []


def test_tab_after_the_last_column_begins_a_new_row(bench: Make) -> None:
    window = bench(xor())
    window.click(3, 3)
    window.keys("0|")
    here = window.view.currentIndex()
    assert (here.row(), here.column()) == (4, 1)
    window.keys("5|")
    assert window.data.inputs[4] == (5.0, 0.0)
    assert window.model.rowCount() == 6


def test_tab_passes_over_the_outputs_and_shift_tab_goes_back(bench: Make) -> None:
    window = bench(load_example("mazur_2_2_2"))
    assert [c.kind for c in window.model.columns] == [
        *("number", "input", "input", "target", "output", "target", "output")
    ]
    window.click(0, 3)
    window.keys("|")
    assert window.view.currentIndex().column() == 5
    window.key(Qt.Key.Key_Backtab, SHIFT)
    assert window.view.currentIndex().column() == 3


@pytest.mark.parametrize(("typed", "value"), [("1/3", 1 / 3), ("0,5", 0.5), ("-2", -2.0)])
def test_a_number_is_typed_as_people_write_it(bench: Make, typed: str, value: float) -> None:
    window = bench(xor())
    window.click(1, 2)
    window.keys(typed)
    window.key(Qt.Key.Key_Return)
    assert window.data.inputs[1] == (0.0, value)
    assert window.undo_texts == ["Set i2 of row 2"]
    assert window.view.currentIndex().row() == 2, "Enter goes down"


def test_what_is_no_number_is_refused_with_a_sentence_and_changes_nothing(bench: Make) -> None:
    window = bench(xor())
    window.click(1, 3)
    window.keys("abc|")
    assert window.sentences == ["“abc” is not a number; write one such as 0.5, 1/3 or 1e-3."]
    assert window.data == xor().data
    assert window.undo_texts == []


def test_leaving_a_cell_as_it_was_is_no_edit(bench: Make) -> None:
    window = bench(small(Data(inputs=((1 / 3, 0.1),), targets=((0.25,),))))
    window.click(0, 1, double=True)
    window.keys("|||")
    assert window.undo_texts == []


def test_delete_removes_the_chosen_rows(bench: Make) -> None:
    window = bench(xor())
    window.click(1, 1)
    window.key(Qt.Key.Key_Down, SHIFT)
    window.key(Qt.Key.Key_Delete)
    assert window.data.inputs == (XOR_INPUTS[0], XOR_INPUTS[3])
    assert window.undo_texts == ["Remove 2 rows"]


def test_choosing_all_of_a_large_table_looks_at_the_cells_in_sight_only(bench: Make) -> None:
    many = tuple((float(n), 1.0) for n in range(20_000))
    window = bench(small(Data(inputs=many, targets=tuple((0.0,) for _ in many))))
    window.table.grab()
    with Work() as work:
        QTest.keyClick(window.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        window.table.grab()
    (chosen,) = window.view.chosen()
    assert chosen.height() == 20_001
    assert work.calls < 20_000


def test_delete_on_the_empty_row_removes_nothing(bench: Make) -> None:
    window = bench(xor())
    window.click(4, 1)
    window.key(Qt.Key.Key_Delete)
    assert window.undo_texts == []


def test_what_is_copied_can_be_pasted_back(bench: Make) -> None:
    window = bench(small(Data(inputs=((1 / 3, -2.0), (3.0, 4.0)), targets=((1.0,), (0.0,)))))
    window.key(Qt.Key.Key_A, CTRL)
    window.key(Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "0.3333333333333333\t-2\t1\n3\t4\t0"
    window.click(2, 1)
    window.key(Qt.Key.Key_V, CTRL)
    assert window.data.inputs[2:] == window.data.inputs[:2]
    assert window.data.targets[2:] == window.data.targets[:2]
    assert window.undo_texts == ["Paste 2 rows"]


@pytest.mark.parametrize(
    "text", ["0,5\t1\t0\r\n1\t0,25\t1\r\n", "0.5,1,0\n1,0.25,1", "0,5;1;0\n1;0,25;1"]
)
def test_a_block_from_a_spreadsheet_is_pasted_and_the_table_grows(bench: Make, text: str) -> None:
    window = bench(small())
    QGuiApplication.clipboard().setText(text)
    window.click(0, 1)
    window.key(Qt.Key.Key_V, CTRL)
    assert window.data.inputs == ((0.5, 1.0), (1.0, 0.25))
    assert window.data.targets == ((0.0,), (1.0,))


def test_a_single_number_is_pasted_as_if_typed(bench: Make) -> None:
    window = bench(xor())
    QGuiApplication.clipboard().setText("0,5")
    window.click(0, 2)
    window.key(Qt.Key.Key_V, CTRL)
    assert window.data.inputs[0] == (0.0, 0.5)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1\t2\n3\tx", "line 2, column 2: 'x' is not a number"),
        ("1\t2\t3\t4\n1\t2\t3\t4", "has 4 columns, but from here there is room for 3"),
        ("hello", "“hello” is not a number"),
        ("", "There is nothing to paste"),
    ],
)
def test_a_bad_block_gives_its_sentence_and_changes_nothing(
    bench: Make, text: str, sentence: str
) -> None:
    window = bench(xor())
    QGuiApplication.clipboard().setText(text)
    window.click(0, 1)
    window.key(Qt.Key.Key_V, CTRL)
    assert len(window.sentences) == 1
    assert sentence in window.sentences[0]
    assert window.data == xor().data


def test_the_outputs_stand_beside_their_targets_at_the_weights_reached(bench: Make) -> None:
    project = load_example("xor")
    window = bench(project)
    assert window.run is not None
    window.run.train(50)
    window.table.show_moment(Moment(project, window.run))
    expected = predict(window.run.project, project.data.inputs)[:, 0]
    assert [float(window.text(row, 4)) for row in range(4)] == pytest.approx(expected, abs=5e-5)
    assert not window.model.flags(window.model.index(0, 4)) & Qt.ItemFlag.ItemIsEditable


def test_only_the_rows_in_sight_are_computed(
    bench: Make, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    seen: list[int] = []
    compute = data_model._outputs

    def counting(moment: Moment, rows: tuple[tuple[float, ...], ...]) -> list[list[float]]:
        seen.append(len(rows))
        return compute(moment, rows)

    monkeypatch.setattr(data_model, "_outputs", counting)
    many = tuple((float(n), 1.0) for n in range(20_000))
    window = bench(small(Data(inputs=many, targets=tuple((0.0,) for _ in many))))
    window.table.grab()
    window.view.scrollToBottom()
    window.table.grab()
    assert 0 < sum(seen) <= 4 * data_model.BLOCK


def test_the_current_example_has_an_amber_ground_and_training_has_none(bench: Make) -> None:
    window = bench(xor())
    amber = theme.current().current_ground
    role = Qt.ItemDataRole.BackgroundRole
    assert window.run is not None
    window.run.step("example")
    window.run.step("term")
    window.table.show_moment(Moment(window.project, window.run))
    assert [window.model.index(n, 1).data(role) == amber for n in range(4)].index(True) == 1
    window.table.show_moment(Moment(window.project, window.run, training=True))
    assert window.model.index(1, 1).data(role) is None


def test_a_double_click_on_its_number_makes_a_row_the_current_example(bench: Make) -> None:
    window = bench(xor())
    window.click(2, 0, double=True)
    window.key(Qt.Key.Key_Up)
    window.key(Qt.Key.Key_Return)
    window.click(4, 0, double=True)
    assert window.activated == [2, 1]


def test_the_truth_table_menu_fits_the_net(bench: Make) -> None:
    window = bench(small())
    window.table.truth_menu.aboutToShow.emit()
    actions = {a.text(): a for a in window.table.truth_menu.actions() if a.text()}
    assert list(actions)[:3] == ["All 4 combinations, targets 0", "AND", "OR"]
    actions["XOR"].trigger()
    assert (window.data.inputs, window.data.targets) == (XOR_INPUTS, XOR_TARGETS)
    actions["All 4 combinations, targets 0"].trigger()
    assert window.data.targets == ((0.0,),) * 4


def test_more_than_six_inputs_have_no_truth_table(bench: Make) -> None:
    assert bench(small()).table.truth_button.isVisible()
    window = bench(Project(network=draw("a b c d e f g > y")))
    assert not window.table.truth_button.isVisible()


def test_rows_that_do_not_fit_the_net_are_shown_with_a_note(bench: Make) -> None:
    window = bench(small(Data(inputs=((1.0, 2.0, 3.0),), targets=((4.0,),))))
    assert [window.text(0, column) for column in range(6)] == ["1", "1", "2", "3", "4", ""]
    assert window.table.note.text() == "The rows have 3 inputs, the net 2."
    window = bench(small(Data(inputs=((1.0, 2.0, 3.0),), targets=((4.0, 5.0),))))
    assert (
        window.table.note.text() == "The rows have 3 inputs and 2 targets, the net 2 and 1 output."
    )


def test_without_inputs_and_outputs_there_is_a_sentence(bench: Make) -> None:
    window = bench(Project(network=Network()))
    assert window.table.count.text() == "no examples yet"
    assert window.model.rowCount() == 0


def test_rows_held_back_are_marked_and_counted(bench: Make) -> None:
    window = bench(load_example("iris"))
    assert window.table.count.text() == "150 examples · 50 held back"
    assert window.model.is_held_back(1)
    tip = window.model.index(1, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "Held back" in tip


def test_an_editor_keeps_what_is_being_typed_while_the_net_trains(bench: Make) -> None:
    window = bench(xor())
    window.click(0, 1)
    window.keys("12")
    assert window.run is not None
    for _ in range(3):
        window.run.train_batch()
        window.table.show_moment(Moment(window.project, window.run, training=True))
    window.keys("3|")
    assert window.data.inputs[0][0] == 123.0


def test_a_table_that_is_hidden_does_nothing_and_catches_up(bench: Make) -> None:
    window = bench(xor())
    window.table.setVisible(False)
    window.project = small()
    window.show()
    assert window.model.rows == 4
    window.table.setVisible(True)
    assert window.model.rows == 0


def test_names_are_never_read_as_rich_text(bench: Make) -> None:
    window = bench(Project(network=Network(units=(Unit(id="<b>x</b>", kind="input"),))))
    tip = window.model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;x" in tip
    assert window.model.headerData(1, Qt.Orientation.Horizontal) == "<b>x</b>"


def test_tab_leaves_an_empty_table_at_its_end(bench: Make, qtbot: QtBot) -> None:
    window = bench(small())
    window.click(0, 3)
    window.keys("|")
    assert QApplication.focusWidget() is not window.view


def test_a_click_beside_the_cells_is_harmless(bench: Make) -> None:
    window = bench(xor())
    QTest.mouseDClick(window.view.viewport(), LEFT, pos=QPoint(5, window.view.height() - 40))
    assert window.undo_texts == []
