"""Plots of a run beside its loss: boundary, units, spreads, flow of δ, confusion.

Each is painted by hand from numbers of `stepping.maps`, so that screen, PNG and SVG are one
picture. The loss plot itself is in `app.panels`.
"""
