"""Where a cursor is, in the pieces that `stepping.explain.step.readout` joins with dots.

A unit's name may hold such a dot itself, so the text cannot simply be taken apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from chainstep.stepping.formula.nodes import printable
from chainstep.stepping.steps import UPDATE, Step

if TYPE_CHECKING:  # NumPy comes in with it, after the first paint
    from chainstep.stepping.cursor import Cursor

DOT: Final = " · "
#: Stands for the unit's name while the pieces are told apart; names on one line never hold it.
_PLACE: Final = "\x00"


def pieces(cursor: Cursor) -> tuple[str, ...]:
    """Return "epoch 3", "example 2 of 4", "backward", "h1", "term 1 of 2"."""
    from chainstep.stepping.explain.step import readout

    step = cursor.step
    if step is None or not step.unit:
        return tuple(readout(cursor).split(DOT))
    told = readout(replace(cursor, step=step._replace(unit=_PLACE))).split(DOT)
    return tuple(printable(step.unit) if piece == _PLACE else piece for piece in told)


def unit_place(cursor: Cursor) -> int:
    """Return which of the pieces is the unit's name, −1 where none is."""
    if cursor.step is None or not cursor.step.unit:
        return -1
    return _before_step(cursor, cursor.step) + 1


def of_step(cursor: Cursor, step: Step) -> str:
    """Return a step of the cursor's pass without epoch and example: "backward · h1 · δ"."""
    there = replace(cursor, step=step)
    return DOT.join(pieces(there)[_before_step(there, step) :])


def _before_step(cursor: Cursor, step: Step) -> int:
    """How many pieces come before the phase: epoch, batch, example."""
    return 1 + (cursor.batches > 1) + (step.phase != UPDATE)
