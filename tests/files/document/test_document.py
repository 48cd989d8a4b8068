"""The document is read whole or refused in one sentence, and written the same way every time."""

import struct
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from chainstep.errors import FileError
from chainstep.files import document
from chainstep.network.model import ACTIVATION_PARAMS, COMBINES, KINDS, Connection, Network, Unit
from chainstep.project import (
    LOSSES,
    OPTIMIZERS,
    Data,
    Loss,
    Project,
    Schedule,
    Stop,
    Training,
    View,
)
from tests.nets import draw, projects

from .documents import encoded, error_of, plain, problems_of

SAMPLE = Path(__file__).parent / "samples" / "version_1.chainstep"

CONTRACT = """{
 "format": "chainstep", "version": 1,
 "network": {
  "units": [
   {"id": "i1", "kind": "input"},
   {"id": "h1", "kind": "hidden", "activation": "logistic", "bias": 0.35},
   {"id": "o1", "kind": "output", "activation": "logistic", "bias": 0.6}
  ],
  "connections": [
   {"source": "i1", "target": "h1", "weight": 0.15, "name": "w1"},
   {"source": "h1", "target": "o1", "weight": 0.4}
  ]
 },
 "loss": "half_squared_error",
 "data": {"inputs": [[0.05]], "targets": [[0.01]]},
 "training": {"optimizer": "sgd", "learning_rate": 0.5, "batch_size": null, "order": "fixed",
              "reduction": "mean", "seed": 0, "train_biases": true},
 "view": {"positions": {"i1": [0.0, 0.0], "h1": [160.0, 0.0], "o1": [320.0, 0.0]}}
}
"""


def bits(value: object) -> object:
    """Return a value with each float as its bits, for comparing -0.0 and 0.0 apart."""
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, msgspec.Struct):
        return bits(msgspec.structs.asdict(value))
    if isinstance(value, dict):
        return [(key, bits(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return [bits(item) for item in value]
    return value


def loads(content: Any) -> Project:
    return document.loads(encoded(content), "net.chainstep")


# --- round trip ----------------------------------------------------------------------------------


@given(projects())
@example(Project())
def test_load_and_save_give_the_same_bytes_and_the_same_project(project: Project) -> None:
    written = document.dumps(project)
    read = document.loads(written, "net.chainstep")
    assert document.dumps(read) == written
    assert bits(read) == bits(project)


def test_the_random_projects_use_every_activation_combine_kind_loss_and_optimizer() -> None:
    seen: set[str] = set()

    @settings(max_examples=400, database=None, derandomize=True, phases=[Phase.generate])
    @given(projects())
    def collect(project: Project) -> None:
        seen.update({project.loss.name, project.training.optimizer})
        for unit in project.network.units:
            seen.update({unit.activation, unit.combine, unit.kind})
        seen.update("frozen" for c in project.network.connections if not c.trainable)

    collect()
    assert seen == {*ACTIVATION_PARAMS, *COMBINES, *KINDS, *LOSSES, *OPTIMIZERS, "frozen"}


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4))
@example([1e-7, 0.00001, 1e16, 1e22, 0.0001, 9999999999999998.0, -0.0, 100.00002])
@example([1, 0.5])  # type: ignore[list-item]
def test_the_data_are_written_as_python_writes_floats(row: list[float]) -> None:
    written = document.dumps(Project(data=Data(inputs=(tuple(row),)))).decode()
    assert f"\n   [{', '.join(repr(float(value)) for value in row)}]\n" in written


@pytest.mark.parametrize("number", [1e-320, 5e-324, 1.7e308, -0.0, 0.1, 1 / 3, 1e22, 2.0**53])
def test_every_number_comes_back_to_the_bit(number: float) -> None:
    unit = Unit(id="h", bias=number, activation="clip", params=(("low", number), ("high", -1.0)))
    project = Project(network=Network(units=(unit,)), data=Data(inputs=((number,),)))
    read = document.loads(document.dumps(project), "net")
    assert bits(read.network.units[0].bias) == bits(number)
    assert bits(read.network.units[0].param("low")) == bits(number)
    assert bits(read.data.inputs[0][0]) == bits(number)


def test_the_example_of_the_contract_loads() -> None:
    project = loads(CONTRACT)
    assert [unit.bias for unit in project.network.units] == [None, 0.35, 0.6]
    assert project.network.by_ends["i1", "h1"].name == "w1"
    assert project.training == Training(learning_rate=0.5)
    assert project.view.positions["h1"] == (160.0, 0.0)


def test_the_sample_of_version_1_uses_every_key_and_is_written_back_as_it_is() -> None:
    content = SAMPLE.read_bytes()
    project = document.loads(content, SAMPLE.name)
    assert document.dumps(project) == content
    sections = {"data": Data(), "training": Training(), "view": View()}
    for name, default in sections.items():
        for key in default.__struct_fields__:
            assert getattr(getattr(project, name), key) != getattr(default, key), key
    for key in Unit.__struct_fields__:
        assert len({getattr(unit, key) for unit in project.network.units}) > 1, key
    for key in Connection.__struct_fields__:
        assert len({getattr(c, key) for c in project.network.connections}) > 1, key


def test_writing_leaves_defaults_out_and_gives_each_unit_connection_row_and_position_a_line() -> (
    None
):
    project = Project(
        network=draw("x > h > y, x > y"),
        data=Data(inputs=((1, 0.5), (0.0, 2e-7)), columns=("a", "b")),
        training=Training(learning_rate=1, schedule=Schedule(name="cosine"), stop=Stop(loss=0)),
        view=View(positions={"x": (0, 1.5), "h": (2.0, 3.0)}, digits=5),
        extras={"b": {"z": 1, "a": [2.5]}, "a": None},
    )
    assert (
        document.dumps(project).decode()
        == """{
 "format": "chainstep", "version": 1,
 "network": {
  "units": [
   {"id": "x", "kind": "input"},
   {"id": "h", "kind": "hidden", "activation": "logistic", "bias": 0.1},
   {"id": "y", "kind": "output", "bias": -0.2}
  ],
  "connections": [
   {"source": "x", "target": "h", "weight": 0.5},
   {"source": "h", "target": "y", "weight": -0.25},
   {"source": "x", "target": "y", "weight": 0.75}
  ]
 },
 "data": {
  "inputs": [
   [1.0, 0.5],
   [0.0, 2e-07]
  ],
  "columns": ["a", "b"]
 },
 "training": {"learning_rate": 1.0, "schedule": "cosine", "stop": {"loss": 0.0}},
 "view": {
  "positions": {
   "x": [0.0, 1.5],
   "h": [2.0, 3.0]
  },
  "digits": 5
 },
 "extras": {
  "b": {"z": 1, "a": [2.5]},
  "a": null
 }
}
"""
    )


def test_an_empty_project_is_a_document_too() -> None:
    text = document.dumps(Project()).decode()
    assert text.endswith('"network": {\n  "units": [],\n  "connections": []\n }\n}\n')


@pytest.mark.parametrize("activation", ACTIVATION_PARAMS)
@pytest.mark.parametrize("combine", ["sum", "product", "max"])
def test_every_activation_and_combine_comes_back(activation: str, combine: str) -> None:
    params = tuple((name, value + 0.5) for name, value in ACTIVATION_PARAMS[activation].items())
    unit = Unit(id="u", activation=activation, combine=combine, params=params)
    project = Project(network=Network(units=(unit,)))
    assert document.loads(document.dumps(project), "net").network.units == (unit,)


def test_a_loss_is_a_name_unless_its_parameter_differs() -> None:
    assert loads({**plain(), "loss": {"name": "huber", "delta": 1.0}}).loss == Loss(name="huber")
    assert b'"loss": "huber"' in document.dumps(Project(loss=Loss(name="huber")))
    told = document.dumps(Project(loss=Loss(name="huber", delta=2)))
    assert b'"loss": {"name": "huber", "delta": 2.0}' in told


@pytest.mark.parametrize(
    "project",
    [
        Project(network=Network(units=(Unit(id="h1", bias=float("nan")),))),
        Project(data=Data(inputs=((float("inf"),),))),
        Project(training=Training(learning_rate=float("nan"))),
        Project(view=View(positions={"h1": (float("nan"), 0.0)})),
        Project(extras={"h1": [float("inf")]}),
        Project(extras={"h1": {1, 2}}),
        Project(network=Network(units=(Unit(id="h1\ud800"),))),
    ],
)
def test_what_no_document_can_hold_is_refused_when_writing(project: Project) -> None:
    with pytest.raises(FileError, match=r"h1|row 0 of data\.inputs|learning_rate|training"):
        document.dumps(project)


# --- the head ------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [[], 5, "text", {}, {"format": "other", "version": 1}])
def test_what_is_not_a_chainstep_document_is_refused(content: object) -> None:
    assert "is not a Chainstep document" in str(error_of(encoded([content])[1:-1]))


@pytest.mark.parametrize("version", [None, "1", 1.0, True, 0, -1])
def test_a_version_that_is_no_whole_number_from_1_is_refused(version: object) -> None:
    assert "version must be a whole number from 1" in str(error_of({**plain(), "version": version}))


def test_a_newer_version_is_refused_whatever_else_it_holds() -> None:
    content = {"format": "chainstep", "version": 2, "cells": [], "network": 5}
    assert "was made by a newer Chainstep (version 2 " in str(error_of(content))


def test_the_version_is_found_in_whatever_order_the_keys_stand() -> None:
    assert document.version_of(b'{ "format":"chainstep", "version": 12, "cut') == 12
    assert document.version_of(b'{"version": 3, "x": [1], "format": "chainstep"}') == 3
    for other in (b"", b"{", b"[" * 10**5, b"\xff", b'{"version": 3}', b'{"format": "chainstep"}'):
        assert document.version_of(other) is None


def test_a_document_without_network_and_with_unknown_keys_is_refused_with_all_of_them() -> None:
    problems = problems_of({"format": "chainstep", "version": 1, "nets": 1, "lr": 2})
    assert problems[0].startswith('the document has the unknown keys "nets", "lr" (known are')
    assert problems[1:] == ("the document has no network",)


# --- syntax --------------------------------------------------------------------------------------

#: Python 3.13 points at the comma, older ones at what follows it.
COMMA = (
    "line 2, column 8: a comma should not stand before a closing bracket"
    if sys.version_info >= (3, 13)
    else 'line 3, column 1: a key in "double quotes" should stand here, but there'
)
SYNTAX: list[tuple[bytes, str]] = [
    (b"", "is empty"),
    (b" \n ", "is empty"),
    (b'{"format": "chainstep"', "line 1, column 23: a comma or a closing bracket should"),
    (b'{\n "a": 1,\n}', COMMA),
    (b'{"a": 1 "b": 2}', "line 1, column 9: a comma or a closing bracket should stand here"),
    (b'{"a": }', 'a value should stand here, but there stands "}"'),
    (b'{"a" 1}', "a colon should stand here"),
    (b"{} {}", "the document should end here"),
    (b'{"a": "b', "a text begins here that never ends"),
    (b'{"a": "b\nc"}', "a line break or control character stands inside a text"),
    (b'{"a": "\\q"}', "a backslash stands here that means nothing in JSON"),
    (b'{"a": "\\u12"}', "a \\u stands here without its four hexadecimal digits"),
    (b"\x89PNG\r\n\x1a\n", "what stands in line 1 is not UTF-8 text"),
    (b'{"a":\n"\xed\xa0\x80"}', "what stands in line 2 is not UTF-8 text"),
    ("{}".encode("utf-16"), "is UTF-16 text"),
    (b'{"a":\n"\\ud800"}', "holds half a character, \\ud800, in line 2"),
    (b'{"a":\n"x\\udc00\\ud800"}', "holds half a character"),
    (b'{"\\ud800": 1}', "holds half a character"),
    (b"[" * 100_000 + b"]" * 100_000, "is nested too deeply"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "is nested too deeply"),
    (b" " * (64 * 2**20 + 1), "a document has at most 64 MB"),
]


@pytest.mark.parametrize(("content", "told"), SYNTAX, ids=range(len(SYNTAX)))
def test_text_that_is_not_json_is_refused_with_its_place(content: bytes, told: str) -> None:
    assert told in str(error_of(content))


def test_a_comma_too_many_is_told_with_what_follows_it() -> None:
    told = str(error_of(b'{"a": [1,\n ]}'))
    assert "line" in told
    assert "should" in told


def test_whole_characters_written_as_two_halves_are_read() -> None:
    content = encoded({**plain(), "extras": {"a": "𝛿", "b": "\\ud800"}})
    assert b"\\ud835\\udeff" in content
    assert loads(content).extras == {"a": "𝛿", "b": "\\ud800"}


def test_a_byte_order_mark_is_passed_over() -> None:
    assert loads(b"\xef\xbb\xbf" + encoded(plain())).network.outputs[0].id == "o1"


def test_a_key_that_stands_twice_is_refused_with_its_place() -> None:
    text = encoded(plain()).replace(b'"bias": 0.35', b'"bias": 0.35, "bias": 1.0')
    text = text.replace(b'"weight": 0.4', b'"weight": 0.4, "weight": 0.4')
    text = text.replace(b'"version": 1', b'"version": 1, "extras": {}, "extras": {}')
    assert problems_of(text) == (
        'the key "bias" stands twice in unit h1',
        'the key "weight" stands twice in connection h1 → o1',
        'the key "extras" stands twice',
    )


@given(st.data())
def test_a_damaged_document_loads_or_is_refused_but_never_breaks(data: st.DataObject) -> None:
    content = bytearray(SAMPLE.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["change", "cut", "drop", "double"]))
        if kind == "change":
            content[place] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del content[max(place, 1) :]
        elif kind == "drop":
            del content[place : place + 5]
        else:
            content[place:place] = content[place : place + 40]
        if not content:
            break
    told = ""
    try:
        document.loads(bytes(content), "net.chainstep")
    except FileError as error:
        told = str(error)
    assert "\n" not in told


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_value_in_any_place_loads_or_is_refused_but_never_breaks(value: object) -> None:
    for place in (
        ["network"],
        ["network", "units"],
        ["network", "units", 0],
        ["network", "units", 1, "params"],
        ["network", "connections", 0],
        ["data"],
        ["data", "inputs"],
        ["data", "inputs", 0],
    ):
        content: Any = plain()
        inside = content
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = value
        for section in ("loss", "training", "view", "debug", "extras"):
            content[section] = value
        with pytest.raises(FileError):
            loads(content)
