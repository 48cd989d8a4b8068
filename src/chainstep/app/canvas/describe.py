"""The canvas in plain words: for tooltips and for those who cannot see it.

Nothing here is ever read as rich text; whoever shows it sees to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainstep.network.model import SUM, Connection, Network, Unit
from chainstep.stepping.numbers import as_typed

if TYPE_CHECKING:
    from .scene import CanvasScene

MOST_NAMES = 6
LONGEST = 60


def describe(scene: CanvasScene, thing: str | tuple[str, str]) -> str:
    """Return in words what a unit, or a connection by its ends, of a scene is."""
    told, delta = scene.tells(thing), "Δ " if scene.differs else ""
    if isinstance(thing, str):
        unit = scene.network.by_id[thing]
        bias = scene.bias(thing) if told else None
        return describe_unit(scene.network, unit, bias, scene.digits, delta)
    connection = scene.network.by_ends[thing]
    weight = scene.weight(thing) if told else None
    return describe_connection(connection, weight, scene.digits, delta)


def describe_unit(
    network: Network, unit: Unit, bias: float | None, digits: int, delta: str = ""
) -> str:
    """Return what a unit is and what it is connected to.

    bias: the one shown, None for none. delta: put before it where it is a difference.
    """
    parts = [unit.id, unit.kind]
    if not unit.is_input:
        combined = "" if unit.combine == SUM else f" of a {unit.combine}"
        parts.append(unit.activation + combined)
    if bias is not None:
        frozen = "" if unit.trainable else " frozen"
        parts.append(f"{delta}bias {as_typed(bias, digits)}{frozen}")
    sources = [c.source for c in network.incoming[unit.id]]
    targets = [c.target for c in network.outgoing[unit.id]]
    parts += [f"fed by {_listed(sources)}"] if sources else []
    parts += [f"feeds {_listed(targets)}"] if targets else []
    return ", ".join(parts)


def describe_connection(
    connection: Connection, weight: float | None, digits: int, delta: str = ""
) -> str:
    """Return what a connection is, and how to change it where that is not a difference.

    weight: the one shown, None for none. delta: put before it where it is a difference.
    """
    name = f"{connection.name}: " if connection.name else ""
    frozen = "" if connection.trainable else ", frozen"
    source, target = _short(connection.source), _short(connection.target)
    number = "" if weight is None else f"{delta}weight {as_typed(weight, digits)} "
    how = "" if delta else "\nDouble-click to type it"
    return f"{name}{number}from {source} to {target}{frozen}{how}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(_short(name) for name in names[:MOST_NAMES]) + more


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
