"""Formulas as one small tree: its nodes, its letters, and its renderings as text and markup.

Drawing on the screen is in `app.formulas`; which formula belongs to which step is in `explain`.
"""
