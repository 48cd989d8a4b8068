"""The numbers a panel shows of a moment: those the run has reached, else the document's.

The arithmetic is in `stepping.trace` and `engine`; how numbers are written in
`stepping.numbers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainstep.errors import ChainstepError
from chainstep.network.model import Connection, Unit
from chainstep.stepping.numbers import format_number, signed

if TYPE_CHECKING:
    from chainstep.app.moment import Moment
    from chainstep.stepping.trace import Trace


def weight_of(moment: Moment, connection: Connection) -> float:
    """Return the weight that the run has reached."""
    run = moment.run
    place = run.trainer.plan.weight.get(connection.ends) if run and run.moved else None
    return connection.weight if run is None or place is None else float(run.trainer.theta[place])


def bias_of(moment: Moment, unit: Unit) -> float | None:
    """Return the bias that the run has reached, None for a unit without one."""
    run = moment.run
    place = run.trainer.plan.bias.get(unit.id) if run and run.moved else None
    if run is None or place is None or unit.bias is None:
        return unit.bias
    return float(run.trainer.theta[place])


def trace_of(moment: Moment) -> Trace | None:
    """Return the pass of the current example, None where there is none or it broke."""
    try:
        return moment.run.trace if moment.run is not None else None
    except ChainstepError:
        return None


def example_of(moment: Moment) -> str:
    """Say which example the numbers belong to."""
    return f"example {moment.run.cursor.row + 1}" if moment.run is not None else ""


def written(value: float | None, digits: int) -> str:
    """Return a number, or a dash for none."""
    return "–" if value is None else format_number(value, digits)


def coloured(value: float | None, digits: int) -> tuple[str, str]:
    """Return a number with its sign, and the role of the style sheet that gives its colour."""
    if value is None:
        return "–", "muted"
    return signed(value, digits), "positive" if value > 0 else "negative" if value < 0 else ""
