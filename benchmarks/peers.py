"""The peers: PyTorch, scikit-learn, micrograd, JAX, and NumPy written by hand for layers.

Each makes the same steps: fetch a batch, forward, backward, plain descent. A peer that is not
installed takes no part.
"""

import importlib.util
import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.machine import SIDE
from benchmarks.nets import RATE, Layered, arrays
from benchmarks.timing import Contestant


def there(module: str) -> bool:
    """Tell whether a package is installed."""
    return importlib.util.find_spec(module) is not None


def contestants(net: Layered, batch: int | None) -> dict[str, Contestant]:
    """Return the peers that can train this net."""
    size = net.rows if batch is None else batch
    made: dict[str, Contestant] = {"NumPy by hand": by_hand(net, size)}
    if size >= 100 and net.sizes[0] > 100:
        made["BLAS peak"] = blas_peak(net, size)
    if there("torch"):
        made["PyTorch"] = torch_steps(net, size)
    if there("sklearn"):
        made["scikit-learn"] = sklearn_steps(net, size)
    if there("micrograd") and len(net.sizes) < 5 and max(net.sizes) <= 8 and size <= 10:
        made["micrograd"] = micrograd_steps(net, size)
    if there("jax"):
        made["JAX step"], made["JAX scan"] = jax_steps(net, size)
    return made


def cuts(rows: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield start and stop of whole batches for ever."""
    return itertools.cycle([(n, n + size) for n in range(0, rows - size + 1, size)])


def by_hand(net: Layered, size: int) -> Contestant:
    """Dense layers written with all care: units as rows, biases as a column, out= everywhere."""
    X, T, W = arrays(net)
    pairs = list(itertools.islice(cuts(net.rows, size), net.rows // size))
    ones = np.ones((1, size))
    data = [(np.vstack([ones, X[a:b].T]), np.ascontiguousarray(T[a:b].T)) for a, b in pairs]
    full = [np.ones((1 + m, size)) for m in net.sizes[1:]]
    Z = [z[1:] for z in full]
    A, S = [np.empty_like(z) for z in Z], [np.empty_like(z) for z in Z]
    D = [np.empty_like(z) for z in full]
    G, last = [np.empty_like(w) for w in W], len(W) - 1
    scale = np.full(Z[last].shape, RATE / size)
    softmax = net.loss == "cross_entropy"
    turns = itertools.cycle(data)
    slopes = [_slope_of(net.hidden if k < last else net.outputs) for k in range(last + 1)]
    functions = [_function_of(net.hidden if k < last else net.outputs) for k in range(last + 1)]

    def step() -> None:
        x, t = next(turns)
        z = x
        for k in range(last + 1):
            np.dot(W[k], z, A[k])
            functions[k](A[k], Z[k], S[k])
            z = full[k]
        delta = D[last][1:]
        np.subtract(Z[last], t, delta)
        if not softmax:
            slopes[last](Z[last], S[last])
            np.multiply(delta, S[last], delta)
        np.multiply(delta, scale, delta)
        for k in range(last, -1, -1):
            delta = D[k][1:]
            if k:
                np.dot(W[k].T, delta, D[k - 1])
                slopes[k - 1](Z[k - 1], S[k - 1])
                np.multiply(D[k - 1][1:], S[k - 1], D[k - 1][1:])
            np.dot(delta, (full[k - 1] if k else x).T, G[k])
            np.subtract(W[k], G[k], W[k])

    return lambda steps: [step() for _ in range(steps)]


def blas_peak(net: Layered, size: int) -> Contestant:
    """Nothing but the net's floating-point operations, at the speed of a large product."""
    sizes = [(1 + m) * n for m, n in itertools.pairwise(net.sizes)]
    rows = size * (2 * sum(sizes) + sum(sizes[1:])) / SIDE**2
    a, b, out = np.ones((SIDE, SIDE)), np.ones((SIDE, SIDE)), np.empty((SIDE, SIDE))

    def steps(wanted: int) -> None:
        whole, rest = divmod(round(wanted * rows), SIDE)
        for _ in range(whole):
            np.dot(a, b, out)
        np.dot(a[:rest], b, out[:rest])

    return steps


def _function_of(name: str) -> Any:
    def logistic(a: np.ndarray, z: np.ndarray, s: np.ndarray) -> None:
        np.negative(a, s)
        np.exp(s, z)
        np.add(z, 1.0, s)
        np.reciprocal(s, z)

    def softmax(a: np.ndarray, z: np.ndarray, s: np.ndarray) -> None:
        np.subtract(a, a.max(0), s)
        np.exp(s, s)
        np.divide(s, s.sum(0), z)

    return {
        "tanh": lambda a, z, s: np.tanh(a, z),
        "relu": lambda a, z, s: np.maximum(a, 0.0, out=z),
        "logistic": logistic,
        "softmax": softmax,
    }[name]


def _slope_of(name: str) -> Any:
    def squares(z: np.ndarray, s: np.ndarray) -> None:
        np.multiply(z, z, s)
        np.subtract(1.0 if name == "tanh" else z, s, s)

    return np.sign if name == "relu" else squares


def torch_steps(net: Layered, size: int) -> Contestant:
    """nn.Sequential and optim.SGD, eager, one thread, float64."""
    import torch

    X, T, weights = arrays(net)
    functions = {
        "tanh": torch.nn.Tanh,
        "logistic": torch.nn.Sigmoid,
        "relu": torch.nn.ReLU,
    }
    layers: list[Any] = []
    for k, w in enumerate(weights):
        linear = torch.nn.Linear(w.shape[1] - 1, w.shape[0], dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w[:, 1:].copy()))
            linear.bias.copy_(torch.from_numpy(w[:, 0].copy()))
        name = net.hidden if k < len(weights) - 1 else net.outputs
        layers += [linear] if name == "softmax" else [linear, functions[name]()]
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    x, t = torch.from_numpy(X), torch.from_numpy(T)
    if net.loss == "cross_entropy":
        labels = t.argmax(1)
        criterion: Any = torch.nn.functional.cross_entropy
    else:
        labels = t

        def criterion(z: Any, y: Any) -> Any:
            return 0.5 * ((z - y) ** 2).sum() / len(z)

    turns = cuts(net.rows, size)

    def step() -> None:
        start, stop = next(turns)
        optimizer.zero_grad(set_to_none=True)
        criterion(model(x[start:stop]), labels[start:stop]).backward()
        optimizer.step()

    return lambda steps: [step() for _ in range(steps)]


def sklearn_steps(net: Layered, size: int) -> Contestant:
    """MLPRegressor or MLPClassifier, an epoch of `partial_fit` at a time."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    X, T, _ = arrays(net)
    classes = net.loss == "cross_entropy"
    kind = MLPClassifier if classes else MLPRegressor
    model = kind(
        hidden_layer_sizes=net.sizes[1:-1],
        activation=net.hidden,
        solver="sgd",
        alpha=0.0,
        batch_size=size,
        learning_rate_init=RATE,
        momentum=0.0,
        shuffle=False,
    )
    y = T.argmax(1) if classes else (T if T.shape[1] > 1 else T.ravel())
    steps_an_epoch = -(-net.rows // size)
    debt = 0

    def steps(wanted: int) -> None:
        nonlocal debt
        debt += wanted
        while debt > 0:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if classes:
                    model.partial_fit(X, y, classes=np.arange(net.sizes[-1]))
                else:
                    model.partial_fit(X, y)
            debt -= steps_an_epoch

    return WholeEpochs(steps, steps_an_epoch)


class WholeEpochs:
    """A contestant that can make whole epochs only: it is asked for no less."""

    def __init__(self, steps: Contestant, an_epoch: int) -> None:
        self.steps, self.least = steps, an_epoch

    def __call__(self, steps: int) -> object:
        return self.steps(steps)


def micrograd_steps(net: Layered, size: int) -> Contestant:
    """micrograd's MLP; its own functions, whatever ours are."""
    from micrograd.nn import MLP

    X, T, _ = arrays(net)
    model = MLP(net.sizes[0], list(net.sizes[1:]))
    x, t = X.tolist(), T.tolist()
    turns = cuts(net.rows, size)

    def step() -> None:
        start, stop = next(turns)
        loss: Any = 0.0
        for row, target in zip(x[start:stop], t[start:stop], strict=True):
            z = model(row)
            pairs = zip(z if isinstance(z, list) else [z], target, strict=True)
            loss = sum(((a - b) ** 2 for a, b in pairs), loss)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= RATE * p.grad

    return lambda steps: [step() for _ in range(steps)]


def jax_steps(net: Layered, size: int) -> tuple[Contestant, Contestant]:
    """A jitted step, and a whole epoch as one jitted scan."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    X, T, weights = arrays(net)
    functions = {"tanh": jnp.tanh, "logistic": jax.nn.sigmoid, "relu": jax.nn.relu}

    def loss(parameters: Any, x: Any, t: Any) -> Any:
        for k, (w, b) in enumerate(parameters):
            x = x @ w + b
            name = net.hidden if k < len(parameters) - 1 else net.outputs
            x = x if name == "softmax" else functions[name](x)
        if net.loss == "cross_entropy":
            return -(t * jax.nn.log_softmax(x)).sum() / len(x)
        return 0.5 * ((x - t) ** 2).sum() / len(x)

    def update(parameters: Any, x: Any, t: Any) -> Any:
        slopes = jax.grad(loss)(parameters, x, t)
        return jax.tree.map(lambda p, g: p - RATE * g, parameters, slopes)

    start = [(jnp.array(w[:, 1:].T), jnp.array(w[:, 0])) for w in weights]
    x, t = jnp.array(X), jnp.array(T)
    batches = [
        (x[a:b], t[a:b]) for a, b in itertools.islice(cuts(net.rows, size), net.rows // size)
    ]
    jitted = jax.jit(update)
    turns = itertools.cycle(batches)
    held = [start]

    def steps(wanted: int) -> None:
        for _ in range(wanted):
            held[0] = jitted(held[0], *next(turns))
        jax.block_until_ready(held[0])

    number = net.rows // size
    stacked = (
        x[: number * size].reshape(number, size, -1),
        t[: number * size].reshape(number, size, -1),
    )

    @jax.jit
    def epoch(parameters: Any, data: Any) -> Any:
        def body(p: Any, one: Any) -> Any:
            return update(p, *one), None

        return jax.lax.scan(body, parameters, data)[0]

    scanned = [start]

    def epochs(wanted: int) -> None:
        for _ in range(-(-wanted // number)):
            scanned[0] = epoch(scanned[0], stacked)
        jax.block_until_ready(scanned[0])

    return steps, WholeEpochs(epochs, number)
