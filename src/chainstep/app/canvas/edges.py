"""All connections of a net as one item of the scene, and how one connection looks.

Few are painted one by one with arrow heads, dashes and bends; many as arrays of straight lines,
which `edge_arrays` keeps and paints. What is lit or selected lies above, in `lit`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from chainstep.app.look import size, theme
from chainstep.network.model import Connection

from . import routes
from .marks import Ends, Width
from .routes import Point, Route

if TYPE_CHECKING:
    from .edge_arrays import EdgeArrays

#: Paints a part of something.
PaintPart = Callable[[QPainter], None]

#: Up to so many are painted one by one, without NumPy.
FEW: Final = 300
#: Of more than `CROWD` connections only the strongest are drawn, about so many.
CROWD: Final = 12_000
STRONGEST: Final = 2_500
#: Bends are sought while connections times units stay below this.
MOST_CHECKS: Final = 20_000
#: Among thousands, up to so many selected ones are lit one by one.
MOST_LIT: Final = 60
WIDEST: Final = 6.0
#: How wide a connection is whose share is the whole sum.
WHOLE: Final = 11.0
DIMMED: Final = 0.25
HIT: Final = 7.0


@dataclass(frozen=True)
class Look:
    """How a connection is drawn: width by |w|, colour and dash by its sign."""

    width: float
    negative: bool
    dashed: bool

    @classmethod
    def of(cls, weight: float) -> Look:
        """Return the look of a weight."""
        return cls(min(1.2 + 4.0 * abs(weight), WIDEST) * size.lines(), weight < 0, weight < 0)

    @classmethod
    def of_share(cls, share: Width) -> Look:
        """Return the look of a share of a sum."""
        width = 1.0 + (WHOLE - 1.0) * share.part
        return cls(width * size.lines(), share.sign < 0, share.against)

    def colour(self) -> QColor:
        """The colour of the sign in the theme worn now."""
        worn = theme.current()
        return worn.negative if self.negative else worn.positive

    def pen(self, colour: QColor) -> QPen:
        """Return the pen; dashes are as long on a thin line as on a wide one."""
        width = self.width
        pen = QPen(colour, width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if self.dashed:
            pen.setDashPattern([(6.0 + width) / width, (3.5 + 0.4 * width) / width])
        return pen

    @property
    def cut(self) -> float:
        """How far before the tip of its arrow the line ends."""
        return routes.arrow_length(self.width) - 1.0


def blend(colour: QColor, ground: QColor, strength: float) -> QColor:
    """Return the colour as it shows at this strength on a ground, without transparency."""
    mixed = (
        s * strength + g * (1 - strength) for s, g in zip(_rgb(colour), _rgb(ground), strict=True)
    )
    return QColor.fromRgbF(*mixed)


@dataclass(frozen=True)
class _Drawn:
    path: QPainterPath
    arrow: QPolygonF
    look: Look
    pen: QPen


class EdgeLayer(QGraphicsObject):
    """Paints every connection, weakest first, and finds the one nearest to a point."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(0)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._connections: tuple[Connection, ...] = ()
        self._weights: Mapping[Ends, float] = {}
        self._centres: dict[str, Point] = {}
        self._routes: dict[Ends, Route] = {}
        self._drawn: list[_Drawn] = []
        self._arrays: EdgeArrays | None = None
        self._bounds = QRectF()
        self._dim = False

    @property
    def few(self) -> bool:
        """True while connections are painted one by one."""
        return self._arrays is None

    def show_net(self, connections: Sequence[Connection], centres: Mapping[str, Point]) -> None:
        """Take over which connections there are and where their ends stand."""
        self._connections = tuple(connections)
        self._centres = dict(centres)
        self._weights = {}
        if len(self._connections) > FEW:
            from .edge_arrays import EdgeArrays

            if self._arrays is None:
                self._arrays = EdgeArrays(self)
            self._arrays.set_net(self._connections, centres)
        elif self._arrays is not None:
            self._arrays.retire()
            self._arrays = None
        self._lay_out()

    def move(self, centres: Mapping[str, Point]) -> None:
        """Follow units that moved."""
        self._centres.update(centres)
        if self._arrays is not None:
            self._arrays.set_centres(self._centres)
        self._lay_out()

    def set_weights(self, weights: Mapping[Ends, float]) -> None:
        """Show other weights than the document's, as a run has them; {} for the document's."""
        self._weights = weights
        if self._arrays is not None:
            self._arrays.set_weights(weights)
        self._restyle()

    def show_selected(self, chosen: Collection[Ends]) -> bool:
        """Show so many selected connections that they are painted with all; False if they are few.

        Then, and where all are painted one by one, each of them is lit instead: see `lit`.
        """
        if self._arrays is None:
            return False
        many = len(chosen) > MOST_LIT
        if self._arrays.set_selected(chosen if many else ()):
            self.update()
        return many

    def set_dim(self, dim: bool) -> None:
        """Let all connections recede, or come forward again."""
        if dim != self._dim:
            self._dim = dim
            self.restyle()

    def restyle(self) -> None:
        """Take colours from the theme anew."""
        if self._arrays is not None:
            self._arrays.forget_picture()
        self._restyle()

    def weight(self, connection: Connection) -> float:
        """Return the weight shown for a connection."""
        return self._weights.get(connection.ends, connection.weight)

    def route(self, ends: Ends) -> Route:
        """Return how a connection runs."""
        known = self._routes.get(ends)
        return known or routes.straight(self._centres[ends[0]], self._centres[ends[1]])

    def routes(self) -> Mapping[Ends, Route]:
        """Return how each connection runs; empty where there are many, all straight."""
        return self._routes

    def nearest(self, point: QPointF, reach: float = HIT) -> Ends | None:
        """Return the ends of the connection under a point, or None."""
        here = (point.x(), point.y())
        if self._arrays is not None:
            return self._arrays.nearest(here, reach)
        found = [(route.distance(here), ends) for ends, route in self._routes.items()]
        distance, ends = min(found, default=(reach, None))
        return ends if distance < reach else None

    def strength(self) -> float:
        """How strong the connections are drawn now, of 1."""
        return DIMMED if self._dim else 1.0

    def colour(self, negative: bool) -> QColor:
        """Return the opaque colour of a sign at the present strength."""
        worn = theme.current()
        sign = worn.negative if negative else worn.positive
        return blend(sign, worn.background, self.strength())

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return self._bounds

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem; widget is None when the scene is rendered to a picture."""
        if self._arrays is not None and widget is not None:
            self._arrays.paint(painter, option.exposedRect, widget)
            return
        for paint in self.parts():
            paint(painter)

    def parts(self) -> list[PaintPart]:
        """Return what paints a picture of all connections, many of them in several calls."""
        return [self._paint_few] if self._arrays is None else self._arrays.parts()

    def _paint_few(self, painter: QPainter) -> None:
        for drawn in self._drawn:
            painter.setPen(drawn.pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(drawn.path)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(drawn.pen.color())
            painter.drawPolygon(drawn.arrow)

    def _lay_out(self) -> None:
        self._routes = self._find_routes() if self.few else {}
        self.prepareGeometryChange()
        self._bounds = self._find_bounds()
        self._restyle()

    def _find_routes(self) -> dict[Ends, Route]:
        others = list(self._centres.values())
        if len(others) * len(self._connections) > MOST_CHECKS:
            others = []
        at = self._centres
        return {c.ends: routes.route(at[c.source], at[c.target], others) for c in self._connections}

    def _find_bounds(self) -> QRectF:
        if self.few:
            rect = QRectF()
            for route in self._routes.values():
                rect = rect.united(route.bounds(3 * WIDEST))
            return rect
        xs = [x for x, _ in self._centres.values()]
        ys = [y for _, y in self._centres.values()]
        return QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))).adjusted(-9, -9, 9, 9)

    def _restyle(self) -> None:
        if self.few:
            colours = {negative: self.colour(negative) for negative in (False, True)}
            weakest_first = sorted(self._connections, key=lambda c: abs(self.weight(c)))
            self._drawn = [self._dress(connection, colours) for connection in weakest_first]
        self.update()

    def _dress(self, connection: Connection, colours: Mapping[bool, QColor]) -> _Drawn:
        look = Look.of(self.weight(connection))
        route = self._routes[connection.ends]
        pen = look.pen(colours[look.negative])
        return _Drawn(route.path(look.cut), route.arrow(look.width), look, pen)


def _rgb(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()
