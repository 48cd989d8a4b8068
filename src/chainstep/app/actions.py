"""Every command of the window, once: its name, words, keys and icon.

Menus, step bar and tool strip are made from this table; what a command does is connected in
`menus`. A test looks for keys bound twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from chainstep.app.look import icons

if TYPE_CHECKING:  # NumPy comes in with the run, after the first paint
    from chainstep.stepping.run import Run


@dataclass(frozen=True)
class Command:
    """One command. keys: portable key sequences, the first one shown; tip: what it does."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    checkable: bool = False


COMMANDS: Final = (
    Command("new", "New", ("Ctrl+N",), "new", "An empty net in a new window"),
    Command("open", "Open…", ("Ctrl+O",), "open"),
    Command("save", "Save", ("Ctrl+S",), "save"),
    Command("save_as", "Save As…", ("Ctrl+Shift+S",), "save-as"),
    Command("export", "Export…", ("Ctrl+E",), "", "As ONNX, weights, a program or a picture"),
    Command(
        "import_model", "Import Model…", ("Ctrl+Shift+I",), "", "ONNX, weights or a table of a net"
    ),
    Command("import_data", "Import Data…", ("Ctrl+I",), "data", "Examples from a CSV table"),
    Command("import_clipboard", "Import Data from Clipboard…", ("Ctrl+Shift+V",)),
    Command("make_data", "Make Data…", ("Ctrl+Shift+M",), "", "Moons, circles, gates and others"),
    Command("derivation", "Export Derivation…", tip="Write out the pass, formula by formula"),
    Command("worksheet", "Export Worksheet…", tip="Blanks to fill in, and the answers apart"),
    Command("close", "Close Window", ("Ctrl+W",), "close"),
    Command("quit", "Quit", ("Ctrl+Q",)),
    Command("cut", "Cut", ("Ctrl+X",)),
    Command("copy", "Copy", ("Ctrl+C",)),
    Command("paste", "Paste", ("Ctrl+V",)),
    Command("copied_text", "Text", tip="The step's words, formula and numbers"),
    Command("copied_latex", "LaTeX", tip="The step's formula and numbers, for a document"),
    Command("copied_picture", "Picture", tip="The step's formula, large enough to print"),
    Command("duplicate", "Duplicate", ("Ctrl+D",), "duplicate"),
    Command("delete", "Delete", ("Del", "Backspace"), "delete"),
    Command("select_all", "Select All", ("Ctrl+A",)),
    Command("zoom_in", "Zoom In", ("Ctrl++", "Ctrl+="), "zoom-in"),
    Command("zoom_out", "Zoom Out", ("Ctrl+-",), "zoom-out"),
    Command("zoom_reset", "Actual Size", ("Ctrl+0",)),
    Command("fit", "Fit the Net", ("Shift+1",), "fit", "Show the whole net"),
    Command("fullscreen", "Full Screen", ("Alt+Return",), checkable=True),
    Command("theme_system", "As the System", checkable=True),
    Command("theme_light", "Light", (), "sun", checkable=True),
    Command("theme_dark", "Dark", (), "moon", checkable=True),
    Command("projector", "Projector Mode", ("F12",), "", "Large type, for a room", True),
    Command("show_side", "Explanation", ("Ctrl+B",), "", "The panels at the right", True),
    Command("show_inspector", "Inspector", ("Ctrl+Shift+B",), "", "Inspector and training", True),
    Command("show_bottom", "Plots and Data", ("Ctrl+J",), "", "The panels at the bottom", True),
    Command("next_panel", "Go to the Next Panel", ("F6",)),
    Command("previous_panel", "Go to the Panel Before", ("Shift+F6",)),
    Command("show_tools", "Tools", (), "", "The strip at the left", True),
    Command("more_digits", "More Digits", ("Ctrl+Shift+.",)),
    Command("fewer_digits", "Fewer Digits", ("Ctrl+Shift+,",)),
    Command("reduced_motion", "Reduced Motion", checkable=True),
    Command("tool_select", "Select", ("V",), "select", "Select, move and connect", True),
    Command("tool_add", "Add Unit", ("N",), "add-unit", "Click to add a unit", True),
    Command("tool_connect", "Connect", ("C",), "connect", "Drag from unit to unit", True),
    Command("add_input", "Add Input Unit", ("I",), "input", "Where there is room"),
    Command("add_hidden", "Add Hidden Unit", ("H",), "hidden", "Where there is room"),
    Command("add_output", "Add Output Unit", ("O",), "output", "Where there is room"),
    Command("type_number", "Type Weights and Biases", ("F2",), "", "Tab goes on to the next"),
    Command("tidy", "Tidy Up", ("Ctrl+L",), "tidy", "Put the units in layers"),
    Command("restart", "Restart", ("Ctrl+Shift+F5",), "restart", "Back to the start weights"),
    Command("step_back", "Back", ("Alt+Left", "Shift+F10"), "step-back", "One term back"),
    Command("step_term", "Term", ("F11",), "step-term", "One term of the sum"),
    Command("step_unit", "Unit", ("F10",), "step-unit", "Finish this unit, or the next"),
    Command("step_level", "Level", ("Ctrl+Shift+F11",), tip="To the end of this level of units"),
    Command("step_pass", "Pass", ("Shift+F11",), "step-pass", "To the end of this pass"),
    Command("step_example", "Example", ("Ctrl+F10",), "step-example", "To the end of this example"),
    Command("step_batch", "Batch", ("Ctrl+Shift+F10",), tip="To the update of this batch"),
    Command("step_epoch", "Epoch", ("Ctrl+F11",), "step-epoch", "To the end of this epoch"),
    Command("back_unit", "Back One Unit", ("Alt+Up",)),
    Command("back_level", "Back One Level", ("Alt+Shift+Up",)),
    Command("back_pass", "Back One Pass", ("Alt+Shift+Left",)),
    Command("back_example", "Back One Example", ("Alt+PgUp",)),
    Command("back_batch", "Back One Batch", ("Alt+Shift+PgUp",)),
    Command("back_epoch", "Back One Epoch", ("Alt+Home",)),
    Command("run_to_unit", "Run to Unit", ("F8",), tip="On to the selected unit"),
    Command("run_back_to_unit", "Run Back to Unit", ("Shift+F8",), tip="Back to the selected unit"),
    Command("go_to_epoch", "Go to Epoch…", ("Ctrl+G",), tip="On or back, to the end of an epoch"),
    Command("search_back", "Back to Breakpoint", ("Shift+F5",), tip="Where one held last"),
    Command("train", "Train", ("F5",), "play", "Train, or pause"),
    Command(
        "breakpoint", "Breakpoint", ("F9",), "breakpoint", "At the selected unit or connection"
    ),
    Command("randomise", "New Random Weights", ("Ctrl+R",), "dice"),
    Command("check", "Check Gradients", ("F7",), "check", "Against central differences"),
    Command(
        "examples",
        "Browse Examples…",
        ("Ctrl+Shift+E",),
        "",
        "Each net drawn, and its source's numbers checked",
    ),
    Command("shortcuts", "Keys and Mouse", ("F1",)),
    Command("about", "About Chainstep"),
)

#: What leads nowhere at the start of a run.
BACKWARDS: Final = (
    *(command.name for command in COMMANDS if command.name.startswith("back_")),
    *("step_back", "run_back_to_unit", "search_back", "restart"),
)


def make_actions(owner: QObject) -> dict[str, QAction]:
    """Return an action for every command, by name."""
    return {command.name: _action(command, owner) for command in COMMANDS}


def enable_backwards(actions: Mapping[str, QAction], run: Run | None) -> None:
    """Let the run go back where it is not at its start."""
    at_start = run is None or (run.cursor.index == 0 and not run.moved and not run.cursor.aside)
    for name in BACKWARDS:
        actions[name].setEnabled(not at_start)


def _action(command: Command, owner: QObject) -> QAction:
    action = QAction(command.text, owner)
    action.setObjectName(command.name)
    action.setShortcuts([QKeySequence(key) for key in command.keys])
    action.setCheckable(command.checkable)
    tip = command.tip or command.text.rstrip("…")
    keys = f" ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})"
    action.setToolTip(tip + (keys if command.keys else ""))
    action.setStatusTip(command.tip)
    if command.icon:
        icons.name_icon(action, command.icon)
    return action
