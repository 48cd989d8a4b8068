"""Turn an entry of `data/worked_examples.json` into a Project, and a key into its number.

`project_of` is also what the bundled example documents are made with. Two kinds of entry:

- `neuron_net`: units, connections, loss and cases, taken over one to one.
- `gate_graph`: each operation is a unit (see `GATES`), each named value an input unit, and the
  output gate is what is differentiated. Where the source then *moves* its values, they cannot
  be inputs (data do not learn): each is the weight of a connection from one input that is
  always 1, the gates' own weights are frozen, and a step of the source is one update (uphill,
  hence a negative learning rate).

The comparison with the printed numbers is in `engine/test_worked_examples.py`.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from chainstep.engine.predict import predict
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Connection, Network, Unit
from chainstep.project import Data, Loss, Project, Training
from chainstep.stepping.run import Run
from chainstep.stepping.trace import trace

Entry = Mapping[str, Any]

SOURCE: Final = Path(__file__).parent / "data" / "worked_examples.json"
LOSSES: Final = {"half_sse": "half_squared_error", "sse": "squared_error", "output": "output"}
#: The input of a gate graph that is always 1, from which values that are moved hang.
CONSTANT: Final = "one"
#: operation: (combine, activation) of the unit that performs it.
GATES: Final = {
    "add": ("sum", "identity"),
    "neg": ("sum", "identity"),
    "exp": ("sum", "exp"),
    "logistic": ("sum", "logistic"),
    "div": ("sum", "reciprocal"),
    "mul": ("product", "identity"),
    "max": ("max", "identity"),
}


@lru_cache
def entries() -> dict[str, Entry]:
    """Return every published example by its id, in the file's order."""
    document = json.loads(SOURCE.read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in document["examples"]}


def project_of(entry: Entry) -> Project:
    """Return the document of one published example, without positions."""
    return _net_of(entry) if entry["kind"] == "neuron_net" else _gates_of(entry)


def value_of(entry: Entry, key: str) -> float:
    """Return what Chainstep computes for a key of the entry (conventions at the file's head)."""
    if match := re.fullmatch(r"after:([\d.]+):(.+)", key):
        project = _gate_step(entry, match[1]) if _is_gates(entry) else _after(entry, match[1])
        return _value(project, match[2])
    return _value(project_of(entry), key)


# --- from an entry to a project ---------------------------------------------------------------


def _net_of(entry: Entry) -> Project:
    network = Network(
        units=tuple(_unit_of(unit) for unit in entry["network"]["units"]),
        connections=tuple(_connection_of(c) for c in entry["network"]["connections"]),
    )
    loss = Loss(name=LOSSES[entry["loss"]])
    return Project(
        network=network,
        loss=loss,
        data=_data_of(entry, network, loss),
        training=_training_of(entry),
    )


def _unit_of(unit: Entry) -> Unit:
    if unit["role"] == INPUT:
        return Unit(id=unit["id"], kind=INPUT)
    bias = None if unit["bias"] is None else float(unit["bias"])
    return Unit(id=unit["id"], kind=unit["role"], activation=unit["activation"], bias=bias)


def _connection_of(connection: Entry) -> Connection:
    source, target, name = connection["from"], connection["to"], connection["name"]
    return Connection(
        source=source,
        target=target,
        weight=float(connection["weight"]),
        name="" if name == f"{source}->{target}" else name,
    )


def _data_of(entry: Entry, network: Network, loss: Loss) -> Data:
    def columns(units: tuple[Unit, ...], values: Mapping[str, float]) -> tuple[float, ...]:
        return tuple(float(values[unit.id]) for unit in units)

    cases = entry["cases"]
    rows = tuple(columns(network.inputs, case["inputs"]) for case in cases)
    if loss.name == "output":
        return Data(inputs=rows)
    return Data(
        inputs=rows,
        targets=tuple(columns(network.outputs, case["targets"]) for case in cases),
    )


def _training_of(entry: Entry) -> Training:
    """Return plain gradient descent as the source runs it; defaults where it does not train."""
    online = entry.get("schedule") == "epoch_online"
    rate = entry.get("learning_rate")
    return Training(
        learning_rate=Training().learning_rate if rate is None else float(rate),
        batch_size=1 if online else None,
        train_biases=entry.get("update_biases") is not False,
    )


# --- from gates to units ----------------------------------------------------------------------


def _gates_of(entry: Entry) -> Project:
    step = _moving_step(entry)
    values = {name: float(value) for name, value in entry["inputs"].items()}
    gates = tuple(_gate(gate, gate["out"] == entry["output"]) for gate in entry["steps"])
    wires = tuple(wire for gate in entry["steps"] for wire in _wires(gate))
    if step is None:
        leaves = tuple(Unit(id=name, kind=INPUT) for name in values)
        data, training = Data(inputs=(tuple(values.values()),)), Training()
    else:
        leaves = (Unit(id=CONSTANT, kind=INPUT), *(Unit(id=name, kind=HIDDEN) for name in values))
        data, training = Data(inputs=((1.0,),)), Training(learning_rate=-step)
        wires = (*(_hung(name, value) for name, value in values.items()), *wires)
    return Project(
        network=Network(units=(*leaves, *gates), connections=wires),
        loss=Loss(name="output"),
        data=data,
        training=training,
    )


def _gate(step: Entry, is_output: bool) -> Unit:
    """Return the unit of one operation; a constant that is added is its (frozen) bias."""
    combine, activation = GATES[step["op"]]
    constants = [float(arg) for arg in step["args"] if not isinstance(arg, str)]
    bias = sum(constants) if step["op"] == "add" and constants else None
    return Unit(
        id=step["out"],
        kind=OUTPUT if is_output else HIDDEN,
        activation=activation,
        combine=combine,
        bias=bias,
        trainable=bias is None,
    )


def _wires(step: Entry) -> list[Connection]:
    """Return the frozen connections into a gate: weight 1, or the constant it multiplies by."""
    operation, args = step["op"], step["args"]
    sources = [arg for arg in args if isinstance(arg, str)]
    constants = [float(arg) for arg in args if not isinstance(arg, str)]
    weight = 1.0
    if operation == "neg":
        weight = -1.0
    elif operation == "mul" and constants:
        (weight,) = constants
    elif operation == "div" and args[0] != 1:
        raise ValueError("only 1 divided by a gate can be drawn: a unit with reciprocal")
    return [
        Connection(source=source, target=step["out"], weight=weight, trainable=False)
        for source in sources
    ]


def _hung(name: str, value: float) -> Connection:
    """Return the connection whose weight is a named value, there to be moved."""
    return Connection(source=CONSTANT, target=name, weight=value, name=name)


def _moving_step(entry: Entry) -> float | None:
    """Return the step by which the source moves the values uphill, None where it moves none."""
    for expected in entry["expected"]:
        if match := re.match(r"after:([\d.]+):", expected["key"]):
            return float(match[1])
    return None


def _is_gates(entry: Entry) -> bool:
    return bool(entry["kind"] == "gate_graph")


# --- from a key to its number -----------------------------------------------------------------


def _after(entry: Entry, updates: str) -> Project:
    return _trained(entry["id"], int(updates))


def _gate_step(entry: Entry, step: str) -> Project:
    if float(step) != _moving_step(entry):
        raise ValueError(f"{entry['id']} moves its values by two different steps")
    return _trained(entry["id"], 1)


@lru_cache
def _trained(entry_id: str, epochs: int) -> Project:
    """Return the project after so many epochs; an epoch of one case is one update."""
    run = Run(project_of(entries()[entry_id]))
    run.train(epochs=epochs)
    return run.project


def _value(project: Project, key: str) -> float:
    key, _, example = key.partition("@")
    quantity, _, name = key.partition(":")
    if quantity in ("maxerr", "meanerr"):
        return _target_error(project, quantity)
    if quantity == "numgrad":
        return _numeric_gradient(project, name)
    if quantity == "E" and name:
        return _loss_of_output(project, name)
    return _from_trace(project, int(example or 0), quantity, name)


def _from_trace(project: Project, example: int, quantity: str, name: str) -> float:
    found = _trace(project, example)
    if quantity == "E":
        return float(found["loss"])
    if quantity in ("w", "dE_dw", "term"):
        return _of_connection(project, found, quantity, name)
    if quantity in ("b", "dE_db"):
        (bias,) = (b for b in found["biases"] if b["unit"] == name)
        return float(bias["bias" if quantity == "b" else "dE_db"])
    field = {"val": "z", "grad": "dE_dz", "dfda": "h_prime"}.get(quantity, quantity)
    return float(_unit(found, name)[field])


def _of_connection(project: Project, found: Entry, quantity: str, name: str) -> float:
    source, target = _ends(project, name)
    if quantity == "term":
        terms = _unit(found, source)["outgoing"]
        return float(next(t["dE_dz_term"] for t in terms if t["target"] == target))
    ends = (source, target)
    (connection,) = (c for c in found["connections"] if (c["source"], c["target"]) == ends)
    return float(connection["weight" if quantity == "w" else "dE_dw"])


def _ends(project: Project, name: str) -> tuple[str, str]:
    """Return the ends of a connection called by its name or as source->target."""
    for connection in project.network.connections:
        if name in (connection.name, "->".join(connection.ends)):
            return connection.ends
    raise KeyError(name)


def _unit(found: Entry, name: str) -> Entry:
    return next(unit for unit in found["units"] if unit["id"] == name)


def _trace(project: Project, example: int) -> Entry:
    return trace(project, example).as_dict()


def _loss_of_output(project: Project, output: str) -> float:
    """Return one output's share of E: every other output is given what it puts out as target."""
    found = _trace(project, 0)
    row = tuple(
        target if unit.id == output else _unit(found, unit.id)["z"]
        for unit, target in zip(project.network.outputs, project.data.targets[0], strict=True)
    )
    return float(_trace(project.with_data(targets=(row,)), 0)["loss"])


def _target_error(project: Project, which: str) -> float:
    """Return the largest or mean |t - z| over all cases."""
    error = np.abs(predict(project, project.data.inputs) - np.array(project.data.targets))
    return float(error.max() if which == "maxerr" else error.mean())


def _numeric_gradient(project: Project, name: str) -> float:
    """Return (E(value + h) - E(value)) / h for a value that hangs from the constant input."""
    value, step, how = name.split(":")
    if how != "forward":
        raise ValueError(f"{how} differences are in no published example")
    ends = (CONSTANT, value)
    weight = project.network.by_ends[ends].weight
    nudged = project.change_connection(ends, weight=weight + float(step))
    return float((_trace(nudged, 0)["loss"] - _trace(project, 0)["loss"]) / float(step))
