"""A canvas off the screen: one project in one look, with a step lit or none, painted anywhere.

What is lit is decided in `app.lighting`; still pictures are in `still`, films in `film`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QTransform
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem

from chainstep.app.canvas.edges import EdgeLayer, PaintPart
from chainstep.app.canvas.marks import Marks
from chainstep.app.canvas.scene import CanvasScene
from chainstep.app.look import fonts, theme
from chainstep.app.look.theme import Theme
from chainstep.errors import FileError
from chainstep.project import Project

#: Light on white paper, as it is printed, and dark as on a beamer.
LOOKS: Final = {
    "light": replace(theme.LIGHT, background=QColor("#FFFFFF")),
    "dark": theme.DARK,
}
#: Pixels for each of the canvas, where there is room.
LARGEST: Final = 1.6
AIR: Final = 16.0
#: Above and below the net, for the pill of a unit in its highest or lowest row.
PILL_ROOM: Final = 36.0


class Stage:
    """A project on a canvas that nobody sees."""

    def __init__(self, project: Project, look: str = "light") -> None:
        """look: one of LOOKS. Raises FileError where Qt cannot paint here."""
        ensure_application()
        self.worn: Theme = LOOKS[look]
        with theme.worn(self.worn):
            self._scene = CanvasScene()
            self._scene.reduced_motion = True
            self._scene.sync(None, project)
        # Else the collector would have it, in the middle of whatever Qt is at then.
        weakref.finalize(self, self._scene.deleteLater).atexit = False
        self._rect, self._included = QRectF(), QRectF()

    def show(self, marks: Marks | None) -> None:
        """Light a step, or nothing."""
        with theme.worn(self.worn):
            self._scene.set_marks(marks)

    @property
    def part(self) -> QSizeF:
        """The size of what is painted, in the canvas' own units."""
        return self._rect.size()

    def include(self) -> None:
        """Let what is shown now be within every part that is painted from now on."""
        with theme.worn(self.worn):
            self._included = self._included.united(self._scene.content_rect())

    def frame(self, room: QSizeF | None = None, pills: bool = False) -> float:
        """Take what is shown now as the part to paint from now on; return its zoom.

        room: into which it is to fit; texts then keep a legible size. pills: leave room for them.
        """
        zoom = 1.0
        with theme.worn(self.worn):
            for _ in range(2):  # texts grow where the net shrinks: the second look is the true one
                extra = PILL_ROOM / min(self._scene.zoom, 1.0) if pills else 0.0
                rect = self._scene.content_rect() if self._scene.units else QRectF(0, 0, 200, 100)
                rect = rect.united(self._included)
                self._rect = rect.adjusted(-AIR, -AIR - extra, AIR, AIR + extra)
                if room is not None:
                    zoom = self._zoom(room)
                    self._scene.seen(zoom, QRectF())
        return zoom

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint the part taken by `frame` in the middle of a rectangle, and what is around it."""
        painter.save()
        for paint_one in self.parts(painter, target):
            paint_one()
        painter.restore()

    def parts(self, painter: QPainter, target: QRectF) -> list[Callable[[], None]]:
        """Return what `paint` does as calls, one or a few for each thing, the lowest first.

        The painter is theirs until the last of them.
        """
        zoom = self._zoom(target.size())
        source = QRectF(0, 0, target.width() / zoom, target.height() / zoom)
        source.moveCenter(self._rect.center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
        painter.translate(target.topLeft())
        painter.scale(zoom, zoom)
        painter.translate(-source.topLeft())
        touched = Qt.ItemSelectionMode.IntersectsItemBoundingRect
        items = self._scene.items(source, touched, Qt.SortOrder.AscendingOrder)
        empty = QGraphicsItem.GraphicsItemFlag.ItemHasNoContents
        base = painter.worldTransform()
        return [
            partial(self._paint_part, paint, painter, item.deviceTransform(base))
            for item in items
            if not item.flags() & empty
            for paint in _parts_of(item)
        ]

    def _paint_part(self, paint: PaintPart, painter: QPainter, at: QTransform) -> None:
        painter.save()
        painter.setWorldTransform(at)
        with theme.worn(self.worn):
            paint(painter)
        painter.restore()

    def _zoom(self, room: QSizeF) -> float:
        fits = min(room.width() / self._rect.width(), room.height() / self._rect.height())
        return min(fits, LARGEST)


def _parts_of(item: QGraphicsItem) -> list[PaintPart]:
    if isinstance(item, EdgeLayer):
        return item.parts()
    return [lambda painter: item.paint(painter, QStyleOptionGraphicsItem())]


def ensure_application() -> None:
    """Make an application that paints off the screen, where none is running.

    Raises FileError where the system lacks what Qt needs, or another kind of application runs.
    """
    app = QApplication.instance()
    if app is None:
        global _own
        _own = QApplication(["chainstep", "-platform", "offscreen"])
        _own.setFont(fonts.ui_font(13))
    elif not isinstance(app, QApplication):
        raise FileError("A picture needs a QApplication, but a program without widgets is running.")


_own: QApplication | None = None
