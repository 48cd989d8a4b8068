"""The compiled kernel of the extra `fast`: plain descent, example by example, for any net of sums.

One kernel serves every net; what differs is in its arguments. It is compiled by Numba when it is
first used on a machine and kept. Where Numba is not installed it is plain Python, which no run
uses but the tests do. The names follow `passes`, which is the reference.

A net is given as runs: sources in neighbouring rows whose weights are neighbours in theta too.
Unit n is computed from runs heads[n]:heads[n + 1], its bias is theta[biases[n]] unless negative.
"""

import math
from collections.abc import Callable
from typing import Any

try:
    from numba import njit
except ImportError:  # the same functions, slowly: for the tests, `engines` leaves them alone

    def njit(**_options: Any) -> Callable[[Any], Any]:
        """Leave a function as it is."""
        return lambda function: function


IDENTITY, LOGISTIC, TANH, RELU, LEAKY_RELU, SINE, SOFTPLUS, GROUPED = range(8)
SQUARES, BINARY, CROSS = range(3)


@njit(inline="always")
def _h(kind, a, p):  # type: ignore[no-untyped-def]
    if kind == LOGISTIC:
        return 1.0 / (1.0 + math.exp(-a))
    if kind == TANH:
        return math.tanh(a)
    if kind == RELU:
        return 0.0 if a <= 0.0 else a
    if kind == LEAKY_RELU:
        return p * a if a <= 0.0 else a
    if kind == SINE:
        return math.sin(a)
    if kind == SOFTPLUS:
        return math.log1p(math.exp(-abs(a))) + (0.0 if a <= 0.0 else a)
    return a


@njit(inline="always")
def _h_prime(kind, a, z, p):  # type: ignore[no-untyped-def]
    if kind == LOGISTIC:
        return z * (1.0 - z)
    if kind == TANH:
        return 1.0 - z * z
    if kind == RELU:
        return 0.0 if a <= 0.0 else 1.0
    if kind == LEAKY_RELU:
        return p if a <= 0.0 else 1.0
    if kind == SINE:
        return math.cos(a)
    if kind == SOFTPLUS:
        return 1.0 / (1.0 + math.exp(-a))
    return 1.0


@njit(inline="always")
def _forward(theta, net, a, z):  # type: ignore[no-untyped-def]
    units, kinds, params, biases, heads, sources, places, lengths = net
    for n in range(len(units)):
        total = theta[biases[n]] if biases[n] >= 0 else 0.0
        for run in range(heads[n], heads[n + 1]):
            i, w = sources[run], places[run]
            for k in range(lengths[run]):
                total += theta[w + k] * z[i + k]
        j = units[n]
        a[j] = total
        z[j] = _h(kinds[n], total, params[n])


@njit(inline="always")
def _outputs(loss, gain, outputs, t, a, z, own, direct):  # type: ignore[no-untyped-def]
    """Put ∂E/∂a into own or ∂E/∂z into direct; return the error, to be multiplied by a factor."""
    error = 0.0
    if loss == CROSS:
        top, total, sum_t, cross = a[outputs[0]], 0.0, 0.0, 0.0
        for k in range(len(outputs)):
            top = max(top, a[outputs[k]])
        for k in range(len(outputs)):
            shifted = a[outputs[k]] - top
            z[outputs[k]] = math.exp(shifted)
            total += z[outputs[k]]
            sum_t += t[k]
            cross += t[k] * shifted
        for k in range(len(outputs)):
            own[outputs[k]] = z[outputs[k]] * (sum_t / total) - t[k]
        return sum_t * math.log(total) - cross
    for k in range(len(outputs)):
        j = outputs[k]
        difference = z[j] - t[k]
        if loss == BINARY:
            own[j] = difference
            high = 0.0 if a[j] <= 0.0 else a[j]
            error += math.log1p(math.exp(-abs(a[j]))) - a[j] * t[k] + high
        else:
            direct[j] = gain * difference
            error += difference * difference
    return error


@njit(inline="always")
def _backward(theta, g, net, a, z, d, own):  # type: ignore[no-untyped-def]
    """Add ∂E_n/∂θ to g."""
    units, kinds, params, biases, heads, sources, places, lengths = net
    for n in range(len(units) - 1, -1, -1):
        j = units[n]
        delta = own[j]
        if d[j] != 0.0:
            delta += d[j] * _h_prime(kinds[n], a[j], z[j], params[n])
        if biases[n] >= 0:
            g[biases[n]] += delta
        for run in range(heads[n], heads[n + 1]):
            i, w = sources[run], places[run]
            for k in range(lengths[run]):
                g[w + k] += delta * z[i + k]
                d[i + k] += delta * theta[w + k]


@njit(cache=True, error_model="numpy", fastmath={"reassoc"})
def run(theta, g, free, net, loss, outputs, rows, picks, size, steps, buffers, sums):  # type: ignore[no-untyped-def]
    """Make the updates of the batches in `picks`, as often as `sums` is long; fill in the errors.

    rows: (N, inputs + outputs). free: 1 for what may change. buffers: a, z, d, own, a number a row
    of the plan; d collects ∂E/∂z. loss: its kind, what ∂E/∂z is multiplied with, the number of
    inputs. steps: η, whether the mean counts, and what the first errors are added to.
    """
    a, z, d, own = buffers
    kind, gain, inputs = loss
    rate, mean, met = steps
    for number in range(len(sums)):
        for start in range(0, len(picks), size):
            stop = min(start + size, len(picks))
            share = rate / (stop - start) if mean else rate
            g[:] = 0.0
            for pick in picks[start:stop]:
                row = rows[pick]
                z[:inputs] = row[:inputs]
                d[:] = 0.0
                own[:] = 0.0
                _forward(theta, net, a, z)
                met += _outputs(kind, gain, outputs, row[inputs:], a, z, own, d)
                _backward(theta, g, net, a, z, d, own)
            for n in range(len(theta)):
                theta[n] -= share * free[n] * g[n]
        sums[number] = met
        met = 0.0
