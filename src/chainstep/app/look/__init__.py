"""How everything looks: colours, style, icons, fonts, and the chip-shaped buttons.

What is shown is decided elsewhere; nothing here knows a net or a run.
"""
