"""`chainstep check`: every gradient beside its finite difference.

The differences are made in `stepping.why.gradient_check`.
"""

import argparse

from chainstep.cli.endings import DONE, naming
from chainstep.cli.grid import grid, name
from chainstep.cli.output import emit
from chainstep.cli.reading import read
from chainstep.errors import ChainstepError
from chainstep.stepping.numbers import format_number
from chainstep.stepping.why.gradient_check import LIMIT, Checked, GradientCheck, check

_HEADER = ("what", "of", "gradient", "difference", "relative error", "")
DIGITS = 8


def run(options: argparse.Namespace) -> int:
    """Print the table. Raises ChainstepError where a gradient is wrong."""
    with naming(options.file):
        found = check(read(options.file))
        emit(text(found), None)
        wrong = [row for row in found.rows if row.failed]
        if wrong:
            raise ChainstepError(_sentence(found, wrong))
    return DONE


def text(found: GradientCheck) -> str:
    """Return the table and its sum in a sentence."""
    rows = [_HEADER, *map(_row, found.rows)]
    skipped = sum(row.skipped is not None for row in found.rows)
    checked = len(found.rows) - skipped
    worst = format_number(found.worst, 2)
    told = f"{checked} checked, {skipped} skipped; the largest relative error is {worst}."
    return f"{grid(rows, 'llddrl', indent='')}\n{told}\n"


def _row(row: Checked) -> tuple[str, ...]:
    numbers = format_number(row.analytic, DIGITS), format_number(row.numeric, DIGITS)
    if row.skipped is not None:
        return row.kind, name(row.name, 40), *numbers, "–", f"skipped: {row.skipped}"
    verdict = "WRONG" if row.failed else "ok"
    return row.kind, name(row.name, 40), *numbers, format_number(row.relative, 2), verdict


def _sentence(found: GradientCheck, wrong: list[Checked]) -> str:
    worst = max(wrong, key=lambda row: row.relative)
    return (
        f"{len(wrong)} of {len(found.rows)} gradients differ from their finite difference by more "
        f"than a relative {LIMIT:g}, most at {worst.kind} {worst.name}."
    )
