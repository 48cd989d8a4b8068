"""`chainstep convert`: any format that can be read to any that can be written.

The formats are in `files`.
"""

import argparse
from pathlib import Path

from chainstep.cli.endings import DONE, naming
from chainstep.cli.output import refuse_early
from chainstep.files import format_of, load, save


def run(options: argparse.Namespace) -> int:
    """Read one file and write the other."""
    format_of(Path(options.out), "write")
    refuse_early(options.out)
    with naming(options.source):
        save(load(options.source), options.out)
    return DONE
