"""The nudge lens: move one quantity by h and watch what every unit, and E, do.

The numbers are `stepping.nudge`'s. Three things are shown: the shares unit by unit, whose sum is
∇E·p; the table as h → 0; and the remainder over h with its slope.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from chainstep.app.canvas.marks import Marks, Value
from chainstep.app.formulas.formula_widget import FormulaWidget
from chainstep.app.panels.choice import Choice, Option
from chainstep.app.panels.prose import Prose
from chainstep.app.panels.rows import plain_label
from chainstep.app.panels.why.lens import Lens, set_formula
from chainstep.app.panels.why.log_plot import LogPlot, Series, power_of_ten
from chainstep.app.panels.why.number_table import Cell, NumberTable
from chainstep.stepping.explain.explained import names_of
from chainstep.stepping.formula.builder import Node, Part, factor, row

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.nudge import Nudge, Nudged

_TICKS: Final = 100
_MOST: Final = 0.5
_SPELT: Final = 6
#: Digits and rows of the table that shows a limit: four digits would look the same at once.
_FINE: Final = 8
_ROWS: Final = 6


class NudgeLens(Lens):
    """Moves a unit's a, an input, a weight or a bias by h."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Nudge", parent)
        self._nudge: Nudge | None = None
        self._notation: Notation | None = None
        self._wanted = ""
        self.what = Choice([], "What is moved")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(-_TICKS, _TICKS)
        self.slider.setValue(_TICKS // 5)
        self.slider.setAccessibleName("h, how far it is moved")
        self.amount = plain_label("", "muted")
        self.formula = FormulaWidget(15)
        self.shares = NumberTable(8)
        self.closing = Prose(13)
        self.limit = NumberTable(_ROWS + 1)
        self.plot = LogPlot("h")
        self.about_plot = Prose(12, token="muted")
        self._lay_out()
        self.slider.valueChanged.connect(self._moved)
        self.what.chosen.connect(self._chosen)

    @property
    def h(self) -> float:
        """How far the quantity is moved."""
        return self.slider.value() / _TICKS * _MOST

    def look(self, trace: Trace, unit: str, n: Notation) -> None:
        """Offer what can be moved at a unit, and move it."""
        from chainstep.stepping.why.nudge import Nudge

        options = _options(trace, unit, n)
        key = self._wanted if self._wanted in options else next(iter(options))
        self._fill(options, key)
        self._nudge, self._notation = Nudge(trace, options[key][1]), n
        self._show_shares(options[key][0])
        self._show_limit()
        self._show_motion()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.what, 1)
        line.addWidget(self.slider, 2)
        self.amount.setMinimumWidth(76)
        line.addWidget(self.amount)
        self.column.addLayout(line)
        for widget in (
            self.closing, self.shares, self.formula, self.limit, self.plot, self.about_plot,
        ):  # fmt: skip
            self.column.addWidget(widget)

    def _fill(self, options: dict[str, tuple[str, Nudged]], key: str) -> None:
        keys = [self.what.itemData(place) for place in range(self.what.count())]
        if keys != list(options):
            self.what.set_options([Option(k, text) for k, (text, _) in options.items()])
        self.what.set_value(key)

    def _show_shares(self, name: str) -> None:
        nudge, n = self._nudge, self._notation
        assert nudge is not None
        assert n is not None
        targets = [share.unit for share in nudge.shares]
        self.tell(f"Nudge {name}", _why(nudge, targets))
        delta, slope = n.by_name(n.letters.a), f"p = ∂{n.a_name}/∂{name}"
        if n.letters.words:
            delta, slope = n.delta_name, "p"
        names = ("through", delta, slope, "product")
        rows = [
            (
                Cell(share.unit),
                _number(n.carried(share.delta), n),
                _number(share.p, n, signed=False),
                _number(n.carried(share.product), n),
            )
            for share in nudge.shares
        ]
        if nudge.own_share:
            own = (
                Cell("its own share"),
                Cell("–"),
                Cell("–"),
                _number(n.carried(nudge.own_share), n),
            )
            rows.insert(0, own)
        self.shares.set_content(names, rows)
        set_formula(self.formula, _product(nudge, n))

    def _show_limit(self) -> None:
        nudge, n = self._nudge, self._notation
        assert nudge is not None
        assert n is not None
        fine = replace(n, digits=max(n.digits, _FINE))
        e, a = n.error_name, n.a_name
        names = ("h", f"Δ{e}/h", f"Σ ∂{e}/∂{a} · Δ{a}/h")
        if n.letters.words:
            names = ("h", "true change / h", "sum of shares / h")
        lines = nudge.table(tuple(10.0**-power for power in range(1, _ROWS + 1)))
        rows = [
            (
                Cell(power_of_ten(line.h)),
                _number(n.carried(line.true), fine),
                _number(n.carried(line.by_changes), fine),
            )
            for line in lines
        ]
        derivative = _number(n.carried(nudge.derivative), fine)
        rows.append((Cell("derivative", bold=True), derivative, derivative))
        self.limit.set_content(names, rows)
        self._show_remainder()

    def _show_remainder(self) -> None:
        nudge = self._nudge
        assert nudge is not None
        points = tuple((line.h, abs(line.remainder)) for line in nudge.table())
        slope = nudge.slope_of_remainder()
        series = [Series("|ΔE − h · derivative|", points)]
        if slope is not None:
            h, first = points[0]
            guide = tuple((x, first * (x / h) ** 2) for x, _ in points)
            series.append(Series("slope 2", guide, "disabled", line=True))
        self.plot.set_series(series if slope is not None else [])
        self.about_plot.set_text(_about_remainder(slope))

    def _show_motion(self) -> None:
        nudge, n = self._nudge, self._notation
        if nudge is None or n is None:
            return
        h = self.h
        self.amount.setText(f"h = {n.signed(h)}")
        change = nudge.error(h) - nudge.error()
        straight = h * nudge.derivative
        self.closing.set_text(
            f"{n.opening(n.error_name)} moves by {n.signed(change)}; h times the derivative says "
            f"{n.signed(straight)}."
        )
        self.lit.emit(_marks(nudge, h, n))

    @Slot(int)
    def _moved(self, _value: int) -> None:
        self._show_motion()

    @Slot(str)
    def _chosen(self, key: str) -> None:
        self._wanted = key
        self.refresh()


def _options(trace: Trace, unit: str, n: Notation) -> dict[str, tuple[str, Nudged]]:
    """Return what can be moved at a unit: {key: (its name, what it is)}."""
    from chainstep.stepping.formula.builder import plain
    from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudged

    if trace.plan.network.by_id[unit].is_input:
        return {"z": (plain(n.z(unit)), Nudged(INPUT, unit))}
    found = {"a": (plain(n.a(unit)), Nudged(UNIT, unit))}
    if unit in trace.plan.bias:
        found["b"] = (plain(n.b(unit)), Nudged(BIAS, unit))
    for connection in trace.plan.network.incoming[unit]:
        name = plain(n.w(connection.ends))
        found[f"w {connection.source}"] = (name, Nudged(WEIGHT, unit, connection.source))
    return found


def _why(nudge: Nudge, targets: list[str]) -> str:
    unit = nudge.nudged.unit
    if nudge.nudged.kind in ("weight", "bias"):
        return f"It enters {unit} alone, so there is one share."
    if not targets:
        looks = f"The error looks at {unit} itself: one share, and no sum."
        return looks if nudge.own_share else f"{unit} feeds nothing, so nothing else moves."
    if len(targets) == 1 and not nudge.own_share:
        return f"{unit} feeds only {targets[0]}: the sum has one term, the ordinary chain rule."
    return (
        f"Moving {unit} moves {names_of(targets)} at once. Each moves E; to first order what they "
        "do adds up. That is where the sum comes from."
    )


def _product(nudge: Nudge, n: Notation) -> Node | None:
    """Return ∇E·p written out, where it is not too long."""
    if not 0 < len(nudge.shares) <= _SPELT:
        return None
    parts: list[Part] = ["∇E · p", "="]
    if nudge.own_share:
        parts += [n.num(n.carried(nudge.own_share) or 0.0), "+"]
    for place, share in enumerate(nudge.shares):
        parts += ["+"] if place else []
        parts += [
            factor(n.carried(share.delta) or 0.0, n.digits), "·", factor(share.p, n.digits),
        ]  # fmt: skip
    return row(*parts, "=", n.num(n.carried(nudge.product) or 0.0, strong=True))


def _marks(nudge: Nudge, h: float, n: Notation) -> Marks:
    """Light every unit that the nudge reaches, with how far it moves."""
    changes = nudge.changes(h)
    change = nudge.error(h) - nudge.error()
    values: dict[str, tuple[Value, ...]] = {
        unit: ((f"Δ{n.a_name}", n.signed(moved), _sign(moved)),)
        for unit, moved in changes.items()
        if not nudge.trace.plan.network.by_id[unit].is_input
    }
    network = nudge.trace.plan.network
    here = nudge.nudged.unit
    lit = {c.ends for c in network.connections if c.source in changes and c.target in changes}
    if nudge.nudged.source:
        lit.add((nudge.nudged.source, here))
    return Marks(
        unit=here,
        connections=dict.fromkeys(lit, "done"),
        direction="forward",
        pills={here: f"h = {n.signed(h)}, Δ{n.error_name} = {n.signed(change)}"},
        values=values,
        visited=frozenset(changes),
    )


def _about_remainder(slope: float | None) -> str:
    if slope is None:
        return "E is linear in it: nothing remains beyond h times the derivative."
    return (
        f"What remains beyond h times the derivative falls with slope {slope:.2f}: ten times "
        "smaller h, a hundred times smaller remainder, until rounding takes over."
    )


def _number(value: float | None, n: Notation, signed: bool = True) -> Cell:
    if value is None:
        return Cell("–")
    return Cell(n.signed(value) if signed else n.number(value), _sign(value) if signed else 0)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
