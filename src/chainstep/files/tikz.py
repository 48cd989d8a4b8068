"""The net as TikZ source, to be edited: units where they stand, weights by colour and width.

Pictures that are painted (PNG, SVG, PDF) are in `app.pictures`.
"""

from collections.abc import Mapping
from typing import Final

from chainstep.network.layout import place_missing
from chainstep.network.model import Network, Unit
from chainstep.project import Project

Point = tuple[float, float]

_SPECIAL: Final = {
    **{c: f"\\{c}" for c in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
#: Beyond so many connections their weights are not written beside them.
_LABELLED: Final = 30
#: Points of the canvas in a centimetre.
_PER_CM: Final = 70.0


def positions(project: Project) -> Mapping[str, Point]:
    """Return where each unit stands; those never placed stand where the layout puts them."""
    placed = project.view.positions
    known = {u.id: placed[u.id] for u in project.network.units if u.id in placed}
    return {**known, **place_missing(project.network, known)}


def write_tikz(project: Project) -> bytes:
    """Return the net as a TikZ picture in a document of its own."""
    network, places = project.network, positions(project)
    number = {unit.id: n for n, unit in enumerate(network.units)}
    lines = [
        r"\documentclass[tikz]{standalone}",
        r"\begin{document}",
        r"\begin{tikzpicture}[",
        r"  unit/.style={circle, draw, minimum size=8mm, inner sep=0pt, font=\small},",
        r"  input/.style={unit, fill=blue!8}, hidden/.style={unit, fill=white},",
        r"  output/.style={unit, fill=green!8},",
        r"  weight/.style={font=\tiny, fill=white, inner sep=1pt, pos=0.35},",
        r"  positive/.style={->, blue!70!black}, negative/.style={->, red!75!black}]",
        *(_tikz_unit(unit, places[unit.id], number[unit.id]) for unit in network.units),
        *_tikz_connections(network, number),
        r"\end{tikzpicture}",
        r"\end{document}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _tikz_unit(unit: Unit, place: Point, number: int) -> str:
    x, y = place[0] / _PER_CM, -place[1] / _PER_CM
    return f"  \\node[{unit.kind}] (u{number}) at ({x:.3f}, {y:.3f}) {{{_tex(unit.id)}}};"


def _tikz_connections(network: Network, number: Mapping[str, int]) -> list[str]:
    largest = max((abs(c.weight) for c in network.connections), default=0.0) or 1.0
    labelled = len(network.connections) <= _LABELLED
    lines = []
    for c in network.connections:
        sign = "positive" if c.weight >= 0 else "negative"
        width = 0.3 + 1.2 * abs(c.weight) / largest
        told = f" node[weight] {{${c.weight:.3g}$}}" if labelled else ""
        ends = f"(u{number[c.source]}) --{told} (u{number[c.target]})"
        lines.append(f"  \\draw[{sign}, line width={width:.2f}pt] {ends};")
    return lines


def _tex(text: str) -> str:
    shown = text if len(text) <= 12 else f"{text[:11]}…"
    return "".join(_SPECIAL.get(c, c if c.isprintable() else "?") for c in shown)
