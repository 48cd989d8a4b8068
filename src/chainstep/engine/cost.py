"""The cost model: which kernel a level gets, which engine a batch, how many examples at once.

Everything is in microseconds of one core, forward and backward together, as measured on small
and large nets (`dev.py bench`). A wrong guess costs time, never correctness: every kernel is
tested against `passes`. The choices depend on net, batch size and settings alone, never on how
a run was paused, so that the same batch always gives the same bits.
"""

import os
from typing import Final

from chainstep.engine.plan import Plan

RANGE: Final = "range"
GATHER: Final = "gather"
SPARSE: Final = "sparse"
KINDS: Final = (RANGE, GATHER, SPARSE)

#: One call of a small NumPy function with everything preallocated.
CALL: Final = 0.19
#: What a gathered block of one unit saves: its gradient is made together with that of others.
LONE: Final = 0.12
#: Calls of the functions that need more than one, and what a number costs in them and in h′.
CALLS: Final = {"identity": 0, "logistic": 4}
NUMBER: Final = 0.003
#: From this many parameters on the program no longer fits the fastest cache.
LONG_PROGRAM: Final = 400
#: Data of more inputs than this are not held as plain numbers.
MOST_NUMBERS: Final = 2_000_000
#: Beyond this many parameters a straight-line program is too long to compile.
LONGEST_PROGRAM: Final = 12_000
#: Examples computed at once: as fast as the whole, and memory does not grow with the rows.
FEWEST_COLUMNS: Final = 256
MOST_COLUMNS: Final = 1000
#: Threads that share a large batch, and what each, and each level, must have to do, in µs.
MOST_LANES: int = min(
    4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
)
LANE: Final = 5000.0
LANE_LEVEL: Final = 200.0
#: What the buffers of a chunk may hold, in numbers of 8 bytes.
BUFFERS: Final = 48 * 2**20 // 8


def dense(units: int, sources: int, columns: int) -> float:
    """Cost of one dense block: the product forward, the gradient, the update."""
    return 0.5 + units * sources * (5e-5 * columns + 3e-4)


def taken(sources: int, columns: int) -> float:
    """Cost of gathering rows."""
    return 0.15 + sources * (1e-4 * columns + 4e-4)


def sparse(units: int, padded: int, columns: int) -> float:
    """Cost of a block of which only the connections are stored, padded to the largest fan-in."""
    each = 0.002 if columns == 1 else 0.05
    return 1.4 + each * units + padded * (3e-4 * columns + 1e-3)


def dense_back(units: int, sources: int, columns: int) -> float:
    """Cost of carrying ∂E/∂z back through a dense block whose W is gathered anew."""
    return 0.2 + units * sources * (1.6e-5 * columns + 5.5e-4)


def sparse_back(units: int, padded: int, columns: int) -> float:
    """Cost of carrying ∂E/∂z back over the connections alone."""
    each = 0.002 if columns == 1 else 0.03
    return 0.9 + each * units + padded * (2.2e-4 * columns + 9e-4)


def kind_of(
    units: int, span: int, union: int, padded: int, columns: int, back: bool = False
) -> str:
    """Return the cheapest kernel of a block.

    span: rows from the first source to the last. union: different sources. padded: units times
    the largest fan-in. back: whether it carries ∂E/∂z back, which needs no gradient.
    """
    full, listed = (dense_back, sparse_back) if back else (dense, sparse)
    lone = units == 1 and not back
    costs = (
        full(units, span, columns),
        full(units, union, columns) + taken(union, columns) - (LONE if lone else 0.0),
        listed(units, padded, columns),
    )
    return KINDS[costs.index(min(costs))]


def scalar(parameters: int, units: int, columns: int) -> float:
    """Cost of a batch in the straight-line program."""
    each = 0.031 if parameters < LONG_PROGRAM else 0.045
    return columns * (each * parameters + 0.05 * units)


def tape(plan: Plan, columns: int) -> float:
    """Cost of a batch on the tape: its calls, and the blocks of its levels."""
    found = CALL * 8
    functions = set()
    for level in plan.levels:
        for run in level.runs:
            functions.add(run.name)
            found += CALL * CALLS.get(run.name, 1) + NUMBER * (run.stop - run.start) * columns
        block = level.sums
        if block is not None:
            units, edges = block.stop - block.start, len(block.edges)
            span = units * (block.high - block.low)
            found += min(dense(1, span, columns), sparse(units, edges, columns))
            found += CALL + min(dense_back(1, span, columns), sparse_back(units, edges, columns))
    return found + CALL * len(functions)


def compiled(parameters: int, units: int, runs: int, columns: int) -> float:
    """Cost of a batch in the compiled kernel."""
    return columns * (0.002 * parameters + 0.002 * runs + 0.01 * units)


def prefers_compiled(plan: Plan, runs: int, columns: int, rows: int) -> bool:
    """Tell whether batches of so many rows are for the compiled kernel, where there is one."""
    parameters, units = plan.size, len(plan.row) - len(plan.inputs)
    found = compiled(parameters, units, runs, columns)
    if prefers_scalar(plan, columns, rows):
        return found < scalar(parameters, units, columns)
    return found < tape(plan, columns)


def prefers_scalar(plan: Plan, columns: int, rows: int) -> bool:
    """Tell whether batches of so many rows are for the straight-line program.

    rows: of all the data, which that program holds as plain numbers.
    """
    parameters, units = plan.size, len(plan.row) - len(plan.inputs)
    if parameters > LONGEST_PROGRAM or rows * (len(plan.row) - units) > MOST_NUMBERS:
        return False
    return scalar(parameters, units, columns) < tape(plan, columns)


def columns_at_once(batch: int, numbers: int, parameters: int, lanes: int) -> int:
    """Return how many examples of a batch to compute at once, in parts of nearly equal size.

    numbers: how many a single example takes in the buffers, of which every lane has its own.
    parameters: for every part the gradients of so many have to be added up.
    """
    fitting = max(1, BUFFERS // max(1, numbers * lanes))
    fewest = max(FEWEST_COLUMNS, min(2 * FEWEST_COLUMNS, parameters // 200))
    most = min(max(fewest, 2**18 // max(1, numbers)), MOST_COLUMNS, fitting)
    parts = lanes * -(-batch // (most * lanes))
    return -(-batch // parts)


def lanes(plan: Plan, batch: int) -> int:
    """Return how many threads share a batch: as many as there are cores for, where it pays.

    A level must keep a thread busy for longer than the interpreter's lock is handed on.
    """
    work = tape(plan, batch)
    if work < LANE_LEVEL * len(plan.levels):
        return 1
    return max(1, min(MOST_LANES, batch, int(work / LANE)))
