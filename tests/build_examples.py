"""Make the bundled example documents: `python -m tests.build_examples` writes them anew.

The words are in `examples_texts`, the published nets in `published`. `test_examples` asserts that
the files in `resources/examples` are exactly what is made here. Points and weights are rounded,
so that every platform makes the same bytes.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np

from chainstep import resources
from chainstep.data import generators, split
from chainstep.files import document, examples
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Connection, Network, Unit
from chainstep.project import Data, Loss, Project, Rows, Training, View
from tests import published
from tests.examples_places import positions
from tests.examples_texts import (
    EPOCHS,
    NOTATION,
    OLD_PROGRAM,
    OWN,
    REMARKS,
    WORKED,
    Text,
    status_in_words,
)

SPECIES: Final = ("setosa", "versicolor", "virginica")
#: The share of rows that point clouds and iris hold back.
HELD_BACK: Final = 1 / 3


def main() -> None:
    """Write every document into `resources/examples`."""
    for name, text in documents().items():
        resources.path("examples", f"{name}.chainstep").write_bytes(text)
        print(name, len(text))


def documents() -> dict[str, bytes]:
    """Return the content of every example document by its name."""
    return {name: document.dumps(project) for name, project in projects().items()}


def projects() -> dict[str, Project]:
    """Return every example, in the order of `examples.GROUPS`."""
    levels = {name: level for level, group in examples.GROUPS.items() for name in group}
    own = {name: _told(make(), OWN[name], levels[name], {}) for name, make in MAKERS.items()}
    worked = {
        name: _told(_worked(entry), WORKED[name], levels[name], entry)
        for name, entry in published.entries().items()
    }
    made = {**own, **worked}
    return {name: made[name] for name in levels}


# --- our own nets -----------------------------------------------------------------------------


def xor() -> Project:
    network = layered((2, 2, 1), "logistic", "logistic", _given(0.7, 0.6, 0.7, -0.5, -0.8, 0.9))
    network = _biased(network, h1=0.1, h2=-0.5, o1=0.4)
    return Project(network=network, data=generators.gate("xor"), training=_descent(2.0, 1000))


def one_neuron(gate: str) -> Project:
    network = _biased(layered((2, 1), "logistic", "logistic", _given(0.4, -0.3)), o1=0.1)
    return Project(network=network, data=generators.gate(gate), training=_descent(2.0, 500))


def and_gate() -> Project:
    return one_neuron("and")


def or_gate() -> Project:
    return one_neuron("or")


def xor_shortcut() -> Project:
    network = drawn(
        [_logistic("h1", 0.6), _logistic("o1", 0.2, OUTPUT)],
        {"i1 h1": 0.7, "i2 h1": 0.7, "i1 o1": -0.5, "i2 o1": -0.8, "h1 o1": 0.9},
    )
    return Project(network=network, data=generators.gate("xor"), training=_descent(2.0, 2000))


def diamond() -> Project:
    network = drawn(
        [
            _logistic("h1", 0.1),
            _logistic("h2", 0.0),
            _logistic("h3", 0.2),
            _logistic("o1", -0.1, OUTPUT),
        ],
        {"i1 h1": 0.8, "h1 h2": 1.2, "h1 h3": -0.7, "h2 o1": 0.9, "h3 o1": 0.6},
    )
    data = Data(inputs=((1.0,),), targets=((0.0,),))
    return Project(network=network, data=data, training=_descent(0.5, 500))


def deep_chain() -> Project:
    sizes = (1,) * 11
    network = layered(sizes, "logistic", "logistic", _given(*[1.0] * 10))
    data = Data(inputs=((1.0,),), targets=((0.0,),))
    return Project(network=network, data=data, training=_descent(1.0, 1000))


def sine() -> Project:
    network = layered((1, 6, 1), "tanh", "identity", _random(0))
    data = _rounded(generators.sine(rows=40, noise=0.05, seed=0))
    return Project(network=network, data=data, training=_adam(0.05, 500))


def moons() -> Project:
    training = Training(optimizer="momentum", learning_rate=0.3, epochs=300, initializer="xavier")
    return _cloud(generators.moons(150, 0.15, 0), (2, 6, 1), training)


def circles() -> Project:
    return _cloud(generators.circles(150, 0.08, 0), (2, 5, 1), _adam(0.05, 300))


def spiral() -> Project:
    return _cloud(generators.spiral(160, 0.02, 0, 1.25), (2, 10, 8, 1), _adam(0.03, 600))


def iris(seed: int = 0) -> Project:
    """Return the iris example; seed: of the split."""
    header, flowers = iris_table()
    data = split.standardise(split.hold_back(_classes(header, flowers), HELD_BACK, seed))
    network = layered((4, 5, 3), "logistic", "softmax", _random(1), data.columns)
    loss = Loss(name="cross_entropy")
    return Project(network=network, loss=loss, data=data, training=_adam(0.05, 150))


def wine() -> Project:
    header, wines = table("wine")
    data = split.standardise(split.hold_back(_classes(header, wines), HELD_BACK, 0))
    network = layered((13, 6, 3), "tanh", "softmax", _random(2), data.columns)
    loss = Loss(name="cross_entropy")
    return Project(network=network, loss=loss, data=data, training=_adam(0.02, 100))


def digits() -> Project:
    """Return 64-32-10; a pixel is divided by 16, which is kept as a scaling of mean 0 and sd 16."""
    header, drawings = table("digits")
    raw = _classes(header, drawings)
    data = msgspec.structs.replace(
        raw,
        inputs=tuple(tuple(pixel / 16 for pixel in row) for row in raw.inputs),
        scaling=dict.fromkeys(header[:-1], (0.0, 16.0)),
    )
    names = [*header[:-1], *(f"digit {name}" for name in raw.classes)]
    network = layered((64, 32, 10), "relu", "softmax", _random(3), names)
    training = msgspec.structs.replace(
        _adam(0.003, 40), batch_size=32, order="shuffled", initializer="he"
    )
    return Project(
        network=network,
        loss=Loss(name="cross_entropy"),
        data=split.hold_back(data, HELD_BACK, 0),
        training=training,
    )


MAKERS: Final[Mapping[str, Callable[[], Project]]] = {
    "xor": xor,
    "diamond": diamond,
    "and": and_gate,
    "or": or_gate,
    "xor_shortcut": xor_shortcut,
    "deep_chain": deep_chain,
    "sine": sine,
    "moons": moons,
    "circles": circles,
    "spiral": spiral,
    "iris": iris,
    "wine": wine,
    "digits": digits,
}


def iris_table() -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the bundled irises."""
    return table("iris")


def table(name: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a bundled CSV."""
    place = resources.path("examples", "data", f"{name}.csv")
    with place.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def _classes(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Data:
    """Return rows whose last column is a class, one-hot."""
    targets, classes = split.one_hot([row[-1] for row in rows])
    return Data(
        inputs=tuple(tuple(map(float, row[:-1])) for row in rows),
        targets=targets,
        columns=(*header[:-1], *classes),
        classes=classes,
    )


# --- parts ------------------------------------------------------------------------------------

Draw = Callable[[int, int], float]


def layered(
    sizes: Sequence[int],
    hidden: str,
    output: str,
    draw: Draw,
    ends: Sequence[str] = (),
) -> Network:
    """Return a layered net, biases 0. draw: (fan-in, fan-out) to a weight; ends: ids of both ends.

    Weights are drawn target by target, so they stand in the document as a unit reads its inputs.
    """
    first, *middle, last = sizes
    heads = iter(ends or [*_ids("i", first), *_ids("o", last)])
    names = iter(_ids("h", sum(middle)))
    layers = [
        [Unit(id=next(heads), kind=INPUT) for _ in range(first)],
        *([_unit(next(names), HIDDEN, hidden) for _ in range(size)] for size in middle),
        [_unit(next(heads), OUTPUT, output) for _ in range(last)],
    ]
    connections = tuple(
        Connection(source=i.id, target=j.id, weight=draw(len(sources), len(targets)))
        for sources, targets in pairwise(layers)
        for j in targets
        for i in sources
    )
    return Network(units=tuple(u for layer in layers for u in layer), connections=connections)


def drawn(units: Sequence[Unit], weights: Mapping[str, float]) -> Network:
    """Return a net of these units and connections; sources without a unit are inputs."""
    ids = {unit.id for unit in units}
    pairs = [name.split() for name in weights]
    sources = dict.fromkeys(source for source, _ in pairs if source not in ids)
    return Network(
        units=(*(Unit(id=name, kind=INPUT) for name in sources), *units),
        connections=tuple(
            Connection(source=source, target=target, weight=weight)
            for (source, target), weight in zip(pairs, weights.values(), strict=True)
        ),
    )


def _ids(letter: str, count: int) -> list[str]:
    return [f"{letter}{number}" for number in range(1, count + 1)]


def _unit(unit_id: str, kind: str, activation: str, bias: float = 0.0) -> Unit:
    return Unit(id=unit_id, kind=kind, activation=activation, bias=bias)


def _logistic(unit_id: str, bias: float, kind: str = HIDDEN) -> Unit:
    return _unit(unit_id, kind, "logistic", bias)


def _biased(network: Network, **biases: float) -> Network:
    return Project(network=network).with_parameters({}, biases).network


def _given(*weights: float) -> Draw:
    remaining = iter(weights)
    return lambda fan_in, fan_out: next(remaining)


def _random(seed: int) -> Draw:
    """Draw as Glorot and Bengio do, rounded so that the numbers can be read."""
    random = np.random.default_rng(seed)

    def draw(fan_in: int, fan_out: int) -> float:
        bound = (6.0 / (fan_in + fan_out)) ** 0.5
        return round(float(random.uniform(-bound, bound)), 3)

    return draw


def _descent(rate: float, epochs: int) -> Training:
    return Training(learning_rate=rate, epochs=epochs)


def _adam(rate: float, epochs: int) -> Training:
    return Training(optimizer="adam", learning_rate=rate, epochs=epochs, initializer="xavier")


def _cloud(data: Data, sizes: Sequence[int], training: Training) -> Project:
    return Project(
        network=layered(sizes, "tanh", "logistic", _random(0)),
        loss=Loss(name="binary_cross_entropy"),
        data=split.hold_back(_rounded(data), HELD_BACK, 0),
        training=training,
    )


def _rounded(data: Data) -> Data:
    def rounded(rows: Rows) -> Rows:
        return tuple(tuple(round(value, 3) + 0.0 for value in row) for row in rows)

    return Data(inputs=rounded(data.inputs), targets=rounded(data.targets))


# --- what every document gets -----------------------------------------------------------------


def _worked(entry: published.Entry) -> Project:
    project = published.project_of(entry)
    return project.with_training(epochs=EPOCHS.get(entry["id"], project.training.epochs))


def _told(project: Project, text: Text, level: str, entry: published.Entry) -> Project:
    """Add positions and what the example says of itself."""
    told: dict[str, Any] = {"title": text.title, "level": level, "about": text.about}
    if entry:
        status = entry["source"]["status"]
        told |= {"source": entry["source"]["url"], "source_status": status_in_words(status)}
    elif text.source:
        told |= {"source": text.source}
    if text.notes:
        told["notes"] = list(text.notes)
    if entry:
        told["printed"] = [_printed(expected) for expected in entry["expected"]]
    view = msgspec.structs.replace(_view(entry), positions=positions(project.network))
    return project.replace(view=view, extras={"example": told})


def _view(entry: published.Entry) -> View:
    """Return letters, sign and digits as the source has them; the usual ones for our own nets.

    At most six: more would crowd the canvas, and all of them stand in the browser of examples.
    """
    if not entry:
        return View()
    notation, sign = NOTATION.get(entry["id"], ("bishop", "positive"))
    printed = (e for e in entry["expected"] if not e.get("ours"))
    finest = max((_decimals(e["value"]) for e in printed), default=View().digits)
    return View(notation=notation, sign=sign, digits=min(max(finest, View().digits), 6))


def _decimals(value: float) -> int:
    """Return with how many decimals a number is printed."""
    return len(f"{value:.14f}".rstrip("0").partition(".")[2])


def _printed(expected: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: expected[key] for key in ("key", "value", "decimals", "exact")}
    kept |= {key: float(expected[key]) for key in ("value", "exact")}
    if expected.get("scale", 1) != 1:
        kept["scale"] = float(expected["scale"])
    if expected.get("rounding"):
        kept["rounding"] = True
    if remark := _remark(expected):
        kept["note"] = remark
    return kept


def _remark(expected: Mapping[str, Any]) -> str:
    note = expected.get("note", "computed here" if expected.get("ours") else "")
    if note.startswith("SOURCE ERROR"):
        return OLD_PROGRAM
    if ": source carried" in note:
        return "the source multiplied rounded numbers"
    return REMARKS.get(note, note)


if __name__ == "__main__":
    main()
