"""Edits: functions from a network to a new one; each refusal says why.

The same `why_not_…` function serves the preview while dragging and the edit itself. What an edit
does to the data's columns and to the positions is in `project`.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec

from chainstep.errors import EditRefused
from chainstep.network.model import (
    ACTIVATION_PARAMS,
    COMBINES,
    HIDDEN,
    INPUT,
    KINDS,
    LONGEST_ID,
    OUTPUT,
    Connection,
    Network,
    Unit,
    replace_unit,
)
from chainstep.network.order import find_path

ID_LETTER: Final = {INPUT: "i", HIDDEN: "h", OUTPUT: "o"}


def why_not_connect(network: Network, source: str, target: str) -> str | None:
    """Say in one sentence why source cannot feed target, or None where it can."""
    if source == target:
        return f"{source} cannot feed itself."
    if network.by_id[target].is_input:
        return f"{target} is an input: its value comes from the data, so nothing can feed it."
    if (source, target) in network.by_ends:
        return f"{source} already feeds {target}."
    loop = find_path(network, target, source)
    if loop is not None:
        return f"That would close a loop: {' → '.join((*loop, target))}."
    return None


def why_not_name(network: Network, name: str, unit_id: str | None = None) -> str | None:
    """Say why a unit cannot be called so (unit_id: the unit to rename), or None."""
    if not name:
        return "A unit needs a name."
    if len(name) > LONGEST_ID:
        return f"A name has at most {LONGEST_ID} characters; this one has {len(name)}."
    if name != unit_id and name in network.by_id:
        return f"There is already a unit called {name}."
    return None


def why_not_unit(network: Network, unit: Unit) -> str | None:
    """Say why a unit would not fit where it stands, or None."""
    if unit.kind not in KINDS:
        return f"{unit.kind} is not a kind of unit; there are {', '.join(KINDS)}."
    if unit.combine not in COMBINES:
        return f"{unit.combine} is not a way to combine; there are {', '.join(COMBINES)}."
    if unit.activation not in ACTIVATION_PARAMS:
        return f"{unit.activation} is not an activation Chainstep knows."
    if unit.is_input and network.incoming.get(unit.id):
        first = network.incoming[unit.id][0].source
        return f"{unit.id} is fed by {first}: delete what feeds it before making it an input."
    return None


def fresh_id(network: Network, kind: str, taken: Collection[str] = ()) -> str:
    """Return the first free name of a kind: i1, i2 …, h1 …, o1 …."""
    number = 1
    while (name := f"{ID_LETTER[kind]}{number}") in network.by_id or name in taken:
        number += 1
    return name


def add_unit(network: Network, unit: Unit) -> Network:
    """Return the network with one unit more, last in document order."""
    _refuse(why_not_name(network, unit.id))
    _refuse(why_not_unit(network, unit))
    return Network(units=(*network.units, unit), connections=network.connections)


def connect(network: Network, connection: Connection) -> Network:
    """Return the network with one connection more, last in document order."""
    _refuse(why_not_connect(network, *connection.ends))
    return Network(units=network.units, connections=(*network.connections, connection))


def remove(
    network: Network, unit_ids: Collection[str], ends: Collection[tuple[str, str]] = ()
) -> Network:
    """Return the network without these units, their connections, and these connections."""
    gone, cut = set(unit_ids), set(ends)
    return Network(
        units=tuple(unit for unit in network.units if unit.id not in gone),
        connections=tuple(
            c
            for c in network.connections
            if c.ends not in cut and c.source not in gone and c.target not in gone
        ),
    )


def unit_of(network: Network, unit_id: str) -> Unit:
    """Return a unit by its id. Raises EditRefused where it has gone while it was being edited."""
    unit = network.by_id.get(unit_id)
    if unit is None:
        raise EditRefused(f"{unit_id} is not in the net any more, so nothing was changed.")
    return unit


def change_unit(network: Network, unit_id: str, **changes: Any) -> Network:
    """Return the network with fields of one unit changed; a new id renames its ends too."""
    changed = replace_unit(unit_of(network, unit_id), **changes)
    _refuse(why_not_name(network, changed.id, unit_id))
    _refuse(why_not_unit(network, msgspec.structs.replace(changed, id=unit_id)))
    units = tuple(changed if unit.id == unit_id else unit for unit in network.units)
    connections = network.connections
    if changed.id != unit_id:
        connections = tuple(_renamed(c, unit_id, changed.id) for c in connections)
    return Network(units=units, connections=connections)


def change_connection(network: Network, ends: tuple[str, str], **changes: Any) -> Network:
    """Return the network with weight, name or trainable of one connection changed."""
    return Network(
        units=network.units,
        connections=tuple(
            msgspec.structs.replace(c, **changes) if c.ends == ends else c
            for c in network.connections
        ),
    )


def reorder(network: Network, unit_ids: Sequence[str]) -> Network:
    """Return the network with the named units in this order, in the places they held."""
    moving = iter(network.by_id[unit_id] for unit_id in unit_ids)
    chosen = set(unit_ids)
    units = tuple(next(moving) if unit.id in chosen else unit for unit in network.units)
    return Network(units=units, connections=network.connections)


def fragment(network: Network, unit_ids: Collection[str]) -> Network:
    """Return the part of the network that copying these units takes along."""
    kept = set(unit_ids)
    return Network(
        units=tuple(unit for unit in network.units if unit.id in kept),
        connections=tuple(c for c in network.connections if c.source in kept and c.target in kept),
    )


def merge(network: Network, part: Network) -> tuple[Network, dict[str, str]]:
    """Return the network with a fragment pasted in, and {id in the fragment: id given}."""
    given: dict[str, str] = {}
    for unit in part.units:
        taken = {*part.by_id, *given.values()}
        free = unit.id not in network.by_id
        given[unit.id] = unit.id if free else fresh_id(network, unit.kind, taken)
    units = (msgspec.structs.replace(unit, id=given[unit.id]) for unit in part.units)
    connections = (
        msgspec.structs.replace(c, source=given[c.source], target=given[c.target])
        for c in part.connections
    )
    merged = Network(
        units=(*network.units, *units), connections=(*network.connections, *connections)
    )
    return merged, given


def _renamed(connection: Connection, old: str, new: str) -> Connection:
    return msgspec.structs.replace(
        connection,
        source=new if connection.source == old else connection.source,
        target=new if connection.target == old else connection.target,
    )


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise EditRefused(reason)
