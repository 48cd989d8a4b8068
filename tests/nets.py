"""Nets for tests: drawn in one line of text, or random ones that use everything a document holds.

Not here: the published nets (`published`), the oracle's (`oracle`), and the engine's own random
nets with numbers tame enough for finite differences.
"""

import itertools
from typing import Any

from hypothesis import strategies as st

from chainstep.network.model import (
    ACTIVATION_PARAMS,
    COMBINES,
    HIDDEN,
    INPUT,
    KINDS,
    OUTPUT,
    SUM,
    Connection,
    Network,
    Unit,
)
from chainstep.project import (
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    ORDERS,
    REDUCTIONS,
    SCHEDULES,
    Data,
    Debug,
    Loss,
    Project,
    Schedule,
    Stop,
    Training,
    View,
)

_WEIGHTS = (0.5, -0.25, 0.75, -0.6, 0.3, 0.9, -0.45)
_BIASES = (0.1, -0.2, 0.35, 0.6)


def in_bishops_letters(project: Project) -> Project:
    """Return a project with letters, sign and digits as a new document has them."""
    view = View()
    return project.with_view(notation=view.notation, sign=view.sign, digits=view.digits)


def draw(text: str, hidden: str = "logistic", output: str = "identity") -> Network:
    """Return the net that a line of text draws, such as "x1 x2 > h1 h2 > y, x1 > y".

    The first part names the layers, each feeding the next in full; the parts after commas add
    connections. hidden, output: activations. Weights and biases are fixed and differ.
    """
    parts = [[layer.split() for layer in part.split(">")] for part in text.split(",")]
    layers = parts[0]
    biases = itertools.cycle(_BIASES)
    units = [Unit(id=name, kind=INPUT) for name in layers[0]]
    for number, layer in enumerate(layers[1:], 2):
        kind, activation = (OUTPUT, output) if number == len(layers) else (HIDDEN, hidden)
        units += [
            Unit(id=name, kind=kind, activation=activation, bias=next(biases)) for name in layer
        ]
    known = {unit.id for unit in units}
    weights = itertools.cycle(_WEIGHTS)
    connections = []
    for part in parts:
        for before, after in itertools.pairwise(part):
            assert known.issuperset(before + after), f"unknown unit in {part}"
            connections += [
                Connection(source=source, target=target, weight=next(weights))
                for source in before
                for target in after
            ]
    return Network(units=tuple(units), connections=tuple(connections))


finite = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [0.0, -0.0, 1e-320, 5e-324, 1.7e308, 0.1, 1 / 3]
)
#: Any Unicode but halves of surrogate pairs, which no file in UTF-8 can hold.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def units(draw: st.DrawFn, unit_id: str) -> Unit:
    kind = draw(st.sampled_from(KINDS))
    if kind == INPUT:
        return Unit(id=unit_id, kind=INPUT)
    activation = draw(st.sampled_from(list(ACTIVATION_PARAMS)))
    combine = draw(st.sampled_from(COMBINES))
    unit = Unit(
        id=unit_id,
        kind=kind,
        activation=activation,
        combine=combine,
        bias=draw(st.none() | finite) if combine == SUM else None,
        trainable=draw(st.booleans()),
    )
    given = {name: draw(finite) for name in ACTIVATION_PARAMS[activation] if draw(st.booleans())}
    return unit.with_params(**given)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    names = draw(st.lists(ids, unique=True, max_size=7))
    made = [draw(units(name)) for name in names]
    # Connections run forward in a hidden order, so that document order says nothing about levels.
    order = draw(st.permutations(made))
    pairs = [
        (source.id, target.id)
        for source, target in itertools.combinations(order, 2)
        if target.kind != INPUT
    ]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)) if pairs else []
    connections = [
        Connection(
            source=source,
            target=target,
            weight=draw(finite),
            name=draw(texts),
            trainable=draw(st.booleans()),
        )
        for source, target in chosen
    ]
    return Network(units=tuple(made), connections=tuple(connections))


@st.composite
def datas(draw: st.DrawFn) -> Data:
    count = draw(st.integers(0, 4))
    widths = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    inputs, targets = (
        tuple(tuple(draw(finite) for _ in range(width)) for _ in range(count)) for width in widths
    )
    rows = st.lists(st.integers(0, max(count - 1, 0)), unique=True, max_size=count)
    return Data(
        inputs=inputs,
        targets=targets,
        columns=tuple(draw(st.lists(texts, max_size=3))),
        classes=tuple(draw(st.lists(texts, max_size=3))),
        scaling=draw(st.dictionaries(texts, st.tuples(finite, finite), max_size=2)),
        validation=tuple(draw(rows)),
    )


def _some(cls: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a section with any choice of its fields set, the others at their default."""
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: cls(**given))


losses = st.sampled_from([name for name in LOSSES if name != "huber"]).map(
    lambda name: Loss(name=name)
) | finite.map(lambda delta: Loss(name="huber", delta=delta))
trainings = _some(
    Training,
    optimizer=st.sampled_from(OPTIMIZERS),
    **dict.fromkeys(
        ("learning_rate", "momentum", "rho", "beta1", "beta2", "epsilon", "weight_decay", "l1"),
        finite,
    ),
    batch_size=st.none() | st.integers(1, 100),
    order=st.sampled_from(ORDERS),
    reduction=st.sampled_from(REDUCTIONS),
    seed=st.integers(0, 2**70),
    train_biases=st.booleans(),
    epochs=st.integers(0, 10**6),
    schedule=st.none()
    | _some(Schedule, name=st.sampled_from(SCHEDULES), period=st.integers(1, 1000), factor=finite),
    stop=st.none() | _some(Stop, loss=st.none() | finite, patience=st.none() | st.integers(1, 100)),
    initializer=st.none() | st.sampled_from(INITIALIZERS),
)
views = _some(
    View,
    positions=st.dictionaries(ids, st.tuples(finite, finite), max_size=3),
    notation=st.sampled_from(["bishop", "hinton"]),
    digits=st.integers(0, 17),
    sign=st.sampled_from(["positive", "negative"]),
)
_notes = st.lists(st.dictionaries(texts, plain_json, max_size=2), max_size=2).map(tuple)
debugs = _some(Debug, breakpoints=_notes, watches=_notes)


def projects() -> st.SearchStrategy[Project]:
    """Return random valid projects, half-drawn ones too, that use every key of a document."""
    return st.builds(
        Project,
        network=networks(),
        loss=losses,
        data=datas(),
        training=trainings,
        view=views,
        debug=debugs,
        extras=st.dictionaries(texts, plain_json, max_size=3),
    )
