"""A view of the scene that can be zoomed and moved, and tells the scene what is in sight.

Which press, wheel or key does so is in `view`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from chainstep.app.look import size

from .scene import CanvasScene

NEAREST: Final = 4.0
FARTHEST: Final = 0.05
FIT_MOST: Final = 1.3
MARGIN: Final = 36.0
#: Above the net, for the pill of a unit in its highest row.
PILL_ROOM: Final = 44.0
#: Pixels above the net, for a notice of two lines.
NOTICE_ROOM: Final = 54.0


class Camera(QGraphicsView):
    """Looks at a `CanvasScene`; `fitted` while nobody chose another place or zoom than all of it.

    held: while the panels around it find their places, so that not each size on the way counts.

    Signals: zoomed(zoom).
    """

    zoomed = Signal(float)

    def __init__(self, scene: CanvasScene, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.canvas = scene
        self.top_inset = self.bottom_inset = 0.0
        self.fitted = self.held = False
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)

    @property
    def zoom(self) -> float:
        """How many pixels a unit of the scene takes."""
        return self.transform().m11()

    def zoom_by(self, factor: float, anchor: QPointF | None = None) -> None:
        """Zoom about a point of the viewport, its middle if none is given, within the limits."""
        at = anchor if anchor is not None else QPointF(self.viewport().rect().center())
        zoom = min(max(self.zoom * factor, FARTHEST), NEAREST)
        fixed = self.to_scene(at)
        self._look_at(zoom, fixed, at)
        self.fitted = False

    def fit(self) -> None:
        """Show everything, as large as it goes but no larger than is pleasant."""
        most = FIT_MOST * size.factor()
        for _ in range(2):  # texts keep their size on screen, so the second look is the true one
            above = max(MARGIN + PILL_ROOM, NOTICE_ROOM * size.factor() / self.zoom)
            rect = self.canvas.content_rect().adjusted(-MARGIN, -above, MARGIN, MARGIN)
            room = self._room
            if not self.canvas.units or room.width() < 10 or room.height() < 10:
                rect = QRectF(-1, -1, 2, 2)
                self._look_at(1.0, QPointF(), room.center())
            else:
                zoom = min(room.width() / rect.width(), room.height() / rect.height(), most)
                self._look_at(max(zoom, FARTHEST), rect.center(), room.center())
        self.fitted = True

    def reveal(self, unit_id: str) -> None:
        """Scroll just so far that a unit can be seen."""
        item = self.canvas.units.get(unit_id)
        if item is None:
            return
        here = self.to_view(item.pos())
        reach = 70.0 * self.zoom
        room = self._in_sight.adjusted(reach, reach, -reach, -reach)
        if not room.contains(here):
            x = min(max(here.x(), room.left()), max(room.left(), room.right()))
            y = min(max(here.y(), room.top()), max(room.top(), room.bottom()))
            self.scroll_by(QPointF(x, y) - here)

    def cover_above(self, pixels: float) -> None:
        """Let so much at the top lie under a notice: what is written finds room below it."""
        if pixels != self.top_inset:
            self.top_inset = pixels
            self._tell()
            self.canvas.rearrange()

    def scroll_by(self, way: QPointF) -> None:
        """Move the paper by so many pixels."""
        self._scroll(way)
        self._tell()
        self.fitted = False

    def _look_at(self, zoom: float, point: QPointF, at: QPointF) -> None:
        """Set the zoom such that a point of the scene lies at a point of the viewport."""
        if zoom != self.zoom:
            self.setTransform(self.transform().fromScale(zoom, zoom))
        self._scroll(at - self.to_view(point))
        self._tell()
        self.zoomed.emit(zoom)

    @property
    def _room(self) -> QRectF:
        """The part of the viewport that the timeline leaves free."""
        return QRectF(self.viewport().rect()).adjusted(0, 0, 0, -self.bottom_inset)

    @property
    def _in_sight(self) -> QRectF:
        """The part of the viewport that neither timeline nor notice covers."""
        return self._room.adjusted(0, self.top_inset, 0, 0)

    def _scroll(self, way: QPointF) -> None:
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - round(way.x()))
        down.setValue(down.value() - round(way.y()))

    def _tell(self) -> None:
        """Let the scene know what can be seen of it."""
        inverse, _ = self.viewportTransform().inverted()
        self.canvas.seen(self.zoom, inverse.mapRect(self._in_sight))

    def to_scene(self, point: QPointF) -> QPointF:
        """Return the point of the scene that lies at a point of the viewport."""
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(point)

    def to_view(self, point: QPointF) -> QPointF:
        """Return where a point of the scene lies in the viewport."""
        return self.viewportTransform().map(point)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep everything in sight as long as nobody chose another place or zoom."""
        super().resizeEvent(event)
        if self.held:
            return
        if self.fitted:
            self.fit()
        else:
            self._tell()
