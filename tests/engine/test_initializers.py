"""New weights from a seed: in their bounds, the same for the same seed, frozen ones untouched."""

import math

import msgspec
import pytest

from chainstep.engine.initializers import initialised
from chainstep.network.model import Network
from chainstep.project import INITIALIZERS, Project
from tests.nets import draw

WIDE = Project(
    network=draw(
        " ".join(f"x{n}" for n in range(12))
        + " > " + " ".join(f"h{n}" for n in range(20))
        + " > " + " ".join(f"y{n}" for n in range(4))
    )
)  # fmt: skip


def weights(project: Project, target: str) -> list[float]:
    return [c.weight for c in project.network.connections if c.target.startswith(target)]


@pytest.mark.parametrize("seed", range(5))
def test_uniform_weights_fill_half_a_unit_to_either_side(seed: int) -> None:
    found = weights(initialised(WIDE, "uniform", seed), "")
    assert max(map(abs, found)) <= 0.5
    assert min(found) < -0.45
    assert max(found) > 0.45


@pytest.mark.parametrize("seed", range(5))
def test_xavier_weights_are_bounded_by_fan_in_and_fan_out(seed: int) -> None:
    """±√(6/(fan-in + fan-out)): the target's incoming and the source's outgoing connections."""
    project = initialised(WIDE, "xavier", seed)
    for target, bound in (("h", math.sqrt(6 / (12 + 20))), ("y", math.sqrt(6 / (20 + 4)))):
        found = weights(project, target)
        assert 0.9 * bound < max(map(abs, found)) <= bound
        assert min(found) < 0 < max(found)


def test_the_fans_are_told_apart() -> None:
    lopsided = Project(network=draw("a > h1 h2 h3 h4 h5 > y"))
    into_h = [weights(initialised(lopsided, "xavier", seed), "h") for seed in range(200)]
    into_y = [weights(initialised(lopsided, "he", seed), "y") for seed in range(200)]
    assert max(abs(w) for found in into_h for w in found) == pytest.approx(1.0, abs=0.01)
    spread = math.sqrt(sum(w * w for found in into_y for w in found) / 1000)
    assert spread == pytest.approx(math.sqrt(2 / 5), rel=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_he_weights_are_normal_with_variance_2_over_fan_in(seed: int) -> None:
    found = weights(initialised(WIDE, "he", seed), "h")
    assert sum(found) / len(found) == pytest.approx(0.0, abs=0.1)
    assert sum(w * w for w in found) / len(found) == pytest.approx(2 / 12, rel=0.35)
    assert max(map(abs, found)) > 2 * math.sqrt(2 / 12), "a normal draw has tails"


def test_zeros_are_zeros() -> None:
    assert set(weights(initialised(WIDE, "zeros", 3), "")) == {0.0}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_seed_gives_the_same_weights_every_time_and_biases_of_0(name: str) -> None:
    first, second = initialised(WIDE, name, 7), initialised(WIDE, name, 7)
    assert first.network.same_as(second.network)
    assert {unit.bias for unit in first.network.units if not unit.is_input} == {0.0}
    if name != "zeros":
        assert not first.network.same_as(initialised(WIDE, name, 8).network)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_frozen_parameters_stay_and_do_not_shift_the_others_draws(name: str) -> None:
    change, net = msgspec.structs.replace, draw("a b > h > y")
    frozen = Network(
        units=tuple(change(u, trainable=u.id != "h") for u in net.units),
        connections=tuple(change(c, trainable=c.source != "a") for c in net.connections),
    )
    free = initialised(Project(network=net), name, 1).network
    found = initialised(Project(network=frozen), name, 1).network
    assert found.by_ends["a", "h"] == frozen.by_ends["a", "h"]
    assert found.by_id["h"] == frozen.by_id["h"]
    for ends in (("b", "h"), ("h", "y")):
        assert found.by_ends[ends].weight == free.by_ends[ends].weight
    assert found.by_id["y"].bias == 0.0


def test_units_without_a_bias_do_not_get_one() -> None:
    project = Project(network=draw("a > h > y")).change_unit("h", combine="max")
    assert initialised(project).network.by_id["h"].bias is None
