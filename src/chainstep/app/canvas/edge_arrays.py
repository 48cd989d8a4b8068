"""Thousands of connections as NumPy segments: painted in quality tiers, refined when idle.

Beyond `edges.CROWD` only the strongest are drawn, and what is selected.

Only `edges` uses this, and only beyond `edges.FEW`, so that NumPy is not needed for the first
paint. A frame takes the best tier whose measured cost fits; 150 ms after the last change the
best tier is painted into a picture, in slices, and later frames only copy from it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget
from shiboken6 import Shiboken

from chainstep.app.look import theme
from chainstep.network.model import Connection

from .edges import CROWD, STRONGEST
from .marks import Ends
from .routes import RADIUS, Point
from .run_weights import RunWeights

if TYPE_CHECKING:
    from .edges import EdgeLayer, PaintPart

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FRAME_MS: Final = 11.0
SLICE_MS: Final = 4.0
WAIT_MS: Final = 150
#: While weights change time and again, as in training: refining would be for nothing.
BUSY_MS: Final = 800
CHUNK: Final = 400
BUCKETS: Final = 24
#: Up to so many segments the refined picture has dashes.
MOST_DASHED: Final = 4_000
DASH: Final = (9.0, 5.0)

WIDE, THIN, PLAIN = range(3)
#: First guesses in µs a segment; corrected by what painting takes here.
COSTS: Final = (8.0, 3.4, 1.4)


@dataclass(frozen=True)
class _Bucket:
    """Segments of like strength and one sign: [start, stop) in drawing order."""

    start: int
    stop: int
    negative: bool
    width: float


class EdgeArrays(QObject):
    """The segments of a large net in drawing order: weakest first, the signs interleaved."""

    def __init__(self, layer: EdgeLayer) -> None:
        super().__init__(layer)
        self._layer = layer
        #: Of the net, in its order: ends, weights, which units they are, what is selected.
        self._ends: list[Ends] = []
        self._own: Floats = np.empty(0)
        self._worn: Floats = np.empty(0)
        self._units: list[NDArray[np.intp]] = []
        self._selected: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._places: tuple[object, NDArray[np.intp]] | None = None
        #: In drawing order: what stands where, and the lines.
        self._order: NDArray[np.intp] = np.empty(0, np.intp)
        self._lines: Floats = np.empty((0, 4))
        self._segments: Floats = np.empty((0, 4))
        self._buckets: list[_Bucket] = []
        self._costs = list(COSTS)
        self._picture = _Picture()
        self._next = 0
        self._changed = 0.0
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self._start_refining)
        self._slices = QTimer(self)
        self._slices.timeout.connect(self._refine)

    def set_net(self, connections: Sequence[Connection], centres: Mapping[str, Point]) -> None:
        """Take over the connections with their own weights, and where their ends stand."""
        self._ends = [connection.ends for connection in connections]
        self._own = np.array([connection.weight for connection in connections])
        index = {unit_id: n for n, unit_id in enumerate(centres)}
        sides = ([ends[side] for ends in self._ends] for side in (0, 1))
        self._units = [np.array([index[unit_id] for unit_id in side]) for side in sides]
        self._selected, self._places = np.zeros(len(self._ends), np.bool_), None
        self._order = np.empty(0, np.intp)
        self.set_centres(centres)
        self.set_weights({})

    def set_weights(self, weights: Mapping[Ends, float]) -> None:
        """Order the connections by |w| and cut the order into buckets; {}: their own weights."""
        self._worn = self._values(weights)
        self._sort()

    def _sort(self) -> None:
        """Decide what is drawn, in which order, with which pens."""
        values = self._worn
        strength, negative = np.minimum(np.abs(values), 1.2), values < 0
        self._order = np.argsort(strength)
        if len(values) > CROWD:
            drawn = strongest(np.abs(values), self._units[1], STRONGEST) | self._selected
            self._order = self._order[drawn[self._order]]
        self._buckets, begun = [], 0
        for number, part in enumerate(np.array_split(self._order, BUCKETS)):
            signs = negative[part]
            pair = (part[signs], part[~signs])[:: 1 if number % 2 else -1]
            part[:] = np.concatenate(pair)
            for half in pair:
                if half.size:
                    width = 1.2 + 4.0 * float(strength[half].mean())
                    bucket = _Bucket(begun, begun + half.size, bool(negative[half[0]]), width)
                    self._buckets.append(bucket)
                    begun = bucket.stop
        self._segments = self._lines[self._order]
        self.forget_picture()
        now = time.monotonic()
        self._wait.setInterval(BUSY_MS if 1000 * (now - self._changed) < BUSY_MS else WAIT_MS)
        self._changed = now

    def _values(self, weights: Mapping[Ends, float]) -> Floats:
        """Return the weights in the order of the net."""
        if not weights:
            return self._own
        if not isinstance(weights, RunWeights):
            return np.array([weights.get(e, w) for e, w in zip(self._ends, self._own, strict=True)])
        if self._places is None or self._places[0] is not weights.places:
            self._places = weights.places, np.array([weights.places[e] for e in self._ends])
        return weights.values_at(self._places[1])

    def set_selected(self, chosen: Collection[Ends]) -> bool:
        """Paint these in the colour of a selection; return whether that changes anything."""
        wanted = np.zeros(len(self._ends), np.bool_)
        if chosen:
            wanted[:] = [ends in chosen for ends in self._ends]
        if np.array_equal(wanted, self._selected):
            return False
        self._selected = wanted
        if len(wanted) > CROWD:
            self._sort()
        self.forget_picture()
        return True

    def set_centres(self, centres: Mapping[str, Point]) -> None:
        """Lay the lines from rim to rim."""
        at = np.array(list(centres.values()), float)
        a, b = (at[units] for units in self._units)
        along = b - a
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 2 * RADIUS + 1e-9)
        along *= (RADIUS / length)[:, None]
        self._lines = np.hstack((a + along, b - along))
        if len(self._order):
            self._segments = self._lines[self._order]
        self.forget_picture()

    def forget_picture(self) -> None:
        """Drop the refined picture: something about it has changed."""
        self._picture = _Picture()
        self._wait.stop()
        self._slices.stop()

    def retire(self) -> None:
        """Stop for good: the net has become small."""
        self.forget_picture()
        self.deleteLater()

    def nearest(self, point: Point, reach: float) -> Ends | None:
        """Return the ends of the segment nearest to a point, if within reach."""
        start = self._segments[:, :2]
        along = self._segments[:, 2:] - start
        off = np.array(point) - start
        square = np.maximum(np.einsum("ij,ij->i", along, along), 1e-9)
        t = np.clip(np.einsum("ij,ij->i", off, along) / square, 0.0, 1.0)
        miss = off - t[:, None] * along
        distance = np.einsum("ij,ij->i", miss, miss)
        best = int(np.argmin(distance))
        return self._ends[self._order[best]] if distance[best] < reach * reach else None

    def parts(self) -> list[PaintPart]:
        """Return what paints all in the best tier, a bucket a call."""
        return [partial(self._paint_whole, bucket) for bucket in self._buckets]

    def _paint_whole(self, bucket: _Bucket, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        span = slice(bucket.start, bucket.stop)
        chosen, zoom = self._selected[self._order[span]], painter.worldTransform().m11()
        self._paint_bucket(painter, bucket, self._segments[span], chosen, zoom)

    def paint(self, painter: QPainter, exposed: QRectF, widget: QWidget) -> None:
        """Paint what is exposed: from the picture if there is one, else in the tier that fits."""
        if self._picture.fits(painter, widget):
            self._picture.copy(painter, exposed)
            return
        shown = self._inside(exposed)
        count = int(np.count_nonzero(shown))
        tier = self._tier_for(count)
        most = int(FRAME_MS * 1000 / self._costs[tier])
        if count > most:
            shown[np.flatnonzero(shown)[: count - most]] = False
        began = time.perf_counter()
        self._paint_all(painter, shown, tier)
        self._learn(tier, min(count, most), time.perf_counter() - began)
        self._picture = _Picture.for_view(painter, widget)
        self._slices.stop()
        self._wait.start()

    def _tier_for(self, count: int) -> int:
        for tier in (WIDE, THIN):
            if count * self._costs[tier] < FRAME_MS * 1000:
                return tier
        return PLAIN

    def _learn(self, tier: int, count: int, seconds: float) -> None:
        if count > 200:
            measured = seconds * 1e6 / count
            self._costs[tier] += 0.2 * (measured - self._costs[tier])

    def _inside(self, exposed: QRectF) -> NDArray[np.bool_]:
        x0, y0, x1, y1 = self._segments.T
        margin = 8.0
        return np.asarray(
            (np.maximum(x0, x1) > exposed.left() - margin)
            & (np.minimum(x0, x1) < exposed.right() + margin)
            & (np.maximum(y0, y1) > exposed.top() - margin)
            & (np.minimum(y0, y1) < exposed.bottom() + margin)
        )

    def _paint_all(self, painter: QPainter, shown: NDArray[np.bool_], tier: int) -> None:
        zoom = painter.worldTransform().m11()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, tier != PLAIN)
        everything, selected = bool(shown.all()), self._selected[self._order]
        for bucket in self._buckets:
            span = slice(bucket.start, bucket.stop)
            lines, chosen = self._segments[span], selected[span]
            if not everything:
                lines, chosen = lines[shown[span]], chosen[shown[span]]
            self._paint_bucket(painter, bucket, lines, chosen, zoom if tier == WIDE else 0.0)

    def _paint_bucket(
        self, painter: QPainter, bucket: _Bucket, lines: Floats, chosen: Flags, zoom: float
    ) -> None:
        """Paint lines of a bucket; chosen: which of them are selected."""
        some = bool(chosen.any())
        painter.setPen(self._pen(bucket, zoom))
        draw_lines(painter, lines[~chosen] if some else lines)
        if some:
            painter.setPen(self._pen(bucket, zoom, theme.current().accent))
            draw_lines(painter, lines[chosen])

    def _pen(self, bucket: _Bucket, zoom: float, colour: QColor | None = None) -> QPen:
        """Return a pen whose width is in pixels, at least 1, where Qt is fastest."""
        colour = colour or self._layer.colour(bucket.negative)
        pen = QPen(colour, max(1.0, bucket.width * zoom))
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen

    def _start_refining(self) -> None:
        self._next = 0
        self._picture.begin()
        self._slices.start(0)

    def _refine(self) -> None:
        """Paint a slice of the picture; when the last is done, show it."""
        began = time.perf_counter()
        painter = self._picture.painter()
        zoom = painter.worldTransform().m11()
        while self._next < len(self._order) and time.perf_counter() - began < SLICE_MS / 1000:
            bucket = next(b for b in self._buckets if b.start <= self._next < b.stop)
            stop = min(self._next + CHUNK, bucket.stop)
            lines = self._segments[self._next : stop]
            chosen = self._selected[self._order[self._next : stop]]
            if bucket.negative and len(self._order) <= MOST_DASHED:
                lines, which = dashes(lines, *DASH)
                chosen = chosen[which]
            self._paint_bucket(painter, bucket, lines, chosen, zoom)
            self._next = stop
        painter.end()
        if self._next == len(self._order):
            self._slices.stop()
            self._picture.complete = True
            self._layer.update()


def strongest(strength: Floats, target: NDArray[np.intp], most: int) -> Flags:
    """Tell which of many connections to draw: of each unit's own the same share, at least one.

    So the first layer of a wide net is not lost behind the larger weights of a later one.
    """
    counts = np.bincount(target)
    share = np.maximum(1, np.round(counts * (most / len(strength))))
    order = np.argsort(target - strength / (1.0 + strength))  # by target, the strongest first
    of = target[order]
    place = np.arange(len(order)) - (np.cumsum(counts) - counts)[of]
    drawn = np.zeros(len(strength), np.bool_)
    drawn[order] = place < share[of]
    return drawn


class _Picture:
    """The connections as pixels, good for one view at one place and zoom."""

    def __init__(self) -> None:
        self.complete = False
        self._key: tuple[Any, ...] = ()
        self._transform = QTransform()
        self._pixmap = QPixmap()

    @classmethod
    def for_view(cls, painter: QPainter, widget: QWidget) -> _Picture:
        """Return an empty picture for what a painter shows of the scene in a widget."""
        picture = cls()
        picture._key = _key(painter, widget)
        picture._transform = painter.worldTransform()
        return picture

    def fits(self, painter: QPainter, widget: QWidget) -> bool:
        """True when this picture can be copied instead of painting."""
        return self.complete and self._key == _key(painter, widget)

    def begin(self) -> None:
        """Make room for the pixels."""
        width, height, ratio = self._key[-3:]
        self._pixmap = QPixmap(round(width * ratio), round(height * ratio))
        self._pixmap.setDevicePixelRatio(ratio)
        self._pixmap.fill(Qt.GlobalColor.transparent)

    def painter(self) -> QPainter:
        """Return a painter in coordinates of the scene."""
        painter = QPainter(self._pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setWorldTransform(self._transform)
        return painter

    def copy(self, painter: QPainter, exposed: QRectF) -> None:
        """Copy the exposed part, pixel by pixel."""
        ratio = self._pixmap.devicePixelRatio()
        target = self._transform.mapRect(exposed).toAlignedRect().adjusted(-1, -1, 1, 1)
        source = QRectF(
            target.x() * ratio, target.y() * ratio, target.width() * ratio, target.height() * ratio
        )
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(QRectF(target), self._pixmap, source)
        painter.restore()


def _key(painter: QPainter, widget: QWidget) -> tuple[Any, ...]:
    t = painter.worldTransform()
    size = widget.width(), widget.height(), widget.devicePixelRatioF()
    return t.m11(), round(t.dx(), 3), round(t.dy(), 3), *size


def draw_lines(painter: QPainter, lines: Floats) -> None:
    """Draw (n, 4) segments without making an object for each."""
    lines = np.ascontiguousarray(lines)
    if len(lines):
        first: Any = Shiboken.wrapInstance(lines.ctypes.data, QLineF)
        painter.drawLines(first, len(lines))


def dashes(lines: Floats, on: float, off: float) -> tuple[Floats, NDArray[np.intp]]:
    """Cut (n, 4) segments into dashes: far cheaper to paint than a dashed pen.

    Returns with them of which segment each one is.
    """
    start, along = lines[:, :2], lines[:, 2:] - lines[:, :2]
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    counts = np.maximum(np.ceil(length / (on + off)).astype(int), 1)
    which = np.repeat(np.arange(len(lines)), counts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    begin = number * (on + off) / length[which]
    end = np.minimum(begin + on / length[which], 1.0)
    ends = (start[which] + t[:, None] * along[which] for t in (begin, end))
    return np.hstack(tuple(ends)), which
