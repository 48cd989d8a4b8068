"""Pictures as source text: TikZ for LaTeX, and a plain SVG. PNG and PDF need the window's Qt.

Both show what the canvas shows: units where they stand, weights by colour and width.
"""

from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape

from chainstep.network.layout import place_missing
from chainstep.network.model import Network, Unit
from chainstep.project import Project

Point = tuple[float, float]

_RADIUS: Final = 24.0
_MARGIN: Final = 60.0
_POSITIVE, _NEGATIVE, _INK = "#0072b2", "#d55e00", "#1c2430"
_FILLS: Final = {"input": "#e8eef7", "hidden": "#ffffff", "output": "#eaf5ee"}
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


def write_svg(project: Project) -> bytes:
    """Return the net as SVG."""
    network, places = project.network, positions(project)
    xs, ys = ([point[axis] for point in places.values()] or [0.0] for axis in (0, 1))
    left, top = min(xs) - _MARGIN, min(ys) - _MARGIN
    width, height = max(xs) - left + _MARGIN, max(ys) - top + _MARGIN
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" font-family="Inter, Helvetica, sans-serif">',
        *_svg_connections(network, places),
        *(_svg_unit(unit, places[unit.id]) for unit in network.units),
        "</svg>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _svg_connections(network: Network, places: Mapping[str, Point]) -> list[str]:
    largest = max((abs(c.weight) for c in network.connections), default=0.0) or 1.0
    lines, labels = [], []
    for c in network.connections:
        (x1, y1), (x2, y2) = places[c.source], places[c.target]
        colour = _POSITIVE if c.weight >= 0 else _NEGATIVE
        width = 0.75 + 3.0 * abs(c.weight) / largest
        title = f"{_xml(c.source)} → {_xml(c.target)}: {c.weight:.6g}"
        lines.append(
            f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" '
            f'stroke-width="{width:.3g}"><title>{title}</title></line>'
        )
        labels.append(_svg_label(c.weight, x1 + 0.35 * (x2 - x1), y1 + 0.35 * (y2 - y1), colour))
    return lines + (labels if len(labels) <= _LABELLED else [])


def _svg_label(weight: float, x: float, y: float, colour: str) -> str:
    """Return a weight in its colour on a white ground, which keeps it readable on lines."""
    told = f"{weight:.3g}"
    width = 6.4 * len(told) + 4
    ground = f'<rect x="{x - width / 2:g}" y="{y - 7:g}" width="{width:g}" height="14" '
    text = f'<text x="{x:g}" y="{y + 4:g}" font-size="11" text-anchor="middle" '
    return f'{ground}rx="3" fill="white"/>{text}fill="{colour}">{told}</text>'


def _svg_unit(unit: Unit, place: Point) -> str:
    x, y = place
    told = _xml(unit.id if unit.is_input else f"{unit.id}: {unit.activation}")
    shown = unit.id if len(unit.id) <= 7 else f"{unit.id[:6]}…"
    return (
        f'<g><title>{told}</title><circle cx="{x:g}" cy="{y:g}" r="{_RADIUS:g}" '
        f'fill="{_FILLS[unit.kind]}" stroke="{_INK}" stroke-width="1.5"/>'
        f'<text x="{x:g}" y="{y + 4.5:g}" font-size="13" fill="{_INK}" '
        f'text-anchor="middle">{_xml(shown)}</text></g>'
    )


def _xml(text: str) -> str:
    return escape("".join(c if c.isprintable() else "?" for c in text), {'"': "&quot;"})


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
