"""The order of the steps of a pass, written down a second time from the contract (section 2)."""

from collections.abc import Iterable
from itertools import groupby

import pytest
from hypothesis import given

from chainstep.network.model import GROUP_ACTIVATIONS, Network
from chainstep.stepping import steps as steps_module
from chainstep.stepping.steps import GRAINS, PassSteps, Step
from tests.nets import draw, networks

NET = draw("x1 x2 > h > y z, x1 > y, y > z")


def levels_of(network: Network) -> dict[str, int]:
    """Return the longest path to each unit, by relaxing until nothing changes."""
    level = {unit.id: 0 for unit in network.units}
    for _ in network.units:
        for c in network.connections:
            level[c.target] = max(level[c.target], level[c.source] + 1)
    return level


def wanted(network: Network) -> list[tuple[str, str, str, str]]:
    """Return (phase, unit, part, other) of every step."""
    level = levels_of(network)
    order = [u for n in range(len(network.units)) for u in network.units if level[u.id] == n]
    outputs = [u for u in network.units if u.kind == "output"]
    found = []
    for unit in order:
        if unit.kind == "input":
            found.append(("forward", unit.id, "input", ""))
            continue
        sources = [c.source for c in network.connections if c.target == unit.id]
        found += [("forward", unit.id, "term", source) for source in sources]
        found.append(("forward", unit.id, "activate", ""))
    found += [("loss", unit.id, "share", "") for unit in outputs]
    for unit in reversed(order):
        if unit.kind == "output" and unit.activation in GROUP_ACTIVATIONS:
            found += [("backward", unit.id, "jacobian", other.id) for other in outputs]
        else:
            found += [("backward", unit.id, "direct", "")] if unit.kind == "output" else []
            targets = [c.target for c in network.connections if c.source == unit.id]
            found += [("backward", unit.id, "term", target) for target in targets]
        is_input = unit.kind == "input"
        found.append(("backward", unit.id, "total" if is_input else "delta", ""))
        fed = any(c.target == unit.id for c in network.connections)
        if not is_input and (fed or unit.bias is not None):
            found.append(("backward", unit.id, "gradient", ""))
    return [*found, ("update", "", "update", "")]


def named(steps: Iterable[Step]) -> list[tuple[str, str, str, str]]:
    return [(step.phase, step.unit, step.part, step.other) for step in steps]


@given(networks())
def test_forward_goes_by_level_backward_exactly_the_reverse_and_the_update_is_last(
    network: Network,
) -> None:
    assert named(PassSteps(network, backward=True).steps) == wanted(network)


@given(networks())
def test_each_step_is_found_by_its_place_and_stretches_by_theirs(network: Network) -> None:
    steps = PassSteps(network, backward=True)
    found = list(steps.steps)
    assert [steps.steps[n] for n in range(len(found))] == found
    assert steps.steps[-1] == found[-1]
    assert steps.steps[1:-1] == found[1:-1]
    for part in steps.stretches:
        terms = [step for step in found[part.start : part.stop] if step.nth]
        assert {step.phase for step in found[part.start : part.stop]} == {part.phase}
        assert len(terms) == part.terms


def test_no_step_is_made_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(steps_module, "Step", lambda *fields: made.append(fields))
    steps = PassSteps(NET, backward=True)
    assert len(steps.steps) == 30
    assert all(steps.ends(grain) for grain in ("term", "unit", "level", "pass"))
    assert steps.finished(30, "backward")
    assert made == []
    assert steps.steps[3] is None
    assert made == [("forward", "h", "term", "x2", 2, 2)]


@given(networks())
def test_where_the_backward_pass_is_refused_only_the_forward_steps_are_left(
    network: Network,
) -> None:
    forward = [step for step in wanted(network) if step[0] == "forward"]
    steps = PassSteps(network, backward=False)
    assert named(steps.steps) == forward
    assert steps.count(with_update=True) == steps.count(with_update=False) == len(forward)


@given(networks())
def test_terms_are_numbered_within_their_unit(network: Network) -> None:
    steps = [s for s in PassSteps(network, backward=True).steps if s.nth]
    for _, group in groupby(
        steps, key=lambda step: (step.phase, step.phase != "loss" and step.unit)
    ):
        terms = list(group)
        assert [step.nth for step in terms] == list(range(1, len(terms) + 1))
        assert {step.of for step in terms} == {len(terms)}


@given(networks())
def test_the_ends_of_a_grain_cut_the_pass_into_stretches(network: Network) -> None:
    steps = PassSteps(network, backward=True)
    level = levels_of(network)
    keys = {
        "term": lambda step: step,
        "unit": lambda step: (step.phase, step.phase != "loss" and step.unit),
        "level": lambda step: (step.phase, step.phase != "loss" and level.get(step.unit)),
        "pass": lambda step: {"loss": "forward"}.get(step.phase, step.phase),
    }
    for grain, key in keys.items():
        lengths = [len(list(group)) for _, group in groupby(steps.steps, key=key)]
        wanted_ends = [sum(lengths[: n + 1]) for n in range(len(lengths))]
        assert list(steps.ends(grain)) == wanted_ends
    assert set(keys) < set(GRAINS)


@given(networks())
def test_a_coarser_grain_ends_only_where_a_finer_one_does(network: Network) -> None:
    steps = PassSteps(network, backward=True)
    term, unit, level, whole = (set(steps.ends(g)) for g in ("term", "unit", "level", "pass"))
    assert whole <= level <= unit <= term
    assert max(whole) == len(steps.steps)


def test_a_small_net_step_by_step() -> None:
    lines = [" ".join(filter(None, step)) for step in named(PassSteps(NET, True).steps)]
    assert lines == [
        "forward x1 input", "forward x2 input",
        "forward h term x1", "forward h term x2", "forward h activate",
        "forward y term h", "forward y term x1", "forward y activate",
        "forward z term h", "forward z term y", "forward z activate",
        "loss y share", "loss z share",
        "backward z direct", "backward z delta", "backward z gradient",
        "backward y direct", "backward y term z", "backward y delta", "backward y gradient",
        "backward h term y", "backward h term z", "backward h delta", "backward h gradient",
        "backward x2 term h", "backward x2 total",
        "backward x1 term h", "backward x1 term y", "backward x1 total",
        "update update",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("grain", "ends"),
    [
        ("unit", (1, 2, 5, 8, 11, 13, 16, 20, 24, 26, 29, 30)),
        ("level", (2, 5, 8, 11, 13, 16, 20, 24, 29, 30)),
        ("pass", (13, 29, 30)),
    ],
)
def test_a_small_net_cut_by_grain(grain: str, ends: tuple[int, ...]) -> None:
    assert PassSteps(NET, True).ends(grain) == ends


def test_only_the_last_example_of_a_batch_has_the_update() -> None:
    steps = PassSteps(NET, True)
    assert steps.count(with_update=False) == steps.count(with_update=True) - 1 == 29
