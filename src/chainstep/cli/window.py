"""`chainstep [FILE …]`: see that a window can open, then hand over to `app`.

Whether there is a display, and the libraries for one, is in `display`.
"""

import argparse
from pathlib import Path

from chainstep.cli.display import why_no_window
from chainstep.errors import ChainstepError, FileError


def run(options: argparse.Namespace) -> int:
    """Open a window for each file and stay until the last is closed."""
    for file in options.files:
        _refuse_missing(file)
    reason = why_no_window()
    if reason is not None:
        raise ChainstepError(reason)
    try:
        from chainstep.app.main import run as open_window
    except ImportError as error:
        if (error.name or "").startswith("chainstep"):
            raise
        raise ChainstepError(
            f"The window cannot open ({error}): install Chainstep again with `pip install "
            "--force-reinstall chainstep`; the commands in `chainstep --help` work without it."
        ) from error
    return open_window(options.files)


def _refuse_missing(file: str) -> None:
    try:
        if Path(file).exists():
            return
    except (OSError, ValueError) as error:
        raise FileError(f"{file} cannot be the name of a file.") from error
    raise FileError(f"There is no file {file}: `chainstep` alone opens an example.")
