"""What is noted along one line of a run beside its numbers, kept for when the run is there again.

A line is made again from its settings (`history`), but not what was noted on the way: watches,
samples such as the validation loss, how often breakpoints held.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chainstep.stepping.run import Run
from chainstep.stepping.watching.samples import Samples
from chainstep.stepping.watching.series import Series
from chainstep.stepping.watching.tally import Tally
from chainstep.stepping.watching.watches import Watch


@dataclass(frozen=True)
class Notes:
    """Copies of what was known where a line had got farthest."""

    series: Mapping[Watch, Series]
    tally: Tally
    samples: tuple[Samples, ...]

    def put_back(self, run: Run, samples: Sequence[Samples]) -> None:
        """Let this be known, and nothing of another line."""
        for now, then in zip(samples, self.samples, strict=True):
            now.take(then)
        if run.recorder is not None:
            for watch in run.recorder.series:
                known = self.series.get(watch) or Series()
                run.recorder.series[watch] = copy.deepcopy(known)
        if run.guard is not None:
            run.guard.begin_anew(copy.deepcopy(self.tally))


def notes_of(run: Run, samples: Sequence[Samples]) -> Notes:
    """Return what is known now. samples: of what is noted from time to time."""
    series = {} if run.recorder is None else copy.deepcopy(run.recorder.series)
    tally = Tally() if run.guard is None else copy.deepcopy(run.guard.tally)
    kept = tuple(Samples() for _ in samples)
    for then, now in zip(kept, samples, strict=True):
        then.take(now)
    return Notes(series, tally, kept)
