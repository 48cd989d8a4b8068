"""`chainstep examples`: list the bundled examples, or write one out.

Where they are and what they say of themselves is in `files.examples`.
"""

import argparse
from difflib import get_close_matches
from pathlib import Path

from chainstep.cli.endings import DONE
from chainstep.cli.grid import grid
from chainstep.cli.output import emit, refuse_early
from chainstep.errors import FileError
from chainstep.files import format_of, save
from chainstep.files.examples import GROUPS, about, load_example, names


def run(options: argparse.Namespace) -> int:
    """Print the list, or write the example that is named."""
    if options.name is None:
        emit(listing(), None)
        return DONE
    _refuse_unknown(options.name)
    format_of(Path(options.out), "write")
    refuse_early(options.out)
    save(load_example(options.name), options.out)
    return DONE


def listing() -> str:
    """Return the names with their titles, below their headings."""
    shown = {name: _title(name) for name in names()}
    rows: list[tuple[str, ...]] = []
    for heading, group in GROUPS.items():
        rows += [(heading,), *((f"  {name}", shown[name]) for name in group), ()]
    return f"{grid(rows, 'll', indent='')}Write one out: chainstep examples NAME -o OUT.chainstep\n"


def _title(name: str) -> str:
    told = about(load_example(name))
    return told.title if told else ""


def _refuse_unknown(name: str) -> None:
    if name in names():
        return
    near = get_close_matches(name.lower(), names(), 1, 0.4)
    meant = f"{near[0]} was meant, perhaps; " if near else ""
    raise FileError(
        f"There is no example called {name}: {meant}`chainstep examples` lists those there are."
    )
