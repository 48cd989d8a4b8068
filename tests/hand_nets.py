"""Small nets written out by hand, one short call a unit, for tests that name their numbers."""

import math
from typing import Any

from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Data, Project
from chainstep.stepping.trace import trace


def net(*units: Unit, wires: str, **parts: Any) -> Project:
    """Return a project; wires: "x>h:0.5 h>y:-1", in document order."""
    connections = []
    for wire in wires.split():
        ends, weight = wire.split(":")
        source, target = ends.split(">")
        connections.append(Connection(source=source, target=target, weight=float(weight)))
    return Project(network=Network(units=units, connections=tuple(connections)), **parts)


def x(name: str = "x") -> Unit:
    return Unit(id=name, kind="input")


def hidden(name: str = "h", **fields: Any) -> Unit:
    return Unit(id=name, **{"bias": 0.0, **fields})


def out(name: str = "y", **fields: Any) -> Unit:
    return Unit(id=name, **{"kind": "output", "bias": 0.0, **fields})


def data(inputs: list[list[float]], targets: list[list[float]] | None = None) -> Data:
    return Data(
        inputs=tuple(tuple(row) for row in inputs),
        targets=tuple(tuple(row) for row in targets or []),
    )


def units_of(project: Project, example: int = 0) -> dict[str, Any]:
    return {unit["id"]: unit for unit in trace(project, example).as_dict()["units"]}


def assert_forward_only(found: dict[str, Any]) -> None:
    """Check that the forward part stands, all else is null, and a sentence says why."""
    sentence = found["backward_refused"]
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert found["loss"] is None or math.isfinite(found["loss"])
    for unit in found["units"]:
        assert unit["dE_dz"] is unit["delta"] is unit["direct"] is None
        assert math.isfinite(unit["z"])
        for term in unit["outgoing"]:
            assert term["delta"] is term["dE_dz_term"] is term["delta_term"] is None
    assert all(c["dE_dw"] is None for c in found["connections"])
    assert all(b["dE_db"] is None for b in found["biases"])
