"""One BLAS thread while an engine runs: two collapse a hundredfold on a busy machine.

Chainstep's own programs say so in the environment before NumPy is imported, and nothing is left
to do here. In a program of somebody else, who may want more threads for other work, it is said
for the time of a run, where `threadpoolctl` is there to say it (the extra `fast`). The threads of
large batches are in `tape_batches`.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS uses one thread."""
    if os.environ.get("OPENBLAS_NUM_THREADS") == "1":
        return nullcontext()
    pools = _pools()
    if pools is None or all(pool.num_threads == 1 for pool in pools.lib_controllers):
        return nullcontext()
    limited: AbstractContextManager[Any] = pools.limit(limits=1)
    return limited


@cache
def _pools() -> Any:
    """Return what governs the threads of BLAS, None without `threadpoolctl`."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController().select(user_api="blas")
