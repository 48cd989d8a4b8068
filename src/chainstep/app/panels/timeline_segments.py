"""The pass cut into segments, and where they stand on a line: forward, E, backward, update.

What the steps are comes from `stepping.steps`; painting and the mouse are in `timeline`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from chainstep.stepping.steps import BACKWARD, FORWARD, LOSS, UPDATE, PassSteps

#: What the phases are called beneath the line.
PHASES: Final = {FORWARD: "forward", LOSS: "E", BACKWARD: "backward", UPDATE: "update"}

_GRAINS: Final = ("unit", "level", "pass")
#: Segments narrower than this on average are drawn a level, or a pass, at a time.
_NARROW: Final = 6.0
_FIXED: Final = {LOSS: 40.0, UPDATE: 54.0}
_LEAST_PHASE: Final = 0.3
_LEAST: Final = 2.0


@dataclass(frozen=True)
class Segment:
    """Steps start to stop: it is done when `stop` steps are. unit: "" where there are several."""

    phase: str
    unit: str
    start: int
    stop: int

    @property
    def steps(self) -> int:
        """How many steps it has, at least one."""
        return self.stop - self.start


@dataclass(frozen=True)
class Line:
    """Segments in order, each from its left to its right edge."""

    segments: tuple[Segment, ...]
    edges: tuple[tuple[float, float], ...]

    def index_at(self, x: float) -> int:
        """Return how many steps are done at a place: 0 left of the line, the last right of it."""
        if not self.edges or x < self.edges[0][0]:
            return 0
        number = bisect_right([left for left, _ in self.edges], x) - 1
        segment, (left, right) = self.segments[number], self.edges[number]
        part = (x - left) / max(right - left, 1e-9)
        return min(segment.stop, segment.start + 1 + int(part * segment.steps))

    def x_of(self, index: int) -> float:
        """Return the middle of the place where so many steps are done."""
        if index <= 0 or not self.edges:
            return self.edges[0][0] if self.edges else 0.0
        number = self.place(index)
        segment, (left, right) = self.segments[number], self.edges[number]
        return left + (right - left) * (index - segment.start - 0.5) / segment.steps

    def place(self, index: int) -> int:
        """Return the segment of the last step that is done; −1 before the first."""
        return bisect_left([segment.stop for segment in self.segments], index) if index > 0 else -1


def cut(steps: PassSteps, grain: str) -> tuple[Segment, ...]:
    """Return the segments of a pass by unit, by level, or by pass."""
    if grain == "pass":
        return _by_phase(steps)
    begins = {stretch.start: stretch for stretch in steps.stretches}
    ends = {stretch.stop: stretch for stretch in steps.stretches}
    found = []
    for start, stop in pairwise((0, *steps.ends(grain))):
        first, last = begins[start], ends[stop]
        found.append(Segment(first.phase, first.unit if first is last else "", start, stop))
    return tuple(found)


def _by_phase(steps: PassSteps) -> tuple[Segment, ...]:
    found = []
    for phase, group in groupby(steps.stretches, key=lambda stretch: stretch.phase):
        parts = list(group)
        found.append(Segment(phase, "", parts[0].start, parts[-1].stop))
    return tuple(found)


def fit(steps: PassSteps, width: float) -> Line:
    """Return the finest segments that can be told apart on a line so wide, in their places."""
    fine = (grain for grain in _GRAINS if len(steps.ends(grain)) * _NARROW <= width)
    segments = cut(steps, next(fine, _GRAINS[-1]))
    return Line(segments, _places(segments, width))


def _places(segments: Sequence[Segment], width: float) -> tuple[tuple[float, float], ...]:
    """Give each phase its share of the width, and in it each segment by its steps."""
    phases = [list(group) for _, group in groupby(segments, key=lambda s: s.phase)]
    gap = 3.0 if segments and width / len(segments) > 12 else 1.0
    free = width - gap * max(len(segments) - 1, 0)
    shares = _shares([(part[0].phase, sum(s.steps for s in part)) for part in phases], free)
    edges, x = [], 0.0
    for part, share in zip(phases, shares, strict=True):
        for wide in _by_steps([segment.steps for segment in part], share):
            edges.append((x, x + wide))
            x += wide + gap
    return tuple(edges)


def _shares(phases: Sequence[tuple[str, int]], width: float) -> list[float]:
    """E and update have room for their names; forward and backward share the rest by steps."""
    fixed = [min(_FIXED.get(phase, 0.0), width / 8) for phase, _ in phases]
    rest = width - sum(fixed)
    long = [0 if phase in _FIXED else steps for phase, steps in phases]
    total = max(sum(long), 1)
    least = _LEAST_PHASE if sum(map(bool, long)) > 1 else 0.0
    raised = [max(steps / total, least) if steps else 0.0 for steps in long]
    return [
        one + rest * part / max(sum(raised), 1e-9) for one, part in zip(fixed, raised, strict=True)
    ]


def _by_steps(steps: Sequence[int], width: float) -> list[float]:
    """Widths by steps, none below the least that can be seen and hit."""
    least = min(_LEAST, width / len(steps))
    free = width - least * len(steps)
    return [least + free * count / sum(steps) for count in steps]
