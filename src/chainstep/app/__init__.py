"""The window and everything else one can see: the only room that imports Qt.

`window` builds the parts and connects their signals. `look`, `formulas` and `bars` are what they
are made of, `canvas`, `panels` and `plots` what they show, `dialogs` what opens beside them. What a
step means and what its numbers are is decided in the rooms below, which need no display.
"""
