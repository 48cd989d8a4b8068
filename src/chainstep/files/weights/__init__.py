"""Weights without a graph: safetensors, NPZ and state dicts, as a net or into a drawing."""
