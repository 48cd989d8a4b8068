"""The nets and data that everybody trains: layered ones, one with skips, and random DAGs."""

import random
from dataclasses import dataclass

import numpy as np

from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Data, Loss, Project, Training

RATE = 0.01
MIXED = ("tanh", "logistic", "relu", "identity", "sine")


@dataclass(frozen=True)
class Layered:
    """A fully connected net: sizes of its layers, functions and the number of rows."""

    sizes: tuple[int, ...]
    rows: int
    batches: tuple[int | None, ...]
    hidden: str = "tanh"
    outputs: str = "logistic"
    loss: str = "half_squared_error"

    @property
    def name(self) -> str:
        return "-".join(map(str, self.sizes))


_CLASSES = {"hidden": "relu", "outputs": "softmax", "loss": "cross_entropy"}
LAYERED = (
    Layered((2, 2, 1), 4, (1, None)),
    Layered((2, 4, 2), 100, (1, 10, None)),
    Layered((2, 8, 8, 1), 500, (1, 10, None), outputs="tanh"),
    Layered((10, 32, 32, 3), 1000, (1, 10, None), **_CLASSES),
    Layered((64, 128, 64, 10), 1797, (1, 10, 100, None), **_CLASSES),
    Layered((784, 128, 64, 10), 2000, (1, 10, 100, None), **_CLASSES),
)


def arrays(net: Layered) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Return inputs, targets and the layers' weights (outputs, 1 + inputs), bias first."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(net.rows, net.sizes[0]))
    T = rng.uniform(0.1, 0.9, size=(net.rows, net.sizes[-1]))
    if net.loss == "cross_entropy":
        T = np.eye(net.sizes[-1])[rng.integers(0, net.sizes[-1], net.rows)]
    pairs = zip(net.sizes, net.sizes[1:], strict=False)
    return X, T, [rng.normal(size=(m, 1 + n)) / np.sqrt(n) for n, m in pairs]


def project(net: Layered, batch: int | None) -> Project:
    """Return a layered net as a project."""
    X, T, weights = arrays(net)
    units, connections = [], []
    last = len(net.sizes) - 1
    for level, size in enumerate(net.sizes):
        for n in range(size):
            name = f"{level}/{n}"
            if level == 0:
                units.append(Unit(id=name, kind="input"))
                continue
            kind = "output" if level == last else "hidden"
            function = net.outputs if level == last else net.hidden
            row = weights[level - 1][n].tolist()
            units.append(Unit(id=name, kind=kind, activation=function, bias=row[0]))
            connections += [
                Connection(source=f"{level - 1}/{k}", target=name, weight=w)
                for k, w in enumerate(row[1:])
            ]
    return _project(units, connections, X, T, net.loss, batch)


def skips(batch: int | None) -> Project:
    """Return 2-4-4-1 with skips and mixed activations, 300 rows."""
    rng = random.Random(0)
    layers = [[f"{level}/{n}" for n in range(size)] for level, size in enumerate((2, 4, 4, 1))]
    units = [Unit(id=name, kind="input") for name in layers[0]]
    for level in (1, 2, 3):
        for n, name in enumerate(layers[level]):
            kind = "output" if level == 3 else "hidden"
            function = "tanh" if level == 3 else MIXED[(n + level) % 4]
            units.append(Unit(id=name, kind=kind, activation=function, bias=0.1))
    pairs = [(i, j) for a, b in ((0, 1), (1, 2), (2, 3)) for i in layers[a] for j in layers[b]]
    pairs += [("0/0", "2/0"), ("0/1", "2/1"), ("1/0", "3/0"), ("0/0", "3/0")]
    connections = [Connection(source=i, target=j, weight=rng.uniform(-0.7, 0.7)) for i, j in pairs]
    numbers = np.random.default_rng(0)
    X, T = numbers.normal(size=(300, 2)), numbers.uniform(-0.9, 0.9, size=(300, 1))
    return _project(units, connections, X, T, "half_squared_error", batch)


def dag(units: int, fan_in: int, levels: int, batch: int | None, rows: int = 200) -> Project:
    """Return a random net: `levels` levels, each unit fed by one of the level before and others.

    The others are among the 200 units before; five activations by turns of a die.
    """
    rng = random.Random(units + levels)
    made = [Unit(id=f"i{n}", kind="input") for n in range(10)]
    before = [unit.id for unit in made]
    last, connections = list(before), []
    for level in range(levels):
        here = []
        for n in range(units // levels):
            name = f"{level}/{n}"
            kind = "output" if level == levels - 1 else "hidden"
            made.append(Unit(id=name, kind=kind, activation=rng.choice(MIXED), bias=0.1))
            near = rng.choice(last)
            others = rng.sample([i for i in before[-200:] if i != near], min(fan_in, 10) - 1)
            connections += [
                Connection(source=i, target=name, weight=rng.uniform(-0.3, 0.3))
                for i in (near, *others)
            ]
            here.append(name)
        before, last = before + here, here
    numbers = np.random.default_rng(0)
    outputs = sum(unit.is_output for unit in made)
    X, T = numbers.normal(size=(rows, 10)), numbers.uniform(-0.9, 0.9, size=(rows, outputs))
    return _project(made, connections, X, T, "half_squared_error", batch)


def _project(
    units: list[Unit],
    connections: list[Connection],
    X: np.ndarray,
    T: np.ndarray,
    loss: str,
    batch: int | None,
) -> Project:
    return Project(
        network=Network(units=tuple(units), connections=tuple(connections)),
        loss=Loss(name=loss),
        data=Data(inputs=tuple(map(tuple, X.tolist())), targets=tuple(map(tuple, T.tolist()))),
        training=Training(learning_rate=RATE, batch_size=batch),
    )
