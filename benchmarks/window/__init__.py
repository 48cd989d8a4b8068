"""The speed of the window: the section `window` of `dev.py bench`, on the real window.

Every part is a file here and runs in a process of its own, once without a screen and, where
`xvfb-run` is at hand, once on a virtual one. `python -m benchmarks.window PART …` runs some.
"""

import json
import os
import shutil
import subprocess
import sys
from typing import Any, Final

Row = dict[str, Any]

#: What each part measures is the first line of its file. True: also on a virtual screen.
PARTS: Final = {
    "start": True,
    "steps": True,
    "canvas": True,
    "drawing": True,
    "curve": False,
    "formulas": False,
    "live": True,
    "million": False,
}
_SCREEN: Final = ("xvfb-run", "-a", "-s", "-screen 0 1400x900x24")


def measure(quick: bool) -> list[Row]:
    """Return the rows of all parts."""
    if not _there("PySide6") or not _there("pyqtgraph"):
        return [{"what": "PySide6 or pyqtgraph is not installed"}]
    return [row for part in PARTS for row in measure_part(part, quick)]


def measure_part(part: str, quick: bool) -> list[Row]:
    """Return the rows of one part, on all the screens there are."""
    rows = _in_a_process(part, quick, (), "offscreen")
    if PARTS[part] and not quick and shutil.which(_SCREEN[0]):
        rows += _in_a_process(part, quick, _SCREEN, "xcb")
    return rows


def _in_a_process(part: str, quick: bool, before: tuple[str, ...], platform: str) -> list[Row]:
    command = [*before, sys.executable, "-m", "benchmarks.window", "--here", part]
    env = {**os.environ, "QT_QPA_PLATFORM": platform, "QT_LOGGING_RULES": "*=false"}
    done = subprocess.run(
        command + ["--quick"] * quick, env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    return [{**row, "on": platform} for row in json.loads(done.stdout.splitlines()[-1])]


def _there(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None
