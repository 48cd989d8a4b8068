"""The ways into and out of each unit as rows and places, ready to be walked for its terms.

Made when a unit is first looked at, and kept as long as the plan: all examples share them.
"""

from functools import cached_property

from chainstep.network.model import SUM, Network

#: The unit at the other end, its row, and the place of the weight in theta.
Way = tuple[str, int, int]


class Ways:
    """What is known of a plan's connections, unit by unit."""

    def __init__(
        self, network: Network, row: dict[str, int], weight: dict[tuple[str, str], int]
    ) -> None:
        self._network, self._row, self._weight = network, row, weight
        self._into: dict[str, list[Way]] = {}
        self._out_of: dict[str, list[Way]] = {}

    def into(self, unit_id: str) -> list[Way]:
        """Return the ways into a unit in document order."""
        if unit_id not in self._into:
            row, weight = self._row, self._weight
            self._into[unit_id] = [
                (c.source, row[c.source], weight[c.source, unit_id])
                for c in self._network.incoming[unit_id]
            ]
        return self._into[unit_id]

    def out_of(self, unit_id: str) -> list[Way]:
        """Return the ways out of a unit in document order."""
        if unit_id not in self._out_of:
            row, weight = self._row, self._weight
            self._out_of[unit_id] = [
                (c.target, row[c.target], weight[unit_id, c.target])
                for c in self._network.outgoing[unit_id]
            ]
        return self._out_of[unit_id]

    @cached_property
    def sums_only(self) -> bool:
        """Whether no unit is a product or a maximum."""
        return all(unit.combine == SUM for unit in self._network.units)

    @cached_property
    def inputs(self) -> frozenset[str]:
        """The ids of the inputs."""
        return frozenset(unit.id for unit in self._network.inputs)
