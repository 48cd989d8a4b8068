"""Random acyclic nets that between them hold everything the document format allows.

`random_project(seed)` draws nets until one is well behaved: every number of moderate size, and
no example near a kink, so that differences of E have a meaning. What the nets must show, and
that they cover everything, is in `engine/test_random_dags.py`.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import count, pairwise
from typing import Any, Final

from chainstep.errors import ChainstepError
from chainstep.network.model import (
    ACTIVATION_PARAMS,
    GROUP_ACTIVATIONS,
    HIDDEN,
    INPUT,
    MAX,
    OUTPUT,
    PRODUCT,
    SUM,
    Connection,
    Network,
    Unit,
)
from chainstep.project import LOSSES, Data, Loss, Project, Training
from chainstep.stepping.trace import trace

#: How far every example keeps from a kink, in a; `engine/test_random_dags.py` nudges by less.
MARGIN: Final = 0.01
LARGEST: Final = 30.0
#: Activations that only a dead end may have, since no error passes them.
WITHOUT_SLOPE: Final = frozenset({"step"})
PLAIN: Final = sorted(set(ACTIVATION_PARAMS) - GROUP_ACTIVATIONS - WITHOUT_SLOPE)
PARAMS: Final[Mapping[str, Sequence[dict[str, float]]]] = {
    "leaky_relu": ({"alpha": 0.2},),
    "elu": ({"alpha": 0.5},),
    "celu": ({"alpha": 1.7},),
    "hard_sigmoid": ({"alpha": 0.3, "beta": 0.4},),
    "power": ({"exponent": 3.0}, {"exponent": 1.5}),
    "clip": ({"low": -1.0, "high": 2.0},),
}
Rng = random.Random


@cache
def random_project(seed: int) -> Project:
    """Return the net of a seed: three examples, full batch, reduction by turns."""
    for attempt in count():
        project = _draw(Rng(f"{seed}/{attempt}"), LOSSES[seed % len(LOSSES)])
        if _well_behaved(project):
            return project
    raise AssertionError


def kinks(unit: Unit) -> tuple[float, ...]:
    """Return where the slope of a unit's activation jumps."""
    params = unit.all_params()
    if unit.activation in ("relu", "leaky_relu", "elu", "selu", "celu", "step"):
        return (0.0,)
    if unit.activation == "clip":
        return params["low"], params["high"]
    if unit.activation == "hard_sigmoid":
        return -params["beta"] / params["alpha"], (1 - params["beta"]) / params["alpha"]
    return (-3.0, 3.0) if unit.activation == "hard_swish" else ()


# --- drawing ----------------------------------------------------------------------------------


def _draw(rng: Rng, loss: str) -> Project:
    group = _group(rng, loss)
    order = _units_in_order(rng, loss, group)
    connections = list(_connections(rng, order, group))
    fed = {connection.target for connection in connections}
    feeding = {connection.source for connection in connections}
    units = [_finished(rng, unit, unit.id in fed, unit.id in feeding) for unit in order]
    rng.shuffle(units)
    rng.shuffle(connections)
    return Project(
        network=Network(units=tuple(units), connections=tuple(connections)),
        loss=Loss(name=loss, delta=rng.choice((0.4, 1.0)) if loss == "huber" else 1.0),
        data=_data(rng, units, loss),
        training=Training(reduction=rng.choice(("sum", "mean"))),
    )


def _group(rng: Rng, loss: str) -> str | None:
    """Return the activation that all outputs share where they are a group."""
    if loss == "binary_cross_entropy":
        return None
    if loss == "cross_entropy" or rng.random() < 0.15:
        # The sum of all softmax outputs is 1 whatever the weights: nothing to differentiate.
        return "log_softmax" if loss == "output" else rng.choice(sorted(GROUP_ACTIVATIONS))
    return None


def _units_in_order(rng: Rng, loss: str, group: str | None) -> list[Unit]:
    """Return the units in an order of computation; outputs stand among the hidden units."""
    inputs = [Unit(id=f"i{n}", kind=INPUT) for n in range(rng.randint(1, 4))]
    computed = [Unit(id=f"h{n}", activation=rng.choice(PLAIN)) for n in range(rng.randint(2, 9))]
    for n in range(rng.randint(1, 4)):
        activation = group or ("logistic" if "binary" in loss else rng.choice(PLAIN))
        computed.append(Unit(id=f"o{n}", kind=OUTPUT, activation=activation))
    rng.shuffle(computed)
    return [*inputs, *(_with_params(rng, unit) for unit in computed)]


def _with_params(rng: Rng, unit: Unit) -> Unit:
    if unit.activation in PARAMS and rng.random() < 0.7:
        return unit.with_params(**rng.choice(PARAMS[unit.activation]))
    return unit


def _connections(rng: Rng, order: list[Unit], group: str | None) -> Iterator[Connection]:
    """Yield up to five connections into each unit from units before it; sometimes none."""
    for place, unit in enumerate(order):
        before = [u for u in order[:place] if group is None or not u.is_output]
        if unit.is_input or not before or rng.random() < 0.04:
            continue
        for source in rng.sample(before, min(len(before), rng.randint(1, 5))):
            weight = round(rng.uniform(-1.2, 1.2), 3)
            yield Connection(source=source.id, target=unit.id, weight=weight)


def _finished(rng: Rng, unit: Unit, fed: bool, feeding: bool) -> Unit:
    """Return the unit with its way of combining and its bias, as fits its activation."""
    if unit.is_input:
        return unit
    positive = unit.activation in ("reciprocal", "power")
    combine = rng.choice((SUM, SUM, SUM, PRODUCT, MAX)) if fed and not positive else SUM
    bias = 2.5 if positive else round(rng.uniform(-0.8, 0.8), 3)
    if combine != SUM or (not positive and rng.random() < 0.25):
        return Unit(**{**_fields(unit), "combine": combine, "bias": None})
    if not feeding and unit.kind == HIDDEN and rng.random() < 0.3:
        return Unit(id=unit.id, activation="step", bias=bias)
    return Unit(**{**_fields(unit), "bias": bias})


def _fields(unit: Unit) -> dict[str, Any]:
    return {name: getattr(unit, name) for name in ("id", "kind", "activation", "params")}


def _data(rng: Rng, units: list[Unit], loss: str) -> Data:
    def rows(width: int, size: float) -> tuple[tuple[float, ...], ...]:
        draws = ([round(rng.uniform(-size, size), 3) for _ in range(width)] for _ in range(3))
        return tuple(tuple(row) for row in draws)

    inputs = rows(sum(unit.kind == INPUT for unit in units), 1.5)
    targets = rows(sum(unit.kind == OUTPUT for unit in units), 1.0)
    if loss == "output":
        return Data(inputs=inputs)
    if loss.endswith("cross_entropy"):
        targets = tuple(tuple(abs(value) for value in row) for row in targets)
    return Data(inputs=inputs, targets=targets)


# --- choosing ---------------------------------------------------------------------------------


def _well_behaved(project: Project) -> bool:
    try:
        traces = [trace(project, n).as_dict() for n in range(len(project.data.inputs))]
    except ChainstepError:
        return False
    return all(_calm(project, found) and _clear_of_kinks(project, found) for found in traces)


def _calm(project: Project, found: Mapping[str, Any]) -> bool:
    values = [unit[name] for unit in found["units"] for name in ("a", "z", "delta", "h_prime")]
    steep = (u for u in found["units"] if project.network.by_id[u["id"]].activation == "reciprocal")
    return max(abs(v) for v in values if v is not None) < LARGEST and all(
        abs(unit["a"]) > 0.5 for unit in steep
    )


def _clear_of_kinks(project: Project, found: Mapping[str, Any]) -> bool:
    for unit in found["units"]:
        drawn = project.network.by_id[unit["id"]]
        if not drawn.is_input and any(abs(unit["a"] - at) < MARGIN for at in kinks(drawn)):
            return False
        if drawn.combine == MAX and _near_tie(unit):
            return False
    return project.loss.name != "huber" or not _near_bend(project, found)


def _near_tie(unit: Mapping[str, Any]) -> bool:
    terms = sorted(term["product"] for term in unit["incoming"])
    return any(high - low < MARGIN for low, high in pairwise(terms))


def _near_bend(project: Project, found: Mapping[str, Any]) -> bool:
    """Tell whether an output's error is near where huber turns from square to line."""
    z = {unit["id"]: unit["z"] for unit in found["units"]}
    target = project.data.targets[found["example"]]
    outputs = project.network.outputs
    errors = (abs(z[unit.id] - t) for unit, t in zip(outputs, target, strict=True))
    return any(abs(error - project.loss.delta) < MARGIN for error in errors)
