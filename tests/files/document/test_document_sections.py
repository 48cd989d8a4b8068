"""Loss, data, training, view and debug: what they may hold, and each breach by its key."""

from typing import Any

import pytest

from chainstep.files import document
from chainstep.project import LOSSES, OPTIMIZERS, Loss, Schedule

from .documents import encoded, plain, problems_of

BAD: list[tuple[dict[str, Any], str]] = [
    ({"loss": "mse"}, 'loss: unknown name "mse" (known are half_squared_error, squared_error'),
    ({"loss": {"name": "mse"}}, 'loss: unknown name "mse"'),
    ({"loss": 5}, "loss must be an object, not the number 5"),
    ({"loss": {"name": "huber", "width": 1}}, 'loss has the unknown key "width"'),
    ({"loss": {"name": "squared_error", "delta": 1}}, "loss: squared_error has no delta, only"),
    ({"loss": {"name": "huber", "delta": "x"}}, "loss: delta must be a number, not the text"),
    ({"training": {"optimizer": "sdg"}}, 'training: unknown optimizer "sdg" (known are sgd,'),
    ({"training": {"order": "random"}}, 'unknown order "random" (known are fixed, shuffled)'),
    ({"training": {"reduction": "max"}}, 'unknown reduction "max" (known are mean, sum)'),
    ({"training": {"initializer": "ones"}}, 'unknown initializer "ones"'),
    ({"training": {"batch_size": 0}}, "training: batch_size must be at least 1, not 0"),
    (
        {"training": {"batch_size": 1.5}},
        "training: batch_size must be a whole number or null, not the number 1.5",
    ),
    ({"training": {"epochs": -1}}, "training: epochs must be at least 0, not -1"),
    ({"training": {"seed": -1}}, "training: seed must be at least 0, not -1"),
    ({"training": {"train_biases": 1}}, "training: train_biases must be true or false"),
    ({"training": {"lr": 1, "eta": 1}}, 'training has the unknown keys "lr", "eta" (known are'),
    ({"training": {"learning_rate": float("nan")}}, "training.learning_rate is NaN"),
    ({"training": []}, "training must be an object, not a list"),
    ({"training": {"schedule": "linear"}}, 'training.schedule: unknown name "linear"'),
    ({"training": {"schedule": {"period": 0}}}, "training.schedule: period must be at least 1"),
    ({"training": {"schedule": {"rate": 0}}}, 'training.schedule has the unknown key "rate"'),
    ({"training": {"stop": {"loss": "low"}}}, "training.stop: loss must be a number or null"),
    ({"training": {"stop": {"patience": 0}}}, "training.stop: patience must be at least 1"),
    ({"training": {"stop": 5}}, "training.stop must be an object, not the number 5"),
    ({"view": {"digits": -1}}, "view: digits must be at least 0"),
    ({"view": {"positions": {"h1": [0.0]}}}, "view: positions[...] must be a list of 2, not of 1"),
    ({"view": {"positions": {"h1": [0.0, float("inf")]}}}, "view.positions.h1[1] is a number too"),
    ({"view": {"zoom": 1}}, 'view has the unknown key "zoom"'),
    ({"debug": {"breakpoints": {}}}, "debug: breakpoints must be a list, not an object"),
    ({"debug": {"watches": [5]}}, "debug: watches[0] must be an object, not a whole number"),
    ({"debug": {"watches": [{"a": float("nan")}]}}, "debug.watches[0].a is NaN"),
    ({"extras": []}, "extras must be an object, not a list"),
    ({"extras": {"a": [[float("nan")]]}}, "extras.a[0][0] is NaN"),
]


@pytest.mark.parametrize(("sections", "told"), BAD, ids=range(len(BAD)))
def test_each_fault_of_a_section_is_told_once(sections: dict[str, Any], told: str) -> None:
    (problem,) = problems_of({**plain(), **sections})
    assert told in problem


BAD_DATA: list[tuple[dict[str, Any], list[str]]] = [
    ({"inputs": "x"}, ['data.inputs must be a list of rows, not the text "x"']),
    ({"inputs": [[1], 2]}, ["data.inputs[1] must be a list, not the number 2"]),
    (
        {"targets": [[1, "a"], [True], [None, "b"], [2]]},
        [
            "data.targets[0][1] must be a number, not a text",
            "data.targets[1][0] must be a number, not true or false",
            "data.targets[2][0] must be a number, not null",
        ],
    ),
    (
        {"inputs": [[1.0, float("nan")], [2.0, 3.0], [float("inf"), 1.0]]},
        ["data.inputs[0][1] is NaN, but every", "data.inputs[2][0] is a number too large"],
    ),
    (
        {"inputs": [[1], [2]], "validation": [2, 1, 1, -1]},
        [
            "data: validation names row 2, but there are the rows 0 to 1",
            "data: validation names row 1 2 times",
            "data: validation names row -1, but there are the rows 0 to 1",
        ],
    ),
    ({"validation": [0]}, ["data: validation names row 0, but there are no rows"]),
    ({"inputs": [[1], ["x"]], "validation": [1]}, ["data.inputs[1][0] must be a number"]),
    ({"columns": [1]}, ["data: columns[0] must be a text, not a whole number"]),
    ({"scaling": {"a": [1]}}, ["data: scaling[...] must be a list of 2, not of 1"]),
    ({"rows": []}, ['data has the unknown key "rows"']),
    ({"inputs": 10**400}, ["data.inputs must be a list of rows", "data.inputs is a number too"]),
]


@pytest.mark.parametrize(("data", "told"), BAD_DATA, ids=range(len(BAD_DATA)))
def test_every_bad_row_of_the_data_is_told(data: dict[str, Any], told: list[str]) -> None:
    problems = problems_of({**plain(), "data": data})
    assert len(problems) == len(told)
    for problem, start in zip(problems, told, strict=True):
        assert problem.startswith(start)


def test_rows_that_do_not_fit_the_net_or_each_other_load() -> None:
    data = {"inputs": [[1, 2, 3], [4]], "targets": [[1]], "columns": ["a"], "classes": ["b"]}
    project = document.loads(encoded({**plain(), "data": data}), "net")
    assert project.data.inputs == ((1.0, 2.0, 3.0), (4.0,))


def test_nesting_is_allowed_to_50_levels_and_no_further() -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: Any = 0.5
        for _ in range(levels):
            value = [value]
        return {**plain(), "extras": {"deep": value}}

    document.loads(encoded(nested(49)), "net")
    (problem,) = problems_of(nested(51))
    assert "is nested deeper than 50 levels" in problem
    (problem,) = problems_of(nested(300))
    assert "is nested deeper than 50 levels" in problem


def test_every_known_name_is_read() -> None:
    for loss in LOSSES:
        assert document.loads(encoded({**plain(), "loss": loss}), "net").loss == Loss(name=loss)
    for name in OPTIMIZERS:
        content = {**plain(), "training": {"optimizer": name, "schedule": "step", "stop": {}}}
        training = document.loads(encoded(content), "net").training
        assert training.optimizer == name
        assert training.schedule == Schedule(name="step")


def test_what_is_below_extras_is_kept_in_its_order() -> None:
    extras = {"z": {"b": 1, "a": [None, True, 1.5, 10**30]}, "a": "x"}
    project = document.loads(encoded({**plain(), "extras": extras}), "net")
    again = document.loads(document.dumps(project), "net")
    assert list(again.extras.items()) == list(extras.items())
    assert list(again.extras["z"]) == ["b", "a"]
