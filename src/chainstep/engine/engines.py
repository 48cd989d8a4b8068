"""What makes the updates: the engines' common face, and the choice between them.

`tape_engine` serves everything; `scalar_engine` tiny work. The choice depends on net, loss,
settings and number of rows alone, so that stepping and training make the same bits.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Protocol

from chainstep.engine import compiled_engine, cost
from chainstep.engine.activations import Array
from chainstep.engine.feed import Feed
from chainstep.engine.plan import Indices, Plan
from chainstep.engine.scalar import can_serve
from chainstep.engine.scalar_engine import ScalarEngine
from chainstep.engine.tape_engine import TapeEngine
from chainstep.project import Loss, Training

#: Whether the compiled kernel of the extra `fast` may be chosen.
FAST = True


def has_fast() -> bool:
    """Tell whether the extra `fast` is installed."""
    return find_spec("numba") is not None


class Engine(Protocol):
    """Holds parameters and optimiser of one training and makes its updates.

    factor: what the errors that `run` returns are to be multiplied with to be E.
    """

    @property
    def factor(self) -> float:
        """What the errors of `run` are to be multiplied with."""

    @property
    def finite(self) -> bool:
        """Whether all parameters are finite."""

    def load(self, theta: Array, vectors: Mapping[str, Array], count: int) -> None:
        """Take over parameters and the optimiser's memory, in the plan's order."""

    def unload(self) -> tuple[Array, dict[str, Array], int]:
        """Return parameters and the optimiser's memory in the plan's order, as copies."""

    def keep(self) -> object:
        """Return what `take_back` needs."""

    def take_back(self, kept: object) -> None:
        """Go back to what was kept."""

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next batch on. rate: η of the epoch."""

    def run(
        self, first: int, last: int, repeats: int, met: float, order: Indices | None
    ) -> list[float]:
        """Make the updates of batches first:last of an epoch, `repeats` times over.

        met: what the first round's errors are added to. order: places of the training rows, None
        for 0, 1, 2 … Returns the sum of the errors of each round. May raise ArithmeticError.
        """


def choose(plan: Plan, loss: Loss, training: Training, feed: Feed, size: int) -> Engine:
    """Return the engine that the cost model says is fastest. size: rows of a batch."""
    if FAST and has_fast() and compiled_engine.can_serve(plan, loss, training):
        runs = compiled_engine.runs_of(plan)
        if cost.prefers_compiled(plan, runs, size, len(feed)):
            return compiled_engine.CompiledEngine(plan, loss, training, feed, size)
    if can_serve(plan, loss, training) and cost.prefers_scalar(plan, size, len(feed)):
        return ScalarEngine(plan, loss, training, feed, size)
    return TapeEngine(plan, loss, training, feed, size)
