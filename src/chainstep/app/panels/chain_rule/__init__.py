"""The chain-rule panel: a step in words, symbols and numbers, its rows measured and painted."""
