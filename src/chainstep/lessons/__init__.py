"""Lessons, exercises and worksheets: what is made out of explanations, without Qt."""
