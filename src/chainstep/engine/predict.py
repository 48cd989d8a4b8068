"""Outputs for rows of inputs, without targets, loss or training."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from chainstep.engine.activations import Array
from chainstep.engine.passes import forward
from chainstep.engine.plan import compile_plan
from chainstep.engine.readiness import why_not_forward
from chainstep.engine.trainer import chunks
from chainstep.errors import NotRunnable
from chainstep.project import Project


def predict(project: Project, X: ArrayLike) -> Array:
    """Return the outputs for each row of X, as the net sees them (no scaling is applied).

    X: (N, inputs), or (inputs,) for a single row. Returns (N, outputs).
    Raises NotRunnable where the net cannot run, or X does not fit its inputs or is no numbers.

    >>> import chainstep
    >>> project = chainstep.load("mazur.chainstep")
    >>> chainstep.predict(project, [[0.05, 0.1], [1.0, 1.0]]).round(4)
    array([[0.7514, 0.7729],
           [0.7662, 0.79  ]])
    """
    reason = why_not_forward(project)
    rows = _as_rows(X)
    width = len(project.network.inputs)
    if reason is None and (rows.ndim != 2 or rows.shape[1] != width):
        reason = f"The net has {width} inputs, but the rows have {rows.shape[-1]} values."
    if reason is not None:
        raise NotRunnable(reason)
    plan = compile_plan(project.network)
    theta = plan.theta()
    results = np.empty((len(rows), len(plan.outputs)))
    with np.errstate(all="ignore"):
        for part in chunks(np.arange(len(rows))):
            results[part] = forward(plan, theta, rows[part].T).z[plan.outputs].T
    return results


def _as_rows(X: ArrayLike) -> Array:
    """Return X as (N, columns). Raises NotRunnable for a text among the numbers, or ragged rows."""
    try:
        return np.atleast_2d(np.asarray(X, dtype=np.float64))
    except (ValueError, TypeError) as error:
        reason = "The rows are no table of numbers: give each one a number for every input."
        raise NotRunnable(reason) from error
