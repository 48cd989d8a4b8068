"""The texts of the help menu, in plain words."""

from typing import Final

#: By heading: keys or gesture, and what it does.
KEYS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "Stepping": (
        ("F11", "one term of a sum"),
        ("F10", "to the end of this unit, or of the next"),
        ("Shift+F11", "to the end of the pass"),
        ("Ctrl+F10, Ctrl+F11", "to the end of the example, of the epoch"),
        ("Alt+←, Alt+↑", "one term back, one unit"),
        ("Alt+PgUp, Alt+Home", "one example back, one epoch"),
        ("F8, Shift+F8", "on or back to the selected unit"),
        ("Ctrl+G", "to the end of any epoch"),
        ("F5", "train, or pause"),
        ("Shift+F5", "back to where a breakpoint held last"),
        ("Ctrl+Shift+F5", "back to the start weights"),
        ("F9", "a breakpoint at what is selected, or none"),
    ),
    "Drawing": (
        ("Double-click", "a new unit, where the canvas is empty"),
        ("Drag from a rim", "a connection to another unit, or to a new one"),
        ("Drag a unit", "moves it, and whatever else is selected"),
        ("Drag over the canvas", "selects the units inside"),
        ("Del, Ctrl+D, Ctrl+L", "delete, duplicate, tidy up"),
        ("Double-click a number, F2", "type a weight or bias; Tab goes on to the next"),
        ("I, H, O", "a new input, hidden unit or output, where there is room"),
        ("Tab, then Return and C", "go to a unit, select it, connect it to another"),
    ),
    "Looking": (
        ("Ctrl+wheel", "zoom at the pointer"),
        ("Space or middle button", "drag the paper"),
        ("Shift+1", "show the whole net"),
        ("Ctrl+Shift+E", "the examples, each number of their sources checked"),
        ("F6", "to the next panel, for the keyboard"),
        (
            "Double-click a plot's tab",
            "the plot on its own; so does dragging it away",
        ),
        ("F12, Ctrl+B, Ctrl+J", "projector mode; panels at the right, at the bottom"),
    ),
}

NUMBERS: Final = "Numbers may be written as 0.5, 0,5 or 1/3."

ABOUT: Final = """\
A desktop laboratory for backpropagation: draw a net, step through it term by term, and watch the \
loss fall.

Released under the MIT License. Set in Inter and STIX, under the SIL Open Font License and the \
STIX Font License. Notation after C. Bishop, Pattern Recognition and Machine Learning, \
section 5.3."""
