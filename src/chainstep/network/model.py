"""What a net is: units, connections and the network of both, all frozen.

Edits are functions in `edits`, the order of computation is in `order`, the arithmetic of an
activation is in `engine.activations`. Nothing here knows arrays, files or Qt.
"""

from collections.abc import Mapping
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import msgspec

INPUT: Final = "input"
HIDDEN: Final = "hidden"
OUTPUT: Final = "output"
KINDS: Final = (INPUT, HIDDEN, OUTPUT)

SUM: Final = "sum"
PRODUCT: Final = "product"
MAX: Final = "max"
COMBINES: Final = (SUM, PRODUCT, MAX)

LONGEST_ID: Final = 200

#: Every activation with its parameters and their defaults, as documents mean them.
ACTIVATION_PARAMS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "identity": {},
        "logistic": {},
        "tanh": {},
        "relu": {},
        "leaky_relu": {"alpha": 0.01},
        "elu": {"alpha": 1.0},
        "selu": {},
        "celu": {"alpha": 1.0},
        "gelu": {},
        "gelu_tanh": {},
        "silu": {},
        "mish": {},
        "softplus": {},
        "softsign": {},
        "hard_sigmoid": {"alpha": 1 / 6, "beta": 0.5},
        "hard_swish": {},
        "sine": {},
        "exp": {},
        "reciprocal": {},
        "power": {"exponent": 2.0},
        "clip": {"low": 0.0, "high": 1.0},
        "gaussian": {},
        "step": {},
        "softmax": {},
        "log_softmax": {},
    }
)
#: Activations that couple all outputs.
GROUP_ACTIVATIONS: Final = frozenset({"softmax", "log_softmax"})


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One neuron, or one input.

    bias: None for inputs, for product and max units and for units without one.
    params: what differs from the activation's defaults in `ACTIVATION_PARAMS`.
    trainable: False freezes the bias.
    """

    id: str
    kind: str = HIDDEN
    activation: str = "identity"
    params: tuple[tuple[str, float], ...] = ()
    combine: str = SUM
    bias: float | None = None
    trainable: bool = True

    @property
    def is_input(self) -> bool:
        """True for a unit that only hands on its column of the data."""
        return self.kind == INPUT

    @property
    def is_output(self) -> bool:
        """True for a unit that a target column belongs to."""
        return self.kind == OUTPUT

    def param(self, name: str) -> float:
        """Return a parameter of the activation, its default where the unit says nothing."""
        for key, value in self.params:
            if key == name:
                return value
        return ACTIVATION_PARAMS[self.activation][name]

    def all_params(self) -> dict[str, float]:
        """Return every parameter of the activation with its value here."""
        return {name: self.param(name) for name in ACTIVATION_PARAMS[self.activation]}

    def with_params(self, **values: float) -> "Unit":
        """Return this unit with parameters set; those at their default are left out."""
        defaults = ACTIVATION_PARAMS[self.activation]
        merged = {**self.all_params(), **values}
        kept = tuple((name, merged[name]) for name in defaults if merged[name] != defaults[name])
        return msgspec.structs.replace(self, params=kept)


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The weight w_ji of unit j = target on the output of unit i = source.

    name: the author's own, such as "w5"; empty for none. trainable: False freezes the weight.
    """

    source: str
    target: str
    weight: float
    name: str = ""
    trainable: bool = True

    @property
    def ends(self) -> tuple[str, str]:
        """(source, target): unique in a network."""
        return self.source, self.target


class Network(msgspec.Struct, frozen=True, dict=True, eq=False):
    """Units and connections in document order; a directed acyclic graph by construction.

    Made by the functions of `edits` and by the document reader, which refuse cycles, doubles
    and missing ends. Compared by identity for plans (`plan.network is project.network`) and by
    `same_as` for content.
    """

    units: tuple[Unit, ...] = ()
    connections: tuple[Connection, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Unit]:
        """Units by their id."""
        return {unit.id: unit for unit in self.units}

    @cached_property
    def by_ends(self) -> Mapping[tuple[str, str], Connection]:
        """Connections by (source, target)."""
        return {connection.ends: connection for connection in self.connections}

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Connection, ...]]:
        """For each unit the connections that feed it, in document order."""
        return self._grouped("target")

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Connection, ...]]:
        """For each unit the connections to the units it feeds, in document order."""
        return self._grouped("source")

    @cached_property
    def inputs(self) -> tuple[Unit, ...]:
        """Input units in the order of the input columns."""
        return tuple(unit for unit in self.units if unit.is_input)

    @cached_property
    def outputs(self) -> tuple[Unit, ...]:
        """Output units in the order of the target columns."""
        return tuple(unit for unit in self.units if unit.is_output)

    def same_as(self, other: "Network") -> bool:
        """Tell whether two networks hold equal units and connections in the same order."""
        return self.units == other.units and self.connections == other.connections

    def _grouped(self, end: str) -> dict[str, tuple[Connection, ...]]:
        groups: dict[str, list[Connection]] = {unit.id: [] for unit in self.units}
        ends = map(attrgetter(end), self.connections)
        for unit_id, connection in zip(ends, self.connections, strict=True):
            groups[unit_id].append(connection)
        return {unit_id: tuple(group) for unit_id, group in groups.items()}


def replace_unit(unit: Unit, **changes: Any) -> Unit:
    """Return the unit with fields changed and what no longer applies put in order.

    Inputs lose activation, combine and bias; product and max units lose their bias; parameters
    of another activation are dropped, and so are those at their default.
    """
    changed = msgspec.structs.replace(unit, **changes)
    if changed.is_input:
        return Unit(id=changed.id, kind=INPUT)
    if changed.activation != unit.activation and "params" not in changes:
        changed = msgspec.structs.replace(changed, params=())
    defaults = ACTIVATION_PARAMS.get(changed.activation, {})
    params = tuple((n, v) for n, v in changed.params if n in defaults and v != defaults[n])
    bias = changed.bias if changed.combine == SUM else None
    if unit.is_input and changed.combine == SUM and "bias" not in changes:
        bias = 0.0
    return msgspec.structs.replace(changed, params=params, bias=bias)
