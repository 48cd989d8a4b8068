"""Every breach of the rules of the net is refused by name, and all of them at once."""

from itertools import pairwise
from typing import Any

import pytest

from chainstep.files import document
from chainstep.network.model import ACTIVATION_PARAMS, Unit
from tests.work import Work

from .documents import encoded, error_of, plain, problems_of, with_units


def hidden(unit_id: str = "h1", **fields: Any) -> dict[str, Any]:
    return {"id": unit_id, "kind": "hidden", **fields}


BAD_UNITS: list[tuple[Any, str]] = [
    (hidden(""), "unit number 1 has an empty id"),
    (hidden("x" * 201), "has an id of 201 characters, at most 200 are allowed"),
    ({"kind": "hidden"}, "unit number 1 has no id"),
    ({"id": "h1"}, "unit h1 has no kind"),
    (hidden(5), "unit number 1: id must be a text, not the number 5"),
    (7, "unit number 1 must be an object, not the number 7"),
    ({"id": "h1", "kind": "neuron"}, 'unit h1: unknown kind "neuron" (known are input, hidden'),
    (hidden(activation="sigmoid"), 'unit h1: unknown activation "sigmoid" (known are identity,'),
    (hidden(combine="mean"), 'unit h1: unknown combine "mean" (known are sum, product, max)'),
    (hidden(bias="big"), 'unit h1: bias must be a number or null, not the text "big"'),
    (hidden(bias=True), "unit h1: bias must be a number or null, not true"),
    (hidden(trainable=0), "unit h1: trainable must be true or false, not the number 0"),
    (hidden(params=[1]), "unit h1: params must be an object, not a list"),
    (hidden(params={"alpha": 1.0}), "identity has no parameter alpha (known are none)"),
    (
        hidden(activation="elu", params={"beta": 1.0}),
        "unit h1: elu has no parameter beta (known are alpha)",
    ),
    (hidden(combine="product", bias=1.0), "unit h1: a product unit has no bias"),
    (hidden(combine="max", bias=0), "unit h1: a max unit has no bias"),
    ({"id": "i1", "kind": "input", "bias": 0.0}, "unit i1: an input has no bias"),
    ({"id": "i1", "kind": "input", "activation": "tanh"}, "unit i1: an input has no activation"),
    (hidden(colour="red", size=2), 'unit h1 has the unknown keys "colour", "size" (known are id'),
    (hidden(bias=float("nan")), "unit h1: bias is NaN, but every number must be finite"),
    (hidden(bias=float("-inf")), "unit h1: bias is a number too large"),
    (
        hidden(activation="elu", params={"alpha": float("inf")}),
        "unit h1: parameter alpha is a number too large",
    ),
    (hidden(bias=10**309), "unit h1: bias is the number 1000"),
    (hidden("a\nb", bias=""), "unit a\\nb: bias must be"),
]


@pytest.mark.parametrize(("unit", "told"), BAD_UNITS)
def test_each_fault_of_a_unit_is_told_once_with_its_name(unit: Any, told: str) -> None:
    (problem,) = problems_of(with_units(unit))
    assert told in problem


def test_a_number_beyond_every_float_is_refused_with_its_unit_however_it_is_written() -> None:
    for digits in ("1e999", "9" * 5000, "-Infinity", "NaN"):
        text = encoded(with_units(hidden(bias=0.5))).replace(b"0.5", digits.encode())
        (problem,) = problems_of(text)
        assert problem.startswith("unit h1: bias is")


BAD_CONNECTIONS: list[tuple[Any, str]] = [
    (("i1", "h9"), "connection i1 → h9: there is no unit called h9"),
    (("h8", "h9"), "there is no unit called h8 and none called h9"),
    (("h1", "i1"), "connection h1 → i1: i1 is an input, which nothing can feed"),
    (("h1", "h1"), "the connections h1 → h1 form a loop; remove one of them"),
    ({"source": "i1", "target": "h1"}, "connection i1 → h1 has no weight"),
    ({"target": "h1", "weight": 1}, "connection number 1 has no source"),
    ({"source": "i1", "weight": 1}, "connection number 1 has no target"),
    (["i1", "h1"], "connection number 1 must be an object, not a list"),
    (
        {"source": "i1", "target": "h1", "weight": None},
        "connection i1 → h1: weight must be a number, not null",
    ),
    (
        {"source": "i1", "target": "h1", "weight": float("nan")},
        "connection i1 → h1: weight is NaN",
    ),
    (
        {"source": "i1", "target": "h1", "weight": 1, "label": "w"},
        'connection i1 → h1 has the unknown key "label"',
    ),
    (
        {"source": "i1", "target": "h1", "weight": 1, "name": 5},
        "connection i1 → h1: name must be a text, not the number 5",
    ),
]


@pytest.mark.parametrize(("connection", "told"), BAD_CONNECTIONS)
def test_each_fault_of_a_connection_is_told_once_with_its_ends(connection: Any, told: str) -> None:
    units = {"id": "i1", "kind": "input"}, hidden()
    (problem,) = problems_of(with_units(*units, connections=(connection,)))
    assert told in problem


def test_a_unit_with_a_fault_still_counts_as_the_end_of_its_connections() -> None:
    units = hidden("h1", bias="x"), hidden("h2", kind="odd")
    problems = problems_of(with_units(*units, connections=(("h1", "h2"),)))
    assert [problem.split(":")[0] for problem in problems] == ["unit h1", "unit h2"]


def test_a_second_connection_between_the_same_pair_is_refused() -> None:
    units = hidden("h1"), hidden("h2")
    problems = problems_of(with_units(*units, connections=(("h1", "h2"), ("h1", "h2"))))
    assert problems == ("a second connection h1 → h2",)


def test_two_units_of_one_name_are_refused() -> None:
    assert problems_of(with_units(hidden(), hidden())) == ("2 units are called h1",)


def test_a_cycle_is_told_with_its_path_in_the_direction_of_its_connections() -> None:
    units = [hidden(f"h{n}") for n in (1, 2, 3)]
    two = (("h2", "h1"), ("h1", "h2"))
    assert problems_of(with_units(*units, connections=two)) == (
        "the connections h1 → h2 → h1 form a loop; remove one of them",
    )
    three = (("h3", "h2"), ("h2", "h1"), ("h1", "h3"))
    assert problems_of(with_units(*units, connections=three)) == (
        "the connections h1 → h3 → h2 → h1 form a loop; remove one of them",
    )


def test_cycles_apart_from_each_other_are_all_told() -> None:
    units = [hidden(f"h{n}") for n in range(4)]
    ends = (("h0", "h1"), ("h1", "h0"), ("h2", "h3"), ("h3", "h2"))
    assert len(problems_of(with_units(*units, connections=ends))) == 2


def test_a_long_cycle_is_shortened_in_the_sentence() -> None:
    names = [f"h{n}" for n in range(5000)]
    ends = [*pairwise(names), (names[-1], names[0])]
    units = [hidden(name) for name in names]
    assert len(str(error_of(with_units(*units, connections=tuple(ends))))) < 1000


def test_all_problems_are_told_at_once() -> None:
    broken = plain()
    broken["network"]["units"][1]["bias"] = "x"
    broken["network"]["units"][1]["activation"] = "sigmoid"
    broken["network"]["units"].append({"id": "i1", "kind": "input"})
    broken["network"]["connections"].append({"source": "o1", "target": "h1", "weight": 1})
    broken["network"]["connections"].append({"source": "o1", "target": "q", "weight": "y"})
    broken["network"]["layers"] = 3
    broken["training"] = {"optimizer": "adma", "rate": 1}
    broken["nonsense"] = 1
    error = error_of(broken)
    assert len(error.problems) == 10
    assert str(error) == f"net.chainstep has 10 problems: {'; '.join(error.problems)}."


def test_a_single_problem_makes_a_single_sentence() -> None:
    assert str(error_of(with_units(hidden(), hidden()))) == "net.chainstep: 2 units are called h1."


def test_many_problems_are_all_kept_but_only_the_first_are_in_the_sentence() -> None:
    error = error_of(with_units(*(hidden(f"h{n}", bias="") for n in range(100))))
    assert len(error.problems) == 100
    assert "unit h19:" in str(error)
    assert "unit h20:" not in str(error)
    assert str(error).endswith("and 80 more.")


@pytest.mark.parametrize(("key", "most"), [("units", 20_000), ("connections", 500_000)])
def test_too_many_units_or_connections_are_refused_before_any_is_made(key: str, most: int) -> None:
    content = {**plain(), "network": {key: [0] * (most + 1)}}
    assert problems_of(content) == (
        f"network has {most + 1:,} {key}, at most {most:,} can be read",
    )


@pytest.mark.parametrize("network", [None, [], "net", {"units": {}}, {"connections": 3}])
def test_a_network_of_the_wrong_shape_is_refused(network: Any) -> None:
    (problem,) = problems_of({**plain(), "network": network})
    assert problem.startswith("network")


def read_unit(**fields: Any) -> Unit:
    return document.loads(encoded(with_units(hidden(**fields))), "net").network.units[0]


def test_an_absent_bias_is_0_for_a_sum_and_none_for_product_and_max() -> None:
    assert read_unit().bias == 0.0
    assert read_unit(bias=None).bias is None
    assert read_unit(combine="product").bias is None
    assert read_unit(combine="max", bias=None).bias is None


@pytest.mark.parametrize("activation", [name for name, has in ACTIVATION_PARAMS.items() if has])
def test_parameters_at_their_default_are_dropped(activation: str) -> None:
    defaults = dict(ACTIVATION_PARAMS[activation])
    assert read_unit(activation=activation, params=defaults).params == ()
    changed = {name: value + 1 for name, value in defaults.items()}
    backwards = dict(reversed(changed.items()))
    assert read_unit(activation=activation, params=backwards).params == tuple(changed.items())


def test_a_half_drawn_net_is_a_document() -> None:
    loose = hidden("h1", activation="softmax")
    for content, units in (
        (with_units(), []),
        (with_units(loose), ["h1"]),
        ({**plain(), "network": {}}, []),
    ):
        found = document.loads(encoded(content), "net")
        assert [unit.id for unit in found.network.units] == units


def test_the_work_of_loading_a_large_net_grows_with_its_connections_only() -> None:
    units = [hidden(f"u{n}", bias=0.1 * n) for n in range(1000)]
    ends = tuple((f"u{n}", f"u{500 + (n + k) % 500}") for n in range(500) for k in range(20))
    data = encoded(with_units(*units, connections=ends))
    with Work() as work:
        assert len(document.loads(data, "net").network.connections) == 10_000
    assert work.calls < 80 * 10_000
