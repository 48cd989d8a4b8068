"""Where the units of the bundled examples stand; `build_examples` writes it into the documents."""

from typing import Final

from chainstep.network.layout import tidy
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Network

#: Nets of many columns stand closer together, or their text would be too small to read:
#: (columns at most, share of the layout's own distance).
DISTANCES: Final = ((4, 1.0), (8, 0.6), (99, 0.45))
#: A net that looks at pixels: of each kind the units side by side, and where the first stands.
PIXELS: Final = 64
BLOCKS: Final = {INPUT: (8, -790.0), HIDDEN: (4, 200.0), OUTPUT: (1, 790.0)}
BLOCK_HEIGHT: Final = 846.0


def positions(network: Network) -> dict[str, tuple[float, float]]:
    """Return the tidy layout in whole numbers, closer together where there are many columns.

    A net that looks at pixels is drawn as pictures instead.
    """
    if len(network.inputs) == PIXELS:
        return _pictures(network)
    places = tidy(network)
    columns = len({x for x, _ in places.values()})
    narrow = next(share for most, share in DISTANCES if columns <= most)
    return {name: (float(round(x * narrow)), float(round(y))) for name, (x, y) in places.items()}


def _pictures(network: Network) -> dict[str, tuple[float, float]]:
    """Return places in blocks of the same height: the pixels are the picture they come from."""
    places = {}
    for kind, (across, left) in BLOCKS.items():
        names = [unit.id for unit in network.units if unit.kind == kind]
        down = BLOCK_HEIGHT / (len(names) // across - 1)
        for n, name in enumerate(names):
            row, column = divmod(n, across)
            places[name] = (left + 100.0 * column, float(round(row * down - BLOCK_HEIGHT / 2)))
    return places
