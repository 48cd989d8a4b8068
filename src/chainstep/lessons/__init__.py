"""Derivations, worksheets and exercises: what is made out of explanations, without Qt."""
