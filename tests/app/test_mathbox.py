"""Formulas on the screen: where their parts are, what is lit, what is hit."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFontInfo, QGuiApplication, QImage, QPainter
from pytestqt.qtbot import QtBot

from chainstep.app.formulas import mathfont
from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.formulas.mathbox import Bar, Box, Glyphs
from chainstep.app.formulas.mathfont import Face, extent, figures
from chainstep.app.formulas.mathlayout import Layout, Mark, lay_out
from chainstep.app.look.fonts import load_fonts, math_font, ui_font
from chainstep.stepping.formula.builder import (
    factor,
    frac,
    num,
    of_unit,
    paren,
    partial,
    product,
    row,
    sub,
    sum_over,
    sup,
)
from chainstep.stepping.formula.nodes import Node, Row, Space, SubSup, Sym
from chainstep.stepping.formula.text import plain, speech

PX = 20
BLACK, AMBER, BLUE = QColor("#000000"), QColor("#FFB000"), QColor("#0000FF")


def marks(layout: Layout, text: str) -> list[Mark]:
    return [m for m in layout.marks if isinstance(m.ink, Glyphs) and m.ink.text == text]


def mark(layout: Layout, text: str) -> Mark:
    (found,) = marks(layout, text)
    return found


def bar(layout: Layout) -> Mark:
    (found,) = [m for m in layout.marks if isinstance(m.ink, Bar)]
    return found


def terms(count: int) -> Row:
    parts: list[Node | str] = ["δ", "=", num(0.2413), "·"]
    shares = []
    for i in range(count):
        value = product(factor(0.1385 * (-1) ** i), num(i + 0.5), sign="×", tag=f"term:o{i}")
        shares += [*(["+"] if i else []), value]
    return row(*parts, paren(*shares))


def painted(layout: Layout, highlight: dict[str, tuple[QColor | None, QColor | None]]) -> QImage:
    image = QImage(800, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    layout.paint(painter, QPointF(10, 10), BLACK, highlight)
    painter.end()
    return image


def colours(image: QImage) -> set[str]:
    return {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }


def test_the_bundled_families_are_loaded(qapp: QGuiApplication) -> None:
    assert {"Inter", "STIXGeneral", "STIXSizeOneSym"} <= set(load_fonts())
    assert QFontInfo(math_font(18)).family() == "STIXGeneral"
    assert QFontInfo(ui_font(13)).family() == "Inter"


def test_figures_of_the_interface_are_all_one_width(qapp: QGuiApplication) -> None:
    widths = {extent_of(digit) for digit in "0123456789"}
    assert len(widths) == 1


def extent_of(digit: str) -> float:
    from PySide6.QtGui import QFontMetricsF

    return QFontMetricsF(ui_font(13)).horizontalAdvance(digit)


@pytest.mark.parametrize("text", ["0.0134", "−0.0381", "+12.5000", "1117.4"])
def test_a_numbers_measures_are_those_of_its_figures(qapp: QGuiApplication, text: str) -> None:
    assert figures(Face.UPRIGHT, text) == pytest.approx(extent(Face.UPRIGHT, text), abs=2e-3)


def test_the_numerator_is_above_the_bar_and_the_denominator_below(qapp: QGuiApplication) -> None:
    layout = lay_out(frac("1", "2"), PX)
    top, middle, bottom = mark(layout, "1"), bar(layout), mark(layout, "2")
    size = extent(Face.UPRIGHT, "2")
    assert top.y < middle.y < bottom.y - size.ascent * PX
    assert middle.y - top.y > 2
    assert top.x == pytest.approx(bottom.x)


def test_a_fractions_bar_is_level_with_the_plus_beside_it(qapp: QGuiApplication) -> None:
    layout = lay_out(row(frac("a", "b"), "+", "c"), PX)
    size = extent(Face.UPRIGHT, "+")
    plus = mark(layout, "+").y - (size.ascent - size.descent) / 2 * PX
    assert bar(layout).y == pytest.approx(plus, abs=0.1)


def test_a_sum_sign_is_centred_on_the_bar_beside_it(qapp: QGuiApplication) -> None:
    layout = lay_out(sum_over("k", frac("a", "b")), PX)
    size = extent(Face.TALL, "∑")
    middle = mark(layout, "∑").y - (size.ascent - size.descent) / 2 * PX
    assert size.descent < 0
    assert bar(layout).y == pytest.approx(middle, abs=0.1)


def test_limits_are_over_and_under_the_sum_in_display(qapp: QGuiApplication) -> None:
    layout = lay_out(sum_over(row("i", "=", "1"), "x", over="n"), PX)
    sign, under, over = mark(layout, "∑"), mark(layout, "1"), mark(layout, "𝑛")
    size = extent(Face.TALL, "∑")
    assert over.y < sign.y - size.ascent * PX
    assert under.y > sign.y + size.descent * PX
    assert under.x < sign.x + size.advance * PX


def test_limits_are_beside_the_sum_in_running_text(qapp: QGuiApplication) -> None:
    layout = lay_out(sum_over("i", "x"), PX, None, display=False)
    sign, index = mark(layout, "∑"), mark(layout, "𝑖")
    assert index.x > sign.x + extent(Face.UPRIGHT, "∑").right * PX
    assert layout.height < lay_out(sum_over("i", "x"), PX).height


def test_scripts_are_smaller_and_stand_apart(qapp: QGuiApplication) -> None:
    layout = lay_out(SubSup(Sym("w"), Sym("i"), Sym("n")), PX)
    base, low, high = mark(layout, "𝑤"), mark(layout, "𝑖"), mark(layout, "𝑛")
    assert isinstance(low.ink, Glyphs)
    assert low.ink.px < PX
    assert high.y < base.y < low.y
    size, em = extent(Face.ITALIC, "𝑖"), low.ink.px
    assert high.y + extent(Face.ITALIC, "𝑛").descent * em < low.y - size.ascent * em


def test_variables_are_italic_and_names_and_numbers_upright(qapp: QGuiApplication) -> None:
    layout = lay_out(row(of_unit("a", "h1"), "=", "2"), PX)
    faces = {m.ink.text: m.ink.face for m in layout.marks if isinstance(m.ink, Glyphs)}
    assert faces == {
        "𝑎": Face.ITALIC,
        "h": Face.UPRIGHT,
        "1": Face.UPRIGHT,
        "=": Face.UPRIGHT,
        "2": Face.UPRIGHT,
    }


def test_a_number_at_the_end_of_a_name_is_lowered(qapp: QGuiApplication) -> None:
    plain = lay_out(of_unit("a", "h"), PX)
    low = lay_out(of_unit("a", "h1"), PX)
    assert low.height > plain.height
    places = {m.ink.text: m.ink.px for m in low.marks if isinstance(m.ink, Glyphs)}
    assert places["1"] < places["h"] < places["𝑎"]


def test_an_operation_has_space_around_it_and_a_sign_has_not(qapp: QGuiApplication) -> None:
    between = lay_out(row("a", "−", "b"), PX)
    sign = lay_out(row("−", "b"), PX)
    width = extent(Face.UPRIGHT, "−").advance * PX
    assert mark(sign, "𝑏").x == pytest.approx(width)
    gap = mark(between, "𝑏").x - mark(between, "−").x - width
    assert gap == pytest.approx(4 / 18 * PX)


@pytest.mark.parametrize("levels", range(6))
def test_brackets_grow_with_what_they_hold(qapp: QGuiApplication, levels: int) -> None:
    inner: Node = Sym("x")
    for _ in range(levels):
        inner = frac(inner, inner)
    held = lay_out(inner, PX)
    whole = lay_out(paren(inner), PX)
    assert held.height <= whole.height <= held.height + PX
    assert whole.width > held.width


def test_a_power_of_ten_is_raised_with_figures_the_font_has(qapp: QGuiApplication) -> None:
    layout = lay_out(num(4.386e-9), PX)
    assert mark(layout, "−9").y < mark(layout, "10").y


def test_the_innermost_tag_under_a_point_is_hit(qapp: QGuiApplication) -> None:
    inner = sub("w", "j", tag="weight")
    layout = lay_out(row("a", "+", row(inner, "·", "z", tag="term:o1"), "+", "b"), PX)
    (weight,), (term,) = layout.rects("weight"), layout.rects("term:o1")
    assert layout.tag_at(weight.center()) == "weight"
    assert layout.tag_at(QPointF(term.right() - 1, term.center().y())) == "term:o1"
    assert layout.tag_at(QPointF(1, term.center().y())) is None
    assert term.contains(weight.center())


def test_a_tag_inside_a_fraction_is_hit_where_it_is(qapp: QGuiApplication) -> None:
    layout = lay_out(frac(Sym("a", tag="top"), Sym("b", tag="bottom")), PX)
    assert layout.tag_at(QPointF(layout.width / 2, layout.height * 0.2)) == "top"
    assert layout.tag_at(QPointF(layout.width / 2, layout.height * 0.8)) == "bottom"


def test_a_highlight_colours_its_term_and_nothing_else(qapp: QGuiApplication) -> None:
    layout = lay_out(row("a", "+", Sym("b", tag="term:o1")), PX)
    plain_image = painted(layout, {})
    lit = painted(layout, {"term:o1": (BLUE, AMBER)})
    assert AMBER.name() in colours(lit)
    assert AMBER.name() not in colours(plain_image)
    (rect,) = layout.rects("term:o1")
    edge = int(10 + rect.left() - 0.2 * PX)
    left = (0, 0, edge, plain_image.height())
    assert plain_image.copy(*left) == lit.copy(*left)
    assert plain_image != lit


def test_a_tag_without_colours_of_its_own_takes_those_around_it(qapp: QGuiApplication) -> None:
    node = row("x", Sym("y", tag="inner"), tag="outer")
    outer = painted(lay_out(node, PX), {"outer": (BLUE, None)})
    both = painted(lay_out(node, PX), {"outer": (BLUE, None), "inner": (None, None)})
    assert outer == both


def test_a_highlight_does_not_lay_out_again(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    widget = shown(qtbot, terms(4))
    before = widget.layout_now()

    def refuse(*_: object) -> None:
        raise AssertionError("laid out again")

    monkeypatch.setattr(Layout, "__init__", refuse)
    for place in range(4):
        widget.set_highlight({f"term:o{place}": (BLUE, AMBER)})
        widget.grab()
    assert widget.layout_now() is before


def test_an_equal_formula_is_laid_out_once(qapp: QGuiApplication) -> None:
    assert lay_out(terms(3), PX, 300.0) is lay_out(terms(3), PX, 300.0)


def test_a_long_formula_breaks_before_its_sums_and_keeps_products_whole(
    qapp: QGuiApplication,
) -> None:
    layout = lay_out(terms(12), PX, 400.0)
    assert layout.lines > 2
    assert layout.width <= 400.0
    lines = sorted({m.y for m in layout.marks})
    for y in lines[1:]:
        first = min((m for m in layout.marks if m.y == y), key=lambda m: m.x)
        assert isinstance(first.ink, Glyphs)
        assert first.ink.text == "+"


def test_breaking_loses_nothing(qapp: QGuiApplication) -> None:
    def texts(layout: Layout) -> list[str]:
        return [m.ink.text for m in layout.marks if isinstance(m.ink, Glyphs)]

    node = terms(16)
    whole = texts(lay_out(node, PX))
    for width in (60.0, 150.0, 333.0, 900.0):
        assert texts(lay_out(node, PX, width)) == whole


@pytest.mark.parametrize(
    "name", ["<b>x</b>", "&amp;", r"}\end{document}", "a\nb", "\u202eabc", "😀", "", "x" * 200]
)
def test_a_hostile_name_is_drawn_as_plain_text_on_one_line(
    qapp: QGuiApplication, name: str
) -> None:
    layout = lay_out(row(of_unit("a", name), "=", "1"), PX)
    texts = [m.ink.text for m in layout.marks if isinstance(m.ink, Glyphs)]
    assert "\n" not in "".join(texts)
    assert "\u202e" not in "".join(texts)
    assert layout.lines == 1
    assert layout.height < 2 * PX
    assert layout.width < 20 * PX
    if name in ("<b>x</b>", "&amp;"):
        assert name in texts


def test_a_letter_no_font_has_is_a_square_and_not_a_gap(qapp: QGuiApplication) -> None:
    assert mathfont.drawable("a\U000f1234") == "a□"


def test_an_empty_formula_has_no_marks(qapp: QGuiApplication) -> None:
    layout = lay_out(Row(()), PX)
    assert layout.marks == []
    assert layout.tag_at(QPointF(0, 0)) is None


def test_a_rule_is_whole_device_pixels(qapp: QGuiApplication) -> None:
    image = painted(lay_out(frac(Space(2.0), Space(2.0)), 18), {})
    rows = {image.pixelColor(15, y).name() for y in range(image.height())}
    assert rows <= {"#ffffff", "#000000"}
    assert "#000000" in rows


def test_boxes_hold_their_parts(qapp: QGuiApplication) -> None:
    from chainstep.app.formulas.mathrules import Setting, node_box

    def inside(box: Box) -> Iterator[bool]:
        for part in box.parts:
            yield part.box.ascent - part.y <= box.ascent + 1e-9
            yield part.box.descent + part.y <= box.descent + 1e-9
            yield part.x + part.box.width <= box.width + 1e-9
            yield from inside(part.box)

    node = row(partial("E", sub("a", "k")), "=", sum_over("k", sup(paren(frac("a", "b")), "2")))
    checks = list(inside(node_box(node, Setting(PX))))
    assert len(checks) > 40
    assert all(checks)


def shown(qtbot: QtBot, node: Node, width: int = 600) -> FormulaWidget:
    widget = FormulaWidget(px=PX)
    qtbot.addWidget(widget)
    widget.set_formula(node)
    widget.resize(width, widget.heightForWidth(width))
    widget.show()
    return widget


def middle_of(widget: FormulaWidget, tag: str) -> QPoint:
    for y in range(widget.height()):
        xs = [x for x in range(widget.width()) if widget.tag_at(QPointF(x, y)) == tag]
        if len(xs) > 4 and widget.tag_at(QPointF(xs[0], y + 3)) == tag:
            return QPoint(xs[len(xs) // 2], y + 3)
    raise AssertionError(f"{tag} is nowhere")


def test_a_click_on_a_term_names_it(qtbot: QtBot) -> None:
    widget = shown(qtbot, terms(2))
    place = middle_of(widget, "term:o1")
    with qtbot.waitSignal(widget.tag_clicked) as clicked:
        qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)
    assert clicked.args == ["term:o1"]


def test_the_pointer_names_the_term_it_comes_to_and_leaves(qtbot: QtBot) -> None:
    widget = shown(qtbot, terms(2))
    heard: list[str] = []
    widget.tag_hovered.connect(heard.append)
    qtbot.mouseMove(widget, middle_of(widget, "term:o0"))
    qtbot.mouseMove(widget, QPoint(1, 1))
    assert heard == ["term:o0", ""]


def test_the_narrower_the_widget_the_higher_the_formula(qtbot: QtBot) -> None:
    widget = shown(qtbot, terms(8))
    heights = [widget.heightForWidth(width) for width in (1500, 500, 250)]
    assert heights[0] < heights[1] < heights[2]
    hint = widget.sizeHint()
    assert widget.heightForWidth(hint.width()) == hint.height()


def test_a_screen_reader_hears_the_formula(qtbot: QtBot) -> None:
    node = terms(2)
    widget = shown(qtbot, node)
    assert widget.accessibleName() == speech(node)
    widget.set_formula(None)
    assert widget.accessibleName() == ""
    assert widget.heightForWidth(300) == 0
    widget.grab()


def test_a_formula_can_be_copied_as_text_and_as_latex(qtbot: QtBot) -> None:
    widget = shown(qtbot, partial("E", "w"))
    menu = widget.context_menu()
    for action, text in zip(
        menu.actions()[:2], ["∂E/∂w", r"\frac{\partial E}{\partial w}"], strict=True
    ):
        action.trigger()
        assert QGuiApplication.clipboard().text() == text
    qtbot.keyClick(widget, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == plain(partial("E", "w"))
