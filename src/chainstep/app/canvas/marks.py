"""What a step or a lens shows on the canvas, as one value that the window hands over.

Which numbers these are is decided in `stepping`; how they look is in `decor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Ends = tuple[str, str]
State = Literal["current", "done", "coming", "looked_at"]
Direction = Literal["forward", "backward", ""]
Tag = tuple[str, int]
Value = tuple[str, str, int]


@dataclass(frozen=True)
class Width:
    """A connection drawn as wide as its share of a sum, instead of by its weight.

    part: 0 to 1; sign: of the share, which gives the colour; against: whether it pulls against
    the whole sum, which dashes the line.
    """

    part: float
    sign: int
    against: bool


@dataclass(frozen=True)
class Marks:
    """All that is lit at one time; the rest recedes where `dim` is set.

    unit: the current unit, ringed in amber. connections: what is lit besides, and how: "current"
    by the step, with an amber halo, "looked_at" by a lens, with one in the accent's colour.
    direction: which way the current connections carry their number. tags: (text, sign) on a
    connection; what follows the last "=" is bold. pills: a text above a unit. outputs: z inside
    the disc. values: (name, text, sign) beside the disc; with sign 0 as a muted remark. visited:
    units the pass has been at; None leaves all at full strength. widths: connections drawn by
    their share. checks: units and connections whose gradient check passed or failed. caption: what
    a lens shows, in a few words. alone: whether nothing else may be shown with it, as where a
    number is asked for. Signs are −1, 0 or 1.
    """

    unit: str | None = None
    connections: Mapping[Ends, State] = field(default_factory=dict)
    direction: Direction = ""
    tags: Mapping[Ends, Tag] = field(default_factory=dict)
    pills: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    visited: frozenset[str] | None = None
    widths: Mapping[Ends, Width] = field(default_factory=dict)
    checks: Mapping[str | Ends, bool] = field(default_factory=dict)
    caption: str = ""
    alone: bool = False
    dim: bool = True

    @property
    def current(self) -> frozenset[Ends]:
        """The connections whose turn it is."""
        return frozenset(ends for ends, state in self.connections.items() if state == "current")
