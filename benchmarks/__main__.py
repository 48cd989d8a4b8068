"""Run all sections, print the tables, and write the numbers: `python -m benchmarks [--quick]`.

--only SECTION …: some sections. --json FILE: where the numbers go, `benchmarks.json`.
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # before anything imports NumPy


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and no giants")
    parser.add_argument("--only", nargs="*", default=[], metavar="SECTION")
    parser.add_argument("--json", type=Path, default=Path("benchmarks.json"), metavar="FILE")
    options = parser.parse_args()
    _one_thread_each()
    from benchmarks import growth
    from benchmarks.sections import SECTIONS
    from benchmarks.tables import show

    wrong = [name for name in options.only if name not in SECTIONS]
    if wrong:
        parser.error(f"there is no section {wrong[0]}, but {', '.join(SECTIONS)}")
    found: dict[str, Any] = {"machine": machine(), "BLAS GF/s": growth.blas_peak()}
    print(f"{found['machine']} · one product of 512² matrices: {found['BLAS GF/s']:.1f} GF/s\n")
    for name in options.only or SECTIONS:
        found[name] = SECTIONS[name].measure(options.quick)
        show(SECTIONS[name].title, found[name])
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    print(f"all numbers: {options.json}")
    return 0


def machine() -> str:
    """Name the machine in words."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if "model name" in line), name)
    import numpy

    versions = f"Python {platform.python_version()}, NumPy {numpy.__version__}"
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, {versions}"


def _one_thread_each() -> None:
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


if __name__ == "__main__":
    sys.exit(main())
