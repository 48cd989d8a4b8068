"""Chainstep as a contestant: with NumPy alone, with the extra `fast`, and on several cores."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.timing import Contestant
from chainstep.engine import cost, engines
from chainstep.engine.compiled_engine import CompiledEngine
from chainstep.engine.kernels import range as dense
from chainstep.engine.tape_engine import TapeEngine
from chainstep.engine.trainer import Trainer
from chainstep.project import Project

#: The names of our own rows in the tables; all but the last in one thread.
NUMPY, FAST, THREADS = "chainstep", "chainstep[fast]", "chainstep, threads"


def contestants(project: Project) -> dict[str, Contestant]:
    """Return the engine, also with what is optional and with threads where these are used."""
    made = {NUMPY: _trained(project, fast=False).advance}
    with_extra = _trained(project, fast=True)
    if _uses_extra(with_extra):
        made[FAST] = with_extra.advance
    with_threads = _trained(project, fast=False, threads=cost.MOST_LANES)
    if _uses_threads(with_threads):
        made[THREADS] = with_threads.advance
    return made


def _trained(project: Project, fast: bool, threads: int = 1) -> Trainer:
    trainer = Trainer(project)
    with _options(fast, threads):
        trainer.advance(2 * trainer.batches_an_epoch() if trainer.batches_an_epoch() < 9 else 2)
        rest = len(trainer.rows) % trainer.batch_size()
        if rest:  # the shorter last batch gets its own buffers: make them now
            trainer.advance(trainer.batches_an_epoch())
    return trainer


def _uses_extra(trainer: Trainer) -> bool:
    engine = trainer.engine
    return isinstance(engine, CompiledEngine) or (
        isinstance(engine, TapeEngine) and engine.in_place
    )


def _uses_threads(trainer: Trainer) -> bool:
    engine = trainer.engine
    return isinstance(engine, TapeEngine) and engine.lanes > 1 and engine.size > engine.columns


@contextmanager
def _options(fast: bool, threads: int) -> Iterator[None]:
    kept = dense.IN_PLACE, engines.FAST, cost.MOST_LANES
    dense.IN_PLACE, engines.FAST, cost.MOST_LANES = fast, fast, threads
    try:
        yield
    finally:
        dense.IN_PLACE, engines.FAST, cost.MOST_LANES = kept
