"""The net as TikZ source, to be edited: units where they stand, weights by colour and width.

It looks as the canvas does: negative weights dashed, outputs with a double ring, names as symbols,
a bend where a straight line would run through a unit. Pictures that are painted are in
`app.pictures`.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from chainstep.network.layout import place_missing
from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Project

Point = tuple[float, float]

_SPECIAL: Final = {
    **{c: f"\\{c}" for c in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
_SYMBOL: Final = re.compile(r"([A-Za-z]+|[\u03b1-\u03c9])_?(\d{0,4})")
#: Beyond so many connections their weights, and beyond so many units their biases, are left out.
_LABELLED: Final = 30
_BIASED: Final = 16
#: Points of the canvas in a centimetre, and the radius of a unit in centimetres.
_PER_CM: Final = 70.0
_RADIUS: Final = 0.45
#: How many letters a disc holds; where a longer name stands.
_FITS: Final = 4
_LONGEST: Final = 24
_SIDES: Final = {"input": "left", "hidden": "above", "output": "right"}
_HEAD: Final = (
    r"\documentclass[tikz]{standalone}",
    r"\definecolor{positive}{HTML}{0072B2}",
    r"\definecolor{negative}{HTML}{D55E00}",
    r"\begin{document}",
    r"\begin{tikzpicture}[",
    r"  unit/.style={circle, draw=black!65, minimum size=9mm, inner sep=0pt, font=\small},",
    r"  input/.style={unit, fill=black!4}, hidden/.style={unit},",
    r"  output/.style={unit, double, double distance=1.2pt},",
    r"  bias/.style={font=\tiny, text=black!65, label distance=-1pt},",
    r"  called/.style={font=\small},",
    r"  weight/.style={font=\tiny, fill=white, inner sep=1pt, pos=0.3},",
    r"  positive/.style={->, >=latex, draw=positive, text=positive},",
    r"  negative/.style={->, >=latex, draw=negative, text=negative, dashed}]",
)


def positions(project: Project) -> Mapping[str, Point]:
    """Return where each unit stands; those never placed stand where the layout puts them."""
    placed = project.view.positions
    known = {u.id: placed[u.id] for u in project.network.units if u.id in placed}
    return {**known, **place_missing(project.network, known)}


def write_tikz(project: Project) -> bytes:
    """Return the net as a TikZ picture in a document of its own."""
    network = project.network
    places = {u: (x / _PER_CM, -y / _PER_CM) for u, (x, y) in positions(project).items()}
    number = {unit.id: n for n, unit in enumerate(network.units)}
    biased = len(network.units) <= _BIASED
    lines = [
        *_HEAD,
        *(_unit(unit, places[unit.id], number[unit.id], biased) for unit in network.units),
        *_connections(network, places, number),
        r"\end{tikzpicture}",
        r"\end{document}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _unit(unit: Unit, place: Point, number: int, biased: bool) -> str:
    x, y = (value + 0.0 for value in place)
    labels = ""
    if biased and unit.bias is not None:
        labels += f", label={{[bias]below:$b = {unit.bias:.3g}$}}"
    name = _name(unit.id)
    if not name.startswith("$") and len(unit.id) > _FITS:  # too long for its disc
        side = _SIDES[unit.kind]
        labels, name = f"{labels}, label={{[called]{side}:{{{name}}}}}", ""
    return f"  \\node[{unit.kind}{labels}] (u{number}) at ({x:.3f}, {y:.3f}) {{{name}}};"


def _connections(
    network: Network, places: Mapping[str, Point], number: Mapping[str, int]
) -> Iterator[str]:
    largest = max((abs(c.weight) for c in network.connections), default=0.0) or 1.0
    labelled = len(network.connections) <= _LABELLED
    for c in network.connections:
        sign = "positive" if c.weight >= 0 else "negative"
        width = 0.3 + 1.2 * abs(c.weight) / largest
        told = f" node[weight] {{${c.weight:.3g}$}}" if labelled else ""
        way = "to[bend left=24]" if _blocked(c, places) else "to"
        ends = f"(u{number[c.source]}) {way}{told} (u{number[c.target]})"
        yield f"  \\draw[{sign}, line width={width:.2f}pt] {ends};"


def _blocked(connection: Connection, places: Mapping[str, Point]) -> bool:
    """Tell whether a straight line would run through another unit."""
    (x1, y1), (x2, y2) = places[connection.source], places[connection.target]
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    along, across = (x2 - x1) / length, (y2 - y1) / length
    for unit_id, (x, y) in places.items():
        if unit_id in connection.ends:
            continue
        far = (x - x1) * along + (y - y1) * across
        beside = abs((y - y1) * along - (x - x1) * across)
        if 0 < far < length and beside < _RADIUS:
            return True
    return False


def _name(text: str) -> str:
    """Return a name as LaTeX: h1 and δ as symbols, anything else as the text it is."""
    found = _SYMBOL.fullmatch(text)
    if found is None or len(found[1]) > 3:
        return _tex(text)
    base = found[1] if found[1].isascii() else _greek(found[1])
    base = base if len(found[1]) == 1 else rf"\mathit{{{base}}}"
    return f"${base}_{{{found[2]}}}$" if found[2] else f"${base}$"


def _greek(letter: str) -> str:
    """Return a small Greek letter as a command; one that LaTeX has none for as a question mark."""
    name = unicodedata.name(letter).removeprefix("GREEK SMALL LETTER ").lower()
    known = name.isalpha() and name not in ("omicron", "final sigma", "lamda")
    return r"\lambda" if name == "lamda" else f"\\{name}" if known else "?"


def _tex(text: str) -> str:
    """Return any text for LaTeX, cut where it is very long; letters that it has not as "?"."""
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}..."
    return "".join(_SPECIAL.get(c, c if c.isprintable() and ord(c) < 256 else "?") for c in shown)
