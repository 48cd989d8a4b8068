"""The debugger: the run with its cursor, traces with every term, breakpoints, explanations.

It displays what the arrays of `engine` hold and never computes an update of its own. What a step
looks like is in `app`.
"""
