"""Pictures of the net, painted by the real canvas: PNG, SVG, PDF, and films of a whole pass.

A picture needs no window: where none is open, Qt paints off the screen. TikZ, which is text, is in
`files.tikz`; the dialog that asks for all of them is in `app.dialogs.export`.
"""
