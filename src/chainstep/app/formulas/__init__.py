"""Formulas on the screen: fonts and measures, boxes, lines, and the widget that shows one.

The tree that is set here, and its LaTeX and speech, are in `stepping.formula`.
"""
