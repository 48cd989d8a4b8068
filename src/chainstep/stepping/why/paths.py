"""The gradient as a sum over all paths from a unit to the loss.

∂E/∂a_j is the sum over every path j → k → … → output of the product of what each connection on it
passes on, ∂a_k/∂a_j, times what E owes to the output at its end. Backpropagation computes the same
number without walking the paths: it shares what they have in common. Counting is exact at any
size; what is listed is bounded. The single terms of one unit are in `trace`.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

from chainstep.errors import NotRunnable
from chainstep.network.model import Connection
from chainstep.network.order import forward_order
from chainstep.stepping.trace import Trace

#: Beyond so many paths only the largest are listed.
MOST_LISTED: Final = 10_000
#: A search for the largest paths gives up after so many steps.
MOST_STEPS: Final = 200_000


@dataclass(frozen=True)
class Path:
    """One path from a unit to an output.

    units: along it, the unit itself first. factors: ∂a_k/∂a_j (of an input ∂a_k/∂z_j) of each
    connection on it. end: ∂E/∂a of the output at its end, by E alone. value: all multiplied.
    """

    units: tuple[str, ...]
    factors: tuple[float, ...]
    end: float

    @property
    def value(self) -> float:
        """The path's share of ∂E/∂a_j."""
        return math.prod(self.factors) * self.end

    @property
    def connections(self) -> tuple[tuple[str, str], ...]:
        """The connections on the path, (source, target)."""
        return tuple(zip(self.units, self.units[1:], strict=False))

    @property
    def running(self) -> tuple[float, ...]:
        """The product from the end of the path back, one number after each factor."""
        found = [self.end]
        for factor in reversed(self.factors):
            found.append(found[-1] * factor)
        return tuple(found)


@dataclass(frozen=True)
class Costs:
    """Numbers of multiplications for ∂E/∂a of one unit, and additions."""

    by_paths: int
    by_backpropagation: int
    additions_by_paths: int
    additions_by_backpropagation: int


class Paths:
    """All paths from one unit to the loss, at the numbers of a trace."""

    def __init__(self, trace: Trace, unit: str) -> None:
        """Raises NotRunnable where there is no backward pass."""
        if trace.backward_refused is not None:
            raise NotRunnable(trace.backward_refused)
        self.trace, self.unit = trace, unit
        self._network = trace.plan.network

    @cached_property
    def count(self) -> int:
        """How many paths there are, exactly."""
        return self._tables[0].get(self.unit, 0)

    @property
    def total(self) -> float:
        """The sum over all paths, by backpropagation: ∂E/∂a of the unit, of an input ∂E/∂z."""
        source = self._network.by_id[self.unit]
        found = self.trace.dE_dz(self.unit) if source.is_input else self.trace.delta(self.unit)
        return found or 0.0

    @cached_property
    def costs(self) -> Costs:
        """What it takes to compute the number either way."""
        counts, lengths = self._tables
        reached = [unit for unit in self._order if unit in self._from_here]
        edges = sum(len(self._onward(unit)) for unit in reached)
        joins = sum(max(0, self._ways(unit) - 1) for unit in reached)
        return Costs(lengths[self.unit], edges, max(0, counts[self.unit] - 1), joins)

    def listed(self, most: int = MOST_LISTED) -> tuple[Path, ...]:
        """Return all paths, largest |value| first; of more than `most` the largest of all."""
        if self.count > most:
            return self.largest(most)
        return tuple(sorted(self.walk(), key=lambda path: -abs(path.value)))

    def walk(self) -> Iterator[Path]:
        """Yield every path, depth first, in document order."""
        waiting: list[tuple[tuple[str, ...], tuple[float, ...]]] = [((self.unit,), ())]
        while waiting:
            units, factors = waiting.pop()
            here = units[-1]
            if here in self._own:
                yield Path(units, factors, self._own[here])
            for connection in reversed(self._onward(here)):
                step = self._factors[connection.ends]
                waiting.append(((*units, connection.target), (*factors, step)))

    def largest(self, most: int = 10) -> tuple[Path, ...]:
        """Return the paths of the largest |value|, best first, without walking all of them.

        Best-first search: a path begun is as promising as its product times the largest |value|
        that any way onward has, so what comes out first is largest. At most MOST_STEPS steps.
        """
        return tuple(islice(self._best_first(), most))

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The connections that lie on any path from the unit, in document order."""
        here = self._from_here
        on = {c.ends for unit in here for c in self._onward(unit)}
        return tuple(c for c in self._network.connections if c.ends in on)

    @cached_property
    def meets(self) -> tuple[str, ...]:
        """The units, after the first, that every path passes, in order; () with no path."""
        if not self.count:
            return ()
        ways = {self.unit: 1}
        for unit in reversed(self._order):
            for connection in self._onward(unit) if unit in ways else ():
                ways[connection.target] = ways.get(connection.target, 0) + ways[unit]
        counts = self._tables[0]
        order = (unit for unit in reversed(self._order) if unit in ways and unit != self.unit)
        return tuple(unit for unit in order if ways[unit] * counts[unit] == self.count)

    def through(self, connection: tuple[str, str]) -> float:
        """Return the sum over the paths from the unit that pass a connection."""
        source, target = connection
        if source not in self._from_here:
            return 0.0
        reach = self._forward_sums()
        delta = self.trace.delta(target) or 0.0
        return reach[source] * self._factors[connection] * delta

    # --- how it is done -----------------------------------------------------------------------

    def _best_first(self) -> Iterator[Path]:
        """Yield paths by |value|; entries: (−promise, order, units, factors, ended)."""
        first = (-self._promise[self.unit], 0, (self.unit,), (), 1.0, False)
        heap: list[tuple[float, int, tuple[str, ...], tuple[float, ...], float, bool]] = [first]
        number = 0
        while heap and number < MOST_STEPS:
            _, _, units, factors, size, ended = heapq.heappop(heap)
            here = units[-1]
            if ended:
                yield Path(units, factors, self._own[here])
                continue
            if here in self._own:
                number += 1
                own = size * abs(self._own[here])
                heapq.heappush(heap, (-own, number, units, factors, size, True))
            for connection in self._onward(here):
                number += 1
                step = self._factors[connection.ends]
                onward = size * abs(step)
                promise = onward * self._promise[connection.target]
                entry = (*units, connection.target), (*factors, step), onward, False
                heapq.heappush(heap, (-promise, number, *entry))

    def _onward(self, unit: str) -> list[Connection]:
        """Return the connections onward that lead to the loss at all."""
        counts = self._tables[0]
        return [c for c in self._network.outgoing[unit] if counts[c.target]]

    def _ways(self, unit: str) -> int:
        return len(self._onward(unit)) + (1 if unit in self._own else 0)

    def _forward_sums(self) -> dict[str, float]:
        """Return for each unit reached the sum over paths from here of the products so far."""
        found = {self.unit: 1.0}
        for unit in reversed(self._order):
            for connection in self._onward(unit) if unit in found else ():
                before = found.get(connection.target, 0.0)
                found[connection.target] = before + found[unit] * self._factors[connection.ends]
        return found

    @cached_property
    def _order(self) -> list[str]:
        """All units, outputs first."""
        return [unit.id for unit in reversed(forward_order(self._network))]

    @cached_property
    def _own(self) -> dict[str, float]:
        """For each output ∂E/∂a by E alone; what comes back over connections left out."""
        return {unit.id: own_share(self.trace, unit.id) for unit in self._network.outputs}

    @cached_property
    def _factors(self) -> dict[tuple[str, str], float]:
        found = {}
        for connection in self._network.connections:
            source = self._network.by_id[connection.source]
            slope = self.trace.da_dz(connection)
            found[connection.ends] = (
                slope if source.is_input else slope * self.trace.h_prime(source.id)
            )
        return found

    @cached_property
    def _tables(self) -> tuple[dict[str, int], dict[str, int]]:
        """For each unit how many paths lead to the loss, and their connections all told."""
        counts: dict[str, int] = {}
        lengths: dict[str, int] = {}
        outputs = {unit.id for unit in self._network.outputs}
        for unit in self._order:
            onward = [c.target for c in self._network.outgoing[unit]]
            counts[unit] = sum(counts[k] for k in onward) + (1 if unit in outputs else 0)
            lengths[unit] = sum(lengths[k] + counts[k] for k in onward)
        return counts, lengths

    @cached_property
    def _promise(self) -> dict[str, float]:
        """For each unit the largest |value| of a path from it, as if it began there."""
        found: dict[str, float] = {}
        for unit in self._order:
            ways = [abs(self._factors[c.ends]) * found[c.target] for c in self._onward(unit)]
            found[unit] = max([*ways, abs(self._own.get(unit, 0.0))])
        return found

    @cached_property
    def _from_here(self) -> frozenset[str]:
        found, waiting = {self.unit}, [self.unit]
        while waiting:
            for connection in self._onward(waiting.pop()):
                if connection.target not in found:
                    found.add(connection.target)
                    waiting.append(connection.target)
        return frozenset(found)


def own_share(trace: Trace, unit: str) -> float:
    """Return what E owes to an output itself, by its a: δ less what comes back to it; else 0."""
    drawn = trace.plan.network.by_id[unit]
    if not drawn.is_output:
        return 0.0
    outgoing = trace.plan.network.outgoing[unit]
    direct = trace.direct(unit)
    if not outgoing:
        return trace.delta(unit) or 0.0
    if trace.project.loss.name == "binary_cross_entropy":
        return trace.z(unit) - (trace.target(unit) or 0.0)
    return (direct or 0.0) * trace.h_prime(unit)
