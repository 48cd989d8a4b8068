"""Runs some parts and prints their table: `python -m benchmarks.window [--quick] PART …`."""

import argparse
import json
import os
from importlib import import_module

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # before anything imports NumPy


def main() -> None:
    from benchmarks import window

    parser = argparse.ArgumentParser(prog="python -m benchmarks.window", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*window.PARTS, []], metavar="PART")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--here", action="store_true", help="one part, in this process, as JSON")
    options = parser.parse_args()
    if options.here:
        module = import_module(f"benchmarks.window.{options.parts[0]}")
        print(json.dumps(module.measure(options.quick)), flush=True)
        os._exit(0)  # windows are left open, and nobody is asked about them
    from benchmarks import tables

    for part in options.parts or window.PARTS:
        print(tables.text(part, window.measure_part(part, options.quick)), flush=True)


main()
