"""Going to a place of a run: on to a breakpoint or a unit, and back to where one was.

Where in a batch a breakpoint holds is found in `watching.guard`; training for many epochs is in
`run`. Going back makes the batches again in stretches, looking in each for the last place.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chainstep.errors import ChainstepError
from chainstep.project import Project, Training
from chainstep.stepping.cursor import Cursor
from chainstep.stepping.walk import Walk
from chainstep.stepping.watching.breakpoints import Breakpoint
from chainstep.stepping.watching.guard import Guard, Hit


@dataclass(frozen=True)
class _Place:
    """A place of a run. updates: before its batch's; made: whether that one is made too."""

    updates: int
    example: int
    index: int
    made: bool


_START: Final = _Place(0, 0, 0, made=False)


class Search(Walk):
    """A run that can go to where something holds.

    hit: the breakpoint that the last training or search ended at, None where it ended otherwise.
    guard: what looks for them.
    """

    def __init__(self, project: Project) -> None:
        """Start before the first step, without breakpoints."""
        super().__init__(project)
        self.guard: Guard | None = None
        self.hit: Hit | None = None

    def set_breakpoints(self, breakpoints: Iterable[Breakpoint]) -> None:
        """Stop at these from now on; how often each one held on the way here is kept."""
        guard = Guard(breakpoints, self._trainer, self._pass)
        if self.guard is not None:
            guard.tally = self.guard.tally
        self.guard = guard

    def step(self, grain: str = "term") -> Cursor:
        """Go on by one grain, over breakpoints."""
        super().step(grain)
        self._count_anew()
        return self.cursor

    def back(self, grain: str = "term") -> Cursor:
        """Go back to the end of the term, unit … epoch before, as far as the start."""
        super().back(grain)
        self._count_anew()
        return self.cursor

    def seek(self, index: int) -> Cursor:
        """Go to a step of the current example: `index` of its steps are done then."""
        super().seek(index)
        self._count_anew()
        return self.cursor

    def train_batch(self) -> Hit | None:
        """Make the update of one batch: what a slice of live training consists of.

        Where a breakpoint holds on the way, stand on that very step instead and return the hit.
        """
        self.look_back()
        self.hit = None
        guard = self.guard
        if guard is None or guard.idle:
            self._finish("batch")
            return None
        after = self._key
        if self._settled:
            self._open_batch()
            after = -1
        if self._stops_within(guard, after):
            return self.hit
        self._finish("batch")
        self.hit = guard.after_update(self._begin.theta, self._example, self._index)
        return self.hit

    def advance(self, grain: str) -> Cursor:
        """Go on by one grain as `step` does, or up to a breakpoint on the way (`hit`)."""
        self.hit = None
        guard = self.guard
        looks = guard is not None and not guard.idle and self.refused is None
        if guard is None or not looks or self._aside is not None:
            return self.step(grain)
        if grain in ("batch", "epoch"):
            while self.train_batch() is None and grain == "epoch" and self._trainer.batch:
                pass
        else:
            self._check(grain)
            self._advance_within(guard, grain)
        return self.cursor

    def run_to_unit(self, unit: str) -> Cursor:
        """Go on to where a pass comes to a unit next; a breakpoint on the way ends it (`hit`).

        Raises ChainstepError where no pass comes to it.
        """
        self.hit = None
        places = self._places_of(unit)
        while not self._comes_to(places):
            pass
        return self.cursor

    def run_back_to_unit(self, unit: str) -> Cursor:
        """Go back to where a pass came to a unit last, or to the start."""
        self.hit = None
        places = self._places_of(unit)
        while True:
            earlier = [index for index in places if index < self._index]
            if earlier:
                self._seek(earlier[-1])
            elif self._aside is not None:
                self.look_back()
            elif self._example == 0 and self._updates_before == 0:
                self._seek(0)
            else:
                self._back_example()
                continue
            return self.cursor

    def back_to_breakpoint(self) -> Cursor:
        """Go back to where a breakpoint held last before here (`hit`), or to the start.

        Counts are those of the way to that place; an ignore count passes over nothing.
        """
        for _ in self.searching_back():
            pass
        return self.cursor

    def searching_back(self) -> Generator[None, None, None]:
        """Do as `back_to_breakpoint`, a batch at a time; given up, the run is where it was."""
        self.look_back()
        self.hit = None
        trainer, guard, end = self._trainer, self.guard, self._updates_before
        here, now = _Place(end, self._example, self._index, self._settled), trainer.training
        there = None
        if guard is None or guard.idle:
            end = 0
        else:
            trainer.restore(self._begin, end)
            there = self._last_hit(guard, self._key - 1)
        done = False
        try:
            while guard is not None and there is None and end > 0:
                start = self._snapshots.before(end)
                self._snapshots.replay(trainer, start)
                while trainer.batches < end:
                    there = self._made_again(guard) or there
                    yield
                end = start
            done = True
        finally:
            self._stand(here if not done else there[1] if there else _START, now)
        self.hit = there[0] if there else None
        if there and guard is not None and not there[1].made:
            guard.recount(self._begin.theta, self._rows, self._key)

    def _advance_within(self, guard: Guard, grain: str) -> None:
        """Go on within this batch or into the next one."""
        after = self._key
        if self._settled:
            self._open_batch()
            after = -1
        elif self._index >= self._count(self._example):
            self._next_example()
        index = self._following(grain, self._index)
        if not self._stops_within(guard, after, self._example * self._pass.span + index):
            self._go_to(index)
            if self._settled:
                self.hit = guard.after_update(self._begin.theta, self._example, self._index)

    def _comes_to(self, places: Sequence[int]) -> bool:
        """Go on to the next of these steps, or, where none is left in this batch, to its end.

        Tell whether that is all: a place or a breakpoint was come to.
        """
        later = [index for index in places if index > self._index]
        if self._aside is not None:
            self._seek(later[0]) if later else self.look_back()
            return True
        if self.refused is not None:
            if not later:
                self._next_example()
            self._seek(later[0] if later else places[0])
            return True
        after = self._key
        if self._settled:
            self._open_batch()
            later, after = list(places), -1
        example = self._example if later else self._example + 1
        if example == len(self._rows):
            return self.train_batch() is not None
        index = later[0] if later else places[0]
        guard, key = self.guard, example * self._pass.span + index
        if guard is None or guard.idle or not self._stops_within(guard, after, key):
            self._example, self._index = example, index
        return True

    def _count_anew(self) -> None:
        """Let the counts be those of the way to here."""
        guard = self.guard
        if guard is None or guard.idle or self.refused is not None or self._aside is not None:
            return
        guard.recount(self._begin.theta, self._rows, -1 if self._settled else self._key)

    def _stops_within(self, guard: Guard, after: int, upto: int | None = None) -> bool:
        """Stand on the first place of this batch, between two keys, where a breakpoint holds."""
        self.hit = guard.in_batch(self._begin.theta, self._rows, after, upto)
        if self.hit is not None:
            self._example, self._index = self.hit.example, self.hit.index
        return self.hit is not None

    def _made_again(self, guard: Guard) -> tuple[Hit, _Place] | None:
        """Make the next batch as it was made then; return where a breakpoint held last in it."""
        updates = self._trainer.batches
        self._snapshots.as_then(self._trainer)
        self._open_batch()
        found = self._last_hit(guard, None)
        self._settle()
        self._stand_on_update()
        hit = guard.held_at_update(self._begin.theta, self._example, self._index)
        if hit is None:
            return found
        return hit, _Place(updates, self._example, self._index, made=True)

    def _last_hit(self, guard: Guard, upto: int | None) -> tuple[Hit, _Place] | None:
        """Return where in this batch, whose update is not made, a breakpoint holds last."""
        hit = guard.last_in_batch(self._begin.theta, self._rows, upto)
        if hit is None:
            return None
        return hit, _Place(self._trainer.batches, hit.example, hit.index, made=False)

    def _stand(self, place: _Place, now: Training) -> None:
        """Stand on a place of the way hither; the settings of now hold from there."""
        self._snapshots.replay(self._trainer, place.updates)
        self._open_batch()
        if place.made:
            self._settle()
        self.retune(now)
        self._example, self._index = place.example, place.index

    def _places_of(self, unit: str) -> tuple[int, ...]:
        places = self._pass.arrivals(unit)
        if not places:
            raise ChainstepError(f"No pass comes to {unit}: choose a unit of the net.")
        return places

    @property
    def _key(self) -> int:
        """How far the run has got in this batch, as the guard counts it."""
        return self._example * self._pass.span + self._index
