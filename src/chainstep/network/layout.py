"""Where units stand when nobody has put them anywhere: a layered drawing from left to right.

After Sugiyama: levels by longest path, dummies along long connections, barycentre sweeps that
keep the best order met, then heights by least squares. The order of computation is in `order`;
who stores positions is `project.View`; drawing is in `app.canvas`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from chainstep.network.model import LONGEST_ID, Network, Unit
from chainstep.network.order import forward_order

Point = tuple[float, float]
Edge = tuple[str, str]

#: Distance of columns, by the number of columns.
COLUMNS: Final = ((3, 280.0), (4, 250.0))
COLUMN: Final = 220.0
#: Tall columns stand wider apart, by this share of their height, so that lines are not steep.
SLOPE: Final = 0.28
#: Height of a place in a column, by the number of units in the fullest column.
ROWS: Final = ((2, 190.0), (3, 150.0), (5, 125.0), (7, 110.0))
ROW: Final = 94.0
#: A column with more units is folded into several, side by side.
MOST_ROWS: Final = 16
FOLDED_ROWS: Final = 10
FOLD: Final = 100.0
#: Two units closer than this would touch.
ROOM: Final = 90.0
MOST_DUMMIES: Final = 4_000
#: Edges looked at while sweeping, over all sweeps: bounds the time on large nets.
SWEEP_BUDGET: Final = 60_000
#: Dummies have names longer than any unit can have.
_DUMMY: Final = "-" * LONGEST_ID


def tidy(network: Network) -> dict[str, Point]:
    """Return a position for every unit: inputs left, outputs in the last column.

    Inputs and outputs keep the order of the document, and hidden units too unless another order
    has fewer crossings.
    """
    if not network.units:
        return {}
    column = columns(network)
    layers, edges = _layers(network, column)
    fixed = {unit.id for unit in network.units if unit.is_input or unit.is_output}
    layers = _untangled(layers, edges, fixed)
    real = [[name for name in layer if not _is_dummy(name)] for layer in layers]
    apart = next((width for most, width in COLUMNS if len(layers) <= most), COLUMN)
    if max(len(layer) for layer in real) > MOST_ROWS:
        return _folded(real, apart)
    row = _row_height(network, column)
    height = _heights(layers, edges, row)
    apart = max(apart, SLOPE * row * max(len(layer) for layer in real))
    return {u.id: (column[u.id] * apart, height[u.id]) for u in network.units}


def columns(network: Network) -> dict[str, int]:
    """Return for each unit its column: 0 for inputs, the last for outputs that feed nothing."""
    floor = 1 if network.inputs else 0
    column: dict[str, int] = {}
    for unit in forward_order(network):
        sources = (column[c.source] + 1 for c in network.incoming[unit.id])
        column[unit.id] = max(sources, default=0 if unit.is_input else floor)
        if not unit.is_input:
            column[unit.id] = max(column[unit.id], floor)
    final = [u.id for u in network.outputs if not network.outgoing[u.id]]
    others = (level for unit_id, level in column.items() if unit_id not in set(final))
    last = max(others, default=-1) + 1
    return {**column, **dict.fromkeys(final, last)}


def place_missing(network: Network, positions: Mapping[str, Point]) -> dict[str, Point]:
    """Return positions for exactly the units that have none, near what they are connected to."""
    missing = [unit for unit in network.units if unit.id not in positions]
    if not missing:
        return {}
    known = {unit.id: positions[unit.id] for unit in network.units if unit.id in positions}
    if not known:
        return tidy(network)
    taken = _Grid(known.values())
    placed: dict[str, Point] = {}
    for unit in missing:
        wish = _wish(network, unit, {**known, **placed} if len(missing) < 50 else known)
        placed[unit.id] = taken.nearest_free(wish)
    return placed


def crossings(layers: list[list[str]], edges: list[Edge]) -> int:
    """Count the pairs of edges between neighbouring layers that cross."""
    place = {name: n for layer in layers for n, name in enumerate(layer)}
    layer_of = {name: n for n, layer in enumerate(layers) for name in layer}
    between: list[list[tuple[int, int]]] = [[] for _ in layers]
    for source, target in edges:
        between[layer_of[source]].append((place[source], place[target]))
    widths = [len(layer) for layer in layers[1:]] + [1]
    return sum(_inversions(pairs, width) for pairs, width in zip(between, widths, strict=True))


def _inversions(pairs: list[tuple[int, int]], width: int) -> int:
    """Count inversions of the second numbers, in the order of the first, with a Fenwick tree."""
    tree = [0] * (width + 1)
    count = 0
    for seen, (_, target) in enumerate(sorted(pairs)):
        at, not_above = target + 1, 0
        while at:
            not_above += tree[at]
            at &= at - 1
        count += seen - not_above
        at = target + 1
        while at <= width:
            tree[at] += 1
            at += at & -at
    return count


def _layers(network: Network, column: Mapping[str, int]) -> tuple[list[list[str]], list[Edge]]:
    """Return the columns in document order and edges that span one column each.

    Long connections get a dummy in each column they pass, unless that would be thousands.
    """
    layers: list[list[str]] = [[] for _ in range(max(column.values()) + 1)]
    for unit in network.units:
        layers[column[unit.id]].append(unit.id)
    spans = sum(column[c.target] - column[c.source] - 1 for c in network.connections)
    edges: list[Edge] = []
    for number, connection in enumerate(network.connections):
        here, to = connection.source, connection.target
        if spans > MOST_DUMMIES and column[to] - column[here] > 1:
            continue
        for level in range(column[here] + 1, column[to]):
            dummy = f"{_DUMMY}{number}:{level}"
            layers[level].append(dummy)
            edges.append((here, dummy))
            here = dummy
        edges.append((here, to))
    return layers, edges


def _untangled(layers: list[list[str]], edges: list[Edge], fixed: set[str]) -> list[list[str]]:
    """Reorder the columns by barycentre sweeps to the fewest crossings met."""
    sources, targets = _neighbours(edges)
    best, fewest = layers, crossings(layers, edges)
    current = [list(layer) for layer in layers]
    for sweep in range(max(2, min(16, SWEEP_BUDGET // (len(edges) + 1)))):
        if fewest == 0:
            break
        rightward = sweep % 2 == 0
        order = range(1, len(current)) if rightward else range(len(current) - 2, -1, -1)
        for level in order:
            beside = current[level - 1 if rightward else level + 1]
            near = sources if rightward else targets
            current[level] = _by_barycentre(current[level], beside, near, fixed)
        count = crossings(current, edges)
        if count < fewest:
            best, fewest = [list(layer) for layer in current], count
    return best


def _by_barycentre(
    layer: list[str], beside: list[str], near: Mapping[str, list[str]], fixed: set[str]
) -> list[str]:
    """Sort a column by the mean place of the neighbours; the fixed ones keep their own order."""
    place = {name: n for n, name in enumerate(beside)}
    scale = len(beside) / max(1, len(layer))

    def centre(item: tuple[int, str]) -> float:
        places = [place[name] for name in near.get(item[1], ()) if name in place]
        return sum(places) / len(places) if places else item[0] * scale

    ordered = [name for _, name in sorted(enumerate(layer), key=centre)]
    pinned = iter([name for name in layer if name in fixed])
    return [next(pinned) if name in fixed else name for name in ordered]


def _folded(layers: list[list[str]], apart: float) -> dict[str, Point]:
    """Return positions with long columns folded: neighbours in the order stay side by side."""
    rows = max(FOLDED_ROWS, round((sum(len(layer) for layer in layers) * 0.75) ** 0.5))
    places: dict[str, Point] = {}
    left = 0.0
    for layer in layers:
        side_by_side = -(-len(layer) // rows)
        step = FOLD / side_by_side
        top = -step * (len(layer) - 1) / 2
        for n, name in enumerate(layer):
            places[name] = (left + FOLD * (n % side_by_side), round(top + step * n, 1))
        left += FOLD * (side_by_side - 1) + apart
    return places


def _heights(layers: list[list[str]], edges: list[Edge], row: float) -> dict[str, float]:
    """Return y for every name: columns centred, then drawn towards what they connect to."""
    sources, targets = _neighbours(edges)
    gaps = [_gaps(layer, row) for layer in layers]
    height: dict[str, float] = {}
    for layer, offsets in zip(layers, gaps, strict=True):
        middle = offsets[-1] / 2 if offsets else 0.0
        height.update({n: y - middle for n, y in zip(layer, offsets, strict=True)})
    if len(height) > 400:
        return height
    for _ in range(3):
        for near in (sources, targets):
            for layer, offsets in zip(layers, gaps, strict=True):
                _settle(layer, offsets, near, height)
    middle = (min(height.values()) + max(height.values())) / 2
    return {name: round(y - middle, 1) for name, y in height.items()}


def _gaps(layer: list[str], row: float) -> list[float]:
    """Return how far below the first each place of a column is at least."""
    offsets: list[float] = []
    at = 0.0
    for name, before in zip(layer, ["", *layer], strict=False):
        if before:
            at += row * (0.55 if _is_dummy(name) or _is_dummy(before) else 1.0)
        offsets.append(at)
    return offsets


def _settle(
    layer: list[str], offsets: list[float], near: Mapping[str, list[str]], height: dict[str, float]
) -> None:
    """Move a column as near as it can to its neighbours' heights: pooled adjacent violators."""
    blocks: list[tuple[float, int]] = []
    for name, offset in zip(layer, offsets, strict=True):
        others = [height[other] for other in near.get(name, ())]
        wish = sum(others) / len(others) if others else height[name]
        total, count = wish - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            above, more = blocks.pop()
            total, count = total + above, count + more
        blocks.append((total, count))
    tops = [total / count for total, count in blocks for _ in range(count)]
    for name, top, offset in zip(layer, tops, offsets, strict=True):
        height[name] = top + offset


def _is_dummy(name: str) -> bool:
    return len(name) > LONGEST_ID


def _neighbours(edges: list[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    sources: dict[str, list[str]] = {}
    targets: dict[str, list[str]] = {}
    for source, target in edges:
        sources.setdefault(target, []).append(source)
        targets.setdefault(source, []).append(target)
    return sources, targets


def _row_height(network: Network, column: Mapping[str, int]) -> float:
    counts: dict[int, int] = {}
    for unit in network.units:
        counts[column[unit.id]] = counts.get(column[unit.id], 0) + 1
    fullest = max(counts.values())
    return next((height for most, height in ROWS if fullest <= most), ROW)


def _wish(network: Network, unit: Unit, known: Mapping[str, Point]) -> Point:
    """Return where a unit would like to stand: right of its sources or left of its targets."""
    sources = [known[c.source] for c in network.incoming[unit.id] if c.source in known]
    targets = [known[c.target] for c in network.outgoing[unit.id] if c.target in known]
    near = sources + targets
    if near:
        x = max(p[0] for p in sources) + COLUMN if sources else min(p[0] for p in targets) - COLUMN
        return x, sum(p[1] for p in near) / len(near)
    same = [known[u.id] for u in network.units if u.kind == unit.kind and u.id in known]
    if same:
        return max(same, key=lambda p: p[1])[0], max(p[1] for p in same) + ROW
    xs = [p[0] for p in known.values()]
    x = min(xs) - COLUMN if unit.is_input else max(xs) + COLUMN
    return x, sum(p[1] for p in known.values()) / len(known)


class _Grid:
    """Points taken, in squares of `ROOM`, so that a free place is found without comparing all."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._squares: dict[tuple[int, int], list[Point]] = {}
        for point in points:
            self._take(point)

    def nearest_free(self, wish: Point) -> Point:
        """Take and return the wish, or the nearest place above or below that is free."""
        x, y = wish
        step = 0
        while not self._free((x, y)):
            step += 1
            y = wish[1] + (ROOM + 10) * ((step + 1) // 2) * (1 if step % 2 else -1)
        self._take((x, y))
        return x, y

    def _free(self, point: Point) -> bool:
        column, row = _square(point)
        near = (
            other
            for i in (column - 1, column, column + 1)
            for j in (row - 1, row, row + 1)
            for other in self._squares.get((i, j), ())
        )
        x, y = point
        return all((x - p) ** 2 + (y - q) ** 2 >= ROOM**2 for p, q in near)

    def _take(self, point: Point) -> None:
        self._squares.setdefault(_square(point), []).append(point)


def _square(point: Point) -> tuple[int, int]:
    return int(point[0] // ROOM), int(point[1] // ROOM)
