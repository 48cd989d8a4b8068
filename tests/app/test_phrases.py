"""A formula in words wraps between its words; any formula can be taken along as a picture."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.formulas.mathbox import Glyphs
from chainstep.app.formulas.mathlayout import Layout, lay_out
from chainstep.stepping.formula.builder import partial, row
from chainstep.stepping.formula.nodes import Phrase

WORDS = Phrase("how the error changes with the input of h1")
FORMULA = row(WORDS, "=", Phrase("the sum of all of them, over every k"), Phrase("of it"))


def written(layout: Layout) -> str:
    return " ".join(mark.ink.text for mark in layout.marks if isinstance(mark.ink, Glyphs))


@pytest.mark.parametrize("width", [60, 120, 240, 480, None])
def test_no_word_is_lost_or_cut_at_any_width(qapp: QApplication, width: int | None) -> None:
    layout = lay_out(FORMULA, 16, width)
    assert written(layout) == (
        "how the error changes with the input of h1 = the sum of all of them, over every k of it"
    )


def test_a_line_of_words_is_no_wider_than_there_is_room(qapp: QApplication) -> None:
    whole = lay_out(FORMULA, 16)
    wrapped = lay_out(FORMULA, 16, 200)
    assert whole.width > 400
    assert wrapped.width <= 200
    assert wrapped.height > 2 * whole.height


def test_a_formula_is_copied_as_a_picture(qtbot: QtBot) -> None:
    widget = FormulaWidget(18)
    qtbot.addWidget(widget)
    widget.copy_picture()
    widget.set_formula(row("a", "=", "2"))
    texts = [action.text() for action in widget.context_menu().actions()]
    assert texts == ["Copy as text", "Copy as LaTeX", "Copy as picture"]
    widget.copy_picture()
    picture = QApplication.clipboard().image()
    assert picture.width() > 100
    colours = {
        picture.pixelColor(x, picture.height() // 2).lightness() for x in range(picture.width())
    }
    assert min(colours) < 100 < 250 < max(colours)


def test_a_formula_is_copied_as_text_and_as_latex(qtbot: QtBot) -> None:
    widget = FormulaWidget(18)
    qtbot.addWidget(widget)
    widget.set_formula(row(partial("E", "a"), "=", "2"))
    by_name = {action.text(): action for action in widget.context_menu().actions()}
    by_name["Copy as text"].trigger()
    assert QApplication.clipboard().text() == "∂E/∂a = 2"
    by_name["Copy as LaTeX"].trigger()
    assert QApplication.clipboard().text() == r"\frac{\partial E}{\partial a} = 2"
