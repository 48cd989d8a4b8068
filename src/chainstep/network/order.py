"""The order of computation: levels, topological order, and paths through the net.

Forward goes by level (the longest path from an input), within a level in document order;
backward is exactly the reverse. Positions on the canvas are in `layout`.
"""

from collections import Counter, deque
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

from chainstep.network.model import Network, Unit


@lru_cache(maxsize=4)
def levels(network: Network) -> dict[str, int]:
    """Return for each unit the length of the longest path that leads to it.

    Inputs, and units that nothing feeds, are at level 0. Computed once a net, as many ask; the
    answer is not to be changed.
    """
    outgoing = network.outgoing
    waits_for = Counter(connection.target for connection in network.connections)
    level = {unit.id: 0 for unit in network.units}
    ready = [unit_id for unit_id in level if unit_id not in waits_for]
    for unit_id in ready:  # grows on the way
        after = level[unit_id] + 1
        for connection in outgoing[unit_id]:
            target = connection.target
            if level[target] < after:
                level[target] = after
            waits_for[target] -= 1
            if not waits_for[target]:
                ready.append(target)
    return level


def forward_order(network: Network) -> tuple[Unit, ...]:
    """Return the units in the order of the forward pass."""
    level = levels(network)
    return tuple(sorted(network.units, key=lambda unit: level[unit.id]))


def depth(network: Network) -> int:
    """Return the number of connections on the longest path."""
    return max(levels(network).values(), default=0)


def path_count(network: Network) -> int:
    """Count the paths from the inputs to the outputs, exactly, however many."""
    to_output: dict[str, int] = {}
    for unit in reversed(forward_order(network)):
        onward = sum(to_output[c.target] for c in network.outgoing[unit.id])
        to_output[unit.id] = onward + (1 if unit.is_output else 0)
    return sum(to_output[unit.id] for unit in network.inputs)


def find_path(network: Network, start: str, goal: str) -> tuple[str, ...] | None:
    """Return the ids along a shortest path from start to goal, or None where there is none."""
    came_from: dict[str, str] = {start: start}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == goal:
            return _walk_back(came_from, start, goal)
        for connection in network.outgoing[here]:
            if connection.target not in came_from:
                came_from[connection.target] = here
                waiting.append(connection.target)
    return None


def find_cycle(ends: list[tuple[str, str]]) -> tuple[str, ...] | None:
    """Return the ids round a cycle among (source, target) pairs, first = last, or None."""
    sources: dict[str, list[str]] = {}
    for source, target in ends:
        sources.setdefault(target, []).append(source)
    try:
        TopologicalSorter(sources).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return None


def _walk_back(came_from: dict[str, str], start: str, goal: str) -> tuple[str, ...]:
    path = [goal]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))
