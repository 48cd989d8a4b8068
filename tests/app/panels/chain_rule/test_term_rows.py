"""The rows of the chain-rule panel: they say what the trace says, add up, and fold."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint

from chainstep.app.look import theme
from chainstep.app.panels.chain_rule import term_layout
from chainstep.app.panels.chain_rule.panel import ChainRulePanel
from chainstep.app.panels.chain_rule.term_lines import (
    HEADER,
    MISSING,
    MORE,
    TERM,
    TOTAL,
    lines_of,
)
from chainstep.project import Project
from chainstep.stepping.explain.step import explain
from chainstep.stepping.numbers import parse_number, signed
from chainstep.stepping.run import Run
from tests.app.panels import moments as m
from tests.app.panels.chain_rule.stage import kinds, shown
from tests.work import Work

# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", m.NETS)
def test_every_row_of_every_step_says_its_terms_number(panel: ChainRulePanel, net: str) -> None:
    met = 0
    for moment in m.moments(m.NETS[net](), digits=12):
        panel.show_moment(moment)
        for row in kinds(panel, TERM):
            assert row.term in moment.explanation.terms  # type: ignore[union-attr]
            assert row.label == row.term.label  # type: ignore[union-attr]
            if row.number is not None:
                assert parse_number(row.value.removeprefix("+")) == pytest.approx(
                    row.term.value,
                    rel=1e-10,
                    abs=1e-11,  # type: ignore[union-attr]
                )
                met += 1
    assert met > 10


@pytest.mark.parametrize("net", ["mazur", "fan of 30", "outputs that feed on", "product and max"])
def test_the_rows_at_a_hidden_unit_are_the_terms_of_the_trace(
    panel: ChainRulePanel, net: str
) -> None:
    met = 0
    for moment in m.moments(m.NETS[net](), digits=10):
        panel.show_moment(moment)
        step = moment.run.cursor.step if moment.run else None
        if moment.run is None or step is None or step.part != "delta":
            continue
        for connection in moment.run.trace.plan.network.outgoing[step.unit]:
            term = moment.run.trace.outgoing(connection)
            rows = [r for r in kinds(panel, TERM) if r.term and r.term.ends == connection.ends]
            if rows:  # not folded away
                assert term.delta_term is not None
                assert rows[0].value == signed(term.delta_term, 10)
                met += 1
    assert met >= 2


@pytest.mark.parametrize("net", m.NETS)
def test_what_stands_before_an_equals_sign_multiplies_to_what_stands_behind(
    panel: ChainRulePanel, net: str
) -> None:
    met = 0
    for moment in m.moments(m.NETS[net](), digits=14):
        panel.show_moment(moment)
        for row in panel.rows.lines:
            if row.equals and row.times == "×":
                first, second = (parse_number(cell.removeprefix("+")) for cell in row.cells)
                value = parse_number(row.value.removeprefix("+"))
                assert first * second == pytest.approx(value, rel=1e-9, abs=1e-13)
                met += 1
    assert met > 3


def test_mazurs_published_terms_stand_in_the_rows_at_h1(panel: ChainRulePanel) -> None:
    panel.show_moment(m.at(m.mazur(), unit="h1", phase="backward", nth=2))
    first, second = kinds(panel, TERM)
    assert (first.cells, first.value) == (("+0.1385", "0.0965"), "+0.0134")
    assert (second.cells, second.value) == (("−0.0381", "0.1207"), "−0.0046")
    assert kinds(panel, TOTAL)[0].value == "+0.0088"


@pytest.mark.parametrize("net", ["mazur", "fan of 30", "softmax", "outputs that feed on"])
def test_each_bar_starts_where_the_one_before_ended_and_the_last_ends_at_the_total(
    panel: ChainRulePanel, net: str
) -> None:
    met = 0
    for moment in m.moments(m.NETS[net]()):
        panel.show_moment(moment)
        bars = [row.bar for row in panel.rows.lines if row.bar and row.kind != TOTAL]
        totals = [row for row in panel.rows.lines if row.kind == TOTAL and row.bar]
        if not totals:
            continue
        at = 0.0
        for start, end in bars:
            assert start == at
            at = end
        assert at == pytest.approx(totals[0].number, rel=1e-12, abs=1e-15)
        met += 1
    assert met > 5


def test_the_scale_stands_still_while_the_terms_of_a_unit_come(
    panel: ChainRulePanel,
) -> None:
    scales = set()
    for nth in (1, 2):
        panel.show_moment(m.at(m.mazur(), unit="h1", phase="backward", nth=nth))
        scales.add(panel.rows._lines.scale)
    assert len(scales) == 1


def test_a_negative_term_goes_leftwards(panel: ChainRulePanel) -> None:
    panel.show_moment(m.at(m.mazur(), unit="h1", phase="backward", nth=2))
    start, end = kinds(panel, TERM)[1].bar or (0.0, 0.0)
    assert end < start


def test_the_loss_shows_output_and_target_beside_each_other_not_multiplied(
    panel: ChainRulePanel,
) -> None:
    panel.show_moment(m.at(m.mazur(), phase="loss", nth=2))
    assert (*kinds(panel, HEADER)[0].cells, kinds(panel, HEADER)[0].value) == (
        "output",
        "target",
        "adds",
    )
    row = kinds(panel, TERM)[1]
    assert (row.cells, row.times, row.equals) == (("0.7729", "0.9900"), "", "")
    assert kinds(panel, TOTAL)[0].value == "0.2984"


def test_the_update_shows_each_weight_before_its_slope_and_after(panel: ChainRulePanel) -> None:
    panel.show_moment(m.at(m.mazur(), phase="update"))
    rows = {row.label: (*row.cells, row.value) for row in kinds(panel, TERM)}
    assert rows["i1 → h1"] == ("0.1500", "0.0004386", "0.1498")
    assert all(row.bar is None for row in panel.rows.lines)


def test_an_output_that_feeds_on_has_its_own_share_as_a_row(panel: ChainRulePanel) -> None:
    panel.show_moment(m.at(m.feeding_on(), unit="y1", part="term", phase="backward"))
    assert [row.label for row in kinds(panel, TERM)] == ["its own share", "y2"]


def test_a_term_that_cannot_be_represented_says_so_and_the_sum_ends_there(
    panel: ChainRulePanel,
) -> None:
    moment = m.at(m.mazur(), unit="h1", part="delta")
    panel.show_moment(m.without_value(moment, 0))
    first, second = kinds(panel, TERM)
    assert first.value == MISSING
    assert first.bar is None
    assert second.bar is None
    assert kinds(panel, TOTAL)[0].value == MISSING
    assert not panel.grab().isNull()


def coloured_pixels(panel: ChainRulePanel, number: int) -> int:
    """How many pixels of a row are neither black nor white nor anything grey between."""
    image, rect = panel.rows.grab().toImage(), panel.rows.row_rect(number)
    return sum(
        image.pixelColor(x, y).hsvSaturation() > 100
        for x in range(rect.width())
        for y in range(rect.top() + 2, rect.bottom() - 1)
    )


# --- the current term ----------------------------------------------------------------------------


@pytest.mark.parametrize("net", m.NETS)
def test_the_current_row_is_the_term_that_the_cursor_stands_on(
    panel: ChainRulePanel, net: str
) -> None:
    for moment in m.moments(m.NETS[net]()):
        panel.show_moment(moment)
        step = moment.run.cursor.step if moment.run else None
        current = [row for row in kinds(panel, TERM) if row.current]
        if step is not None and step.nth:
            assert len(current) == 1
            assert current[0].term is not None
            name = step.unit if step.phase == "loss" else step.other
            assert current[0].term.unit == name
        else:
            assert current == []


def test_the_number_of_a_term_to_come_is_not_given_away(panel: ChainRulePanel) -> None:
    panel.show_moment(m.at(m.mazur(), unit="h1", phase="backward", nth=1))
    coming = kinds(panel, TERM)[1]
    assert coming.coming
    assert coming.bar is None
    assert "0.0046" not in coming.spoken
    assert "0.0046" not in panel.rows.accessibleDescription()
    assert coloured_pixels(panel, 1) == 0
    panel.show_moment(m.at(m.mazur(), unit="h1", part="delta"))
    assert coloured_pixels(panel, 1) > 100


def test_the_current_row_stands_on_amber(panel: ChainRulePanel) -> None:
    shown(panel, m.at(m.mazur(), unit="h1", phase="backward", nth=2))
    rect = panel.rows.row_rect(1)
    pixel = panel.rows.grab().toImage().pixelColor(QPoint(rect.left() + 3, rect.center().y()))
    assert pixel == theme.current().current_ground


# --- folding -------------------------------------------------------------------------------------


def test_of_thirty_terms_sixteen_are_shown_and_the_others_in_one_row(
    panel: ChainRulePanel,
) -> None:
    moment = m.at(m.fan(30), unit="h1", part="delta")
    panel.show_moment(moment)
    terms = kinds(panel, TERM)
    assert len(terms) == 16
    assert kinds(panel, MORE)[0].label == "… and 14 more, largest first"
    named = {row.label for row in terms}
    assert moment.explanation is not None
    hidden = sum(t.value or 0.0 for t in moment.explanation.terms if t.label not in named)
    assert kinds(panel, MORE)[0].value == signed(hidden)


def test_lighting_a_connection_that_is_folded_away_unfolds_it(panel: ChainRulePanel) -> None:
    moment = m.at(m.fan(30), unit="h1", part="delta")
    panel.show_moment(moment)
    named = {row.label for row in kinds(panel, TERM)}
    away = next(f"o{k}" for k in range(1, 31) if f"o{k}" not in named)
    panel.light(("h1", away))
    assert panel.rows.lit is not None
    assert panel.rows.lines[panel.rows.lit].label == away
    assert kinds(panel, MORE)[0].label.startswith("… and 13 more")


def test_what_is_folded_and_to_come_is_not_in_its_sum_yet(panel: ChainRulePanel) -> None:
    moment = m.at(m.fan(40), unit="h1", phase="backward", nth=1)
    panel.show_moment(moment)
    assert kinds(panel, MORE)[0].value == ""
    assert kinds(panel, MORE)[0].bar is None


# --- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [240, 300, 384, 600])
@pytest.mark.parametrize("net", [m.mazur, m.feeding_on, m.hostile])
def test_columns_never_run_into_one_another(
    panel: ChainRulePanel, net: Callable[[], Project], width: int
) -> None:
    for digits in (4, 15):
        for moment in m.moments(net(), digits):
            panel.show_moment(moment)
            if not panel.rows.lines:
                continue
            columns = term_layout.columns(panel.rows._lines, width)
            assert columns.label_room >= 20
            widths = term_layout._widths(panel.rows.lines, columns.px)
            if not columns.two_lines:
                left = (columns.first - widths.first) if widths.second else columns.value
                assert columns.label + columns.label_room <= left
            assert columns.bar is None or columns.value < columns.bar[0]


def test_sixteen_terms_are_repainted_with_little_work(panel: ChainRulePanel) -> None:
    shown(panel, m.at(m.fan(16), unit="h1", part="delta"))
    panel.rows.repaint()
    with Work() as work:
        panel.rows.repaint()
    assert 100 < work.calls < 16 * 300


def test_what_is_made_of_the_total_stands_below_it_without_a_bar() -> None:
    run = Run(m.feeding_on().with_training(optimizer="adam"))
    run.step("batch")
    ends = next(iter(run.trainer.plan.weight))
    lines = lines_of(explain(run, of=ends), 4)
    kinds = [line.kind for line in lines.rows]
    assert kinds[:3] == ["term", "term", "total"]
    assert set(kinds[3:]) == {"after"}
    assert [line.label.partition(" ")[0] for line in lines.rows[3:]] == [
        "mean", "m", "v", "m", "v", "m̂", "v̂", "step", "w", "w",
    ]  # fmt: skip
    assert all(line.bar is None for line in lines.rows[3:])
