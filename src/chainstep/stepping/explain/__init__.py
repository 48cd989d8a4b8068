"""Explain once: a step as a title, a sentence, a formula and its terms, rendered by others.

The letters are in `formula.notation`; what is drawn of it is in `app.panels.chain_rule`.
"""
