"""What the fields of the panels do to a project: each a text for undo and a function.

A function takes the project as it is then and returns another one; it may raise EditRefused. The
rules are in `network.edits` and `project`; nothing here knows Qt.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

import msgspec

from chainstep.network.edits import unit_of
from chainstep.network.model import GROUP_ACTIVATIONS, SUM, Network
from chainstep.project import Project
from chainstep.words import counted

#: How many digits of a number can be shown.
DIGITS: Final = range(1, 13)

Ends = tuple[str, str]
Change = tuple[str, Callable[[Project], Project]]


def rename(unit_id: str, name: str) -> Change:
    """Give a unit another name."""
    return f"Rename {unit_id} to {name}", lambda project: project.change_unit(unit_id, id=name)


def set_kind(unit_id: str, kind: str) -> Change:
    """Make a unit an input, hidden or an output."""
    return f"Make {unit_id} {_KINDS[kind]}", lambda p: p.change_unit(unit_id, kind=kind)


def set_combine(unit_id: str, combine: str) -> Change:
    """Let a unit sum, multiply or take the largest; a sum gets a bias again."""
    bias = 0.0 if combine == SUM else None
    return (
        f"Set combine of {unit_id} to {combine}",
        lambda project: project.change_unit(unit_id, combine=combine, bias=bias),
    )


def set_activation(unit_ids: Collection[str], activation: str) -> Change:
    """Give units an activation.

    Softmax and log-softmax couple all outputs: an output that takes one of them, or gives it up,
    takes all outputs along.
    """

    def edit(project: Project) -> Project:
        for unit_id in _coupled(project.network, unit_ids, activation):
            project = project.change_unit(unit_id, activation=activation)
        return project

    words = activation.replace("_", " ")
    return f"Set activation of {_units(unit_ids)} to {words}", edit


def set_param(unit_id: str, name: str, value: float) -> Change:
    """Set a parameter of a unit's activation."""

    def edit(project: Project) -> Project:
        unit = unit_of(project.network, unit_id).with_params(**{name: value})
        return project.change_unit(unit_id, params=unit.params)

    return f"Set {name} of {unit_id}", edit


def set_bias(unit_ids: Collection[str], bias: float | None) -> Change:
    """Set the bias of sum units, or take it away."""
    text = f"Set bias of {_units(unit_ids)}" if bias is not None else "Remove bias of "
    return text + ("" if bias is not None else _units(unit_ids)), _on_units(unit_ids, bias=bias)


def freeze_biases(unit_ids: Collection[str], frozen: bool) -> Change:
    """Let training leave biases alone, or not."""
    what = "bias" if len(unit_ids) == 1 else "biases"
    text = f"{_verb(frozen)} {what} of {_units(unit_ids)}"
    return text, _on_units(unit_ids, trainable=not frozen)


def set_weight(ends: Collection[Ends], weight: float) -> Change:
    """Set the weight of connections."""
    return f"Set weight of {_connections(ends)}", _on_connections(ends, weight=weight)


def set_connection_name(ends: Ends, name: str) -> Change:
    """Give a weight a name of its own; empty for none."""
    return f"Name {_connections([ends])}", _on_connections([ends], name=name)


def freeze_weights(ends: Collection[Ends], frozen: bool) -> Change:
    """Let training leave weights alone, or not."""
    what = "weight" if len(ends) == 1 else "weights"
    text = f"{_verb(frozen)} {what} of {_connections(ends)}"
    return text, _on_connections(ends, trainable=not frozen)


def move_in_order(unit_id: str, by: int) -> Change:
    """Move an input or output among its like; its column of the data goes with it."""

    def edit(project: Project) -> Project:
        order = column_order(project.network, unit_id)
        place = order.index(unit_id)
        order.insert(max(place + by, 0), order.pop(place))
        return project.reorder(order)

    return f"Move {unit_id} {'up' if by < 0 else 'down'}", edit


def column_order(network: Network, unit_id: str) -> list[str]:
    """Return the inputs, or the outputs, that a unit is one of; empty for a hidden unit."""
    unit = network.by_id[unit_id]
    if not (unit.is_input or unit.is_output):
        return []
    return [u.id for u in (network.inputs if unit.is_input else network.outputs)]


def set_training(text: str, **values: Any) -> Change:
    """Set fields of the training."""
    return text, lambda project: project.with_training(**values)


def set_digits(digits: int) -> Change:
    """Show so many digits of every number; one of `DIGITS`."""
    return f"Show {counted(digits, 'digit')}", lambda project: project.with_view(digits=digits)


def set_loss(name: str) -> Change:
    """Choose a loss; huber begins with its own delta."""
    words = name.replace("_", " ")

    def edit(project: Project) -> Project:
        return project.replace(loss=msgspec.structs.replace(project.loss, name=name, delta=1.0))

    return f"Set loss to {words}", edit


def set_huber_delta(delta: float) -> Change:
    """Set where huber turns from a square to a line."""

    def edit(project: Project) -> Project:
        return project.replace(loss=msgspec.structs.replace(project.loss, delta=delta))

    return "Set delta of huber", edit


_KINDS = {"input": "an input", "hidden": "hidden", "output": "an output"}


def _verb(frozen: bool) -> str:
    return "Freeze" if frozen else "Unfreeze"


def _units(unit_ids: Collection[str]) -> str:
    return next(iter(unit_ids)) if len(unit_ids) == 1 else f"{len(unit_ids)} units"


def _connections(ends: Collection[Ends]) -> str:
    return " → ".join(next(iter(ends))) if len(ends) == 1 else f"{len(ends)} connections"


def _coupled(network: Network, unit_ids: Collection[str], activation: str) -> list[str]:
    """Return the units, and all outputs where one of the units enters or leaves their group."""
    chosen = [unit_of(network, unit_id) for unit_id in unit_ids]
    taken = any(
        unit.is_output and {activation, unit.activation} & GROUP_ACTIVATIONS for unit in chosen
    )
    wanted = {unit.id for unit in chosen} | {u.id for u in network.outputs if taken}
    return [unit.id for unit in network.units if unit.id in wanted]


def _on_units(unit_ids: Collection[str], **values: Any) -> Callable[[Project], Project]:
    def edit(project: Project) -> Project:
        for unit_id in unit_ids:
            project = project.change_unit(unit_id, **values)
        return project

    return edit


def _on_connections(ends: Collection[Ends], **values: Any) -> Callable[[Project], Project]:
    def edit(project: Project) -> Project:
        for pair in ends:
            project = project.change_connection(pair, **values)
        return project

    return edit
