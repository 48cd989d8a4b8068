"""`chainstep trace`: one forward and one backward pass, every term.

The numbers are `stepping.trace`'s. The text for people is in `trace_text`, the table in
`trace_table`; Markdown, LaTeX and HTML are `lessons.writing`'s.
"""

import argparse
import json
import math
from collections.abc import Callable
from typing import Any

from chainstep.cli.endings import DONE, naming
from chainstep.cli.output import emit, refuse_early
from chainstep.cli.reading import read
from chainstep.stepping.trace import Trace, trace


def run(options: argparse.Namespace) -> int:
    """Trace one example and print it, or write it to a file."""
    refuse_early(options.out, options.file)
    with naming(options.file):
        project = read(options.file)
        if options.notation is not None:
            project = project.with_view(notation=options.notation)
        text = _WRITERS[options.format](trace(project, options.example))
    emit(text, options.out)
    return DONE


def as_json(found: Trace) -> str:
    """Return the trace as JSON (`Trace.as_dict`); what is not finite is null."""
    return json.dumps(finite(found.as_dict()), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def finite(value: Any) -> Any:
    """Return a value of dicts, lists and numbers with null for each number that is not finite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def as_text(found: Trace) -> str:
    """Return the trace for people."""
    from chainstep.cli.trace_text import text

    return text(found)


def as_csv(found: Trace) -> str:
    """Return the trace as a table, one row a term."""
    from chainstep.cli.trace_table import table

    return table(found)


def _derived(name: str) -> Callable[[Trace], str]:
    """Return the writer of a format in which the pass is derived, formula by formula."""

    def write(found: Trace) -> str:
        from chainstep.lessons.derivation import derive
        from chainstep.lessons.writing import WRITERS

        return WRITERS[name](derive(found))

    return write


_WRITERS = {
    "text": as_text,
    "json": as_json,
    "csv": as_csv,
    **{name: _derived(name) for name in ("markdown", "latex", "html")},
}
