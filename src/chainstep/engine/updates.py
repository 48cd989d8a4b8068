"""The update rules in place, on the packed vectors of the tape.

The same rules as in `optimizers`, which is the reference; here nothing is allocated and a step of
plain descent comes ready scaled. A structural zero or a frozen parameter has a gradient of 0.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from chainstep.engine.activations import Array
from chainstep.project import Training

#: The vectors that each optimiser keeps.
MEMORY: Final[Mapping[str, tuple[str, ...]]] = {
    "sgd": (),
    "momentum": ("v",),
    "nesterov": ("v",),
    "rmsprop": ("s",),
    "adagrad": ("s",),
    "adam": ("m", "v"),
    "adamw": ("m", "v"),
}


def is_plain(training: Training) -> bool:
    """Tell whether the step is the gradient times a number, known beforehand."""
    return training.optimizer == "sgd" and not training.l1 and not training.weight_decay


class Updater:
    """One optimiser at work on theta, whose gradient lies in `flat` before each step.

    live: 1 for what may change, 0 for the rest. decayed: 1 for what penalties apply to.
    vectors, count: its memory.
    """

    def __init__(self, theta: Array, flat: Array, live: Array, decayed: Array) -> None:
        self.theta, self.flat = theta, flat
        self.dead, self.decayed = np.flatnonzero(live == 0.0), decayed
        self.vectors: dict[str, Array] = {}
        self.count = 0
        self.rate = 0.0
        self._step, self._root = np.empty_like(theta), np.empty_like(theta)

    def tune(self, training: Training, rate: float) -> None:
        """Take these numbers from the next step on. rate: η of the epoch."""
        self.training, self.rate = training, rate
        for name in MEMORY[training.optimizer]:
            self.vectors.setdefault(name, np.zeros_like(self.theta))
        self._rule: Callable[[], None] = getattr(self, f"_{training.optimizer}")

    def step(self) -> None:
        """Change theta by one update."""
        self.count += 1
        training, step = self.training, self._step
        if training.optimizer == "adamw" and training.weight_decay:
            self._decay(self.theta, -self.rate * training.weight_decay)
        if training.l1:
            np.sign(self.theta, step)
            self._penalise(training.l1)
        if training.weight_decay and training.optimizer != "adamw":
            np.copyto(step, self.theta)
            self._penalise(training.weight_decay)
        self._rule()
        if len(self.dead):
            step[self.dead] = 0.0  # with an ε of 0 the rules divide 0 by 0 there
        np.subtract(self.theta, step, self.theta)

    def _decay(self, into: Array, factor: float) -> None:
        np.multiply(self.theta, factor, self._step)
        np.multiply(self._step, self.decayed, self._step)
        np.add(into, self._step, into)

    def _penalise(self, factor: float) -> None:
        """Add `factor` times what stands in the step to the gradient of what is decayed."""
        np.multiply(self._step, factor, self._step)
        np.multiply(self._step, self.decayed, self._step)
        np.add(self.flat, self._step, self.flat)

    def _sgd(self) -> None:
        np.multiply(self.flat, self.rate, self._step)

    def _velocity(self) -> Array:
        v = self.vectors["v"]
        np.multiply(v, self.training.momentum, v)
        np.add(v, self.flat, v)
        return v

    def _momentum(self) -> None:
        np.multiply(self._velocity(), self.rate, self._step)

    def _nesterov(self) -> None:
        np.multiply(self._velocity(), self.training.momentum, self._step)
        np.add(self._step, self.flat, self._step)
        np.multiply(self._step, self.rate, self._step)

    def _squares(self, name: str, old: float, new: float) -> Array:
        """s ← old · s + new · g²."""
        s = self.vectors[name]
        np.multiply(self.flat, self.flat, self._root)
        if new != 1.0:
            np.multiply(self._root, new, self._root)
        if old != 1.0:
            np.multiply(s, old, s)
        np.add(s, self._root, s)
        return s

    def _over_root(self, over: Array, s: Array, rate: float, epsilon: float) -> None:
        np.sqrt(s, self._root)
        np.add(self._root, epsilon, self._root)
        np.multiply(over, rate, self._step)
        np.divide(self._step, self._root, self._step)

    def _rmsprop(self) -> None:
        rho = self.training.rho
        s = self._squares("s", rho, 1.0 - rho)
        self._over_root(self.flat, s, self.rate, self.training.epsilon)

    def _adagrad(self) -> None:
        s = self._squares("s", 1.0, 1.0)
        self._over_root(self.flat, s, self.rate, self.training.epsilon)

    def _adam(self) -> None:
        """The bias corrections go into η and ε: m̂/(√v̂ + ε) = m √c₂/c₁ / (√v + ε √c₂)."""
        training, m = self.training, self.vectors["m"]
        np.multiply(m, training.beta1, m)
        np.multiply(self.flat, 1.0 - training.beta1, self._step)
        np.add(m, self._step, m)
        v = self._squares("v", training.beta2, 1.0 - training.beta2)
        root = (1.0 - training.beta2**self.count) ** 0.5
        rate = self.rate * root / (1.0 - training.beta1**self.count)
        self._over_root(m, v, rate, training.epsilon * root)

    _adamw = _adam
