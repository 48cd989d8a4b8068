"""What the tables have to reach: how many times as long as Chainstep each peer has to take.

At least so much, float64 and one thread, the median of the rounds. For what is no comparison the
sections bring their own.
"""

from typing import Final

from benchmarks.ours import FAST, NUMPY

TORCH, SKLEARN, BY_HAND = "PyTorch", "scikit-learn", "NumPy by hand"
JAX_STEP, JAX_SCAN, BLAS = "JAX step", "JAX scan", "BLAS peak"
#: The peers in the order of a page's columns.
PEERS: Final = (TORCH, SKLEARN, JAX_STEP, JAX_SCAN, "micrograd", BY_HAND, BLAS)
Batch = int | str

#: PyTorch by net and batch.
_TORCH: Final[dict[str, dict[Batch, float]]] = {
    "2-2-1": {1: 300, "full": 70},
    "2-4-2": {1: 120, 10: 21},
    "2-8-8-1": {1: 28, 10: 21, "full": 7},
    "2-4-4-1 skips": {1: 160, 10: 21, "full": 12},
    "10-32-32-3": {1: 15, 10: 11, "full": 1.9},
    "64-128-64-10": {1: 8.8, 10: 4.5, 100: 1.9, "full": 1.4},
    "784-128-64-10": {1: 2.8, 10: 1.9, 100: 1.3, "full": 1.4},
    "10 deep": {1: 100, 10: 25},
    "1k wide": {1: 14, 10: 9, 100: 5},
    "1k deep": {1: 80, 10: 18, 100: 11},
}


def target(net: str, batch: Batch, parameters: int, ours: str, peer: str) -> float | None:
    """Return the least ratio that is asked for, None where nothing is."""
    online = batch == 1
    if peer == JAX_SCAN:
        return 1.0 if ours == FAST and online and parameters <= 1000 else None
    if ours != NUMPY:
        return None
    if peer == TORCH:
        return _TORCH.get(net, {}).get(batch)
    if peer == SKLEARN:
        return 6.0 if online else 1.2
    if peer == BY_HAND:
        return 4.0 if online and parameters < 100 else 0.95
    if peer == JAX_STEP:
        small = parameters <= 18_000 and batch != "full"
        return 1.0 if small else None
    if peer == BLAS:
        return 0.95 if net == "784-128-64-10" else None
    return None
