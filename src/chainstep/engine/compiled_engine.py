"""The engine of the compiled kernel: plain descent on small batches, where Numba is installed.

The kernel is in `compiled`; here a plan becomes its arguments. Without Numba nothing changes but
speed: `engines` then never makes one.
"""

from collections.abc import Mapping

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.feed import Feed
from chainstep.engine.plan import Indices, Plan
from chainstep.engine.updates import is_plain
from chainstep.network.model import GROUP_ACTIVATIONS, SUM, Unit
from chainstep.project import Loss, Training

_KINDS = ("identity", "logistic", "tanh", "relu", "leaky_relu", "sine", "softplus")
_LOSSES = {"half_squared_error": (0.5, 1.0), "squared_error": (1.0, 2.0)}


def can_serve(plan: Plan, loss: Loss, training: Training) -> bool:
    """Tell whether the kernel knows this net, loss and optimiser."""
    known = plan.group is None and loss.name in (*_LOSSES, "binary_cross_entropy")
    return (
        (known or loss.name == "cross_entropy")
        and is_plain(training)
        and all(
            unit.is_input or (unit.combine == SUM and _kind(unit) is not None)
            for unit in plan.network.units
        )
    )


def runs_of(plan: Plan) -> int:
    """Return how many runs the kernel goes over, forward."""
    return len(_Net(plan).sources)


class CompiledEngine:
    """Makes updates batch by batch; holds the parameters in the plan's order."""

    def __init__(self, plan: Plan, loss: Loss, training: Training, feed: Feed, size: int) -> None:
        """size: rows of a batch that is not the last. Plain descent only."""
        from chainstep.engine import compiled

        self.feed, self.size = feed, size
        self.factor, gain = _LOSSES.get(loss.name, (1.0, 1.0))
        kinds = {"binary_cross_entropy": compiled.BINARY, "cross_entropy": compiled.CROSS}
        self._kernel = compiled.run
        self._loss = kinds.get(loss.name, compiled.SQUARES), gain, len(plan.inputs)
        self._net, self._outputs = _Net(plan).arguments(), plan.outputs
        self._free = plan.trainable(training.train_biases).astype(np.float64)
        self._rows = np.array(feed.listed, dtype=np.float64)
        self._order = np.arange(len(feed))
        self._theta, self._g = np.zeros(plan.size), np.zeros(plan.size)
        self._buffers = tuple(np.zeros(len(plan.row)) for _ in range(4))
        self.tune(training, training.learning_rate)

    def load(self, theta: Array, vectors: Mapping[str, Array], count: int) -> None:
        """Take over the parameters; plain descent has no memory but the number of updates."""
        self._theta[...] = theta

    def unload(self) -> tuple[Array, dict[str, Array], int]:
        """Return the parameters in the plan's order."""
        return self._theta.copy(), {}, 0

    def keep(self) -> object:
        """Return what `take_back` needs."""
        return self._theta.copy()

    def take_back(self, kept: object) -> None:
        """Go back to what was kept."""
        self._theta[...] = kept  # type: ignore[call-overload]

    @property
    def finite(self) -> bool:
        """Whether all parameters are finite."""
        return bool(np.isfinite(self._theta).all())

    def tune(self, training: Training, rate: float) -> None:
        """Take this η from the next batch on."""
        self._mean, self._rate = training.reduction == "mean", rate

    def run(
        self, first: int, last: int, repeats: int, met: float, order: Indices | None
    ) -> list[float]:
        """Make the updates of batches first:last of an epoch, `repeats` times over.

        Returns the sum of the errors of each round, the first plus met.
        """
        picks = (self._order if order is None else order)[first * self.size : last * self.size]
        sums = np.empty(repeats)
        self._kernel(
            self._theta,
            self._g,
            self._free,
            self._net,
            self._loss,
            self._outputs,
            self._rows,
            picks,
            self.size,
            (self._rate, self._mean, float(met)),
            self._buffers,
            sums,
        )
        found: list[float] = sums.tolist()
        return found


class _Net:
    """A plan as runs: unit by unit, neighbouring sources with neighbouring weights."""

    def __init__(self, plan: Plan) -> None:
        self.units: list[int] = []
        self.kinds: list[int] = []
        self.biases: list[int] = []
        self.heads = [0]
        self.params: list[float] = []
        self.sources: list[int] = []
        self.places: list[int] = []
        self.lengths: list[int] = []
        for unit in sorted(plan.network.units, key=lambda unit: plan.row[unit.id]):
            if not unit.is_input:
                self._add(plan, unit)

    def arguments(self) -> tuple[Array | Indices, ...]:
        """Return the arrays in the order in which the kernel takes them."""
        rows = (self.heads, self.sources, self.places, self.lengths)
        heads, *runs = (np.array(row, dtype=np.intp) for row in rows)
        units, kinds, biases = (
            np.array(row, dtype=np.intp) for row in (self.units, self.kinds, self.biases)
        )
        return units, kinds, np.array(self.params), biases, heads, *runs

    def _add(self, plan: Plan, unit: Unit) -> None:
        self.units.append(plan.row[unit.id])
        self.kinds.append(_kind(unit) or 0)
        self.params.append(unit.param("alpha") if unit.activation == "leaky_relu" else 0.0)
        self.biases.append(plan.bias.get(unit.id, -1))
        first = len(self.sources)
        for _, row, place in plan.ways.into(unit.id):
            length = self.lengths[-1] if len(self.sources) > first else 0
            if length and (self.sources[-1] + length, self.places[-1] + length) == (row, place):
                self.lengths[-1] += 1
            else:
                self.sources.append(row)
                self.places.append(place)
                self.lengths.append(1)
        self.heads.append(len(self.sources))


def _kind(unit: Unit) -> int | None:
    """Return the kernel's number of an activation, as in `compiled`; None for one it lacks."""
    if unit.activation in GROUP_ACTIVATIONS:
        return len(_KINDS)
    return _KINDS.index(unit.activation) if unit.activation in _KINDS else None
