"""The texts of the help menu, in plain words."""

from typing import Final

KEYS: Final = """\
Drawing
Double-click an empty place: a new unit there.
Drag from the rim of a unit to another: connect them.
Drag from the rim to an empty place: a new unit, connected.
Drag a unit: move it. Drag over empty canvas: select.
Del deletes, Ctrl+D duplicates, Ctrl+L tidies up.
Space or the middle button and drag: pan. Ctrl+wheel: zoom. Shift+1: fit.

Stepping
F11  one term          Shift+F11  one pass
F10  one unit          Ctrl+F10  one example
Ctrl+F11  one epoch    Alt+Left  one term back
F5  train or pause     Ctrl+Shift+F5  back to the start weights
F9  breakpoint at the selected unit or connection, on or off

Numbers may be written as 0.5, 0,5 or 1/3."""

ABOUT: Final = """\
A desktop laboratory for backpropagation: draw a net, step through it term by term, and watch the \
loss fall.

Released under the MIT License. Set in Inter and STIX, under the SIL Open Font License and the \
STIX Font License. Notation after C. Bishop, Pattern Recognition and Machine Learning, \
section 5.3."""
