"""How many of a thing there are, the one way it is written: 1 unit, 2,000 units, 2 biases.

Numbers that are measured are written by `stepping.numbers`.
"""


def counted(number: int, noun: str, many: str = "") -> str:
    """Return a number with its noun. many: the noun of several, where it takes more than an s."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"
