"""PyTorch on nets that are not layered: one masked linear map a level, or one a unit.

Both are what one would write by hand; the faster of them counts as PyTorch's time.
"""

from itertools import groupby
from typing import Any

import numpy as np

from benchmarks.nets import RATE
from benchmarks.peers import cuts
from benchmarks.timing import Contestant
from chainstep.network.order import levels
from chainstep.project import Project


def torch_levels(project: Project) -> Contestant:
    """For each level: all values before it, times a masked matrix, then the activations."""
    import torch

    network = project.network
    level_of = levels(network)
    order = sorted(network.units, key=lambda unit: (level_of[unit.id], unit.activation))
    column: dict[str, int] = {unit.id: n for n, unit in enumerate(network.inputs)}
    parameters, maps = [], []
    computed = [unit for unit in order if not unit.is_input]
    for _, group in groupby(computed, key=lambda unit: level_of[unit.id]):
        units = list(group)
        width = len(column)
        w, mask = np.zeros((len(units), width)), np.zeros((len(units), width))
        for k, unit in enumerate(units):
            for c in network.incoming[unit.id]:
                w[k, column[c.source]], mask[k, column[c.source]] = c.weight, 1.0
        for unit in units:
            column[unit.id] = len(column)
        weight = torch.tensor(w, requires_grad=True)
        bias = torch.full((len(units),), 0.1, dtype=torch.float64, requires_grad=True)
        parameters += [weight, bias]
        runs = [(name, len(list(same))) for name, same in groupby(u.activation for u in units)]
        maps.append((weight, torch.tensor(mask), bias, runs))
    outputs = torch.tensor([column[unit.id] for unit in network.outputs])
    functions = _functions()

    def forward(x: Any) -> Any:
        for weight, mask, bias, runs in maps:
            a = torch.nn.functional.linear(x, weight * mask, bias)
            parts = torch.split(a, [count for _, count in runs], dim=1)
            z = [functions[name](p) for (name, _), p in zip(runs, parts, strict=True)]
            x = torch.cat([x, *z], dim=1)
        return x[:, outputs]

    return _steps(project, parameters, forward)


def torch_units(project: Project) -> Contestant:
    """For each unit: its sources gathered, times its weights."""
    import torch

    network = project.network
    level_of = levels(network)
    order = sorted(network.units, key=lambda unit: level_of[unit.id])
    place = {unit.id: n for n, unit in enumerate(network.inputs)}
    parameters, units = [], []
    for unit in (unit for unit in order if not unit.is_input):
        incoming = network.incoming[unit.id]
        weights = torch.tensor([c.weight for c in incoming], dtype=torch.float64)
        bias = torch.tensor(0.1, dtype=torch.float64)
        parameters += [weights.requires_grad_(), bias.requires_grad_()]
        units.append(([place[c.source] for c in incoming], weights, bias, unit.activation))
        place[unit.id] = len(place)
    outputs = [place[unit.id] for unit in network.outputs]
    functions = _functions()

    def forward(x: Any) -> Any:
        values = list(x.unbind(1))
        for sources, weights, bias, name in units:
            a = torch.stack([values[n] for n in sources], 1) @ weights + bias
            values.append(functions[name](a))
        return torch.stack([values[n] for n in outputs], 1)

    return _steps(project, parameters, forward)


def _functions() -> dict[str, Any]:
    import torch

    return {
        "tanh": torch.tanh,
        "logistic": torch.sigmoid,
        "relu": torch.relu,
        "sine": torch.sin,
        "identity": lambda a: a,
    }


def _steps(project: Project, parameters: list[Any], forward: Any) -> Contestant:
    import torch

    x = torch.tensor(project.data.inputs, dtype=torch.float64)
    t = torch.tensor(project.data.targets, dtype=torch.float64)
    size = project.training.batch_size or len(x)
    optimizer = torch.optim.SGD(parameters, lr=RATE)
    turns = cuts(len(x), size)

    def step() -> None:
        start, stop = next(turns)
        optimizer.zero_grad(set_to_none=True)
        z = forward(x[start:stop])
        (0.5 * ((z - t[start:stop]) ** 2).sum() / size).backward()
        optimizer.step()

    return lambda steps: [step() for _ in range(steps)]
