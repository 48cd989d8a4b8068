"""What `data/oracle.json` lacks, against automatic differentiation by PyTorch.

Every activation with its parameters inside a net, product and max units with ties and zeros,
huber, squared error, `output`, softmax and log-softmax under every loss they can carry.
"""

from collections.abc import Callable
from typing import Any

import pytest

from chainstep.network.model import ACTIVATION_PARAMS
from chainstep.project import LOSSES
from chainstep.stepping.trace import trace
from tests.reference import fixture, project_of, worst_error

CASES = {f"{n:02} {c['name']} {c['loss']['name']}": c for n, c in
         enumerate(fixture("nets.json")["cases"])}  # fmt: skip
EXAMPLES = [(name, n) for name, case in CASES.items() for n in range(len(case["examples"]))]
TOLERANCE = 1e-13


def compared(name: str, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    case = CASES[name]
    return trace(project_of(case), n).as_dict(), case["examples"][n]


def units_of(found: dict[str, Any]) -> dict[str, Any]:
    return {unit["id"]: unit for unit in found["units"]}


def terms_of(name: str, found: dict[str, Any], pick: Callable[[dict[str, Any]], float]) -> Any:
    """Return pick(outgoing term) for every connection in document order."""
    units = units_of(found)
    return [
        next(pick(t) for t in units[c["source"]]["outgoing"] if t["target"] == c["target"])
        for c in CASES[name]["connections"]
    ]


def test_the_fixtures_cover_what_the_oracle_lacks() -> None:
    units = [unit for case in CASES.values() for unit in case["units"]]
    assert {u["activation"] for u in units if "activation" in u} == set(ACTIVATION_PARAMS) - {
        "step"
    }
    assert {u.get("combine", "sum") for u in units} == {"sum", "product", "max"}
    met = {case["loss"]["name"] for case in CASES.values()}
    assert met == set(LOSSES) - {"binary_cross_entropy"}


@pytest.mark.parametrize(("name", "n"), EXAMPLES)
def test_forward_values_are_those_of_pytorch(name: str, n: int) -> None:
    found, expected = compared(name, n)
    units = units_of(found)
    assert found["loss"] == pytest.approx(expected["E"], rel=TOLERANCE, abs=1e-15)
    for field in ("a", "z"):
        computed = [units[unit][field] for unit in expected[field]]
        assert worst_error(computed, list(expected[field].values())) <= TOLERANCE


@pytest.mark.parametrize(("name", "n"), EXAMPLES)
def test_derivatives_at_units_are_those_of_autograd(name: str, n: int) -> None:
    found, expected = compared(name, n)
    units = units_of(found)
    for field in ("delta", "dE_dz"):
        computed = [units[unit][field] for unit in expected[field]]
        assert worst_error(computed, list(expected[field].values())) <= TOLERANCE


@pytest.mark.parametrize(("name", "n"), EXAMPLES)
def test_terms_over_connections_are_those_of_autograd(name: str, n: int) -> None:
    found, expected = compared(name, n)
    for field in ("da_dz", "dE_dz_term"):
        computed = terms_of(name, found, lambda term, field=field: term[field])
        assert worst_error(computed, expected[field]) <= TOLERANCE


@pytest.mark.parametrize(("name", "n"), EXAMPLES)
def test_gradients_are_those_of_autograd(name: str, n: int) -> None:
    found, expected = compared(name, n)
    dE_dw = {(c["source"], c["target"]): c["dE_dw"] for c in found["connections"]}
    dE_db = {b["unit"]: b["dE_db"] for b in found["biases"]}
    assert worst_error(list(dE_dw.values()), expected["dE_dw"]) <= TOLERANCE
    assert list(dE_db) == list(expected["dE_db"])
    assert worst_error(list(dE_db.values()), list(expected["dE_db"].values())) <= TOLERANCE
