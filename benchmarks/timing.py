"""Contestants by turns: what a step takes, and how many times faster one is than the other."""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: Makes so many steps.
Contestant = Callable[[int], object]

ROUNDS = 60
#: Rounds that are looked at together: the fastest turn of each contestant counts, which on a busy
#: machine is one that nobody disturbed.
GROUP = 5
#: Seconds that a contestant gets in each round, at least: short, to fit between other programs.
TURN = 0.002


@dataclass
class Result:
    """µs a step of each contestant in each round."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def typical(self, name: str) -> float:
        """µs a step: the median of the groups."""
        return statistics.median(self.groups(name))

    def ratio(self, peer: str, name: str) -> tuple[float, float, float]:
        """How many times as long as `name` the peer takes: the quartiles of the groups."""
        pairs = zip(self.groups(peer), self.groups(name), strict=True)
        ratios = [theirs / ours for theirs, ours in pairs]
        if len(ratios) == 1:
            return ratios[0], ratios[0], ratios[0]
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return low, middle, high

    def groups(self, name: str) -> list[float]:
        """Return the fastest turn of each group of rounds."""
        taken = self.rounds[name]
        return [min(taken[n : n + GROUP]) for n in range(0, len(taken), GROUP)]


def measure(contestants: dict[str, Contestant], rounds: int = ROUNDS, turn: float = TURN) -> Result:
    """Let the contestants take turns, in a new random order every round."""
    steps = {name: calibrate(contestant, turn) for name, contestant in contestants.items()}
    result = Result({name: [] for name in contestants})
    names = list(contestants)
    for _ in range(rounds):
        random.shuffle(names)
        for name in names:
            start = time.perf_counter()
            contestants[name](steps[name])
            result.rounds[name].append((time.perf_counter() - start) / steps[name] * 1e6)
    return result


def calibrate(contestant: Contestant, turn: float) -> int:
    """Return how many steps fill a turn; warms the contestant up."""
    least = getattr(contestant, "least", 1)
    contestant(least)
    steps = least
    while True:
        start = time.perf_counter()
        contestant(steps)
        taken = time.perf_counter() - start
        if taken >= turn:
            return steps
        more = max(2 * steps, int(steps * 1.1 * turn / max(taken, 1e-6)))
        steps = -(-more // least) * least


def once(function: Callable[[], object], repeats: int = 5) -> float:
    """Return the seconds of one core in the fastest of a few calls."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        taken.append(time.process_time() - start)
    return min(taken)
