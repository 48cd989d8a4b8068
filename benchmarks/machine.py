"""The machine in words: what a figure is worth without.

The speed of a product of matrices is in it too, since BLAS chooses its kernel by the processor.
"""

import os
import platform
from pathlib import Path

import numpy as np

from benchmarks.timing import once

#: Side of the matrices whose product shows what BLAS can do.
SIDE = 512


def described() -> str:
    """Return processor, versions, BLAS kernel and its GF/s in a sentence."""
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    blas = f"{_blas()} at {peak():.0f} GF/s in one thread"
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, {versions}, {blas}"


def peak() -> float:
    """Return the GF/s of a product of large matrices."""
    a, b, out = np.ones((SIDE, SIDE)), np.ones((SIDE, SIDE)), np.empty((SIDE, SIDE))
    seconds = once(lambda: np.dot(a, b, out), 40)
    return 2 * SIDE**3 / seconds / 1e9


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or platform.machine()


def _blas() -> str:
    """Name the BLAS of NumPy and, where that can be told, the kernel it runs."""
    name = str(np.show_config("dicts")["Build Dependencies"]["blas"]["name"])  # type: ignore[index]
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return name
    kernels = {pool.get("architecture", "") for pool in threadpool_info()} - {""}
    return " ".join([name, *sorted(kernels)])
