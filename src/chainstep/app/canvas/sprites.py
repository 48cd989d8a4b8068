"""The discs of a large net as one item: each kind is painted once, then copied to many places.

Only where there are so many units, seen from so far, that no disc has room for texts. A unit that
is special in any way, such as the current one, paints itself: see `items`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from shiboken6 import Shiboken

from chainstep.app.look import theme
from chainstep.network.model import Unit

from .items import ROOM, UnitItem

KINDS: Final = ("input", "hidden", "output")
#: What `QPainter.PixmapFragment` holds: x, y, the source's left, top, width and height, two
#: scales, rotation, opacity.
FRAGMENT: Final = 10

_EMPTY: Final = QGraphicsItem.GraphicsItemFlag.ItemHasNoContents


class UnitSprites(QGraphicsItem):
    """Paints the discs of those units that are not special."""

    def __init__(self, items: Iterable[UnitItem]) -> None:
        super().__init__()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(1.9)
        self._items = list(items)
        self._place = {item: n for n, item in enumerate(self._items)}
        self._at: NDArray[np.float64] = np.array([item.centre for item in self._items], float)
        self._tile = np.zeros(len(self._items), np.intp)
        self._plain = np.zeros(len(self._items), np.bool_)
        self._tiles = QPixmap()
        self._tiles_key: tuple[Any, ...] = ()
        self._bounds = QRectF()
        for n, item in enumerate(self._items):
            item.sprites = self
            self._look(n, item)
        if self._items:
            (left, top), (right, bottom) = self._at.min(axis=0), self._at.max(axis=0)
            middles = QRectF(left, top, right - left, bottom - top)
            self._bounds = middles.adjusted(-ROOM, -ROOM, ROOM, ROOM)

    def retire(self) -> None:
        """Let every unit paint itself again."""
        for item in self._items:
            item.sprites = None
            item.setFlag(_EMPTY, False)

    def note(self, item: UnitItem) -> None:
        """Follow a unit that has moved or looks different."""
        n = self._place[item]
        if self._plain[n]:
            self.update(self._around(n))
        self._at[n] = item.centre
        self._look(n, item)
        around = self._around(n)
        if not self._bounds.contains(around):
            self.prepareGeometryChange()
            self._bounds = self._bounds.united(around)
        self.update(around)

    def _look(self, n: int, item: UnitItem) -> None:
        self._tile[n] = _tile_of(item)
        self._plain[n] = plain = item.plain
        item.setFlag(_EMPTY, plain)

    def boundingRect(self) -> QRectF:
        """See QGraphicsItem."""
        return self._bounds

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """See QGraphicsItem; widget is None when the scene is rendered to a picture."""
        if widget is None:
            self._paint_each(painter, option)
            return
        transform, ratio = painter.worldTransform(), widget.devicePixelRatioF()
        side = self._make_tiles(transform.m11(), ratio)
        fragments = self._fragments(transform, ratio, side, option.exposedRect)
        if len(fragments):
            painter.save()
            painter.resetTransform()
            first: Any = Shiboken.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment)
            painter.drawPixmapFragments(first, len(fragments), self._tiles)
            painter.restore()

    def _paint_each(self, painter: QPainter, option: QStyleOptionGraphicsItem) -> None:
        for item, plain in zip(self._items, self._plain.tolist(), strict=True):
            if plain:
                painter.save()
                painter.translate(*item.centre)
                item.paint(painter, option)
                painter.restore()

    def _fragments(
        self, transform: QTransform, ratio: float, side: int, exposed: QRectF
    ) -> NDArray[np.float64]:
        """Return where which tile is to be copied to, on whole pixels."""
        x, y = self._at[:, 0], self._at[:, 1]
        seen = self._plain & (x > exposed.left() - ROOM) & (x < exposed.right() + ROOM)
        seen &= (y > exposed.top() - ROOM) & (y < exposed.bottom() + ROOM)
        corner = np.array([transform.dx(), transform.dy()])
        middle = (self._at[seen] * transform.m11() + corner) * ratio
        found = np.zeros((len(middle), FRAGMENT))
        found[:, :2] = (np.rint(middle - side / 2) + side / 2) / ratio
        found[:, 2] = self._tile[seen] * side
        found[:, 4:6] = side
        found[:, 6:8] = 1 / ratio
        found[:, 9] = 1.0
        return found

    def _around(self, n: int) -> QRectF:
        x, y = self._at[n]
        return QRectF(x - ROOM, y - ROOM, 2 * ROOM, 2 * ROOM)

    def _make_tiles(self, zoom: float, ratio: float) -> int:
        """Paint every kind of disc for a zoom, unless that is done; return a tile's side."""
        side = 2 * int(ROOM * zoom * ratio + 1.5)
        key = zoom, ratio, theme.current()
        if key != self._tiles_key:
            self._tiles_key = key
            self._tiles = QPixmap(side * 4 * len(KINDS), side)
            self._tiles.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._tiles)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for number in range(4 * len(KINDS)):
                painter.resetTransform()
                painter.translate(QPointF((number + 0.5) * side, side / 2))
                painter.scale(zoom * ratio, zoom * ratio)
                _model(number).paint_shape(painter, theme.current())
            painter.end()
        return side


def _tile_of(item: UnitItem) -> int:
    return 4 * KINDS.index(item.unit.kind) + 2 * item.visited + item.selected


def _model(number: int) -> UnitItem:
    """Return a unit that looks as a tile does."""
    kind, state = divmod(number, 4)
    item = UnitItem(Unit(id="", kind=KINDS[kind]))
    item.visited, item.selected = state >= 2, state % 2 == 1
    return item
