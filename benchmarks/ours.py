"""Chainstep as a contestant: the engine with what NumPy gives, with SciPy, with Numba."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.timing import Contestant
from chainstep.engine import engines
from chainstep.engine.kernels import range as dense
from chainstep.engine.trainer import Trainer
from chainstep.project import Project

#: The names of our own rows in the tables.
NUMPY, SCIPY, FAST = "chainstep", "chainstep +scipy", "chainstep +fast"


def contestants(project: Project) -> dict[str, Contestant]:
    """Return the engine with and without what is optional."""
    made = {NUMPY: _trained(project, scipy=False, fast=False)}
    if dense.dgemm is not None:
        made[SCIPY] = _trained(project, scipy=True, fast=False)
    if engines.has_fast():
        made[FAST] = _trained(project, scipy=True, fast=True)
    return made


def _trained(project: Project, scipy: bool, fast: bool) -> Contestant:
    trainer = Trainer(project)
    with _options(scipy, fast):
        trainer.advance(2 * trainer.batches_an_epoch() if trainer.batches_an_epoch() < 9 else 2)
        rest = len(trainer.rows) % trainer.batch_size()
        if rest:  # the shorter last batch gets its own buffers: make them now
            trainer.advance(trainer.batches_an_epoch())
    return trainer.advance


@contextmanager
def _options(scipy: bool, fast: bool) -> Iterator[None]:
    kept, kept_fast = dense.dgemm, engines.FAST
    dense.dgemm = kept if scipy else None
    engines.FAST = fast
    try:
        yield
    finally:
        dense.dgemm, engines.FAST = kept, kept_fast
