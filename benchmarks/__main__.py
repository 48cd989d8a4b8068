"""Run all sections, print the tables, and write the numbers: `python -m benchmarks [--quick]`.

--only SECTION …: some sections. --json FILE: where the numbers go, `benchmarks.json`.
--markdown FILE: the tables for a page.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # before anything imports NumPy


def main() -> int:
    options = _options()
    _one_thread_each()
    from benchmarks import machine, tables
    from benchmarks.sections import SECTIONS

    named, found = machine.described(), {}
    print(f"{named}\n")
    for name in options.only or SECTIONS:
        found[name] = []
        for row in SECTIONS[name].measure(options.quick):
            found[name].append(row)
            print(f"  {name}: {len(found[name])} measured", end="\r", file=sys.stderr, flush=True)
        print(tables.text(SECTIONS[name].title, found[name]), flush=True)
        _save(options.json, {"machine": named, **found})
    asked, short = tables.missed(found)
    print(f"targets: {asked - len(short)} of {asked} ratios reached", *short, sep="\n    ")
    print(f"all numbers: {options.json}")
    if options.markdown:
        spread = f"Medians; the quartiles lie {tables.spread(found):.0%} from them, typically."
        parts = [tables.markdown(SECTIONS[name].title, rows) for name, rows in found.items()]
        options.markdown.write_text("\n".join([f"{named}. {spread}\n", *parts]), encoding="utf-8")
        print(f"the tables for a page: {options.markdown}")
    return 0


def _options() -> argparse.Namespace:
    from benchmarks.sections import SECTIONS

    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and no giants")
    parser.add_argument("--only", nargs="*", default=[], metavar="SECTION", choices=SECTIONS)
    parser.add_argument("--json", type=Path, default=Path("benchmarks.json"), metavar="FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    return parser.parse_args()


def _save(file: Path, found: dict[str, Any]) -> None:
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")


def _one_thread_each() -> None:
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


if __name__ == "__main__":
    sys.exit(main())
