"""Training throughput on layered nets and one with skips: µs a step, and ratios to the peers."""

from collections.abc import Iterator
from typing import Any

from benchmarks import nets, ours, peers
from benchmarks.dag_torch import torch_levels
from benchmarks.timing import GROUP, ROUNDS, Result, measure
from chainstep.engine.plan import compile_plan
from chainstep.project import Project


def layered(quick: bool) -> Iterator[dict[str, Any]]:
    """Measure every layered net with every batch size."""
    for net in nets.LAYERED:
        for batch in net.batches:
            project = nets.project(net, batch)
            everybody = {**ours.contestants(project), **peers.contestants(net, batch)}
            result = measure(everybody, _effort(quick, net.sizes[0] > 500))
            yield row(net.name, batch, project, result)


def skipping(quick: bool) -> Iterator[dict[str, Any]]:
    """Measure the net with skips against PyTorch, level by level."""
    for batch in (1, 10, None):
        project = nets.skips(batch)
        everybody = ours.contestants(project)
        if peers.there("torch"):
            everybody["PyTorch"] = torch_levels(project)
        yield row("2-4-4-1 skips", batch, project, measure(everybody, _effort(quick, False)))


def row(net: str, batch: int | None, project: Project, result: Result) -> dict[str, Any]:
    """Return a row of the table: µs of everybody, and the ratios of each peer to each of us."""
    mine = [name for name in result.rounds if name.startswith("chainstep")]
    others = [name for name in result.rounds if name not in mine]
    return {
        "net": net,
        "batch": "full" if batch is None else batch,
        "parameters": compile_plan(project.network).size,
        "µs": {name: result.typical(name) for name in result.rounds},
        "ratios": {name: {peer: result.ratio(peer, name) for peer in others} for name in mine},
    }


def _effort(quick: bool, large: bool) -> int:
    """Return the number of rounds."""
    return 3 * GROUP if quick else (5 * GROUP if large else ROUNDS)
