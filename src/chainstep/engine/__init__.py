"""The arithmetic: activations, losses, the plan, forward and backward passes, optimisers, training.

NumPy in Bishop's letters, whole batches at a time. Walking a pass step by step, and showing its
terms, is in `stepping`; where examples come from is in `data`.
"""
