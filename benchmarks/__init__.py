"""Chainstep side by side with its peers: `python3 dev.py bench`.

Everything is measured in one process, one thread, 64-bit numbers, all contestants of a net by
turns in every round, so that what else the machine is doing hits all of them. What counts is the
ratio within a round. What there is to measure is in `sections`; the window is measured in
processes of its own.
"""
