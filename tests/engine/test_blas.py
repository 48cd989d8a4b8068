"""BLAS runs in one thread while an engine runs, and in as many as before when it has ended."""

from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from chainstep.engine import blas
from chainstep.engine.trainer import Trainer
from tests.random_nets import random_project


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let BLAS use two threads, as in a program that is not ours."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    np.ones((2, 2)).dot(np.ones((2, 2)))
    with ThreadpoolController().select(user_api="blas").limit(limits=2):
        yield


def threads() -> set[int]:
    pools = ThreadpoolController().select(user_api="blas").lib_controllers
    return {pool.num_threads for pool in pools}


@pytest.mark.usefixtures("two_threads")
def test_a_run_in_somebody_elses_program_uses_one_blas_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trainer = Trainer(random_project(0))
    engine, seen = trainer.engine, []
    run = engine.run

    def watched(*arguments: object) -> list[float]:
        seen.append(threads())
        return run(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "run", watched)
    trainer.train(1)
    assert seen == [{1}]
    assert 2 in threads()


@pytest.mark.usefixtures("two_threads")
def test_without_threadpoolctl_a_run_takes_blas_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "_pools", lambda: None)
    with blas.one_thread():
        assert 2 in threads()


def test_our_own_programs_have_nothing_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.delattr(blas, "_pools")
    with blas.one_thread():
        pass
