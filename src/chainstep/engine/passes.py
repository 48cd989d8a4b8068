"""Forward and backward over a plan, vectorised over examples (PRML 5.48–5.57).

The plain path: NumPy level by level. Shapes are unit-major, (units, N). Losses are in `losses`,
the update in `optimizers`, one example with its terms in `stepping.trace`.
"""

from dataclasses import dataclass

import numpy as np

from chainstep.engine.activations import ACTIVATIONS, GROUPS, Array
from chainstep.engine.losses import LOSSES, direct_share, group_delta
from chainstep.engine.plan import GateUnit, Level, Params, Plan, SumBlock
from chainstep.network.model import ACTIVATION_PARAMS, PRODUCT
from chainstep.project import Loss


@dataclass(frozen=True)
class Forward:
    """a and z, (units, N); a of an input is its value, and has no meaning."""

    a: Array
    z: Array


@dataclass(frozen=True)
class Backward:
    """Derivatives of E_n, per example, without reduction.

    dE_dz, delta = ∂E/∂a, h_prime: (units, N). direct: ∂E/∂z of each output alone, (K, N). Where
    ∂E/∂z cannot be represented it is not a number, while delta stays exact.
    """

    dE_dz: Array
    delta: Array
    h_prime: Array
    direct: Array


def forward(plan: Plan, theta: Array, inputs: Array, shift: Array | None = None) -> Forward:
    """Compute a_j = b_j + Σ_i w_ji z_i and z_j = h(a_j) for every unit.

    inputs: (inputs, N), a column an example. theta: as `plan.theta`. shift: (units,), added to
    each a_j on the way, as the gradient check does.
    """
    count = inputs.shape[1]
    a = np.zeros((len(plan.row), count))
    z = np.zeros_like(a)
    a[plan.inputs] = z[plan.inputs] = inputs
    biased, places = plan.biases
    a[biased] = theta[places, None]
    for level in plan.levels:
        if level.sums is not None:
            _sum_forward(level.sums, theta, a, z)
        for gate in level.gates:
            a[gate.row] = gate_forward(gate, theta, z)
        if shift is not None:
            a[level.start : level.stop] += shift[level.start : level.stop, None]
        for run in level.runs:
            z[run.rows] = ACTIVATIONS[run.name].h(a[run.rows], **_params(run.name, run.params))
    if plan.group is not None:
        z[plan.outputs] = GROUPS[plan.group](a[plan.outputs])
    return Forward(a, z)


def shares(plan: Plan, loss: Loss, state: Forward, targets: Array) -> Array:
    """Return each output's share of E_n, (K, N). targets: (K, N)."""
    z, a = state.z[plan.outputs], state.a[plan.outputs]
    return LOSSES[loss.name].share(z, a, targets, loss)


def backward(plan: Plan, theta: Array, loss: Loss, state: Forward, targets: Array) -> Backward:
    """Carry ∂E/∂a from the outputs back to every unit (PRML 5.55, 5.56). targets: (K, N)."""
    a, z = state.a, state.z
    out = plan.outputs
    direct, own_delta = output_shares(loss, plan.group, z[out], a[out], targets)
    h_prime = slopes(plan, a)
    # What comes back over connections is kept apart from the outputs' own share, which may not
    # be representable although delta is.
    pulled = np.zeros_like(z)
    delta = np.zeros_like(z)
    if own_delta is not None:
        delta[out] = own_delta
    else:
        pulled[out] = direct
    for level in reversed(plan.levels):
        rows = slice(level.start, level.stop)
        delta[rows] += h_prime[rows] * pulled[rows]
        _pull(level, theta, z, delta, pulled)
    if own_delta is not None:
        pulled[out] += direct
    return Backward(pulled, delta, h_prime, direct)


def gradient(plan: Plan, theta: Array, z: Array, delta: Array) -> Array:
    """Return Σ_n ∂E_n/∂θ, flat as theta: ∂E/∂w_ji = δ_j z_i (PRML 5.53). z, delta: (units, N)."""
    g = np.zeros(plan.size)
    for level in plan.levels:
        block = level.sums
        if block is not None:
            g[block.bias] = delta[block.biased].sum(axis=1)
            g[block.edges] = _sum_gradient(block, z, delta)
        for gate in level.gates:
            values = z[gate.sources]
            slopes = _gate_slopes(gate, theta, values)
            g[gate.edges] = (slopes * values * delta[gate.row]).sum(axis=1)
    return g


def output_shares(
    loss: Loss, group: str | None, z: Array, a: Array, targets: Array
) -> tuple[Array, Array | None]:
    """Return ∂E/∂z of each output alone, and ∂E/∂a where it does not come from h′ times that.

    z, a, targets: (K, N) of the outputs.
    """
    direct = direct_share(loss, group, z, a, targets)
    exact = LOSSES[loss.name].delta
    if exact is not None:
        return direct, exact(z, a, targets, loss)
    return direct, None if group is None else group_delta(group, direct, z)


def gate_forward(gate: GateUnit, theta: Array, z: Array) -> Array:
    """Return a of a product or max unit, (N,)."""
    factors = theta[gate.edges, None] * z[gate.sources]
    return _product(factors) if gate.combine == PRODUCT else _maximum(factors)


def gate_slopes(gate: GateUnit, theta: Array, z: Array) -> Array:
    """Return ∂a/∂(w_i z_i) of a product or max unit for every source, (sources, N)."""
    return _gate_slopes(gate, theta, z[gate.sources])


def slopes(plan: Plan, a: Array) -> Array:
    """Return h′(a) of every unit; 0 for inputs and for softmax groups, which have none."""
    h_prime = np.zeros_like(a)
    for name, params, rows in plan.alike:
        h_prime[rows] = ACTIVATIONS[name].h_prime(a[rows], **_params(name, params))
    return h_prime


def _params(name: str, params: Params) -> dict[str, float]:
    return {**ACTIVATION_PARAMS[name], **dict(params)} if ACTIVATION_PARAMS[name] else {}


def _weights(block: SumBlock, theta: Array) -> Array:
    """W of a dense block: rows of its units by its range of source rows."""
    w = np.zeros((block.stop - block.start, block.high - block.low))
    w[block.targets - block.start, block.sources - block.low] = theta[block.edges]
    return w


def _sum_forward(block: SumBlock, theta: Array, a: Array, z: Array) -> None:
    """Add Σ_i w_ji z_i to every a_j of a block."""
    rows = slice(block.start, block.stop)
    if block.single:
        a[block.start] += theta.take(block.edges).dot(z.take(block.sources, axis=0))
    elif block.dense:
        a[rows] += _weights(block, theta) @ z[block.low : block.high]
    else:
        products = theta[block.edges, None] * z[block.sources]
        heads = np.flatnonzero(np.diff(block.targets, prepend=-1))
        a[block.targets[heads]] += np.add.reduceat(products, heads, axis=0)


def _sum_gradient(block: SumBlock, z: Array, delta: Array) -> Array:
    if block.dense:
        full: Array = delta[block.start : block.stop] @ z[block.low : block.high].T
        return full[block.targets - block.start, block.sources - block.low]
    return np.asarray(np.einsum("en,en->e", delta[block.targets], z[block.sources]))


def _pull(level: Level, theta: Array, z: Array, delta: Array, pulled: Array) -> None:
    """Add Σ_k ∂E/∂a_k ∂a_k/∂z_j to every unit j that feeds this level."""
    block = level.sums
    if block is not None and block.single:
        pulled[block.sources] += theta.take(block.edges)[:, None] * delta[block.start]
    elif block is not None and block.dense:
        reach = slice(block.low, block.high)
        pulled[reach] += _weights(block, theta).T @ delta[block.start : block.stop]
    elif block is not None:
        order = np.argsort(block.sources, kind="stable")
        sources = block.sources[order]
        terms = theta[block.edges[order], None] * delta[block.targets[order]]
        heads = np.flatnonzero(np.diff(sources, prepend=-1))
        pulled[sources[heads]] += np.add.reduceat(terms, heads, axis=0)
    for gate in level.gates:
        slopes = _gate_slopes(gate, theta, z[gate.sources])
        pulled[gate.sources] += theta[gate.edges, None] * slopes * delta[gate.row]


def _product(factors: Array) -> Array:
    return np.asarray(factors.prod(axis=0))


def _maximum(factors: Array) -> Array:
    return np.asarray(factors.max(axis=0)) if len(factors) else np.zeros(factors.shape[1])


def _gate_slopes(gate: GateUnit, theta: Array, values: Array) -> Array:
    """∂a/∂(w_i z_i): the product of the other factors, or 1 for the winner of a max."""
    factors = theta[gate.edges, None] * values
    if gate.combine == PRODUCT:
        return _others(factors)
    slopes = np.zeros_like(factors)
    if len(factors):
        slopes[factors.argmax(axis=0), np.arange(factors.shape[1])] = 1.0
    return slopes


def _others(factors: Array) -> Array:
    """For each factor the product of all the others, without division."""
    before, after = np.ones_like(factors), np.ones_like(factors)
    np.cumprod(factors[:-1], axis=0, out=before[1:])
    np.cumprod(factors[:0:-1], axis=0, out=after[-2::-1])
    return np.asarray(before * after)
