"""The update rules, on the flat parameter vector; what a document's `training` means by them.

State starts at zero. Frozen parameters have a gradient of 0 here, so they never move.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.project import Training

Update = Callable[["OptimizerState", Array, Training, float], Array]


@dataclass
class OptimizerState:
    """The memory of an optimiser: its vectors by name, and the number of updates made."""

    size: int
    count: int = 0
    vectors: dict[str, Array] = field(default_factory=dict)

    def vector(self, name: str) -> Array:
        """Return a vector of the memory, zero at first; change it in place."""
        if name not in self.vectors:
            self.vectors[name] = np.zeros(self.size)
        return self.vectors[name]

    def copy(self) -> "OptimizerState":
        """Return an independent copy."""
        vectors = {name: vector.copy() for name, vector in self.vectors.items()}
        return OptimizerState(self.size, self.count, vectors)


def remedy(training: Training) -> str:
    """Say what may help where an update broke."""
    divides = training.optimizer in ("rmsprop", "adagrad", "adam", "adamw")
    if divides and training.epsilon == 0.0:
        return f"{training.optimizer} divides by √ of a slope's square and ε: make ε larger than 0"
    return "try a smaller learning rate"


def penalised(training: Training, theta: Array, g: Array, decayed: NDArray[np.bool_]) -> Array:
    """Return the gradient with weight decay and l1 added where `decayed` says so."""
    if training.l1:
        g = g + np.where(decayed, training.l1 * np.sign(theta), 0.0)
    if training.weight_decay and training.optimizer != "adamw":
        g = g + np.where(decayed, training.weight_decay * theta, 0.0)
    return g


def update(
    state: OptimizerState,
    training: Training,
    rate: float,
    theta: Array,
    g: Array,
    decayed: NDArray[np.bool_],
) -> Array:
    """Return the parameters after one update; only `state` is changed in place.

    theta, g: (parameters,), g with the reduction and without penalties. rate: η of this epoch.
    decayed: the parameters that penalties apply to.
    """
    state.count += 1
    if training.optimizer == "adamw" and training.weight_decay:
        theta = theta - np.where(decayed, rate * training.weight_decay * theta, 0.0)
    step = _RULES[training.optimizer](state, penalised(training, theta, g, decayed), training, rate)
    return theta - step


def _sgd(state: OptimizerState, g: Array, training: Training, rate: float) -> Array:
    return rate * g


def _momentum(state: OptimizerState, g: Array, training: Training, rate: float) -> Array:
    v = state.vector("v")
    v *= training.momentum
    v += g
    return rate * v


def _nesterov(state: OptimizerState, g: Array, training: Training, rate: float) -> Array:
    v = state.vector("v")
    v *= training.momentum
    v += g
    return rate * (g + training.momentum * v)


def _rmsprop(state: OptimizerState, g: Array, training: Training, rate: float) -> Array:
    s = state.vector("s")
    s *= training.rho
    s += (1.0 - training.rho) * np.square(g)
    return rate * g / (np.sqrt(s) + training.epsilon)


def _adagrad(state: OptimizerState, g: Array, training: Training, rate: float) -> Array:
    s = state.vector("s")
    s += np.square(g)
    return rate * g / (np.sqrt(s) + training.epsilon)


def _adam(state: OptimizerState, g: Array, training: Training, rate: float) -> Array:
    m, v = state.vector("m"), state.vector("v")
    m *= training.beta1
    m += (1.0 - training.beta1) * g
    v *= training.beta2
    v += (1.0 - training.beta2) * np.square(g)
    m_hat = m / (1.0 - training.beta1**state.count)
    v_hat = v / (1.0 - training.beta2**state.count)
    return rate * m_hat / (np.sqrt(v_hat) + training.epsilon)


#: Polyak 1964; Sutskever et al. 2013; Hinton's lecture 6e; Duchi et al. 2011; Kingma and Ba 2015;
#: Loshchilov and Hutter 2019.
_RULES: Final[Mapping[str, Update]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adam": _adam,
    "adamw": _adam,
}
