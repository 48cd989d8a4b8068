"""Why the gradient is a sum, to try out: nudges, paths, Jacobians, shares, mistakes, checks.

The views of them are in `app.panels.why`.
"""
