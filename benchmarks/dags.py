"""Random DAGs, wide and deep: µs a step against the better of two PyTorch formulations."""

from collections.abc import Iterator
from typing import Any

from benchmarks import nets, ours, peers
from benchmarks.dag_torch import torch_levels, torch_units
from benchmarks.timing import GROUP, ROUNDS, measure
from benchmarks.training import row

#: name: units, fan-in, levels; the last is the most units that PyTorch is asked to serve.
SHAPES = {
    "10 deep": (10, 10, 10),
    "100 wide": (100, 10, 10),
    "100 deep": (100, 10, 100),
    "1k wide": (1000, 10, 10),
    "1k deep": (1000, 10, 1000),
    "10k wide": (10_000, 10, 10),
    "10k deep": (10_000, 10, 10_000),
}
MOST_FOR_TORCH = 1000


def throughput(quick: bool) -> Iterator[dict[str, Any]]:
    """Measure every shape at 1, 10 and 100 examples a batch."""
    for name, (units, fan_in, levels) in SHAPES.items():
        if quick and units > 1000:
            continue
        for batch in (1, 10, 100):
            project = nets.dag(units, fan_in, levels, batch)
            everybody = ours.contestants(project)
            if peers.there("torch") and units <= MOST_FOR_TORCH:
                everybody["PyTorch by level"] = torch_levels(project)
                if units <= 100 or levels > 100:
                    everybody["PyTorch by unit"] = torch_units(project)
            rounds = GROUP if quick else (3 * GROUP if units >= 1000 else ROUNDS)
            yield best(row(name, batch, project, measure(everybody, rounds)))


def best(found: dict[str, Any]) -> dict[str, Any]:
    """Keep the faster formulation under the name of PyTorch."""
    times = {name: t for name, t in found["µs"].items() if name.startswith("PyTorch")}
    if times:
        fastest = min(times, key=lambda name: times[name])
        for ratios in found["ratios"].values():
            ratios["PyTorch"] = ratios[fastest]
            for name in times:
                del ratios[name]
    return found
