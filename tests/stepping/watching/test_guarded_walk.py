"""A run with breakpoints and watches, wandered through at random, is where a fresh run would be."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from chainstep.stepping.steps import UPDATE
from chainstep.stepping.watching.breakpoints import Breakpoint
from chainstep.stepping.watching.watches import Watch
from tests.stepping.test_run import Walk

BREAKPOINTS = (
    Breakpoint(kind="unit", unit="h", phase="backward", ignore=1),
    Breakpoint(kind="unit", unit="y"),
    Breakpoint(kind="connection", connection=("x", "h")),
    Breakpoint(kind="phase", phase="update", ignore=2),
    Breakpoint(kind="epoch", value=2.0),
    Breakpoint(kind="small_delta", value=0.05),
    Breakpoint(kind="large_weight", value=0.8),
    Breakpoint(kind="saturated", value=0.2),
    Breakpoint(kind="not_finite"),
    Breakpoint(kind="loss_below", value=0.3),
    Breakpoint(kind="loss_rises", value=0.1, of="validation"),
    Breakpoint(kind="flip"),
)


class Guarded(Walk):
    """The same walk, with breakpoints that come and go."""

    @rule(some=st.sets(st.sampled_from(range(len(BREAKPOINTS))), max_size=3))
    def set_breakpoints(self, some: set[int]) -> None:
        self.run.set_breakpoints(BREAKPOINTS[n] for n in sorted(some))

    @rule()
    def watch(self) -> None:
        self.run.set_watches([Watch(quantity="gradient_norm"), Watch(quantity="z", unit="h")])

    @rule(epochs=st.integers(1, 4))
    def train(self, epochs: int) -> None:
        finished, before = len(self.run.losses), self.run.cursor
        done = self.run.train(epochs=epochs)
        assert len(self.run.losses) == finished + done
        after, hit = self.run.cursor, self.run.hit
        assert done == epochs or hit is not None
        if hit is not None:
            assert (after.example, after.index) == (hit.example, hit.index)
            settled = before.step is not None and before.step.phase == UPDATE
            here = (after.updates, after.example, after.index)
            assert here > (before.updates - settled, before.example, before.index) or settled
        self.follow()

    @rule(updates=st.integers(0, 12))
    def go_to(self, updates: int) -> None:
        self.run.go_to(updates)
        assert self.run.cursor.updates == updates
        self.follow()


Guarded.TestCase.settings = settings(max_examples=60, stateful_step_count=15)
TestGuarded = Guarded.TestCase
