"""The numbers of a trace: units with their terms, connections and biases, frozen.

They are made in great numbers, hence structs without a garbage collector's header. How they are
computed is in `trace`.
"""

from typing import Any

import msgspec

Value = float | None


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A term of a_j: the connection from `source` brings product = w_ji z_i."""

    source: str
    weight: float
    z: float
    product: float


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A term of the sum at j: the share of ∂E/∂a_j that comes back from k = `target`.

    delta: ∂E/∂a_k. da_dz, da_da: ∂a_k/∂z_j and ∂a_k/∂a_j. dE_dz_term, delta_term: their products
    with delta (PRML 5.55).
    """

    target: str
    delta: Value
    da_dz: float
    dE_dz_term: Value
    da_da: Value
    delta_term: Value


class JacobianTerm(msgspec.Struct, frozen=True, gc=False):
    """A term of δ_j of a softmax output: ∂E/∂z_k ∂z_k/∂a_j, k = `unit`."""

    unit: str
    dE_dz: Value
    dz_da: float
    term: float


class UnitTrace(msgspec.Struct, frozen=True):
    """All numbers of one unit; None where a quantity does not exist or was refused."""

    id: str
    kind: str
    a: Value
    z: float
    h_prime: Value
    dE_dz: Value
    delta: Value
    direct: Value
    incoming: tuple[Incoming, ...]
    outgoing: tuple[Outgoing, ...]
    jacobian: tuple[JacobianTerm, ...] | None

    def as_dict(self) -> dict[str, Any]:
        """Return what `trace --format json` prints of it; a jacobian only where there is one."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        if self.jacobian is None:
            del found["jacobian"]
        return found


class ConnectionTrace(msgspec.Struct, frozen=True, gc=False):
    """∂E/∂w_ji = δ_j z_i of one connection (PRML 5.53)."""

    source: str
    target: str
    weight: float
    dE_dw: Value


class BiasTrace(msgspec.Struct, frozen=True, gc=False):
    """∂E/∂b_j = δ_j of one bias."""

    unit: str
    bias: float
    dE_db: Value
