"""Product and max units in the tape: rare, so each is served by the functions of `passes`."""

from typing import TYPE_CHECKING

from chainstep.engine.activations import Array
from chainstep.engine.packing import Packing
from chainstep.engine.passes import gate_forward, gate_slopes
from chainstep.engine.plan import GateUnit

if TYPE_CHECKING:
    from chainstep.engine.kernels import Op


class Gate:
    """One product or max unit on fixed buffers.

    pulled: (rows, N), where its share of ∂E/∂z is added to; 0 at the start of a backward pass.
    """

    def __init__(self, packing: Packing, gate: GateUnit, weights: Array, z: Array) -> None:
        self.row, self.combine = int(packing.at[gate.row]), gate.combine
        self.places, self.sources = packing.place[gate.edges], packing.at[gate.sources]
        self.weights, self.z = weights, z
        self._here = GateUnit(self.row, gate.combine, self.sources, self.places)
        self._slopes: Array = z[:0]

    def forward(self, a: Array) -> "list[Op]":
        """a = Π_i w_i z_i, or the largest of the w_i z_i."""
        return [(self._forward, (a,))]

    def backward(self, delta: Array, pulled: Array) -> "list[Op]":
        """Add w_i ∂a/∂(w_i z_i) δ to every source; keeps the slopes for the gradient."""
        return [(self._backward, (delta, pulled))]

    def gradient(self, delta: Array, flat: Array) -> "list[Op]":
        """∂E/∂w_i = Σ_n δ z_i ∂a/∂(w_i z_i)."""
        return [(self._gradient, (delta, flat))]

    def _forward(self, a: Array) -> None:
        a[self.row] = gate_forward(self._here, self.weights, self.z)

    def _backward(self, delta: Array, pulled: Array) -> None:
        self._slopes = gate_slopes(self._here, self.weights, self.z)
        weights = self.weights[self.places, None]
        pulled[self.sources] += weights * self._slopes * delta[self.row]

    def _gradient(self, delta: Array, flat: Array) -> None:
        terms = self._slopes * self.z[self.sources] * delta[self.row]
        flat[self.places] = terms.sum(axis=1)
