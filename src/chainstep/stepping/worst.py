"""The examples that a net does worst on: those with the largest error at the weights reached.

What is said of a class is decided as in `engine.metrics`; going to one is `walk.look_at`.
"""

from dataclasses import dataclass

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.metrics import Classes, classifies, decisions
from chainstep.engine.passes import forward, shares
from chainstep.engine.plan import Indices
from chainstep.engine.trainer import Trainer, chunks
from chainstep.stepping.maps import class_names

MOST = 10


@dataclass(frozen=True)
class Bad:
    """One example. row: of the data; error: E_n; true, given: class names, "" without classes."""

    row: int
    error: float
    true: str = ""
    given: str = ""

    @property
    def wrong(self) -> bool:
        """Whether it is taken for another class than its own."""
        return self.true != self.given


def worst(trainer: Trainer, rows: Indices, most: int = MOST) -> tuple[Bad, ...]:
    """Return the examples with the largest E_n among rows of the data, the worst first.

    What is not a number is the worst of all; on a tie the earlier row comes first.
    """
    parts = [_looked_at(trainer, part) for part in chunks(rows)]
    if not parts:
        return ()
    errors = np.concatenate([errors for errors, _, _ in parts])
    order = np.argsort(np.where(np.isnan(errors), -np.inf, -errors), kind="stable")[:most]
    if not classifies(trainer.project):
        return tuple(Bad(int(rows[n]), float(errors[n])) for n in order)
    names = class_names(trainer.project)
    true, given = (np.concatenate([part[n] for part in parts]) for n in (1, 2))
    return tuple(
        Bad(int(rows[n]), float(errors[n]), names[true[n]], names[given[n]]) for n in order
    )


def _looked_at(trainer: Trainer, rows: Indices) -> tuple[Array, Classes, Classes]:
    """Return E_n, the class and the decision of each row."""
    plan, (inputs, targets) = trainer.plan, trainer.examples(rows)
    with np.errstate(all="ignore"):
        state = forward(plan, trainer.theta, inputs)
        errors = shares(plan, trainer.project.loss, state, targets).sum(axis=0)
    return errors, *decisions(trainer.project, state.z[plan.outputs], targets)
