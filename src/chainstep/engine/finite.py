"""Where a number first stopped being finite, in the order in which the numbers are made."""

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.passes import Backward, Forward
from chainstep.engine.plan import Plan


def what_broke(plan: Plan, state: Forward, back: Backward | None, error: Array | None) -> str:
    """Name the first value of a single example that is not finite, "" where all are.

    state, back: of one example, (units, 1); error: each output's share of E_n, (K, 1). The
    forward pass comes first, unit by unit, then the loss, then δ from the outputs back.
    """
    names = {row: unit_id for unit_id, row in plan.row.items()}
    a, z = np.isfinite(state.a[:, 0]), np.isfinite(state.z[:, 0])
    broken = np.flatnonzero(~(a & z))
    if len(broken):
        row = int(broken[0])
        return f"{'z' if a[row] else 'a'} of {names[row]}"
    if error is not None and not np.isfinite(error.sum()):
        return "The loss"
    if back is not None and len(rows := np.flatnonzero(~np.isfinite(back.delta[:, 0]))):
        return f"δ of {names[int(rows[-1])]}"
    return ""
