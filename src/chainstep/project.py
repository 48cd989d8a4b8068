"""Project: everything one document holds, frozen; each edit returns a new one.

The rules of the net itself are in `network.edits`; this adds what an edit does to the columns of
the data and to the positions. Reading and writing the file is in `files.document`.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import filterfalse
from typing import Any, Final

import msgspec

from chainstep.network import edits
from chainstep.network.model import Connection, Network, Unit

Rows = tuple[tuple[float, ...], ...]
Point = tuple[float, float]

LOSSES: Final = (
    "half_squared_error",
    "squared_error",
    "mean_squared_error",
    "huber",
    "binary_cross_entropy",
    "cross_entropy",
    "output",
)
OPTIMIZERS: Final = ("sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw")
SCHEDULES: Final = ("constant", "step", "cosine", "inverse_time")
INITIALIZERS: Final = ("uniform", "xavier", "he", "zeros")
ORDERS: Final = ("fixed", "shuffled")
REDUCTIONS: Final = ("mean", "sum")


class Loss(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The error E_n of one example; delta: where huber turns from square to line."""

    name: str = "half_squared_error"
    delta: float = 1.0


class _Section(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A part of the document whose keys are its fields and whose defaults are left out."""


class Data(_Section, frozen=True):
    """The examples. inputs: (N, inputs); targets: (N, outputs), or empty for none.

    The rows are what the net sees: where a column was standardised, `scaling` holds the
    [mean, sd] that took it there. columns: names, inputs first, then targets. classes: one a
    target column. validation: the numbers, from 0, of the rows that are held back from training.
    """

    inputs: Rows = ()
    targets: Rows = ()
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    scaling: dict[str, tuple[float, float]] = {}
    validation: tuple[int, ...] = ()

    @property
    def training_rows(self) -> tuple[int, ...]:
        """Return the numbers of the rows to train on: all but the validation rows."""
        held_back = set(self.validation)
        return tuple(filterfalse(held_back.__contains__, range(len(self.inputs))))

    @property
    def trains(self) -> bool:
        """Whether there is a row to train on."""
        held_back = set(self.validation)
        return any(row not in held_back for row in range(len(self.inputs)))


class Schedule(_Section, frozen=True):
    """How the learning rate falls with the epoch.

    step: times `factor` every `period` epochs; cosine: to 0 over `period` epochs;
    inverse_time: divided by 1 + epoch / period.
    """

    name: str = "constant"
    period: int = 100
    factor: float = 0.5


class Stop(_Section, frozen=True):
    """When training ends early: at a loss, or after `patience` epochs without a better one."""

    loss: float | None = None
    patience: int | None = None


class Training(_Section, frozen=True):
    """How the net is trained; the rules are in `engine.optimizers`."""

    optimizer: str = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.9
    rho: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    l1: float = 0.0
    batch_size: int | None = None
    order: str = "fixed"
    reduction: str = "mean"
    seed: int = 0
    train_biases: bool = True
    epochs: int = 1000
    schedule: Schedule | None = None
    stop: Stop | None = None
    initializer: str | None = None


class View(_Section, frozen=True):
    """How the document is shown: what can change without touching the net."""

    positions: dict[str, Point] = {}
    notation: str = "bishop"
    digits: int = 4
    sign: str = "positive"


class Debug(_Section, frozen=True):
    """Breakpoints and watches, as the debugger keeps them."""

    breakpoints: tuple[dict[str, Any], ...] = ()
    watches: tuple[dict[str, Any], ...] = ()


class Project(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A network with its loss, data, training, view, debugging aids and untouched extras."""

    network: Network = Network()
    loss: Loss = Loss()
    data: Data = Data()
    training: Training = Training()
    view: View = View()
    debug: Debug = Debug()
    extras: dict[str, Any] = {}

    def replace(self, **changes: Any) -> "Project":
        """Return this project with whole parts replaced."""
        return msgspec.structs.replace(self, **changes)

    def with_training(self, **changes: Any) -> "Project":
        """Return this project with fields of `training` changed."""
        return self.replace(training=msgspec.structs.replace(self.training, **changes))

    def with_view(self, **changes: Any) -> "Project":
        """Return this project with fields of `view` changed."""
        return self.replace(view=msgspec.structs.replace(self.view, **changes))

    def with_data(self, **changes: Any) -> "Project":
        """Return this project with fields of `data` changed."""
        return self.replace(data=msgspec.structs.replace(self.data, **changes))

    def with_network(self, network: Network, renamed: Mapping[str, str] | None = None) -> "Project":
        """Return this project with another network, columns and positions following.

        renamed: {new id: old id}. An input or output that is new gets a column of 0, one that is
        gone takes its column along, one that moved moves it.
        """
        names = renamed or {}
        return self.replace(
            network=network,
            data=_follow(self.data, self.network, network, names),
            view=_follow_positions(self.view, network, names),
            debug=_follow_names(self.debug, names),
        )

    def add_unit(self, unit: Unit, position: Point | None = None) -> "Project":
        """Return this project with one unit more. Raises EditRefused."""
        grown = self.with_network(edits.add_unit(self.network, unit))
        return grown if position is None else grown.move({unit.id: position})

    def connect(self, source: str, target: str, weight: float, name: str = "") -> "Project":
        """Return this project with source feeding target. Raises EditRefused."""
        connection = Connection(source=source, target=target, weight=weight, name=name)
        return self.replace(network=edits.connect(self.network, connection))

    def remove(
        self, unit_ids: Collection[str], ends: Collection[tuple[str, str]] = ()
    ) -> "Project":
        """Return this project without these units and connections."""
        return self.with_network(edits.remove(self.network, unit_ids, ends))

    def change_unit(self, unit_id: str, **changes: Any) -> "Project":
        """Return this project with fields of one unit changed, its id too. Raises EditRefused."""
        network = edits.change_unit(self.network, unit_id, **changes)
        return self.with_network(network, {changes.get("id", unit_id): unit_id})

    def change_connection(self, ends: tuple[str, str], **changes: Any) -> "Project":
        """Return this project with weight, name or trainable of one connection changed."""
        return self.replace(network=edits.change_connection(self.network, ends, **changes))

    def reorder(self, unit_ids: Sequence[str]) -> "Project":
        """Return this project with the named units in this order, their columns following."""
        return self.with_network(edits.reorder(self.network, unit_ids))

    def move(self, positions: Mapping[str, Point]) -> "Project":
        """Return this project with units put elsewhere; the network stays the very same."""
        return self.with_view(positions={**self.view.positions, **positions})

    def paste(
        self, part: Network, positions: Mapping[str, Point]
    ) -> tuple["Project", dict[str, str]]:
        """Return this project with a fragment pasted in, and {id in the fragment: id given}."""
        network, given = edits.merge(self.network, part)
        moved = {given[unit_id]: point for unit_id, point in positions.items() if unit_id in given}
        return self.with_network(network).move(moved), given

    def with_parameters(
        self, weights: Mapping[tuple[str, str], float], biases: Mapping[str, float]
    ) -> "Project":
        """Return this project with weights by (source, target) and biases by unit replaced."""
        change = msgspec.structs.replace
        units = tuple(
            change(u, bias=biases[u.id]) if u.id in biases else u for u in self.network.units
        )
        connections = tuple(
            change(c, weight=weights[c.ends]) if c.ends in weights else c
            for c in self.network.connections
        )
        return self.replace(network=Network(units=units, connections=connections))


def _follow(data: Data, old: Network, new: Network, renamed: Mapping[str, str]) -> Data:
    """Carry the columns from the old inputs and outputs to the new ones."""
    inputs = _moves(old.inputs, new.inputs, renamed)
    outputs = _moves(old.outputs, new.outputs, renamed)
    both = [*inputs, *(None if n is None else n + len(old.inputs) for n in outputs)]
    old_ids, new_ids = _ids(*old.inputs, *old.outputs), _ids(*new.inputs, *new.outputs)
    if old_ids == new_ids and both == list(range(len(old_ids))):
        return data
    columns = _names(data.columns, len(old_ids), both, new_ids)
    return msgspec.structs.replace(
        data,
        inputs=_rearranged(data.inputs, len(old.inputs), inputs),
        targets=_rearranged(data.targets, len(old.outputs), outputs),
        columns=columns,
        classes=_names(data.classes, len(old.outputs), outputs, _ids(*new.outputs)),
        scaling=_scaling(data, old_ids, dict(zip(both, new_ids, strict=True))),
    )


def _scaling(
    data: Data, old_ids: tuple[str, ...], new_ids: Mapping[int | None, str]
) -> dict[str, tuple[float, float]]:
    """Carry the scales, each known by the name of its column or of its unit.

    new_ids: by the place of the old column, for those that stay.
    """
    known = {*old_ids, *data.columns}
    stay = [n for n in new_ids if n is not None]
    kept = {old_ids[n]: new_ids[n] for n in stay}
    if len(data.columns) == len(old_ids):
        kept |= {data.columns[n]: data.columns[n] for n in stay}
    return {
        kept.get(name, name): scale
        for name, scale in data.scaling.items()
        if name in kept or name not in known
    }


def _ids(*units: Unit) -> tuple[str, ...]:
    return tuple(unit.id for unit in units)


def _names(
    names: tuple[str, ...], width: int, moves: list[int | None], new_ids: tuple[str, ...]
) -> tuple[str, ...]:
    """Carry one name a column; a new column is called as its unit. Others are left alone."""
    if not names or len(names) != width:
        return names
    return tuple(i if n is None else names[n] for n, i in zip(moves, new_ids, strict=True))


def _moves(
    old: tuple[Unit, ...], new: tuple[Unit, ...], renamed: Mapping[str, str]
) -> list[int | None]:
    """Return for each new column the old one it comes from, None for one that is new."""
    place = {unit.id: n for n, unit in enumerate(old)}
    return [place.get(renamed.get(unit.id, unit.id)) for unit in new]


def _rearranged(rows: Rows, width: int, moves: list[int | None]) -> Rows:
    """Rearrange the columns; rows that did not fit the old net are left as they are."""
    if moves == list(range(width)) or any(len(row) != width for row in rows):
        return rows
    return tuple(tuple(0.0 if n is None else row[n] for n in moves) for row in rows)


def _follow_names(debug: Debug, renamed: Mapping[str, str]) -> Debug:
    """Let breakpoints and watches keep their unit and connection under another name."""
    given = {old: new for new, old in renamed.items() if new != old}
    if not given:
        return debug
    return Debug(
        breakpoints=tuple(_renamed_in(item, given) for item in debug.breakpoints),
        watches=tuple(_renamed_in(item, given) for item in debug.watches),
    )


def _renamed_in(item: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    changed = dict(item)
    if isinstance(unit := item.get("unit"), str):
        changed["unit"] = given.get(unit, unit)
    if isinstance(ends := item.get("connection"), list):
        changed["connection"] = [given.get(e, e) if isinstance(e, str) else e for e in ends]
    return changed


def _follow_positions(view: View, network: Network, renamed: Mapping[str, str]) -> View:
    old = view.positions
    places = ((unit.id, renamed.get(unit.id, unit.id)) for unit in network.units)
    positions = {new_id: old[old_id] for new_id, old_id in places if old_id in old}
    return view if positions == old else msgspec.structs.replace(view, positions=positions)
