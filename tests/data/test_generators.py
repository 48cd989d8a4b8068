import math

import numpy as np
import pytest

from chainstep.data import generators
from chainstep.project import Data

CLOUDS = pytest.mark.parametrize("name", generators.CLOUDS)


def radius(point: tuple[float, ...]) -> float:
    return math.hypot(*point)


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("and", "0001"),
        ("or", "0111"),
        ("xor", "0110"),
        ("nand", "1110"),
        ("nor", "1000"),
        ("xnor", "1001"),
    ],
)
def test_a_gate_answers_as_its_truth_table(name: str, answers: str) -> None:
    table = generators.gate(name)
    assert table.inputs == ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
    assert "".join(str(int(row[0])) for row in table.targets) == answers


def test_every_gate_there_is_has_its_truth_table_tested() -> None:
    assert set(generators.GATES) == {"and", "or", "xor", "nand", "nor", "xnor"}


@CLOUDS
def test_the_same_seed_gives_the_same_points_and_another_seed_others(name: str) -> None:
    make = generators.CLOUDS[name]
    assert make(rows=20, seed=3) == make(rows=20, seed=3)
    assert make(rows=20, seed=3) != make(rows=20, seed=4)


@CLOUDS
@pytest.mark.parametrize("rows", [2, 7, 100])
def test_a_cloud_has_exactly_the_rows_asked_for_as_plain_floats(name: str, rows: int) -> None:
    data: Data = generators.CLOUDS[name](rows=rows)
    assert len(data.inputs) == len(data.targets) == rows
    assert all(type(v) is float for row in (*data.inputs, *data.targets) for v in row)


@pytest.mark.parametrize("name", ["moons", "circles", "spiral", "blobs"])
def test_both_classes_of_a_cloud_have_half_of_the_points(name: str) -> None:
    labels = [row[0] for row in generators.CLOUDS[name](rows=31).targets]
    assert sorted((labels.count(0.0), labels.count(1.0))) == [15, 16]


def test_circles_without_noise_have_two_radii() -> None:
    data = generators.circles(rows=40, noise=0.0, inner=0.4)
    for point, (label,) in zip(data.inputs, data.targets, strict=True):
        assert radius(point) == pytest.approx(0.4 if label else 1.0)


def test_moons_without_noise_lie_on_half_circles_about_two_centres() -> None:
    data = generators.moons(rows=40, noise=0.0)
    for (x, y), (label,) in zip(data.inputs, data.targets, strict=True):
        assert radius((x - label, y - 0.5 * label)) == pytest.approx(1.0)
        assert (0.5 - y if label else y) >= -1e-12


def test_the_arms_of_a_spiral_without_noise_mirror_each_other() -> None:
    data = generators.spiral(rows=40, noise=0.0)
    first, second = data.inputs[:20], data.inputs[20:]
    assert [(-x, -y) for x, y in first] == list(second)
    assert radius(first[0]) == pytest.approx(0.1)
    assert radius(first[-1]) == pytest.approx(1.0)


def test_three_blobs_have_one_target_column_each() -> None:
    data = generators.blobs(rows=10, noise=0.0, classes=3)
    assert set(data.targets) == {(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)}
    assert len({(round(x, 9), round(y, 9)) for x, y in data.inputs}) == 3


def test_a_sine_without_noise_is_the_sine() -> None:
    data = generators.sine(rows=9, noise=0.0)
    for (x,), (y,) in zip(data.inputs, data.targets, strict=True):
        assert y == pytest.approx(math.sin(x))
    assert data.inputs[0][0] == -math.pi
    assert data.inputs[-1][0] == math.pi


def test_numbers_are_rounded_as_python_rounds_them() -> None:
    chance = np.random.default_rng(0)
    numbers = np.concatenate([chance.normal(0.0, 3.0, 500), chance.integers(-900, 900, 500) / 2e4])
    data = Data(inputs=tuple((x, -x) for x in numbers.tolist()), targets=((0.5,),) * 1000)
    found = generators.rounded(data, 4)
    expected = tuple((round(x, 4) + 0.0, round(-x, 4) + 0.0) for x, _ in data.inputs)
    assert repr(found.inputs) == repr(expected)
    assert found.targets is data.targets
