"""`chainstep examples`: list the bundled examples, tell of one, or write one out.

Where they are and what they say of themselves is in `files.examples`.
"""

import argparse
from difflib import get_close_matches
from pathlib import Path
from textwrap import fill

from chainstep.cli.endings import DONE
from chainstep.cli.grid import grid
from chainstep.cli.output import emit, refuse_early
from chainstep.errors import FileError
from chainstep.files import format_of, save
from chainstep.files.examples import GROUPS, ExampleInfo, about, load_example, names
from chainstep.lessons.checked import Checked, Line, checked, net_in_words, settings_in_words
from chainstep.stepping.formula.text import plain
from chainstep.words import counted


def run(options: argparse.Namespace) -> int:
    """Print the list, or what one says of itself; with OUT, write it."""
    if options.name is None:
        emit(listing(), None)
        return DONE
    _refuse_unknown(options.name)
    if options.out is None:
        emit(told(options.name), None)
        return DONE
    format_of(Path(options.out), "write")
    refuse_early(options.out)
    save(load_example(options.name), options.out)
    return DONE


def listing() -> str:
    """Return the names with their titles and how their numbers fare, below their headings."""
    rows: list[tuple[str, ...]] = []
    for heading, group in GROUPS.items():
        rows += [(heading,), *(_listed(name) for name in group), ()]
    return (
        f"{grid(rows, 'lll', indent='')}"
        "Printed numbers beside the exact ones: chainstep examples NAME\n"
        "Write one out: chainstep examples NAME -o OUT.chainstep\n"
    )


def told(name: str) -> str:
    """Return what an example says of itself, and its source's numbers beside the exact ones."""
    found = _checked(name)
    project, info = load_example(name), found.info
    paragraphs = [
        f"{info.title} ({net_in_words(project)})",
        info.about,
        f"Source: {info.source}; {info.source_status}." if info.source_status else info.source,
        f"Opens with {settings_in_words(project)}.",
        " ".join((found.verdict, *info.notes)).strip(),
    ]
    text = "\n\n".join(filter(None, (fill(part, 88) for part in paragraphs)))
    rows = [("quantity", "printed" if found.published else "", "exact", "difference", "")]
    rows += [_numbers(line, found.published) for line in found.lines]
    return f"{text}\n" + (f"\n{grid(rows, 'lddrl', indent='')}" if found.lines else "")


def _listed(name: str) -> tuple[str, str, str]:
    found = _checked(name)
    count = len(found.lines) if found.published else 0
    result = counted(count, "printed number") if count else ""
    differ = f", {found.wrong} differ{'s' * (found.wrong == 1)}" if found.wrong else ""
    return f"  {name}", found.info.title, result + differ


def _numbers(line: Line, published: bool) -> tuple[str, str, str, str, str]:
    what = f"{plain(line.what)} {line.when}".rstrip()
    printed = line.printed if published else ""
    return what, printed, line.exact, "" if line.agrees else line.difference, line.note


def _checked(name: str) -> Checked:
    project = load_example(name)
    return checked(project, about(project) or ExampleInfo(title=name, about=""))


def _refuse_unknown(name: str) -> None:
    if name in names():
        return
    near = get_close_matches(name.lower(), names(), 1, 0.4)
    meant = f"{near[0]} was meant, perhaps; " if near else ""
    raise FileError(
        f"There is no example called {name}: {meant}`chainstep examples` lists those there are."
    )
