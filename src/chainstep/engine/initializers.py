"""New random weights from a visible seed (`--init`, and the dice in the window).

uniform: U(−0.5, 0.5) · xavier: U(±√(6/(fan-in + fan-out))), Glorot and Bengio 2010 · he:
N(0, 2/fan-in), He et al. 2015 · zeros: all the same, which never breaks the symmetry. Biases
become 0; frozen parameters stay.
"""

import math

import numpy as np

from chainstep.network.model import Connection
from chainstep.project import Project


def initialised(project: Project, name: str = "xavier", seed: int = 0) -> Project:
    """Return the project with weights drawn anew, in document order."""
    rng = np.random.default_rng(seed)
    network = project.network
    weights = {
        c.ends: _draw(rng, name, len(network.incoming[c.target]), len(network.outgoing[c.source]))
        for c in network.connections
    }
    kept: dict[tuple[str, str], Connection] = {
        ends: c for ends, c in network.by_ends.items() if not c.trainable
    }
    weights.update({ends: c.weight for ends, c in kept.items()})
    biases = {u.id: 0.0 for u in network.units if u.bias is not None and u.trainable}
    return project.with_parameters(weights, biases)


def _draw(rng: np.random.Generator, name: str, fan_in: int, fan_out: int) -> float:
    if name == "zeros":
        return 0.0
    if name == "he":
        return float(rng.normal(0.0, math.sqrt(2.0 / fan_in)))
    bound = 0.5 if name == "uniform" else math.sqrt(6.0 / (fan_in + fan_out))
    return float(rng.uniform(-bound, bound))
