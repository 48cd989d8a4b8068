"""Documents as plain dicts, to break one thing at a time in; shared by the tests of this room."""

import json
from typing import Any

import pytest

from chainstep.errors import FileError
from chainstep.files import document


def plain() -> dict[str, Any]:
    """Return a sound document: i1 > h1 > o1, with two rows of data."""
    return {
        "format": "chainstep",
        "version": 1,
        "network": {
            "units": [
                {"id": "i1", "kind": "input"},
                {"id": "h1", "kind": "hidden", "activation": "logistic", "bias": 0.35},
                {"id": "o1", "kind": "output", "bias": 0.6},
            ],
            "connections": [
                {"source": "i1", "target": "h1", "weight": 0.15},
                {"source": "h1", "target": "o1", "weight": 0.4},
            ],
        },
        "data": {"inputs": [[0.5], [1.0]], "targets": [[0.0], [1.0]]},
    }


def with_units(*units: dict[str, Any], connections: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Return a document of these units and connections (source, target) of weight 1."""
    rows = [
        {"source": ends[0], "target": ends[1], "weight": 1.0} if isinstance(ends, tuple) else ends
        for ends in connections
    ]
    return {**plain(), "network": {"units": list(units), "connections": rows}, "data": {}}


def problems_of(content: object) -> tuple[str, ...]:
    """Return the problems of a document given as a dict, text or bytes, without its name."""
    return error_of(content).problems


def error_of(content: object) -> FileError:
    """Return the error that reading raises; it is one line, and names the file."""
    with pytest.raises(FileError) as caught:
        document.loads(encoded(content), "net.chainstep")
    sentence = str(caught.value)
    assert sentence.startswith("net.chainstep")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return caught.value


def encoded(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    text = content if isinstance(content, str) else json.dumps(content)
    return text.encode("utf-8", "surrogatepass")
