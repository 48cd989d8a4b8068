"""Whether a window can open here, asked before Qt, which would abort the whole program.

On Linux only: elsewhere there is always a display. Nothing here imports Qt or opens anything.
"""

import ctypes
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: Debian's packages for the libraries that every use of Qt loads ...
ANY_QT: Final[Mapping[str, str]] = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
#: ... and those that a window on an X display needs on top.
X_WINDOW: Final[Mapping[str, str]] = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
_REMEDY: Final = (
    "start `xvfb-run chainstep` for a virtual one, or use the commands that need none "
    "(`chainstep --help` lists them)."
)


def why_no_window() -> str | None:
    """Say in one sentence why no window can open, with the remedy; None where one can."""
    if sys.platform != "linux":
        return None
    platforms = _platforms()
    if not platforms:
        return f"There is no display to open the window on: {_REMEDY}"
    if absent := _missing(ANY_QT):
        return _install(absent)
    reasons = [_why_not(platform) for platform in platforms]
    return None if None in reasons else reasons[0]


def why_no_picture() -> str | None:
    """Say in one sentence why Qt cannot even paint off the screen; None where it can."""
    absent = _missing(ANY_QT) if sys.platform == "linux" else []
    return _install(absent) if absent else None


def _platforms() -> list[str]:
    """Return the ways of showing windows that Qt will try here, by Qt's names."""
    asked = os.environ.get("QT_QPA_PLATFORM", "")
    if asked:
        return [name.partition(":")[0].lower() for name in asked.split(";")]
    session = {"WAYLAND_DISPLAY": "wayland", "DISPLAY": "xcb"}
    return [platform for variable, platform in session.items() if os.environ.get(variable)]


def _why_not(platform: str) -> str | None:
    if platform == "xcb":
        return _why_not_x()
    if platform.startswith("wayland"):
        return _why_not_wayland()
    known = _installed()
    if known and platform not in known:
        names = ", ".join(sorted(known))
        return (
            f"QT_QPA_PLATFORM is {platform or 'empty'}, which Qt does not know (it knows {names}): "
            "unset it."
        )
    return None


def _why_not_x() -> str | None:
    display = os.environ.get("DISPLAY")
    if not display:
        return f"There is no X display to open the window on (DISPLAY is not set): {_REMEDY}"
    if absent := _missing(X_WINDOW):
        return _install(absent)
    return None if _x_answers() else f"The display {display} does not answer: {_REMEDY}"


def _why_not_wayland() -> str | None:
    display = os.environ.get("WAYLAND_DISPLAY") or "wayland-0"
    socket = Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / display
    return None if socket.exists() else f"The display {display} does not answer: {_REMEDY}"


def _x_answers() -> bool:
    """Tell whether a connection to the X display can be made, as Qt will make it."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt carries its own where there is none
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return bool(answers)


def _installed() -> set[str]:
    """Return the platforms that the installed Qt has plugins for; empty where that is unknown."""
    found = importlib.util.find_spec("PySide6")
    places = found.submodule_search_locations if found else None
    return {
        file.stem.removeprefix("libq")
        for place in places or ()
        for file in Path(place).glob("Qt/plugins/platforms/libq*.so")
    }


def _missing(libraries: Mapping[str, str]) -> list[str]:
    return [package for library, package in libraries.items() if not _loads(library)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _install(packages: list[str]) -> str:
    return (
        "The window needs system libraries that are missing: on Debian and Ubuntu `sudo apt-get "
        f"install --no-install-recommends {' '.join(packages)}` installs them."
    )
