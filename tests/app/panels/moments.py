"""Moments for the tests of the panels: nets of every sort, at any step."""

import math
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from chainstep.app.moment import Moment
from chainstep.files import examples
from chainstep.network.model import MAX, PRODUCT, Connection, Network, Unit
from chainstep.project import Data, Loss, Project, Training
from chainstep.stepping.explain.step import explain
from chainstep.stepping.run import Run
from tests.nets import draw, in_bishops_letters

HOSTILE = ("<b>x</b>", "a · b", "line\nbreak", "\u202eabc", "&amp;", "w" * 200)


def project(network: Network, loss: str = "half_squared_error", rows: int = 1) -> Project:
    wide, high = len(network.inputs), len(network.outputs)
    inputs = tuple(tuple(math.sin(1 + i + 3 * row) for i in range(wide)) for row in range(rows))
    targets = tuple(tuple(float(k == row % high) for k in range(high)) for row in range(rows))
    data = Data(inputs=inputs, targets=targets)
    return Project(network=network, loss=Loss(name=loss), data=data, training=Training())


def mazur() -> Project:
    return in_bishops_letters(examples.load_example("mazur_2_2_2"))


def fan(width: int) -> Project:
    return project(draw("x1 x2 > h1 > " + " ".join(f"o{k}" for k in range(1, width + 1))))


def softmax() -> Project:
    return project(draw("x1 x2 > h1 h2 > y1 y2 y3", output="softmax"), "cross_entropy")


def feeding_on() -> Project:
    return project(draw("x1 x2 > h1 > y1 y2, y1 > y2"), rows=2)


def gates() -> Project:
    network = draw("x1 x2 > p m > y")
    ways = {"p": PRODUCT, "m": MAX}
    units = tuple(
        Unit(id=u.id, kind=u.kind, activation=u.activation, combine=ways[u.id], bias=None)
        if u.id in ways
        else u
        for u in network.units
    )
    return project(Network(units=units, connections=network.connections))


def forward_only() -> Project:
    return project(draw("x1 x2 > h1 > y", hidden="step", output="step"))


def hostile() -> Project:
    """Inputs to one unit to outputs, all named to break what takes names for more than text."""
    inputs, middle, outputs = HOSTILE[:2], HOSTILE[2], HOSTILE[3:]
    units = (
        *(Unit(id=name, kind="input") for name in inputs),
        Unit(id=middle, activation="logistic", bias=0.1),
        *(Unit(id=name, kind="output", activation="identity", bias=0.1) for name in outputs),
    )
    ends = [(name, middle) for name in inputs] + [(middle, name) for name in outputs]
    connections = tuple(Connection(source=a, target=b, weight=0.4) for a, b in ends)
    return project(Network(units=units, connections=connections))


NETS = {
    "mazur": mazur,
    "fan of 30": lambda: fan(30),
    "softmax": softmax,
    "outputs that feed on": feeding_on,
    "product and max": gates,
    "no backward pass": forward_only,
    "hostile names": hostile,
}


def moment(run: Run, digits: int = 4) -> Moment:
    return Moment(run.project, run, run.refused, explain(run, digits), digits)


def moments(of: Project, digits: int = 4) -> Iterator[Moment]:
    """Every step of a pass, from before the first."""
    run = Run(of)
    for index in range(len(run.steps.steps) + 1):
        run.seek(index)
        yield moment(run, digits)


def at(of: Project, digits: int = 4, **step: object) -> Moment:
    """The first step that has these fields."""
    for found in moments(of, digits):
        here = found.explanation.step if found.explanation else None
        if here is not None and all(getattr(here, name) == want for name, want in step.items()):
            return found
    raise LookupError(step)


def without_value(found: Moment, place: int) -> Moment:
    """The moment with one term that cannot be represented."""
    assert found.explanation is not None
    terms = list(found.explanation.terms)
    terms[place] = msgspec.structs.replace(terms[place], value=None)
    return replace(found, explanation=replace(found.explanation, terms=tuple(terms), total=None))
