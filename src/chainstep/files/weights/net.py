"""A whole net from weights alone, where their shapes tell one; and loading into a drawing.

Such files say nothing of activations: hidden units become ReLU, the default of PyTorch's and
scikit-learn's users, and outputs the identity, unless the file is one of ours.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from chainstep.errors import FileError
from chainstep.files import embedded
from chainstep.files.document.text import label
from chainstep.files.imported import Imported
from chainstep.files.layers import identifiers
from chainstep.files.sizes import LARGEST, Limit, Size, TooLarge
from chainstep.files.weights.arrays import Arrays
from chainstep.files.weights.linears import Linear, chained, linears
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, SUM, Connection, Network, Unit
from chainstep.network.order import levels
from chainstep.project import Project

Ends = tuple[str, str]

#: The formats that hold weights and no graph, by extension.
WEIGHTS_ONLY: Final[Mapping[str, str]] = {
    ".safetensors": "safetensors",
    ".npz": "npz",
    ".pt": "state_dict",
    ".pth": "state_dict",
}


#: What hidden units and outputs are taken for.
GUESS: Final = ("relu", "identity")


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one layer of the file, for a table that the user sees.

    place: the units it went to, empty where it went nowhere. note: which way round it was taken.
    """

    key: str
    shape: tuple[int, ...]
    place: str = ""
    note: str = ""


def read_weights(path: Path, limit: Limit = LARGEST) -> Imported:
    """Return the net that a file of weights tells by its shapes.

    Raises FileError where the shapes are no chain of layers: such weights need a drawing.
    """
    found = arrays_of(path)
    restored = embedded.restored(found.texts, found.arrays)
    if restored is not None:
        return Imported(project=restored, made_by="Chainstep", notes=(embedded.AS_DRAWN,))
    layers, others = linears(found, path.name)
    fitting = chained(layers)
    if fitting is None:
        shapes = ", ".join(f"{layer.key} {list(layer.weights.shape)}" for layer in layers)
        raise FileError(
            f"{path.name}: its layers ({label(shapes)}) do not fit one after the other, so the "
            "weights alone do not tell the net: draw or open the net, then load these weights "
            "into it."
        )
    chain, ordered = fitting
    widths = [chain[0].weights.shape[1], *(len(linear.weights) for linear in chain)]
    size = Size(units=sum(widths), connections=sum(linear.weights.size for linear in chain))
    if not limit.allows(size):
        raise TooLarge(size, name=path.name)
    return Imported(
        project=_chained(chain), notes=tuple(_notes(found, chain, ordered, others)), guess=GUESS
    )


def _notes(found: Arrays, chain: list[Linear], ordered: str, others: list[str]) -> list[str]:
    """Return what a file of weights does not say, and what was made of the rest."""
    notes = [
        "The file holds weights and does not tell the activations: hidden units are taken as ReLU, "
        "outputs as the identity."
    ]
    if any(key.endswith(("running_mean", "moving_mean", "moving_mean:0")) for key in found.arrays):
        notes.append("Batch normalisation is folded into weights and biases, with the usual ε.")
    if ordered:
        notes.append(ordered)
    elif any(linear.turned for linear in chain):
        notes.append("The matrices are stored as [in, out] and are turned round.")
    if others:
        notes.append(f"Left out, as no part of a layer: {label(', '.join(others))}.")
    return notes


def arrays_of(path: Path) -> Arrays:
    """Return the named arrays of a file of weights. Raises FileError."""
    module = WEIGHTS_ONLY.get(path.suffix.lower())
    if module is None:
        known = ", ".join(WEIGHTS_ONLY)
        raise FileError(f"{path.name} is no file of weights alone (known are {known}).")
    read: Callable[[Path], Arrays] = import_module(f"chainstep.files.weights.{module}").read_arrays
    return read(path)


def _chained(chain: list[Linear]) -> Project:
    before = [f"x{n}" for n in range(1, chain[0].weights.shape[1] + 1)]
    units = [Unit(id=name, kind=INPUT) for name in before]
    connections: list[Connection] = []
    for number, linear in enumerate(chain, 1):
        last = number == len(chain)
        prefix = "y" if last else "h" if len(chain) == 2 else f"h{number}_"
        here = [f"{prefix}{n}" for n in range(1, len(linear.weights) + 1)]
        activation = GUESS[1] if last or _is_bare(chain, number) else GUESS[0]
        biases = None if linear.biases is None else linear.biases.tolist()
        for place, (name, row) in enumerate(zip(here, linear.weights.tolist(), strict=True)):
            bias = None if biases is None else biases[place]
            kind = OUTPUT if last else HIDDEN
            units.append(Unit(id=name, kind=kind, activation=activation, bias=bias))
            connections.extend(
                Connection(source=source, target=name, weight=weight)
                for source, weight in zip(before, row, strict=True)
            )
        before = here
    return Project(network=Network(units=tuple(units), connections=tuple(connections)))


def _is_bare(chain: list[Linear], number: int) -> bool:
    """Tell whether the next layer follows at once in a Sequential, with nothing between."""
    here, following = chain[number - 1].place, chain[number].place
    return here >= 0 and following == here + 1 and not chain[number].turned


# --- into a drawing -----------------------------------------------------------------------------


class _Block(msgspec.Struct, frozen=True):
    """Units of a drawing that share their sources: what one matrix of a file fills."""

    units: tuple[Unit, ...]
    sources: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.units), len(self.sources)

    def __str__(self) -> str:
        return f"{_range(self.sources)} → {_range([unit.id for unit in self.units])}"


def weights_into(
    project: Project, path: Path, transpose: bool = False
) -> tuple[Project, list[Match]]:
    """Return the project with a file's weights in its drawing, and what went where.

    Layers are matched by shape (out, in), in order. transpose: take every matrix as (in, out).
    Raises FileError where nothing fits.
    """
    found = arrays_of(path)
    by_unit = _unit_matches(project.network, found)
    if by_unit is not None:
        weights, biases, matches = by_unit
        return project.with_parameters(weights, biases), matches
    free = _blocks(project.network)
    weights, biases, matches = {}, {}, []
    for linear in linears(found, path.name)[0]:
        block = _fitting(free, linear, transpose)
        if block is not None:
            free.remove(block)
            _fill(block, linear, transpose, weights, biases)
        matches.append(_match(linear, block, transpose))
    if not weights:
        shapes = ", ".join(f"{m.key} {list(m.shape)}" for m in matches)
        there = ", ".join(f"{block} {list(block.shape)}" for block in free) or "none"
        raise FileError(
            f"{path.name}: none of its layers ({label(shapes)}) fits the drawing (layers there: "
            f"{label(there)}): draw a net of the same sizes first."
        )
    return project.with_parameters(weights, biases), matches


def _blocks(network: Network) -> list[_Block]:
    """Return the drawing's layers in the order of computation; wiring is left out."""
    level = levels(network)
    groups: dict[tuple[int, tuple[str, ...]], list[Unit]] = {}
    for unit in network.units:
        incoming = network.incoming[unit.id]
        if unit.combine == SUM and any(c.trainable for c in incoming):
            sources = tuple(c.source for c in incoming)
            groups.setdefault((level[unit.id], sources), []).append(unit)
    ordered = sorted(groups.items(), key=lambda item: item[0][0])
    return [_Block(tuple(units), sources) for (_, sources), units in ordered]


def _fitting(free: list[_Block], linear: Linear, transpose: bool) -> _Block | None:
    shape = linear.weights.shape[::-1] if transpose else linear.weights.shape
    return next((block for block in free if block.shape == shape), None)


def _fill(
    block: _Block,
    linear: Linear,
    transpose: bool,
    weights: dict[Ends, float],
    biases: dict[str, float],
) -> None:
    matrix = (linear.weights.T if transpose else linear.weights).tolist()
    for unit, row in zip(block.units, matrix, strict=True):
        for source, weight in zip(block.sources, row, strict=True):
            weights[source, unit.id] = weight
    if linear.biases is not None and len(linear.biases) == len(block.units):
        pairs = zip(block.units, linear.biases.tolist(), strict=True)
        biases.update({unit.id: bias for unit, bias in pairs})
    elif linear.biases is None:
        biases.update({unit.id: 0.0 for unit in block.units if unit.bias is not None})


def _match(linear: Linear, block: _Block | None, transpose: bool) -> Match:
    stored = linear.weights.shape[::-1] if linear.turned else linear.weights.shape
    if block is None:
        return Match(key=linear.key, shape=stored, note="fits nowhere")
    way = "[in, out]" if linear.turned != transpose else "[out, in]"
    square = ", either way would fit" if stored[0] == stored[1] else ""
    return Match(key=linear.key, shape=stored, place=str(block), note=f"read as {way}{square}")


def _unit_matches(
    network: Network, found: Arrays
) -> tuple[dict[Ends, float], dict[str, float], list[Match]] | None:
    """Match arrays that were written unit by unit; None where the file is not of that kind."""
    names = identifiers(unit.id for unit in network.units)
    weights: dict[Ends, float] = {}
    biases: dict[str, float] = {}
    matches = []
    for unit in network.units:
        row, bias = (found.arrays.get(f"{names[unit.id]}.{part}") for part in ("weight", "bias"))
        incoming = network.incoming[unit.id]
        if row is not None and row.shape == (len(incoming),):
            pairs = zip(incoming, row.tolist(), strict=True)
            weights.update({c.ends: weight for c, weight in pairs})
            key = f"{names[unit.id]}.weight"
            matches.append(Match(key=key, shape=row.shape, place=label(unit.id)))
        if bias is not None and bias.size == 1 and unit.bias is not None:
            biases[unit.id] = float(bias.ravel()[0])
    return (weights, biases, matches) if weights else None


def _range(ids: tuple[str, ...] | list[str]) -> str:
    return label(ids[0]) if len(ids) == 1 else f"{label(ids[0])}…{label(ids[-1])}"
