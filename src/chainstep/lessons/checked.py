"""A published example, checked: the numbers its source prints beside the exact ones.

The numbers come with the bundled examples (`files.examples`), each with its source; that they are
what Chainstep computes is asserted by the tests. Here they become lines to read. Where they are
shown is in `app.gallery` and `cli.examples`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chainstep.files.examples import ExampleInfo, Printed
from chainstep.network.model import MAX, PRODUCT, Network
from chainstep.network.order import levels
from chainstep.project import Project
from chainstep.stepping.formula.builder import as_node, frac, row, unit_name
from chainstep.stepping.formula.letters import NOTATIONS
from chainstep.stepping.formula.nodes import Node, Word
from chainstep.stepping.formula.notation import NEGATIVE, Notation, notation_of
from chainstep.stepping.numbers import MINUS, format_number
from chainstep.words import counted

#: What the note of a number says that no source prints.
OURS: Final = "computed here"
#: So many digits more than printed are shown of the exact number, up to so many in all.
_MORE: Final = 3
_MOST: Final = 15
#: A source that gives a number exactly is recorded with this many decimals, or more.
_EXACT: Final = 9
#: What the losses are called in a line of facts.
_LOSSES: Final = {
    "half_squared_error": "½ squared error",
    "output": "the output itself",
}
_AFTER: Final = re.compile(r"after:([\d.]+):(.+)")


@dataclass(frozen=True)
class Line:
    """One number of a source.

    what: its symbol in the example's notation; when: after which update, at which example, "" for
    the first pass. printed, exact: digits; difference: printed − exact, "" where there is none.
    agrees: whether the printed digits are the exact number rounded; same: so many characters of
    them are. note: why not, or what else there is to say.
    """

    what: Node
    when: str
    printed: str
    exact: str
    difference: str
    agrees: bool
    same: int
    note: str


@dataclass(frozen=True)
class Checked:
    """An example with what its source prints. published: whether the source prints any number."""

    info: ExampleInfo
    lines: tuple[Line, ...]
    published: bool

    @property
    def wrong(self) -> int:
        """How many printed numbers are not the exact ones rounded."""
        return sum(not line.agrees for line in self.lines)

    @property
    def verdict(self) -> str:
        """The result in one sentence; empty for an example without numbers to compare."""
        count = len(self.lines)
        if not count:
            return ""
        if not self.published:
            return f"The source prints no numbers; {count} were computed here from its formulas."
        numbers = counted(count, "printed number")
        if not self.wrong:
            return f"{numbers}, right to the last digit."
        differ = f"{self.wrong} of them differ{'s' * (self.wrong == 1)}"
        return f"{numbers}; {differ} from the exact one."


def checked(project: Project, info: ExampleInfo) -> Checked:
    """Hold the printed numbers of an example against the exact ones, in its own notation."""
    n = notation_of(project)
    several = len(project.data.inputs) > 1
    lines = tuple(_line(printed, n, several) for printed in info.printed)
    return Checked(info, lines, any(printed.note != OURS for printed in info.printed))


def net_in_words(project: Project) -> str:
    """Return what net it is in a line: units by level, what else is particular, activations."""
    network = project.network
    levels_of = levels(network)
    sizes = [0] * (1 + max(levels_of.values(), default=0))
    for level in levels_of.values():
        sizes[level] += 1
    skips = any(levels_of[c.target] - levels_of[c.source] > 1 for c in network.connections)
    gates = any(unit.combine in (PRODUCT, MAX) for unit in network.units)
    kinds = dict.fromkeys(u.activation.replace("_", " ") for u in network.units if not u.is_input)
    several = "several functions" if len(kinds) > 3 else " and ".join(kinds)
    shape = "-".join(map(str, sizes)) if len(sizes) < 7 else f"{len(sizes)} levels"
    parts = (shape, "skip connections" if skips else "", "gates" if gates else several)
    return " · ".join(filter(None, parts))


def settings_in_words(project: Project) -> str:
    """Return what opening the example sets, as its source has it."""
    view, training = project.view, project.training
    letters = NOTATIONS.get(view.notation, NOTATIONS["bishop"])
    loss = _LOSSES.get(project.loss.name, project.loss.name.replace("_", " "))
    parts = [
        f"{letters.title}'s letters" if not letters.words else "words",
        "δ = −∂E/∂a" if view.sign == NEGATIVE else "",
        f"E: {loss}",
        f"η = {format_number(training.learning_rate, 4).rstrip('0').rstrip('.')}",
        "" if training.batch_size is None else f"batches of {training.batch_size}",
        "" if training.train_biases else "biases not trained",
        f"{view.digits} digits",
    ]
    return " · ".join(filter(None, parts))


def _line(printed: Printed, n: Notation, several: bool) -> Line:
    key, when = _when(printed.key, several)
    right = _digits(printed.exact, printed.decimals)
    shown = _digits(printed.value, max(printed.decimals, _decimals(printed.value)))
    agrees = not printed.rounding
    difference = printed.value - printed.exact
    return Line(
        what=_symbol(key, n, printed.scale < 0),
        when=when,
        printed=shown,
        exact=_digits(printed.exact, min(printed.decimals + _MORE, _MOST)),
        difference=_small(difference) if abs(difference) > 1e-15 else "",
        agrees=agrees,
        same=len(shown) if agrees else _same(shown, right),
        note="" if printed.note == OURS else printed.note,
    )


def _when(key: str, several: bool) -> tuple[str, str]:
    """Split off which example a key is about and after how many updates: the rest, and words."""
    when: list[str] = []
    if found := _AFTER.fullmatch(key):
        count, key = found[1], found[2]
        when.append(_updates(count))
    key, at, example = key.partition("@")
    if at or (several and not when):
        when.append(f"example {int(example or 0) + 1}")
    return key, ", ".join(when)


def _updates(count: str) -> str:
    if "." in count:
        return f"after a step of {count}"
    return "after 1 update" if count == "1" else f"after {int(count):,} updates"


def _symbol(key: str, n: Notation, turned: bool) -> Node:
    """Return the symbol of a key. turned: the source has the opposite sign."""
    quantity, _, name = key.partition(":")
    symbol = _of_net(quantity, name, n) or _of_unit(quantity, name, n)
    carried = quantity == "delta" and n.sign < 0
    return row(MINUS, symbol) if turned and not carried else symbol


def _of_net(quantity: str, name: str, n: Notation) -> Node | None:
    if quantity == "E":
        return row(n.error, *((" at ", unit_name(name)) if name else ()))
    if quantity == "maxerr":
        return Word("largest |t − z|")
    if quantity == "meanerr":
        return Word("mean |t − z|")
    if quantity == "numgrad":
        unit, step, _ = name.split(":")
        return row(frac(row("Δ", n.error), row("Δ", n.z(unit))), f", Δ = {step}")
    if quantity in ("w", "dE_dw", "term"):
        return _of_connection(quantity, _ends(n.network, name), n)
    return None


def _of_connection(quantity: str, ends: tuple[str, str], n: Notation) -> Node:
    source, target = ends
    if quantity == "w":
        return n.w(ends)
    if quantity == "dE_dw":
        return n.dE(n.w(ends))
    return n.times(n.dE_da(target), n.partial(n.a(target), n.z(source)))


def _of_unit(quantity: str, unit: str, n: Notation) -> Node:
    make = {
        "a": n.a, "z": n.z, "val": n.z, "b": n.b, "dfda": n.h_prime, "delta": n.delta,
        "dE_dz": n.dE_dz, "grad": n.dE_dz,
    }  # fmt: skip
    if quantity == "dE_db":
        return n.dE(n.b(unit))
    return as_node(make[quantity](unit))


def _ends(network: Network, name: str) -> tuple[str, str]:
    """Return the ends of a connection called by its name or as source->target."""
    found: Iterator[tuple[str, str]] = (
        c.ends for c in network.connections if name in (c.name, "->".join(c.ends))
    )
    return next(found)


def _digits(value: float, decimals: int) -> str:
    """Return a number with so many decimals; one that is exact without its zeros."""
    text = f"{value + 0.0:.{decimals}f}".replace("-", MINUS)
    if decimals >= _EXACT and text.endswith("0000"):
        text = text.rstrip("0").rstrip(".")
    return text


def _decimals(value: float) -> int:
    """Return how many decimals the shortest way to write a number has."""
    return len(f"{Decimal(repr(value)):f}".partition(".")[2]) if value % 1 else 0


def _small(difference: float) -> str:
    sign = "+" if difference > 0 else ""
    return sign + format_number(difference, 2)


def _same(shown: str, right: str) -> int:
    """Return how many characters two numbers have in common from the left."""
    pairs = zip(shown, right, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), len(right))
