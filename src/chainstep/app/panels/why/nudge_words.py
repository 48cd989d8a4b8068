"""What the nudge lens says and lights: names, sentences, the product written out, and marks.

Its widgets are in `nudge`, its numbers `stepping.why.nudge`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chainstep.app.canvas.marks import Ends, Marks, Value
from chainstep.app.look.names import shown_name
from chainstep.app.panels.why.number_table import Cell
from chainstep.stepping.explain.explained import names_of
from chainstep.stepping.formula.builder import Part, factor, row
from chainstep.stepping.formula.nodes import Node

if TYPE_CHECKING:
    from chainstep.stepping.formula.notation import Notation
    from chainstep.stepping.trace import Trace
    from chainstep.stepping.why.nudge import Nudge, Nudged

_SPELT: Final = 6


def options(trace: Trace, unit: str, n: Notation) -> dict[str, tuple[str, Nudged]]:
    """Return what can be moved at a unit: {key: (its name, what it is)}."""
    from chainstep.stepping.why.nudge import BIAS, INPUT, UNIT, WEIGHT, Nudged

    here = shown_name(unit)
    if trace.plan.network.by_id[unit].is_input:
        return {"z": (f"{n.z_name} of {here}", Nudged(INPUT, unit))}
    found = {"a": (f"{n.a_name} of {here}", Nudged(UNIT, unit))}
    if unit in trace.plan.bias:
        found["b"] = (f"{n.letters.b} of {here}", Nudged(BIAS, unit))
    for connection in trace.plan.network.incoming[unit]:
        name = f"{n.letters.w} {shown_name(connection.source)} → {here}"
        found[f"w {connection.source}"] = (name, Nudged(WEIGHT, unit, connection.source))
    return found


def why(nudge: Nudge, targets: list[str], n: Notation) -> str:
    """Say what the nudge moves, and where the sum comes from."""
    unit, error = nudge.nudged.unit, n.the_error
    if nudge.nudged.kind in ("weight", "bias"):
        return f"It enters {unit} alone: one share, and no sum yet. The sum comes at {unit}."
    if not targets:
        looks = f"{n.opening(error)} looks at {unit} itself: one share, and no sum."
        return looks if nudge.own_share else f"{unit} feeds nothing, so nothing else moves."
    if len(targets) == 1 and not nudge.own_share:
        return f"{unit} feeds only {targets[0]}: the sum has one term, the ordinary chain rule."
    moved = names_of(targets)
    if nudge.own_share:
        return (
            f"Push {unit} a little: {error} sees it at once, and {moved} "
            f"{'moves' if len(targets) == 1 else 'move'} with it. For a small push these effects "
            "add up: that is where the sum comes from."
        )
    return (
        f"Push {unit} a little: {moved} all move at once, and each of them moves {error}. For a "
        "small push what they do adds up: that is where the sum comes from."
    ).replace(" all move", " both move" if len(targets) == 2 else " all move")


def product(nudge: Nudge, n: Notation) -> Node | None:
    """Return ∇E·p written out, where it is not too long."""
    if not 0 < len(nudge.shares) <= _SPELT:
        return None
    parts: list[Part] = [f"{'' if n.sign > 0 else '−'}∇{n.error_name} · p", "="]
    if n.letters.words:
        parts = ["slopes · p", "="]
    if nudge.own_share:
        parts += [n.num(n.carried(nudge.own_share) or 0.0), "+"]
    for place, share in enumerate(nudge.shares):
        parts += ["+"] if place else []
        parts += [
            factor(n.carried(share.delta) or 0.0, n.digits), "·", factor(share.p, n.digits),
        ]  # fmt: skip
    return row(*parts, "=", n.num(n.carried(nudge.product) or 0.0, strong=True))


def marks(nudge: Nudge, h: float, name: str, n: Notation) -> Marks:
    """Light every unit that the nudge reaches, with how far it moves."""
    moved, change = nudge.changes(h), nudge.error(h) - nudge.error()
    network, here = nudge.trace.plan.network, nudge.nudged.unit
    ways = {c.ends for c in network.connections if c.source in moved and c.target in moved}
    if nudge.nudged.source:
        ways.add((nudge.nudged.source, here))
    caption = f"Nudge: {name} {_by(h, n)} → {n.error_name} {_by(change, n)}"
    pill = f"h = {n.signed(h)}, Δ{n.error_name} = {n.signed(change)}"
    return _marks(nudge, moved, ways, caption, {here: pill}, n)


def marks_alone(nudge: Nudge, h: float, unit: str, n: Notation) -> Marks:
    """Light what moves where of the units of the sum only one is let go, the others held."""
    moved, change = nudge.changes_by(h, unit), nudge.held(h, (unit,))[unit]
    network, here = nudge.trace.plan.network, nudge.nudged.unit
    ways = {c.ends for c in network.connections if c.source in moved and c.target in moved}
    ways.add((nudge.nudged.source or here, unit))
    caption = f"Only {shown_name(unit)} let go → {n.error_name} {_by(change, n)}"
    found = _marks(nudge, moved, ways, caption, {unit: f"Δ{n.error_name} = {n.signed(change)}"}, n)
    others = [s.unit for s in nudge.shares if s.unit != unit and s.unit not in moved]
    held: dict[str, tuple[Value, ...]] = dict.fromkeys(others, (("", "held", 0),))
    return Marks(**{**vars(found), "values": {**found.values, **held}})


def number(value: float | None, n: Notation, signed: bool = True, bold: bool = False) -> Cell:
    """Return a number as a cell."""
    if value is None:
        return Cell("–")
    text = n.signed(value) if signed else n.number(value)
    return Cell(text, sign(value) if signed else 0, bold=bold)


def sign(value: float) -> int:
    """Return −1, 0 or 1."""
    return (value > 0) - (value < 0)


def _marks(
    nudge: Nudge,
    moved: dict[str, float],
    ways: set[Ends],
    caption: str,
    pills: dict[str, str],
    n: Notation,
) -> Marks:
    by_id = nudge.trace.plan.network.by_id
    values: dict[str, tuple[Value, ...]] = {
        unit: ((f"Δ{n.a_name}", n.signed(change), sign(change)),)
        for unit, change in moved.items()
        if not by_id[unit].is_input
    }
    return Marks(
        unit=nudge.nudged.unit,
        connections=dict.fromkeys(ways, "looked_at"),
        direction="forward",
        pills=pills,
        values=values,
        visited=frozenset({*moved, nudge.nudged.unit}),
        caption=caption,
    )


def _by(change: float, n: Notation) -> str:
    return f"by {n.signed(change)}"
