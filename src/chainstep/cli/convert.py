"""`chainstep convert`: any format that can be read to any that can be written.

The formats are in `files`, and so is the matching of weights with a drawing.
"""

import argparse
from pathlib import Path

from chainstep.cli.display import why_no_picture
from chainstep.cli.endings import DONE, naming
from chainstep.cli.grid import grid
from chainstep.cli.output import emit, refuse_early
from chainstep.cli.reading import read
from chainstep.errors import FileError
from chainstep.files import format_of, load, load_weights, save
from chainstep.project import Project


def run(options: argparse.Namespace) -> int:
    """Read one file and write the other."""
    kind = format_of(Path(options.out), "write")
    if not kind.folder:
        refuse_early(options.out)
    if kind.writes.startswith("app.") and (reason := why_no_picture()):
        raise FileError(reason)
    with naming(options.source):
        save(_read(options), options.out, float64=options.float64, example=options.example)
    return DONE


def _read(options: argparse.Namespace) -> Project:
    """Return what the file holds, or the drawing with its weights, telling what went where."""
    if options.into is None:
        return read(options.source)
    project, matches = load_weights(load(options.into), options.source, options.transpose)
    rows = [["weights", "shape", "went to", ""]]
    for match in matches:
        shape = " × ".join(map(str, match.shape))
        rows.append([match.key, shape, match.place or "-", match.note])
    emit(grid(rows, "llll", indent=""), None)
    return project
