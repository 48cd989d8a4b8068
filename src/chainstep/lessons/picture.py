"""A drawing of a net for a page: units with their names, weights and biases, as SVG.

Plain shapes and text, so that a browser and a PDF draw the same. The canvas that one works on is
in `app.canvas`; a picture of it is exported there.
"""

from collections.abc import Iterator
from html import escape
from typing import Final

from chainstep.network.layout import tidy
from chainstep.network.model import MAX, PRODUCT, Connection, Network, Unit
from chainstep.project import Project
from chainstep.stepping.formula.nodes import printable

#: With more connections than these, weights are left out; with more than those, the drawing.
_LABELLED, _DRAWN = 40, 400
_RADIUS: Final = 26.0
_MARGIN: Final = 44.0
#: How far along a connection its weight stands, and how wide a letter is.
_ALONG, _LETTER = 0.3, 7.0
_POSITIVE, _NEGATIVE, _INK, _GREY = "#0072B2", "#AF4C00", "#1A1E23", "#5A6470"
_LOWERED: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_GATES: Final = {PRODUCT: "×", MAX: "max"}
_LONGEST: Final = 12


def as_svg(project: Project) -> str:
    """Return a drawing of a net, "" where it is empty or too large for a page."""
    network = project.network
    if not network.units or len(network.connections) > _DRAWN:
        return ""
    places = {**tidy(network), **project.view.positions}
    spots = {unit.id: places[unit.id] for unit in network.units}
    xs, ys = zip(*spots.values(), strict=True)
    left, top = min(xs) - _MARGIN, min(ys) - _MARGIN
    wide, high = max(xs) - left + _MARGIN, max(ys) - top + _MARGIN + 8
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {wide:g} {high:g}"'
            f' width="{wide:g}" height="{high:g}" role="img" font-family="Inter, sans-serif">',
            f"<title>{escape(_in_words(network))}</title>",
            *(_line(connection, spots) for connection in network.connections),
            *_labels(network, spots),
            *(part for unit in network.units for part in _unit(unit, spots[unit.id])),
            "</svg>",
        )
    )


def _in_words(network: Network) -> str:
    return f"The net: {len(network.units)} units, {len(network.connections)} connections"


def _line(connection: Connection, spots: dict[str, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = spots[connection.source], spots[connection.target]
    colour = _POSITIVE if connection.weight >= 0 else _NEGATIVE
    dashes = ' stroke-dasharray="6 4"' if connection.weight < 0 else ""
    ends = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
    return f'<line {ends} stroke="{colour}" stroke-width="1.4"{dashes}/>'


def _labels(network: Network, spots: dict[str, tuple[float, float]]) -> Iterator[str]:
    """Yield the weights, each on a white ground near the source of its connection."""
    if len(network.connections) > _LABELLED:
        return
    for connection in network.connections:
        (x1, y1), (x2, y2) = spots[connection.source], spots[connection.target]
        x, y = x1 + _ALONG * (x2 - x1), y1 + _ALONG * (y2 - y1)
        name = f"{_short(connection.name)} = " if connection.name else ""
        text = f"{name}{_number(connection.weight)}"
        width = _LETTER * len(text) + 6
        yield (
            f'<rect x="{x - width / 2:g}" y="{y - 8:g}" width="{width:g}" height="16" fill="#fff"/>'
        )
        yield _text(text, x, y + 4.5, 12, _INK)


def _unit(unit: Unit, spot: tuple[float, float]) -> Iterator[str]:
    x, y = spot
    ground = "#F5F6F8" if unit.is_input else "#fff"
    pen = f'fill="{ground}" stroke="{_GREY}" stroke-width="1.6"'
    yield f'<circle cx="{x:g}" cy="{y:g}" r="{_RADIUS:g}" {pen}/>'
    if unit.is_output:
        yield f'<circle cx="{x:g}" cy="{y:g}" r="{_RADIUS - 3.5:g}" {pen}/>'
    gate = _GATES.get(unit.combine, "")
    name = _named(unit.id)
    yield _text(name, x, y + (0 if gate else 5), 15 if len(name) < 5 else 9, _INK)
    if gate:
        yield _text(gate, x, y + 14, 11, _GREY)
    if unit.bias:
        yield _text(f"b = {_number(unit.bias)}", x, y + _RADIUS + 16, 12, _GREY)


def _text(text: str, x: float, y: float, size: int, colour: str) -> str:
    where = f'x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" text-anchor="middle"'
    return f"<text {where}>{escape(text)}</text>"


def _named(name: str) -> str:
    """Return a name with a trailing number lowered."""
    shown = _short(name)
    base = shown.rstrip("0123456789")
    return base + shown[len(base) :].translate(_LOWERED) if base else shown


def _short(name: str) -> str:
    shown = printable(name)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
