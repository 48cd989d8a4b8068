"""The nudge lens: move one quantity by h and watch what every unit, and E, do.

First with one unit let go at a time, the others held; then, as h → 0, the shares ∂E/∂a_k p_k whose
sum is ∇E·p; then the quotient for ever smaller h, and what remains, with its slope. The numbers
are `stepping.why.nudge`'s, the words `nudge_words`'s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.look.names import shown_name
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.rows import plain_label
from chainstep.app.panels.why import nudge_words as words
from chainstep.app.panels.why.lens import Lens, set_formula
from chainstep.app.panels.why.log_plot import LogPlot, Series, power_of_ten
from chainstep.app.panels.why.number_table import Cell, NumberTable

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.nudge import Nudge, Nudged

_TICKS: Final = 100
_MOST: Final = 0.5
#: Of more shares than these the largest are listed.
MOST_SHARES: Final = 12
#: Digits and rows of the table that shows a limit: four digits would look the same at once.
_FINE: Final = 8
_ROWS: Final = 6


class NudgeLens(Lens):
    """Moves a unit's a, an input, a weight or a bias by h."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Nudge", parent)
        self._nudge: Nudge | None = None
        self._notation: Notation | None = None
        self._wanted, self._name = "", ""
        self._listed: tuple[str, ...] = ()
        self.what = Choice([], "What is moved")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(-_TICKS, _TICKS)
        self.slider.setValue(_TICKS // 5)
        self.slider.setAccessibleName("h, how far it is moved")
        self.amount = plain_label("", "muted")
        self.closing = Prose(13)
        self.about_singles = Prose(12, QFont.Weight.DemiBold)
        self.singles = NumberTable(MOST_SHARES + 2)
        self.about_shares = Prose(12, QFont.Weight.DemiBold)
        self.shares = NumberTable(MOST_SHARES + 2)
        self.formula = FormulaWidget(15)
        self.about_limit = Prose(12, QFont.Weight.DemiBold)
        self.limit = NumberTable(_ROWS + 1)
        self.plot = LogPlot("h")
        self.about_plot = Prose(12, token="muted")
        self._lay_out()
        self.slider.valueChanged.connect(self._moved)
        self.what.chosen.connect(self._chosen)
        self.singles.chosen.connect(self._let_go)

    @property
    def h(self) -> float:
        """How far the quantity is moved."""
        return self.slider.value() / _TICKS * _MOST

    @property
    def alone(self) -> str | None:
        """The unit of the sum that is let go while the others are held, None for all."""
        place = self.singles.currentRow() if self.singles.selectedItems() else -1
        return self._listed[place] if 0 <= place < len(self._listed) else None

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Offer what can be moved at a unit, and move it."""
        from chainstep.stepping.why.nudge import Nudge

        options = words.options(trace, unit, n)
        key = self._wanted if self._wanted in options else next(iter(options))
        self._fill(options, key)
        before = self._nudge.nudged if self._nudge is not None else None
        self._name, nudged = options[key]
        self._nudge, self._notation = Nudge(trace, nudged), n
        if before != nudged:
            self.singles.choose(-1)
        self._show_shares(self._nudge, n)
        self._show_limit(self._nudge, n)
        self._show_motion()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.what, 3)
        line.addWidget(self.slider, 4)
        self.amount.setMinimumWidth(76)
        line.addWidget(self.amount)
        self.column.addLayout(line)
        for widget in (
            self.closing, self.about_singles, self.singles, self.about_shares, self.shares,
            self.formula, self.about_limit, self.limit, self.plot, self.about_plot,
        ):  # fmt: skip
            self.column.addWidget(widget)

    def _fill(self, options: dict[str, tuple[str, Nudged]], key: str) -> None:
        shown = [(self.what.itemData(n), self.what.itemText(n)) for n in range(self.what.count())]
        if shown != [(k, text) for k, (text, _) in options.items()]:
            self.what.set_options([Option(k, text) for k, (text, _) in options.items()])
        self.what.set_value(key)

    def _show_shares(self, nudge: Nudge, n: Notation) -> None:
        largest = sorted(nudge.shares, key=lambda share: -abs(share.product))[:MOST_SHARES]
        shares = [share for share in nudge.shares if share in largest]
        self._listed = tuple(share.unit for share in shares)
        targets = [share.unit for share in nudge.shares]
        self.tell(f"Nudge {self._name}", words.why(nudge, targets, n))
        several = len(nudge.shares) + bool(nudge.own_share) > 1
        cut = f", the {len(shares)} largest of {len(targets)}" if len(shares) < len(targets) else ""
        p = f"p = ∂{n.a_name} of each by ∂({self._name})"
        self.about_shares.set_text(f"As h → 0 each share is {n.by_name(n.letters.a)} · p{cut}")
        rows = [
            (
                Cell(shown_name(share.unit)),
                words.number(n.carried(share.delta), n),
                words.number(share.p, n, signed=False),
                words.number(n.carried(share.product), n),
            )
            for share in shares
        ]
        if nudge.own_share:
            own = words.number(n.carried(nudge.own_share), n)
            rows.insert(0, (Cell(f"{n.error_name} itself"), Cell("–"), Cell("–"), own))
        if several:
            total = words.number(n.carried(nudge.product), n, bold=True)
            rows.append((Cell("sum", bold=True), Cell(""), Cell(""), total))
        head = n.delta_name if n.letters.words else n.by_name(n.letters.a)
        self.shares.set_content(("through", head, "p", "share"), rows)
        self.shares.setToolTip("" if n.letters.words else p)
        for widget in (self.about_shares, self.shares):
            widget.setVisible(bool(rows))
        set_formula(self.formula, words.product(nudge, n))

    def _show_limit(self, nudge: Nudge, n: Notation) -> None:
        fine = replace(n, digits=max(n.digits, _FINE))
        e, a, minus = n.error_name, n.a_name, "" if n.sign > 0 else "−"
        names = ("h", f"{minus}Δ{e}/h", f"{minus}Σ ∂{e}/∂{a} · Δ{a}/h")
        if n.letters.words:
            names = ("h", "true change / h", "sum of shares / h")
        self.about_limit.set_text("The smaller h, the nearer all of them come to the derivative")
        lines = nudge.table(tuple(10.0**-power for power in range(1, _ROWS + 1)))
        rows = [
            (
                Cell(power_of_ten(line.h)),
                words.number(n.carried(line.true), fine),
                words.number(n.carried(line.by_changes), fine),
            )
            for line in lines
        ]
        derivative = words.number(n.carried(nudge.derivative), fine, bold=True)
        rows.append((Cell("h → 0", bold=True), derivative, derivative))
        self.limit.set_content(names, rows)
        self._show_remainder(nudge, e)

    def _show_remainder(self, nudge: Nudge, error: str) -> None:
        points = tuple((line.h, abs(line.remainder)) for line in nudge.table())
        slope = nudge.slope_of_remainder()
        series = [Series(f"|Δ{error} − h · derivative|", points)]
        if slope is not None:
            h, first = points[0]
            guide = tuple((x, first * (x / h) ** 2) for x, _ in points)
            series.append(Series("slope 2", guide, "disabled", line=True))
        self.plot.set_series(series if slope is not None else [])
        self.about_plot.set_text(_about_remainder(slope, error))

    def _show_singles(self, nudge: Nudge, n: Notation) -> None:
        """Let one unit of the sum go at a time, the others held."""
        h, error = self.h, n.error_name
        held, moves = nudge.held(h, self._listed), nudge.direct(h)
        rows = [
            (
                Cell(f"only {shown_name(unit)}"),
                words.number(moves[unit], n),
                words.number(held[unit], n),
            )
            for unit in self._listed
        ]
        total = sum(held.values())
        if nudge.own_share:
            own = nudge.own_held(h)
            total += own
            rows.append((Cell(f"only {error} itself"), Cell("–"), words.number(own, n)))
        if len(rows) > 1 and len(self._listed) == len(nudge.shares):
            rows.append((Cell("sum of these"), Cell(""), words.number(total, n, bold=True)))
            whole = words.number(nudge.error(h) - nudge.error(), n, bold=True)
            rows.append((Cell("all at once"), Cell(""), whole))
        names = ("let go", f"it moves (Δ{n.a_name})", f"{error} moves (Δ{error})")
        self.singles.set_content(names, rows)
        self.about_singles.set_text("One at a time, the others held. Choose a row to see it")
        for widget in (self.about_singles, self.singles):
            widget.setVisible(len(rows) > 1)

    def _show_motion(self) -> None:
        nudge, n = self._nudge, self._notation
        if nudge is None or n is None:
            return
        h = self.h
        self.amount.setText(f"h = {n.signed(h)}")
        change, straight = nudge.error(h) - nudge.error(), h * nudge.derivative
        self.closing.set_text(
            f"{n.opening(n.error_name)} moves by {n.signed(change)}; h times the derivative says "
            f"{n.signed(straight)}."
        )
        self._show_singles(nudge, n)
        self._light()

    def _light(self) -> None:
        nudge, n, alone = self._nudge, self._notation, self.alone
        if nudge is None or n is None:
            return
        if alone is None:
            self.lit.emit(words.marks(nudge, self.h, self._name, n))
        else:
            self.lit.emit(words.marks_alone(nudge, self.h, alone, n))

    @Slot(int)
    def _moved(self, _value: int) -> None:
        self._show_motion()

    @Slot(str)
    def _chosen(self, key: str) -> None:
        self._wanted = key
        self.refresh()

    @Slot(int)
    def _let_go(self, _place: int) -> None:
        self._light()


def _about_remainder(slope: float | None, error: str) -> str:
    if slope is None:
        return f"{error} is linear in it: nothing remains beyond h times the derivative."
    return (
        f"What remains beyond h times the derivative falls with slope {slope:.2f}: ten times "
        "smaller h, a hundred times smaller remainder, until rounding takes over."
    )
