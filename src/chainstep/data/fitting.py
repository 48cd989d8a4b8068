"""A net made to fit its examples: inputs and outputs come or go until the columns have places.

What is read from a table is in `imports`. Edits by hand are in `network.edits`.
"""

import math
import random
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

import msgspec

from chainstep.errors import ChainstepError
from chainstep.network.layout import tidy
from chainstep.network.model import (
    GROUP_ACTIVATIONS,
    HIDDEN,
    INPUT,
    LONGEST_ID,
    OUTPUT,
    Connection,
    Network,
    Unit,
    replace_unit,
)
from chainstep.project import Data, Loss, Project
from chainstep.words import counted

#: Hidden units of a net that is made from nothing.
NEW_HIDDEN: Final = 8


def why_not_fit(project: Project, data: Data) -> str:
    """Say in one sentence how the columns differ from the net, "" where they fit."""
    columns = len(data.inputs[0]), len(data.targets[0]) if data.targets else 0
    units = len(project.network.inputs), len(project.network.outputs)
    wrong = [
        (counted(have, noun), str(want))
        for have, want, noun in zip(columns, units, ("input", "target"), strict=True)
        if have != want and (noun == "input" or have)
    ]
    if not wrong:
        return ""
    table, net = (" and ".join(each) for each in zip(*wrong, strict=True))
    return f"The table has {table}, the net {net}: choose other columns, or let the net follow."


def with_examples(project: Project, data: Data, follows: bool) -> Project:
    """Return the project with other examples; follows: the net takes as many inputs and outputs.

    Raises ChainstepError where it does not follow and they do not fit.
    """
    reason = why_not_fit(project, data)
    if reason and not follows:
        raise ChainstepError(reason)
    if follows:
        new = not project.network.units
        project = _suited(fitted(project, data), data, new)
    return project.replace(data=data)


def fitted(project: Project, data: Data) -> Project:
    """Return the project with an input for each column and an output for each target."""
    wide, high = len(data.inputs[0]), len(data.targets[0]) if data.targets else 0
    names = data.columns if len(data.columns) == wide + high else ()
    network = project.network
    heads, tails = names[:wide], names[wide:] or data.classes
    if not network.units:
        after = _new(wide, high, heads, tails)
    else:
        after = _with_inputs(network, wide, heads)
        after = _with_outputs(after, high or len(network.outputs), tails)
    called = [unit.id for unit in after.outputs]
    if after is network and (not data.classes or called == list(data.classes)):
        return project
    if network.units:
        wanted = [(network.inputs, after.inputs, heads), (network.outputs, after.outputs, tails)]
        for old, new, names in wanted:
            # Outputs are called as the classes they stand for; others keep their names.
            if len(old) != len(new) or names == data.classes:
                after = _renamed(after, new, names)
    # The old rows would be carried from column to column, only to be replaced.
    bare = project.replace(data=Data())
    sizes = [(len(net.inputs), len(net.outputs)) for net in (network, after)]
    if network.units and sizes[0] == sizes[1]:
        pairs = zip(after.units, network.units, strict=True)
        return bare.with_network(after, {new.id: old.id for new, old in pairs})
    return bare.with_network(after).with_view(positions=tidy(after))


def _suited(project: Project, data: Data, new: bool) -> Project:
    """Let classes have a softmax with cross-entropy, and targets that are none lose it.

    new: the net is just made. Yes and no then have a logistic output, as after a softmax.
    """
    outputs, network = project.network.outputs, project.network
    grouped = any(unit.activation in GROUP_ACTIVATIONS for unit in outputs)
    ends = not any(network.outgoing[unit.id] for unit in outputs)
    if data.classes and len(outputs) > 1 and ends:
        activation, loss = "softmax", Loss(name="cross_entropy")
    elif (new or grouped) and data.targets and _yes_or_no(data):
        activation, loss = "logistic", Loss(name="binary_cross_entropy")
    elif grouped and data.targets and not data.classes:
        activation, loss = "identity", Loss()
    else:
        return project
    units = tuple(
        replace_unit(unit, activation=activation) if unit.is_output else unit
        for unit in network.units
    )
    changed = Network(units=units, connections=network.connections)
    return project.replace(network=changed, loss=loss)


def _yes_or_no(data: Data) -> bool:
    return not data.classes and set(chain.from_iterable(data.targets)) <= {0.0, 1.0}


def _new(wide: int, high: int, heads: Sequence[str], tails: Sequence[str]) -> Network:
    taken: set[str] = set()
    inputs = [Unit(id=_name(heads, n, "i", taken), kind=INPUT) for n in range(wide)]
    hidden = [
        Unit(id=_name((), n, "h", taken), kind=HIDDEN, activation="tanh", bias=0.0)
        for n in range(NEW_HIDDEN)
    ]
    outputs = [
        Unit(id=_name(tails, n, "o", taken), kind=OUTPUT, activation="identity", bias=0.0)
        for n in range(max(1, high))
    ]
    pairs = [(i.id, h.id) for h in hidden for i in inputs]
    pairs += [(h.id, o.id) for o in outputs for h in hidden]
    return Network(units=(*inputs, *hidden, *outputs), connections=tuple(_drawn(pairs)))


def _with_inputs(network: Network, count: int, names: Sequence[str]) -> Network:
    inputs = [unit.id for unit in network.inputs]
    if len(inputs) == count:
        return network
    if len(inputs) > count:
        return _without(network, inputs[count:])
    fed = _unique(c.target for unit in inputs for c in network.outgoing[unit])
    inner = [unit.id for unit in network.units if not unit.is_input]
    first = [unit for unit in inner if not network.incoming[unit]]
    taken = set(network.by_id)
    new = [Unit(id=_name(names, n, "i", taken), kind=INPUT) for n in range(len(inputs), count)]
    pairs = [(unit.id, target) for target in (fed or first or inner) for unit in new]
    last = max((n for n, unit in enumerate(network.units) if unit.is_input), default=-1) + 1
    units = (*network.units[:last], *new, *network.units[last:])
    return Network(units=units, connections=(*network.connections, *_drawn(pairs)))


def _with_outputs(network: Network, count: int, names: Sequence[str]) -> Network:
    outputs = [unit.id for unit in network.outputs]
    if len(outputs) == count:
        return network
    if len(outputs) > count:
        return _without(network, outputs[count:])
    feeding = _unique(
        c.source
        for unit in outputs
        for c in network.incoming[unit]
        if not network.by_id[c.source].is_output
    )
    hidden = [unit.id for unit in network.units if unit.kind == HIDDEN]
    sources = feeding or hidden or [unit.id for unit in network.inputs]
    like = network.outputs[0].activation if outputs else "identity"
    taken = set(network.by_id)
    new = [
        Unit(id=_name(names, n, "o", taken), kind=OUTPUT, activation=like, bias=0.0)
        for n in range(len(outputs), count)
    ]
    pairs = [(source, unit.id) for unit in new for source in sources]
    units = (*network.units, *new)
    return Network(units=units, connections=(*network.connections, *_drawn(pairs)))


def _without(network: Network, ids: Sequence[str]) -> Network:
    gone = set(ids)
    return Network(
        units=tuple(unit for unit in network.units if unit.id not in gone),
        connections=tuple(c for c in network.connections if not gone & {c.source, c.target}),
    )


def _renamed(network: Network, units: Sequence[Unit], names: Sequence[str]) -> Network:
    """Return the network with these units called so, as far as the names are free."""
    taken = set(network.by_id) - {unit.id for unit in units}
    if len(names) != len(units) or taken & set(names) or not all(names):
        return network
    called = {u.id: name[:LONGEST_ID] for u, name in zip(units, names, strict=True)}
    return Network(
        units=tuple(replace_unit(u, id=called.get(u.id, u.id)) for u in network.units),
        connections=tuple(
            msgspec.structs.replace(
                c, source=called.get(c.source, c.source), target=called.get(c.target, c.target)
            )
            for c in network.connections
        ),
    )


def _drawn(pairs: Sequence[tuple[str, str]]) -> list[Connection]:
    """Connect pairs with weights drawn as Glorot and Bengio do, always the same ones."""
    into: dict[str, int] = {}
    out: dict[str, int] = {}
    for source, target in pairs:
        into[target] = into.get(target, 0) + 1
        out[source] = out.get(source, 0) + 1
    dice = random.Random(0)
    return [Connection(source=s, target=t, weight=_weight(dice, into[t], out[s])) for s, t in pairs]


def _weight(dice: random.Random, fan_in: int, fan_out: int) -> float:
    bound = math.sqrt(6.0 / (fan_in + fan_out))
    return round(dice.uniform(-bound, bound), 3)


def _name(names: Sequence[str], place: int, letter: str, taken: set[str]) -> str:
    """Return the column's name where it is free, else the first free of i1, i2 …."""
    wanted = names[place].strip()[:LONGEST_ID] if place < len(names) else ""
    number = 1
    while not wanted or wanted in taken:
        wanted, number = f"{letter}{number}", number + 1
    taken.add(wanted)
    return wanted


def _unique(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
